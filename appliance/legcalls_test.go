package appliance

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/fact"
)

func TestHowALegSoundedIsToldOfItsCall(t *testing.T) {
	var l legCalls
	l.learn([]fact.Fact{fact.CallOpened{Call: "c1"}, fact.LegOpened{Call: "c1", Leg: "i1"}, fact.LegOpened{Call: "c2", Leg: "i2"}})
	if q := l.name(fact.LegQuality{Leg: "i2", Sent: 7}); q.Call != "c2" || q.Sent != 7 {
		t.Errorf("%+v, want call c2", q)
	}
	if q := l.name(fact.LegQuality{Leg: "i2"}); q.Call != "" {
		t.Errorf("a leg that was told is still known: %+v", q)
	}
	for i := range 3 * mostLegCalls {
		l.learn([]fact.Fact{fact.LegOpened{Call: "c", Leg: fmt.Sprint(i)}})
	}
	if len(l.of) > mostLegCalls {
		t.Errorf("%d legs are remembered", len(l.of))
	}
}
