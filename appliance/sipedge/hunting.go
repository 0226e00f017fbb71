package sipedge

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// Calls to carriers: which server is tried when, and what is learnt of each.

// called is an INVITE that nobody answered yet.
type called struct {
	line *line
	name string
	to   netip.AddrPort
	at   time.Time
	wait time.Duration
}

// order is where a call goes, in the order to try: the server that knows us first, those that failed lately last.
func (c *carriers) order(name string) (targets []trunk.Target, routes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.find(name)
	if k == nil {
		return nil, nil
	}
	list := slices.Clone(k.targets)
	if i := slices.IndexFunc(list, func(t trunk.Target) bool { return t.Addr == k.bound.Addr && t.Transport == k.bound.Transport }); i > 0 {
		first := list[i]
		list = slices.Insert(slices.Delete(list, i, i+1), 0, first)
	}
	list = k.bad.Order(time.Now(), list)
	return list[:min(len(list), maxTurns)], k.routes
}

// toTrunk writes a call to a carrier.
func (e *Edge) toTrunk(p *leg.Place, r exchange.Ring, t *trunk.Config) {
	targets, routes := e.carriers.order(t.Name)
	var first leg.Flow
	for _, to := range targets {
		f, ok := e.way(to.Transport, to.Addr)
		if !ok {
			continue // the box does not listen so
		}
		if len(p.Contacts) == 0 {
			first = f
		}
		p.Contacts = append(p.Contacts, leg.Contact{Flow: f, Routed: true, Turn: len(p.Contacts)})
	}
	inv := t.Invite(r, e.outside(first))
	p.From, p.Extra = inv.From, inv.Extra
	p.From.Display = plain(p.From.Display)
	for _, route := range routes {
		p.Extra = append(p.Extra, leg.Header{Name: "Route", Value: "<" + route + ">"})
	}
	for i := range p.Contacts {
		p.Contacts[i].URI, p.Contacts[i].To = inv.URI, inv.URI
	}
	p.Policy = legPolicy(t)
	switch n := time.Duration(len(p.Contacts)); {
	case r.More && n > 0: // the next line is asked within two seconds
		p.Policy.Patience = min(p.Policy.Patience, hurry/n)
		p.Policy.GiveUp = min(p.Policy.GiveUp, hurry/n)
	case n > 1: // the last one is asked within two seconds, however many there are
		p.Policy.Patience = min(p.Policy.Patience, hurry/(n-1))
	}
}

// legPolicy is how patient a trunk's legs are.
func legPolicy(t *trunk.Config) leg.Policy {
	p := leg.Policy{SessionExpires: t.SessionExpires}
	p.Patience, p.GiveUp = t.Waits()
	return p
}

// roomy is how long a request over UDP may be, in bytes, before it goes another way (RFC 3261 §18.1.1: within 200 bytes of an unknown path MTU,
// or above 1,300 bytes). The stack still writes who we are into it: User-Agent.
const roomy = 1300 - 64

// roomier is the flow of an INVITE that is too long for a datagram, where the trunk says that its carrier has TCP too.
func (e *Edge) roomier(t *trunk.Config, req *sip.Request, f leg.Flow) leg.Flow {
	if t == nil || t.Large != trunk.LargeSwitch || f.Transport != flow.UDP || len(req.String()) <= roomy {
		return f
	}
	g, ok := e.way(flow.TCP, f.Remote)
	if !ok {
		return f
	}
	if via := req.Via(); via != nil {
		via.Transport = flow.TCP.String()
		via.Host, via.Port = splitHost(e.host(g), g.Transport)
	}
	return g
}

// called notes an INVITE to a carrier.
func (c *carriers) called(l *line, branch string, f leg.Flow) {
	patience, _ := l.trunk.Waits()
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for b, o := range c.calls { // of the same leg: the server before this one stayed silent
		if o.line == l && o.to != f.Remote {
			c.silent(b, o, now)
		}
	}
	if len(c.calls) < maxBox {
		c.calls[branch] = called{line: l, name: l.trunk.Name, to: f.Remote, at: now, wait: patience}
	}
}

// silent puts a server last; c.mu is held.
func (c *carriers) silent(branch string, o called, now time.Time) {
	delete(c.calls, branch)
	if k := c.find(o.name); k != nil {
		k.bad.Failed(o.to, now.Add(k.cfg.Penalised()))
	}
}

// impatient notices servers that did not answer a call.
func (c *carriers) impatient(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for b, o := range c.calls {
		if now.Sub(o.at) >= o.wait {
			c.silent(b, o, now)
		}
	}
}

// answered notes a response to a call: the server is there, and perhaps wants to be left in peace.
func (c *carriers) answered(l *line, branch string, r *stack.Response) {
	l.mu.Lock()
	first := !l.reached
	l.reached = true
	l.mu.Unlock()
	c.mu.Lock()
	delete(c.calls, branch)
	if k := c.find(l.trunk.Name); k != nil {
		if r.StatusCode == 503 {
			k.bad.Failed(r.Flow.Remote, time.Now().Add(cmp.Or(min(seconds(r, "Retry-After"), time.Hour), k.cfg.Penalised())))
		} else {
			k.bad.Worked(r.Flow.Remote)
		}
	}
	c.mu.Unlock()
	if first {
		c.note(l.trunk.Name, func(w *trunk.Watch, _ *trunk.Config) bool { return w.Answered(200) })
	}
}

// note tells a trunk's watch something.
func (c *carriers) note(name string, f func(*trunk.Watch, *trunk.Config) bool) {
	c.post(func() {
		c.mu.Lock()
		k := c.find(name)
		c.mu.Unlock()
		if k != nil && f(&k.watch, k.cfg) {
			c.judge(k)
		}
	})
}

// listen is what a leg tells the exchange, by the policy of its trunk.
func (c *carriers) listen(l *line) func(exchange.Input) {
	if l.trunk == nil {
		return c.e.cfg.Tell
	}
	rang := false
	return func(in exchange.Input) { // on the leg's goroutine
		switch in := in.(type) {
		case exchange.LegRinging:
			if l.trunk.EarlyMedia == trunk.EarlyIgnore {
				if rang {
					return
				}
				rang = true
				c.e.cfg.Tell(exchange.LegRinging{Leg: in.Leg})
				return
			}
		case exchange.DigitPressed:
			if !l.trunk.Understands(in.Via) {
				return
			}
		case exchange.LegRefused:
			l.mu.Lock()
			reached := l.reached
			l.mu.Unlock()
			if !reached && (in.SIP == 408 || in.SIP == 503) {
				c.note(l.trunk.Name, func(w *trunk.Watch, t *trunk.Config) bool { return w.Unheard(t.DeadAfter) })
			}
		default:
		}
		c.e.cfg.Tell(in)
	}
}

// DigitTaken reports whether a key that came a certain way ("rfc4733", "info", "inband") on a leg is to be heeded: a trunk may say how its keys
// come. That one press came two ways is for whoever hears both to notice.
func (e *Edge) DigitTaken(d exchange.DigitPressed) bool {
	l := e.leg(d.Leg)
	return l == nil || l.trunk == nil || l.trunk.Understands(d.Via)
}
