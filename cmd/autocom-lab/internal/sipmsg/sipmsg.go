// Package sipmsg reads and writes SIP messages for the lab's telephones. It is
// written by hand on purpose: a peer that shared the box's parser would share
// its mistakes and could not find them.
package sipmsg

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What a message may hold; more is refused (SIP has no limits of its own).
const (
	MaxBytes   = 65535
	MaxHeaders = 200
)

// A Header is one line of a message, with its long name.
type Header struct{ Name, Value string }

// A Message is a request (Code 0) or a response.
type Message struct {
	Method string // of a request
	URI    string // of a request
	Code   int    // of a response
	Reason string // of a response

	Headers []Header
	Body    []byte
}

// The compact forms of RFC 3261 §7.3.3 and its extensions.
var compact = map[string]string{
	"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "c": "Content-Type", "l": "Content-Length",
	"k": "Supported", "s": "Subject", "e": "Content-Encoding", "r": "Refer-To", "o": "Event", "u": "Allow-Events", "x": "Session-Expires", "b": "Referred-By",
}

// ErrKeepAlive says that a datagram held nothing but line ends (RFC 5626 §3.5.1).
var ErrKeepAlive = errors.New("sipmsg: a keep-alive, not a message")

// Parse reads one datagram.
func Parse(b []byte) (*Message, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("sipmsg: %d bytes are too many", len(b))
	}
	b = bytes.TrimLeft(b, "\r\n")
	if len(b) == 0 {
		return nil, ErrKeepAlive
	}
	head, body, whole := bytes.Cut(b, []byte("\r\n\r\n"))
	if !whole {
		if head, body, whole = bytes.Cut(b, []byte("\n\n")); !whole {
			return nil, errors.New("sipmsg: no empty line ends the headers")
		}
	}
	lines := strings.Split(string(head), "\n")
	m := &Message{}
	if err := m.startLine(strings.TrimSuffix(lines[0], "\r")); err != nil {
		return nil, err
	}
	if len(lines) > MaxHeaders {
		return nil, fmt.Errorf("sipmsg: %d header lines are too many", len(lines))
	}
	for _, line := range lines[1:] {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' { // folded (RFC 3261 §7.3.1)
			if len(m.Headers) == 0 {
				return nil, errors.New("sipmsg: a folded line follows no header")
			}
			m.Headers[len(m.Headers)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, fmt.Errorf("sipmsg: %.40q is not a header", line)
		}
		if long, ok := compact[strings.ToLower(name)]; ok {
			name = long
		}
		m.Headers = append(m.Headers, Header{name, strings.TrimSpace(value)})
	}
	if s := m.Header("Content-Length"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > len(body) {
			return nil, fmt.Errorf("sipmsg: Content-Length %.20q does not fit %d bytes of body", s, len(body))
		}
		body = body[:n] // RFC 3261 §18.3: what follows is discarded
	}
	if len(body) > 0 {
		m.Body = bytes.Clone(body)
	}
	return m, m.mandatory()
}

func (m *Message) startLine(s string) error {
	if rest, ok := strings.CutPrefix(s, "SIP/2.0 "); ok {
		code, reason, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(code)
		if err != nil || n < 100 || n > 699 {
			return fmt.Errorf("sipmsg: %.20q is no status code", code)
		}
		m.Code, m.Reason = n, reason
		return nil
	}
	f := strings.Split(s, " ")
	if len(f) != 3 || f[2] != "SIP/2.0" || f[0] == "" || f[1] == "" {
		return fmt.Errorf("sipmsg: %.60q begins no message", s)
	}
	m.Method, m.URI = f[0], f[1]
	return nil
}

// mandatory refuses a message without the headers of RFC 3261 §8.1.1.
func (m *Message) mandatory() error {
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		if m.Header(name) == "" {
			return fmt.Errorf("sipmsg: no %s header", name)
		}
	}
	n, method := m.CSeq()
	if method == "" {
		return fmt.Errorf("sipmsg: CSeq %.30q", m.Header("CSeq"))
	}
	if m.Code == 0 && method != m.Method {
		return fmt.Errorf("sipmsg: CSeq says %d %s in a %s", n, method, m.Method)
	}
	return nil
}

// Header gives the first value of that name, "" without one.
func (m *Message) Header(name string) string {
	for i := range m.Headers {
		if strings.EqualFold(m.Headers[i].Name, name) {
			return m.Headers[i].Value
		}
	}
	return ""
}

// All gives every value of that name, split at commas where the header is a
// list (RFC 3261 §7.3.1).
func (m *Message) All(name string) []string {
	var out []string
	for i := range m.Headers {
		if strings.EqualFold(m.Headers[i].Name, name) {
			out = append(out, split(m.Headers[i].Value)...)
		}
	}
	return out
}

// Add appends a header.
func (m *Message) Add(name, value string) *Message {
	m.Headers = append(m.Headers, Header{name, value})
	return m
}

// Set replaces the first header of that name, or adds it.
func (m *Message) Set(name, value string) *Message {
	for i := range m.Headers {
		if strings.EqualFold(m.Headers[i].Name, name) {
			m.Headers[i].Value = value
			return m
		}
	}
	return m.Add(name, value)
}

// CSeq gives the sequence number and the method; the method is "" when the
// header cannot be read.
func (m *Message) CSeq() (uint32, string) {
	f := strings.Fields(m.Header("CSeq"))
	if len(f) != 2 {
		return 0, ""
	}
	n, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		return 0, ""
	}
	return uint32(n), f[1]
}

// Append writes the message after dst, with its Content-Length.
func (m *Message) Append(dst []byte) []byte {
	if m.Code != 0 {
		dst = append(dst, "SIP/2.0 "...)
		dst = strconv.AppendInt(dst, int64(m.Code), 10)
		dst = append(dst, ' ')
		dst = append(dst, m.Reason...)
	} else {
		dst = append(dst, m.Method...)
		dst = append(dst, ' ')
		dst = append(dst, m.URI...)
		dst = append(dst, " SIP/2.0"...)
	}
	dst = append(dst, "\r\n"...)
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, "Content-Length") {
			continue
		}
		dst = append(dst, h.Name...)
		dst = append(dst, ": "...)
		dst = append(dst, h.Value...)
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(m.Body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, m.Body...)
}
