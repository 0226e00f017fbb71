package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// changed is an agent's state as a fact.
func (s *State) changed(a *agent.Agent, why ...fact.Reason) fact.AgentChanged {
	return fact.AgentChanged{
		Agent: a.ID, Session: string(a.Session), Extension: a.Extension, Declared: string(a.Declared), Pause: a.Pause,
		Activity: a.Activity.String(), Line: string(a.Line), Lock: string(a.Lock), Call: string(a.Call), Reasons: why,
	}
}

// agentEvent moves an agent's activity and ties it to a leg. It reports false when the event changes nothing.
func (s *State) agentEvent(a *agent.Agent, e agent.Event, c plan.CallID, leg plan.LegID, why ...fact.Reason) bool {
	m := agent.Step(a.Activity, e)
	if m.Ignore != "" {
		return false
	}
	s.touchAgent(a)
	if a.Activity == agent.WrapUp {
		s.endWrapUp(a)
	}
	a.Activity, a.Call, a.Leg = m.Next, c, leg
	if m.Next == agent.Talking || m.Next == agent.Dialing {
		a.Lease = 0 // from here on the live leg is the proof
	}
	s.dirty = true
	s.watch()
	s.tell(s.changed(a, why...))
	return true
}

// legAgentEvent moves the agent whose leg it is, if it is one's.
func (s *State) legAgentEvent(c *call.Call, leg plan.LegID, e agent.Event, code string) {
	if a := s.agentOn(leg); a != nil {
		s.agentEvent(a, e, c.ID, leg, fact.Reason{Code: code, Detail: string(c.ID)})
	}
}

// agentOn is the agent whose leg it is, or nil; no leg is nobody's.
func (s *State) agentOn(leg plan.LegID) *agent.Agent {
	for _, a := range s.agents {
		if a.Leg == leg && leg != "" {
			return a
		}
	}
	return nil
}

// agentDialled marks the agent who calls from an extension.
func (s *State) agentDialled(c *call.Call, l *call.Leg) {
	if a := s.agentAt(l.Extension); a != nil {
		s.agentEvent(a, agent.PhoneDialled, c.ID, l.ID, fact.Reason{Code: "call.dialled", Detail: string(c.ID)})
	}
}

// releaseAgent frees the agent on a leg; nothing follows.
func (s *State) releaseAgent(c *call.Call, leg plan.LegID, code string) {
	if a := s.agentOn(leg); a != nil {
		s.agentOver(a, agent.Over, 0, true, fact.Reason{Code: code, Detail: string(c.ID)})
	}
}

// releaseAgents frees everyone tied to a call that ends. Whoever answered from a queue gets its wrap-up.
func (s *State) releaseAgents(c *call.Call) {
	for _, a := range slices.Clone(s.agents) {
		if a.Call != c.ID {
			continue
		}
		wrap := int64(0)
		if a.ID == c.Agent {
			if q, ok := s.siteOf(c).queue(c.AnsweredIn); ok {
				wrap = q.WrapUpMS
			}
		}
		s.agentOver(a, agent.Over, wrap, a.Activity == agent.Reserved || a.Activity == agent.Ringing, fact.Reason{Code: "call.over", Detail: string(c.ID)})
	}
}

// agentOver ends what an agent does on the telephone. What they chose for afterwards (PPA) applies in the same step and takes the place
// of the wrap-up, so that no call can be offered in between. keep leaves their turn among the available ones as it was.
func (s *State) agentOver(a *agent.Agent, e agent.Event, wrap int64, keep bool, why ...fact.Reason) {
	talked := a.Activity.Talks()
	if e == agent.Over && wrap > 0 && talked && a.Next.Declared == "" && a.Session == agent.LoggedIn {
		e = agent.OverWrapUp
	}
	m := agent.Step(a.Activity, e)
	if m.Ignore != "" {
		return
	}
	s.touchAgent(a)
	if a.Activity == agent.WrapUp {
		s.endWrapUp(a)
	}
	a.Activity, a.Call, a.Leg, a.Lease = m.Next, "", "", 0
	if m.Next == agent.WrapUp {
		a.WrapUntil = s.clock + wrap
		a.WrapUp = uint64(s.startTimer(timer{At: a.WrapUntil, For: forWrapUp, Agent: a.ID}))
	}
	if n := a.Next; n.Declared != "" {
		a.Declared, a.Pause, a.Next = n.Declared, n.Pause, agent.Next{}
		why = append(slices.Clip(why), fact.Reason{Code: "agent.next_status", Detail: n.Pause})
	}
	if m.Next == agent.Idle && !keep {
		a.Since = s.clock
	}
	s.dirty = true
	s.tell(s.changed(a, why...))
	s.letGo(a)
}

// letGo takes out an agent who left the site document, once they are free.
func (s *State) letGo(a *agent.Agent) {
	if a.Session == agent.Leaving && (a.Activity == agent.Idle || a.Activity == agent.WrapUp) {
		s.endWrapUp(s.touchAgent(a))
		s.clearCoolDowns(a)
		s.agents = without(s.agents, a)
	}
}

func (s *State) endWrapUp(a *agent.Agent) {
	if a.WrapUp != 0 {
		s.stopTimer(TimerID(a.WrapUp))
	}
	a.WrapUp, a.WrapUntil = 0, 0
}

func (s *State) wrapUpOver(a *agent.Agent, code string) {
	s.agentOver(a, agent.WrapUpOver, 0, false, fact.Reason{Code: code})
}

// coolDown leaves an agent in peace for one queue.
func (s *State) coolDown(a *agent.Agent, queue string, ms int64, why string) {
	if ms <= 0 {
		return
	}
	s.touchAgent(a)
	if c := a.CoolDown(queue); c != nil {
		s.stopTimer(TimerID(c.Timer))
		a.CoolDowns = slices.DeleteFunc(a.CoolDowns, func(x agent.CoolDown) bool { return x.Queue == queue })
	}
	id := s.startTimer(timer{At: s.clock + ms, For: forCoolDown, Agent: a.ID, Queue: queue})
	a.CoolDowns = append(a.CoolDowns, agent.CoolDown{Queue: queue, Until: s.clock + ms, Why: why, Timer: uint64(id)})
}

func (s *State) clearCoolDowns(a *agent.Agent) {
	for _, c := range a.CoolDowns {
		s.stopTimer(TimerID(c.Timer))
	}
	a.CoolDowns = nil
}

func (s *State) refuseAgent(r RequestID, command, by, who, code, detail string) {
	s.refuseCommand(r, fact.CommandRefused{Command: command, By: by, Agent: who, Reasons: []fact.Reason{{Code: code, Detail: detail}}})
}

func (s *State) logIn(in AgentLogIn) {
	a := s.agent(in.Agent)
	if a == nil || a.Session == agent.Leaving {
		s.refuseAgent(in.Request, "agent.log_in", in.By, in.Agent, "agent.unknown", in.Agent)
		return
	}
	where := in.Extension
	if where == "" {
		if i := slices.IndexFunc(s.site.Agents, func(x Agent) bool { return x.ID == a.ID }); i >= 0 {
			where = s.site.Agents[i].Extension
		}
	}
	if _, ok := s.site.extension(where); !ok {
		s.refuseAgent(in.Request, "agent.log_in", in.By, in.Agent, "extension.unknown", where)
		return
	}
	if o := s.agentAt(where); o != nil && o != a {
		s.refuseAgent(in.Request, "agent.log_in", in.By, in.Agent, "extension.taken", where+" by "+o.ID)
		return
	}
	s.touchAgent(a)
	code := "agent.logged_in"
	if a.Session == agent.LoggedIn {
		code = "agent.moved" // the last log-in wins
	} else {
		a.Declared, a.Pause, a.Next, a.Since = agent.Available, "", agent.Next{}, s.clock
	}
	a.Session, a.Extension, a.Line = agent.LoggedIn, where, s.lineOf(where)
	s.dirty = true
	s.tell(s.changed(a, fact.Reason{Code: code, Detail: in.By}))
	s.reply(in.Request)
}

// lineOf is what is known of an extension's phone. A phone of which nothing was told yet is tried.
func (s *State) lineOf(extension string) agent.Line {
	if p, known := s.phone(extension); known && !p.Reachable {
		return agent.Unregistered
	}
	return agent.Registered
}

func (s *State) logOut(in AgentLogOut) {
	a := s.agent(in.Agent)
	switch {
	case a == nil || a.Session == agent.Leaving:
		s.refuseAgent(in.Request, "agent.log_out", in.By, in.Agent, "agent.unknown", in.Agent)
		return
	case a.Session == agent.LoggedOut:
		s.refuseAgent(in.Request, "agent.log_out", in.By, in.Agent, "agent.logged_out", in.Agent)
		return
	}
	s.touchAgent(a)
	a.Session, a.Next = agent.LoggedOut, agent.Next{}
	s.dirty = true
	why := fact.Reason{Code: "agent.logged_out", Detail: in.By}
	if a.Activity == agent.WrapUp {
		s.agentOver(a, agent.WrapUpOver, 0, false, why)
	} else {
		s.tell(s.changed(a, why))
	}
	s.reply(in.Request)
}

func (s *State) declare(in AgentDeclare) {
	a := s.agent(in.Agent)
	switch {
	case a == nil || a.Session == agent.Leaving:
		s.refuseAgent(in.Request, "agent.declare", in.By, in.Agent, "agent.unknown", in.Agent)
		return
	case a.Session == agent.LoggedOut:
		s.refuseAgent(in.Request, "agent.declare", in.By, in.Agent, "agent.logged_out", in.Agent)
		return
	}
	s.touchAgent(a)
	next := agent.Next{Declared: agent.Available}
	if in.Pause != "" {
		next = agent.Next{Declared: agent.Pause, Pause: in.Pause}
	}
	why := fact.Reason{Code: "agent.declared", Detail: in.By}
	switch a.Activity {
	case agent.Idle:
		if a.Declared != agent.Available && next.Declared == agent.Available {
			a.Since = s.clock
		}
		a.Declared, a.Pause = next.Declared, next.Pause
		if next.Declared == agent.Available {
			s.backToAll(a)
		}
		s.dirty = true
		s.tell(s.changed(a, why))
	case agent.WrapUp:
		a.Next = next
		s.agentOver(a, agent.WrapUpOver, 0, false, why)
	default: // FEATURES §2.4: let this call ring or run, what was chosen applies after it
		a.Next = next
		s.tell(s.changed(a, fact.Reason{Code: "agent.next_status_chosen", Detail: in.Pause}))
	}
	s.reply(in.Request)
}

func (s *State) phoneReachable(in PhoneReachable) {
	i, found := slices.BinarySearchFunc(s.phones, in.Extension, func(p phone, x string) int {
		switch {
		case p.Extension < x:
			return -1
		case p.Extension > x:
			return 1
		default:
			return 0
		}
	})
	p := phone(in)
	s.look(in.Extension)
	s.phones = slices.Clone(s.phones)
	if found {
		s.phones[i] = p
	} else {
		s.phones = slices.Insert(s.phones, i, p)
	}
	line := agent.Unregistered
	if in.Reachable {
		line = agent.Registered
	}
	for _, a := range s.agents {
		if a.Extension != in.Extension || a.Line == line {
			continue
		}
		s.touchAgent(a)
		a.Line = line
		s.dirty = true
		s.tell(s.changed(a, fact.Reason{Code: "line." + string(line), Detail: in.Extension}))
	}
}

func (s *State) trunkReachable(in TrunkReachable) {
	i, down := slices.BinarySearch(s.down, in.Trunk)
	switch {
	case in.Reachable && down:
		s.down = without(s.down, in.Trunk)
	case !in.Reachable && !down:
		s.down = slices.Insert(slices.Clone(s.down), i, in.Trunk)
	}
}
