package call

import (
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/transfer"
)

// handedOver: the party hears music while whoever hands it over waits for the target, has a word with it, or hears that it is not to be had. In a
// conference everybody hears everybody.
func (c *Call) handedOver() (legs []plan.Hearing) {
	if c.Transfer.State.Joined() {
		legs = c.conversation()
	}
	if p := c.CallerLeg(); p != nil && c.Transfer.State != transfer.Conferring {
		legs = append(legs, c.waits(p, c.Music))
	}
	by, rung := c.Leg(c.Transfer.Referrer), c.Leg(c.Transfer.Rung)
	switch {
	case by == nil || c.Transfer.State.Joined():
	case c.Transfer.State == transfer.Keeping:
		legs = append(legs, c.waits(by, plan.ToneBusy))
	case rung == nil:
	case rung.State == Early && !by.Silent():
		legs = append(legs, hears(by.ID, rung.ID), plan.Hearing{Leg: rung.ID})
	default:
		legs = append(legs, c.waits(by, plan.ToneRingback))
	}
	return legs
}

// Together reports whether whom the call is for talks with somebody now: neither holds, and they are not kept waiting.
func (c *Call) Together() bool {
	p := c.CallerLeg()
	return p != nil && c.Talks(p.ID) && len(c.among(p, c.Bridged).From) > 0
}
