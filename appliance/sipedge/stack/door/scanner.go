package door

import (
	"bytes"
	"strings"
)

// looksLikeSIP looks at the first line only: "… SIP/x" or "SIP/x …". White space at its end is for the parser to refuse (RFC 4475 §3.1.2.10).
func looksLikeSIP(data []byte) bool {
	line, _, ok := bytes.Cut(data, []byte("\r\n"))
	if !ok || len(line) < 8 {
		return false
	}
	if bytes.HasPrefix(line, []byte("SIP/")) {
		return true
	}
	line = bytes.TrimRight(line, " \t")
	i := bytes.LastIndexByte(line, ' ')
	return i > 0 && len(line) > i+4 && bytes.EqualFold(line[i+1:i+5], []byte("SIP/"))
}

// scanners are how the names that common tools of attackers give themselves begin.
func scanners() []string {
	return []string{
		"friendly-scanner", "friendly-request", "sipvicious", "sipcli", "sip-scan", "sipscan", "sundayddr", "iwar", "sivus", "gulp",
		"vaxsipuseragent", "pplsip", "smap", "sipsak-scan", "eyebeam-scan", "voipscan", "mr.sip", "sipptk", "cosmo-scan",
	}
}

// scanner looks for them in the User-Agent (and, for sipvicious, which signs there too, in From).
func scanner(data []byte) bool {
	_, data, _ = bytes.Cut(data, []byte("\r\n"))
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\r\n"))
		data = rest
		if len(line) == 0 {
			return false
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		switch name = bytes.TrimSpace(name); {
		case bytes.EqualFold(name, []byte("User-Agent")):
			value = bytes.TrimSpace(value)
			for _, s := range scanners() {
				if startsWith(value, s) {
					return true
				}
			}
		case bytes.EqualFold(name, []byte("From")), bytes.EqualFold(name, []byte("f")):
			for i := range value {
				if startsWith(value[i:], "sipvicious") {
					return true
				}
			}
		}
	}
	return false
}

// startsWith compares without regard to case.
func startsWith(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}
