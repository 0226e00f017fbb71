package call_test

import (
	"testing"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
)

func legs(states ...call.LegState) []call.Leg {
	out := []call.Leg{{ID: "i1", Way: call.In, State: states[0]}}
	if len(states) > 1 {
		out = append(out, call.Leg{ID: "a1", Way: call.Out, State: states[1]})
	}
	return out
}

func hear(leg plan.LegID, from plan.LegID, sound plan.Sound) plan.Hearing {
	h := plan.Hearing{Leg: leg, Sound: sound}
	if from != "" {
		h.From = []plan.LegID{from}
	}
	return h
}

func TestHearing(t *testing.T) {
	both := []plan.LegID{"i1", "a1"}
	cases := []struct {
		name string
		c    call.Call
		want []plan.Hearing // sorted by leg: a1 before i1
	}{
		{"before the welcome", call.Call{Phase: call.Accepting, Legs: legs(call.Answering)}, []plan.Hearing{hear("i1", "", "")}},
		{"welcome", call.Call{Phase: call.Announcing, Legs: legs(call.Up), Music: "m"}, []plan.Hearing{hear("i1", "", "")}},
		{"queue", call.Call{Phase: call.Queued, Legs: legs(call.Up, call.Ringing), Music: "m"}, []plan.Hearing{hear("i1", "", "m")}},
		{"the far end rings", call.Call{Phase: call.Dialling, Legs: legs(call.Progressing, call.Ringing)}, nil},
		{"the far end sends its own sound", call.Call{Phase: call.Dialling, Legs: legs(call.Progressing, call.Early)}, []plan.Hearing{hear("a1", "i1", ""), hear("i1", "a1", "")}},
		{"rings for an answered caller", call.Call{Phase: call.Dialling, Legs: legs(call.Up, call.Placed)}, []plan.Hearing{hear("i1", "", plan.ToneRingback)}},
		{"talk", call.Call{Phase: call.Talking, Bridged: both, Legs: legs(call.Up, call.Up), Music: "m"}, []plan.Hearing{hear("a1", "i1", ""), hear("i1", "a1", "")}},
		{"called party holds", call.Call{Phase: call.Talking, Bridged: both, Legs: legs(call.Up, call.Held), Music: "m"}, []plan.Hearing{hear("a1", "", ""), hear("i1", "", "m")}},
		{"both hold", call.Call{Phase: call.Talking, Bridged: both, Legs: legs(call.Held, call.Held), Music: "m"}, []plan.Hearing{hear("a1", "", ""), hear("i1", "", "")}},
		{"turned away", call.Call{Phase: call.Dismissing, Legs: legs(call.Up, call.Ending)}, []plan.Hearing{hear("i1", "", plan.ToneBusy)}},
		{"over", call.Call{Phase: call.Closing, Legs: legs(call.Up, call.Up), Bridged: both}, nil},
		{"caller gone", call.Call{Phase: call.Queued, Music: "m"}, nil},
	}
	for _, c := range cases {
		if got := c.c.Hearing(); !call.SameHearing(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestSameHearing(t *testing.T) {
	a := []plan.Hearing{hear("i1", "a1", "")}
	for _, b := range [][]plan.Hearing{nil, {hear("i2", "a1", "")}, {hear("i1", "a2", "")}, {hear("i1", "", "")}, {hear("i1", "a1", "m")}} {
		if call.SameHearing(a, b) {
			t.Errorf("%+v is taken for %+v", b, a)
		}
	}
}

func TestCloneStandsAlone(t *testing.T) {
	c := call.Call{Legs: legs(call.Up), Timers: []call.Timer{{ID: 1}}}
	d := c.Clone()
	c.Legs[0].State, c.Timers[0].ID = call.Gone, 2
	if d.Legs[0].State != call.Up || d.Timers[0].ID != 1 {
		t.Error("a copy changes with its original")
	}
}

func TestOutsideLegIsAnswered(t *testing.T) {
	c := call.Call{Legs: []call.Leg{{ID: "o1", Way: call.Out, State: call.Ringing, Trunk: "carrier"}, {ID: "o2", Way: call.Out, State: call.Up, Trunk: "backup"}}}
	if l := c.OutsideLeg(); l == nil || l.ID != "o2" {
		t.Errorf("%+v", l)
	}
}
