package appliance

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"autocom/appliance/prompts"
	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"
	"autocom/appliance/site"
)

// resolveTime bounds the look-up of a carrier's name.
const resolveTime = 2 * time.Second

// edgeConfig is what SIP needs to know of the box's network: how it listens, and what phones are told.
func edgeConfig(doc *site.Document) (cfg sipedge.Config, listen func() (net.PacketConn, error), advertise netip.AddrPort, err error) {
	at, err := netip.ParseAddrPort(doc.Network.SIP)
	if err != nil {
		return cfg, nil, advertise, fmt.Errorf("network.sip: %w", err)
	}
	host, err := advertised(doc)
	if err != nil {
		return cfg, nil, advertise, err
	}
	trusted, admitted := networks(doc)
	cfg = sipedge.Config{
		// A leg that is over stays for half a minute to answer repetitions: the bound is on them too.
		MaxLegs: max(2000, 40*doc.Network.MaxCalls),
		Stack: stack.Config{
			Firewall: stack.Firewall{Trusted: trusted, Admitted: admitted},
			Invites:  stack.Rate{PerSecond: max(50, doc.Network.MaxCalls), Burst: max(100, 2*doc.Network.MaxCalls)},
		},
	}
	return cfg, stack.UDP(at), netip.AddrPortFrom(host, at.Port()), nil
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
		trusted = append(trusted, prefix(n))
	}
	for _, t := range doc.Trunks {
		for _, n := range t.Sources {
			admitted = append(admitted, prefix(n))
		}
	}
	return trusted, admitted
}

// prefix reads a network or an address of a checked document.
func prefix(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked()
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{} // contains nothing; Check does not let it through
	}
	return netip.PrefixFrom(a, a.BitLen())
}

// edgeSite is what SIP needs of the document. A carrier whose name cannot be looked up stays without an address: its calls in are taken, calls
// out are refused and say why.
func (c *core) edgeSite(ctx context.Context, doc *site.Document) sipedge.Site {
	var s sipedge.Site
	code, trunkPrefix := trunk.Home(strings.ToUpper(doc.Site.Country))
	for _, t := range doc.Trunks {
		remote, err := resolve(ctx, t.Address)
		if err != nil {
			c.warn("trunk "+t.Name, fmt.Sprintf("trunk %s: its address %s cannot be found: calls out by it are refused (%v)", t.Name, t.Address, err))
		} else {
			c.warn("trunk "+t.Name, "")
		}
		host, _, err := net.SplitHostPort(t.Address)
		if err != nil || remote.Addr().String() == host {
			host = ""
		}
		cfg := trunk.Config{
			Name: t.Name, Remote: remote, Domain: host, Presented: t.Presented, Allowed: t.Allowed,
			Identity: trunk.Identity(t.Identity), Dialled: trunk.Dialled(t.Dialled), Format: trunk.Format(t.Format),
			CountryCode: code, TrunkPrefix: trunkPrefix, Username: t.Username, Password: digest.Secret(t.Password), Qualify: time.Duration(t.Qualify),
		}
		for _, n := range t.Sources {
			cfg.Sources = append(cfg.Sources, prefix(n))
		}
		s.Trunks = append(s.Trunks, cfg)
	}
	for _, x := range doc.Extensions {
		s.Accounts = append(s.Accounts, registrar.Account{Extension: x.Number, Secret: registrar.Secret(x.Secret)})
	}
	return s
}

// resolve finds the address of host:port.
func resolve(ctx context.Context, hostPort string) (netip.AddrPort, error) {
	if at, err := netip.ParseAddrPort(hostPort); err == nil {
		return at, nil
	}
	host, service, err := net.SplitHostPort(hostPort)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	port, err := net.DefaultResolver.LookupPort(ctx, "udp", service)
	if err != nil {
		return netip.AddrPort{}, err
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(found[0].Unmap(), uint16(port)), nil
}

// soundSources are the sound files of the document.
func soundSources(doc *site.Document) []prompts.Source {
	var all []prompts.Source
	for _, s := range doc.Sounds {
		all = append(all, prompts.Source{Sound: site.PlanSound(s.Name), File: s.File})
	}
	return all
}
