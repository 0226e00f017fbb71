package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

func TestTollLimits(t *testing.T) {
	for _, c := range []struct {
		name, dialled string
		toll          Toll
		limit         string // empty: it leaves
	}{
		{"no limits", "0 00 41 22 345 67 89", Toll{}, ""},
		{"a class is forbidden", "0 0899 123 456", Toll{Forbidden: []string{"premium"}}, "class"},
		{"in another spelling", "+33899123456", Toll{Forbidden: []string{"premium"}}, "class"},
		{"and in a third", "0 0033 899 123 456", Toll{Forbidden: []string{"premium"}}, "class"},
		{"another class is not", "0 06 12 34 56 78", Toll{Forbidden: []string{"premium"}}, ""},
		{"abroad that is allowed", "0 00 41 22 345 67 89", Toll{Abroad: []string{"+41"}}, ""},
		{"abroad that is not", "0 00 1 202 555 01 00", Toll{Abroad: []string{"+41"}}, "country"},
		{"home is never abroad", "0 01 55 50 60 70", Toll{Abroad: []string{"+41"}}, ""},
		{"a satellite is a class of its own", "0 00 881 6 1234 5678", Toll{Forbidden: []string{"satellite"}}, "class"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, func(x *Branch) { x.Toll = c.toll })
			b.fromExtension("i1", "201", c.dialled)
			if c.limit == "" {
				ringOf(b)
				return
			}
			none[Ring](b)
			if r := effect[Refuse](b); r.Reason != RefusedForbidden {
				t.Errorf("refused %+v", r)
			}
			if f := lastTold[fact.TollRefused](b); f.Limit != c.limit || f.Extension != "201" {
				t.Errorf("told %+v", f)
			}
			b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
			if e := lastTold[fact.CallEnded](b); !hasCode(e.Reasons, "toll."+c.limit) {
				t.Errorf("ended %+v", e)
			}
		})
	}
}

func TestTollCallsAtOnce(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Toll = Toll{Calls: 3, CallsEach: 2}
		x.Extensions[2].Outside = true
	})
	for _, leg := range []string{"i1", "i2"} {
		b.fromExtension(leg, "201", "00612345678")
		ringOf(b)
	}
	b.fromExtension("i3", "201", "00612345678")
	if f := lastTold[fact.TollRefused](b); f.Limit != "calls_each" {
		t.Fatalf("%+v", f)
	}
	b.fromExtension("i4", "203", "00612345678")
	ringOf(b)
	b.fromExtension("i5", "202", "00612345678")
	if f := lastTold[fact.TollRefused](b); f.Limit != "calls" {
		t.Fatalf("%+v", f)
	}
	// One that ends makes room.
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.fromExtension("i6", "202", "00612345678")
	ringOf(b)
}

// FEATURES 9.4: no limit and no lock holds for an emergency call.
func TestEmergencyKnowsNoTollLimit(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Toll = Toll{Calls: 1, CallsEach: 1, Forbidden: []string{"national", "mobile", "premium"}, Abroad: []string{"+41"}}
	})
	b.step(NightLock{By: "site", On: true})
	b.fromExtension("i1", "201", "112")
	if r := ringOf(b); !r.Emergency {
		t.Fatalf("%+v", r)
	}
}

func TestNightLock(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Extensions[0].Unlimited = true
		x.Extensions[2].Kind, x.Extensions[2].Outside = KindLift, true
	})
	b.fromExtension("i0", "202", "00612345678")
	up := ringOf(b)
	b.step(LegAnswered{Leg: up.Leg})
	b.step(NightLock{Request: 7, By: "console", On: true})
	if r := effect[Reply](b); r.Request != 7 || len(r.Refused) != 0 {
		t.Fatalf("%+v", r)
	}
	none[HangUp](b) // a call that is up goes on
	b.fromExtension("i1", "202", "00612345678")
	if f := lastTold[fact.TollRefused](b); f.Limit != "night" {
		t.Fatalf("%+v", f)
	}
	for leg, ext := range map[string]string{"i2": "201", "i3": "203"} { // the manager's, and the lift
		b.fromExtension(leg, ext, "00612345678")
		ringOf(b)
	}
	b.fromExtension("i4", "202", "203") // inside the house nothing is locked
	ringOf(b)
	b.step(NightLock{By: "site", On: true})
	if got := len(told[fact.NightLocked](b)); got != 1 {
		t.Errorf("told %d times", got)
	}
	b.step(NightLock{By: "site"})
	b.fromExtension("i5", "202", "00612345678")
	ringOf(b)
}

func TestTollAlertOnceInEachWindow(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Toll = Toll{Forbidden: []string{"premium"}, Alert: 3, AlertMS: 60_000} })
	alerts := 0
	try := func(leg string) {
		b.fromExtension(leg, "201", "00899123456")
		alerts = len(told[fact.TollAlert](b))
	}
	for _, leg := range []string{"i1", "i2"} {
		try(leg)
	}
	if alerts != 0 {
		t.Fatal("alert too early")
	}
	for _, leg := range []string{"i3", "i4", "i5"} {
		try(leg)
	}
	if alerts != 1 {
		t.Fatalf("%d alerts", alerts)
	}
	b.wait(61_000)
	for _, leg := range []string{"j1", "j2", "j3"} {
		try(leg)
	}
	if alerts != 2 {
		t.Fatalf("%d alerts after a second window", alerts)
	}
}

// The lock and the counts outlive a restart.
func TestNightLockIsEncoded(t *testing.T) {
	b := newBench(t)
	b.step(NightLock{By: "console", On: true})
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b.s, err = Restore(data); err != nil {
		t.Fatal(err)
	}
	b.fromExtension("i1", "202", "00612345678")
	if f := lastTold[fact.TollRefused](b); f.Limit != "night" {
		t.Fatalf("%+v", f)
	}
}

// TestLimitsCountLinesNotCalls: two lines outside that are joined in one call are two.
func TestLimitsCountLinesNotCalls(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Toll.CallsEach = 2 })
	b.fromExtension("e1", "201", "00612345678")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.fromExtension("e2", "201", "00612345679")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.step(LegReferred{Leg: "e1", Refer: 1, Replaces: "e2"})
	b.step(LegEnded{Leg: "e1", Cause: EndedByBox})
	b.step(LegEnded{Leg: "e2", Cause: EndedByBox})
	if n := len(b.s.Calls()); n != 1 {
		t.Fatalf("%d calls", n)
	}
	b.fromExtension("e3", "201", "00612345670")
	none[Ring](b)
	if r := lastTold[fact.TollRefused](b); r.Limit != "calls_each" {
		t.Fatalf("%+v", r)
	}
}
