package exchange

import (
	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
)

// Whether an agent is at work, and where they sit.

// logIn logs an agent in on an extension, or moves one who is logged in: the last log-in wins.
func (s *State) logIn(in AgentLogIn) {
	a, why := s.atWork(in.Agent)
	where := in.Extension
	if why == nil {
		why = s.mayRule(in.By, in.Agent)
	}
	if why == nil {
		if where == "" {
			d, _ := s.site.person(a.ID)
			where = d.Extension
		}
		why = s.maySit(a, where)
	}
	if why == nil {
		why = s.mayPause(a, in.Pause, true)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.sit(a, where, s.firstStatus(a, in), in.By)
	s.done(in)
}

// maySit says why an agent cannot log in on an extension; nil when they can.
func (s *State) maySit(a *agent.Agent, where string) []fact.Reason {
	if where == "" && a.Outside != "" { // at a number outside
		return nil
	}
	if _, ok := s.site.extension(where); !ok {
		return []fact.Reason{{Code: "extension.unknown", Detail: where}}
	}
	if o := s.agentAt(where); o != nil && o != a {
		return []fact.Reason{{Code: "extension.taken", Detail: where + " by " + o.ID}}
	}
	return nil
}

// firstStatus is what an agent is once logged in: what they ask for, else unavailable until they pick one (FEATURES §2.3).
func (s *State) firstStatus(a *agent.Agent, in AgentLogIn) agent.Status {
	switch in.Status {
	case StatusAvailable:
		return agent.Status{Declared: agent.Available}
	case StatusPause:
		return statusOf(in.Pause)
	case StatusLast:
		return a.Last()
	default:
		return agent.Status{Declared: agent.Unavailable, Pause: agent.WhyLogIn}
	}
}

// sit puts an agent at an extension. A lock holds over a new log-in: who is locked has the status they were locked in.
func (s *State) sit(a *agent.Agent, where string, status agent.Status, by string) {
	s.touchAgent(a)
	code := "agent.logged_in"
	if a.Session == agent.LoggedIn {
		code = "agent.moved" // the last log-in wins
	} else {
		a.Next, a.Since = agent.Next{}, s.clock
		s.backToAll(a)
		if a.Lock == agent.Unlocked {
			s.becomes(a, status)
		}
		s.barEvent(a, agent.BarSession)
	}
	if a.Extension != where {
		s.endOffPlatform(a)
	}
	a.Session, a.Extension, a.Line = agent.LoggedIn, where, s.lineOf(where, a.Off != 0)
	s.dirty = true
	s.tell(s.changed(a, fact.Reason{Code: code, Detail: by}))
}

// logOut logs an agent out. A call in progress is not cut; what they chose for afterwards is forgotten.
func (s *State) logOut(in AgentLogOut) {
	a, why := s.atWork(in.Agent)
	if why == nil {
		why = s.mayRule(in.By, in.Agent)
	}
	if why == nil && a.Session == agent.LoggedOut {
		why = []fact.Reason{{Code: "agent.logged_out", Detail: in.Agent}}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.leavesDesk(a, fact.Reason{Code: "agent.logged_out", Detail: in.By})
	s.done(in)
}

// leavesDesk ends an agent's session.
func (s *State) leavesDesk(a *agent.Agent, why fact.Reason) {
	s.touchAgent(a)
	a.Session, a.Next = agent.LoggedOut, agent.Next{}
	s.barEvent(a, agent.BarSession)
	s.dirty = true
	if a.Activity == agent.WrapUp {
		s.agentOver(a, agent.WrapUpOver, 0, false, why)
		return
	}
	s.tell(s.changed(a, why))
}
