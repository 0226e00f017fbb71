package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/routing"
	"autocom/appliance/exchange/transfer"
)

// moveLeg puts a leg in its next state and keeps the ringing time.
func (s *State) moveLeg(c *call.Call, l *call.Leg, m call.LegMove) {
	rang := l.Rings()
	l.State, l.Since = m.Next, s.clock
	s.dirty = s.dirty || l.Trunk != "" // a channel may have become free, for an agent outside
	s.lookCall(c)
	if !rang && l.Rings() {
		l.RangAt = s.clock
	}
	s.countRing(c)
}

// countRing keeps how long at least one phone has rung for a call: ten phones that ring for ten seconds are ten seconds.
func (s *State) countRing(c *call.Call) {
	rings := slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.Rings() && l.ID != c.Monitor.Leg }) // a supervisor's phone keeps nobody waiting
	switch {
	case rings && c.RingFrom == 0:
		c.RingFrom = s.clock
	case !rings && c.RingFrom != 0:
		c.RingMS += s.clock - c.RingFrom
		c.RingFrom = 0
	}
}

// find is the call and leg of an input, ready to be changed; nil when the leg is over: a late message.
func (s *State) find(id plan.LegID) (*call.Call, *call.Leg) {
	c := s.legs[id]
	if c == nil {
		return nil, nil
	}
	s.touch(c)
	return c, c.Leg(id)
}

func (s *State) legRinging(in LegRinging) {
	c, l := s.find(in.Leg)
	if c == nil {
		return
	}
	e := call.PeerRang
	if in.EarlyMedia {
		e = call.PeerRangLoud
	}
	m := call.StepLeg(l.State, e)
	if m.Ignore != "" {
		return
	}
	first := !l.Rings()
	s.moveLeg(c, l, m)
	if first {
		s.tell(fact.LegRinging{Call: string(c.ID), Leg: string(l.ID)})
		s.tookCall(l.Extension)
		s.legAgentEvent(c, l.ID, agent.PhoneRang, "phone.ringing")
	}
	switch {
	case c.Offer(l.ID) != nil:
		s.offerEvent(c, l.ID, queue.PhoneRang, 0)
	case c.Phase == call.Dialling:
		s.progress(c, m.Next == call.Early)
	case c.Phase == call.Transferring && l.ID == c.Transfer.Rung:
		s.transferEvent(c, transfer.TargetRang, "")
		s.replan(c)
	}
}

// progress lets the caller know that the other side rings.
func (s *State) progress(c *call.Call, early bool) {
	l := c.CallerLeg()
	if l == nil {
		return
	}
	if m := call.StepLeg(l.State, call.WeProgressed); m.Ignore == "" {
		s.moveLeg(c, l, m)
		s.do(Progress{Leg: l.ID, Early: early})
	}
	s.replan(c)
}

func (s *State) legAnswered(in LegAnswered) {
	c, l := s.find(in.Leg)
	if c == nil { // of a call given up long ago: nobody would ever end this dialog
		s.do(HangUp{Leg: in.Leg})
		return
	}
	m := call.StepLeg(l.State, call.PeerAnswered)
	switch {
	case m.Again: // RFC 3261 §9.1: the CANCEL came too late, the dialog stands and is ended by BYE
		s.do(HangUp{Leg: l.ID})
		return
	case m.Ignore != "":
		return
	}
	s.moveLeg(c, l, m)
	s.tell(fact.LegAnswered{Call: string(c.ID), Leg: string(l.ID)})
	s.tookCall(l.Extension)
	switch {
	case l.Way == call.In:
		s.accepted(c)
	case c.Monitor.Leg == l.ID:
		s.monitorLifted(c)
	case c.Offer(l.ID) != nil:
		s.offerEvent(c, l.ID, s.liftedBy(c, l), 0)
	case c.Phase == call.Lifting && l.ID == c.Asked:
		s.lifted(c)
	case c.Phase == call.Transferring && l.ID == c.Transfer.Rung && c.Transfer.State == transfer.Recalling:
		s.transferEvent(c, transfer.RecallAnswered, "")
	case c.Phase == call.Transferring && l.ID == c.Transfer.Rung:
		s.transferEvent(c, transfer.TargetAnswered, "")
	case c.Phase == call.Dialling && c.CallerLeg() != nil:
		s.connect(c, l.ID)
		s.recordPlaced(c)
	default:
		s.hangUp(c, l.ID, RefusedFailed)
	}
}

func (s *State) legRefused(in LegRefused) {
	c, l := s.find(in.Leg)
	if c == nil {
		return
	}
	if m := call.StepLeg(l.State, call.PeerRefused); m.Ignore != "" {
		return
	}
	was := *l
	s.legGone(c, in.Leg, string(in.Reason), in.SIP)
	if in.Reason == RefusedBusy {
		s.saidBusy(was.Extension)
	}
	s.calledLegLost(c, was, in.Reason, in.SIP)
}

func (s *State) legEnded(in LegEnded) {
	c, l := s.find(in.Leg)
	if c == nil {
		return
	}
	at := s.clock
	if len(c.Bridged) > 0 { // before, nobody spoke: what counts is when it was known
		at = min(at, max(at-in.AgoMS, c.TalkFrom))
	}
	s.legOver(c, *l, in.Cause, at)
}

// legOver takes a leg out that has ended at that time, and does what follows from it.
func (s *State) legOver(c *call.Call, was call.Leg, cause EndCause, at int64) {
	if was.State == call.Ending || c.Phase == call.Closing {
		s.legGone(c, was.ID, string(cause), 0)
		s.finish(c)
		return
	}
	caller := c.CallerLeg()
	switch {
	case c.Monitor.Leg == was.ID: // hanging up never ends the conversation they listened to
		s.legGone(c, was.ID, string(cause), 0)
		s.endMonitor(c, at, supervisorLeft(cause))
		s.replan(c)
	case caller != nil && caller.ID == was.ID:
		v := s.leftVerdict(c, cause)
		if c.Transfer.State.Joined() {
			s.partTalk(c, at)
			s.transferEvent(c, transfer.PartyLeft, "left")
		}
		s.decideAt(c, v, at)
		s.legGone(c, was.ID, string(cause), 0)
		s.closeLegs(c, RefusedFailed)
	case c.Phase == call.Talking && len(c.Bridged) == 2 && (c.Bridged[0] == was.ID || c.Bridged[1] == was.ID):
		v := call.Verdict{Outcome: fact.CallAnswered, HungUpBy: s.sideOf(c)}
		if cause != EndedByPeer {
			v.Cause, v.HungUpBy = string(cause), "" // nobody hung up
		}
		s.decideAt(c, v, at)
		s.legGone(c, was.ID, string(cause), 0)
		s.closeLegs(c, RefusedFailed)
	case c.Phase == call.Transferring && was.ID == c.Transfer.Referrer:
		s.referrerLeft(c, was.ID, at, func() { s.legGone(c, was.ID, string(cause), 0) })
	case c.Transfer.State.Joined() && was.ID == c.Transfer.Rung:
		s.targetLeft(c, was.ID, at, func() { s.legGone(c, was.ID, string(cause), 0) })
	default:
		s.legGone(c, was.ID, string(cause), 0)
		s.calledLegLost(c, was, RefusedFailed, 0)
	}
}

// calledLegLost goes on when a leg we placed is gone before it was answered.
func (s *State) calledLegLost(c *call.Call, was call.Leg, r Refusal, sip int) {
	switch {
	case was.State == call.Ending || c.Phase == call.Closing:
		s.finish(c)
	case c.Monitor.Leg == was.ID:
		s.endMonitor(c, s.clock, string(r))
		s.replan(c)
	case c.Offer(was.ID) != nil:
		s.offerEvent(c, was.ID, offerEventFor(r), sip)
	case c.Phase == call.Lifting && was.ID == c.Asked:
		s.notLifted(c, r)
	case c.Phase == call.Transferring && was.ID == c.Transfer.Rung:
		s.rungLost(c, was, r)
	case c.Phase == call.Dialling:
		s.notReached(c, was, r)
	}
}

func offerEventFor(r Refusal) queue.OfferEvent {
	switch r {
	case RefusedBusy:
		return queue.PhoneBusy
	case RefusedDeclined:
		return queue.PhoneDeclined
	case RefusedUnreachable, RefusedNoNumber:
		return queue.PhoneUnreachable
	default:
		return queue.PhoneFailed
	}
}

// leftVerdict is how a call ends when the caller's own leg ends.
func (s *State) leftVerdict(c *call.Call, cause EndCause) call.Verdict {
	v := call.Verdict{HungUpBy: "caller"}
	switch c.Phase {
	case call.Lifting:
		v.Outcome, v.Cause, v.HungUpBy = fact.CallFailed, "not_lifted", ""
	case call.Accepting, call.Announcing:
		if c.Target.Kind == string(routing.ToDesk) {
			v.Outcome = fact.CallSelfServed
			break
		}
		v.Outcome, v.Stage = fact.CallAbandoned, fact.StageAnnouncement
		if c.Target.Welcome == "" {
			v.Stage = fact.StageQueue
		}
	case call.Queued:
		v.Outcome, v.Stage = fact.CallAbandoned, fact.StageQueue
		if c.OfferRings() {
			v.Outcome, v.Stage = fact.CallCancelled, fact.StageNone
		}
	case call.Dialling:
		v.Outcome = fact.CallAbandoned
		if l := c.Placed(); l != nil && l.Rings() {
			v.Outcome = fact.CallCancelled
		}
	case call.Talking, call.Transferring, call.Parked:
		v.Outcome = fact.CallAnswered
	case call.Messaging:
		v.Outcome = fact.CallVoicemail
		if c.Recording.ID == "" { // before the tone
			v.Outcome, v.Stage = fact.CallAbandoned, fact.StageAnnouncement
		}
	case call.Dismissing, call.Closing: // decided before
	}
	if cause != EndedByPeer {
		v.Cause, v.HungUpBy = string(cause), ""
		if v.Outcome != fact.CallAnswered {
			v.Outcome, v.Stage = fact.CallFailed, fact.StageNone
		}
	}
	return v
}

// sideOf is who hung up a conversation, when it was not the caller.
func (s *State) sideOf(c *call.Call) string {
	if l := c.CallerLeg(); c.Agent != "" && (l == nil || s.agentIDOn(l.ID) != c.Agent) {
		return "agent"
	}
	return "called"
}

// legGone takes a leg out for good.
func (s *State) legGone(c *call.Call, id plan.LegID, cause string, sip int) {
	l := c.Leg(id)
	if l == nil {
		return
	}
	s.moveLeg(c, l, call.LegMove{Next: call.Gone})
	s.removeLeg(c, id)
	s.tell(fact.LegEnded{Call: string(c.ID), Leg: string(id), Cause: cause, SIP: sip})
	s.dirty = true // its phone or channel is free
}

// hangUp ends a leg of ours in the way its state asks for; its end is confirmed by LegEnded.
func (s *State) hangUp(c *call.Call, id plan.LegID, r Refusal) {
	l := c.Leg(id)
	if l == nil {
		return
	}
	m := call.StepLeg(l.State, call.WeEnded)
	if m.Ignore != "" {
		return
	}
	unanswered := l.State == call.Offered || l.State == call.Progressing
	s.moveLeg(c, l, m)
	if unanswered {
		s.do(Refuse{Leg: id, Reason: r})
	} else {
		s.do(HangUp{Leg: id})
	}
	s.watch()
}
