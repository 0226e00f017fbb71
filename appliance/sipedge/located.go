package sipedge

import (
	"context"
	"crypto/tls"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/locate"
	"autocom/appliance/sipedge/trunk"
)

// Where carriers are, and what the box calls itself towards them. What looks and what is found runs on the goroutine of carriers.

// look finds the servers of a carrier anew. Addresses are there at once; names are looked up on a goroutine of their own.
func (c *carriers) look(k *carrier, now time.Time) {
	k.looked = now
	calls, regs := k.cfg.CallTo(), []string(nil)
	if k.cfg.Registers() {
		regs = k.cfg.RegisterAt()
	}
	names := slices.Concat(calls, regs)
	hint := locate.Hint(k.cfg.Transport)
	if k.cfg.Transport == trunk.TransportAuto {
		hint = locate.Any
	}
	literal := true
	for _, n := range names {
		if _, ok := address(n); !ok {
			literal = false
		}
	}
	if literal || c.e.cfg.Locate == nil {
		c.located(k, c.numbers(k, calls), c.numbers(k, regs))
		return
	}
	k.looking = true
	loc := c.e.cfg.Locate
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if c.e.closed {
		return
	}
	c.e.wg.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), lookWait)
		defer cancel()
		c.e.wg.Go(func() { // ends with ctx
			select {
			case <-c.e.stop:
				cancel()
			case <-ctx.Done():
			}
		})
		a, b := lookUp(ctx, loc, calls, hint), lookUp(ctx, loc, regs, hint)
		c.post(func() {
			k.looking = false
			c.located(k, a, b)
		})
	})
}

func lookUp(ctx context.Context, loc Locator, names []string, hint locate.Hint) []trunk.Target {
	var list []trunk.Target
	for _, n := range names {
		found, err := loc.Targets(ctx, n, hint)
		if err != nil {
			continue // the others may be there; that nothing is found is told
		}
		for _, t := range found {
			list = append(list, trunk.Target{Transport: t.Transport, Addr: t.Addr, Host: t.Name})
		}
	}
	return list
}

// address reads a server that is an address, with or without its port.
func address(s string) (netip.AddrPort, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at, true
	}
	a, err := netip.ParseAddr(s)
	return netip.AddrPortFrom(a, 0), err == nil
}

// numbers is the servers that are addresses.
func (c *carriers) numbers(k *carrier, names []string) []trunk.Target {
	by, _ := k.cfg.Fixed()
	var list []trunk.Target
	for _, n := range names {
		if at, ok := address(n); ok {
			if at.Port() == 0 {
				at = netip.AddrPortFrom(at.Addr(), by.DefaultPort())
			}
			list = append(list, trunk.Target{Transport: by, Addr: at})
		}
	}
	return list
}

// located takes what was found. Where nothing was found any more, what is known stays.
func (c *carriers) located(k *carrier, calls, regs []trunk.Target) {
	if r := k.cfg.Remote; r.IsValid() && len(k.cfg.Proxies) == 0 {
		by, _ := k.cfg.Fixed()
		calls = slices.Insert(calls, 0, trunk.Target{Transport: by, Addr: r})
		if len(k.cfg.Registrars) == 0 {
			regs = slices.Insert(regs, 0, trunk.Target{Transport: by, Addr: r})
		}
	}
	calls, regs = once(calls), once(regs)
	c.mu.Lock()
	if len(calls) > 0 {
		k.targets = calls
	}
	if len(regs) > 0 {
		k.regs = regs
	}
	if len(calls)+len(regs) > 0 {
		k.there = nil
		for _, t := range slices.Concat(k.targets, regs) {
			if a := t.Addr.Addr().Unmap(); !slices.Contains(k.there, a) {
				k.there = append(k.there, a)
			}
		}
	}
	k.found = nil
	if k.cfg.Follows() {
		k.found = k.there
	}
	c.mu.Unlock()
	c.letIn()
	if k.reg != nil && !k.gone && (len(regs) > 0 || k.reg.Phase == trunk.Waiting) {
		c.step(k, trunk.TargetsChanged{Targets: c.contacts(k, regs)})
	}
	c.judge(k)
}

// once leaves out servers that come twice.
func once(list []trunk.Target) []trunk.Target {
	var out []trunk.Target
	for _, t := range list {
		if len(out) < maxTargets && !slices.ContainsFunc(out, func(o trunk.Target) bool { return o.Addr == t.Addr && o.Transport == t.Transport }) {
			out = append(out, t)
		}
	}
	return out
}

// letIn tells the firewall of servers whose addresses are not in the site document. Only their answers are taken, save where the trunk follows.
func (c *carriers) letIn() {
	c.mu.Lock()
	var let []netip.Prefix
	for _, k := range c.lines {
		for _, a := range k.there {
			if p := netip.PrefixFrom(a, a.BitLen()); !slices.Contains(let, p) {
				let = append(let, p)
			}
		}
	}
	same := slices.Equal(let, c.let)
	c.let = let
	trusted, admitted := c.trusted, slices.Concat(c.admit, let)
	c.mu.Unlock()
	if !same {
		c.e.stack.Admit(trusted, admitted)
	}
}

// Admit replaces the networks SIP is taken from. The servers of trunks are let in besides, by the addresses they were found at.
func (e *Edge) Admit(trusted, admitted []netip.Prefix) {
	c := e.carriers
	c.mu.Lock()
	c.trusted, c.admit = trusted, admitted
	all := slices.Concat(admitted, c.let)
	c.mu.Unlock()
	e.stack.Admit(trusted, all)
}

// Locator finds where the names of carriers lead. It is called on goroutines of the edge's own and may block for some seconds; it remembers
// what it found.
type Locator interface {
	Targets(ctx context.Context, name string, hint locate.Hint) ([]locate.Target, error)
}

// certified is what a carrier's certificate has to name: the domain that was asked for, never what DNS made of it (RFC 5922 §4).
func (c *carriers) certified(f leg.Flow) *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.lines {
		for _, t := range slices.Concat(k.targets, k.regs) {
			if t.Host != "" && t.Addr == f.Remote && t.Transport == f.Transport {
				return &tls.Config{ServerName: hostOnly(t.Host), MinVersion: tls.VersionTLS12}
			}
		}
	}
	return nil
}

// way is a listener of the box.
type way struct {
	transport flow.Transport
	local     netip.AddrPort
	dials     bool // the box only calls from there
}

// way is the flow to an address: from the first listener of its transport and family.
func (e *Edge) way(by flow.Transport, to netip.AddrPort) (leg.Flow, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.ways {
		if w.transport == by && w.local.Addr().Unmap().Is4() == to.Addr().Unmap().Is4() {
			return leg.Flow{Transport: by, Local: w.local, Remote: to}, true
		}
	}
	return leg.Flow{}, false
}

// listens notes a listener.
func (e *Edge) listens(by flow.Transport, local netip.AddrPort, dials bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ways = append(e.ways, way{transport: by, local: local, dials: dials})
}

// outside is what the box calls itself on a flow: what the carrier's registrar sees, where the trunk wants that said.
func (e *Edge) outside(f leg.Flow) string {
	c := e.carriers
	c.mu.Lock()
	for _, k := range c.lines {
		if !k.gone && k.cfg.FollowSeen == trunk.Yes && k.seen.IsValid() && !f.Transport.Stream() &&
			slices.ContainsFunc(k.targets, func(t trunk.Target) bool { return t.Addr == f.Remote && t.Transport == f.Transport }) {
			seen := k.seen
			c.mu.Unlock()
			return seen.String()
		}
	}
	c.mu.Unlock()
	return e.host(f)
}
