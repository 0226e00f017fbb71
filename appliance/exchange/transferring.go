package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/routing"
	"autocom/appliance/exchange/transfer"
)

// Transfers that a phone asks for (REFER, RFC 3515 and RFC 5589). The box never passes a REFER on: it places the calls itself, under the
// policy of whoever hands over, and keeps both sides until it is known what came of it.

// recallLabel is what the phone of whoever handed over shows when the party comes back to it.
const recallLabel = "Retour de transfert"

// referred answers a phone that hands its party over.
func (s *State) referred(in LegReferred) {
	c, l := s.find(in.Leg)
	switch {
	case c == nil:
		s.do(ReferTold{Leg: in.Leg, Refer: in.Refer, State: ReferRefused, Reason: RefusedGone})
		return
	case c.Transfer.Out() && c.Transfer.Referrer == in.Leg && c.Transfer.Refer == in.Refer:
		return // a repeated message
	}
	if r, why := mayRefer(c, l); r != "" {
		s.referRefused(c, l, in, r, why)
		return
	}
	if in.Replaces != "" {
		s.referAttended(c, l, in)
		return
	}
	s.referBlind(c, l, in)
}

// mayRefer says why a leg cannot hand anybody over; empty when it can.
func mayRefer(c *call.Call, l *call.Leg) (Refusal, []fact.Reason) {
	switch {
	case l.Extension == "": // a carrier does not decide where our calls go
		return RefusedForbidden, []fact.Reason{{Code: "transfer.from_trunk", Detail: l.Trunk}}
	case c.Phase != call.Talking || c.Other(l.ID) == nil:
		return RefusedForbidden, []fact.Reason{{Code: "transfer.nobody", Detail: c.Phase.String()}}
	case c.Target.Emergency():
		return RefusedForbidden, []fact.Reason{{Code: "call.emergency"}}
	}
	return "", nil
}

func (s *State) referRefused(c *call.Call, l *call.Leg, in LegReferred, r Refusal, why []fact.Reason) {
	by := "extension:" + l.Extension
	if l.Extension == "" {
		by = "trunk:" + l.Trunk
	}
	s.tell(fact.CommandRefused{Command: "call.transfer", By: by, Call: string(c.ID), Reasons: why})
	s.do(ReferTold{Leg: in.Leg, Refer: in.Refer, State: ReferRefused, Reason: r})
}

// referBlind hands the party to a number, as if whoever hands over had dialled it. It reports whether it was accepted.
func (s *State) referBlind(c *call.Call, l *call.Leg, in LegReferred) bool {
	x := s.siteOf(c)
	d := x.table.FromExtension(l.Extension, in.To)
	party := c.Other(l.ID)
	if r, why := s.mayGoTo(c, policy.PathRefer, l, party, d); r != "" {
		s.referRefused(c, l, in, r, why)
		return false
	}
	s.tell(fact.TransferStarted{
		Call: string(c.ID), Manner: string(transfer.Blind), By: l.Extension, Agent: s.agentIDOn(l.ID), Leg: string(l.ID),
		To: string(d.To), Target: routedTarget(d), Reasons: d.Reasons,
	})
	s.do(ReferTold{Leg: in.Leg, Refer: in.Refer, State: ReferAccepted})
	s.handOver(c, l, party, transfer.Transfer{State: transfer.Calling, Manner: transfer.Blind, Refer: in.Refer})
	c.Target = call.Target{Kind: string(d.To)}
	s.replan(c)
	s.follow(c, x, d)
	return true
}

// mayGoTo says why a party cannot be handed to a target; empty when it can be tried.
func (s *State) mayGoTo(c *call.Call, p policy.Path, l, party *call.Leg, d routing.Decision) (Refusal, []fact.Reason) {
	x := s.siteOf(c)
	number := d.Number
	switch d.To {
	case routing.ToRefused:
		return refusalFor(d.Why), d.Reasons
	case routing.ToEmergency: // FEATURES §4.5: never a target
		return RefusedForbidden, []fact.Reason{{Code: "transfer.emergency", Detail: d.Number}}
	case routing.ToTrunk:
		if why := s.handsOut(c, p, l.Extension, party, d.Number); why != nil {
			return RefusedForbidden, why
		}
		return "", nil
	case routing.ToService:
		v := x.Services[d.Service]
		if v.Queue != "" {
			if free := s.placeIn(c, v.Queue); free.queue == "" {
				return RefusedBusy, free.reasons
			}
		}
		if v.Exten == "" {
			return "", nil
		}
		number = v.Exten
	case routing.ToExtension, routing.ToDesk:
	}
	if number == l.Extension || number == party.Extension {
		return RefusedBusy, []fact.Reason{{Code: "extension.self", Detail: number}}
	}
	if p, known := s.phone(number); known && !p.Reachable {
		return RefusedUnreachable, []fact.Reason{{Code: "line.unregistered", Detail: number}}
	}
	return "", nil
}

// handOver parts a conversation: the party is in the middle from here on, whoever hands over holds the line.
func (s *State) handOver(c *call.Call, l, party *call.Leg, t transfer.Transfer) {
	s.cancel(c, call.AloneOver)
	s.partTalk(c, s.clock)
	s.centre(c, party)
	c.Phase, c.Was, c.Payer = call.Transferring, c.Target, l.Extension
	t.By, t.Referrer = l.Extension, l.ID
	c.Transfer = t
	e := agent.HandedOver
	if t.State == transfer.CallingFirst {
		e = agent.Consulted
	}
	s.legAgentEvent(c, l.ID, e, "transfer."+string(t.Manner))
}

// centre makes a leg the one the call is for, and who is shown to whomever is rung for it.
func (s *State) centre(c *call.Call, l *call.Leg) {
	if now := c.CallerLeg(); now == nil || now.ID != l.ID {
		c.Caller = call.Party{Number: c.Target.Number}
		if l.Extension != "" {
			c.Caller.Number = l.Extension
			if x, ok := s.siteOf(c).extension(l.Extension); ok {
				c.Caller.Name = x.Name
			}
		}
	}
	c.Party = l.ID
}

// transferEvent is everything that can happen to a party that is being handed over. r says why the target could not be had. It gives back why
// nothing happened; empty when something did.
func (s *State) transferEvent(c *call.Call, e transfer.Event, r Refusal, why ...fact.Reason) (ignored string) {
	m := transfer.Step(c.Transfer.State, e)
	if m.Ignore != "" {
		return m.Ignore
	}
	t := c.Transfer
	c.Transfer.State = m.Next
	if t.State.Joined() && len(c.Bridged) > 0 {
		s.partTalk(c, s.clock)
	}
	switch m.Do {
	case transfer.Nothing:
	case transfer.SayRinging:
		s.referTold(c, t, ReferRinging, "")
	case transfer.Join:
		s.join(c, t)
	case transfer.LetGo:
		s.letReferrerGo(c, t)
		s.stopRecording(c)
		c.Was, c.Agent, c.AnsweredIn, c.FirstQueued = call.Target{}, "", "", 0 // a new wait (FEATURES §4.1, kind 6)
		s.tell(fact.TransferCompleted{Call: string(c.ID), By: t.By, Queue: c.Target.Queue})
	case transfer.GiveBack:
		s.giveBack(c, t, r, why)
	case transfer.Consult:
		s.consult(c, t)
	case transfer.Keep:
		s.giveUp(c, t, r, why)
	case transfer.GoBlind:
		s.legAgentEvent(c, t.Referrer, agent.HandedOver, "transfer.completed")
	case transfer.Confer:
		s.confer(c, t)
	case transfer.Split:
		s.split(c, t)
	case transfer.Recall:
		s.dropTarget(c, t, "transfer.failed")
		if t.State != transfer.Keeping { // which told already that it failed
			s.tell(fact.TransferFailed{Call: string(c.ID), By: t.By, Cause: string(r), Then: "recall", Reasons: why})
		}
		c.Target = c.Was
		s.recall(c, t.By)
	case transfer.Return:
		s.comeBack(c)
	case transfer.End:
		s.referTold(c, t, ReferFailed, RefusedGone)
		if t.State != transfer.Recalling && t.State != transfer.Keeping {
			s.tell(fact.TransferFailed{Call: string(c.ID), By: t.By, Cause: string(r), Then: "over", Reasons: why})
		}
	}
	if m.Next == transfer.Over {
		c.Transfer = transfer.Transfer{}
	}
	if m.Do != transfer.End && m.Do != transfer.Split { // the call ends, and says itself who hears nobody any more
		s.replan(c)
	}
	return ""
}

// join leaves the party with the target.
func (s *State) join(c *call.Call, t transfer.Transfer) {
	s.letReferrerGo(c, t)
	if t.State == transfer.Conferring && c.Recording.Queue == "" {
		s.stopRecording(c) // FEATURES §4.3: what a person asked for ends with the agent; what the queue asks for goes on
	}
	c.Was = call.Target{}
	s.connect(c, t.Rung)
	s.attended(c)
	s.tell(fact.TransferCompleted{Call: string(c.ID), By: t.By, Leg: string(t.Rung)})
}

// referTold tells whoever hands over what became of it, while they are there to hear it.
func (s *State) referTold(c *call.Call, t transfer.Transfer, st ReferState, r Refusal) {
	if l := c.Leg(t.Referrer); t.As == "" && l != nil && l.Talks() {
		s.do(ReferTold{Leg: t.Referrer, Refer: t.Refer, State: st, Reason: r})
	}
}

// letReferrerGo ends the part of whoever handed over.
func (s *State) letReferrerGo(c *call.Call, t transfer.Transfer) {
	s.referTold(c, t, ReferDone, "")
	s.leaves(c, t.Referrer, "transfer.done")
	s.hangUp(c, t.Referrer, RefusedFailed)
}

// giveBack lets the party and whoever handed over hear each other again.
func (s *State) giveBack(c *call.Call, t transfer.Transfer, r Refusal, why []fact.Reason) {
	leg := t.Referrer
	switch t.State {
	case transfer.Recalling:
		leg = t.Rung
	case transfer.Keeping: // the target was given up, and it was told why
	default:
		s.dropTarget(c, t, "transfer.failed")
		s.referTold(c, t, ReferFailed, r)
		s.tell(fact.TransferFailed{Call: string(c.ID), By: t.By, Cause: string(r), Then: "back", Reasons: why})
	}
	c.Target, c.Was = c.Was, call.Target{}
	s.connect(c, leg)
	s.attended(c)
}

// dropTarget lets go of a target that is rung or talks.
func (s *State) dropTarget(c *call.Call, t transfer.Transfer, code string) {
	s.cancel(c, call.RingTimeout)
	if t.Rung == "" {
		return
	}
	s.leaves(c, t.Rung, code)
	s.hangUp(c, t.Rung, RefusedFailed)
	c.Transfer.Rung = ""
}

// recall rings the phone of whoever handed over and left.
func (s *State) recall(c *call.Call, by string) {
	_, ok := s.siteOf(c).extension(by)
	if p, known := s.phone(by); !ok || known && !p.Reachable {
		s.transferEvent(c, transfer.RecallLost, RefusedUnreachable)
		return
	}
	if a := s.agentAt(by); a != nil && a.Activity == agent.WrapUp { // the call that is written up is back
		s.wrapUpOver(a, "call.recall")
	}
	l := s.place(c, call.Leg{Extension: by})
	s.reserve(c, l, by, recallRing, "call.recall")
	s.do(Ring{Leg: l, Call: c.ID, To: Destination{Extension: by}, Caller: Caller(c.Caller), Label: recallLabel, Hops: c.Hops})
	s.after(c, recallRing, call.RingTimeout)
}

// reserve takes the agent who sits at an extension for a call that rings there.
func (s *State) reserve(c *call.Call, l plan.LegID, extension string, ring int64, code string) {
	if a := s.agentAt(extension); a != nil && s.agentEvent(a, agent.Chosen, c.ID, l, fact.Reason{Code: code, Detail: string(c.ID)}) {
		a.Lease = s.clock + ring + leaseMargin
	}
}

// comeBack puts a party that nobody took back where it waited, at its old place, or turns it away.
func (s *State) comeBack(c *call.Call) {
	s.stopRecording(c)
	c.Was = call.Target{}
	q, ok := s.siteOf(c).queue(c.AnsweredIn)
	c.Agent, c.AnsweredIn = "", ""
	if ok {
		s.stand(c, q, "")
		return
	}
	s.turnAway(c, RefusedNoAnswer, call.Verdict{
		Outcome: fact.CallAnswered, Cause: "transfer", HungUpBy: "box", Reasons: []fact.Reason{{Code: "transfer.nobody_took_it"}},
	})
}

// referrerLeft goes on when whoever hands over is no longer there: they hung up at that time, as most phones do by themselves. Where that is the
// gesture which hands over (the guide: « Raccrocher son téléphone pour transférer l'appel »), it does so first.
func (s *State) referrerLeft(c *call.Call, id plan.LegID, at int64, gone func()) {
	if len(c.Bridged) > 0 {
		s.partTalk(c, at)
	}
	s.leaves(c, id, "transfer.left")
	gone()
	c.Transfer.Referrer = ""
	if c.Transfer.As == string(ToExtension) {
		s.transferEvent(c, transfer.Completed, "")
	}
	s.transferEvent(c, transfer.ReferrerLeft, "referrer_left")
}

// rungLost goes on when the target's phone, or the one that is rung back, is gone before it was answered.
func (s *State) rungLost(c *call.Call, was call.Leg, r Refusal) {
	if c.Transfer.State != transfer.Recalling {
		s.notReached(c, was, r)
		return
	}
	s.cancel(c, call.RingTimeout)
	s.leaves(c, was.ID, "phone."+string(r), s.missedRecall(c, was.ID, r)...)
	s.transferEvent(c, transfer.RecallLost, r)
}

// leaves frees the agent on a leg that leaves a call which goes on. Whoever talked in it after a queue gets its wrap-up.
func (s *State) leaves(c *call.Call, leg plan.LegID, code string, more ...fact.Reason) {
	a := s.agentOn(leg)
	if a == nil {
		return
	}
	keep := a.Activity == agent.Reserved || a.Activity == agent.Ringing
	s.agentOver(a, agent.Over, s.writeUp(c, a), keep, append([]fact.Reason{{Code: code, Detail: string(c.ID)}}, more...)...)
}

// attended notes who talks with the party now.
func (s *State) attended(c *call.Call) {
	c.Agent = ""
	for _, id := range slices.Backward(c.Bridged) {
		if who := s.agentIDOn(id); who != "" && c.Agent == "" {
			c.Agent = who
		}
	}
}

// limitAlone puts a limit to two parties outside who are alone on our lines (FEATURES §4.3), however they came together. An agent who answers outside
// is one of ours.
func (s *State) limitAlone(c *call.Call) {
	s.cancel(c, call.AloneOver)
	if len(c.Bridged) == 2 && !slices.ContainsFunc(c.Bridged, func(id plan.LegID) bool { return c.Leg(id).Trunk == "" || s.agentOn(id) != nil }) {
		s.after(c, s.siteOf(c).maxAlone(), call.AloneOver)
	}
}

func (x *site) maxAlone() int64 {
	if x.Transfer.MaxAloneMS > 0 {
		return x.Transfer.MaxAloneMS
	}
	return defaultAlone
}

// aloneTooLong ends a call of two parties outside that nobody of the house follows any more.
func (s *State) aloneTooLong(c *call.Call) {
	limit := s.siteOf(c).maxAlone()
	s.tell(fact.CallLimited{Call: string(c.ID), LimitMS: limit})
	s.closeWith(c, call.Verdict{Outcome: fact.CallAnswered, Cause: "alone", HungUpBy: "box"}, RefusedFailed)
}

func (s *State) agentIDOn(leg plan.LegID) string {
	if a := s.agentOn(leg); leg != "" && a != nil {
		return a.ID
	}
	return ""
}
