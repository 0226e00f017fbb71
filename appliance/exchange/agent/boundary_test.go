package agent_test

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
)

// TestOutsideOfTheTables: what is no state or no event of a table changes nothing, every cell within says something else, and what is ignored stays.
func TestOutsideOfTheTables(t *testing.T) {
	for a := range agent.WrapUp + 2 {
		for e := range agent.Healed + 2 {
			m := agent.Step(a, e)
			within := a >= agent.Idle && a <= agent.WrapUp && e >= agent.Chosen && e <= agent.Healed
			if (m.Ignore == "no such activity or event") == within || m.Ignore != "" && m.Next != a || m.Ignore == "" && (m.Next < agent.Idle || m.Next > agent.WrapUp) {
				t.Errorf("(%s, %s): %+v", a, e, m)
			}
		}
	}
	for s := range agent.BusyLocked + 2 {
		for w := range agent.ToolbarMissed + 2 {
			answer := agent.Weigh(s, w)
			within := s >= agent.Away && s <= agent.BusyLocked && w >= agent.AgentChooses && w <= agent.ToolbarMissed
			if (answer.Ignore == "no such standing or wish") == within || (answer.Ignore == "") == (answer.Deed == 0) || (answer.Why != "") != (answer.Deed == agent.Refused) {
				t.Errorf("(%s, %s): %+v", s, w, answer)
			}
		}
	}
	for b := range agent.ToolbarGone + 2 {
		for e := range agent.BarSession + 2 {
			m := agent.StepToolbar(b, e)
			within := b <= agent.ToolbarGone && e >= agent.BarCame && e <= agent.BarSession
			if (m.Ignore == "no such toolbar or event") == within || m.Ignore != "" && (m.Next != b || m.Do != 0) || m.Ignore == "" && (m.Next > agent.ToolbarGone || m.Do == 0) {
				t.Errorf("(%s, %s): %+v", b, e, m)
			}
		}
	}
}

// TestNamesOfWhatIsNot: each of a closed set has its own name, and what is not in it none.
func TestNamesOfWhatIsNot(t *testing.T) {
	names := map[string]bool{}
	for s := range agent.BusyLocked + 2 {
		if known := s >= agent.Away && s <= agent.BusyLocked; (s.String() == "unknown") == known || known && names[s.String()] {
			t.Errorf("standing %d is %s", s, s)
		}
		names[s.String()] = true
	}
	for b := range agent.ToolbarGone + 2 {
		if (b.String() == "unknown") == (b <= agent.ToolbarGone) {
			t.Errorf("toolbar %d is %s", b, b)
		}
	}
	if agent.NoToolbar.String() != "none" || agent.ToolbarGone.String() != "gone" || agent.Away.String() != "away" || agent.BarStartGrace.String() != "start the grace" {
		t.Error("names are taken for their neighbours'")
	}
}

// TestWhatAnActivityIs: who is tied to a call, and who has been speaking in it.
func TestWhatAnActivityIs(t *testing.T) {
	speaks := []agent.Activity{agent.Talking, agent.Holding, agent.Consulting, agent.Conferencing, agent.Transferring}
	for _, a := range agent.Activities() {
		if a.Talks() != slices.Contains(speaks, a) {
			t.Errorf("%s talks: %v", a, a.Talks())
		}
		if a.Busy() != (a != agent.Idle && a != agent.WrapUp) {
			t.Errorf("%s is busy: %v", a, a.Busy())
		}
	}
}

// TestLastStatus: what an agent declared before the box made them unavailable; available when there was nothing.
func TestLastStatus(t *testing.T) {
	lunch := agent.Status{Declared: agent.Pause, Pause: "lunch"}
	for _, c := range []struct{ now, before, want agent.Status }{
		{lunch, agent.Status{}, lunch},
		{lunch, agent.Status{Declared: agent.Available}, lunch},
		{agent.Status{Declared: agent.Unavailable, Pause: agent.WhyLogIn}, lunch, lunch},
		{agent.Status{Declared: agent.Unavailable, Pause: agent.WhyToolbarLost}, agent.Status{}, agent.Status{Declared: agent.Available}},
		{agent.Status{}, lunch, agent.Status{Declared: agent.Available}},
	} {
		a := agent.Agent{Declared: c.now.Declared, Pause: c.now.Pause, Before: c.before}
		if got := a.Last(); got != c.want {
			t.Errorf("%+v after %+v: %+v, want %+v", c.now, c.before, got, c.want)
		}
	}
}

// TestWhyOfEachQueue: the half of the judgement that concerns one queue, with every detail.
func TestWhyOfEachQueue(t *testing.T) {
	reason := func(code, detail string) fact.Reason { return fact.Reason{Code: code, Detail: detail} }
	skilled := []agent.Skill{{Name: "german", Level: 3}, {Name: "sales", Level: 7}}
	for _, c := range []struct {
		name  string
		spoil func(*agent.Agent)
		ask   agent.Ask
		no    agent.Unfit
		why   []fact.Reason
	}{
		{"fit", nil, agent.Ask{}, 0, []fact.Reason{reason("agent.available", "for 12 s")}},
		{"exactly skilled", nil, agent.Ask{Needs: []agent.Skill{{Name: "german", Level: 3}, {Name: "sales", Level: 7}}}, 0, []fact.Reason{reason("agent.available", "for 12 s")}},
		{"a level less", nil, agent.Ask{Needs: []agent.Skill{{Name: "german", Level: 4}, {Name: "sales", Level: 7}}}, agent.IsUnskilled, []fact.Reason{reason("agent.skill", "german 3 of 4")}},
		{"two less", nil, agent.Ask{Needs: []agent.Skill{{Name: "sales", Level: 8}, {Name: "french", Level: 1}}}, agent.IsUnskilled, []fact.Reason{reason("agent.skill", "sales 7 of 8"), reason("agent.skill", "french 0 of 1")}},
		{"paused here", func(a *agent.Agent) {
			a.PausedIn = []agent.QueuePause{{Queue: "support", Pause: "x"}, {Queue: "sales", Pause: "missed"}}
		}, agent.Ask{}, agent.IsPausedHere, []fact.Reason{reason("agent.paused_in_queue", "missed")}},
		{"paused elsewhere", func(a *agent.Agent) { a.PausedIn = []agent.QueuePause{{Queue: "support", Pause: "x"}} }, agent.Ask{}, 0, []fact.Reason{reason("agent.available", "for 12 s")}},
		{"no member", func(a *agent.Agent) { a.Queues = nil }, agent.Ask{}, agent.IsAbsent, []fact.Reason{reason("agent.not_in_queue", "sales")}},
		{"no member, asked for", func(a *agent.Agent) { a.Queues, a.PausedIn = nil, []agent.QueuePause{{Queue: "sales"}} }, agent.Ask{Named: true, Needs: []agent.Skill{{Name: "french", Level: 9}}}, 0, []fact.Reason{reason("agent.available", "for 12 s")}},
		{"cools down, asked for", func(a *agent.Agent) { a.CoolDowns = []agent.CoolDown{{Queue: "sales", Until: 20_000, Why: "busy"}} }, agent.Ask{Named: true}, agent.IsCooling, []fact.Reason{reason("agent.cooldown", "busy")}},
		{
			"everything", func(a *agent.Agent) {
				a.Session, a.Declared, a.Pause, a.Activity, a.Call, a.Line = agent.LoggedOut, agent.Unavailable, agent.WhyLogIn, agent.Talking, "c7", agent.DoNotDisturb
				a.Queues, a.PausedIn = nil, []agent.QueuePause{{Queue: "sales", Pause: "missed"}}
				a.CoolDowns = []agent.CoolDown{{Queue: "support", Until: 90_000, Why: "x"}, {Queue: "sales", Until: 20_000, Why: "declined"}}
			},
			agent.Ask{Needs: []agent.Skill{{Name: "french", Level: 2}}},
			agent.IsLoggedOut | agent.IsPaused | agent.IsBusy | agent.IsUnregistered | agent.IsCooling | agent.IsAbsent | agent.IsPausedHere | agent.IsUnskilled,
			[]fact.Reason{
				reason("agent.logged_out", ""), reason("agent.unavailable", agent.WhyLogIn), reason("agent.talking", "c7"), reason("line.dnd", "201"), reason("agent.cooldown", "declined"),
				reason("agent.not_in_queue", "sales"), reason("agent.paused_in_queue", "missed"), reason("agent.skill", "french 0 of 2"),
			},
		},
	} {
		a := free()
		a.Skills = skilled
		if c.spoil != nil {
			c.spoil(&a)
		}
		c.ask.Queue = "sales"
		no := a.Judge(c.ask, 13_000, 0)
		if no != c.no {
			t.Errorf("%s: %b, want %b", c.name, no, c.no)
		}
		if got := a.Why(nil, no, c.ask, 13_000); !slices.Equal(got, c.why) {
			t.Errorf("%s: %v, want %v", c.name, got, c.why)
		}
	}
	a := free()
	// Of the exchange's own: no line leads outside; and of nobody's: no word.
	if got := a.Why([]fact.Reason{reason("x", "")}, agent.IsInUse|agent.IsCutOff|agent.IsCutOff<<1, agent.Ask{}, 0); !slices.Equal(got, []fact.Reason{reason("x", ""), reason("line.in_use", "201"), reason("line.none_outside", "")}) {
		t.Errorf("%v", got)
	}
	if got := a.Why(nil, 0, agent.Ask{}, 500); !slices.Equal(got, []fact.Reason{reason("agent.available", "for 0 s")}) {
		t.Errorf("available from a later moment on: %v", got)
	}
}

// TestWhereAnAgentAnswers: outside is who has a number there and sits at no extension.
func TestWhereAnAgentAnswers(t *testing.T) {
	for _, c := range []struct {
		outside, extension string
		want               bool
	}{{"", "", false}, {"", "201", false}, {"+33612345678", "201", false}, {"+33612345678", "", true}} {
		a := agent.Agent{Outside: c.outside, Extension: c.extension}
		if a.Away() != c.want {
			t.Errorf("%+v: %v", c, a.Away())
		}
	}
}

// TestCopyOfPauses: a copy keeps what its original had, whichever list changes.
func TestCopyOfPauses(t *testing.T) {
	a := free()
	a.PausedIn = []agent.QueuePause{{Queue: "sales", Pause: "missed"}}
	b := a.Clone()
	a.PausedIn[0].Pause = "lunch"
	if p := b.PausedHere("sales"); p == nil || p.Pause != "missed" || b.PausedHere("support") != nil {
		t.Errorf("%+v", b.PausedIn)
	}
	if c := b.CoolDown("sales"); c != nil {
		t.Errorf("%+v", c)
	}
}
