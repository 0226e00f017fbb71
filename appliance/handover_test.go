package appliance

import (
	"testing"

	"autocom/appliance/exchange"

	"github.com/google/go-cmp/cmp"
)

// Before a planned restart only those are turned away who were not answered and could not be handed over.
func TestTurnAwayEndsOnlyCallsNobodyAnswered(t *testing.T) {
	leg := func(way, state string) exchange.LegView { return exchange.LegView{Way: way, State: state} }
	calls := []exchange.CallView{
		{ID: "offered", Legs: []exchange.LegView{leg("in", "offered")}},
		{ID: "rings", Legs: []exchange.LegView{leg("in", "progressing"), leg("out", "ringing")}},
		{ID: "waits", Legs: []exchange.LegView{leg("in", "up"), leg("out", "ringing")}},
		{ID: "answering", Legs: []exchange.LegView{leg("in", "answering")}},
		{ID: "talks", Legs: []exchange.LegView{leg("in", "up"), leg("out", "held")}},
		{ID: "placed", Legs: []exchange.LegView{leg("out", "ringing")}},
	}
	want := []exchange.Input{exchange.CallHangUp{By: "box", Call: "offered"}, exchange.CallHangUp{By: "box", Call: "rings"}}
	if diff := cmp.Diff(want, TurnAway(calls)); diff != "" {
		t.Error(diff)
	}
}
