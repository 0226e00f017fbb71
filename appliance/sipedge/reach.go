package sipedge

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/trunk"
)

// Whether carriers are there.

// judge tells the exchange whether a trunk can be used, if that is known and news.
func (c *carriers) judge(k *carrier) {
	up, known := !k.watch.Gone(), true
	if k.cfg.Qualify > 0 {
		up, known = k.watch.Up(), k.watch.Up() || k.watch.Gone()
	}
	if k.reg == nil && len(k.targets) == 0 && !k.looking && !k.looked.IsZero() { // it was looked for, and is nowhere
		up, known = false, true
	}
	if k.reg != nil {
		held := k.reg.Held(time.Now()) && k.reg.Phase != trunk.Unregistering
		switch {
		case !held:
			up, known = false, k.heard
		case k.cfg.Qualify > 0 && !known: // the registrar answered: that is an answer
			up, known = true, true
		}
	}
	c.mu.Lock()
	k.state.Up = up && known
	if k.reg == nil {
		k.state.Problem = ""
		if len(k.targets) == 0 {
			k.state.Problem = "its name leads nowhere"
		} else if known && !up {
			k.state.Problem = "no server answers"
		}
	}
	problem := cmp.Or(k.state.Problem, "no server answers")
	c.mu.Unlock()
	if !known || k.gone || k.told != nil && *k.told == up {
		return
	}
	k.told = &up
	in := exchange.TrunkReachable{Trunk: k.cfg.Name, Reachable: up}
	if !up {
		in.Reason = problem
	}
	c.e.cfg.Tell(in)
}

// Carriers is how the other ends of the trunks are, in the order of the site document.
func (e *Edge) Carriers() []CarrierState {
	c := e.carriers
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []CarrierState
	for _, k := range c.lines {
		if !k.gone {
			s := k.state
			s.Servers = slices.Clone(k.targets)
			list = append(list, s)
		}
	}
	return list
}

// probe asks every server of a trunk whether it is there (RFC 3261 §11).
func (c *carriers) probe(k *carrier) {
	targets := k.targets[:min(len(k.targets), maxTurns)]
	rd := &round{left: len(targets)}
	if len(targets) == 0 && k.watch.Missed() {
		c.judge(k)
	}
	for _, to := range targets {
		m, ok := c.options(k, to)
		if !ok {
			rd.left--
			continue
		}
		k.rounds[m.Via] = rd
		c.send(k, m, to)
	}
}

// ping keeps the routers between the box and a server over UDP from forgetting the way back. Nothing is made of its answer.
func (c *carriers) ping(k *carrier) {
	to := k.bound
	if !to.Addr.IsValid() && len(k.targets) > 0 {
		to = k.targets[0]
	}
	if m, ok := c.options(k, to); ok && !to.Transport.Stream() {
		c.send(k, m, to)
	}
}

func (c *carriers) options(k *carrier, to trunk.Target) (leg.Request, bool) {
	f, ok := c.e.way(to.Transport, to.Addr)
	if !ok {
		return leg.Request{}, false
	}
	return options("sip:"+k.cfg.Host(), c.e.outside(f)), true
}

// probed notes the answer to an OPTIONS, or that there is none.
func (c *carriers) probed(k *carrier, via string, from netip.AddrPort, status int, retry time.Duration) {
	delete(k.out, via)
	rd := k.rounds[via]
	delete(k.rounds, via)
	if rd == nil {
		return
	}
	rd.left--
	there := status != 503 && status != 408
	c.mu.Lock()
	if there {
		k.bad.Worked(from)
	} else {
		k.bad.Failed(from, time.Now().Add(max(retry, k.cfg.Penalised())))
	}
	c.mu.Unlock()
	changed := false
	switch {
	case there:
		if !rd.up {
			rd.up = true
			changed = k.watch.Answered(status)
		}
	case rd.left == 0 && !rd.up:
		changed = k.watch.Missed()
	}
	if changed {
		c.judge(k)
	}
}
