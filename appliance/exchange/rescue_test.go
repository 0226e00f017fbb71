package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func rescueBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, func(x *Branch) {
		x.Emergency.CallBackMS = 600_000
		x.Services = append(x.Services, Service{Number: "+33140506079", Name: "Accueil", Queue: "sales", Active: true})
	})
	b.fromExtension("i1", "203", "112")
	out := ringOf(b).Leg
	b.step(LegAnswered{Leg: out})
	b.step(LegAnswered{Leg: "i1"})
	b.step(LegEnded{Leg: out, Cause: EndedByPeer})
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	return b
}

// FEATURES 9.4: who calls for help can be called back, past queues and schedules.
func TestRescuersReachWhoCalledForHelp(t *testing.T) {
	b := rescueBench(t)
	b.fromTrunk("i2", "0140506079")
	r := ringOf(b)
	if r.To.Extension != "203" {
		t.Fatalf("rings %+v", r)
	}
	if f := lastTold[fact.CallRouted](b); !hasCode(f.Reasons, "emergency.call_back") {
		t.Errorf("%+v", f)
	}
	b.step(LegAnswered{Leg: r.Leg})
	if a := effect[Answer](b); a.Leg != "i2" {
		t.Errorf("%+v", a)
	}
	// A second call meanwhile is a customer's: it goes the usual way.
	b.fromTrunk("i3", "0140506079")
	if a := effect[Answer](b); a.Leg != "i3" {
		t.Errorf("%+v", a)
	}
}

// Not lifted, the call goes the way it would have gone: a customer loses some seconds and nothing else.
func TestCallBackNotLiftedGoesItsUsualWay(t *testing.T) {
	for name, miss := range map[string]func(*bench, plan.LegID){
		"rings out":   func(b *bench, leg plan.LegID) { b.step(LegRinging{Leg: leg}); b.wait(20_000) },
		"busy":        func(b *bench, leg plan.LegID) { b.step(LegRefused{Leg: leg, Reason: RefusedBusy, SIP: 486}) },
		"unreachable": func(b *bench, leg plan.LegID) { b.step(LegRefused{Leg: leg, Reason: RefusedUnreachable}) },
	} {
		t.Run(name, func(t *testing.T) {
			b := rescueBench(t)
			b.fromTrunk("i2", "0140506079")
			miss(b, ringOf(b).Leg)
			if a := effect[Answer](b); a.Leg != "i2" {
				t.Fatalf("%s", show(b.effects))
			}
			b.step(LegAnswered{Leg: "i2"})
			if r := ringOf(b); r.To.Extension != "201" {
				t.Errorf("offered to %+v", r)
			}
		})
	}
}

func TestCallBackEndsWithItsTime(t *testing.T) {
	b := rescueBench(t)
	b.wait(600_000)
	b.fromTrunk("i2", "0140506079")
	none[Ring](b)
	b = rescueBench(t)
	b.fromTrunk("i2", "0140506071") // another of our numbers is not where rescuers call
	none[Ring](b)
}

func TestCallBackOutlivesARestart(t *testing.T) {
	b := rescueBench(t)
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b.s, err = Restore(data); err != nil {
		t.Fatal(err)
	}
	b.fromTrunk("i2", "0140506079")
	if r := ringOf(b); r.To.Extension != "203" {
		t.Fatalf("rings %+v", r)
	}
}

// TestRescuersAreNotCutOff: who calls back after an emergency call is the last to give their channel up to another one.
func TestRescuersAreNotCutOff(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Trunks[0].Channels, x.Emergency.CallBackMS = 2, 600_000 })
	b.fromExtension("e1", "201", "15")
	b.step(LegEnded{Leg: effect[Ring](b).Leg, Cause: EndedByPeer})
	b.step(LegEnded{Leg: "e1", Cause: EndedByBox})
	b.fromExtension("e2", "202", "00612345678")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.fromTrunk("i1", "0140506079") // the rescuers: rings 201
	if r := effect[Ring](b); r.To.Extension != "201" {
		t.Fatalf("%+v", r)
	}
	b.fromExtension("e3", "203", "18")
	if e := lastPreempted(b); e != "e2" {
		t.Fatalf("%s had to go: %s", e, show(b.effects))
	}
}

func lastPreempted(b *bench) (leg plan.LegID) {
	for _, e := range b.effects {
		switch e := e.(type) {
		case Refuse:
			leg = e.Leg
		case HangUp:
			if len(e.Leg) < 4 {
				leg = e.Leg
			}
		}
	}
	return leg
}
