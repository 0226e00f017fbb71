package exchange

import (
	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/transfer"
)

// Hold: by the phone, which says so in a re-INVITE, and by the toolbar (« Mettre l'appel en attente »). Both can hold at once; whoever is held
// has the conversation back when neither does.

func (s *State) legHeld(in LegHeld) {
	c, l := s.find(in.Leg)
	if c == nil {
		return
	}
	e := call.PeerTookBack
	if in.Held {
		e = call.PeerHeld
	}
	m := call.StepLeg(l.State, e)
	if m.Ignore != "" {
		return
	}
	s.moveLeg(c, l, m)
	s.tell(fact.LegHeld{Call: string(c.ID), Leg: string(l.ID), Held: in.Held})
	s.held(c, l, "phone.")
}

// holdCall puts the others of an agent's call on hold, or takes them back.
func (s *State) holdCall(in CallHold) {
	c, l, why := s.agentLeg(in.By, in.Agent)
	switch {
	case why != nil:
	case !in.On && c.Transfer.State == transfer.Keeping && c.Transfer.Referrer == l.ID: // the party waits on hold for who could not hand it over
		s.transferEvent(s.touch(c), transfer.TakenBack, "taken_back")
		s.done(in)
		return
	case !c.Talks(l.ID):
		why = []fact.Reason{{Code: "call.not_talking", Detail: string(c.ID)}}
	case in.On && l.Holds:
		why = []fact.Reason{{Code: "call.held_already"}}
	case !in.On && !l.Holds:
		why = []fact.Reason{{Code: "call.not_held"}}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.touch(c)
	l.Holds = in.On
	s.tell(fact.LegHeld{Call: string(c.ID), Leg: string(l.ID), Held: in.On, By: in.By})
	s.held(c, l, "toolbar.")
	s.done(in)
}

// held carries out what follows from a leg that holds, or no longer does.
func (s *State) held(c *call.Call, l *call.Leg, code string) {
	e := agent.TookBack
	if l.Silent() {
		e = agent.Held
	}
	s.legAgentEvent(c, l.ID, e, code+e.String())
	s.countHold(c)
	s.replan(c)
}

// talkBy is talkOf for whoever may act in the agent's place.
func (s *State) talkBy(by, who string) (*call.Call, *call.Leg, []fact.Reason) {
	if why := s.mayActAs(by, who); why != nil {
		return nil, nil, why
	}
	return s.talkOf(who)
}

// talkOf is the conversation of an agent and their leg in it, or why there is none.
func (s *State) talkOf(who string) (*call.Call, *call.Leg, []fact.Reason) {
	a := s.agent(who)
	switch {
	case a == nil || a.Session == agent.Leaving && a.Call == "":
		return nil, nil, []fact.Reason{{Code: "agent.unknown", Detail: who}}
	case a.Call == "":
		return nil, nil, []fact.Reason{{Code: "agent.no_call", Detail: who}}
	}
	c := s.calls[a.Call]
	if c == nil || !c.Talks(a.Leg) {
		return nil, nil, []fact.Reason{{Code: "call.not_talking", Detail: string(a.Call)}}
	}
	return c, c.Leg(a.Leg), nil
}

// countHold keeps how long whom the call is for was on hold, or held the others, while anybody talks.
func (s *State) countHold(c *call.Call) {
	held := len(c.Bridged) > 0 && !c.Together()
	switch {
	case held && c.HeldFrom == 0:
		c.HeldFrom = s.clock
	case !held && c.HeldFrom != 0:
		c.HoldMS += s.clock - c.HeldFrom
		c.HeldFrom = 0
	}
}
