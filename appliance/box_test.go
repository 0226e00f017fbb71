package appliance

import (
	"log/slog"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/journal"
)

// A story is told from its beginning or not at all, with its own facts and the quality of its own legs.
func TestStoryIsWholeOrAbsent(t *testing.T) {
	j, err := journal.Open(t.Context(), t.TempDir(), "box", fact.Moment{}, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &box{&core{journal: j, log: slog.New(slog.DiscardHandler)}}
	at := func(ms int64, facts ...fact.Fact) fact.Address {
		return j.Append(fact.Moment{UTC: ms, Boot: ms}, facts...)
	}
	at(1000, fact.CallOpened{Call: "a", Leg: "i1", Flow: "inbound", Trunk: "t"}, fact.LegOpened{Call: "a", Leg: "i1", Way: "in"})
	middle := at(1500, fact.CallOpened{Call: "b", Leg: "i2", Flow: "inbound", Trunk: "t"}, fact.LegOpened{Call: "b", Leg: "i2", Way: "in"})
	at(3000, fact.CallEnded{Call: "a", Outcome: fact.CallAbandoned}, fact.LegQuality{Leg: "i1", Codec: "PCMA"}, fact.LegQuality{Leg: "i2"})
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	tr, legs, err := b.story(t.Context(), "a", fact.Address{})
	if err != nil || len(tr.Story) != 3 || tr.Story[2].MS != 2000 || len(legs) != 1 || len(tr.Quality) != 1 || !strings.Contains(tr.Quality[0], "PCMA") {
		t.Fatalf("%+v, %v, %v", tr, legs, err)
	}
	tr, _, err = b.story(t.Context(), "a", middle)
	if err != nil || len(tr.Story) != 0 {
		t.Fatalf("half a story was told: %+v, %v", tr.Story, err)
	}
}
