package exchange

import (
	"cmp"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/transfer"
)

// Attended transfers (REFER with Replaces): two calls of one phone become one, and the phone leaves both.

// referAttended joins the parties of two calls of the phone that asks for it.
func (s *State) referAttended(c *call.Call, l *call.Leg, in LegReferred) {
	o := s.legs[in.Replaces]
	if o == nil {
		s.referRefused(c, l, in, RefusedGone, []fact.Reason{{Code: "transfer.no_consultation"}})
		return
	}
	mine := o.Leg(in.Replaces)
	refuse := func(code, detail string) {
		s.referRefused(c, l, in, RefusedForbidden, []fact.Reason{{Code: code, Detail: detail}})
	}
	switch caller := o.CallerLeg(); {
	case o == c:
		refuse("transfer.same_call", "")
	case mine.Extension != l.Extension:
		refuse("transfer.not_theirs", "")
	case o.Target.Emergency():
		refuse("transfer.emergency", "")
	case o.Phase == call.Talking && o.Other(mine.ID) != nil:
		if why := s.mayJoin(c, l.Extension, c.Other(l.ID), o.Other(mine.ID)); why != nil {
			s.referRefused(c, l, in, RefusedForbidden, why)
			return
		}
		s.merge(c, l, o, mine, in.Refer)
	case o.Phase == call.Dialling && caller == mine && o.Placed() != nil:
		if why := s.mayJoin(c, l.Extension, c.Other(l.ID), o.Placed()); why != nil {
			s.referRefused(c, l, in, RefusedForbidden, why)
			return
		}
		s.handOverRinging(c, l, o, in.Refer)
	case o.Target.Service != "" && caller == mine && mine.Talks(): // they wait in a queue of ours themselves: the party does so in their place
		in.To = o.Target.Service
		if s.referBlind(c, l, in) {
			s.touch(o)
			s.closeWith(o, call.Verdict{Outcome: fact.CallForwarded, Reasons: []fact.Reason{{Code: "call.merged", Detail: string(c.ID)}}}, RefusedFailed)
		}
	default:
		refuse("transfer.nobody", o.Phase.String())
	}
}

// mayJoin says why two parties cannot be joined; nil when they can.
func (s *State) mayJoin(c *call.Call, by string, a, b *call.Leg) []fact.Reason {
	if a.Extension != "" && a.Extension == b.Extension {
		return []fact.Reason{{Code: "extension.self", Detail: a.Extension}}
	}
	return s.joinsOut(c, by, a, b)
}

// outlives reports whether of two calls that become one it is a that goes on: a caller's journey before a word between colleagues, the older
// before the younger.
func outlives(a, b *call.Call) bool {
	if (a.Flow == call.Inbound) != (b.Flow == call.Inbound) {
		return a.Flow == call.Inbound
	}
	return cmp.Less(a.Serial, b.Serial)
}

// merge joins the two parties in the call that goes on. It keeps its recording, the other one's ends.
func (s *State) merge(c *call.Call, l *call.Leg, o *call.Call, l2 *call.Leg, refer uint64) {
	s.touch(o)
	s.touch(c)
	keep, mine, gone, theirs := c, l.ID, o, l2.ID
	if outlives(o, c) {
		keep, mine, gone, theirs = o, l2.ID, c, l.ID
	}
	by, asked := l.Extension, l.ID
	party, other := keep.Other(mine), gone.Other(theirs).ID
	s.tellAttended(keep, mine, gone, gone.Leg(other))
	s.do(ReferTold{Leg: asked, Refer: refer, State: ReferAccepted})
	s.cancel(keep, call.AloneOver)
	s.partTalk(keep, s.clock)
	s.partBridge(gone, s.clock)
	s.centre(keep, party)
	keep.Payer = by
	s.adopt(gone, keep, other)
	s.leaves(keep, mine, "transfer.done")
	s.leaves(gone, theirs, "transfer.done")
	s.do(ReferTold{Leg: asked, Refer: refer, State: ReferDone})
	s.closeMerged(gone, keep)
	s.hangUp(keep, mine, RefusedFailed)
	s.connect(keep, other)
	s.attended(keep)
	s.tell(fact.TransferCompleted{Call: string(keep.ID), By: by, Leg: string(other)})
}

// handOverRinging leaves the party with a target that still rings: whoever hands over does not wait for it.
func (s *State) handOverRinging(c *call.Call, l *call.Leg, o *call.Call, refer uint64) {
	s.touch(o)
	s.touch(c)
	rung := *o.Placed()
	asked := l.ID
	s.tellAttended(c, asked, o, &rung)
	s.do(ReferTold{Leg: asked, Refer: refer, State: ReferAccepted})
	s.handOver(c, l, c.Other(asked), transfer.Transfer{State: transfer.Calling, Manner: transfer.Attended, Refer: refer})
	left, running := s.remaining(o, call.RingTimeout)
	c.Target = o.Target
	s.adopt(o, c, rung.ID)
	c.Transfer.Rung = rung.ID
	if rung.Rings() {
		c.Transfer.State = transfer.Ringing
	}
	if running {
		s.after(c, left, call.RingTimeout)
	}
	s.leaves(c, asked, "transfer.done")
	s.do(ReferTold{Leg: asked, Refer: refer, State: ReferDone})
	c.Transfer.Referrer = ""
	s.closeMerged(o, c)
	s.hangUp(c, asked, RefusedFailed)
	s.transferEvent(c, transfer.ReferrerLeft, "")
}

func (s *State) tellAttended(c *call.Call, mine plan.LegID, consult *call.Call, target *call.Leg) {
	f := fact.TransferStarted{
		Call: string(c.ID), Manner: string(transfer.Attended), By: c.Leg(mine).Extension, Agent: s.agentIDOn(mine), Leg: string(mine),
		To: "extension", Target: target.Extension, Consult: string(consult.ID),
	}
	if target.Trunk != "" {
		f.To, f.Target = "trunk", target.Trunk
	}
	s.tell(f)
}

// adopt moves legs to another call, with the agents on them.
func (s *State) adopt(from, to *call.Call, ids ...plan.LegID) {
	s.lookCall(from)
	for _, id := range ids {
		l := *from.Leg(id)
		from.Drop(id)
		to.Legs = append(to.Legs, l)
		s.legs[id] = to
		s.undo = append(s.undo, func() { s.legs[id] = from })
	}
	s.countRing(from)
	s.countRing(to)
	s.lookCall(to)
	s.tell(fact.CallMerged{Call: string(from.ID), Into: string(to.ID), Legs: legNames(ids)})
	for _, id := range ids {
		if a := s.agentOn(id); a != nil {
			s.touchAgent(a).Call = to.ID
			s.tell(s.changed(a, fact.Reason{Code: "call.merged", Detail: string(to.ID)}))
		}
	}
}

// closeMerged ends what remains of a call whose party went on in another one.
func (s *State) closeMerged(gone, into *call.Call) {
	s.closeWith(gone, call.Verdict{Outcome: fact.CallForwarded, Reasons: []fact.Reason{{Code: "call.merged", Detail: string(into.ID)}}}, RefusedFailed)
	s.touch(into) // what goes wrong from here on is its affair
}

// remaining is how long a timer of a call still runs, in ms.
func (s *State) remaining(c *call.Call, why call.Purpose) (int64, bool) {
	for _, t := range c.Timers {
		if t.For == why {
			return max(0, s.timers[TimerID(t.ID)].At-s.clock), true
		}
	}
	return 0, false
}
