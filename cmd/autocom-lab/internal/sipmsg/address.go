package sipmsg

import (
	"net/netip"
	"strconv"
	"strings"
)

// split cuts a list at commas that are neither quoted nor inside < >.
func split(s string) []string {
	var out []string
	quoted, angle, from := false, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			out = append(out, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(s[min(from, len(s)):]))
}

// address cuts a From, To, Contact or Route value into its URI and its own
// parameters (RFC 3261 §20: without < > parameters belong to the header).
func address(value string) (uri, params string) {
	quoted := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '<' && !quoted:
			uri, params, _ = strings.Cut(value[i+1:], ">")
			return uri, params
		}
	}
	uri, params, _ = strings.Cut(value, ";")
	return strings.TrimSpace(uri), ";" + params
}

// URI gives the address inside a From, To, Contact or Route value.
func URI(value string) string {
	uri, _ := address(value)
	return uri
}

// Param gives a header parameter, such as the tag of a From value.
func Param(value, name string) string {
	_, params := address(value)
	return param(params, name)
}

// ViaParam gives a parameter of a Via value.
func ViaParam(via, name string) string {
	_, params, _ := strings.Cut(via, ";")
	return param(params, name)
}

func param(params, name string) string {
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return ""
}

// User gives the user part of a SIP URI, "" without one.
func User(uri string) string {
	_, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	user, _, ok := strings.Cut(rest, "@")
	if !ok {
		return ""
	}
	user, _, _ = strings.Cut(user, ";")
	user, _, _ = strings.Cut(user, ":")
	return user
}

// Host gives the host and port of a SIP URI as written.
func Host(uri string) string {
	_, rest, ok := strings.Cut(uri, ":")
	if !ok {
		rest = uri
	}
	if _, after, ok := strings.Cut(rest, "@"); ok {
		rest = after
	}
	return rest[:strings.IndexAny(rest+";", ";?>")]
}

// HostPort gives the address of a SIP URI whose host is an IP address; the
// lab resolves no names.
func HostPort(uri string) (netip.AddrPort, bool) {
	h := Host(uri)
	if ap, err := netip.ParseAddrPort(h); err == nil {
		return ap, true
	}
	if a, err := netip.ParseAddr(strings.Trim(h, "[]")); err == nil {
		return netip.AddrPortFrom(a, 5060), true
	}
	return netip.AddrPort{}, false
}

// Expires gives the seconds granted to a contact by a REGISTER answer
// (RFC 3261 §10.2.4), or otherwise when it does not say.
func (m *Message) Expires(contact string, otherwise int) int {
	for _, c := range m.All("Contact") {
		if URI(c) == contact {
			if n, err := strconv.Atoi(Param(c, "expires")); err == nil && n >= 0 {
				return n
			}
		}
	}
	if n, err := strconv.Atoi(m.Header("Expires")); err == nil && n >= 0 {
		return n
	}
	return otherwise
}
