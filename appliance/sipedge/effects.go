package sipedge

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/trunk"
)

// Ring places a leg. Like every effect it returns at once; what comes of it are inputs.
func (e *Edge) Ring(r exchange.Ring) {
	l := newLine(r.Leg, nil)
	l.who = r.To.Extension
	e.mu.Lock()
	at := leg.Flow{Local: e.local}
	e.mu.Unlock()
	p := leg.Place{Leg: r.Leg, Seed: seed(), Hops: r.Hops}
	switch {
	case r.To.Extension != "":
		e.toExtension(&p, r)
		if r.AutoAnswer {
			e.lift(&p, r.To.Extension)
		}
		if len(p.Contacts) > 0 {
			at = p.Contacts[0].Flow
		}
	case r.To.Trunk != "":
		if t, ok := e.site.Load().trunk(r.To.Trunk); ok {
			l.trunk = t
			e.toTrunk(&p, r, t)
			if len(p.Contacts) > 0 {
				at = p.Contacts[0].Flow
			}
		}
		p.To = exchange.FromTrunk
	}
	p.Policy.Sound = e.sound(l.trunk, r.To.Extension)
	p.Policy.Sound.Raw = p.Policy.Sound.Raw || r.Raw
	p.Contact = e.contact(r.Leg, at)
	for i := range p.Contacts {
		c := &p.Contacts[i]
		c.CallID, c.LocalTag = seed(), seed()[:16]
		l.comes(c.Flow.Remote.Addr())
		l.keys = append(l.keys, dialogKey{c.CallID, c.LocalTag})
	}
	if !e.open(l, &leg.State{}) {
		// The exchange calls us: telling it something now could wait for itself.
		e.later(exchange.LegRefused{Leg: r.Leg, Reason: exchange.RefusedCongestion})
		return
	}
	l.actor.Post(p)
}

// later tells the exchange something from a goroutine of its own.
func (e *Edge) later(in exchange.Input) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.wg.Go(func() { e.cfg.Tell(in) })
	}
}

func (e *Edge) toExtension(p *leg.Place, r exchange.Ring) {
	p.To = exchange.FromExtension
	for _, b := range e.registrar.Lookup(time.Now(), r.To.Extension) {
		p.Contacts = append(p.Contacts, leg.Contact{
			URI: b.Contact, To: "sip:" + r.To.Extension + "@" + e.host(b.Flow), Flow: b.Flow, AnyPeer: e.cfg.AnySource, Extra: through(b.Path),
		})
	}
	if len(p.Contacts) == 0 {
		return
	}
	host := e.host(p.Contacts[0].Flow)
	p.From = shown(r.Caller, r.Label, host)
}

// through is the Route of a call to a phone that registered by way of proxies (RFC 3327 §5.3).
func through(path []string) []leg.Header {
	var route []leg.Header
	for _, uri := range path {
		route = append(route, leg.Header{Name: "Route", Value: uri})
	}
	return route
}

// shown is what a desk phone displays: the queue, then who calls.
func shown(c exchange.Caller, label, host string) leg.Address {
	user, name := c.Number, c.Name
	if c.Withheld || user == "" {
		user, name = "anonymous", cmp.Or(name, "Anonymous")
	}
	if label != "" {
		name = label + " " + cmp.Or(name, user)
	}
	return leg.Address{Display: plain(name), URI: "sip:" + escape(user) + "@" + host}
}

// plain keeps a display name fit for a quoted string.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// escape keeps the user part of a URI to what needs no escaping (RFC 3261 §25.1).
func escape(s string) string { return trunk.Escape(s) }

// Progress, Answer, Refuse and HangUp speak to a leg. A leg that is gone has already told its end.

// Progress sends 180, or 183 with sound.
func (e *Edge) Progress(p exchange.Progress) { e.post(p.Leg, leg.Progress{Early: p.Early}) }

// Answer sends 200.
func (e *Edge) Answer(a exchange.Answer) { e.post(a.Leg, leg.Answer{}) }

// Refuse sends what the table says for the reason.
func (e *Edge) Refuse(r exchange.Refuse) { e.post(r.Leg, leg.Refuse{Reason: r.Reason}) }

// HangUp ends a leg in any state.
func (e *Edge) HangUp(h exchange.HangUp) { e.post(h.Leg, leg.HangUp{Elsewhere: h.AnsweredElsewhere}) }

// Hold puts the far end of a leg on hold by SIP, or takes it back; LegHeld says that it was taken.
func (e *Edge) Hold(id plan.LegID, on bool) { e.post(id, leg.Hold{On: on}) }

// Refresh sends a session refresh on a leg now (RFC 4028 §7.4).
func (e *Edge) Refresh(id plan.LegID) { e.post(id, leg.Refresh{}) }

// MediaLost ends a leg whose sound stopped: the media process says so.
func (e *Edge) MediaLost(id plan.LegID) { e.post(id, leg.HangUp{Cause: exchange.EndedMediaLost}) }

// MediaRestarted gives every leg a port of the new media process. Peers hear of it only where the port moved.
func (e *Edge) MediaRestarted() {
	e.mu.Lock()
	lines := slices.Collect(maps.Values(e.legs))
	e.mu.Unlock()
	for _, l := range lines {
		l.actor.Post(leg.Reoffer{})
	}
}

func (e *Edge) post(id plan.LegID, in leg.Input) {
	if l := e.leg(id); l != nil && !l.actor.Post(in) {
		e.log.Debug("leg takes no command any more", "leg", id)
	}
}

// Carry carries out an effect of the exchange if it is SIP's, and says whether it was.
func (e *Edge) Carry(eff exchange.Effect) bool {
	switch eff := eff.(type) {
	case exchange.Ring:
		e.Ring(eff)
	case exchange.Progress:
		e.Progress(eff)
	case exchange.Answer:
		e.Answer(eff)
	case exchange.Refuse:
		e.Refuse(eff)
	case exchange.HangUp:
		e.HangUp(eff)
	case exchange.ShowLamp:
		e.ShowLamp(eff)
	case exchange.ReferTold:
		e.ReferTold(eff)
	default:
		return false
	}
	return true
}
