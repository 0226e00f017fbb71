package exchange

import (
	"cmp"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
)

// Agents' toolbars (« bandeaux »): a lost one leaves the agent alone for a grace. Agents who never had one are never asked for it.

// defaultGrace is how long a lost toolbar leaves an idle agent available, in ms (FEATURES §2.3: guess 60 s).
const defaultGrace = 60_000

// toolbar is a toolbar that connects, or goes away.
func (s *State) toolbar(in AgentToolbar) {
	a, why := s.atWork(in.Agent)
	if why != nil {
		return // its page says so itself: it cannot log in
	}
	e := agent.BarWent
	switch {
	case in.Up && a.Toolbar == agent.ToolbarUp && a.Bar != in.Toolbar:
		e = agent.BarReplaced
	case in.Up:
		e = agent.BarCame
	case a.Bar != in.Toolbar:
		return // one that was replaced closes
	}
	was := a.Bar
	if in.Up {
		s.touchAgent(a).Bar = in.Toolbar
	}
	if s.barEvent(a, e) == agent.BarTellOther {
		s.tell(s.changed(a, fact.Reason{Code: "toolbar.replaced", Detail: was}))
	}
}

// barEvent is everything that can happen to an agent's toolbar.
func (s *State) barEvent(a *agent.Agent, e agent.ToolbarEvent) agent.ToolbarDeed {
	m := agent.StepToolbar(a.Toolbar, e)
	if m.Ignore != "" {
		return 0
	}
	s.touchAgent(a).Toolbar = m.Next
	switch m.Do {
	case agent.BarStartGrace:
		a.Grace = uint64(s.startTimer(timer{At: s.clock + cmp.Or(s.site.Desk.GraceMS, defaultGrace), For: forGrace, Agent: a.ID}))
	case agent.BarStopGrace:
		s.endGrace(a)
	case agent.BarWithdraw:
		if agent.Weigh(a.Standing(), agent.ToolbarMissed).Deed == agent.AtOnce && a.Declared == agent.Available {
			s.becomes(a, agent.Status{Declared: agent.Unavailable, Pause: agent.WhyToolbarLost})
			s.tell(s.changed(a, fact.Reason{Code: string(agent.RuleToolbarLost), Detail: a.Bar}))
		}
	case agent.BarNothing, agent.BarTellOther:
	}
	return m.Do
}

// graceOver is a toolbar that did not come back.
func (s *State) graceOver(a *agent.Agent) {
	e := agent.BarGraceIdle
	if a.Activity != agent.Idle {
		e = agent.BarGraceBusy
	}
	s.barEvent(a, e)
}

func (s *State) endGrace(a *agent.Agent) {
	if a.Grace != 0 {
		s.stopTimer(TimerID(a.Grace))
	}
	a.Grace = 0
}

// toolbarWord is a toolbar as a page shows it; none has no word.
func toolbarWord(t agent.Toolbar) string {
	if t == agent.NoToolbar {
		return ""
	}
	return t.String()
}

// forgetToolbar is for somebody who leaves the branch.
func (s *State) forgetToolbar(a *agent.Agent) {
	s.endGrace(a)
	a.Toolbar, a.Bar = agent.NoToolbar, ""
}

// toolbarsCut takes every toolbar for lost: its connection did not outlive the process it was with.
func (s *State) toolbarsCut() {
	for _, a := range s.agents {
		s.barEvent(a, agent.BarWent)
	}
}
