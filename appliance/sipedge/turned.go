package sipedge

import (
	"net/netip"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// turnedAway notes a call that the exchange never heard of.
func (e *Edge) turnedAway(l *line, status int, code string) {
	if e.cfg.Note == nil {
		return
	}
	f := fact.CallTurnedAway{Extension: l.who, Status: status, Reason: code}
	if l.trunk != nil {
		f.Trunk = l.trunk.Name
	}
	e.cfg.Note(f)
}

func (e *Edge) turned(l *line) func(leg.TurnedAway) {
	return func(t leg.TurnedAway) { e.turnedAway(l, t.Status, t.Code) }
}

// came reports whether an address is one that the dialog was made with.
func (l *line) came(a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.from, a.Unmap())
}

// comes notes an address of the peer.
func (l *line) comes(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a = a.Unmap(); !slices.Contains(l.from, a) {
		l.from = append(l.from, a)
	}
}

// sends reports whether calls of a trunk come from an address: the site document says so, or one of its servers was found there.
func (c *carriers) sends(t *trunk.Config, a netip.Addr) bool {
	if t.From(a) {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.found(t.Name), a.Unmap())
}

// belongs reports whether a request inside a dialog comes from where it must: a carrier from its networks, a phone from where it was, or from
// elsewhere with its password (RFC 3261 §22.1). Otherwise the request is answered, and the leg never hears of it. An ACK and a CANCEL cannot be
// challenged: from elsewhere they say nothing.
func (e *Edge) belongs(l *line, r *stack.Request) bool {
	a := r.Flow.Remote.Addr()
	switch {
	case l.came(a):
		return true
	case l.trunk != nil:
		if e.carriers.sends(l.trunk, a) {
			return true
		}
		if !r.IsAck() && !r.IsCancel() {
			e.stack.Strike(a)
			e.respond(r, 403, "")
		}
		return false
	case r.Method == sip.ACK, r.Method == sip.CANCEL:
		return false
	}
	who, ok := e.authenticate(r)
	switch {
	case !ok:
		return false
	case l.who != "" && who != l.who:
		e.respond(r, 403, "")
		return false
	}
	l.comes(a)
	return true
}
