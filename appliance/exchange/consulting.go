package exchange

import (
	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/transfer"
)

// A word with the target before the party is handed over, and the three together (the guide: « transfert supervisé », « Conférence »). All of it
// is one call: what changes is which of its legs talk with each other.

// consult lets whoever hands over talk with the target. The party goes on hearing music, and that counts as hold.
func (s *State) consult(c *call.Call, t transfer.Transfer) {
	s.cancel(c, call.RingTimeout)
	s.bridge(c, agent.Consulted, t.Referrer, t.Rung)
	s.legAgentEvent(c, t.Rung, agent.Connected, "call.connected")
}

// giveUp lets go of a target that could not be had, or that left. The party stays on hold with whoever wanted to hand it over, who hears so and takes
// it back (« Reprendre »).
func (s *State) giveUp(c *call.Call, t transfer.Transfer, r Refusal, why []fact.Reason) {
	s.dropTarget(c, t, "transfer.failed")
	s.tell(fact.TransferFailed{Call: string(c.ID), By: t.By, Cause: string(r), Then: "held", Reasons: why})
}

// confer takes the party in: all three talk, after a tone that tells them so.
func (s *State) confer(c *call.Call, t transfer.Transfer) {
	all := []plan.LegID{c.CallerLeg().ID, t.Referrer, t.Rung}
	s.bridge(c, agent.Conferred, all...)
	for _, id := range all {
		if !c.Leg(id).Silent() {
			s.nextToken++
			s.do(Play{Leg: id, Sound: plan.ToneJoin, Token: s.nextToken})
		}
	}
}

// targetLeft goes on when the target hangs up after it answered.
func (s *State) targetLeft(c *call.Call, id plan.LegID, at int64, gone func()) {
	s.partTalk(c, at)
	s.leaves(c, id, "transfer.target_left")
	gone()
	c.Transfer.Rung = ""
	s.transferEvent(c, transfer.TargetLeft, "target_left")
}

// split lets whoever handed over and the target go on in a call of their own, because the party has hung up: its call ends with it.
func (s *State) split(c *call.Call, t transfer.Transfer) {
	s.tell(fact.TransferFailed{Call: string(c.ID), By: t.By, Cause: "left", Then: "over"})
	c.Transfer, c.Phase = transfer.Transfer{}, call.Closing
	s.serial++
	n := &call.Call{
		ID: s.newCallID(), Serial: s.serial, Flow: call.Internal, Revision: c.Revision, Opened: s.clock, Caller: call.Party{Number: t.By},
		Target: c.Target, Payer: t.By, Music: c.Music, Hops: c.Hops, Party: t.Referrer, Phase: call.Talking,
		Agent: s.agentIDOn(t.Referrer), AnsweredIn: c.AnsweredIn, // the wrap-up of the party's call comes when this one is over
	}
	if x, ok := s.siteOf(c).extension(t.By); ok {
		n.Caller.Name = x.Name
	}
	opened := fact.CallOpened{
		Call: string(n.ID), Leg: string(t.Referrer), Extension: t.By, Dialled: c.Target.Extension, Callee: t.Callee, Revision: n.Revision,
	}
	target := c.Target.Extension
	if l := c.Leg(t.Rung); l.Trunk != "" {
		n.Flow, target = call.Outbound, l.Trunk
	}
	opened.Flow = string(n.Flow)
	s.addCall(n)
	s.tell(opened)
	s.tell(fact.CallRouted{
		Call: string(n.ID), To: c.Target.Kind, Target: target, Reasons: []fact.Reason{{Code: "transfer.party_left", Detail: string(c.ID)}},
	})
	s.adopt(c, n, t.Referrer, t.Rung)
	s.replan(c) // it lets go of the legs before the other call says who hears whom
	s.bridge(n, agent.Connected, t.Referrer, t.Rung)
	s.replan(n)
	s.touch(c)
}

// resumeTransfer takes a transfer over with the legs that lived. Of those who talked, who is gone has hung up.
func (s *State) resumeTransfer(c *call.Call, lives map[plan.LegID]bool) {
	p, t := c.CallerLeg(), c.Transfer
	if p == nil {
		return
	}
	dead := func(id plan.LegID) bool { return id != "" && !lives[id] }
	gone := func(id plan.LegID) func() { return func() { s.legGone(c, id, string(EndedTransport), 0) } }
	switch {
	case !t.State.Joined():
	case dead(p.ID) && !dead(t.Referrer) && !dead(t.Rung):
		s.transferEvent(c, transfer.PartyLeft, "left")
		s.closeWith(c, call.Verdict{Outcome: fact.CallAnswered, Cause: "restart", HungUpBy: "box"}, RefusedFailed)
		return
	case dead(t.Rung) && !dead(p.ID):
		s.targetLeft(c, t.Rung, s.clock, gone(t.Rung))
	}
	if c.Transfer.Out() && !dead(p.ID) && dead(c.Transfer.Referrer) {
		s.referrerLeft(c, c.Transfer.Referrer, s.clock, gone(c.Transfer.Referrer))
	}
}
