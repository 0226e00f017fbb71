package exchange

import (
	"cmp"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/routing"
	"autocom/appliance/exchange/transfer"
)

// Legs that take the place of others (INVITE with Replaces, RFC 3891): a call taken over from another phone, and the pick-up of a phone that
// rings.

// replace lets a leg that comes in take the place it asks for.
func (s *State) replace(in LegOffered) {
	c := s.legs[in.Replaces]
	if r, why := s.mayReplace(c, in); r != "" {
		n := s.open(in, routing.Decision{To: routing.ToRefused})
		s.tell(fact.CallRouted{Call: string(n.ID), To: string(routing.ToRefused), Reasons: []fact.Reason{why}})
		s.turnAway(n, r, call.Verdict{Outcome: fact.CallFailed, Cause: string(r), Reasons: []fact.Reason{why}})
		return
	}
	s.touch(c)
	old := *c.Leg(in.Replaces)
	s.addLeg(c, call.Leg{ID: in.Leg, Way: call.In, State: call.Offered, Since: s.clock, Extension: in.Origin.Name})
	s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(in.Leg), Way: string(call.In), Extension: in.Origin.Name})
	s.tell(fact.LegReplaced{Call: string(c.ID), Leg: string(old.ID), By: string(in.Leg), Extension: in.Origin.Name, Early: !old.Talks()})
	s.prefers(in.Origin.Name, c)
	l := c.Leg(in.Leg)
	s.agentDialled(c, l)
	s.moveLeg(c, l, call.StepLeg(l.State, call.WeAnswered))
	s.do(Answer{Leg: in.Leg})
	switch {
	case c.Phase == call.Talking:
		s.takeOver(c, &old, l)
	case c.Offer(old.ID) != nil:
		s.pickUpOffer(c, l)
	case c.Phase == call.Transferring:
		s.elsewhere(c, old.ID)
		c.Transfer.Rung = in.Leg
		e := transfer.TargetAnswered
		if c.Transfer.State == transfer.Recalling {
			e = transfer.RecallAnswered
		}
		s.transferEvent(c, e, "")
	default: // an extension that was dialled
		s.elsewhere(c, old.ID)
		s.connect(c, in.Leg)
	}
}

// mayReplace says why a leg cannot take another's place; empty when it can.
func (s *State) mayReplace(c *call.Call, in LegOffered) (Refusal, fact.Reason) {
	if c == nil {
		return RefusedGone, fact.Reason{Code: "replaces.gone"}
	}
	x := s.siteOf(c)
	old := *c.Leg(in.Replaces)
	if _, ok := x.extension(in.Origin.Name); in.Origin.Kind != FromExtension || !ok {
		return RefusedForbidden, fact.Reason{Code: "replaces.not_ours", Detail: in.Origin.Name}
	}
	other := c.Other(old.ID)
	if c.Phase != call.Talking {
		other = c.CallerLeg()
	}
	rings := old.Way == call.Out && (old.State == call.Placed || old.Rings())
	switch {
	case old.Extension == "": // nobody takes the place of a party outside
		return RefusedForbidden, fact.Reason{Code: "replaces.trunk", Detail: old.Trunk}
	case other != nil && other.Extension == in.Origin.Name:
		return RefusedForbidden, fact.Reason{Code: "extension.self", Detail: in.Origin.Name}
	case c.Phase == call.Talking && other != nil:
		return s.mayTakeOver(c, &old, in.Origin.Name)
	case c.Offer(old.ID) != nil:
		if a := s.agentAt(in.Origin.Name); a == nil || !a.Serves(c.Visit.Queue) {
			return RefusedForbidden, fact.Reason{Code: "pickup.not_in_queue", Detail: c.Visit.Queue}
		}
		return "", fact.Reason{}
	case rings && other != nil && (c.Phase == call.Dialling || c.Phase == call.Transferring && c.Transfer.Rung == old.ID):
		return "", fact.Reason{}
	case c.Phase == call.Closing || c.Phase == call.Dismissing || old.State == call.Ending:
		return RefusedGone, fact.Reason{Code: "replaces.gone"}
	default: // RFC 3891 §3: an early dialog that the other side began is not replaced
		return RefusedGone, fact.Reason{Code: "replaces.not_replaceable", Detail: c.Phase.String()}
	}
}

// mayTakeOver says why a phone cannot go on with the conversation of another; empty when it can. Whoever has the conversation may have it at any
// telephone of theirs. One of a queue is for who serves the queue, and for its supervisors who may take callers over (FEATURES §6), as its ringing
// phones are; any other is for phones that may see the lamp of the one that has it, and so know of the conversation at all.
func (s *State) mayTakeOver(c *call.Call, old *call.Leg, extension string) (Refusal, fact.Reason) {
	if extension == old.Extension {
		return "", fact.Reason{}
	}
	queue, who := cmp.Or(c.AnsweredIn, c.PlacedIn), s.agentIDOn(old.ID)
	for _, v := range s.site.Supervisors {
		if v.Extension == extension && (queue != "" || who != "") && s.mayAct(bySupervisor+v.ID, MayMove, who, queue) == nil {
			return "", fact.Reason{}
		}
	}
	if queue != "" {
		if a := s.agentAt(extension); a == nil || !a.Serves(queue) {
			return RefusedForbidden, fact.Reason{Code: "pickup.not_in_queue", Detail: queue}
		}
		return "", fact.Reason{}
	}
	if x, ok := s.siteOf(c).extension(old.Extension); !ok || x.Unwatched {
		return RefusedForbidden, fact.Reason{Code: "replaces.unwatched", Detail: old.Extension}
	}
	return "", fact.Reason{}
}

// takeOver lets a leg go on with a conversation in the place of another.
func (s *State) takeOver(c *call.Call, old, l *call.Leg) {
	other := c.Other(old.ID).ID
	caller := c.CallerLeg()
	s.partTalk(c, s.clock)
	s.elsewhere(c, old.ID)
	if caller == nil || caller.ID == old.ID {
		s.centre(c, l)
		s.connect(c, other)
	} else {
		s.connect(c, l.ID)
	}
	s.attended(c)
}

// prefers takes back, without blame, what is being presented to whoever sits at an extension: they take another call.
func (s *State) prefers(extension string, c *call.Call) {
	a := s.agentAt(extension)
	if a == nil || a.Call == c.ID {
		return
	}
	if o := s.calls[a.Call]; o != nil && o.Offer(a.Leg) != nil {
		s.touch(o)
		s.offerEvent(o, a.Leg, queue.Withdrawn, 0)
		s.touch(c)
	}
}

// pickUpOffer lets an agent of the queue answer a call that rings at a colleague's phone.
func (s *State) pickUpOffer(c *call.Call, l *call.Leg) {
	s.offersEvent(c, queue.OtherFaster)
	s.agentDialled(c, l)                     // their own phone may have rung for the same call
	s.answeredBy(c, s.agentIDOn(l.ID), l.ID) // nobody's, when they follow another call at this phone
}

// elsewhere ends a leg whose place was taken, so that its phone shows no missed call (RFC 3326).
func (s *State) elsewhere(c *call.Call, id plan.LegID) {
	s.leaves(c, id, "call.answered_elsewhere")
	l := c.Leg(id)
	if m := call.StepLeg(l.State, call.WeEnded); m.Ignore == "" {
		s.moveLeg(c, l, m)
		s.do(HangUp{Leg: id, AnsweredElsewhere: true})
	}
	s.watch()
}
