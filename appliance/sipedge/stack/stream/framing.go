package stream

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
)

// framer finds where messages end in a stream of bytes (RFC 3261 §18.3). It reads no more of them than that.
type framer struct {
	max   int // bytes of a message
	seen  int // bytes in which the end of the head is known not to begin
	total int // bytes of the message whose head is complete, 0 when none is
}

// What is wrong with a stream that cannot be read on, since nobody can tell where the next message begins.
var (
	ErrNoSIP     = errors.New("no SIP")
	ErrNoLength  = errors.New("no Content-Length")
	ErrBadLength = errors.New("Content-Length cannot be read")
	ErrTooLarge  = errors.New("message too large")
)

// next gives the length of the message that buf begins with, or 0 when it has not come as a whole. buf is what it was the last time, with more
// behind it, and never begins with line ends.
func (f *framer) next(buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	if f.total == 0 {
		if !tokenByte(buf[0]) {
			return 0, ErrNoSIP
		}
		from := max(f.seen-3, 0)
		i := bytes.Index(buf[from:], []byte("\r\n\r\n"))
		if i < 0 {
			f.seen = len(buf)
			if len(buf) > f.max {
				return 0, ErrTooLarge
			}
			return 0, nil
		}
		head := from + i + 4
		body, err := contentLength(buf[:head])
		switch {
		case err != nil:
			return 0, err
		case head > f.max || body > f.max-head:
			return 0, ErrTooLarge
		}
		f.total = head + body
	}
	if len(buf) < f.total {
		return 0, nil
	}
	n := f.total
	f.total, f.seen = 0, 0
	return n, nil
}

// tokenByte tells what a method, or SIP/2.0, may begin with (RFC 3261 §25.1).
func tokenByte(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || bytes.IndexByte([]byte("-.!%*_+`'~"), c) >= 0
}

// contentLength reads Content-Length from a head. Two that differ are as bad as none: that is how one message is smuggled in another.
func contentLength(head []byte) (int, error) {
	found := -1
	_, rest, _ := bytes.Cut(head, []byte("\r\n")) // the start line
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name = bytes.TrimRight(name, " \t")
		if !bytes.EqualFold(name, []byte("Content-Length")) && !bytes.EqualFold(name, []byte("l")) {
			continue
		}
		text := value
		for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') { // folded
			line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
			text = append(slices.Clip(text), line...)
		}
		n, err := strconv.ParseUint(string(bytes.Trim(text, " \t")), 10, 31)
		if err != nil || found >= 0 && found != int(n) {
			return 0, ErrBadLength
		}
		found = int(n)
	}
	if found < 0 {
		return 0, ErrNoLength
	}
	return found, nil
}
