package agent_test

import (
	"testing"

	"autocom/appliance/exchange/agent"
)

func free() agent.Agent {
	return agent.Agent{
		ID: "ana", Queues: []string{"sales"}, Session: agent.LoggedIn, Extension: "201", Declared: agent.Available,
		Activity: agent.Idle, Line: agent.Registered, Since: 1_000,
	}
}

// TestFit spoils one dimension at a time (FEATURES §2.2): each alone keeps a call away, and says so.
func TestFit(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(a *agent.Agent)
		inUse int
		want  string // the only reason; empty: fit
	}{
		{"free", func(*agent.Agent) {}, 0, ""},
		{"logged out", func(a *agent.Agent) { a.Session = agent.LoggedOut }, 0, "agent.logged_out"},
		{"leaving", func(a *agent.Agent) { a.Session = agent.Leaving }, 0, "agent.logged_out"},
		{"pause", func(a *agent.Agent) { a.Declared, a.Pause = agent.Pause, "lunch" }, 0, "agent.pause"},
		{"reserved", func(a *agent.Agent) { a.Activity = agent.Reserved }, 1, "agent.reserved"},
		{"ringing", func(a *agent.Agent) { a.Activity = agent.Ringing }, 1, "agent.ringing"},
		{"dialing", func(a *agent.Agent) { a.Activity = agent.Dialing }, 1, "agent.dialing"},
		{"talking", func(a *agent.Agent) { a.Activity = agent.Talking }, 1, "agent.talking"},
		{"consulting", func(a *agent.Agent) { a.Activity = agent.Consulting }, 1, "agent.consulting"},
		{"conferencing", func(a *agent.Agent) { a.Activity = agent.Conferencing }, 1, "agent.conferencing"},
		{"transferring", func(a *agent.Agent) { a.Activity = agent.Transferring }, 1, "agent.transferring"},
		{"holding", func(a *agent.Agent) { a.Activity = agent.Holding }, 1, "agent.holding"},
		{"wrap-up", func(a *agent.Agent) { a.Activity = agent.WrapUp }, 0, "agent.wrapup"},
		{"no phone", func(a *agent.Agent) { a.Line = agent.Unregistered }, 0, "line.unregistered"},
		{"phone in use", func(*agent.Agent) {}, 1, "line.in_use"},
		{"other queue", func(a *agent.Agent) { a.Queues = []string{"support"} }, 0, "agent.not_in_queue"},
		{"cooling down", func(a *agent.Agent) {
			a.CoolDowns = []agent.CoolDown{{Queue: "sales", Until: 5_001, Why: "busy"}}
		}, 0, "agent.cooldown"},
		{"cooled down", func(a *agent.Agent) { a.CoolDowns = []agent.CoolDown{{Queue: "sales", Until: 5_000}} }, 0, ""},
		{"cooling down elsewhere", func(a *agent.Agent) { a.CoolDowns = []agent.CoolDown{{Queue: "support", Until: 9_000}} }, 0, ""},
	}
	for _, c := range cases {
		a := free()
		c.spoil(&a)
		fit, why := a.Fit("sales", 5_000, c.inUse)
		switch {
		case fit != (c.want == ""):
			t.Errorf("%s: fit %v, because %v", c.name, fit, why)
		case !fit && (len(why) != 1 || why[0].Code != c.want):
			t.Errorf("%s: reasons %v, want %s", c.name, why, c.want)
		case fit && (len(why) != 1 || why[0].Detail != "for 4 s"):
			t.Errorf("%s: reasons %v", c.name, why)
		}
	}
}

func TestFitGivesEveryReason(t *testing.T) {
	a := free()
	a.Session, a.Declared, a.Activity, a.Line, a.Queues = agent.LoggedOut, agent.Pause, agent.WrapUp, agent.Unregistered, nil
	if _, why := a.Fit("sales", 5_000, 0); len(why) != 5 {
		t.Errorf("%d reasons: %v", len(why), why)
	}
}

func TestCloneStandsAlone(t *testing.T) {
	a := free()
	a.CoolDowns = []agent.CoolDown{{Queue: "sales", Until: 1}}
	b := a.Clone()
	a.CoolDowns[0].Until = 2
	if b.CoolDowns[0].Until != 1 {
		t.Error("a copy changes with its original")
	}
}
