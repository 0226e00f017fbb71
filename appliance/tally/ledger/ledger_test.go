package ledger_test

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/ledger"

	"github.com/google/go-cmp/cmp"
)

// eight is 08:00 in Paris on 2026-11-23, a Monday.
const eight = 1_795_417_200_000

// teller puts facts in a journal, at the times it is told.
type teller struct {
	now   fact.Moment
	n     uint64
	epoch uint32
	all   []fact.Entry
}

func telling() *teller { return &teller{now: fact.Moment{UTC: eight, Boot: 1_000_000}, epoch: 1} }

func (t *teller) tell(facts ...fact.Fact) *teller {
	for _, f := range facts {
		t.n++
		t.all = append(t.all, fact.Entry{Address: fact.Address{Stream: "box", Epoch: t.epoch, N: t.n}, At: t.now, Fact: f})
	}
	return t
}

func (t *teller) after(ms int64, facts ...fact.Fact) *teller {
	t.now = t.now.Add(ms)
	return t.tell(facts...)
}

func (t *teller) book(tb testing.TB) *ledger.Book {
	tb.Helper()
	b := ledger.New(ledger.DefaultRules())
	for _, e := range t.all {
		if !b.Take(e) {
			tb.Fatalf("%s was not taken", e.Address)
		}
	}
	return b
}

func total[K, V any, P interface {
	*V
	Add(V)
}](rows []count.Row[K, V],
) V {
	var sum V
	for _, r := range rows {
		P(&sum).Add(r.N)
	}
	return sum
}

func opened(call string) fact.CallOpened {
	return fact.CallOpened{Call: call, Leg: "l1", Flow: "inbound", Trunk: "carrier", Caller: "s1", Dialled: "+33140506070"}
}

// missedTwiceThenAnswered is testdata/busy-not-answered-answered.call of the simulated world: 31 s of waiting, 30 s of talk in two stretches.
func missedTwiceThenAnswered(t *teller, call string) {
	offer := func(n int, agent string) fact.OfferMade {
		return fact.OfferMade{Call: call, Visit: 1, Offer: n, Queue: "rouge", Agent: agent}
	}
	t.tell(opened(call), fact.CallRouted{Call: call, To: "service", Target: "+33140506070"})
	t.tell(fact.VisitEntered{Call: call, Visit: 1, Queue: "rouge", Position: 1}, offer(1, "ana"))
	t.after(1_000, fact.OfferEnded{Call: call, Visit: 1, Offer: 1, Agent: "ana", Outcome: fact.OfferBusy})
	t.after(4_000, offer(2, "ben"))
	t.after(20_000, fact.OfferEnded{Call: call, Visit: 1, Offer: 2, Agent: "ben", Outcome: fact.OfferNotAnswered, RingMS: 20_000})
	t.after(1_000, offer(3, "chloe"))
	t.after(5_000, fact.OfferEnded{Call: call, Visit: 1, Offer: 3, Agent: "chloe", Outcome: fact.OfferAnswered, RingMS: 5_000})
	t.tell(fact.VisitEnded{Call: call, Visit: 1, Queue: "rouge", Outcome: fact.VisitAnswered, WaitMS: 31_000, Offers: 3, Agent: "chloe"})
	t.tell(in("chloe", "talking", call), fact.BridgeJoined{Call: call})
	t.after(10_000, fact.BridgeParted{Call: call, TalkMS: 10_000}, fact.BridgeJoined{Call: call})
	t.after(5_000, in("chloe", "holding", call))
	t.after(15_000, fact.BridgeParted{Call: call, TalkMS: 20_000}, in("chloe", "wrapup", ""))
	t.tell(fact.CallEnded{Call: call, Outcome: fact.CallAnswered, TotalMS: 61_000, WaitMS: 31_000, RingMS: 25_000, TalkMS: 30_000, HoldMS: 15_000})
	t.after(8_000, in("chloe", "idle", ""))
}

// in is an agent at work, available, who does something.
func in(agent, activity, call string) fact.AgentChanged {
	return fact.AgentChanged{Agent: agent, Session: "logged_in", Declared: "available", Activity: activity, Line: "registered", Call: call}
}

func TestACallThatWasMissedTwiceAndAnswered(t *testing.T) {
	told := telling()
	missedTwiceThenAnswered(told, "c1")
	rows := told.book(t).Rows(told.now)
	quarter := count.QuarterOf(eight)
	place := count.Place{Quarter: quarter, Queue: "rouge", First: "rouge", Section: "+33140506070", Route: "carrier"}
	if diff := cmp.Diff([]count.Row[count.Place, count.Visits]{{At: place, N: count.Visits{
		Received: 1, Answered: 1, WaitMS: 31_000, WaitAnsweredMS: 31_000, MaxWaitMS: 31_000, TalkMS: 30_000, // 31 s is not within 20 s
	}}}, rows.Visits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]count.Row[count.Desk, count.Offers]{
		{At: count.Desk{Place: place, Agent: "ana"}, N: count.Offers{Made: 1, Busy: 1}},
		{At: count.Desk{Place: place, Agent: "ben"}, N: count.Offers{Made: 1, NotAnswered: 1, RingMS: 20_000}},
		{At: count.Desk{Place: place, Agent: "chloe"}, N: count.Offers{
			Made: 1, Answered: 1, RingMS: 5_000, Segments: 1, TalkMS: 15_000, HoldMS: 15_000, WrapMS: 8_000,
		}},
	}, rows.Offers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]count.Row[count.Journey, count.Calls]{{
		At: count.Journey{Quarter: quarter, Flow: "inbound", Section: "+33140506070", Route: "carrier", First: "rouge", Last: "rouge"},
		N: count.Calls{
			Received: 1, Answered: 1, Queued: 1, Served: 1, Known: 1, QueuedKnown: 1, WaitMS: 31_000, WaitServed: 31_000, RingMS: 25_000,
			TalkMS: 30_000, HoldMS: 15_000, TotalMS: 61_000,
		},
	}}, rows.Calls); diff != "" {
		t.Error(diff)
	}
}

// TestEveryOutcomeHasItsColumn is the partition, outcome by outcome (ARCHITECTURE §3).
func TestEveryOutcomeHasItsColumn(t *testing.T) {
	cases := []struct {
		name  string
		ended fact.VisitEnded
		more  []fact.Fact
		want  count.Visits
	}{
		{"answered in time", fact.VisitEnded{Outcome: fact.VisitAnswered, WaitMS: 20_000}, nil, count.Visits{Answered: 1, Within: 1, WaitMS: 20_000, WaitAnsweredMS: 20_000}},
		{"answered late", fact.VisitEnded{Outcome: fact.VisitAnswered, WaitMS: 20_001}, nil, count.Visits{Answered: 1, WaitMS: 20_001, WaitAnsweredMS: 20_001}},
		{"abandoned", fact.VisitEnded{Outcome: fact.VisitAbandoned, WaitMS: 25_000}, nil, count.Visits{Abandoned: 1, WaitMS: 25_000, WaitLostMS: 25_000}},
		{"abandoned soon", fact.VisitEnded{Outcome: fact.VisitAbandoned, WaitMS: 5_000}, nil, count.Visits{Abandoned: 1, LostWithin: 1, WaitMS: 5_000, WaitLostMS: 5_000}},
		{"abandoned at once", fact.VisitEnded{Outcome: fact.VisitAbandoned, WaitMS: 4_999}, nil, count.Visits{Abandoned: 1, LostWithin: 1, ShortAbandoned: 1, WaitMS: 4_999, WaitLostMS: 4_999}},
		{"cancelled", fact.VisitEnded{Outcome: fact.VisitCancelled, WaitMS: 9_000}, nil, count.Visits{Cancelled: 1, LostWithin: 1, WaitMS: 9_000, WaitLostMS: 9_000}},
		{"closed", fact.VisitEnded{Outcome: fact.VisitClosed}, nil, count.Visits{Closed: 1}},
		{"full", fact.VisitEnded{Outcome: fact.VisitFull}, nil, count.Visits{Full: 1}},
		{"nobody fit", fact.VisitEnded{Outcome: fact.VisitNobodyFit}, nil, count.Visits{NobodyFit: 1}},
		{"too long", fact.VisitEnded{Outcome: fact.VisitWaitedTooLong, WaitMS: 60_000, To: "bleu"}, nil, count.Visits{WaitedTooLong: 1, WaitMS: 60_000}},
		{"by a key", fact.VisitEnded{Outcome: fact.VisitExited, Key: "2", To: "bleu"}, nil, count.Visits{ExitedKey: 1}},
		{"to the mailbox, named", fact.VisitEnded{Outcome: fact.VisitExited, To: "voicemail"}, nil, count.Visits{ExitedVoicemail: 1}},
		{"to the mailbox, told after", fact.VisitEnded{Outcome: fact.VisitExited, Key: "3"}, []fact.Fact{fact.VoicemailLeft{Call: "c1"}}, count.Visits{ExitedVoicemail: 1}},
		{"to be called back", fact.VisitEnded{Outcome: fact.VisitExited, Key: "1"}, []fact.Fact{fact.CallbackRequested{Callback: "k1", Call: "c1", Queue: "rouge"}}, count.Visits{ExitedCallback: 1}},
		{"called back", fact.VisitEnded{Outcome: fact.VisitExited, Key: "1"}, []fact.Fact{
			fact.CallbackRequested{Callback: "k1", Call: "c1", Queue: "rouge"}, fact.CallbackEnded{Callback: "k1", Outcome: "reached"},
		}, count.Visits{ExitedCallback: 1}},
		{"moved", fact.VisitEnded{Outcome: fact.VisitMoved, WaitMS: 3_000}, nil, count.Visits{Moved: 1, WaitMS: 3_000}},
		{"failed", fact.VisitEnded{Outcome: fact.VisitFailed}, nil, count.Visits{Failed: 1}},
		{"interrupted", fact.VisitEnded{Outcome: fact.VisitInterrupted}, nil, count.Visits{Interrupted: 1}},
		{"of a later box", fact.VisitEnded{Outcome: "teleported"}, nil, count.Visits{Other: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.ended.Call, c.ended.Visit, c.ended.Queue = "c1", 1, "rouge"
			told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}).after(c.ended.WaitMS, c.ended).tell(c.more...)
			rows := told.book(t).Rows(told.now)
			c.want.Received, c.want.MaxWaitMS = 1, c.ended.WaitMS
			if diff := cmp.Diff(c.want, total(rows.Visits)); diff != "" {
				t.Error(diff)
			}
			if len(rows.Visits) != 1 || c.want.Over() != 1 {
				t.Errorf("%d rows; %d over", len(rows.Visits), c.want.Over())
			}
		})
	}
}

// TestTheWishMayComeBeforeTheEndOfTheVisit: which of the two is told first says nothing.
func TestTheWishMayComeBeforeTheEndOfTheVisit(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"},
		fact.CallbackRequested{Callback: "k1", Call: "c1", Queue: "rouge"},
		fact.VisitEnded{Call: "c1", Visit: 1, Queue: "rouge", Outcome: fact.VisitExited, Key: "1"})
	if diff := cmp.Diff(count.Visits{Received: 1, ExitedCallback: 1}, total(told.book(t).Rows(told.now).Visits)); diff != "" {
		t.Error(diff)
	}
}

// TestTheRouteSaysWhichExitAKeyIs: the caller may hang up before the message is begun.
func TestTheRouteSaysWhichExitAKeyIs(t *testing.T) {
	for to, want := range map[string]count.Visits{
		"voicemail": {Received: 1, ExitedVoicemail: 1}, "callback": {Received: 1, ExitedCallback: 1}, "queue": {Received: 1, ExitedKey: 1},
	} {
		told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"},
			fact.VisitEnded{Call: "c1", Visit: 1, Queue: "rouge", Outcome: fact.VisitExited, Key: "1"},
			fact.CallRouted{Call: "c1", To: to, Reasons: []fact.Reason{{Code: "queue.exit_key"}}},
			fact.CallEnded{Call: "c1", Outcome: fact.CallAbandoned})
		if diff := cmp.Diff(want, total(told.book(t).Rows(told.now).Visits)); diff != "" {
			t.Error(to, diff)
		}
	}
}

// TestAnAttemptToCallBackIsNoCallerWhoCame: it passes through its queue, in a row of its own.
func TestAnAttemptToCallBackIsNoCallerWhoCame(t *testing.T) {
	told := telling().tell(fact.CallOpened{Call: "c1", Flow: "outbound", Callee: "s1", Callback: "k1"},
		fact.CallRouted{Call: "c1", To: "callback", Target: "rouge"}, fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge", From: "callback"}).
		tell(fact.VisitEntered{Call: "c2", Visit: 1, Queue: "rouge", From: "callback"}). // its opening was not fetched
		tell(opened("c3"), fact.VisitEntered{Call: "c3", Visit: 1, Queue: "rouge"})
	for _, r := range told.book(t).Rows(told.now).Visits {
		if want := map[bool]int64{true: 2, false: 1}[r.At.Callback]; r.N.Received != want {
			t.Errorf("%+v", r)
		}
	}
}

// TestAWordAmongAgentsIsNoConversationOfTheCaller: while an agent asks a colleague, the caller hears music and talks with nobody.
func TestAWordAmongAgentsIsNoConversationOfTheCaller(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}, fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitAnswered},
		fact.BridgeJoined{Call: "c1", Legs: []string{"l1", "l2"}}).
		after(10_000, fact.BridgeParted{Call: "c1", Legs: []string{"l1", "l2"}, TalkMS: 10_000}, fact.BridgeJoined{Call: "c1", Legs: []string{"l2", "l3"}}).
		after(7_000, fact.BridgeParted{Call: "c1", Legs: []string{"l2", "l3"}, TalkMS: 7_000}, fact.BridgeJoined{Call: "c1", Legs: []string{"l1", "l2", "l3"}}).
		after(5_000)
	if v := total(told.book(t).Rows(told.now).Visits); v.TalkMS != 15_000 {
		t.Errorf("the caller talked for %d ms", v.TalkMS)
	}
}

func TestCallbacks(t *testing.T) {
	ask := func(id, source string) fact.CallbackRequested {
		return fact.CallbackRequested{Callback: id, Queue: "rouge", Source: source}
	}
	told := telling().tell(ask("k1", "queue"), ask("k2", "web"), ask("k3", "web"), ask("k3", "web"), ask("k4", "campaign"), ask("k5", "campaign")).
		after(20*60_000, fact.CallbackEnded{Callback: "k1", Outcome: "reached", Attempts: 2}, fact.CallbackEnded{Callback: "k2", Outcome: "unreached", Attempts: 3},
			fact.CallbackEnded{Callback: "k2", Outcome: "reached"}, fact.CallbackEnded{Callback: "k9", Outcome: "reached"},
			fact.CallbackEnded{Callback: "k4", Outcome: "expired"}, fact.CallbackEnded{Callback: "k5", Outcome: "cancelled", Attempts: 1})
	at := func(source string) count.Wish {
		return count.Wish{Place: count.Place{Quarter: count.QuarterOf(eight), Queue: "rouge"}, Source: source}
	}
	if diff := cmp.Diff([]count.Row[count.Wish, count.Wishes]{
		{At: at("campaign"), N: count.Wishes{Asked: 2, Expired: 1, Cancelled: 1, Attempts: 1}},
		{At: at("queue"), N: count.Wishes{Asked: 1, Reached: 1, Attempts: 2}},
		{At: at("web"), N: count.Wishes{Asked: 2, Unreached: 1, InProgress: 1, Attempts: 3}},
	}, told.book(t).Rows(told.now).Wishes); diff != "" {
		t.Error(diff)
	}
}

// TestTenPhonesRing: FEATURES §3.3, « tout le monde »: the caller who leaves makes ten offers cancelled; when one answers, nine lose the race.
func TestTenPhonesRing(t *testing.T) {
	ring := func(told *teller) {
		told.tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"})
		for i := 1; i <= 10; i++ {
			told.tell(fact.OfferMade{Call: "c1", Visit: 1, Offer: i, Queue: "rouge", Agent: fmt.Sprint("a", i)})
		}
	}
	over := func(told *teller, i int, o fact.OfferOutcome) {
		told.tell(fact.OfferEnded{Call: "c1", Visit: 1, Offer: i, Agent: fmt.Sprint("a", i), Outcome: o, RingMS: 7_000})
	}
	told := telling()
	ring(told)
	if diff := cmp.Diff(count.Offers{Made: 10, InProgress: 10}, total(told.book(t).Rows(told.now).Offers)); diff != "" {
		t.Error(diff)
	}
	for i := 1; i <= 10; i++ {
		over(told, i, fact.OfferCancelled)
	}
	told.tell(fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitCancelled, WaitMS: 7_000}, fact.CallEnded{Call: "c1", Outcome: fact.CallCancelled})
	rows := told.book(t).Rows(told.now)
	if diff := cmp.Diff(count.Offers{Made: 10, Cancelled: 10, RingMS: 70_000}, total(rows.Offers)); diff != "" {
		t.Error(diff)
	}
	if v := total(rows.Visits); v.Cancelled != 1 || v.Missed != 0 || total(rows.Calls).Cancelled != 1 {
		t.Errorf("%+v", v)
	}

	told = telling()
	ring(told)
	for i := 1; i <= 10; i++ {
		over(told, i, map[bool]fact.OfferOutcome{true: fact.OfferAnswered, false: fact.OfferLostRace}[i == 4])
	}
	if o := total(told.book(t).Rows(told.now).Offers); o.Answered != 1 || o.LostRace != 9 || o.Over() != 10 {
		t.Errorf("%+v", o)
	}
}

// TestMissedThenLeft is kept apart from who left when nobody was rung (FEATURES §14 c).
func TestMissedThenLeft(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}, fact.OfferMade{Call: "c1", Visit: 1, Offer: 1, Queue: "rouge", Agent: "ana"}).
		after(20_000, fact.OfferEnded{Call: "c1", Visit: 1, Offer: 1, Agent: "ana", Outcome: fact.OfferNotAnswered, RingMS: 20_000}).
		after(5_000, fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitAbandoned, WaitMS: 25_000},
			fact.CallEnded{Call: "c1", Outcome: fact.CallAbandoned, Stage: fact.StageQueue, LastOffer: fact.OfferNotAnswered})
	rows := told.book(t).Rows(told.now)
	if v := total(rows.Visits); v.Abandoned != 1 || v.Missed != 1 {
		t.Errorf("%+v", v)
	}
	if c := total(rows.Calls); c.AbandonedQueue != 1 || c.Missed != 1 || c.Over() != 1 {
		t.Errorf("%+v", c)
	}
}

func TestWhoWaitsIsInProgressAndStaysInTheQuarterTheyCame(t *testing.T) {
	told := telling().tell(opened("c1")).after(10*60_000, fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"})
	b := told.book(t)
	later := told.now.Add(9 * 60_000) // 08:19, another quarter
	rows := b.Rows(later)
	if diff := cmp.Diff(count.Visits{Received: 1, InProgress: 1, MaxWaitMS: 9 * 60_000}, total(rows.Visits)); diff != "" {
		t.Error(diff)
	}
	if c := total(rows.Calls); c.Received != 1 || c.InProgress != 1 {
		t.Errorf("%+v", c)
	}
	told.after(9*60_000, fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitAnswered, WaitMS: 9 * 60_000}, fact.BridgeJoined{Call: "c1"})
	rows = told.book(t).Rows(told.now.Add(30_000))
	if len(rows.Visits) != 1 || rows.Visits[0].At.Quarter != count.QuarterOf(eight) {
		t.Fatalf("%+v", rows.Visits)
	}
	if v := rows.Visits[0].N; v.Answered != 1 || v.InProgress != 0 || v.TalkMS != 30_000 {
		t.Errorf("the open conversation counts up to now: %+v", v)
	}
}

// TestTransfersDoNotCountACallTwice: one call, two queues, two agents, three conversations: FEATURES §3.3, « transfer to another group ».
func TestTransfersDoNotCountACallTwice(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}).
		after(10_000, fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitAnswered, WaitMS: 10_000, Agent: "ana"}, in("ana", "talking", "c1"), fact.BridgeJoined{Call: "c1"}).
		after(20_000, fact.TransferStarted{Call: "c1"}, fact.BridgeParted{Call: "c1", TalkMS: 20_000}, in("ana", "idle", "")).
		tell(fact.TransferCompleted{Call: "c1", Queue: "bleu"}, fact.VisitEntered{Call: "c1", Visit: 2, Queue: "bleu"}).
		after(30_000, fact.VisitEnded{Call: "c1", Visit: 2, Outcome: fact.VisitAnswered, WaitMS: 30_000, Agent: "ben"}, in("ben", "talking", "c1"), fact.BridgeJoined{Call: "c1"}).
		// ben asks ana, in a call of their own, and hands over to her
		after(5_000, in("ben", "holding", "c1"), fact.CallOpened{Call: "c2", Flow: "internal"}, in("ana", "talking", "c2"), fact.BridgeJoined{Call: "c2"}).
		after(4_000, fact.TransferStarted{Call: "c1"}, fact.BridgeParted{Call: "c1", TalkMS: 9_000}, fact.BridgeParted{Call: "c2", TalkMS: 4_000},
			fact.CallMerged{Call: "c2", Into: "c1"}, in("ana", "talking", "c1"), in("ben", "idle", ""),
			fact.CallEnded{Call: "c2", Outcome: fact.CallAnswered, TalkMS: 4_000, Reasons: []fact.Reason{{Code: "call.merged"}}},
			fact.BridgeJoined{Call: "c1"}, fact.TransferCompleted{Call: "c1"}).
		after(6_000, fact.BridgeParted{Call: "c1", TalkMS: 6_000}, in("ana", "idle", ""),
			fact.CallEnded{Call: "c1", Outcome: fact.CallAnswered, WaitMS: 40_000, TalkMS: 35_000})
	rows := told.book(t).Rows(told.now)
	if diff := cmp.Diff(count.Calls{
		Received: 2, Answered: 1, Merged: 1, Queued: 1, Served: 1, Handed: 1, Transfers: 2, HandedOver: 2, Known: 1, QueuedKnown: 1,
		WaitMS: 40_000, WaitServed: 40_000, TalkMS: 39_000,
	}, total(rows.Calls)); diff != "" {
		t.Error(diff)
	}
	for _, r := range rows.Visits {
		want := map[string]count.Visits{
			"rouge": {Received: 1, Answered: 1, Within: 1, WaitMS: 10_000, WaitAnsweredMS: 10_000, MaxWaitMS: 10_000, TalkMS: 20_000},
			"bleu":  {Received: 1, Answered: 1, WaitMS: 30_000, WaitAnsweredMS: 30_000, MaxWaitMS: 30_000, TalkMS: 15_000},
		}[r.At.Queue]
		if r.At.First != "rouge" {
			t.Errorf("first queue of the visit in %s: %q", r.At.Queue, r.At.First)
		}
		if diff := cmp.Diff(want, r.N); diff != "" {
			t.Error(r.At.Queue, diff)
		}
	}
	var desks []string
	for _, r := range rows.Offers {
		desks = append(desks, fmt.Sprintf("%s in %q: %d of %d+%d", r.At.Agent, r.At.Queue, r.N.Segments, r.N.TalkMS, r.N.HoldMS))
	}
	if diff := cmp.Diff([]string{
		`ana in "": 1 of 4000+0`, `ana in "bleu": 1 of 6000+0`, `ben in "bleu": 1 of 5000+4000`, `ana in "rouge": 1 of 20000+0`,
	}, desks); diff != "" {
		t.Error(diff)
	}
}

// TestACallThatWasCut: the core died under it; how long it talked is told with its end alone.
func TestACallThatWasCut(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}, fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitAnswered},
		fact.BridgeJoined{Call: "c1"}).after(4_000, fact.BridgeParted{Call: "c1", TalkMS: 4_000}, fact.BridgeJoined{Call: "c1"}).
		after(60_000, fact.CallEnded{Call: "c1", Outcome: fact.CallAnswered, TalkMS: 13_000})
	if v := total(told.book(t).Rows(told.now).Visits); v.TalkMS != 13_000 {
		t.Errorf("it talked for %d ms", v.TalkMS)
	}
}

// TestACallerOnAnotherPhone: a leg that takes the place of the caller's is the caller.
func TestACallerOnAnotherPhone(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}, fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitAnswered},
		fact.LegReplaced{Call: "c1", Leg: "l1", By: "l7"}, fact.BridgeJoined{Call: "c1", Legs: []string{"l7", "l2"}}).
		after(4_000, fact.BridgeParted{Call: "c1", Legs: []string{"l7", "l2"}, TalkMS: 4_000})
	if v := total(told.book(t).Rows(told.now).Visits); v.TalkMS != 4_000 {
		t.Errorf("the caller talked for %d ms", v.TalkMS)
	}
}

// TestABootBetweenIsNotADayOfSilence: the clock since boot begins anew, and a call may still be told of.
func TestABootBetweenIsNotADayOfSilence(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"})
	told.now = fact.Moment{UTC: told.now.UTC + 20*60_000, Boot: 5}
	told.tell(fact.LinkChanged{}).after(20*60_000, fact.LinkChanged{})
	told.tell(fact.VisitEnded{Call: "c1", Visit: 1, Outcome: fact.VisitInterrupted})
	if v := total(told.book(t).Rows(told.now).Visits); v.Interrupted != 1 {
		t.Errorf("%+v", v)
	}

	told = telling()
	told.now.Boot = 400 * 3_600_000 // up for days, and then booted: the call is forgotten a day later all the same
	told.tell(opened("c1"))
	told.now = fact.Moment{UTC: told.now.UTC + 20*60_000, Boot: 5}
	told.tell(fact.LinkChanged{}).after(25*3_600_000, fact.LinkChanged{})
	if calls, _, _ := told.book(t).Open(); calls != 0 {
		t.Errorf("%d calls are open", calls)
	}
}

func TestForgettingLetsOldRowsGo(t *testing.T) {
	told := telling()
	missedTwiceThenAnswered(told, "c1")
	told.tell(opened("c2"), fact.VisitEntered{Call: "c2", Visit: 1, Queue: "rouge"})
	told.after(20*60_000, opened("c3"), fact.VisitEntered{Call: "c3", Visit: 1, Queue: "rouge"})
	b := told.book(t)
	b.Forget(count.QuarterOf(told.now.UTC))
	b, err := ledger.Restore(encoded(t, b)) // what was forgotten stays so
	if err != nil {
		t.Fatal(err)
	}
	told.tell(fact.VisitEnded{Call: "c2", Visit: 1, Outcome: fact.VisitAnswered}, fact.CallEnded{Call: "c2", Outcome: fact.CallAnswered})
	for _, e := range told.all[len(told.all)-2:] {
		b.Take(e)
	}
	rows := b.Rows(told.now)
	if v := total(rows.Visits); v.Received != 1 || v.InProgress != 1 || len(rows.Visits) != 1 || len(rows.Heard) != 1 {
		t.Errorf("%+v", rows)
	}
}

func TestACallThatIsNeverHeardOfAgainLeavesTheBook(t *testing.T) {
	told := telling().tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"}, fact.OfferMade{Call: "c1", Visit: 1, Offer: 1, Queue: "rouge", Agent: "ana"}).
		after(25*3_600_000, fact.LinkChanged{})
	b := told.book(t)
	rows := b.Rows(told.now)
	if calls, _, _ := b.Open(); calls != 0 {
		t.Errorf("%d calls are open", calls)
	}
	if v, o, c := total(rows.Visits), total(rows.Offers), total(rows.Calls); v.Other != 1 || v.InProgress != 0 || o.Other != 1 || c.Other != 1 || c.Over() != c.Received {
		t.Errorf("%+v %+v %+v", v, o, c)
	}
}

// TestZeroCallsIsNotAmbiguous: FEATURES §11.3, trap 3.
func TestWhatWasHeardIsToldWithItsHoles(t *testing.T) {
	hole := fact.FactsLost{From: fact.Address{Stream: "box", Epoch: 1, N: 3}, To: fact.Address{Stream: "box", Epoch: 1, N: 9}, Cause: "disk full"}
	told := telling().tell(fact.PhoneReachable{Extension: "201"}, opened("c1"))
	told.n = 9
	told.after(20*60_000, hole)
	rows := told.book(t).Rows(told.now)
	q := count.QuarterOf(eight)
	if diff := cmp.Diff([]count.Row[count.Quarter, count.Heard]{
		{At: q, N: count.Heard{Fetched: 2, Kept: 1, First: told.all[0].Address, Last: told.all[1].Address}},
		{At: q + 1, N: count.Heard{Fetched: 1, Kept: 1, First: told.all[2].Address, Last: told.all[2].Address}},
	}, rows.Heard); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]count.Hole{{Quarter: q + 1, From: hole.From, To: hole.To, Cause: "disk full"}}, rows.Holes); diff != "" {
		t.Error(diff)
	}
}
