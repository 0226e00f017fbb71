package nat

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"autocom/appliance/sipedge/flow"
)

// Sent is what one of our requests carried.
type Sent struct {
	Via     string // sent-by: host:port
	Branch  string
	CallID  string
	FromTag string
	Contact string // host:port; empty when it had none
	Sound   string // c= of its SDP; empty when it had none
}

// Back is what a peer repeated of it in its answer, or what came out of it where it was led back to us.
type Back struct {
	Via      string
	Branch   string
	CallID   string
	FromTag  string
	Contacts []string // host:port of those that are ours by their user part: a registrar repeats them in its 200 (RFC 3261 §10.3)
	Sound    string
	Declared int // Content-Length; -1 when there was none
	Body     int // bytes that came
}

// Compare finds what was rewritten between us and a peer. A peer repeats Via, Call-ID, From and the Contact of a REGISTER as they were
// (RFC 3261 §8.2.6.2, §10.3): what comes back otherwise was changed twice, or once and not changed back.
func Compare(s Sent, b Back) []Finding {
	var list []Finding
	if b.Via != "" && !sameHost(s.Via, b.Via) {
		list = append(list, Of(AlteredVia, fmt.Sprintf("Via sent as %s, came back as %s", clip(s.Via), clip(b.Via))))
	}
	if b.Branch != "" && s.Branch != b.Branch {
		list = append(list, Of(AlteredBranch, "the branch of our Via came back changed"))
	}
	if b.CallID != "" && s.CallID != b.CallID {
		list = append(list, Of(AlteredCallID, "our Call-ID came back changed"))
	}
	if b.FromTag != "" && s.FromTag != b.FromTag {
		list = append(list, Of(AlteredFromTag, "the tag of our From came back changed"))
	}
	ours := func(c string) bool { return sameHost(s.Contact, c) }
	if s.Contact != "" && len(b.Contacts) > 0 && !slices.ContainsFunc(b.Contacts, ours) {
		list = append(list, Of(AlteredContact, fmt.Sprintf("Contact sent as %s, came back as %s", clip(s.Contact), clip(b.Contacts[0]))))
	}
	if s.Sound != "" && b.Sound != "" && s.Sound != b.Sound {
		list = append(list, Of(AlteredSDP, fmt.Sprintf("sound wanted at %s, came back as %s", clip(s.Sound), clip(b.Sound))))
	}
	return append(list, length(b.Declared, b.Body)...)
}

func length(declared, body int) []Finding {
	if declared < 0 || declared == body {
		return nil
	}
	return []Finding{Of(AlteredLength, fmt.Sprintf("Content-Length %d, body of %d bytes", declared, body))}
}

// sameHost compares host:port without regard to case, and to the port of SIP left out.
func sameHost(a, b string) bool {
	norm := func(s string) string {
		s = strings.ToLower(s)
		if at, err := netip.ParseAddrPort(s); err == nil {
			return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()).String()
		}
		if at, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
			return netip.AddrPortFrom(at.Unmap(), 5060).String()
		}
		return strings.TrimSuffix(s, ":5060")
	}
	return a == b || norm(a) == norm(b)
}

// clip bounds what a peer wrote, for evidence.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || r == '@' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 60)]
}

// Came is what one REGISTER or INVITE of a phone carried.
type Came struct {
	Transport flow.Transport
	Source    netip.AddrPort // where it really came from
	Via       string         // sent-by of its lowest Via: the phone's own
	Contact   string         // host:port
	Origin    string         // address of o= in its SDP; empty when it had none
	Sound     string         // address of c=
	Declared  int            // Content-Length; -1 when there was none
	Body      int            // bytes that came
}

// Inspect tells from one message of a phone what stands between it and us.
func Inspect(c Came) []Finding {
	list := length(c.Declared, c.Body)
	src := c.Source.Addr().Unmap().WithZone("")
	type said struct {
		where string
		addr  netip.Addr
	}
	var inside, outside []said // what names the phone's own network; what names where we see it
	for _, x := range [...]struct{ where, text string }{{"Via", c.Via}, {"Contact", c.Contact}, {"SDP o=", c.Origin}, {"SDP c=", c.Sound}} {
		a, ok := address(x.text)
		switch {
		case !ok || a.IsUnspecified() || a.IsLoopback() && !src.IsLoopback():
		case a == src:
			outside = append(outside, said{x.where, a})
		case private(a) || c.Transport == flow.UDP:
			inside = append(inside, said{x.where, a})
		}
	}
	if len(inside) == 0 || c.Transport == flow.WS || c.Transport == flow.WSS { // a browser knows no address of its own (RFC 7118 §5)
		return list
	}
	if len(outside) > 0 {
		return append(list, Of(MixedAddresses, fmt.Sprintf("%s says %s, %s says %s, the message came from %s",
			inside[0].where, inside[0].addr, outside[0].where, outside[0].addr, c.Source)))
	}
	return append(list, Of(PhoneBehindNAT, fmt.Sprintf("the phone calls itself %s, its messages come from %s", inside[0].addr, c.Source)))
}

// address reads host:port, host or [host].
func address(s string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

// private reports whether an address is of a network behind a router: RFC 1918, RFC 4193, RFC 6598, link-local.
func private(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)
	return a.IsPrivate() || a.IsLinkLocalUnicast() || shared.Contains(a.WithZone(""))
}
