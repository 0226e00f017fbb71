package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// heal looks at every reservation and every leg that is being ended. An agent cannot stay reserved, ringing or talking without a live leg,
// and a leg whose end was never told does not keep a call open.
func (s *State) heal() {
	for _, c := range slices.Clone(s.order) {
		overdue := func(l call.Leg) bool { return l.State == call.Ending && s.clock-l.Since >= endingLimit }
		if !slices.ContainsFunc(c.Legs, overdue) {
			continue
		}
		for _, l := range slices.Clone(c.Legs) {
			if overdue(l) {
				s.touch(c)
				s.legGone(c, l.ID, string(EndedTransport), 0)
				s.finish(c)
			}
		}
	}
	again := slices.ContainsFunc(s.order, func(c *call.Call) bool {
		return slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.State == call.Ending })
	})
	for _, a := range slices.Clone(s.agents) {
		if a.Activity == agent.Idle {
			continue
		}
		if why := s.groundless(a); why != nil {
			s.freeAgent(a, why)
		}
		again = again || a.Activity != agent.Idle
	}
	if again {
		s.watch()
	}
}

// groundless says why an agent's activity has nothing behind it, or nil.
func (s *State) groundless(a *agent.Agent) []fact.Reason {
	if a.Activity == agent.WrapUp {
		if _, running := s.timers[TimerID(a.WrapUp)]; running && a.WrapUp != 0 {
			return nil
		}
		return []fact.Reason{{Code: "wrapup.no_timer"}}
	}
	c := s.calls[a.Call]
	if c == nil {
		return []fact.Reason{{Code: "call.gone", Detail: string(a.Call)}}
	}
	l := c.Leg(a.Leg)
	if l == nil {
		return []fact.Reason{{Code: "leg.gone", Detail: string(a.Leg)}}
	}
	if l.State == call.Ending {
		return []fact.Reason{{Code: "leg.ending", Detail: string(a.Leg)}}
	}
	if (a.Activity == agent.Reserved || a.Activity == agent.Ringing) && s.clock >= a.Lease {
		return []fact.Reason{{Code: "lease.over", Detail: string(a.Leg)}}
	}
	return nil
}

// freeAgent heals one agent, and withdraws the presentation that held them.
func (s *State) freeAgent(a *agent.Agent, why []fact.Reason) {
	s.touchAgent(a)
	s.tell(fact.ReservationHealed{Agent: a.ID, Was: a.Activity.String(), Call: string(a.Call), Reasons: why})
	c, leg := s.calls[a.Call], a.Leg
	if c != nil && c.OfferTo(a.ID) != nil {
		s.touch(c)
		s.offerEvent(c, c.OfferTo(a.ID).Leg, queue.Withdrawn, 0)
	}
	if a.Activity != agent.Idle {
		s.agentOver(a, agent.Healed, 0, true, fact.Reason{Code: "reservation.healed"})
	}
	if c == nil || c.Leg(leg) == nil || c.Leg(leg).Way != call.Out || c.Leg(leg).Talks() {
		return
	}
	was := *s.touch(c).Leg(leg)
	switch {
	case c.Phase == call.Dialling:
		s.hangUp(c, leg, RefusedUnreachable)
		s.notReached(c, was, RefusedUnreachable)
	case c.Phase == call.Transferring && leg == c.Transfer.Rung:
		s.hangUp(c, leg, RefusedUnreachable)
		s.rungLost(c, was, RefusedUnreachable)
	case c.Phase == call.Lifting:
		s.notLifted(c, RefusedUnreachable)
	}
}
