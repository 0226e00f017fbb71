package ledger

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// The words of fact.AgentChanged that statistics read. They are the exchange's, stable in every journal.
const (
	loggedIn  = "logged_in"
	leaving   = "leaving"
	paused    = "pause"
	available = "available"

	idle     = "idle"
	reserved = "reserved"
	ringing  = "ringing"
	dialing  = "dialing"
	talking  = "talking"
	holding  = "holding"
	wrapUp   = "wrapup"
)

// openAgent is an agent as they were told last.
type openAgent struct {
	ID       string      `json:"id"`
	Since    fact.Moment `json:"since"`
	Session  string      `json:"session"`
	Declared string      `json:"declared"`
	Pause    string      `json:"pause,omitempty"`
	Activity string      `json:"activity"`
	Line     string      `json:"line"`
	Call     string      `json:"call,omitempty"`
	Desk     *count.Desk `json:"desk,omitempty"` // the conversation they are in, or write up
}

func converses(activity string) bool { return activity == talking || activity == holding }

// atWork reports whether time counts as logged in. Somebody who left the site document finishes the call.
func (a *openAgent) atWork() bool {
	return a.Session == loggedIn || a.Session == leaving && a.Activity != idle
}

func (b *Book) agentChanged(f fact.AgentChanged, now fact.Moment) {
	a := b.agents[f.Agent]
	if a == nil {
		a = &openAgent{ID: f.Agent, Since: now}
		b.agents[f.Agent] = a
	}
	b.spend(a, now)
	switch {
	case converses(f.Activity) && (!converses(a.Activity) || a.Call != f.Call || a.Desk == nil):
		d := b.deskOf(f, now)
		a.Desk = &d
		b.offersAt(d).Segments++
	case converses(f.Activity) || f.Activity == wrapUp:
	default:
		a.Desk = nil
	}
	*a = openAgent{
		ID: a.ID, Since: now, Session: f.Session, Declared: f.Declared, Pause: f.Pause, Activity: f.Activity, Line: f.Line, Call: f.Call, Desk: a.Desk,
	}
	if a.Activity == idle && !a.atWork() {
		delete(b.agents, a.ID)
	}
}

// deskOf is where a conversation that begins is counted: with the visit it follows, or with the call.
func (b *Book) deskOf(f fact.AgentChanged, now fact.Moment) count.Desk {
	d := count.Desk{Place: count.Place{Quarter: count.QuarterOf(now.UTC)}, Agent: f.Agent}
	if c := b.open[f.Call]; c != nil {
		d.Place = count.Place{Quarter: count.QuarterOf(c.Opened.UTC), First: c.First, Section: c.Section, Route: c.Route}
		if c.Talk != nil {
			d.Place = *c.Talk
		}
	}
	return d
}

// longest bounds what one state can have lasted: more is a clock gone wrong.
const longest = 31 * 24 * 3_600_000

// spend counts an agent's time from the last change up to now, in the quarters of the clock it falls in. How long it was is told by the clock
// that never jumps.
func (c *counters) spend(a *openAgent, now fact.Moment) {
	ms := min(max(0, now.Since(a.Since)), longest)
	if a.Desk != nil {
		o := c.offersAt(*a.Desk)
		switch a.Activity {
		case talking:
			o.TalkMS += ms
		case holding:
			o.HoldMS += ms
		case wrapUp:
			o.WrapMS += ms
		default:
		}
	}
	if !a.atWork() {
		return
	}
	for from, until := a.Since.UTC, a.Since.UTC+ms; from < until; {
		q := count.QuarterOf(from)
		to := min(until, (q + 1).UTC())
		c.spentAs(count.Posture{Quarter: q, Agent: a.ID, Activity: a.Activity, Declared: a.Declared, Pause: a.Pause, Line: a.Line}).MS += to - from
		from = to
	}
}

// endDays ends all sessions, pauses and conversations: the core that knew of them is gone.
func (b *Book) endDays(now fact.Moment) {
	for _, a := range b.agents {
		b.spend(a, now)
	}
	clear(b.agents)
}
