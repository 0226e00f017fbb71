package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
)

func lamps(b *bench) map[string]ShowLamp {
	m := map[string]ShowLamp{}
	for _, e := range b.effects {
		if l, ok := e.(ShowLamp); ok {
			m[l.Extension] = l
		}
	}
	return m
}

// FEATURES §5: the five lamps, with their two kinds of "don't know".
func TestLampsOfFEATURES5(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Extensions[2].Unwatched = true })
	now := map[string]Lamp{}
	see := func() {
		for ext, l := range lamps(b) {
			now[ext] = l.Lamp
		}
	}
	for _, l := range b.s.Lamps() {
		now[l.Extension] = l.Lamp
	}
	if now["203"] != LampGrey {
		t.Errorf("not watched by choice: %s", now["203"])
	}
	b.step(PhoneReachable{Extension: "201", Reachable: true, Contacts: 1})
	see()
	b.step(PhoneReachable{Extension: "202", Reachable: true, Contacts: 1})
	see()
	if now["201"] != LampGreen || now["202"] != LampGreen {
		t.Errorf("free: %v", now)
	}
	b.fromExtension("i1", "201", "202")
	see()
	leg := ringOf(b).Leg
	got := lamps(b)
	if now["201"] != LampRed || now["202"] != LampRed {
		t.Errorf("dialling: %v", now)
	}
	if d := got["201"].Dialogs; len(d) != 1 || d[0] != (LampDialog{Leg: "i1", State: "trying", Outgoing: true, With: "202"}) {
		t.Errorf("who dials shows %+v", d)
	}
	if d := got["202"].Dialogs; len(d) != 1 || d[0] != (LampDialog{Leg: leg, State: "trying", With: "201"}) {
		t.Errorf("who is called shows %+v", d)
	}
	b.step(LegRinging{Leg: leg})
	if d := lamps(b)["202"].Dialogs; len(d) != 1 || d[0].State != "early" {
		t.Errorf("ringing shows %+v", d)
	}
	b.step(LegAnswered{Leg: leg})
	if d := lamps(b)["202"].Dialogs; len(d) != 1 || d[0].State != "confirmed" {
		t.Errorf("talking shows %+v", d)
	}
	b.step(LegEnded{Leg: leg, Cause: EndedByPeer})
	see()
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	see()
	if now["201"] != LampGreen || now["202"] != LampGreen {
		t.Errorf("after the call: %v", now)
	}
	b.step(PhoneReachable{Extension: "202"})
	see()
	if now["202"] != LampOrange {
		t.Errorf("phone pulled: %v", now)
	}
}

// An extension of which nothing was heard shows nothing, and grey stays grey whatever its phone does.
func TestLampOfNothingHeard(t *testing.T) {
	s := New()
	at := fact.Moment{UTC: 1, Boot: 1}
	s.Step(at, Started{Epoch: 1})
	effects, _ := s.Step(at, SiteChanged{Branch: Branch{Revision: "r", Extensions: []Extension{{Number: "201"}, {Number: "202", Unwatched: true}}}})
	want := []Effect{ShowLamp{Extension: "201", Lamp: LampNone}, ShowLamp{Extension: "202", Lamp: LampGrey}}
	if !slices.EqualFunc(effects, want, func(a, b Effect) bool {
		x, ok := a.(ShowLamp)
		y := b.(ShowLamp)
		return ok && sameLamp(x, y)
	}) {
		t.Fatalf("%s", show(effects))
	}
	if effects, _ = s.Step(at, PhoneReachable{Extension: "202", Reachable: true, Contacts: 1}); len(effects) != 0 {
		t.Errorf("grey changed: %s", show(effects))
	}
}

// The number of an outside party is shown to nobody who watches.
func TestLampTellsNoOutsideNumber(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "201", "00612345678")
	if d := lamps(b)["201"].Dialogs; len(d) != 1 || d[0].With != "" {
		t.Errorf("%+v", d)
	}
}

func TestLampsAreSaidAgainAfterARestart(t *testing.T) {
	b := newBench(t)
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Restore(data)
	if err != nil {
		t.Fatal(err)
	}
	b.effects, _ = s.Resume(b.moment(), nil)
	if got := lamps(b); len(got) != len(b.s.site.Extensions) {
		t.Errorf("%d lamps said of %d", len(got), len(b.s.site.Extensions))
	}
}
