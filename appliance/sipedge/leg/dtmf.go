package leg

import (
	"bytes"
	"strings"
)

// maxInfo bounds the body of an INFO that is read, in bytes.
const maxInfo = 256

// Digit reads the body of an INFO: "application/dtmf-relay" (Signal=5) or "application/dtmf" (5). known says whether the type is one of
// these; a body of such a type without a digit (a flash, a release) gives none.
func Digit(contentType string, body []byte) (digit string, known bool) {
	kind, _, _ := strings.Cut(contentType, ";")
	if len(body) > maxInfo {
		body = body[:maxInfo]
	}
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/dtmf-relay":
		for line := range bytes.Lines(body) {
			name, value, ok := strings.Cut(string(line), "=")
			if ok && strings.EqualFold(strings.TrimSpace(name), "Signal") {
				return key(value), true
			}
		}
		return "", true
	case "application/dtmf":
		return key(string(body)), true
	default:
		return "", false
	}
}

// key is the key of the pad that a word names, or nothing.
func key(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	switch s {
	case "10":
		return "*"
	case "11":
		return "#"
	}
	if len(s) == 1 && strings.Contains("0123456789*#ABCD", s) {
		return s
	}
	return ""
}
