package exchange

import (
	"strings"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
)

// withSam is a branch whose supervisor sees sales, and may force.
func withSam(x *Branch) {
	x.Supervisors = []Supervisor{
		{ID: "sam", Queues: []string{"sales"}, Rights: []Right{MayForce}},
		{ID: "lou", Queues: []string{"sales"}, Rights: []Right{MayListen}},
		{ID: "max", Queues: []string{"rescue"}, Rights: []Right{MayForce}},
	}
	x.Pauses = []Pause{{ID: "lunch"}, {ID: "meeting"}, {ID: "training"}}
	x.Agents[0].Pauses = []string{"lunch"}
}

// ask does a command and gives why it was refused; nil when it was done.
func (b *bench) ask(in Input) []fact.Reason {
	b.t.Helper()
	b.step(in)
	return effect[Reply](b).Refused
}

func (b *bench) wants(what string, in Input, code string) {
	b.t.Helper()
	switch why := b.ask(in); {
	case code == "" && why != nil:
		b.t.Errorf("%s: refused: %v", what, why)
	case code != "" && !hasCode(why, code):
		b.t.Errorf("%s: %v, want %s", what, why, code)
	}
}

// talks lets ana talk with a caller.
func (b *bench) talks() {
	b.t.Helper()
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	if got := b.activity("ana"); got != "available/talking" {
		b.t.Fatal(got)
	}
}

// TestForce: FEATURES §6: at once when idle; in a call after it, shown as pending, before what the agent chose.
func TestForce(t *testing.T) {
	b := newBench(t, withSam)
	b.wants("idle", AgentForce{1, "supervisor:sam", "ana", "meeting", "à 10 h"}, "")
	if f := lastTold[fact.AgentChanged](b); f.Pause != "meeting" || f.Forced || !hasCode(f.Reasons, "agent.forced") || f.Reasons[1] != (fact.Reason{Code: "agent.note", Detail: "à 10 h"}) {
		t.Errorf("%+v", f)
	}
	b.wants("back", AgentForce{1, "supervisor:sam", "ana", "", ""}, "")
	b.talks()
	b.wants("chosen first", AgentDeclare{1, "agent:ana", "ana", "lunch"}, "")
	b.wants("in a call", AgentForce{1, "supervisor:sam", "ana", "meeting", ""}, "")
	if f := lastTold[fact.AgentChanged](b); f.Declared != "available" || f.Next != "pause" || f.NextPause != "meeting" || !f.Forced {
		t.Errorf("%+v", f)
	}
	b.wants("the agent's word comes too late", AgentDeclare{1, "agent:ana", "ana", "lunch"}, "agent.forced")
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if f := lastTold[fact.AgentChanged](b); f.Activity != "idle" || f.Pause != "meeting" || f.Next != "" || f.Forced || !hasCode(f.Reasons, "agent.forced") {
		t.Errorf("%+v", f)
	}
}

// TestForceEndsAWrapUp: whoever is forced writes nothing up any more; « prêt » neither.
func TestForceEndsAWrapUp(t *testing.T) {
	for _, in := range []Input{AgentForce{Request: 1, By: "supervisor:sam", Agent: "ana"}, AgentDeclare{Request: 1, By: "agent:ana", Agent: "ana"}} {
		b := newBench(t, withSam)
		b.talks()
		b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
		if got := b.activity("ana"); got != "available/wrapup" {
			t.Fatal(got)
		}
		b.wants("ready", in, "")
		if got := b.activity("ana"); got != "available/idle" {
			t.Error(got)
		}
	}
}

func TestWhoMayForceWhatUponWhom(t *testing.T) {
	b := newBench(t, withSam)
	for _, c := range []struct {
		name string
		in   Input
		code string
	}{
		{"no such agent", AgentForce{Request: 1, By: "supervisor:sam", Agent: "zoe"}, "agent.unknown"},
		{"no such supervisor", AgentForce{Request: 1, By: "supervisor:eve", Agent: "ana"}, "supervisor.unknown"},
		{"without the right", AgentForce{Request: 1, By: "supervisor:lou", Agent: "ana"}, "rights.missing"},
		{"of another queue", AgentLock{Request: 1, By: "supervisor:max", Agent: "ana", On: true}, "rights.other_agent"},
		{"a colleague", AgentForce{Request: 1, By: "agent:bob", Agent: "ana"}, "rights.no_supervisor"},
		{"a colleague's status", AgentDeclare{Request: 1, By: "agent:bob", Agent: "ana"}, "rights.no_supervisor"},
		{"oneself", AgentLock{Request: 1, By: "agent:ana", Agent: "ana", On: true}, "rights.no_supervisor"},
		{"no such pause", AgentForce{Request: 1, By: "supervisor:sam", Agent: "ana", Pause: "golf"}, "pause.unknown"},
		{"a pause not the agent's own", AgentDeclare{Request: 1, By: "agent:ana", Agent: "ana", Pause: "meeting"}, "pause.not_allowed"},
		{"forced into it", AgentForce{Request: 1, By: "supervisor:sam", Agent: "ana", Pause: "meeting"}, ""},
		{"a note with a bell in it", AgentForce{Request: 1, By: "supervisor:sam", Agent: "ana", Note: "a\ab"}, "note.unreadable"},
		{"nothing to unlock", AgentLock{Request: 1, By: "supervisor:sam", Agent: "ana"}, "agent.not_locked"},
		{"log-out by a stranger", AgentLogOut{Request: 1, By: "supervisor:lou", Agent: "ana"}, "rights.missing"},
		{"log-out", AgentLogOut{Request: 1, By: "supervisor:sam", Agent: "ana"}, ""},
		{"of who is away", AgentForce{Request: 1, By: "supervisor:sam", Agent: "ana"}, "agent.logged_out"},
		{"console", AgentForce{Request: 1, By: "console", Agent: "bob", Pause: "lunch"}, ""},
	} {
		b.wants(c.name, c.in, c.code)
	}
}

// TestLock: FEATURES §6 and the guide's padlock: the status stays whatever the agent, the wrap-up and the toolbar want; it survives a new log-in.
func TestLock(t *testing.T) {
	b := newBench(t, withSam)
	b.talks()
	b.wants("chosen before", AgentDeclare{1, "agent:ana", "ana", "lunch"}, "")
	b.wants("lock", AgentLock{1, "supervisor:sam", "ana", true, "formation"}, "")
	if f := lastTold[fact.AgentChanged](b); f.Lock != "locked" || f.LockBy != "supervisor:sam" || f.LockNote != "formation" || f.Next != "" {
		t.Errorf("%+v", f)
	}
	b.wants("in a call", AgentDeclare{1, "agent:ana", "ana", "lunch"}, "agent.locked")
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if got := b.activity("ana"); got != "available/idle" { // no wrap-up, no PPA
		t.Error(got)
	}
	b.wants("after it", AgentDeclare{1, "agent:ana", "ana", "lunch"}, "agent.locked")
	b.wants("log-out", AgentLogOut{1, "agent:ana", "ana"}, "")
	b.wants("log-in", AgentLogIn{Request: 1, By: "agent:ana", Agent: "ana"}, "")
	if f := lastTold[fact.AgentChanged](b); f.Lock != "locked" || f.Declared != "available" {
		t.Errorf("%+v", f)
	}
	b.wants("a supervisor", AgentForce{1, "supervisor:sam", "ana", "training", ""}, "")
	if f := lastTold[fact.AgentChanged](b); f.Lock != "locked" || f.Pause != "training" {
		t.Errorf("%+v", f)
	}
	b.wants("unlock", AgentLock{1, "supervisor:sam", "ana", false, ""}, "")
	b.wants("free again", AgentDeclare{1, "agent:ana", "ana", ""}, "")
	if f := lastTold[fact.AgentChanged](b); f.Lock != "" || f.LockBy != "" || f.LockNote != "" || f.Declared != "available" {
		t.Errorf("%+v", f)
	}
}

// TestLockEndsAWrapUp: a lock goes before the wrap-up, also one that runs.
func TestLockEndsAWrapUp(t *testing.T) {
	b := newBench(t, withSam)
	b.talks()
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.wants("lock", AgentLock{1, "supervisor:sam", "ana", true, ""}, "")
	if got := b.activity("ana"); got != "available/idle" {
		t.Error(got)
	}
}

// TestLockOfNoStatus: the box's own word is not a status somebody can be locked in.
func TestLockOfNoStatus(t *testing.T) {
	b := newBench(t, withSam)
	b.step(AgentLogOut{Agent: "ana"})
	b.step(AgentLogIn{Agent: "ana"})
	b.wants("lock", AgentLock{1, "supervisor:sam", "ana", true, ""}, "agent.unavailable")
}

// TestRaceLockedAndUnplugged: FEATURES §2.4, race 5.
func TestRaceLockedAndUnplugged(t *testing.T) {
	b := newBench(t, withSam)
	b.wants("lock", AgentLock{1, "supervisor:sam", "ana", true, ""}, "")
	b.step(PhoneReachable{Extension: "201"})
	b.queued("i1")
	if o := lastTold[fact.OfferMade](b); o.Agent != "bob" {
		t.Errorf("%+v", o)
	}
}

// TestLogInStatus: FEATURES §2.3: unavailable until the agent picks a status; or at once the one they ask for, or the last.
func TestLogInStatus(t *testing.T) {
	for _, c := range []struct {
		in   AgentLogIn
		want agent.Status
		code string
	}{
		{AgentLogIn{}, agent.Status{Declared: agent.Unavailable, Pause: "log_in"}, ""},
		{AgentLogIn{Status: StatusAvailable}, agent.Status{Declared: agent.Available}, ""},
		{AgentLogIn{Status: StatusPause, Pause: "lunch"}, agent.Status{Declared: agent.Pause, Pause: "lunch"}, ""},
		{AgentLogIn{Status: StatusPause, Pause: "golf"}, agent.Status{}, "pause.unknown"},
		{AgentLogIn{Status: StatusLast}, agent.Status{Declared: agent.Pause, Pause: "lunch"}, ""},
	} {
		b := newBench(t, withSam)
		b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
		b.step(AgentLogOut{Agent: "ana"})
		c.in.Agent, c.in.Request = "ana", 1
		b.wants(string(c.in.Status), c.in, c.code)
		a := b.s.agent("ana")
		if got := (agent.Status{Declared: a.Declared, Pause: a.Pause}); c.code == "" && got != c.want {
			t.Errorf("%+v: %v", c.in, got)
		}
	}
	b := newBench(t)
	b.step(AgentLogOut{Agent: "ana"})
	b.step(AgentLogIn{Agent: "ana"})
	b.step(AgentLogOut{Agent: "ana"})
	b.wants("last", AgentLogIn{Request: 1, Agent: "ana", Status: StatusLast}, "")
	if got := b.activity("ana"); got != "available/idle" { // what came before "unavailable"
		t.Error(got)
	}
}

// TestMessage: FEATURES §6: a word to an agent, bounded.
func TestMessage(t *testing.T) {
	b := newBench(t, withSam)
	word := func(text string) AgentMessage { return AgentMessage{1, "supervisor:sam", "ana", text} }
	b.wants("said", word("Ana, ligne 2 ✓"), "")
	if f := lastTold[fact.AgentMessaged](b); f != (fact.AgentMessaged{Agent: "ana", By: "supervisor:sam", Text: "Ana, ligne 2 ✓"}) {
		t.Errorf("%+v", f)
	}
	b.wants("just short enough", word(strings.Repeat("é", 500)), "")
	b.wants("too long", word(strings.Repeat("é", 501)), "message.unreadable")
	b.wants("empty", word(" "), "message.empty")
	b.wants("escape sequences", word("\x1b[2J"), "message.unreadable")
	b.wants("no text at all", word("\xff"), "message.unreadable")
	b.step(AgentLogOut{Agent: "ana"})
	b.wants("to nobody there", word("?"), "agent.logged_out")
}

// TestPauseOfAnyName: where the branch lists no reasons any short one will do, and none that could not be shown.
func TestPauseOfAnyName(t *testing.T) {
	b := newBench(t)
	b.wants("any", AgentDeclare{1, "agent:ana", "ana", "déjeuner"}, "")
	b.wants("long", AgentDeclare{1, "agent:ana", "ana", strings.Repeat("x", 41)}, "pause.unknown")
	b.wants("control", AgentDeclare{1, "agent:ana", "ana", "a\nb"}, "pause.unknown")
}
