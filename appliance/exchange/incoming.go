package exchange

import (
	"cmp"
	"slices"
	"strconv"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/routing"
	"autocom/appliance/exchange/transfer"
)

// legOffered opens a call, routes it and starts on its way.
func (s *State) legOffered(in LegOffered) {
	if s.legs[in.Leg] != nil {
		return // the rim names each leg once; a second offer of the same leg is a repeated message
	}
	if in.Replaces != "" {
		s.replace(in)
		return
	}
	x := s.site
	if _, help := x.table.IsEmergency(in.Dialled); in.Origin.Kind == FromExtension && !help && x.isSlot(in.Dialled) {
		s.dialsSlot(in)
		return
	}
	var d routing.Decision
	aside := false
	if in.Origin.Kind == FromTrunk {
		if d, aside = s.callsBack(x, in); !aside {
			d = x.table.FromTrunk(in.Dialled)
		}
	} else {
		d = x.table.FromExtension(in.Origin.Name, in.Dialled)
	}
	if s.atDesk(in, d) {
		return
	}
	c := s.open(in, d)
	l := c.Leg(in.Leg)
	if aside {
		c.Target.Aside = in.Dialled
	}

	s.tell(fact.CallRouted{Call: string(c.ID), To: string(d.To), Target: routedTarget(d), Reasons: d.Reasons})
	if in.Origin.Kind == FromExtension {
		s.agentDialled(c, l)
	}
	if c.Hops <= 0 { // RFC 3261 §16.3
		s.turnAway(c, RefusedLoop, call.Verdict{Outcome: fact.CallFailed, Cause: string(RefusedLoop), Reasons: []fact.Reason{{Code: "call.too_many_hops"}}})
		return
	}
	if over := s.overChannels(x, l); !aside && (over != nil || s.isFull(x, d)) {
		if over == nil {
			over = []fact.Reason{{Code: "box.full", Detail: strconv.Itoa(x.MaxCalls) + " calls"}}
		}
		s.turnAway(c, RefusedCongestion, call.Verdict{Outcome: fact.CallFailed, Cause: string(RefusedCongestion), Reasons: over})
		return
	}
	s.follow(c, x, d)
}

// follow sends a call where it was routed.
func (s *State) follow(c *call.Call, x *site, d routing.Decision) {
	switch d.To {
	case routing.ToService:
		s.toService(c, x.Services[d.Service])
	case routing.ToExtension:
		c.Target.Extension = d.Number
		s.ringExtension(c)
	case routing.ToTrunk, routing.ToEmergency:
		c.Target.Number = d.Number
		c.Target.Lines = d.Lines
		if d.To == routing.ToEmergency {
			c.Target.Lines = s.emergencyLines(x)
			s.helpCalled(x, payer(c))
		}
		s.ringOutside(c, RefusedCongestion)
	case routing.ToDesk: // no call goes there: atDesk has served it
	case routing.ToRefused:
		s.turnAway(c, refusalFor(d.Why), refusedVerdict(d))
	}
}

func routedTarget(d routing.Decision) string {
	if d.To == routing.ToTrunk {
		return d.Lines[0] // outside numbers stay out of facts; package routing refuses what no line leads to
	}
	return d.Number
}

func refusalFor(w routing.Why) Refusal {
	switch w {
	case routing.WhyForbidden:
		return RefusedForbidden
	case routing.WhySuspended:
		return RefusedUnreachable
	default:
		return RefusedNoNumber
	}
}

func refusedVerdict(d routing.Decision) call.Verdict {
	v := call.Verdict{Outcome: fact.CallFailed, Cause: string(d.Why), Reasons: d.Reasons}
	if d.Why == routing.WhySuspended { // our own choice, not a fault
		v.Outcome, v.Cause = fact.CallDeterred, ""
	}
	return v
}

// open makes the call and its first leg, with their facts.
func (s *State) open(in LegOffered, d routing.Decision) *call.Call {
	s.serial++
	c := &call.Call{
		ID: s.newCallID(), Serial: s.serial, Phase: call.Dialling, Revision: s.site.Revision, Opened: s.clock,
		Caller: call.Party(in.Caller), Target: call.Target{Kind: string(d.To)}, Music: "music:default", Hops: cmp.Or(in.Hops, defaultHops) - 1,
	}
	l := call.Leg{ID: in.Leg, Way: call.In, State: call.Offered, Since: s.clock}
	opened := fact.CallOpened{
		Call: string(c.ID), Leg: string(in.Leg), Caller: in.Caller.Subject, Withheld: in.Caller.Withheld,
		Callee: in.Callee, Revision: c.Revision,
	}
	if in.Origin.Kind == FromTrunk {
		c.Flow, l.Trunk, opened.Trunk = call.Inbound, in.Origin.Name, in.Origin.Name
	} else {
		c.Flow, l.Extension, opened.Extension = call.Internal, in.Origin.Name, in.Origin.Name
		if d.To == routing.ToTrunk || d.To == routing.ToEmergency || d.Why == routing.WhyForbidden {
			c.Flow = call.Outbound
		}
		// Inside the house a caller is who the branch says, whatever the phone writes in From.
		c.Caller.Number, c.Caller.Withheld = in.Origin.Name, false
		if x, ok := s.site.extension(in.Origin.Name); ok && x.Name != "" {
			c.Caller.Name = x.Name
		}
	}
	switch d.To { // numbers outside are told by their subject only
	case routing.ToService, routing.ToExtension, routing.ToEmergency, routing.ToDesk:
		opened.Dialled = d.Number
	case routing.ToRefused:
		if d.Why == routing.WhySuspended && len(d.Reasons) > 0 {
			opened.Dialled = d.Reasons[0].Detail
		}
	case routing.ToTrunk:
	}
	opened.Flow = string(c.Flow)
	s.addCall(c)
	s.addLeg(c, l)
	s.tell(opened)
	s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(l.ID), Way: string(call.In), Trunk: l.Trunk, Extension: l.Extension})
	return c
}

// refuseUnopened turns a leg away whose routing failed by a fault of ours; the call is told of as every other.
func (s *State) refuseUnopened(in LegOffered, why fact.Reason, hash string) {
	c := s.open(in, routing.Decision{To: routing.ToRefused})
	s.tell(fact.CallFaulted{Call: string(c.ID), StackHash: hash, Input: why.Detail})
	s.tell(fact.CallRouted{Call: string(c.ID), To: string(routing.ToRefused), Reasons: []fact.Reason{why}})
	s.turnAway(c, RefusedFailed, call.Verdict{Outcome: fact.CallFailed, Cause: "fault", Reasons: []fact.Reason{why}})
}

// isFull says whether a call that was just opened is one too many for the box. No emergency call ever is.
func (s *State) isFull(x *site, d routing.Decision) bool {
	return x.MaxCalls > 0 && len(s.order) > x.MaxCalls && d.To != routing.ToEmergency
}

// overChannels says why a call from a trunk is one too many, or nil.
func (s *State) overChannels(x *site, l *call.Leg) []fact.Reason {
	if l.Trunk == "" {
		return nil
	}
	if t, ok := x.trunk(l.Trunk); ok && t.Channels > 0 && s.carriesMore(l.Trunk, t.Channels) {
		return []fact.Reason{{Code: "trunk.channels_full", Detail: l.Trunk}}
	}
	return nil
}

// toService answers a caller who dialled one of our numbers, or rings its extension.
func (s *State) toService(c *call.Call, v Service) {
	c.Target.Service, c.Target.Welcome, c.Target.Queue, c.Target.Extension = v.Number, v.Welcome, v.Queue, v.Exten
	if v.Queue == "" && v.Welcome == "" {
		s.ringExtension(c)
		return
	}
	if v.Queue != "" {
		// A queue with no place left says so before the answer: the caller pays nothing and hears a true busy tone.
		if chain := s.placeIn(c, v.Queue); chain.queue == "" {
			s.enterAndLeave(c, chain)
			s.turnAway(c, RefusedBusy, call.Verdict{Outcome: fact.CallDeterred, Stage: fact.StageQueue, Reasons: chain.reasons})
			return
		}
	}
	s.transferEvent(c, transfer.Queued, "")
	c.Phase = call.Accepting
	s.answer(c)
	s.replan(c)
	if l := c.CallerLeg(); l.State == call.Up || l.State == call.Held { // it was answered long ago
		s.accepted(c)
	}
}

// answer accepts the caller's leg, if that was not done.
func (s *State) answer(c *call.Call) {
	l := c.CallerLeg()
	if m := call.StepLeg(l.State, call.WeAnswered); m.Ignore == "" {
		s.moveLeg(c, l, m)
		s.do(Answer{Leg: l.ID})
	}
}

// accepted goes on when the caller's leg is confirmed: welcome, then the queue or the extension.
func (s *State) accepted(c *call.Call) {
	if c.Phase != call.Accepting {
		return
	}
	if c.Target.Kind == string(routing.ToDesk) {
		s.atDeskAnswered(c)
		return
	}
	if c.Target.Welcome == "" {
		s.pastWelcome(c)
		return
	}
	c.Phase = call.Announcing
	s.replan(c)
	s.say(c, c.Target.Welcome)
}

func (s *State) pastWelcome(c *call.Call) {
	if c.Target.Queue == "" {
		c.Phase = call.Dialling
		s.ringExtension(c)
		return
	}
	s.enterQueue(c, c.Target.Queue, "")
}

// turnAway ends a call that goes nowhere: refused when it was not answered, a busy tone and then the end when it was.
func (s *State) turnAway(c *call.Call, r Refusal, v call.Verdict) {
	l := c.CallerLeg()
	if l == nil || !l.Talks() {
		s.closeWith(c, v, r)
		return
	}
	s.decide(c, v)
	s.cancelAll(c)
	c.Phase = call.Dismissing
	s.endOthers(c, l.ID, RefusedFailed)
	s.replan(c)
	s.after(c, dismissal, call.DismissalOver)
}

// endOthers hangs up every leg but one.
func (s *State) endOthers(c *call.Call, but plan.LegID, r Refusal) {
	for _, id := range legIDs(c) {
		if id != but {
			s.hangUp(c, id, r)
		}
	}
}

func legIDs(c *call.Call) []plan.LegID {
	ids := make([]plan.LegID, len(c.Legs))
	for i := range c.Legs {
		ids[i] = c.Legs[i].ID
	}
	return slices.Clip(ids)
}
