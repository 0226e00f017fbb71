package locate

import (
	"net/netip"
	"strconv"
	"strings"

	"autocom/appliance/sipedge/flow"

	"github.com/miekg/dns"
)

// question is a name as it is remembered: one question, one answer.
type question struct {
	Host string // lower case, without the last dot
	Port uint16 // 0: not said
	Hint Hint
}

func (q question) String() string {
	s := q.Host
	if q.Port != 0 {
		s += ":" + strconv.Itoa(int(q.Port))
	}
	if q.Hint != Any {
		s += ";transport=" + string(q.Hint)
	}
	return s
}

// parse reads host[:port]. literal is valid when the host is an address: there is nothing to ask then.
func parse(name string, hint Hint) (q question, literal netip.Addr, err error) {
	if _, err := ParseHint(string(hint)); err != nil {
		return question{}, netip.Addr{}, &Error{Name: name, Kind: BadName, cause: err}
	}
	bad := func() (question, netip.Addr, error) {
		return question{}, netip.Addr{}, &Error{Name: name, Kind: BadName}
	}
	host, port := name, ""
	switch i := strings.LastIndexByte(name, ':'); {
	case strings.HasPrefix(name, "["):
		end := strings.IndexByte(name, ']')
		if end < 0 {
			return bad()
		}
		host = name[1:end]
		if rest := name[end+1:]; rest != "" {
			if rest[0] != ':' || rest == ":" {
				return bad()
			}
			port = rest[1:]
		}
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
			return bad()
		}
	case i >= 0 && i == strings.IndexByte(name, ':'):
		host, port = name[:i], name[i+1:]
		if port == "" {
			return bad()
		}
	}
	q = question{Host: strings.ToLower(strings.TrimSuffix(host, ".")), Hint: hint}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return bad()
		}
		q.Port = uint16(n)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return q, a.Unmap(), nil
	}
	if !hostname(q.Host) {
		return bad()
	}
	return q, netip.Addr{}, nil
}

// hostname reports whether s is a name of DNS in letters, digits, hyphens and underscores.
func hostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	if last := s[strings.LastIndexByte(s, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return false // 192.0.2: an address that lacks something, not a name (RFC 3696 §2)
	}
	_, ok := dns.IsDomainName(s)
	return ok
}

// service is where the SRV records of a transport are (RFC 3263 §4.1).
func service(t flow.Transport, host string) string {
	switch t {
	case flow.TLS:
		return "_sips._tcp." + host
	case flow.TCP:
		return "_sip._tcp." + host
	case flow.WS:
		return "_sip._ws." + host
	case flow.WSS:
		return "_sips._ws." + host
	default:
		return "_sip._udp." + host
	}
}

// offered is the transport that the service field of a NAPTR record names (RFC 3263 §4.1).
func offered(field string) (flow.Transport, bool) {
	switch strings.ToUpper(field) {
	case "SIP+D2U":
		return flow.UDP, true
	case "SIP+D2T":
		return flow.TCP, true
	case "SIPS+D2T":
		return flow.TLS, true
	}
	return flow.UDP, false
}
