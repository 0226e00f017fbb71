package tally_test

import (
	"fmt"
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally"

	"github.com/google/go-cmp/cmp"
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

// TestEveryCallFactNamesItsCall: a kind of fact that says which call it happened in is not forgotten by CallOf.
func TestEveryCallFactNamesItsCall(t *testing.T) {
	// They name a call beside their subject, or one that is long over.
	apart := []fact.Kind{"agent.changed", "reservation.healed", "command.refused", "recording.erased", "recording.read"}
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
