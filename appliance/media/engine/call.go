package engine

import (
	"slices"

	"autocom/appliance/exchange/plan"
)

// call is the legs that one plan speaks of. A leg that no plan names is a call of its own.
type call struct {
	id    plan.CallID // empty for a leg alone
	plan  plan.Plan
	legs  []*leg
	phase int
	busy  bool // it is ticked
	bench *bench
	over  bool // a prompt came to its end in this frame
}

// mode is how a leg gets what it hears.
type mode uint8

const (
	mute    mode = iota // nothing is sent
	forward             // the packets of one other leg, on receipt
	quiet               // silence, so that the peer and what lies between know that the line lives
	looping             // a sound alone
	mixing              // sums of legs and sounds, every 20 ms
)

// newCall makes a call; one without an id is that of a leg that no plan names, which hears nothing and is not heard.
func (e *Engine) newCall(id plan.CallID) *call {
	c := &call{id: id, phase: e.next}
	e.next = (e.next + 1) % phases
	if id != "" {
		e.calls[id] = c
	}
	return c
}

func (e *Engine) join(c *call, l *leg) {
	l.call = c
	c.legs = append(c.legs, l)
	c.seat(l)
}

// leave takes a leg out of its call; whoever calls it puts the leg elsewhere and settles the call.
func (e *Engine) leave(l *leg) {
	c := l.call
	if c == nil {
		return
	}
	c.cut(l)
	c.legs = slices.DeleteFunc(c.legs, func(o *leg) bool { return o == l })
	for _, o := range c.legs {
		o.forget(l)
	}
	l.forgetAll()
	l.call = nil
}

// forget removes every trace of another leg.
func (l *leg) forget(o *leg) {
	is := func(x *leg) bool { return x == o }
	l.from = slices.DeleteFunc(l.from, is)
	l.hearers = slices.DeleteFunc(l.hearers, is)
	if l.out.feed.leg == o {
		l.out.feed = feed{}
	}
}

func (l *leg) forgetAll() {
	l.from, l.hearers, l.mode = nil, nil, mute
	if l.out.feed.kind == forwarded {
		l.out.feed = feed{}
	}
}

// settle derives, from the plan and the state of the legs, how each leg gets what it hears. It runs after every command
// and is the only place that decides it.
func (e *Engine) settle(c *call) {
	if c == nil {
		return
	}
	for _, l := range c.legs {
		l.hearers = l.hearers[:0]
	}
	for _, l := range c.legs {
		e.listen(c, l)
	}
	for _, l := range c.legs {
		if l.mode = l.choose(); l.mode == forward {
			l.from = l.from[:1] // of a line without voice that hears several, the others are not mixed in
		}
		if f := &l.out.feed; f.kind == forwarded && (l.mode != forward || l.from[0] != f.leg) {
			*f = feed{} // what it misses from now on is not a loss
		}
		for _, o := range l.from {
			o.hearers = append(o.hearers, l)
		}
	}
	for _, l := range c.legs {
		l.needRing()
	}
	c.arrange()
	e.schedule(c)
}

// listen finds what the plan lets a leg hear.
func (e *Engine) listen(c *call, l *leg) {
	l.from = l.from[:0]
	i := slices.IndexFunc(c.plan.Legs, func(h plan.Hearing) bool { return h.Leg == l.id })
	var sound plan.Sound
	if i >= 0 {
		h := &c.plan.Legs[i]
		for _, id := range h.From {
			if o := e.byID[id]; o != nil && o != l && o.call == c && !slices.Contains(l.from, o) {
				l.from = append(l.from, o)
			}
		}
		if len(h.From) == 0 {
			sound = h.Sound
		}
	}
	switch {
	case sound == "":
		l.loop.sound = nil // the place is kept: music goes on where it stopped
	case sound != l.loop.name:
		l.loop = player{sound: e.sounds[sound], name: sound, again: true}
	default:
		l.loop.sound = e.sounds[sound]
	}
}

// choose is the table of modes.
func (l *leg) choose() mode {
	prompt := l.prompt.sound != nil
	switch {
	case !l.agreed || !l.dir.Sends():
		return mute
	case l.plain():
		return forward
	case len(l.from) > 1, len(l.from) == 1 && (prompt || l.from[0].unlike):
		return mixing
	case len(l.from) == 1:
		return forward
	case prompt || l.loop.sound != nil:
		return looping
	case l.call.id == "":
		return mute // no plan yet: the phone rings
	default:
		return quiet
	}
}

// ticks reports whether the leg has work at each tick.
func (l *leg) ticks() bool {
	switch l.mode {
	case quiet, looping, mixing:
		return true
	case mute, forward:
		return l.prompt.sound != nil || l.dial.pressing() || l.dial.queued > 0 || l.tap != nil
	default:
		return false
	}
}

// schedule puts the call among those that are ticked, or takes it out.
func (e *Engine) schedule(c *call) {
	busy := slices.ContainsFunc(c.legs, (*leg).ticks)
	if len(c.legs) == 0 && c.id != "" && e.calls[c.id] == c {
		delete(e.calls, c.id)
	}
	if busy == c.busy {
		return
	}
	c.busy = busy
	at := &e.busy[c.phase]
	if busy {
		*at = append(*at, c)
		return
	}
	*at = slices.DeleteFunc(*at, func(o *call) bool { return o == c })
}
