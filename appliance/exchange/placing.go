package exchange

import (
	"strconv"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/routing"
)

// Calls placed for somebody: their own phone rings first, and the number is dialled once it is lifted.

// placeCall rings the phone at which a call was asked for.
func (s *State) placeCall(in CallPlace) {
	x := s.site
	where, a, why := s.seatOf(in)
	var d routing.Decision
	if why == nil {
		if d = x.table.FromExtension(where, in.Number); d.To == routing.ToRefused {
			why = d.Reasons
		}
	}
	if why == nil {
		why = s.mayAsk(x, where, a, d)
	}
	from := ""
	if why == nil {
		from, why = s.outOf(x, a, in.Queue, d)
	}
	if why == nil && d.To == routing.ToTrunk {
		why = s.mayDial(x, policy.PathToolbar, where, from, d.Number)
	}
	if why != nil {
		s.refuseCommand(in.Request, fact.CommandRefused{Command: "call.place", By: in.By, Agent: in.Agent, Reasons: why})
		return
	}
	if a != nil && a.Activity == agent.WrapUp {
		s.wrapUpOver(a, "call.asked")
	}
	s.serial++
	c := &call.Call{
		ID: s.newCallID(), Serial: s.serial, Phase: call.Lifting, Flow: call.Internal, Revision: x.Revision, Opened: s.clock,
		Target: call.Target{Kind: string(d.To)}, Music: "music:default", Typed: in.Number, Hops: defaultHops - 1,
	}
	if a != nil {
		c.Placer = a.ID
	}
	if q, ok := x.queue(from); ok {
		c.PlacedIn, c.Music = from, q.Music
	}
	ext, _ := x.extension(where)
	c.Caller = call.Party{Number: where, Name: ext.Name}
	opened := fact.CallOpened{Call: string(c.ID), Extension: where, Callee: in.Callee, Revision: c.Revision, Dialled: d.Number}
	if d.To == routing.ToTrunk || d.To == routing.ToEmergency {
		c.Flow = call.Outbound
	}
	if d.To == routing.ToTrunk { // a number outside is told by its subject only
		opened.Dialled = ""
	}
	ring := ringTime(ext.RingMS)
	l := call.Leg{ID: s.newLegID(), Way: call.Out, State: call.Placed, Extension: where, Since: s.clock}
	c.Asked, opened.Leg, opened.Flow = l.ID, string(l.ID), string(c.Flow)
	s.addCall(c)
	s.tell(opened)
	s.tell(fact.CallPlaced{Call: string(c.ID), By: in.By, Agent: in.Agent, Extension: where, Queue: from, AutoAnswer: in.AutoAnswer})
	s.addLeg(c, l)
	s.tell(fact.LegOpened{Call: string(c.ID), Leg: string(l.ID), Way: string(call.Out), Extension: where})
	s.reserve(c, l.ID, where, ring, "call.asked")
	s.do(Ring{
		Leg: l.ID, Call: c.ID, To: Destination{Extension: where}, Caller: Caller{Number: d.Number}, Label: in.Number, AutoAnswer: in.AutoAnswer,
		Hops: c.Hops,
	})
	s.after(c, ring, call.RingTimeout)
	s.reply(in.Request)
}

// seatOf is seat for whoever may have that phone rung.
func (s *State) seatOf(in CallPlace) (where string, a *agent.Agent, why []fact.Reason) {
	if in.Agent != "" {
		why = s.mayActAs(in.By, in.Agent)
	} else if o := s.agentAt(in.Extension); strings.HasPrefix(in.By, byAgent) && (o == nil || in.By != byAgent+o.ID) {
		why = []fact.Reason{{Code: "extension.not_theirs", Detail: in.Extension}}
	}
	if why != nil {
		return "", nil, why
	}
	return s.seat(in)
}

// seat is the extension at which a call is asked for, and who sits there.
func (s *State) seat(in CallPlace) (where string, a *agent.Agent, why []fact.Reason) {
	where = in.Extension
	if in.Agent != "" {
		a = s.agent(in.Agent)
		switch {
		case a == nil || a.Session == agent.Leaving:
			return "", nil, []fact.Reason{{Code: "agent.unknown", Detail: in.Agent}}
		case a.Session != agent.LoggedIn:
			return "", nil, []fact.Reason{{Code: "agent.logged_out", Detail: in.Agent}}
		}
		where = a.Extension
	} else {
		a = s.agentAt(where)
	}
	if _, ok := s.site.extension(where); !ok {
		return "", nil, []fact.Reason{{Code: "extension.unknown", Detail: where}}
	}
	return where, a, nil
}

// mayAsk says why a call cannot be placed at an extension now; nil when it can. Who wants help is never told to wait: a pause, a wrap-up or
// another call on the phone keeps no emergency number from being dialled.
func (s *State) mayAsk(x *site, where string, a *agent.Agent, d routing.Decision) []fact.Reason {
	if p, known := s.phone(where); known && !p.Reachable {
		return []fact.Reason{{Code: "line.unregistered", Detail: where}}
	}
	if d.To == routing.ToExtension && d.Number == where {
		return []fact.Reason{{Code: "extension.self", Detail: where}}
	}
	if d.To == routing.ToEmergency {
		return nil
	}
	switch {
	case a != nil && a.Activity != agent.Idle && a.Activity != agent.WrapUp:
		return []fact.Reason{{Code: a.Activity.Reason(), Detail: string(a.Call)}}
	case s.lines[where] > 0:
		return []fact.Reason{{Code: "line.in_use", Detail: where}}
	case x.MaxCalls > 0 && len(s.order) >= x.MaxCalls:
		return []fact.Reason{{Code: "box.full", Detail: strconv.Itoa(x.MaxCalls) + " calls"}}
	}
	return nil
}

// lifted dials the number of a placed call, as if the phone had dialled it.
func (s *State) lifted(c *call.Call) {
	s.cancel(c, call.RingTimeout)
	if c.Fetch != (call.Fetch{}) {
		s.fetched(c)
		return
	}
	if c.Contact != "" {
		s.callContact(c, c.Asked)
		return
	}
	x := s.siteOf(c)
	l := c.CallerLeg()
	s.legAgentEvent(c, l.ID, agent.Lifted, "call.dialled")
	c.Phase = call.Dialling
	d := x.table.FromExtension(l.Extension, c.Typed)
	c.Target = call.Target{Kind: string(d.To)}
	s.tell(fact.CallRouted{Call: string(c.ID), To: string(d.To), Target: routedTarget(d), Reasons: d.Reasons})
	s.follow(c, x, d)
}

// notLifted ends a placed call at whose phone nobody was.
func (s *State) notLifted(c *call.Call, r Refusal) {
	s.closeWith(c, call.Verdict{
		Outcome: fact.CallFailed, Cause: string(r), Reasons: []fact.Reason{{Code: "call.not_lifted", Detail: c.Caller.Number}},
	}, r)
}
