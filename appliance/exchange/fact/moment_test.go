package fact_test

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

func TestMomentAddsToBothClocks(t *testing.T) {
	if m := (fact.Moment{UTC: 1_000, Boot: 10}).Add(5); m != (fact.Moment{UTC: 1_005, Boot: 15}) {
		t.Errorf("%+v", m)
	}
}

// A duration is of the clock that never jumps, whatever became of the other.
func TestMomentSince(t *testing.T) {
	if ms := (fact.Moment{UTC: 1, Boot: 100}).Since(fact.Moment{UTC: 9_000, Boot: 30}); ms != 70 {
		t.Errorf("%d ms", ms)
	}
}
