package agent_test

import (
	"strings"
	"testing"

	"autocom/appliance/exchange/agent"
)

// TestAfter holds the order of FEATURES §2.3: forced status > lock > PPA > auto-pause > wrap-up > previous status. Each case takes away what
// decided the one before it.
func TestAfter(t *testing.T) {
	type next = agent.Next
	available := agent.Status{Declared: agent.Available}
	pause := func(why string) agent.Status { return agent.Status{Declared: agent.Pause, Pause: why} }
	lost := agent.Status{Declared: agent.Unavailable, Pause: agent.WhyToolbarLost}
	for _, c := range []struct {
		name    string
		next    next
		lock    agent.Lock
		session agent.Session
		toolbar agent.Toolbar
		wrapUp  bool
		want    agent.Status
		rule    agent.Rule
	}{
		{"forced, over all", next{agent.Pause, "meeting", agent.BySupervisor}, agent.Locked, agent.LoggedIn, agent.ToolbarDue, true, pause("meeting"), agent.RuleForced},
		{"forced available without a toolbar", next{agent.Available, "", agent.BySupervisor}, "", agent.LoggedIn, agent.ToolbarDue, true, available, agent.RuleForced},
		{"locked, over a choice", next{agent.Pause, "lunch", agent.ByAgent}, agent.Locked, agent.LoggedIn, agent.ToolbarDue, true, available, agent.RuleLocked},
		{"chosen, over the wrap-up", next{agent.Pause, "lunch", agent.ByAgent}, "", agent.LoggedIn, agent.ToolbarDue, true, pause("lunch"), agent.RuleChosen},
		{"chosen available without a toolbar", next{agent.Available, "", agent.ByAgent}, "", agent.LoggedIn, agent.ToolbarDue, true, lost, agent.RuleToolbarLost},
		{"auto-pause, over the wrap-up", next{agent.Pause, "missed", agent.ByAutoPause}, "", agent.LoggedIn, agent.ToolbarUp, true, pause("missed"), agent.RuleAutoPause},
		{"wrap-up, over the toolbar", next{}, "", agent.LoggedIn, agent.ToolbarDue, true, available, agent.RuleWrapUp},
		{"the toolbar", next{}, "", agent.LoggedIn, agent.ToolbarDue, false, lost, agent.RuleToolbarLost},
		{"the toolbar within its grace", next{}, "", agent.LoggedIn, agent.ToolbarLost, false, available, agent.RulePrevious},
		{"no wrap-up for who logged out", next{}, "", agent.LoggedOut, agent.NoToolbar, true, available, agent.RulePrevious},
		{"as before", next{}, "", agent.LoggedIn, agent.ToolbarUp, false, available, agent.RulePrevious},
	} {
		a := free()
		a.Activity, a.Next, a.Lock, a.Session, a.Toolbar = agent.Talking, c.next, c.lock, c.session, c.toolbar
		if got, rule := a.After(c.wrapUp); got != c.want || rule != c.rule {
			t.Errorf("%s: %v by %q, want %v by %q", c.name, got, rule, c.want, c.rule)
		}
	}
}

// TestWhoseWordWaits: what waits for the end of a call gives way to the same author's later word, and to a greater one's.
func TestWhoseWordWaits(t *testing.T) {
	order := []agent.Author{agent.ByAutoPause, agent.ByAgent, agent.BySupervisor}
	for i, was := range order {
		for j, now := range order {
			n := agent.Next{Declared: agent.Pause, By: was}
			if n.Yields(now) != (j >= i) {
				t.Errorf("a word of %d gives way to one of %d: %v", was, now, n.Yields(now))
			}
		}
	}
	if !(agent.Next{}).Yields(agent.ByAutoPause) {
		t.Error("nothing waits, and it does not give way")
	}
}

// TestStanding: of the five dimensions, those that decide what becomes of a wish.
func TestStanding(t *testing.T) {
	for _, c := range []struct {
		session  agent.Session
		activity agent.Activity
		lock     agent.Lock
		want     agent.Standing
	}{
		{agent.LoggedOut, agent.Idle, "", agent.Away},
		{agent.LoggedOut, agent.Talking, "", agent.Away},
		{agent.Leaving, agent.Talking, agent.Locked, agent.AwayLocked},
		{agent.LoggedIn, agent.Idle, "", agent.Free},
		{agent.LoggedIn, agent.WrapUp, "", agent.WritingUp},
		{agent.LoggedIn, agent.Reserved, "", agent.Busy},
		{agent.LoggedIn, agent.Transferring, "", agent.Busy},
		{agent.LoggedIn, agent.Idle, agent.Locked, agent.FreeLocked},
		{agent.LoggedIn, agent.Conferencing, agent.Locked, agent.BusyLocked},
	} {
		a := agent.Agent{Session: c.session, Activity: c.activity, Lock: c.lock}
		if got := a.Standing(); got != c.want {
			t.Errorf("%s, %s, %q stands %s, want %s", c.session, c.activity, c.lock, got, c.want)
		}
	}
}

// TestLineOf: what is not there is not busy, and who is not to be disturbed is not asked whether the phone is.
func TestLineOf(t *testing.T) {
	for _, c := range []struct {
		reachable, dnd, off bool
		want                agent.Line
		code                string
	}{
		{true, false, false, agent.Registered, ""},
		{false, true, true, agent.Unregistered, "line.unregistered"},
		{true, true, true, agent.DoNotDisturb, "line.dnd"},
		{true, false, true, agent.OffPlatform, "line.off_platform_busy"},
	} {
		got := agent.LineOf(c.reachable, c.dnd, c.off)
		if got != c.want || got.Reason() != c.code {
			t.Errorf("%+v: %s because %s", c, got, got.Reason())
		}
		a := free()
		a.Line = got
		if fit, why := a.Fit("sales", 5_000, 0); fit != (c.code == "") || !fit && why[0].Code != c.code {
			t.Errorf("%s: fit %v because %v", got, fit, why)
		}
	}
}

// TestAgentAudit breaks each promise about one agent alone.
func TestAgentAudit(t *testing.T) {
	for name, harm := range map[string]func(a *agent.Agent){
		"locked in unavailable":   func(a *agent.Agent) { a.Lock, a.Declared, a.Pause = agent.Locked, agent.Unavailable, agent.WhyLogIn },
		"locked, and writes up":   func(a *agent.Agent) { a.Lock, a.Activity = agent.Locked, agent.WrapUp },
		"by no supervisor's word": func(a *agent.Agent) { a.Lock, a.Activity, a.Next.Declared = agent.Locked, agent.Talking, agent.Pause },
		"not locked, by":          func(a *agent.Agent) { a.LockBy = "supervisor:sam" },
		"waits for the end":       func(a *agent.Agent) { a.Next.Declared = agent.Pause },
		"for the reason":          func(a *agent.Agent) { a.Pause = "lunch" },
		"for no reason":           func(a *agent.Agent) { a.Declared = agent.Unavailable },
		"with grace timer":        func(a *agent.Agent) { a.Grace = 7 },
		"is awaited":              func(a *agent.Agent) { a.Toolbar = agent.ToolbarDue },
		"busy elsewhere":          func(a *agent.Agent) { a.Off = 7 },
	} {
		a := free()
		if bad := a.Audit(); len(bad) > 0 {
			t.Fatal(bad)
		}
		harm(&a)
		if bad := a.Audit(); len(bad) != 1 || !strings.Contains(bad[0], name) {
			t.Errorf("want one complaint of %q, got %q", name, bad)
		}
	}
}
