package exchange

import (
	"fmt"
	"slices"
	"strconv"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/routing"
	"autocom/appliance/exchange/transfer"
)

// Parking (FEATURES §1, in-call actions): a party waits at a number of the house with the queue's music, until anybody dials that number. After a
// while it goes back to who parked it, and when they do not lift, to the place in its queue that its wait has earned.

// defaultParked is how long a party is parked where the branch says nothing, in ms.
const defaultParked = 120_000

// slot is the number of a parking place, counted from 0. Slots have as many digits as the first.
func (x *site) slot(i int) string {
	n, err := strconv.Atoi(x.Parking.First)
	if err != nil || i < 0 || i >= x.Parking.Slots {
		return ""
	}
	return fmt.Sprintf("%0*d", len(x.Parking.First), n+i)
}

// isSlot reports whether a number is one of the parking places.
func (x *site) isSlot(number string) bool {
	if x.Parking.First == "" || len(number) < len(x.Parking.First) {
		return false
	}
	first, err := strconv.Atoi(x.Parking.First)
	n, bad := strconv.Atoi(number)
	return err == nil && bad == nil && x.slot(n-first) == number
}

// parkedAt is the call whose party waits at a parking place, or nil.
func (s *State) parkedAt(slot string) *call.Call {
	for _, c := range s.order {
		if slot != "" && c.Parked.Slot == slot {
			return c
		}
	}
	return nil
}

// freeSlot is the parking place that was asked for, or the first that is free; or why there is none.
func (s *State) freeSlot(x *site, want string) (string, []fact.Reason) {
	switch {
	case x.slot(0) == "":
		return "", []fact.Reason{{Code: "park.none"}}
	case want != "" && !x.isSlot(want):
		return "", []fact.Reason{{Code: "park.no_such_slot", Detail: want}}
	case want != "" && s.parkedAt(want) != nil:
		return "", []fact.Reason{{Code: "park.taken", Detail: want}}
	case want != "":
		return want, nil
	}
	for i := range x.Parking.Slots {
		if n := x.slot(i); s.parkedAt(n) == nil {
			return n, nil
		}
	}
	return "", []fact.Reason{{Code: "park.full"}}
}

// park parks the party of an agent's call and lets the agent go.
func (s *State) park(in CallPark) {
	c, l, why := s.talkBy(in.By, in.Agent)
	slot := ""
	switch {
	case why != nil:
	case c.Target.Emergency() || c.Target.Aside != "":
		why = []fact.Reason{{Code: "call.emergency"}}
	case c.Phase != call.Talking || c.Other(l.ID) == nil:
		why = []fact.Reason{{Code: "call.not_talking", Detail: c.Phase.String()}}
	default:
		slot, why = s.freeSlot(s.site, in.Slot)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.touch(c)
	party, by := c.Other(l.ID), l.ID
	s.cancel(c, call.AloneOver)
	s.partTalk(c, s.clock)
	s.centre(c, party)
	c.Phase = call.Parked
	c.Parked = call.Slot{Slot: slot, By: l.Extension}
	s.leaves(c, by, "call.parked")
	c.Agent = ""
	s.hangUp(c, by, RefusedFailed)
	most := s.site.Parking.MaxMS
	if most <= 0 {
		most = defaultParked
	}
	s.after(c, most, call.ParkOver)
	s.tell(fact.CallParked{Call: string(c.ID), Leg: string(party.ID), Slot: slot, By: in.By})
	s.replan(c)
	if in.Request != 0 {
		s.do(Reply{Request: in.Request, Call: c.ID, Slot: slot})
	}
}

// dialsSlot gives a phone that dialled a parking place the party who waits there.
func (s *State) dialsSlot(in LegOffered) {
	c := s.parkedAt(in.Dialled)
	why := fact.Reason{Code: "park.empty", Detail: in.Dialled}
	_, ours := s.site.extension(in.Origin.Name)
	switch {
	case c == nil:
	case !ours:
		why = fact.Reason{Code: "extension.unknown", Detail: in.Origin.Name}
	case c.CallerLeg().Extension == in.Origin.Name:
		why = fact.Reason{Code: "extension.self", Detail: in.Origin.Name}
	default:
		s.touch(c)
		s.addLeg(c, call.Leg{ID: in.Leg, Way: call.In, State: call.Offered, Since: s.clock, Extension: in.Origin.Name})
		s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(in.Leg), Way: string(call.In), Extension: in.Origin.Name})
		l := c.Leg(in.Leg)
		s.agentDialled(c, l)
		s.moveLeg(c, l, call.StepLeg(l.State, call.WeAnswered))
		s.do(Answer{Leg: in.Leg})
		s.unpark(c, l)
		return
	}
	n := s.open(in, routing.Decision{To: routing.ToRefused})
	s.tell(fact.CallRouted{Call: string(n.ID), To: string(routing.ToRefused), Reasons: []fact.Reason{why}})
	s.agentDialled(n, n.Leg(in.Leg))
	s.turnAway(n, RefusedNoNumber, call.Verdict{Outcome: fact.CallFailed, Cause: string(RefusedNoNumber), Reasons: []fact.Reason{why}})
}

// unpark lets a parked party and a leg of the house talk.
func (s *State) unpark(c *call.Call, l *call.Leg) {
	s.endParking(c, l.Extension)
	s.connect(c, l.ID)
	s.attended(c)
}

// endParking takes a party from its parking place.
func (s *State) endParking(c *call.Call, by string) {
	s.tell(fact.CallUnparked{Call: string(c.ID), Slot: c.Parked.Slot, By: by})
	s.cancel(c, call.ParkOver)
	c.Parked = call.Slot{}
}

// parkedTooLong rings who parked a party that nobody wanted: from there on it is a party that comes back from a transfer.
func (s *State) parkedTooLong(c *call.Call) {
	by := c.Parked.By
	s.endParking(c, "box")
	c.Phase, c.Was = call.Transferring, c.Target
	c.Transfer = transfer.Transfer{State: transfer.Recalling, Manner: transfer.Blind, By: by}
	s.recall(c, by)
	s.replan(c)
}

// auditParking names what does not hold of parked parties.
func (s *State) auditParking(say func(format string, args ...any)) {
	var taken []string
	for _, c := range s.order {
		p := c.Parked.Slot
		if (c.Phase == call.Parked) != (p != "") || (p != "") != pending(c, call.ParkOver) || p != "" && c.CallerLeg() == nil {
			say("call %s is %s at parking place %q", c.ID, c.Phase, p)
		}
		if p != "" && slices.Contains(taken, p) {
			say("two parties at parking place %s", p)
		}
		taken = append(taken, p)
	}
}
