package exchange

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// changed is an agent's state as a fact. What others see of them counts from here when it is another than before.
func (s *State) changed(a *agent.Agent, why ...fact.Reason) fact.AgentChanged {
	if seen := (agent.Seen{Session: a.Session, Declared: a.Declared, Pause: a.Pause, Activity: a.Activity}); seen != a.Seen {
		s.touchAgent(a)
		a.Seen, a.SeenFrom = seen, s.clock
	}
	return fact.AgentChanged{
		Agent: a.ID, Session: string(a.Session), Extension: a.Extension, Declared: string(a.Declared), Pause: a.Pause,
		Activity: a.Activity.String(), Line: string(a.Line), Lock: string(a.Lock), LockBy: a.LockBy, LockNote: a.LockNote,
		Next: string(a.Next.Declared), NextPause: a.Next.Pause, Forced: a.Next.Forced(), Call: string(a.Call), Reasons: why,
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
		if e == agent.Connected {
			a.Rest = max(1, a.WrapUntil-s.clock)
		}
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

// legAgentEvent moves the agent whose leg it is, if it is one's. Who writes up a call was not rung as an agent when a colleague called; once they talk,
// it is theirs.
func (s *State) legAgentEvent(c *call.Call, leg plan.LegID, e agent.Event, code string) {
	a := s.agentOn(leg)
	if l := c.Leg(leg); a == nil && e == agent.Connected && l != nil && l.Way == call.Out {
		if a = s.agentAt(l.Extension); a != nil && a.Activity.Busy() {
			a = nil
		}
	}
	if a != nil {
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
		c.Placer = cmp.Or(c.Placer, a.ID)
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
		s.agentOver(a, agent.Over, s.writeUp(c, a), a.Activity == agent.Reserved || a.Activity == agent.Ringing, fact.Reason{Code: "call.over", Detail: string(c.ID)})
	}
}

// agentOver ends what an agent does on the telephone. What was decided for afterwards applies in the same step, so that no call can be offered in
// between (FEATURES §2.4, race 1); agent.After says what that is. keep leaves their turn among the available ones as it was.
func (s *State) agentOver(a *agent.Agent, e agent.Event, wrap int64, keep bool, why ...fact.Reason) {
	if e == agent.Over {
		wrap = max(wrap, a.Rest)
	}
	status, rule := a.After(e == agent.Over && wrap > 0 && a.Activity.Talks())
	if rule == agent.RuleWrapUp {
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
	a.Activity, a.Call, a.Leg, a.Lease, a.Rest, a.Next = m.Next, "", "", 0, 0, agent.Next{}
	if m.Next == agent.WrapUp {
		a.WrapUntil = s.clock + wrap
		a.WrapUp = uint64(s.startTimer(timer{At: a.WrapUntil, For: forWrapUp, Agent: a.ID}))
	} else {
		a.Toolbar = agent.StepToolbar(a.Toolbar, agent.BarPhoneOver).Next
		if !keep {
			a.Since = s.clock
		}
	}
	s.becomes(a, status)
	switch rule {
	case agent.RuleForced, agent.RuleChosen, agent.RuleToolbarLost:
		if status.Declared == agent.Available {
			s.backToAll(a)
		}
		why = append(slices.Clip(why), fact.Reason{Code: string(rule), Detail: status.Pause})
	case agent.RuleAutoPause: // told by who missed the calls
	case agent.RuleLocked, agent.RuleWrapUp, agent.RulePrevious: // the status is as it was
	}
	s.dirty = true
	s.tell(s.changed(a, why...))
	s.letGo(a)
}

// letGo takes out an agent who left the site document, once they are free.
func (s *State) letGo(a *agent.Agent) {
	if a.Session == agent.Leaving && !a.Activity.Busy() {
		s.endWrapUp(s.touchAgent(a))
		s.clearCoolDowns(a)
		s.forgetToolbar(a)
		s.endOffPlatform(a)
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
