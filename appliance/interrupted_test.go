package appliance

import (
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"

	"github.com/google/go-cmp/cmp"
)

func address(n uint64) fact.Address { return fact.Address{Stream: "box", Epoch: 2, N: n} }

// The mark stays before the oldest call that is open, and catches up when it ends.
func TestMarkStaysBeforeTheOldestOpenCall(t *testing.T) {
	var o openCalls
	o.resume(fact.Address{}, nil)
	o.follow(address(3), []fact.Fact{fact.SiteApplied{}})
	o.follow(address(5), []fact.Fact{fact.CallOpened{Call: "a"}, fact.LegOpened{Call: "a"}})
	o.follow(address(6), []fact.Fact{fact.CallOpened{Call: "b"}})
	o.follow(address(8), []fact.Fact{fact.CallEnded{Call: "b"}, fact.LegRinging{Call: "a"}})
	if got := o.safe(); got != address(3) {
		t.Fatalf("with a open the mark is at %v", got)
	}
	o.follow(address(9), []fact.Fact{fact.CallEnded{Call: "a"}})
	if got := o.safe(); got != address(9) {
		t.Fatalf("with nothing open the mark is at %v", got)
	}
}

// A call that was handed over was opened before this core: the mark waits for its end too.
func TestMarkWaitsForCallsThatWereHandedOver(t *testing.T) {
	var o openCalls
	o.resume(address(2), []exchange.CallView{{ID: "old"}})
	o.follow(address(9), []fact.Fact{fact.CallOpened{Call: "new"}})
	o.follow(address(12), []fact.Fact{fact.CallEnded{Call: "new"}})
	if got := o.safe(); got != address(2) {
		t.Fatalf("the mark is at %v", got)
	}
	o.follow(address(13), []fact.Fact{fact.CallEnded{Call: "old"}})
	if got := o.safe(); got != address(13) {
		t.Fatalf("with nothing open the mark is at %v", got)
	}
}

// A core that died in the middle of everything: each thing that was open gets its end, with the times that are known.
func TestCutCallsGetTheirOutcome(t *testing.T) {
	open := map[string]*unended{}
	var order []string
	at := func(ms int64, f fact.Fact) {
		order = fold(open, order, fact.Entry{At: fact.Moment{UTC: ms, Boot: ms}, Fact: f})
	}
	at(0, fact.CallOpened{Call: "waits"})
	at(100, fact.VisitEntered{Call: "waits", Visit: 1, Queue: "accueil"})
	at(2000, fact.OfferMade{Call: "waits", Visit: 1, Offer: 1, Queue: "accueil", Agent: "ana"})
	at(3000, fact.OfferEnded{Call: "waits", Visit: 1, Offer: 1, Agent: "ana", Outcome: fact.OfferBusy})
	at(5000, fact.OfferMade{Call: "waits", Visit: 1, Offer: 2, Queue: "accueil", Agent: "ben"})
	at(50, fact.CallOpened{Call: "talks"})
	at(60, fact.VisitEntered{Call: "talks", Visit: 1, Queue: "accueil"})
	at(70, fact.VisitEnded{Call: "talks", Visit: 1, Queue: "accueil", Outcome: fact.VisitAnswered, WaitMS: 10})
	at(70, fact.BridgeJoined{Call: "talks"})
	at(80, fact.RecordingStarted{Call: "talks", Recording: "r1"})
	at(90, fact.CallOpened{Call: "over"})
	at(95, fact.CallEnded{Call: "over", Outcome: fact.CallFailed})

	if diff := cmp.Diff([]string{"waits", "talks", "over"}, order); diff != "" {
		t.Fatal(diff)
	}
	if open["over"] != nil {
		t.Fatal("a call that ended is open")
	}
	const cause = "the core stopped under it"
	want := []fact.Fact{
		fact.OfferEnded{Call: "waits", Visit: 1, Offer: 2, Agent: "ben", Outcome: fact.OfferCancelled, RingMS: 1000},
		fact.VisitEnded{Call: "waits", Visit: 1, Queue: "accueil", Outcome: fact.VisitInterrupted, WaitMS: 5900, Offers: 2},
		fact.CallEnded{Call: "waits", Outcome: fact.CallInterrupted, Cause: cause, HungUpBy: "box", TotalMS: 6000, WaitMS: 5900, RingMS: 1000},
	}
	if diff := cmp.Diff(want, closing("waits", open["waits"], fact.Moment{UTC: 6000, Boot: 6000})); diff != "" {
		t.Fatal(diff)
	}
	want = []fact.Fact{
		fact.RecordingEnded{Call: "talks", Recording: "r1", Error: cause},
		fact.CallEnded{Call: "talks", Outcome: fact.CallAnswered, Cause: cause, HungUpBy: "box", TotalMS: 5950, WaitMS: 10, TalkMS: 5930},
	}
	if diff := cmp.Diff(want, closing("talks", open["talks"], fact.Moment{UTC: 6000, Boot: 6000})); diff != "" {
		t.Fatal(diff)
	}
	for _, f := range []fact.Fact{
		fact.CallOpened{Call: "sent"},
		fact.CallRouted{Call: "sent", To: "trunk", Reasons: []fact.Reason{{Code: "extension.forwarded", Detail: "204 always"}}},
		fact.CallRouted{Call: "sent", To: "trunk", Target: "backup", Reasons: []fact.Reason{{Code: "trunk.down"}}},
		fact.BridgeJoined{Call: "sent"},
	} {
		fold(open, nil, fact.Entry{At: fact.Moment{UTC: 10, Boot: 10}, Fact: f})
	}
	if end := closing("sent", open["sent"], fact.Moment{UTC: 30, Boot: 30}); end[len(end)-1].(fact.CallEnded).Outcome != fact.CallForwarded {
		t.Fatal(end)
	}
	// After a reboot the time since boot begins anew: only what is known counts.
	want[1] = fact.CallEnded{Call: "talks", Outcome: fact.CallAnswered, Cause: cause, HungUpBy: "box", TotalMS: 20, WaitMS: 10}
	if diff := cmp.Diff(want, closing("talks", open["talks"], fact.Moment{UTC: 900_000, Boot: 40})); diff != "" {
		t.Fatal(diff)
	}
}

// Everyone's phone rang when the core died, and before that an agent had talked, been recorded and handed the caller back to the queue: each presentation
// gets its end, what was over has none besides, and the talk of before counts.
func TestACutCallHasOneEndOfEachThing(t *testing.T) {
	open := map[string]*unended{}
	var order []string
	at := func(ms int64, f fact.Fact) {
		order = fold(open, order, fact.Entry{At: fact.Moment{UTC: ms, Boot: ms}, Fact: f})
	}
	at(0, fact.CallOpened{Call: "c"})
	at(0, fact.VisitEntered{Call: "c", Visit: 1, Queue: "accueil"})
	at(0, fact.OfferMade{Call: "c", Visit: 1, Offer: 1, Queue: "accueil", Agent: "ana"})
	at(4000, fact.OfferEnded{Call: "c", Visit: 1, Offer: 1, Agent: "ana", Outcome: fact.OfferAnswered, RingMS: 4000})
	at(4000, fact.VisitEnded{Call: "c", Visit: 1, Queue: "accueil", Outcome: fact.VisitAnswered, WaitMS: 4000})
	at(4000, fact.BridgeJoined{Call: "c"})
	at(4000, fact.RecordingStarted{Call: "c", Recording: "r1"})
	at(14_000, fact.BridgeParted{Call: "c", TalkMS: 10_000})
	at(14_000, fact.RecordingEnded{Call: "c", Recording: "r1", SoundMS: 10_000})
	at(14_000, fact.VisitEntered{Call: "c", Visit: 2, Queue: "renfort"})
	at(15_000, fact.OfferMade{Call: "c", Visit: 2, Offer: 2, Queue: "renfort", Agent: "ben"})
	at(15_000, fact.OfferMade{Call: "c", Visit: 2, Offer: 3, Queue: "renfort", Agent: "chloe"})
	at(15_000, fact.OfferMade{Call: "c", Visit: 2, Offer: 4, Queue: "renfort", Agent: "dan"})
	at(15_500, fact.OfferEnded{Call: "c", Visit: 2, Offer: 4, Agent: "dan", Outcome: fact.OfferBusy})
	want := []fact.Fact{
		fact.OfferEnded{Call: "c", Visit: 2, Offer: 2, Agent: "ben", Outcome: fact.OfferCancelled, RingMS: 1000},
		fact.OfferEnded{Call: "c", Visit: 2, Offer: 3, Agent: "chloe", Outcome: fact.OfferCancelled, RingMS: 1000},
		fact.VisitEnded{Call: "c", Visit: 2, Queue: "renfort", Outcome: fact.VisitInterrupted, WaitMS: 2000, Offers: 3},
		fact.CallEnded{
			Call: "c", Outcome: fact.CallAnswered, Cause: cutCause, HungUpBy: "box", TotalMS: 16_000, WaitMS: 6000, RingMS: 6000, TalkMS: 10_000,
		},
	}
	if diff := cmp.Diff(want, closing("c", open["c"], fact.Moment{UTC: 16_000, Boot: 16_000})); diff != "" {
		t.Error(diff)
	}
}
