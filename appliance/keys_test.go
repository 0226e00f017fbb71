package appliance

import (
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

func TestAKeyThatComesThreeWaysCountsOnce(t *testing.T) {
	var k keys
	at := func(ms int64, via, digit string, length int64) bool {
		return k.fresh(exchange.DigitPressed{Leg: "i1", Digit: digit, Via: via, LengthMS: length}, fact.Moment{Boot: 50_000 + ms})
	}
	for _, x := range []struct {
		ms         int64
		via, digit string
		length     int64
		want       bool
	}{
		{0, "info", "5", 0, true},
		{120, "rfc4733", "5", 120, false},
		{135, "inband", "5", 100, false},
		{420, "rfc4733", "5", 100, true}, // the same key again
		{430, "info", "5", 0, false},
		{900, "rfc4733", "6", 100, true},
		{60_000, "info", "5", 0, true},
	} {
		if got := at(x.ms, x.via, x.digit, x.length); got != x.want {
			t.Errorf("%s of %s at %d ms is new: %v, want %v", x.digit, x.via, x.ms, got, x.want)
		}
	}
	if !k.fresh(exchange.DigitPressed{Leg: "i2", Digit: "5", Via: "rfc4733"}, fact.Moment{Boot: 110_000}) {
		t.Error("another leg's key was taken for this one's")
	}
	if !k.fresh(exchange.DigitPressed{Leg: "i1", Digit: "5", Via: "desk"}, fact.Moment{Boot: 110_000}) {
		t.Error("a key of no such way was refused")
	}
	k.forget("i1")
	k.forget("i2")
	if len(k.legs) != 0 {
		t.Errorf("%d legs are kept that are over", len(k.legs))
	}
}
