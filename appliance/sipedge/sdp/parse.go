package sdp

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"autocom/appliance/exchange/plan"
)

// Parse reads a description. It is lenient in what harms nobody (line ends, missing s= and t=, unknown lines) and strict in what it uses;
// its error is a *[Malformed].
func Parse(data []byte) (Session, error) {
	if len(data) > MaxBytes {
		return Session{}, &Malformed{Why: "larger than 8 kB"}
	}
	p := parser{}
	n := 0
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		n++
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			continue
		}
		if why := p.line(string(line)); why != "" {
			return Session{}, &Malformed{Line: n, Why: why}
		}
	}
	if !p.version || !p.origin {
		return Session{}, &Malformed{Why: "v= or o= is missing"}
	}
	p.inherit()
	return p.s, nil
}

type parser struct {
	s               Session
	version, origin bool
	direction       plan.Direction // of the session
	own             []bool         // per line: it has a direction of its own
	attrs           int
}

// line reads one line; it returns what is wrong with it.
func (p *parser) line(line string) string {
	if len(line) < 2 || line[1] != '=' {
		return "not of the form x=value"
	}
	if strings.ContainsAny(line, "\x00\r") {
		return "a control character"
	}
	value := strings.TrimSpace(line[2:])
	if !p.version && line[0] != 'v' {
		return "v= must come first"
	}
	switch line[0] {
	case 'v':
		if p.version || value != "0" {
			return "unknown version"
		}
		p.version = true
	case 'o':
		return p.parseOrigin(value)
	case 's':
		if value != "-" {
			p.s.Name = value
		}
	case 'c':
		addr, why := parseConnection(value)
		if why != "" {
			return why
		}
		if m := p.current(); m != nil {
			m.Connection = addr
		} else {
			p.s.Connection = addr
		}
	case 'm':
		return p.parseMedia(value)
	case 'a':
		if p.attrs++; p.attrs > maxAttrs {
			return "too many attributes"
		}
		name, v, _ := strings.Cut(value, ":")
		return p.parseAttr(strings.TrimSpace(name), strings.TrimSpace(v))
	}
	return "" // i, u, e, p, b, t, r, z, k: nothing a telephone needs
}

func (p *parser) current() *Line {
	if len(p.s.Lines) == 0 {
		return nil
	}
	return &p.s.Lines[len(p.s.Lines)-1]
}

func (p *parser) parseOrigin(value string) string {
	f := strings.Fields(value)
	if p.origin || len(f) != 6 {
		return "o= needs six fields, once"
	}
	p.origin = true
	if f[0] != "-" {
		p.s.Origin.User = f[0]
	}
	// Identity and address of the peer's session tell us nothing we act on: what is odd there is read as zero.
	p.s.Origin.ID, _ = strconv.ParseUint(f[1], 10, 64)
	p.s.Origin.Version, _ = strconv.ParseUint(f[2], 10, 64)
	p.s.Origin.Addr, _ = parseConnection(strings.Join(f[3:], " "))
	return ""
}

// parseConnection reads "IN IP4 192.0.2.1". The TTL of a multicast address is cut off; a name is no address: nothing is resolved here.
func parseConnection(value string) (netip.Addr, string) {
	f := strings.Fields(value)
	if len(f) != 3 || !strings.EqualFold(f[0], "IN") {
		return netip.Addr{}, "not of the form IN IP4 address"
	}
	host, _, _ := strings.Cut(f[2], "/")
	a, err := netip.ParseAddr(host)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, "not an IP address"
	}
	switch {
	case strings.EqualFold(f[1], "IP4") && a.Is4():
	case strings.EqualFold(f[1], "IP6") && a.Is6():
	default:
		return netip.Addr{}, "address of another family"
	}
	return a, ""
}

func (p *parser) parseMedia(value string) string {
	if len(p.s.Lines) >= MaxLines {
		return "too many m= lines"
	}
	f := strings.Fields(value)
	if len(f) < 4 {
		return "m= needs a kind, a port, a protocol and formats"
	}
	if len(f)-3 > maxFormats {
		return "too many formats"
	}
	portText, _, _ := strings.Cut(f[1], "/")
	port, ok := atoi(portText, 0, 65535)
	if !ok {
		return "not a port"
	}
	p.s.Lines = append(p.s.Lines, Line{Kind: f[0], Port: port, Proto: f[2], Formats: f[3:]})
	p.own = append(p.own, false)
	return ""
}

func (p *parser) parseAttr(name, value string) string {
	if name == "" {
		return "an attribute without a name"
	}
	m := p.current()
	if d, ok := parseDirection(name); ok {
		if m == nil {
			p.direction = d
		} else {
			m.Direction = d
			p.own[len(p.own)-1] = true
		}
		return ""
	}
	if m == nil {
		p.s.Attrs = append(p.s.Attrs, Attr{name, value})
		return ""
	}
	switch name {
	case "rtpmap":
		return m.parseMap(value)
	case "fmtp":
		pt, params, _ := strings.Cut(value, " ")
		n, ok := atoi(pt, 0, 127)
		if !ok {
			m.Attrs = append(m.Attrs, Attr{name, value}) // image/t38 and others have names for formats
			return ""
		}
		m.mapOf(uint8(n)).Params = strings.TrimSpace(params)
	case "ptime", "maxptime":
		// "20.0" has been seen; what is no number is not said.
		whole, _, _ := strings.Cut(value, ".")
		n, ok := atoi(whole, 1, 1000)
		if !ok {
			return ""
		}
		if name == "ptime" {
			m.Ptime = n
		} else {
			m.MaxPtime = n
		}
	case "rtcp":
		return m.parseRTCP(value)
	case "rtcp-mux":
		m.RTCPMux = true
	case "crypto":
		if c, ok := parseCrypto(value); ok && len(m.Crypto) < maxCrypto {
			m.Crypto = append(m.Crypto, c)
		} else {
			m.Attrs = append(m.Attrs, Attr{name, value})
		}
	default:
		m.Attrs = append(m.Attrs, Attr{name, value})
	}
	return ""
}

func (l *Line) parseMap(value string) string {
	pt, encoding, ok := strings.Cut(value, " ")
	n, good := atoi(pt, 0, 127)
	if !ok || !good {
		return "rtpmap needs a payload type and an encoding"
	}
	f := strings.Split(strings.TrimSpace(encoding), "/")
	if len(f) < 2 || f[0] == "" || strings.ContainsAny(f[0], " \t") {
		return "rtpmap needs name/clock"
	}
	clock, good := atoi(f[1], 1, 1_000_000)
	if !good {
		return "rtpmap has no clock rate"
	}
	m := l.mapOf(uint8(n))
	m.Name, m.Clock, m.Channels = f[0], clock, 0
	if len(f) > 2 {
		m.Channels, _ = strconv.Atoi(f[2])
		m.Channels = max(0, min(m.Channels, 8))
	}
	return ""
}

// mapOf finds or adds the map of a payload type.
func (l *Line) mapOf(pt uint8) *Map {
	for i := range l.Maps {
		if l.Maps[i].PT == pt {
			return &l.Maps[i]
		}
	}
	l.Maps = append(l.Maps, Map{PT: pt})
	return &l.Maps[len(l.Maps)-1]
}

// parseRTCP reads a=rtcp (RFC 3605 §2.1).
func (l *Line) parseRTCP(value string) string {
	port, where, hasAddr := strings.Cut(value, " ")
	n, ok := atoi(port, 1, 65535)
	if !ok {
		return "a=rtcp has no port"
	}
	l.RTCP = plan.Endpoint{Port: n}
	if hasAddr {
		a, why := parseConnection(where)
		if why != "" {
			return why
		}
		l.RTCP.Host = a.String()
	}
	return ""
}

func parseDirection(name string) (plan.Direction, bool) {
	switch name {
	case "sendrecv":
		return plan.SendRecv, true
	case "sendonly":
		return plan.SendOnly, true
	case "recvonly":
		return plan.RecvOnly, true
	case "inactive":
		return plan.Inactive, true
	default:
		return 0, false
	}
}

// inherit gives lines without a direction that of the session (RFC 8866 §6.7), and drops maps that say nothing.
func (p *parser) inherit() {
	for i := range p.s.Lines {
		l := &p.s.Lines[i]
		if !p.own[i] {
			l.Direction = p.direction
		}
		kept := l.Maps[:0]
		for _, m := range l.Maps {
			if m.Name != "" || m.Params != "" {
				kept = append(kept, m)
			}
		}
		if l.Maps = kept; len(kept) == 0 {
			l.Maps = nil
		}
	}
}
