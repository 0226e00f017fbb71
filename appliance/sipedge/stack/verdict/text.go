package verdict

import (
	"bytes"
	"strconv"
	"strings"

	"autocom/appliance/sipedge/stack/spelling"
)

// AnswerText is the answer to a request of which there is only the text: RFC 3261 §16.3 and the torture tests of RFC 4475 §3.1.2 want the
// sender told, and a phone that hears nothing repeats it for half a minute. It is nil when not enough can be read, and it is hardly longer than
// the request, so that it serves nobody as an amplifier. tag is our To tag.
func AnswerText(raw []byte, status int, tag string) []byte {
	head, ok := requestHead(raw)
	if !ok {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("SIP/2.0 " + strconv.Itoa(status) + " " + Phrase(status) + "\r\n")
	for _, h := range head {
		b.WriteString(h.name + ": " + h.value)
		if h.name == "To" && !strings.Contains(strings.ToLower(h.value), ";tag=") {
			b.WriteString(";tag=" + tag)
		}
		b.WriteString("\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	if b.Len() > len(raw)+200 {
		return nil
	}
	return b.Bytes()
}

// OfText is what a request that cannot be parsed is owed: 505 for another version, 416 for a scheme that sipgo's parser does not
// know as one (RFC 4475 §3.3.3), else 400.
func OfText(raw []byte) int {
	line, _, _ := bytes.Cut(raw, []byte("\r\n"))
	parts := bytes.Split(line, []byte(" "))
	if len(parts) != 3 {
		return 400
	}
	if !bytes.EqualFold(parts[2], []byte("SIP/2.0")) {
		return 505
	}
	scheme, _, ok := bytes.Cut(parts[1], []byte(":"))
	if !ok || !isScheme(scheme) {
		return 400
	}
	switch strings.ToLower(string(scheme)) {
	case "sip", "sips", "tel":
		return 400
	default:
		return 416
	}
}

// isScheme is the grammar of RFC 3986 §3.1.
func isScheme(b []byte) bool {
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return len(b) > 0
}

type textHeader struct{ name, value string }

// requestHead picks from a request's text what a response repeats. It reports false when that is not all there, or for an ACK.
func requestHead(raw []byte) ([]textHeader, bool) {
	line, rest, ok := bytes.Cut(raw, []byte("\r\n"))
	if !ok || bytes.HasPrefix(line, []byte("SIP/")) || bytes.HasPrefix(line, []byte("ACK ")) {
		return nil, false
	}
	var head []textHeader
	seen := map[string]int{}
	kept := false // the header before this line was kept: it may go on here
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		if len(line) == 0 {
			break
		}
		if bytes.ContainsAny(line, "\r\n\x00") {
			return nil, false
		}
		if line[0] == ' ' || line[0] == '\t' {
			if kept {
				head[len(head)-1].value += " " + string(bytes.TrimSpace(line))
			}
			continue
		}
		kept = false
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		switch full := spelling.Name(bytes.TrimSpace(name)); full {
		case "Via", "From", "To", "Call-ID", "CSeq":
			if seen[full]++; full != "Via" && seen[full] > 1 {
				return nil, false
			}
			head = append(head, textHeader{full, string(bytes.TrimSpace(value))})
			kept = true
		}
	}
	return head, seen["Via"] > 0 && seen["From"] == 1 && seen["To"] == 1 && seen["Call-ID"] == 1 && seen["CSeq"] == 1
}
