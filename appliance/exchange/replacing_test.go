package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// TestWhoMayTakeAnothersPlace: an INVITE with Replaces (RFC 3891), by what the leg it names is in and by who sends it.
func TestWhoMayTakeAnothersPlace_RFC3891(t *testing.T) {
	type place struct {
		b    *bench
		leg  plan.LegID
		from Origin
	}
	at := func(ext string) Origin { return Origin{FromExtension, ext} }
	for name, c := range map[string]struct {
		set  func(t *testing.T) place
		want Refusal // empty: it may
		code string
	}{
		"an extension that rings": {func(t *testing.T) place {
			b := newBench(t)
			b.fromExtension("i1", "203", "201")
			return place{b, ringOf(b).Leg, at("202")}
		}, "", ""},
		"by the caller themselves": {func(t *testing.T) place {
			b := newBench(t)
			b.fromExtension("i1", "203", "201")
			return place{b, ringOf(b).Leg, at("203")}
		}, RefusedForbidden, "extension.self"},
		"the caller's own leg, while it rings elsewhere": {func(t *testing.T) place {
			b := newBench(t)
			b.fromExtension("i1", "203", "201")
			return place{b, "i1", at("202")}
		}, RefusedGone, "replaces.not_replaceable"},
		"a number outside that rings": {func(t *testing.T) place {
			b := newBench(t)
			b.fromExtension("i1", "201", "00612345678")
			return place{b, ringOf(b).Leg, at("202")}
		}, RefusedForbidden, "replaces.trunk"},
		"a party outside": {func(t *testing.T) place {
			b, _ := talking(t)
			return place{b, "i1", at("202")}
		}, RefusedForbidden, "replaces.trunk"},
		"a queue's conversation, by a member": {func(t *testing.T) place {
			b, ana := talking(t)
			return place{b, ana, at("202")}
		}, "", ""},
		"a queue's conversation, by nobody of the queue": {func(t *testing.T) place {
			b, ana := talking(t)
			return place{b, ana, at("203")}
		}, RefusedForbidden, "pickup.not_in_queue"},
		"a conversation, by somebody outside": {func(t *testing.T) place {
			b, ana := talking(t)
			return place{b, ana, Origin{FromTrunk, "carrier"}}
		}, RefusedForbidden, "replaces.not_ours"},
		"a conversation, by nobody of the branch": {func(t *testing.T) place {
			b, ana := talking(t)
			return place{b, ana, at("299")}
		}, RefusedForbidden, "replaces.not_ours"},
		"a queue's call, by a member": {func(t *testing.T) place {
			b := newBench(t)
			b.queued("i1")
			return place{b, ringOf(b).Leg, at("202")}
		}, "", ""},
		"a queue's call, by nobody of the queue": {func(t *testing.T) place {
			b := newBench(t)
			b.queued("i1")
			return place{b, ringOf(b).Leg, at("203")}
		}, RefusedForbidden, "pickup.not_in_queue"},
		"a transfer's target that rings": {func(t *testing.T) place {
			b, ana := talking(t)
			b.step(LegReferred{Leg: ana, Refer: 1, To: "203"})
			return place{b, ringOf(b).Leg, at("202")}
		}, "", ""},
		"who hands over, while the target rings": {func(t *testing.T) place {
			b, ana := talking(t)
			b.step(LegReferred{Leg: ana, Refer: 1, To: "203"})
			return place{b, ana, at("202")}
		}, RefusedGone, "replaces.not_replaceable"},
		"a leg that is being ended": {func(t *testing.T) place {
			b, ana := talking(t)
			b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
			return place{b, ana, at("203")}
		}, RefusedGone, "replaces.gone"},
		"a leg that is nowhere": {func(t *testing.T) place { return place{newBench(t), "o9", at("203")} }, RefusedGone, "replaces.gone"},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.set(t)
			calls := len(p.b.s.Calls())
			p.b.step(LegOffered{Leg: "r1", Origin: p.from, Replaces: p.leg, Dialled: "x"})
			p.b.sound()
			if c.want == "" {
				if !slices.Contains(p.b.effects, Effect(Answer{Leg: "r1"})) {
					t.Errorf("%s", show(p.b.effects))
				}
				if f := lastTold[fact.LegReplaced](p.b); f.Leg != string(p.leg) || f.By != "r1" || f.Extension != p.from.Name || len(p.b.s.Calls()) != calls {
					t.Errorf("%+v", f)
				}
				return
			}
			if r := effect[Refuse](p.b); r.Leg != "r1" || r.Reason != c.want {
				t.Errorf("%+v", r)
			}
			if f := lastTold[fact.CallRouted](p.b); f.To != "refused" || !hasCode(f.Reasons, c.code) {
				t.Errorf("%+v", f)
			}
			p.b.step(LegEnded{Leg: "r1", Cause: EndedByBox})
			if e := lastTold[fact.CallEnded](p.b); e.Cause != string(c.want) || !hasCode(e.Reasons, c.code) || e.Outcome != fact.CallFailed {
				t.Errorf("%+v", e)
			}
		})
	}
}

// TestWhatIsPresentedToWhoTakesAnotherCall: it is taken back without blame, and rings on for whoever picks up that same call.
func TestWhatIsPresentedToWhoTakesAnotherCall(t *testing.T) {
	b, ana := talking(t)
	b.queued("i2")
	bob := ringOf(b).Leg
	b.step(LegRinging{Leg: bob})
	b.step(LegOffered{Leg: "r1", Origin: Origin{FromExtension, "202"}, Replaces: ana})
	if f := lastTold[fact.OfferEnded](b); f.Agent != "bob" || f.Outcome != fact.OfferCancelled {
		t.Errorf("%+v", f)
	}
	if b.s.agent("bob").CoolDown("sales") != nil {
		t.Error("bob is blamed")
	}
	b.step(LegAnswered{Leg: "r1"})
	if got := b.activity("bob"); got != "available/talking" {
		t.Error(got)
	}
	b.sound()
}

// TestWhatAPhonesTwoCallsMustBe: joined when the other one talks, or rings for who asks; refused with the reason in every other case.
func TestWhatAPhonesTwoCallsMustBe(t *testing.T) {
	for name, c := range map[string]struct {
		second func(b *bench)
		want   string // the code; empty: they are joined
	}{
		"rings": {func(b *bench) {
			b.fromExtension("i2", "201", "203")
			b.step(LegRinging{Leg: ringOf(b).Leg})
		}, ""},
		"talks": {func(b *bench) {
			b.fromExtension("i2", "201", "203")
			b.step(LegAnswered{Leg: ringOf(b).Leg})
			b.step(LegAnswered{Leg: "i2"})
		}, ""},
		"is refused": {func(b *bench) {
			b.fromExtension("i2", "201", "299")
		}, "transfer.nobody"},
		"is for help": {func(b *bench) {
			b.fromExtension("i2", "201", "112")
			b.step(LegAnswered{Leg: ringOf(b).Leg})
			b.step(LegAnswered{Leg: "i2"})
		}, "transfer.emergency"},
	} {
		t.Run(name, func(t *testing.T) {
			b, ana := talking(t)
			b.step(LegHeld{Leg: ana, Held: true})
			c.second(b)
			b.step(LegReferred{Leg: ana, Refer: 1, To: "x", Replaces: "i2"})
			b.sound()
			if c.want == "" {
				if f := lastTold[fact.CallMerged](b); f.Call == "" {
					t.Errorf("%+v", f)
				}
				return
			}
			if f := lastTold[fact.CommandRefused](b); !hasCode(f.Reasons, c.want) || f.By != "extension:201" {
				t.Errorf("%+v", f)
			}
			if r := effect[ReferTold](b); r.State != ReferRefused {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestNumberByWhichAnAgentIsCalled: what their extension shows, else the service that leads there and is open.
func TestNumberByWhichAnAgentIsCalled(t *testing.T) {
	x := newSite(Branch{
		Extensions: []Extension{{Number: "201", Presented: "+33140506072"}, {Number: "202"}, {Number: "203"}},
		Services: []Service{
			{Number: "+33140506000", Queue: "sales", Active: true},
			{Number: "+33140506073", Exten: "202"},
			{Number: "+33140506074", Exten: "202", Active: true},
			{Number: "+33140506075", Exten: "202", Active: true},
		},
	})
	for ext, want := range map[string]string{"201": "+33140506072", "202": "+33140506074", "203": "", "": "", "299": ""} {
		if got := x.directOf(Agent{Extension: ext}); got != want {
			t.Errorf("%q: %q", ext, got)
		}
	}
}
