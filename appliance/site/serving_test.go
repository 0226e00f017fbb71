package site

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange"
)

// withServing is the example with a queue that uses everything.
func withServing(t *testing.T) string {
	t.Helper()
	text := example(t)
	for _, c := range [][2]string{
		{"    colour: \"\" ", "    colour: \"#c0392b\" "},
		{"    strategy: longest_available ", "    strategy: ring_all "},
		{"    members: [] ", "    members: [ana] "},
		{"    priority: 50 ", "    priority: 80 "},
		{"    ageing: 1m ", "    ageing: 30s "},
		{"    needs: [] ", "    needs: [{skill: anglais, level: 5, relax: 30s}, {skill: devis, level: 2}] "},
		{"    join_empty: [] ", "    join_empty: [paused, unavailable] "},
		{"    leave_empty: [] ", "    leave_empty: [wrap_up] "},
		{"    on_empty: \"\" ", "    on_empty: renfort "},
		{"      scope: none ", "      scope: queue "},
		{"      after: 1 ", "      after: 3 "},
		{"      pause: \"\" ", "      pause: formation "},
		{"    whisper: \"\" ", "    whisper: welcome "},
		{"      wait: 0s ", "      wait: 25s "},
		{"      days: 30 ", "      days: 7 "},
		{"    skills: [] ", "    skills: [{name: anglais, level: 7}, {name: devis, level: 2}] "},
	} {
		if strings.Count(text, "\n"+c[0]) != 1 {
			t.Fatalf("the example has no %q, or several", c[0])
		}
		text = strings.Replace(text, "\n"+c[0], "\n"+c[1], 1)
	}
	return text
}

func TestServingReachesTheBranch(t *testing.T) {
	doc, problems := Parse([]byte(withServing(t)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	q := doc.Branch().Queues[0]
	want := q
	want.Colour, want.Strategy, want.Members = "#c0392b", exchange.RingAll, []string{"ana"}
	want.Priority, want.AgeingMS, want.ServiceMS = 80, 30_000, 20_000
	want.Needs = []exchange.Need{{Skill: "anglais", Level: 5, RelaxMS: 30_000}, {Skill: "devis", Level: 2}}
	want.JoinEmpty, want.LeaveEmpty = []exchange.Hold{exchange.HeldPaused, exchange.HeldUnavailable}, []exchange.Hold{exchange.HeldWrapUp}
	want.OnEmpty, want.Whisper = "renfort", "prompt:welcome"
	want.OwnMS, want.OwnWithinMS = 25_000, 7*24*3_600_000
	want.AutoPause = exchange.AutoPause{Scope: exchange.AutoPauseQueue, After: 3, Pause: "formation"}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]exchange.Skill{{Name: "anglais", Level: 7}, {Name: "devis", Level: 2}}, doc.Branch().Agents[0].Skills); diff != "" {
		t.Error(diff)
	}
}

// Each mistake is named at its place, and at no other, with a remedy.
func TestMistakesOfServing(t *testing.T) {
	for _, c := range []struct{ from, to, path string }{
		{`colour: "#c0392b"`, `colour: rouge`, "queues[0].colour"},
		{`strategy: ring_all`, `strategy: everybody`, "queues[0].strategy"},
		{`members: [ana]`, `members: [ana, zoé]`, "queues[0].members[1]"},
		{`members: [ana]`, `members: [ben]`, "queues[0].members[0]"}, // who serves renfort only
		{`members: [ana]`, `members: [ana, ana]`, "queues[0].members[1]"},
		{`priority: 80`, `priority: 0`, "queues[0].priority"},
		{`priority: 80`, `priority: 101`, "queues[0].priority"},
		{`ageing: 30s`, `ageing: 0s`, "queues[0].ageing"},
		{`level: 5, relax`, `level: 11, relax`, "queues[0].needs[0].level"},
		{`relax: 30s`, `relax: 5ms`, "queues[0].needs[0].relax"},
		{`{skill: devis, level: 2}`, `{skill: anglais, level: 2}`, "queues[0].needs[1].skill"},
		{`{skill: devis, level: 2}`, `{skill: devis, level: 3}`, "queues[0].needs[1]"}, // nobody has it
		{`join_empty: [paused, unavailable]`, `join_empty: [paused, asleep]`, "queues[0].join_empty[1]"},
		{`leave_empty: [wrap_up]`, `leave_empty: [wrap_up, wrap_up]`, "queues[0].leave_empty[1]"},
		{`on_empty: renfort`, `on_empty: accueil`, "queues[0].on_empty"},
		{`on_empty: renfort`, `on_empty: nowhere`, "queues[0].on_empty"},
		{`scope: queue`, `scope: everywhere`, "queues[0].auto_pause.scope"},
		{`after: 3`, `after: 0`, "queues[0].auto_pause.after"},
		{`pause: formation`, `pause: nosuch`, "queues[0].auto_pause.pause"},
		{`whisper: welcome`, `whisper: nosuch`, "queues[0].whisper"},
		{`wait: 25s`, `wait: 11m`, "queues[0].own_agent.wait"},
		{`days: 7`, `days: 0`, "queues[0].own_agent.days"},
		{`days: 7`, `days: 31`, "queues[0].own_agent.days"},
		{`{name: devis, level: 2}]`, `{name: devis, level: 2}, {name: devis, level: 4}]`, "agents[0].skills[2].name"},
		{`{name: anglais, level: 7}`, `{name: anglais, level: 0}`, "agents[0].skills[0].level"},
	} {
		text := withServing(t)
		if !strings.Contains(text, c.from) {
			t.Fatalf("no %q", c.from)
		}
		_, problems := Parse([]byte(strings.Replace(text, c.from, c.to, 1)))
		if len(problems) != 1 || problems[0].Path != c.path || problems[0].Remedy == "" {
			t.Errorf("%s: %v", c.to, problems)
		}
	}
}

// A way out for callers of a queue that is never empty leads nowhere.
func TestWayOutOfAQueueThatIsNeverEmpty(t *testing.T) {
	text := strings.Replace(withServing(t), "join_empty: [paused, unavailable]", "join_empty: []", 1)
	_, problems := Parse([]byte(strings.Replace(text, "leave_empty: [wrap_up]", "leave_empty: []", 1)))
	if len(problems) != 1 || problems[0].Path != "queues[0].on_empty" {
		t.Error(problems)
	}
}

// An agent who sits at no extension answers at a number outside.
func TestAgentsOutside(t *testing.T) {
	text := strings.Replace(example(t), "    outside: \"\" ", "    outside: \"+33698765432\" ", 1)
	doc, problems := Parse([]byte(strings.Replace(text, "    extension: \"201\"\n    queues: [accueil, renfort]", "    queues: [accueil, renfort]", 1)))
	if a := doc.Branch().Agents[0]; len(problems) > 0 || a.Outside != "+33698765432" || a.Extension != "" || !a.LoggedIn {
		t.Errorf("%v %+v", problems, a)
	}
	_, problems = Parse([]byte(strings.Replace(text, "+33698765432", "0698765432", 1)))
	if len(problems) != 1 || problems[0].Path != "agents[0].outside" {
		t.Error(problems)
	}
}
