package call

import (
	"slices"
	"strings"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// Hearing derives who hears whom from what the call does now. Legs are sorted, so that equal situations give equal plans.
func (c *Call) Hearing() []plan.Hearing {
	var legs []plan.Hearing
	caller := c.CallerLeg()
	switch c.Phase {
	case Accepting, Announcing, Messaging:
		if caller != nil {
			legs = append(legs, plan.Hearing{Leg: caller.ID})
		}
	case Queued:
		if caller != nil {
			legs = append(legs, plan.Hearing{Leg: caller.ID, Sound: c.Music})
		}
		for _, o := range c.Out {
			if o.State == queue.OfferAsking || o.State == queue.OfferWhispering { // told something before the caller
				legs = append(legs, plan.Hearing{Leg: o.Leg})
			}
		}
	case Dismissing:
		if caller != nil {
			h := plan.Hearing{Leg: caller.ID, Sound: plan.ToneBusy}
			if len(c.Saying) > 0 { // told why in words
				h.Sound = ""
			}
			legs = append(legs, h)
		}
	case Dialling:
		out := c.Placed()
		switch {
		case out == nil && caller != nil && slices.ContainsFunc(c.Timers, func(t Timer) bool { return t.For == RingAgain }):
			legs = append(legs, plan.Hearing{Leg: caller.ID, Sound: plan.ToneRingback})
		case caller == nil || out == nil:
		case out.State == Early:
			legs = append(legs, hears(caller.ID, out.ID), hears(out.ID, caller.ID))
		case caller.Talks(): // it was answered for the welcome, so its phone makes no ringing tone of its own
			legs = append(legs, plan.Hearing{Leg: caller.ID, Sound: plan.ToneRingback})
		}
	case Talking:
		legs = c.conversation()
	case Transferring:
		legs = c.handedOver()
	case Parked:
		if p := c.CallerLeg(); p != nil {
			legs = append(legs, c.waits(p, c.Music))
		}
	case Lifting, Closing:
	}
	slices.SortFunc(legs, func(a, b plan.Hearing) int { return strings.Compare(string(a.Leg), string(b.Leg)) })
	return legs
}

// waits is what a leg hears that talks with nobody: nothing while it holds us itself.
func (c *Call) waits(l *Leg, s plan.Sound) plan.Hearing {
	if l.Silent() {
		s = ""
	}
	return plan.Hearing{Leg: l.ID, Sound: s}
}

func hears(leg, from plan.LegID) plan.Hearing {
	return plan.Hearing{Leg: leg, From: []plan.LegID{from}}
}

// SameHearing reports whether two plans say the same.
func SameHearing(a, b []plan.Hearing) bool {
	return slices.EqualFunc(a, b, func(x, y plan.Hearing) bool {
		return x.Leg == y.Leg && x.Sound == y.Sound && slices.Equal(x.From, y.From)
	})
}
