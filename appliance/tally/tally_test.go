package tally_test

import (
	"fmt"
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// told puts facts in a journal, a second apart from 08:00 UTC.
func told(facts ...fact.Fact) []fact.Entry {
	var out []fact.Entry
	for i, f := range facts {
		at := fact.Moment{UTC: eight + int64(i)*1000, Boot: int64(i) * 1000}
		out = append(out, fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: uint64(i + 1)}, At: at, Fact: f})
	}
	return out
}

const eight = 1_700_000_000_000/86_400_000*86_400_000 + 8*3_600_000

func hourUTC(utc int64) int { return int(utc / 3_600_000 % 24) }

// busyThenAnswered is testdata/busy-not-answered-answered.call of the simulated world.
func busyThenAnswered(call string) []fact.Fact {
	return []fact.Fact{
		fact.CallOpened{Call: call, Leg: "l1", Flow: "inbound", Trunk: "operateur", Caller: "s1", Dialled: "+33140506070"},
		fact.CallRouted{Call: call, To: "service", Target: "rouge"},
		fact.LegAnswered{Call: call, Leg: "l1"},
		fact.VisitEntered{Call: call, Visit: 1, Queue: "rouge", Position: 1},
		fact.OfferMade{Call: call, Visit: 1, Offer: 1, Agent: "ana"},
		fact.OfferEnded{Call: call, Visit: 1, Offer: 1, Agent: "ana", Outcome: fact.OfferBusy},
		fact.OfferMade{Call: call, Visit: 1, Offer: 2, Agent: "ben"},
		fact.OfferEnded{Call: call, Visit: 1, Offer: 2, Agent: "ben", Outcome: fact.OfferNotAnswered, RingMS: 20_000},
		fact.OfferMade{Call: call, Visit: 1, Offer: 3, Agent: "chloe"},
		fact.OfferEnded{Call: call, Visit: 1, Offer: 3, Agent: "chloe", Outcome: fact.OfferAnswered, RingMS: 5_000},
		fact.VisitEnded{Call: call, Visit: 1, Queue: "rouge", Outcome: fact.VisitAnswered, WaitMS: 31_000, Offers: 3, Agent: "chloe"},
		fact.BridgeJoined{Call: call, Legs: []string{"l1", "l4"}},
		fact.BridgeParted{Call: call, Legs: []string{"l1", "l4"}, TalkMS: 10_000},
		fact.BridgeJoined{Call: call, Legs: []string{"l1", "l4"}},
		fact.BridgeParted{Call: call, Legs: []string{"l1", "l4"}, TalkMS: 20_000},
		fact.CallEnded{Call: call, Outcome: fact.CallAnswered, HungUpBy: "agent", TotalMS: 61_000, WaitMS: 31_000, RingMS: 25_000, TalkMS: 30_000},
	}
}

// overflow is testdata/overflow-to-second-queue.call.
func overflow(call string) []fact.Fact {
	return []fact.Fact{
		fact.CallOpened{Call: call, Flow: "inbound", Withheld: true, Dialled: "+33140506070"},
		fact.VisitEntered{Call: call, Visit: 1, Queue: "rouge", Position: 1},
		fact.VisitEnded{Call: call, Visit: 1, Queue: "rouge", Outcome: fact.VisitWaitedTooLong, To: "bleu", WaitMS: 60_000},
		fact.VisitEntered{Call: call, Visit: 2, Queue: "bleu", Position: 1, From: "rouge"},
		fact.OfferEnded{Call: call, Visit: 2, Offer: 1, Agent: "chloe", Outcome: fact.OfferAnswered, RingMS: 4_000},
		fact.VisitEnded{Call: call, Visit: 2, Queue: "bleu", Outcome: fact.VisitAnswered, WaitMS: 4_000, Offers: 1, Agent: "chloe"},
		fact.BridgeParted{Call: call, TalkMS: 30_000},
		fact.CallEnded{Call: call, Outcome: fact.CallAnswered, HungUpBy: "caller", TotalMS: 94_000, WaitMS: 64_000, TalkMS: 30_000},
	}
}

// leavesAfterAMiss is testdata/leaves-after-a-miss.call.
func leavesAfterAMiss(call string) []fact.Fact {
	return []fact.Fact{
		fact.CallOpened{Call: call, Flow: "inbound", Caller: "s2", Dialled: "+33140506070"},
		fact.VisitEntered{Call: call, Visit: 1, Queue: "rouge", Position: 1},
		fact.OfferEnded{Call: call, Visit: 1, Offer: 1, Agent: "ana", Outcome: fact.OfferNotAnswered, RingMS: 20_000},
		fact.VisitEnded{Call: call, Visit: 1, Queue: "rouge", Outcome: fact.VisitAbandoned, WaitMS: 25_000, Offers: 1},
		fact.CallEnded{Call: call, Outcome: fact.CallAbandoned, Stage: fact.StageQueue, LastOffer: fact.OfferNotAnswered, HungUpBy: "caller", TotalMS: 26_000, WaitMS: 25_000},
	}
}

func TestCalls(t *testing.T) {
	outbound := []fact.Fact{
		fact.CallOpened{Call: "c1", Flow: "outbound", Extension: "203", Callee: "s9"},
		fact.BridgeParted{Call: "c1", TalkMS: 20_000},
		fact.CallEnded{Call: "c1", Outcome: fact.CallAnswered, HungUpBy: "called", TotalMS: 25_000, TalkMS: 20_000},
	}
	cases := []struct {
		name  string
		facts []fact.Fact
		want  []tally.Call
	}{
		{"nothing", nil, nil},
		{"box facts are no calls", []fact.Fact{fact.BoxStarted{}, fact.AgentChanged{Agent: "ana", Call: "c1"}}, nil},
		{"answered by the third agent", busyThenAnswered("c1"), []tally.Call{{
			ID: "c1", Flow: "inbound", Dialled: "+33140506070", Subject: "s1", Queue: "rouge", Agent: "chloe",
			Outcome: fact.CallAnswered, WaitMS: 31_000, TalkMS: 30_000, TotalMS: 61_000, HungUpBy: "agent",
		}}},
		{"the last queue, the whole wait", overflow("c1"), []tally.Call{{
			ID: "c1", Flow: "inbound", Dialled: "+33140506070", Withheld: true, Queue: "bleu", Agent: "chloe",
			Outcome: fact.CallAnswered, WaitMS: 64_000, TalkMS: 30_000, TotalMS: 94_000, HungUpBy: "caller",
		}}},
		{"missed, then left", leavesAfterAMiss("c1"), []tally.Call{{
			ID: "c1", Flow: "inbound", Dialled: "+33140506070", Subject: "s2", Queue: "rouge", Outcome: fact.CallAbandoned,
			Stage: fact.StageQueue, LastOffer: fact.OfferNotAnswered, WaitMS: 25_000, TotalMS: 26_000, HungUpBy: "caller",
		}}},
		{"who was called", outbound, []tally.Call{{
			ID: "c1", Flow: "outbound", Extension: "203", Subject: "s9", Outcome: fact.CallAnswered, TalkMS: 20_000, TotalMS: 25_000, HungUpBy: "called",
		}}},
		{"still up, on its second talk", busyThenAnswered("c1")[:14], []tally.Call{{
			ID: "c1", Flow: "inbound", Dialled: "+33140506070", Subject: "s1", Queue: "rouge", Agent: "chloe", WaitMS: 31_000, TalkMS: 10_000,
		}}},
		{"its opening was lost", busyThenAnswered("c1")[10:], []tally.Call{{
			ID: "c1", Queue: "rouge", Agent: "chloe", Outcome: fact.CallAnswered, WaitMS: 31_000, TalkMS: 30_000, TotalMS: 61_000, HungUpBy: "agent",
		}}},
		{"a recording that closes later changes nothing", append(leavesAfterAMiss("c1"), fact.RecordingEnded{Call: "c1"}, fact.BridgeParted{Call: "c1", TalkMS: 5}), []tally.Call{{
			ID: "c1", Flow: "inbound", Dialled: "+33140506070", Subject: "s2", Queue: "rouge", Outcome: fact.CallAbandoned,
			Stage: fact.StageQueue, LastOffer: fact.OfferNotAnswered, WaitMS: 25_000, TotalMS: 26_000, HungUpBy: "caller",
		}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.want {
				c.want[i].At = fact.Moment{UTC: eight}
			}
			if diff := cmp.Diff(c.want, tally.Calls(slices.Values(told(c.facts...)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQueues(t *testing.T) {
	day := tally.Window{From: eight, Until: eight + 3_600_000, WithinMS: 20_000, Hour: hourUTC}
	at8 := func(n int) (h [24]int) { h[8] = n; return h }
	cases := []struct {
		name  string
		facts []fact.Fact
		w     tally.Window
		want  []tally.Figures
	}{
		{"nothing", nil, day, nil},
		{"answered late, and all its talk", busyThenAnswered("c1"), day, []tally.Figures{{Queue: "rouge", Answered: 1, WaitMS: 31_000, TalkMS: 30_000, Hours: at8(1)}}},
		{"two queues, each its visit", overflow("c1"), day, []tally.Figures{
			{Queue: "bleu", Answered: 1, Within: 1, WaitMS: 4_000, TalkMS: 30_000, Hours: at8(1)},
			{Queue: "rouge", TooLong: 1, Hours: at8(1)},
		}},
		{"missed, then left", leavesAfterAMiss("c1"), day, []tally.Figures{{Queue: "rouge", Abandoned: 1, Hours: at8(1)}}},
		{"still waiting", leavesAfterAMiss("c1")[:3], day, []tally.Figures{{Queue: "rouge", InProgress: 1, Hours: at8(1)}}},
		{"entered before the window", leavesAfterAMiss("c1"), tally.Window{From: eight + 2000, Until: eight + 3_600_000}, nil},
		{"entered as the window closed", leavesAfterAMiss("c1"), tally.Window{From: eight, Until: eight + 1000}, nil},
		{"ended after the window", leavesAfterAMiss("c1"), tally.Window{From: eight, Until: eight + 1001}, []tally.Figures{{Queue: "rouge", Abandoned: 1}}},
		{"an end whose entry was lost", leavesAfterAMiss("c1")[2:], day, nil},
		{"an outcome of a later program", []fact.Fact{
			fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"},
			fact.VisitEnded{Call: "c1", Visit: 1, Queue: "rouge", Outcome: "teleported"},
		}, day, []tally.Figures{{Queue: "rouge", Other: 1, Hours: at8(1)}}},
		{"talk after a transfer to another queue is that queue's", append(busyThenAnswered("c1")[:13],
			fact.VisitEntered{Call: "c1", Visit: 2, Queue: "bleu"},
			fact.VisitEnded{Call: "c1", Visit: 2, Queue: "bleu", Outcome: fact.VisitAnswered, WaitMS: 20_000},
			fact.BridgeParted{Call: "c1", TalkMS: 7_000},
		), day, []tally.Figures{
			{Queue: "bleu", Answered: 1, Within: 1, WaitMS: 20_000, TalkMS: 7_000, Hours: at8(1)},
			{Queue: "rouge", Answered: 1, WaitMS: 31_000, TalkMS: 10_000, Hours: at8(1)},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, tally.Queues(slices.Values(told(c.facts...)), c.w)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestItBalances: whatever happened and wherever the window lies, what was received is what became of it, and each visit is counted in one
// queue, one hour and one window.
func TestItBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var facts []fact.Fact
		calls := rapid.IntRange(0, 12).Draw(t, "calls")
		entered := 0
		outcomes := []fact.VisitOutcome{
			"", fact.VisitAnswered, fact.VisitAbandoned, fact.VisitCancelled, fact.VisitClosed, fact.VisitFull, fact.VisitNobodyFit,
			fact.VisitWaitedTooLong, fact.VisitExited, fact.VisitMoved, fact.VisitFailed, fact.VisitInterrupted, "of a later program",
		}
		for c := range calls {
			id := fmt.Sprintf("c%d", c)
			facts = append(facts, fact.CallOpened{Call: id, Flow: "inbound"})
			for v := range rapid.IntRange(0, 3).Draw(t, "visits") {
				queue := rapid.SampledFrom([]string{"rouge", "bleu", "vert"}).Draw(t, "queue")
				facts = append(facts, fact.VisitEntered{Call: id, Visit: v + 1, Queue: queue})
				entered++
				outcome := rapid.SampledFrom(outcomes).Draw(t, "outcome")
				if outcome == "" {
					break // it still waits
				}
				facts = append(facts, fact.VisitEnded{Call: id, Visit: v + 1, Queue: queue, Outcome: outcome, WaitMS: int64(rapid.IntRange(0, 40_000).Draw(t, "wait"))})
				if outcome == fact.VisitAnswered {
					facts = append(facts, fact.BridgeParted{Call: id, TalkMS: 1000})
				}
			}
			if rapid.Bool().Draw(t, "over") {
				facts = append(facts, fact.CallEnded{Call: id, Outcome: fact.CallAnswered})
			}
		}
		entries := told(facts...)
		cut := eight + int64(rapid.IntRange(0, len(entries)+1).Draw(t, "cut"))*1000
		received, answered, talk := 0, 0, int64(0)
		for _, w := range []tally.Window{{From: eight, Until: cut}, {From: cut, Until: eight + 86_400_000}} {
			w.WithinMS, w.Hour = 20_000, hourUTC
			for _, f := range tally.Queues(slices.Values(entries), w) {
				hours := 0
				for _, n := range f.Hours {
					hours += n
				}
				if hours != f.Received() || f.Within > f.Answered {
					t.Fatalf("%+v: %d in hours, %d received, %d of %d in time", f, hours, f.Received(), f.Within, f.Answered)
				}
				received += f.Received()
				answered += f.Answered
				talk += f.TalkMS
			}
		}
		if received != entered || talk != int64(answered)*1000 {
			t.Fatalf("received %d of %d, %d answered talked %d ms", received, entered, answered, talk)
		}
		if got := len(tally.Calls(slices.Values(entries))); got != calls {
			t.Fatalf("%d calls of %d", got, calls)
		}
	})
}

// TestEveryCallFactNamesItsCall: a kind of fact that says which call it happened in is not forgotten by CallOf.
func TestEveryCallFactNamesItsCall(t *testing.T) {
	apart := []fact.Kind{"agent.changed", "reservation.healed", "command.refused"} // they name a call beside their subject
	for _, k := range fact.Kinds() {
		f, err := fact.Decode(k, 1, []byte(`{"call":"c7"}`))
		if err != nil {
			t.Fatal(err)
		}
		names := fmt.Sprintf("%+v", f)
		_, ok := tally.CallOf(f)
		if has := slices.Contains([]byte(names), '7'); has != ok && !slices.Contains(apart, k) {
			t.Errorf("%s: CallOf says %v for %s", k, ok, names)
		}
	}
}
