package exchange

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
)

// What an agent declares: by themselves, by a supervisor, under a lock (FEATURES §2.3 and §6). agent.Weigh says what becomes of each wish.

// becomes gives an agent a status. Entering Available takes the last place among those who are (FEATURES §7.1).
func (s *State) becomes(a *agent.Agent, status agent.Status) {
	was := agent.Status{Declared: a.Declared, Pause: a.Pause}
	if was == status {
		return
	}
	s.touchAgent(a)
	if was.Declared != agent.Unavailable {
		a.Before = was
	}
	if status.Declared == agent.Available {
		a.Since = s.clock
	}
	a.Declared, a.Pause = status.Declared, status.Pause
	s.dirty = true
}

// atWork finds an agent for a command, or says why they can be told nothing.
func (s *State) atWork(id string) (*agent.Agent, []fact.Reason) {
	a := s.agent(id)
	if a == nil || a.Session == agent.Leaving {
		return nil, []fact.Reason{{Code: "agent.unknown", Detail: id}}
	}
	return a, nil
}

// mayRule says why somebody may not rule over an agent's day; nil when they may. Agents rule their own.
func (s *State) mayRule(by, who string) []fact.Reason {
	if by == byAgent+who {
		return nil
	}
	return s.mayAct(by, MayForce, who, "")
}

// statusOf reads a pause reason's id; empty is available.
func statusOf(pause string) agent.Status {
	if pause == "" {
		return agent.Status{Declared: agent.Available}
	}
	return agent.Status{Declared: agent.Pause, Pause: pause}
}

const (
	maxPause   = 40  // characters of a pause reason's id, where the branch lists none
	maxMessage = 500 // of a word to an agent (FEATURES §6)
	maxNote    = 200 // of why a status was forced or locked
)

// mayPause says why an agent cannot be in a pause for that reason; nil when they can. Which reasons they may give themselves is their profile's;
// a supervisor may give any of the branch.
func (s *State) mayPause(a *agent.Agent, pause string, own bool) []fact.Reason {
	if pause == "" {
		return nil
	}
	if len(s.site.Pauses) == 0 {
		return unreadable("pause.unknown", pause, maxPause)
	}
	if !slices.ContainsFunc(s.site.Pauses, func(p Pause) bool { return p.ID == pause }) {
		return append(unreadable("pause.unknown", pause, maxPause), fact.Reason{Code: "pause.unknown"})
	}
	d, _ := s.site.person(a.ID)
	if own && len(d.Pauses) > 0 && !slices.Contains(d.Pauses, pause) {
		return []fact.Reason{{Code: "pause.not_allowed", Detail: pause}}
	}
	return nil
}

// unreadable says why a text cannot be shown to anybody; nil when it can.
func unreadable(code, text string, most int) []fact.Reason {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return []fact.Reason{{Code: code, Detail: "control characters"}}
	case utf8.RuneCountInString(text) > most:
		return []fact.Reason{{Code: code, Detail: "too long"}}
	}
	return nil
}

// person is an agent as the branch knows them.
func (x *site) person(id string) (Agent, bool) {
	i := slices.IndexFunc(x.Agents, func(d Agent) bool { return d.ID == id })
	if i < 0 {
		return Agent{}, false
	}
	return x.Agents[i], true
}

// declare is an agent who picks a status. During a call it waits for its end (the guide's PPA).
func (s *State) declare(in AgentDeclare) {
	a, why := s.atWork(in.Agent)
	if why == nil {
		why = s.mayRule(in.By, in.Agent)
	}
	if why == nil {
		why = s.mayPause(a, in.Pause, true)
	}
	if why == nil {
		why = s.settle(a, agent.AgentChooses, agent.Next{Declared: statusOf(in.Pause).Declared, Pause: in.Pause},
			fact.Reason{Code: "agent.declared", Detail: in.By})
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.done(in)
}

// force is a supervisor who gives an agent a status, locked or not. During a call it waits for its end, before what the agent chose.
func (s *State) force(in AgentForce) {
	a, why := s.atWork(in.Agent)
	if why == nil {
		why = s.mayAct(in.By, MayForce, in.Agent, "")
	}
	if why == nil {
		why = append(s.mayPause(a, in.Pause, false), unreadable("note.unreadable", in.Note, maxNote)...)
	}
	if len(why) == 0 {
		reasons := []fact.Reason{{Code: "agent.forced", Detail: in.By}}
		if in.Note != "" {
			reasons = append(reasons, fact.Reason{Code: "agent.note", Detail: in.Note})
		}
		why = s.settle(a, agent.SupervisorForces, agent.Next{Declared: statusOf(in.Pause).Declared, Pause: in.Pause, By: agent.BySupervisor}, reasons...)
	}
	if len(why) > 0 {
		s.refuse(in, why...)
		return
	}
	s.done(in)
}

// settle does what becomes of a wish about an agent's status, or says why it is refused.
func (s *State) settle(a *agent.Agent, w agent.Wish, n agent.Next, why ...fact.Reason) []fact.Reason {
	standing := a.Standing()
	answer := agent.Weigh(standing, w)
	switch answer.Deed {
	case agent.Refused:
		return []fact.Reason{{Code: answer.Why, Detail: a.ID}}
	case agent.Afterwards:
		if !a.Next.Yields(n.By) {
			if n.By == agent.ByAgent {
				return []fact.Reason{{Code: "agent.forced", Detail: a.Next.Pause}}
			}
			return nil
		}
		s.touchAgent(a).Next = n
		s.tell(s.changed(a, append(why, fact.Reason{Code: "agent.next_status_chosen", Detail: n.Pause})...))
	case agent.AtOnce:
		s.touchAgent(a)
		if n.Declared == agent.Available {
			s.backToAll(a)
		}
		if standing == agent.WritingUp {
			a.Next = n
			s.agentOver(a, agent.WrapUpOver, 0, false, why...)
			return nil
		}
		s.becomes(a, agent.Status{Declared: n.Declared, Pause: n.Pause})
		s.tell(s.changed(a, why...))
	default: // ignored, for the reason in the table
	}
	return nil
}

// lock freezes what an agent declares, or frees it (the guide: « un petit cadenas apparaîtra à droite de son statut »).
func (s *State) lock(in AgentLock) {
	a, why := s.atWork(in.Agent)
	if why == nil {
		why = s.mayAct(in.By, MayForce, in.Agent, "")
	}
	if why == nil {
		why = unreadable("note.unreadable", in.Note, maxNote)
	}
	switch {
	case why != nil:
	case in.On && a.Declared == agent.Unavailable:
		why = []fact.Reason{{Code: "agent.unavailable", Detail: a.Pause}} // there is no status to freeze: force one first
	case !in.On && a.Lock == agent.Unlocked:
		why = []fact.Reason{{Code: "agent.not_locked"}}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.touchAgent(a)
	if !in.On {
		a.Lock, a.LockBy, a.LockNote = agent.Unlocked, "", ""
		s.tell(s.changed(a, fact.Reason{Code: "agent.unlocked", Detail: in.By}))
		s.done(in)
		return
	}
	a.Lock, a.LockBy, a.LockNote = agent.Locked, in.By, in.Note
	if !a.Next.Forced() {
		a.Next = agent.Next{}
	}
	reason := fact.Reason{Code: "agent.locked", Detail: in.By}
	if a.Activity == agent.WrapUp { // a lock goes before the wrap-up
		s.agentOver(a, agent.WrapUpOver, 0, false, reason)
	} else {
		s.tell(s.changed(a, reason))
	}
	s.done(in)
}

// message is a supervisor's word to an agent.
func (s *State) message(in AgentMessage) {
	a, why := s.atWork(in.Agent)
	if why == nil {
		why = s.mayAct(in.By, MayForce, in.Agent, "")
	}
	switch {
	case why != nil:
	case strings.TrimSpace(in.Text) == "":
		why = []fact.Reason{{Code: "message.empty"}}
	case a.Session != agent.LoggedIn:
		why = []fact.Reason{{Code: "agent.logged_out", Detail: a.ID}}
	default:
		why = unreadable("message.unreadable", in.Text, maxMessage)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.tell(fact.AgentMessaged{Agent: a.ID, By: in.By, Text: in.Text})
	s.done(in)
}
