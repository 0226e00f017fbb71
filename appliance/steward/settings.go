package steward

import (
	"net/netip"
	"strings"
)

// Mode is where the box has its address from.
type Mode string

// The modes.
const (
	DHCP   Mode = "dhcp"
	Static Mode = "static"
)

// Settings are the box's network as a person types it.
type Settings struct {
	Mode    Mode     `json:"mode"`
	Address string   `json:"address,omitempty"` // with Static: IPv4 with the length of its network, "192.168.1.10/24"
	Gateway string   `json:"gateway,omitempty"` // with Static; empty: the box reaches its own network alone
	DNS     []string `json:"dns,omitempty"`     // with DHCP: instead of those it gives
	VLAN    int      `json:"vlan,omitempty"`    // 1 … 4094: all of the box's traffic carries this tag; 0: none does
	NTP     []string `json:"ntp,omitempty"`     // names or addresses; empty: the image's own
}

// Limits of the lists.
const (
	MaxDNS = 3
	MaxNTP = 4
)

// Problem is one thing wrong with what was typed.
type Problem struct {
	Path     string `json:"path"`            // "gateway", "dns[1]"
	Code     string `json:"code"`            // stable; Words has its sentences
	Value    string `json:"value,omitempty"` // what was typed, made safe to show
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy"`
}

// ProblemsError is settings that were not taken.
type ProblemsError struct{ Problems []Problem }

func (e *ProblemsError) Error() string {
	var b strings.Builder
	b.WriteString("the network settings were not taken")
	for _, p := range e.Problems {
		b.WriteString("; " + p.Path + ": " + p.Sentence + ": " + p.Remedy)
	}
	return b.String()
}

// parsed is settings whose every part is known to be good.
type parsed struct {
	mode    Mode
	address netip.Prefix
	gateway netip.Addr
	dns     []netip.Addr
	vlan    int
	ntp     []string
}

// Check names everything that is wrong; nil when nothing is.
func (s Settings) Check() []Problem {
	_, problems := s.parse()
	return problems
}

func (s Settings) parse() (parsed, []Problem) {
	p := parsed{mode: s.Mode, vlan: s.VLAN}
	var found []Problem
	say := func(path, code, value string) { found = append(found, problem(path, code, value)) }

	switch s.Mode {
	case DHCP:
		if s.Address != "" {
			say("address", "dhcp.address", s.Address)
		}
		if s.Gateway != "" {
			say("gateway", "dhcp.gateway", s.Gateway)
		}
	case Static:
		code := ""
		if p.address, code = address(s.Address); code != "" {
			say("address", code, s.Address)
		}
		if s.Gateway != "" {
			if p.gateway, code = gateway(s.Gateway, p.address); code != "" {
				say("gateway", code, s.Gateway)
			}
		}
	default:
		say("mode", "mode", string(s.Mode))
	}

	if len(s.DNS) > MaxDNS {
		say("dns", "dns.many", "")
	}
	for i, text := range s.DNS[:min(len(s.DNS), MaxDNS)] {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil || a.Zone() != "":
			say(at("dns", i), "dns.form", text)
		case a.IsUnspecified(), a.IsMulticast(), a.IsLoopback(), a.IsLinkLocalUnicast(), a.Is4() && a.As4()[0] >= 240:
			say(at("dns", i), "dns.kind", text)
		default:
			p.dns = append(p.dns, a)
		}
	}
	if s.VLAN < 0 || s.VLAN > 4094 { // 4095 is reserved, 0 means "no VLAN" (IEEE 802.1Q §9.6)
		say("vlan", "vlan", "")
	}
	if len(s.NTP) > MaxNTP {
		say("ntp", "ntp.many", "")
	}
	for i, text := range s.NTP[:min(len(s.NTP), MaxNTP)] {
		if !isHost(text) {
			say(at("ntp", i), "ntp.form", text)
			continue
		}
		p.ntp = append(p.ntp, text)
	}
	return p, found
}

func at(list string, i int) string { return list + "[" + string(rune('0'+i)) + "]" }

// address reads the box's own address; the code says what is wrong.
func address(text string) (netip.Prefix, string) {
	if text == "" {
		return netip.Prefix{}, "address.missing"
	}
	if !strings.Contains(text, "/") {
		if _, err := netip.ParseAddr(text); err == nil {
			return netip.Prefix{}, "address.length"
		}
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, "address.form"
	}
	a := p.Addr()
	switch {
	case !a.Is4():
		return netip.Prefix{}, "address.six"
	case p.Bits() > 30: // a /31 has no room for a gateway and the phones, RFC 3021 is for links between routers
		return netip.Prefix{}, "address.narrow"
	case p.Bits() < 8:
		return netip.Prefix{}, "address.wide"
	case a.IsMulticast():
		return netip.Prefix{}, "address.multicast"
	case a.As4()[0] == 0, a.As4()[0] >= 240, a.IsLoopback(), a.IsLinkLocalUnicast(): // RFC 6890 §2.2.2
		return netip.Prefix{}, "address.kind"
	case a == p.Masked().Addr():
		return netip.Prefix{}, "address.network"
	case a == broadcast(p):
		return netip.Prefix{}, "address.broadcast"
	}
	return p, ""
}

// gateway reads the gateway of a box at own; own may be invalid, and has been complained of then.
func gateway(text string, own netip.Prefix) (netip.Addr, string) {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil || a.Zone() != "":
		return netip.Addr{}, "gateway.form"
	case !a.Is4():
		return netip.Addr{}, "gateway.six"
	case !own.IsValid():
		return a, ""
	case a == own.Addr():
		return netip.Addr{}, "gateway.self"
	case !own.Contains(a):
		return netip.Addr{}, "gateway.outside"
	case a == own.Masked().Addr(), a == broadcast(own):
		return netip.Addr{}, "gateway.edge"
	}
	return a, ""
}

// broadcast is the last address of an IPv4 network.
func broadcast(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for i := range b {
		if host := 8*(i+1) - p.Bits(); host > 0 {
			b[i] |= byte(1<<min(host, 8) - 1)
		}
	}
	return netip.AddrFrom4(b)
}

// isHost reports whether text is an address or a host name (RFC 1123 §2.1).
func isHost(text string) bool {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Zone() == "" && !a.IsUnspecified() && !a.IsMulticast()
	}
	if len(text) == 0 || len(text) > 253 {
		return false
	}
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != "" // "192.168.1" is a mistyped address, not a name
}
