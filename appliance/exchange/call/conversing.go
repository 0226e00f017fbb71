package call

import (
	"slices"

	"autocom/appliance/exchange/plan"
)

// Mode is how a supervisor takes part in a conversation.
type Mode string

// The modes.
const (
	Listens  Mode = "listen"    // hears everybody, is heard by nobody
	Whispers Mode = "whisper"   // is heard by the agent alone
	Barges   Mode = "barge"     // talks with everybody
	TakesIt  Mode = "take_over" // will have the party when they lift: until then they hear nothing
)

// conversation is who hears whom among those who talk, and what a supervisor hears of it.
func (c *Call) conversation() (legs []plan.Hearing) {
	talk := c.Bridged
	m := c.monitor()
	if m != nil && c.Monitor.Mode == Barges {
		talk = append(slices.Clip(talk), m.ID)
	}
	for _, id := range talk {
		if l := c.Leg(id); l != nil {
			legs = append(legs, c.among(l, talk))
		}
	}
	if m == nil || c.Monitor.Mode == Barges {
		return legs
	}
	h := c.among(m, talk)
	if agent := c.Leg(c.Monitor.Whom); c.Monitor.Mode == Whispers && agent != nil && agent.State != Held && m.State != Held {
		// Also while the agent keeps the party on hold in the toolbar: that is when they ask what to say.
		for i := range legs {
			if legs[i].Leg == agent.ID {
				legs[i].From = append(legs[i].From, m.ID)
				slices.Sort(legs[i].From)
			}
		}
		if agent.Holds {
			h = hears(m.ID, agent.ID)
		}
	}
	return append(legs, h)
}

// monitor is the leg of a supervisor who has lifted, or nil.
func (c *Call) monitor() *Leg {
	if c.Monitor.Since == 0 {
		return nil
	}
	return c.Leg(c.Monitor.Leg)
}

// among is what a leg hears of those who talk: everybody but who is silent by choice, music when that leaves nobody, and nothing while it is
// silent itself.
func (c *Call) among(l *Leg, talk []plan.LegID) plan.Hearing {
	h := plan.Hearing{Leg: l.ID}
	if l.Silent() {
		return h
	}
	held := false // somebody keeps the others waiting
	for _, id := range talk {
		o := c.Leg(id)
		switch {
		case o == nil || o == l:
		case o.Silent():
			held = true
		default:
			h.From = append(h.From, id)
		}
	}
	if held && len(h.From) < 2 && c.monitor() == l && c.Monitor.Mode != Barges { // a party on hold speaks to nobody: nobody hears them
		h.From = nil
	}
	if len(h.From) == 0 {
		h.Sound = c.Music
		return h
	}
	slices.Sort(h.From)
	return h
}
