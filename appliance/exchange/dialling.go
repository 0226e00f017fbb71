package exchange

import (
	"cmp"
	"slices"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/transfer"
)

// ringExtension rings a desk phone for a caller.
func (s *State) ringExtension(c *call.Call) {
	x := s.siteOf(c)
	number := c.Target.Extension
	ext, ok := x.extension(number)
	if !ok {
		s.notPossible(c, RefusedNoNumber, fact.Reason{Code: "number.no_extension", Detail: number})
		return
	}
	if l := c.CallerLeg(); l.Extension == number {
		s.notPossible(c, RefusedBusy, fact.Reason{Code: "extension.self", Detail: number})
		return
	}
	if s.forwarded(c, number, ForwardAlways) {
		return
	}
	if r, why := s.takesCalls(ext); r == RefusedUnreachable || r != "" && c.Target.Aside == "" { // rescuers who call back ring through
		s.notHad(c, number, r, why)
		return
	}
	if c.Phase != call.Transferring {
		c.Phase = call.Dialling
	}
	ring := ringTime(ext.RingMS)
	l := s.place(c, call.Leg{Extension: number})
	s.reserve(c, l, number, ring, "call.internal")
	s.do(Ring{Leg: l, Call: c.ID, To: Destination{Extension: number}, Caller: Caller(c.Caller), Label: s.through(c), Hops: c.Hops})
	s.after(c, ring, call.RingTimeout)
	s.replan(c)
}

// through is who hands a party over, or whose calls are forwarded, as the target's phone shows them.
func (s *State) through(c *call.Call) string {
	by := ""
	switch {
	case len(c.Target.Via) > 0:
		by = c.Target.Via[len(c.Target.Via)-1]
	case c.Phase == call.Transferring:
		by = c.Transfer.By
	}
	if x, ok := s.siteOf(c).extension(by); ok && x.Name != "" {
		return x.Name
	}
	return by
}

// place makes a leg that goes out.
func (s *State) place(c *call.Call, l call.Leg) plan.LegID {
	l.ID, l.Way, l.State, l.Since = s.newLegID(), call.Out, call.Placed, s.clock
	if c.Phase == call.Transferring {
		c.Transfer.Rung = l.ID
	}
	s.addLeg(c, l)
	s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(l.ID), Way: string(call.Out), Trunk: l.Trunk, Extension: l.Extension})
	return l.ID
}

func (s *State) notPossible(c *call.Call, r Refusal, why ...fact.Reason) {
	if c.Phase == call.Transferring {
		s.transferEvent(c, transfer.TargetLost, r, why...)
		return
	}
	if s.backToUsual(c, fact.Reason{Code: "emergency.call_back_missed", Detail: string(r)}) {
		return
	}
	s.turnAway(c, r, call.Verdict{Outcome: fact.CallFailed, Cause: string(r), Reasons: why})
}

// ringOutside places the call on the first line that can take it; last is what the caller is told when none can.
func (s *State) ringOutside(c *call.Call, last Refusal, why ...fact.Reason) {
	x := s.siteOf(c)
	if kept := s.keptIn(x, c); kept != nil {
		s.tollRefused(x, c, payer(c), kept)
		s.notPossible(c, RefusedForbidden, kept...)
		return
	}
	for {
		if len(c.Target.Lines) == 0 && c.Target.Emergency() && c.Target.Round+1 < emergencyTurns {
			c.Target.Round++
			c.Target.Lines = s.emergencyLines(x)
		}
		if len(c.Target.Lines) == 0 {
			s.notPossible(c, last, why...)
			return
		}
		name := c.Target.Lines[0]
		c.Target.Lines = c.Target.Lines[1:]
		t, ok := x.trunk(name)
		if !ok {
			continue
		}
		if s.isDown(name) && !c.Target.Emergency() {
			why = append(slices.Clip(why), fact.Reason{Code: "trunk.down", Detail: name})
			continue
		}
		if t.Channels > 0 && s.carriesMore(name, t.Channels-1) && (!c.Target.Emergency() || !s.preempt(c, name)) {
			why = append(slices.Clip(why), fact.Reason{Code: "trunk.channels_full", Detail: name})
			continue
		}
		if bad := s.mayShow(x, c, t); bad != nil {
			why = append(slices.Clip(why), bad...)
			continue
		}
		if len(why) > 0 {
			s.tell(fact.CallRouted{Call: string(c.ID), To: c.Target.Kind, Target: name, Reasons: why})
		}
		s.placeOn(c, x, t)
		return
	}
}

func (s *State) placeOn(c *call.Call, x *site, t Trunk) {
	l := s.place(c, call.Leg{Trunk: t.Name})
	r := Ring{
		Leg: l, Call: c.ID, To: Destination{Trunk: t.Name, Number: c.Target.Number},
		Caller: shown(x, c, t), Emergency: c.Target.Emergency(), Hops: c.Hops,
	}
	if c.Phase == call.Transferring || len(c.Target.Via) > 0 {
		_, own := onTransfer(x, c, t)
		own = own && c.Phase == call.Transferring
		if l := c.CallerLeg(); l != nil && l.Trunk != "" && !own { // whom of the two it shows is the trunk's policy
			r.Diverted = Diversion{Number: r.Caller.Number, Reason: cmp.Or(diversionOf(c.Target.Forward), "deflection")}
			r.Caller = Caller(c.Caller)
		}
	}
	r.More = len(c.Target.Lines) > 0 || c.Target.Emergency() && c.Target.Round+1 < emergencyTurns
	if ext, ok := x.extension(payer(c)); ok {
		r.Raw = ext.Kind.Raw()
	}
	s.do(r)
	if !c.Target.Emergency() { // somebody who wants help rings until they give up themselves
		s.after(c, s.outsideRings(c), call.RingTimeout)
	}
	s.replan(c)
}

// carriesMore reports whether a trunk carries more than so many calls, without those that are being ended. They are looked for only where that matters.
func (s *State) carriesMore(trunk string, most int) bool {
	if s.trunks[trunk] <= most {
		return false
	}
	n := 0
	for _, c := range s.order {
		for i := range c.Legs {
			if c.Legs[i].Trunk == trunk && c.Legs[i].State != call.Ending {
				n++
			}
		}
	}
	return n > most
}

// emergencyLines lists every trunk, those that are up before those that seem down, the local one first: nothing is left untried.
func (s *State) emergencyLines(x *site) []string {
	var up, down []string
	add := func(name string) {
		if s.isDown(name) {
			down = append(down, name)
		} else {
			up = append(up, name)
		}
	}
	if _, ok := x.trunk(x.Emergency.Trunk); ok {
		add(x.Emergency.Trunk)
	}
	for _, t := range x.Trunks {
		if t.Name != x.Emergency.Trunk {
			add(t.Name)
		}
	}
	return slices.Concat(up, down)
}

// preempt ends one other call on a full trunk for an emergency call: the youngest that does not talk yet, else the youngest, and only when there is
// no other one that may be the rescuers'.
// It reports whether there was one to end.
func (s *State) preempt(c *call.Call, trunk string) bool {
	var victim *call.Call
	worth := func(o *call.Call) int {
		switch {
		case o.Target.Aside != "": // maybe rescuers who call back
			return 2
		case len(o.Bridged) > 0:
			return 1
		default:
			return 0
		}
	}
	for _, o := range s.order {
		if o == c || o.Target.Emergency() || !slices.ContainsFunc(o.Legs, func(l call.Leg) bool { return l.Trunk == trunk && l.State != call.Ending }) {
			continue
		}
		if victim == nil || worth(o) <= worth(victim) {
			victim = o
		}
	}
	if victim == nil {
		return false
	}
	v := call.Verdict{
		Outcome: fact.CallFailed, Cause: "preempted", HungUpBy: "box",
		Reasons: []fact.Reason{{Code: "emergency.preempted", Detail: "trunk " + trunk + " for call " + string(c.ID)}},
	}
	if len(victim.Bridged) > 0 {
		v.Outcome = fact.CallAnswered
	}
	s.touch(victim)
	s.closeWith(victim, v, RefusedCongestion)
	s.working = c
	return true
}

// notReached goes on when the one called cannot be had: the next line when there is one, else the caller is told.
func (s *State) notReached(c *call.Call, was call.Leg, r Refusal) {
	s.cancel(c, call.RingTimeout)
	s.releaseAgent(c, was.ID, "phone."+string(r))
	why := fact.Reason{Code: "called." + string(r), Detail: strings.TrimSpace(was.Trunk + was.Extension)}
	before := was.RangAt == 0 && (r == RefusedCongestion || r == RefusedUnreachable || r == RefusedFailed)
	// Help is asked for on every line, whatever the one before said of it: busy is what a carrier says whose way there is full, too.
	if was.Trunk != "" && (before || c.Target.Emergency()) {
		s.ringOutside(c, r, why)
		return
	}
	s.notHad(c, was.Extension, r, why)
}

// rangEnough is the ring timeout, of an offer or of the one phone that was called.
func (s *State) rangEnough(c *call.Call) {
	if c.Offering() {
		s.offersDue(c)
		return
	}
	l := c.Placed()
	switch {
	case c.Phase == call.Lifting:
		s.notLifted(c, RefusedNoAnswer)
		return
	case c.Phase == call.Transferring:
		l = c.Leg(c.Transfer.Rung)
	case c.Phase != call.Dialling:
		return
	}
	if l == nil || l.State != call.Placed && !l.Rings() {
		return
	}
	was := *l
	if c.Phase == call.Transferring && c.Transfer.State == transfer.Recalling {
		s.hangUp(c, was.ID, RefusedNoAnswer)
		s.rungLost(c, was, RefusedNoAnswer)
		return
	}
	s.hangUp(c, was.ID, RefusedNoAnswer)
	s.releaseAgent(c, was.ID, "phone.no_answer")
	s.notHad(c, was.Extension, RefusedNoAnswer, fact.Reason{Code: "called.no_answer", Detail: was.Trunk + was.Extension})
}

// connect bridges the caller with a leg that answered.
func (s *State) connect(c *call.Call, id plan.LegID) {
	s.cancel(c, call.RingTimeout)
	s.answer(c)
	c.Phase = call.Talking
	s.bridge(c, agent.Connected, c.CallerLeg().ID, id)
	s.replan(c)
}

// bridge lets legs talk with each other from here on; e is what that is to the agents among them.
func (s *State) bridge(c *call.Call, e agent.Event, legs ...plan.LegID) {
	c.TalkFrom, c.Bridged = s.clock, legs
	for _, leg := range legs {
		c.Meets(c.Leg(leg))
		s.legAgentEvent(c, leg, e, "call."+e.String())
		then := agent.TookBack // they held the conversation before this one
		if c.Leg(leg).Silent() {
			then = agent.Held // and their phone still does
		}
		s.legAgentEvent(c, leg, then, "call.connected")
	}
	s.tell(fact.BridgeJoined{Call: string(c.ID), Legs: legNames(legs)})
	s.fulfilled(c)
	s.limitAlone(c)
	s.spokeWith(c)
	s.countHold(c) // a caller may have put us on hold while waiting
}

// replan says who hears whom, when that has changed.
func (s *State) replan(c *call.Call) {
	s.keepTape(c)
	legs := c.Hearing()
	if call.SameHearing(legs, c.Plan.Legs) {
		return
	}
	s.sayPlan(c, legs)
}

func (s *State) sayPlan(c *call.Call, legs []plan.Hearing) {
	c.Plan = plan.Plan{Call: c.ID, Version: c.Plan.Version + 1, Legs: legs}
	s.do(SetPlan{Plan: c.Plan})
}
