package exchange

import (
	"slices"

	"autocom/appliance/exchange/call"
)

// auditTimers names timers of a call that run for something that is over. One of them would end what came after it.
func auditTimers(c *call.Call, say func(string, ...any)) {
	for _, t := range c.Timers {
		if !waitedFor(c, t.For) {
			say("call %s is %s and has a timer for %d, which is over", c.ID, c.Phase, t.For)
		}
	}
	for i := range c.Timers {
		for _, other := range c.Timers[:i] {
			if other.For == c.Timers[i].For {
				say("call %s has two timers for %d", c.ID, other.For)
			}
		}
	}
}

// waitedFor reports whether a call is where a purpose of a timer can be.
func waitedFor(c *call.Call, why call.Purpose) bool {
	switch why {
	case call.RingTimeout:
		switch c.Phase {
		case call.Queued:
			return c.Offering()
		case call.Lifting, call.Dialling, call.Transferring:
			return slices.ContainsFunc(c.Legs, func(l call.Leg) bool {
				return l.Way == call.Out && l.ID != c.Monitor.Leg && (l.State == call.Placed || l.Rings())
			})
		default:
			return false
		}
	case call.RingAgain:
		return c.Phase == call.Dialling && c.Placed() == nil
	case call.RetryOffer:
		return c.Phase == call.Queued && !c.Offering()
	case call.MaxWait, call.NeedsRelax, call.Announce:
		return c.Phase == call.Queued
	case call.RequiredOver:
		return c.Phase == call.Queued && c.Visit.Required != ""
	case call.PromptGuard:
		return c.Token != 0
	case call.MessageOver:
		return c.Phase == call.Messaging
	case call.AloneOver:
		return c.Phase == call.Talking
	case call.DismissalOver:
		return c.Phase == call.Dismissing
	case call.MaskOver:
		return slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.Masked })
	case call.PauseOver:
		return c.Recording.Halted
	case call.ParkOver:
		return c.Phase == call.Parked
	case call.MonitorRing:
		return c.Monitor.Leg != "" && c.Monitor.Since == 0
	}
	return false
}
