package exchange

import (
	"testing"

	"autocom/appliance/exchange/agent"
)

// A colleague calls an agent who writes up a call: it is theirs once they talk, and the rest of the time follows. What they choose meanwhile goes before
// it (FEATURES §2.3: precedence), and who lifts when the time is over already has none left.
func TestAColleagueBreaksTheWrapUpOff(t *testing.T) {
	for name, c := range map[string]struct {
		lifts int64 // ms after the wrap-up began, of 5 s
		meant AgentDeclare
		after string
	}{
		"the rest follows":    {2_000, AgentDeclare{}, "available/wrapup"},
		"a choice goes first": {2_000, AgentDeclare{By: "agent:ana", Agent: "ana", Pause: "lunch"}, "pause/idle"},
		"it was over":         {6_000, AgentDeclare{}, "available/idle"},
	} {
		b := newBench(t)
		b.queued("i1")
		b.step(LegAnswered{Leg: effect[Ring](b).Leg})
		b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
		for _, l := range b.s.order[0].Legs {
			b.step(LegEnded{Leg: l.ID, Cause: EndedByBox})
		}
		if b.activity("ana") != "available/wrapup" {
			t.Fatal(b.activity("ana"))
		}
		b.fromExtension("i2", "203", "201")
		leg := ringOf(b).Leg
		b.wait(c.lifts)
		b.step(LegAnswered{Leg: leg})
		if a := b.s.agent("ana"); a.Activity != agent.Talking || a.Call == "" || a.Leg != leg {
			t.Fatalf("%s: %+v", name, a)
		}
		b.wait(30_000)
		if c.meant.Agent != "" {
			b.step(c.meant)
		}
		b.restarted("i2", leg)
		b.step(LegEnded{Leg: "i2", Cause: EndedByPeer})
		b.step(LegEnded{Leg: leg, Cause: EndedByBox})
		if b.activity("ana") != c.after {
			t.Fatalf("%s: %s", name, b.activity("ana"))
		}
		if c.after == "available/wrapup" {
			if b.wait(2_900); b.activity("ana") != c.after {
				t.Errorf("%s: the rest was cut short", name)
			}
			if b.wait(200); b.activity("ana") != "available/idle" {
				t.Errorf("%s: %s after 3.1 s", name, b.activity("ana"))
			}
		}
		if bad := b.s.Audit(); len(bad) > 0 {
			t.Errorf("%s: %v", name, bad)
		}
	}
}
