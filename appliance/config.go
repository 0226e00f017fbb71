package appliance

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/number"
	"autocom/appliance/prompts"
	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/sdp"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/site"
)

// keepAlive is how often a phone is asked whether it is there: one that was pulled is not rung for longer than that.
const keepAlive = time.Minute

// edgeConfig is what SIP needs to know of the box's network.
func edgeConfig(doc *site.Document) sipedge.Config {
	trusted, admitted := networks(doc)
	return sipedge.Config{
		// A leg that is over stays for half a minute to answer repetitions: the bound is on them too.
		MaxLegs: max(2000, 40*doc.Network.MaxCalls), KeepAlive: keepAlive,
		Stack: stack.Config{
			Firewall: stack.Firewall{Trusted: trusted, Admitted: admitted},
			Invites:  stack.Rate{PerSecond: max(50, doc.Network.MaxCalls), Burst: max(100, 2*doc.Network.MaxCalls)},
			Intake:   stack.Intake{Work: work(len(doc.Extensions))},
		},
	}
}

// work is how much the box takes on. The long run is what two small cores do: some 220 new calls a second, or 500 registrations. At once come all
// phones of a site after a power cut: two REGISTERs each, because the first is answered with a challenge, of 2 units each. They must fit in
// what REGISTER may use, three quarters.
func work(phones int) stack.Rate {
	return stack.Rate{PerSecond: 2000, Burst: max(2000, 6*phones)}
}

// listening is one place where SIP is spoken, as the document asks for it.
type listening struct {
	setting string // of the document
	stack.Endpoint
	needed bool // without it the box cannot be
}

// listenings are the places where the box speaks SIP.
func listenings(doc *site.Document, host netip.Addr) []listening {
	n := doc.Network
	tcp := n.SIPTCP
	if tcp == "" {
		tcp = n.SIP
	}
	var list []listening
	for _, l := range []struct {
		setting, at string
		by          flow.Transport
	}{
		{"network.sip", n.SIP, flow.UDP},
		{"network.sip_tcp", tcp, flow.TCP},
		{"network.sip_tls", n.SIPTLS, flow.TLS},
		{"network.sip_ws", n.SIPWS, flow.WS},
		{"network.sip_wss", n.SIPWSS, flow.WSS},
	} {
		at, err := netip.ParseAddrPort(l.at)
		if err != nil { // empty, or off
			continue
		}
		list = append(list, listening{
			setting: l.setting, needed: l.by == flow.UDP,
			Endpoint: stack.Endpoint{Transport: l.by, Addr: at, Advertise: netip.AddrPortFrom(host, at.Port())},
		})
	}
	if n.SIPTLS == "" { // a carrier may be spoken to over TLS all the same
		if at, err := netip.ParseAddrPort(n.SIP); err == nil {
			own := netip.AddrPortFrom(at.Addr(), flow.TLS.DefaultPort())
			list = append(list, listening{setting: "network.sip_tls", Endpoint: stack.Endpoint{
				Transport: flow.TLS, Addr: own, Advertise: netip.AddrPortFrom(host, own.Port()), DialOnly: true,
			}})
		}
	}
	return list
}

// advertised is the address phones and carriers are told: the one of the document, the one SIP listens on, or the machine's first.
func advertised(doc *site.Document) (netip.Addr, error) {
	if doc.Network.Advertised != "" {
		return netip.ParseAddr(doc.Network.Advertised)
	}
	at, err := netip.ParseAddrPort(doc.Network.SIP)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("network.sip: %w", err)
	}
	if !at.Addr().IsUnspecified() {
		return at.Addr(), nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("this machine's addresses: %w", err)
	}
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			return p.Addr(), nil
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
}

// networks are the sources SIP is taken from: phones, which are never banned, and carriers.
func networks(doc *site.Document) (trusted, admitted []netip.Prefix) {
	for _, n := range doc.Network.Phones {
		trusted = append(trusted, prefixOf(n))
	}
	for _, n := range doc.Network.Remote {
		admitted = append(admitted, prefixOf(n))
	}
	for _, t := range doc.Trunks {
		for _, n := range t.Sources {
			admitted = append(admitted, prefixOf(n))
		}
	}
	return trusted, admitted
}

// e164 reads a number as it is dialled in the country of the site.
func e164(doc *site.Document, dialled string) (string, error) {
	return number.E164(strings.ToUpper(doc.Site.Country), dialled)
}

// prefixOf reads a network or an address of a checked document.
func prefixOf(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked()
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{} // contains nothing; Check does not let it through
	}
	return netip.PrefixFrom(a, a.BitLen())
}

// edgeSite is what SIP needs of the document. Trunks that were checked have no problem any more.
func edgeSite(doc *site.Document) sipedge.Site {
	out := sipedge.Site{Sounds: map[string]sipedge.Sound{}}
	for _, t := range doc.Trunks {
		c, _ := trunkConfig(doc, t)
		out.Trunks = append(out.Trunks, c)
	}
	for _, x := range doc.Extensions {
		out.Accounts = append(out.Accounts, registrar.Account{Extension: x.Number, Secret: registrar.Secret(x.Secret)})
		s := sipedge.Sound{SRTP: srtpPolicy(x.SRTP), Raw: exchange.Kind(x.Kind).Raw()}
		if s != (sipedge.Sound{}) {
			out.Sounds[x.Number] = s
		}
	}
	return out
}

func srtpPolicy(s string) sdp.SRTPPolicy {
	switch s {
	case "allowed":
		return sdp.SRTPAllowed
	case "required":
		return sdp.SRTPRequired
	default:
		return sdp.SRTPNever
	}
}

// nameServers are the DNS servers of the document; none stands for the machine's.
func nameServers(doc *site.Document) []netip.AddrPort {
	var list []netip.AddrPort
	for _, s := range doc.Network.DNS {
		if a, err := netip.ParseAddr(s); err == nil {
			list = append(list, netip.AddrPortFrom(a, 53))
		} else if at, err := netip.ParseAddrPort(s); err == nil {
			list = append(list, at)
		}
	}
	return list
}

// soundSources are the sound files of the document. What a queue plays to those who wait is music.
func soundSources(doc *site.Document) []prompts.Source {
	var all []prompts.Source
	for _, s := range doc.Sounds {
		music := slices.ContainsFunc(doc.Queues, func(q site.Queue) bool { return q.Music == s.Name })
		all = append(all, prompts.Source{Sound: site.PlanSound(s.Name), File: s.File, Music: music})
	}
	return all
}
