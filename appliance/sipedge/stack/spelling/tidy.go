package spelling

import (
	"bytes"
	"strings"
)

// Tidy writes a message the way sipgo's parser reads it: RFC 3261 §7.3.1 and §25.1 let white space, line folds and lists stand in places where
// that parser does not look for them, and RFC 4475 §3.1.1.1 sends them all. It returns data itself when there is nothing to do; it never
// reads more of the message than its header.
func Tidy(data []byte) []byte {
	var out []byte // nil as long as nothing was changed
	_, rest, ok := cutLine(data)
	if !ok {
		return data
	}
	for {
		begin := len(data) - len(rest)
		var line []byte
		if line, rest, ok = cutLine(rest); !ok || len(line) == 0 {
			break
		}
		for len(rest) > 0 && isBlank(rest[0]) { // RFC 3261 §7.3.1: the header goes on
			if _, rest, ok = cutLine(rest); !ok {
				return data
			}
		}
		whole := data[begin : len(data)-len(rest)]
		full, value, ok := structured(whole)
		if !ok || isTidy(full, value) {
			if out != nil {
				out = append(out, whole...)
			}
			continue
		}
		if out == nil {
			out = append(make([]byte, 0, len(data)+64), data[:begin]...)
		}
		out = append(append(out, full...), ": "...)
		out = append(squeeze(out, full, value), "\r\n"...)
	}
	if out == nil || !ok {
		return data
	}
	return append(append(out, "\r\n"...), rest...)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// cutLine takes one line off the front of data; ok is false when it does not end.
func cutLine(data []byte) (line, rest []byte, ok bool) {
	return bytes.Cut(data, []byte("\r\n"))
}

// structured gives the full name and the value of a header whose white space sipgo stumbles over.
func structured(header []byte) (full string, value []byte, ok bool) {
	name, value, ok := bytes.Cut(header, []byte(":"))
	if !ok {
		return "", nil, false
	}
	switch full = Name(bytes.TrimSpace(name)); full {
	case "Via", "From", "To", "Contact", "CSeq", "Refer-To":
		return full, bytes.TrimSpace(value), true
	default:
		return "", nil, false
	}
}

// separators are where white space may stand in a header and means nothing.
func separators(full string) string {
	switch full {
	case "Via":
		return "/;=,:"
	case "CSeq":
		return ""
	default:
		return ";=,"
	}
}

// isTidy reports whether squeeze would change nothing that matters.
func isTidy(full string, value []byte) bool {
	seps := separators(full)
	quoted, angled := false, false
	for i, c := range value {
		switch {
		case quoted:
			quoted = c != '"' || value[i-1] == '\\'
		case c == '"':
			quoted = true
		case c == '<':
			angled = true
		case c == '>':
			angled = false
		case angled:
		case c == ',' && full == "Via":
			return false
		case c == '\r' || c == '\t':
			return false
		case c == ' ' && i+1 < len(value):
			next := value[i+1]
			if next == ' ' || next == '\t' || next == '\r' || strings.IndexByte(seps, next) >= 0 || strings.IndexByte(seps, value[i-1]) >= 0 {
				return false
			}
		}
	}
	return true
}

// squeeze adds a header's value to out without the white space that means nothing: none beside a separator, else one blank. What stands in
// quotes or between < and > is left as it is, save line folds. Each Via of a list gets a line of its own.
func squeeze(out []byte, full string, value []byte) []byte {
	seps := separators(full)
	quoted, angled, blank, fresh := false, false, false, true
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '\r' || c == '\n':
			if !quoted && !angled {
				blank = true
			}
			continue
		case quoted && c == '\\' && i+1 < len(value):
			out = append(out, c, value[i+1])
			i++
			continue
		case quoted || angled:
			quoted = quoted && c != '"'
			angled = angled && c != '>'
			out = append(out, c)
			continue
		case isBlank(c):
			blank = true
			continue
		}
		separator := strings.IndexByte(seps, c) >= 0
		if blank && !fresh && !separator {
			out = append(out, ' ')
		}
		blank, fresh = false, separator
		switch {
		case c == ',' && full == "Via":
			out = append(out, "\r\nVia: "...)
			continue
		case c == '"':
			quoted = true
		case c == '<':
			angled = true
		}
		out = append(out, c)
	}
	return out
}
