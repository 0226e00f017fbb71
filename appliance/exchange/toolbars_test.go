package exchange

import (
	"maps"
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
)

func (b *bench) declared(id string) string {
	b.t.Helper()
	a := b.s.agent(id)
	return string(a.Declared) + " " + a.Pause + "/" + a.Activity.String()
}

// TestToolbarGrace: FEATURES §2.3: unchanged for the grace, then unavailable when idle; back within it, nothing happened.
func TestToolbarGrace(t *testing.T) {
	b := newBench(t)
	before := len(told[fact.AgentChanged](b))
	b.step(AgentToolbar{Agent: "ana", Up: true})
	b.step(AgentToolbar{Agent: "ana"})
	b.wait(59_999)
	b.step(AgentToolbar{Agent: "ana", Up: true})
	b.wait(120_000)
	if n := len(told[fact.AgentChanged](b)); n != before {
		t.Fatalf("%d changes told of a toolbar that came back in time", n-before)
	}
	b.step(AgentToolbar{Agent: "ana"})
	b.wait(60_000)
	if f := lastTold[fact.AgentChanged](b); f.Declared != "unavailable" || f.Pause != "toolbar_lost" || !hasCode(f.Reasons, "agent.toolbar_lost") {
		t.Fatalf("%+v", f)
	}
	b.step(AgentToolbar{Agent: "ana", Up: true})
	if got := b.declared("ana"); got != "unavailable toolbar_lost/idle" { // the agent says when they are back
		t.Error(got)
	}
	b.step(AgentDeclare{Agent: "ana"})
	if got := b.declared("ana"); got != "available /idle" {
		t.Error(got)
	}
}

// TestToolbarLostInACall: the call goes on, and a wrap-up too; then the agent is unavailable, unless they had chosen a pause.
func TestToolbarLostInACall(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Desk.GraceMS = 1_000 })
	b.step(AgentToolbar{Agent: "ana", Up: true})
	b.talks()
	b.step(AgentToolbar{Agent: "ana"})
	b.wait(2_000)
	if got := b.declared("ana"); got != "available /talking" {
		t.Fatal(got)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if got := b.declared("ana"); got != "available /wrapup" {
		t.Fatal(got)
	}
	b.wait(5_000)
	if got := b.declared("ana"); got != "unavailable toolbar_lost/idle" {
		t.Error(got)
	}
}

func TestWhoNeverHadAToolbarIsNotTouched(t *testing.T) {
	b := newBench(t)
	b.step(AgentToolbar{Agent: "ana"})
	b.step(AgentToolbar{Agent: "zoe", Up: true})
	b.wait(120_000)
	if got := b.declared("ana"); got != "available /idle" {
		t.Error(got)
	}
}

func TestPauseOutlivesTheToolbar(t *testing.T) {
	b := newBench(t)
	b.step(AgentToolbar{Agent: "ana", Up: true})
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	b.step(AgentToolbar{Agent: "ana"})
	b.wait(120_000)
	if got := b.declared("ana"); got != "pause lunch/idle" {
		t.Error(got)
	}
}

// TestTwoToolbars: FEATURES §2.4, race 4: the last one wins, the other is told; that the first one closes then means nothing.
func TestTwoToolbars(t *testing.T) {
	b := newBench(t)
	b.step(AgentToolbar{Agent: "ana", Toolbar: "t1", Up: true})
	b.step(AgentToolbar{Agent: "ana", Toolbar: "t2", Up: true})
	if f := lastTold[fact.AgentChanged](b); f.Agent != "ana" || f.Reasons[0] != (fact.Reason{Code: "toolbar.replaced", Detail: "t1"}) {
		t.Errorf("%+v", f)
	}
	b.step(AgentToolbar{Agent: "ana", Toolbar: "t1"})
	b.wait(120_000)
	if got := b.declared("ana"); got != "available /idle" {
		t.Error(got)
	}
	b.step(AgentToolbar{Agent: "ana", Toolbar: "t2"})
	b.wait(60_000)
	if got := b.declared("ana"); got != "unavailable toolbar_lost/idle" {
		t.Error(got)
	}
}

// TestToolbarsOverARestart: connections do not outlive their process: who opens the page again in time was never away. Lock, what waits for the end of
// a call and the status come through as they were.
func TestToolbarsOverARestart(t *testing.T) {
	b := newBench(t, withSam)
	b.step(AgentToolbar{Agent: "ana", Toolbar: "t1", Up: true})
	b.step(AgentToolbar{Agent: "bob", Toolbar: "t2", Up: true})
	b.talks()
	b.wants("lock", AgentLock{1, "supervisor:sam", "ana", true, "formation"}, "")
	b.wants("force", AgentForce{1, "supervisor:sam", "ana", "meeting", ""}, "")
	text, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b.s, err = Restore(text); err != nil {
		t.Fatal(err)
	}
	b.effects, b.last = b.s.Resume(b.moment(), slices.Sorted(maps.Keys(b.s.legs)))
	b.facts = append(b.facts, b.last...)
	b.step(AgentToolbar{Agent: "ana", Toolbar: "t3", Up: true})
	b.wait(60_000)
	if got := b.declared("bob"); got != "unavailable toolbar_lost/idle" {
		t.Error(got)
	}
	a := b.s.Agents()[0]
	if a.Lock != "locked" || a.LockBy != "supervisor:sam" || a.LockNote != "formation" || a.NextPause != "meeting" || !a.Forced || a.Toolbar != "up" {
		t.Errorf("%+v", a)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if got := b.declared("ana"); got != "pause meeting/idle" {
		t.Error(got)
	}
}
