package exchange

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/transfer"
)

// decide fixes how a call ended, once, and ends everything but its legs: the conversation, the offer, the visit, timers, agents.
func (s *State) decide(c *call.Call, v call.Verdict) {
	s.decideAt(c, v, s.clock)
}

// decideAt is decide for a conversation that was over a moment ago.
func (s *State) decideAt(c *call.Call, v call.Verdict, at int64) {
	s.hush(c)
	if c.Verdict.Outcome != "" {
		return
	}
	v.At = at
	c.Verdict = v
	if c.Spoke() { // however it ends, somebody was spoken with
		c.Verdict.Outcome, c.Verdict.Stage = c.Outcome(), fact.StageNone
		if via := c.Target.Via; c.Had == call.HadForwarded && len(via) > 0 {
			c.Verdict.Reasons = append(slices.Clip(v.Reasons), fact.Reason{Code: "extension.forwarded", Detail: via[len(via)-1] + " " + c.Target.Forward})
		}
	}
	if c.Transfer.Out() {
		r := Refusal("over")
		if v.HungUpBy == "caller" {
			r = "left"
		}
		s.transferEvent(c, transfer.CallOver, r)
	}
	s.partBridge(c, at)
	s.stopRecording(c)
	s.acquaint(c)
	c.Parked = call.Slot{}
	e := queue.Withdrawn
	if v.Outcome == fact.CallAbandoned || v.Outcome == fact.CallCancelled {
		e = queue.CallerLeft
	}
	s.offersEvent(c, e)
	if c.Visit.N != 0 {
		s.endVisit(c, visitOutcomeFor(v.Outcome), "", "")
	}
	s.cancelAll(c)
	s.releaseAgents(c)
	if c.Callback != "" {
		s.calledBack(c)
	}
	if c.Fetch.Past {
		s.releasePulled(c)
	}
	s.contactOver(c)
}

func visitOutcomeFor(o fact.CallOutcome) fact.VisitOutcome {
	switch o {
	case fact.CallAbandoned:
		return fact.VisitAbandoned
	case fact.CallCancelled:
		return fact.VisitCancelled
	case fact.CallInterrupted:
		return fact.VisitInterrupted
	case fact.CallForwarded: // whoever waited left the place to somebody they held
		return fact.VisitMoved
	default:
		return fact.VisitFailed
	}
}

// partBridge ends a conversation, which lasted until at, and what belongs to it.
func (s *State) partBridge(c *call.Call, at int64) {
	if len(c.Bridged) == 0 {
		return
	}
	s.stopRecording(c)
	s.partTalk(c, at)
}

// partTalk ends a conversation whose recording goes on: the party stays and hears somebody else next.
func (s *State) partTalk(c *call.Call, at int64) {
	if c.HeldFrom != 0 {
		c.HoldMS += max(0, at-c.HeldFrom)
		c.HeldFrom = 0
	}
	s.endMonitor(c, at, "conversation_over")
	s.unmask(c, byBox)
	for _, id := range c.Bridged { // what somebody held in the toolbar is over with the conversation
		if l := c.Leg(id); l != nil {
			l.Holds = false
		}
	}
	talk := max(0, at-c.TalkFrom)
	c.TalkMS += talk
	c.HoldMS = min(c.HoldMS, c.TalkMS)
	legs := legNames(c.Bridged)
	c.Bridged = nil
	s.tell(fact.BridgeParted{Call: string(c.ID), Legs: legs, TalkMS: talk})
}

func legNames(ids []plan.LegID) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return names
}

// closeWith ends a call now: its outcome, then its legs.
func (s *State) closeWith(c *call.Call, v call.Verdict, r Refusal) {
	s.decide(c, v)
	s.closeLegs(c, r)
}

// closeLegs ends the legs that are left; the call is over when the last of them is.
func (s *State) closeLegs(c *call.Call, r Refusal) {
	s.hush(c)
	s.cancelAll(c)
	c.Phase = call.Closing
	s.replan(c)
	s.endOthers(c, "", r)
	s.finish(c)
}

// finish closes a call whose legs are all gone. Nothing of it is told afterwards but the end of its recordings.
func (s *State) finish(c *call.Call) {
	if c.Phase != call.Closing || len(c.Legs) > 0 || s.calls[c.ID] == nil {
		return
	}
	s.tell(endedFact(c))
	s.keepPace(c)
	s.removeCall(c)
	s.forgetSites()
}

func endedFact(c *call.Call) fact.CallEnded {
	v := c.Verdict
	return fact.CallEnded{
		Call: string(c.ID), Outcome: v.Outcome, Stage: v.Stage, LastOffer: c.LastOffer, Cause: v.Cause, HungUpBy: v.HungUpBy,
		TotalMS: v.At - c.Opened, WaitMS: c.WaitMS, RingMS: c.RingMS, TalkMS: c.TalkMS, HoldMS: c.HoldMS, Reasons: v.Reasons,
	}
}

// evict ends a call in which the exchange failed, in the orderly way when that still works.
func (s *State) evict(c *call.Call, dead plan.LegID) {
	m := s.begin()
	cause, failed := caught(func() {
		s.touch(c)
		s.hit("evict")
		if l := c.Leg(dead); l != nil {
			s.moveLeg(c, l, call.LegMove{Next: call.Ending}) // it is over already: there is nothing to hang up
		}
		s.closeWith(c, call.Verdict{Outcome: fact.CallFailed, Cause: "fault", HungUpBy: "box", Reasons: []fact.Reason{{Code: "exchange.fault"}}}, RefusedFailed)
	})
	if failed {
		s.rollBack(m)
		s.erase(c, dead, fmt.Sprint(cause))
	}
}

// erase is what remains when even evict fails: the call and everything that points at it go, with as many facts as can be told.
func (s *State) erase(c *call.Call, dead plan.LegID, cause string) {
	if m := c.Monitor; m.Since != 0 {
		s.tell(fact.SupervisionEnded{Call: string(c.ID), By: m.By, Agent: m.Agent, LastedMS: max(0, s.clock-m.Since), Cause: "fault"})
	}
	c.Monitor = call.Monitor{}
	if c.Verdict.Outcome == "" {
		c.Verdict = call.Verdict{Outcome: fact.CallFailed, At: s.clock}
		if len(c.Bridged) > 0 {
			s.partTalk(c, s.clock)
		}
		if c.Spoke() {
			c.Verdict.Outcome = c.Outcome()
		}
	}
	if t := c.Transfer; t.Out() && t.State != transfer.Recalling && t.State != transfer.Keeping {
		s.tell(fact.TransferFailed{Call: string(c.ID), By: t.By, Cause: "fault", Then: "over"})
	}
	if c.Token != 0 {
		s.tell(fact.AnnouncementEnded{Call: string(c.ID), Leg: string(c.Legs[0].ID), Sound: string(c.Saying[0])})
	}
	if c.Recording.ID != "" {
		s.do(StopRecording{Recording: c.Recording.ID})
	}
	c.Verdict.Cause, c.Verdict.Reasons = "fault", []fact.Reason{{Code: "exchange.fault", Detail: cause}}
	for _, o := range c.Out {
		s.tell(fact.OfferEnded{Call: string(c.ID), Visit: c.Visit.N, Offer: o.N, Agent: o.Agent, Outcome: fact.OfferCancelled, RingMS: o.RingMS(s.clock)})
	}
	if c.Visit.N != 0 {
		wait := s.clock - c.Visit.Entered
		c.WaitMS += wait
		s.tell(fact.VisitEnded{
			Call: string(c.ID), Visit: c.Visit.N, Queue: c.Visit.Queue, Outcome: fact.VisitFailed, WaitMS: wait, Offers: c.Visit.Offers,
		})
	}
	for _, t := range c.Timers {
		delete(s.timers, TimerID(t.ID))
		s.do(StopTimer{Timer: TimerID(t.ID)})
	}
	s.lookCall(c)
	for _, l := range c.Legs {
		delete(s.legs, l.ID)
		s.count(l, -1)
		switch {
		case l.State == call.Ending || l.ID == dead:
		case l.State == call.Offered || l.State == call.Progressing:
			s.do(Refuse{Leg: l.ID, Reason: RefusedFailed})
		default:
			s.do(HangUp{Leg: l.ID})
		}
		s.tell(fact.LegEnded{Call: string(c.ID), Leg: string(l.ID), Cause: string(EndedByBox)})
	}
	for _, a := range slices.Clone(s.agents) {
		if a.Call == c.ID {
			status, _ := a.After(false)
			a.Activity, a.Call, a.Leg, a.Lease = agent.Idle, "", "", 0
			a.Declared, a.Pause, a.Next = status.Declared, status.Pause, agent.Next{}
			a.Toolbar = agent.StepToolbar(a.Toolbar, agent.BarPhoneOver).Next
			s.tell(s.changed(a, fact.Reason{Code: "exchange.fault"}))
			s.letGo(a)
		}
	}
	c.Phase, c.Legs, c.Timers, c.Out = call.Closing, nil, nil, nil
	s.waiting = slices.DeleteFunc(slices.Clone(s.waiting), func(x *call.Call) bool { return x == c })
	delete(s.calls, c.ID)
	s.order = without(s.order, c)
	s.dirty = true
	s.tell(endedFact(c))
	s.calledBack(c)
	s.contactOver(c)
}

// forgetSites lets go of revisions that no running call lives by.
func (s *State) forgetSites() {
	if len(s.sites) < 2 {
		return
	}
	s.sites = slices.DeleteFunc(slices.Clone(s.sites), func(x *site) bool {
		return x != s.site && !slices.ContainsFunc(s.order, func(c *call.Call) bool { return c.Revision == x.Revision })
	})
}

func (s *State) hangUpCall(in CallHangUp) {
	c := s.calls[in.Call]
	if c == nil || c.Phase == call.Closing {
		s.refuseCommand(in.Request, fact.CommandRefused{
			Command: "call.hang_up", By: in.By, Call: string(in.Call), Reasons: []fact.Reason{{Code: "call.unknown"}},
		})
		return
	}
	if why := s.mayHangUp(c, in.By); why != nil {
		s.refuse(in, why...)
		return
	}
	s.touch(c)
	if s.leavesByCommand(c, in.By) {
		s.reply(in.Request)
		return
	}
	v := s.leftVerdict(c, EndedByPeer)
	v.HungUpBy, v.Reasons = "box", []fact.Reason{{Code: "command.hang_up", Detail: in.By}}
	if v.Outcome != fact.CallAnswered { // the caller did not leave: the call was ended under them
		v.Outcome, v.Stage, v.Cause = fact.CallFailed, fact.StageNone, "hung_up"
	}
	s.closeWith(c, v, RefusedUnreachable)
	s.reply(in.Request)
}

// mayHangUp says why somebody may not end a call; nil when they may. Agents end their own, and what rings or is talked at their phone.
func (s *State) mayHangUp(c *call.Call, by string) []fact.Reason {
	id, is := strings.CutPrefix(by, byAgent)
	if !is {
		return s.mayActOn(c, by, MayMove)
	}
	a := s.agent(id)
	if a == nil || a.Call != c.ID && !slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.Extension != "" && l.Extension == a.Extension }) {
		return []fact.Reason{{Code: "call.not_theirs", Detail: id}}
	}
	return nil
}

func (s *State) reply(r RequestID) {
	if r != 0 {
		s.do(Reply{Request: r})
	}
}

// refuseCommand answers who asked with what they typed, and keeps a fact that names nobody outside: where a name was wanted, a number may have been
// typed.
func (s *State) refuseCommand(r RequestID, f fact.CommandRefused) {
	if r != 0 {
		s.do(Reply{Request: r, Refused: f.Reasons})
	}
	f.Agent = nameless(f.Agent)
	f.Reasons = slices.Clone(f.Reasons)
	for i, why := range f.Reasons {
		if strings.HasSuffix(why.Code, ".unknown") {
			f.Reasons[i].Detail = nameless(why.Detail)
		}
	}
	s.tell(f)
}

// nameless gives a typed name back unless somebody outside could be called by it: with seven digits or more it may be their number.
func nameless(typed string) string {
	const fewest = 7
	digits := 0
	for _, r := range typed {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if digits >= fewest {
		return ""
	}
	return typed
}
