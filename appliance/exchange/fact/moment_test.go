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
