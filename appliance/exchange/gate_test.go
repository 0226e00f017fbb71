package exchange

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/fact"
)

// spellings are five ways to type one premium number at a phone whose outside prefix is 0.
func spellings() []string {
	return []string{"0 0899 12 34 56", "+33 899 123 456", "0 0033 899 12 34 56", "0 08.99.12.34.56", "+33 (0)8 99 12 34 56"}
}

// levels are the places where a list can stand; each denies one family of numbers.
func levels(p Prefixes) map[string]func(*Branch) {
	return map[string]func(*Branch){
		"outbound.denied site +3389":      func(b *Branch) { b.Outbound.Dial = p },
		"outbound.denied agent ana +3389": func(b *Branch) { b.Agents[0].Dial = p },
		"transfer.denied site +3389":      func(b *Branch) { b.Outbound.Transfer = p },
		"transfer.denied agent ana +3389": func(b *Branch) { b.Agents[0].Transfer = p },
		"transfer.denied queue sales +3389": func(b *Branch) {
			b.Queues[0].Transfer = p
		},
		"outbound.denied queue sales +3389": func(b *Branch) { b.Queues[0].Dial = p },
	}
}

func first(why []fact.Reason) string {
	if len(why) == 0 {
		return ""
	}
	return why[0].Code + " " + why[0].Detail
}

// Proves FEATURES §4.5: evaluated after normalisation, a banned number in five spellings is refused with the same reason, at the phone, in the
// toolbar and by a phone's REFER, by the list of the site, of the queue and of the agent; the reason names the list and not the number.
func TestBannedNumberInFiveSpellings(t *testing.T) {
	deny := Prefixes{Deny: []string{"+3389"}}
	for want, set := range levels(deny) {
		for _, typed := range spellings() {
			dialling := want[:8] == "outbound" && want != "outbound.denied queue sales +3389"
			t.Run(fmt.Sprint(want, " ", typed), func(t *testing.T) {
				b := newBench(t, set)
				b.fromExtension("i1", "201", typed)
				if !dialling { // a ban on transfers keeps nobody from calling
					ringOf(b)
				} else {
					none[Ring](b)
					if r := effect[Refuse](b); r.Reason != RefusedForbidden {
						t.Errorf("refused %+v", r)
					}
					if f := lastTold[fact.TollRefused](b); f.Extension != "201" || f.Call == "" {
						t.Errorf("logged %+v", f)
					}
					b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
					if e := lastTold[fact.CallEnded](b); first(e.Reasons) != want {
						t.Errorf("dialled: %v", e.Reasons)
					}
				}

				b = newBench(t, set)
				in := CallPlace{Request: 7, By: "agent:ana", Agent: "ana", Number: typed}
				if want == "outbound.denied queue sales +3389" {
					in.Queue, dialling = "sales", true
				}
				b.step(in)
				if e := effect[Reply](b); dialling != (first(e.Refused) == want) || !dialling && len(e.Refused) > 0 {
					t.Errorf("asked in the toolbar: %v", e.Refused)
				}
				if dialling { // nobody's phone rings first
					none[Ring](b)
				}

				b, ana := talking(t, set)
				b.step(LegReferred{Leg: ana, Refer: 1, To: typed})
				none[Ring](b)
				if e := effect[ReferTold](b); e.State != ReferRefused || e.Reason != RefusedForbidden {
					t.Errorf("referred: %+v", e)
				}
				if f := lastTold[fact.CommandRefused](b); first(f.Reasons) != want {
					t.Errorf("referred: %v", f.Reasons)
				}
				none[SetPlan](b) // the conversation goes on
				b.sound()
			})
		}
	}
}

// A list that allows refuses the rest, on every way out that a phone has.
func TestAllowedPrefixesOnly(t *testing.T) {
	only := func(b *Branch) { b.Outbound.Dial.Allow = []string{"+336"} }
	b := newBench(t, only)
	b.fromExtension("i1", "201", "0 06 12 34 56 78")
	ringOf(b)
	b.fromExtension("i2", "202", "0 01 55 50 60 70")
	none[Ring](b)
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); first(e.Reasons) != "outbound.not_listed site" {
		t.Errorf("%v", e.Reasons)
	}
}

// Agents have rights of their own, at whatever phone they sit; a phone at which nobody sits has its own alone.
func TestRightsOfAgents(t *testing.T) {
	b := newBench(t, func(b *Branch) { b.Agents[0].NoOutside = true })
	b.fromExtension("i1", "201", "0 06 12 34 56 78")
	none[Ring](b)
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); !hasCode(e.Reasons, "agent.no_outside_right") {
		t.Errorf("%v", e.Reasons)
	}
	if n := len(told[fact.TollRefused](b)); n > 0 {
		t.Error("a right that is missing is no attempt")
	}
	b.step(AgentLogOut{Agent: "ana"})
	b.fromExtension("i2", "201", "0 06 12 34 56 78")
	ringOf(b)

	b, ana := talking(t, func(b *Branch) { b.Agents[0].NoTransfer = true })
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "00612345679"}, ReferRefused, RefusedForbidden)
	if f := lastTold[fact.CommandRefused](b); !hasCode(f.Reasons, "agent.no_transfer_outside") {
		t.Errorf("%v", f.Reasons)
	}
}

// A consultation may be dialled where a transfer is banned; to hand the caller over to it may not.
func TestBanHoldsWhenTwoCallsAreJoined(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*Branch)
		code string
	}{
		"banned":         {func(b *Branch) { b.Outbound.Transfer.Deny = []string{"+336"} }, "transfer.denied"},
		"another banned": {func(b *Branch) { b.Outbound.Transfer.Deny = []string{"+337"} }, ""},
		"agent":          {func(b *Branch) { b.Agents[0].NoTransfer = true }, "agent.no_transfer_outside"},
		"queue":          {func(b *Branch) { b.Queues[0].Transfer.Allow = []string{"+331"} }, "transfer.not_listed"},
	} {
		t.Run(name, func(t *testing.T) {
			b, ana := talking(t, c.set)
			b.step(LegHeld{Leg: ana, Held: true})
			b.fromExtension("c1", "201", "0 06 12 34 56 79")
			out := ringOf(b).Leg
			b.step(LegAnswered{Leg: out})
			b.step(LegAnswered{Leg: "c1"})
			b.step(LegReferred{Leg: "c1", Refer: 1, Replaces: ana})
			if c.code == "" {
				if h := b.hearing(); h["i1"] != string(out) {
					t.Errorf("hears %v", h)
				}
				return
			}
			if f := lastTold[fact.CommandRefused](b); !hasCode(f.Reasons, c.code) {
				t.Errorf("%v", f.Reasons)
			}
			b.sound()
		})
	}
}

// Proves FEATURES §9.4: whatever is banned, an emergency number is dialled at a phone and in the toolbar.
func TestEmergencyIsAboveTheGate(t *testing.T) {
	everything := func(b *Branch) {
		b.Outbound.Dial = Prefixes{Allow: []string{"+336"}, Deny: []string{"1", "+33"}}
		b.Agents[0].NoOutside, b.Agents[0].Dial = true, Prefixes{Deny: []string{"1"}}
		b.Extensions[0].Outside, b.Toll.Forbidden = false, []string{"national"}
	}
	for _, n := range branch().Emergency.Numbers {
		for _, typed := range []string{n, "0" + n} {
			b := newBench(t, everything)
			b.fromExtension("i1", "201", typed)
			if r := ringOf(b); !r.Emergency || r.To.Number != n {
				t.Errorf("%s: %+v", typed, r)
			}
			b = newBench(t, everything)
			b.step(CallPlace{Request: 7, By: "agent:ana", Agent: "ana", Number: typed})
			if e := effect[Reply](b); len(e.Refused) > 0 {
				t.Errorf("%s: %v", typed, e.Refused)
			}
			b.step(LegAnswered{Leg: ringOf(b).Leg})
			if r := ringOf(b); !r.Emergency || r.To.Number != n {
				t.Errorf("%s: %+v", typed, r)
			}
		}
	}
}
