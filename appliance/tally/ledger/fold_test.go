package ledger_test

import (
	"bytes"
	"fmt"
	"testing"

	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/ledger"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// The nights of 2026 on which clocks in France are put, an hour before: 01:00 UTC is when they are.
const (
	springNight = 1_774_742_400_000 // 2026-03-29 00:00 UTC
	autumnNight = 1_792_886_400_000 // 2026-10-25 00:00 UTC
)

// oneOf draws from a list.
func oneOf[T any](t *rapid.T, of ...T) T { return rapid.SampledFrom(of).Draw(t, "one of") }

// noise draws a journal of any facts in any order: calls without an opening, ends without a beginning, repeated and lost ones, restarts.
func noise(t *rapid.T) []fact.Entry {
	now := fact.Moment{UTC: oneOf(t, int64(springNight), autumnNight, eight), Boot: 50_000}
	address := fact.Address{Stream: "box", Epoch: 1}
	var all []fact.Entry
	for range rapid.IntRange(0, 120).Draw(t, "facts") {
		now = now.Add(rapid.Int64Range(0, 400_000).Draw(t, "ms"))
		if rapid.IntRange(0, 60).Draw(t, "jump") == 0 { // the wall clock is put, the box boots
			now.UTC += rapid.Int64Range(-3_600_000, 3_600_000).Draw(t, "by")
			now.Boot = oneOf(t, now.Boot, 0)
			address.Epoch += oneOf(t, uint32(0), 1)
		}
		address.N++
		all = append(all, fact.Entry{Address: address, At: now, Fact: anyFact(t)})
	}
	return all
}

func anyFact(t *rapid.T) fact.Fact {
	call := oneOf(t, "c1", "c2", "c3", "c4")
	visit, offer := rapid.IntRange(1, 3).Draw(t, "visit"), rapid.IntRange(1, 4).Draw(t, "offer")
	queue, agent := oneOf(t, "rouge", "bleu"), oneOf(t, "ana", "ben")
	ms := rapid.Int64Range(0, 90_000).Draw(t, "lasted")
	switch rapid.IntRange(0, 17).Draw(t, "kind") {
	case 0, 1:
		return fact.CallOpened{
			Call: call, Flow: oneOf(t, "inbound", "inbound", "outbound", "internal"), Trunk: "carrier", Caller: oneOf(t, fact.Subject("s1"), "s2", ""),
			Callee: "s1", Withheld: oneOf(t, false, false, true), Dialled: oneOf(t, "+33140506070", "+33140506071"),
		}
	case 2, 3, 4:
		return fact.VisitEntered{Call: call, Visit: visit, Queue: queue, Position: 1}
	case 5, 6, 7:
		return fact.VisitEnded{Call: call, Visit: visit, Queue: queue, WaitMS: ms, Agent: agent, To: oneOf(t, "", "voicemail", "callback"), Outcome: oneOf(
			t, fact.VisitAnswered, fact.VisitAnswered, fact.VisitAbandoned, fact.VisitCancelled, fact.VisitClosed, fact.VisitFull, fact.VisitNobodyFit,
			fact.VisitWaitedTooLong, fact.VisitExited, fact.VisitMoved, fact.VisitFailed, fact.VisitInterrupted, "teleported",
		)}
	case 8:
		return fact.OfferMade{Call: call, Visit: visit, Offer: offer, Queue: queue, Agent: agent}
	case 9:
		return fact.OfferEnded{Call: call, Visit: visit, Offer: offer, Agent: agent, RingMS: ms, Outcome: oneOf(
			t, fact.OfferAnswered, fact.OfferNotAnswered, fact.OfferBusy, fact.OfferDeclined, fact.OfferUnreachable, fact.OfferCancelled, fact.OfferLostRace, "eaten",
		)}
	case 10:
		return fact.BridgeJoined{Call: call}
	case 11:
		return fact.BridgeParted{Call: call, TalkMS: ms}
	case 12, 13:
		return fact.AgentChanged{
			Agent: agent, Session: oneOf(t, "logged_in", "logged_in", "logged_out", "leaving"), Declared: oneOf(t, "available", "pause"), Pause: oneOf(t, "", "lunch"),
			Activity: oneOf(t, "idle", "reserved", "ringing", "talking", "holding", "wrapup"), Line: oneOf(t, "registered", "unregistered"), Call: call,
		}
	case 14:
		return fact.CallEnded{Call: call, Outcome: oneOf(t, fact.CallAnswered, fact.CallAbandoned, fact.CallCancelled, fact.CallInterrupted, "gone"), TalkMS: ms, WaitMS: ms}
	case 15:
		return oneOf[fact.Fact](t, fact.BoxStarted{}, fact.BoxStarted{Resumed: 2}, fact.BoxStopped{Planned: true}, fact.BoxStopped{}, fact.FactsLost{Cause: "x"})
	case 16:
		return oneOf[fact.Fact](
			t, fact.CallbackRequested{Callback: "k1", Call: call, Queue: queue}, fact.CallbackEnded{Callback: "k1", Outcome: oneOf(t, "reached", "unreached", "expired")},
			fact.VoicemailLeft{Call: call},
		)
	default:
		return oneOf[fact.Fact](t, fact.TransferStarted{Call: call}, fact.TransferCompleted{Call: call}, fact.TransferFailed{Call: call}, fact.LegRinging{Call: call})
	}
}

// balanced holds every line to its partition, and what was received to what the facts say themselves.
func balanced(tb rapid.TB, all []fact.Entry, rows count.Rows) {
	tb.Helper()
	received := map[count.Quarter]int64{}
	for _, r := range rows.Visits {
		if r.N.Received > 0 {
			received[r.At.Quarter] += r.N.Received
		}
		if r.N.Received != r.N.Over()+r.N.InProgress {
			tb.Fatalf("visits of %+v do not balance: %+v", r.At, r.N)
		}
		if r.N.Within > r.N.Answered || r.N.Short()+r.N.Recovered+r.N.Unreached > r.N.Abandoned+r.N.Cancelled || r.N.LostWithin > r.N.Abandoned+r.N.Cancelled || r.N.Missed > r.N.Abandoned {
			tb.Fatalf("more than all in %+v: %+v", r.At, r.N)
		}
	}
	for _, r := range rows.Offers {
		if r.N.Made != r.N.Over()+r.N.InProgress {
			tb.Fatalf("offers of %+v do not balance: %+v", r.At, r.N)
		}
	}
	for _, r := range rows.Wishes {
		if r.N.Asked != r.N.Over()+r.N.InProgress {
			tb.Fatalf("callbacks of %+v do not balance: %+v", r.At, r.N)
		}
	}
	for _, r := range rows.Calls {
		if r.N.Received != r.N.Over()+r.N.InProgress {
			tb.Fatalf("calls of %+v do not balance: %+v", r.At, r.N)
		}
		if r.N.Again > r.N.Known || r.N.AgainHere > r.N.Again || r.N.AgainFirst > r.N.Again || r.N.AgainLast > r.N.Again {
			tb.Fatalf("more repeat calls than calls in %+v: %+v", r.At, r.N)
		}
	}
	told := map[count.Quarter]int64{}
	for _, v := range entries(all) {
		told[v]++
	}
	if diff := cmp.Diff(told, received); diff != "" {
		tb.Fatalf("visits that the facts tell of, and those counted, by quarter: %s", diff)
	}
}

// entries is the quarter of entry of every visit the facts tell of, found without the book.
func entries(all []fact.Entry) (quarters []count.Quarter) {
	last := map[string]int{}
	for _, e := range all {
		switch f := e.Fact.(type) {
		case fact.VisitEntered:
			if f.Visit > last[f.Call] {
				last[f.Call] = f.Visit
				quarters = append(quarters, count.QuarterOf(e.At.UTC))
			}
		case fact.CallEnded:
			delete(last, f.Call) // the same name again is another call
		default:
		}
	}
	return quarters
}

// TestCountersAreTheSameHoweverTheFactsCome: in one go, one by one, again and again, or split anywhere and gone on from what was kept.
func TestCountersAreTheSameHoweverTheFactsCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := noise(t)
		whole, parts := ledger.New(ledger.DefaultRules()), ledger.New(ledger.DefaultRules())
		for _, e := range all {
			whole.Take(e)
		}
		for i := 0; i < len(all); {
			n := rapid.IntRange(1, len(all)-i).Draw(t, "part")
			for _, e := range all[i : i+n] {
				parts.Take(e)
			}
			i += n
			again := rapid.IntRange(0, i).Draw(t, "again")
			for _, e := range all[again:i] {
				if parts.Take(e) {
					t.Fatalf("%s was taken twice", e.Address)
				}
			}
			kept := encoded(t, parts)
			back, err := ledger.Restore(kept)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(kept, encoded(t, back)) {
				t.Fatal("a book that was read is another one")
			}
			parts = back
		}
		if a, b := encoded(t, whole), encoded(t, parts); !bytes.Equal(a, b) {
			t.Fatalf("in one go\n%s\nin parts\n%s", a, b)
		}
		now := whole.Last()
		rows := whole.Rows(now)
		if diff := cmp.Diff(rows, parts.Rows(now)); diff != "" {
			t.Fatal(diff)
		}
		from := count.QuarterOf(now.UTC) - count.Quarter(rapid.IntRange(0, 12).Draw(t, "from"))
		until := from + count.Quarter(rapid.IntRange(0, 12).Draw(t, "quarters"))
		if diff := cmp.Diff(rows.Between(from, until), whole.Between(from, until, now), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func encoded(t rapid.TB, b *ledger.Book) []byte {
	t.Helper()
	raw, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestEveryIntervalBalances, after every fact: received is the sum of what became of it and of what is in progress.
func TestEveryIntervalBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := noise(t)
		b := ledger.New(ledger.DefaultRules())
		for i, e := range all {
			b.Take(e)
			if i%7 == 0 || i == len(all)-1 {
				balanced(t, all[:i+1], b.Rows(e.At))
			}
		}
	})
}

// TestRealDaysBalance counts what an exchange tells on random days, both nights when clocks are put among them.
func TestRealDaysBalance(t *testing.T) {
	var received int64
	for _, night := range []int64{springNight, autumnNight} {
		for seed := range uint64(12) {
			t.Run(fmt.Sprint(night, "/", seed), func(t *testing.T) {
				received += realDay(t, night, seed)
			})
		}
	}
	if received < 200 {
		t.Errorf("only %d visits on all days", received)
	}
}

// realDay is a day of an exchange; it returns how many visits there were.
func realDay(t *testing.T, night int64, seed uint64) int64 {
	w := exchangetest.New(seed)
	shift := night - w.Moment().UTC
	var all []fact.Entry
	b := ledger.New(ledger.DefaultRules())
	w.Hear = func(at fact.Moment, f fact.Fact) {
		at.UTC += shift
		e := fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: uint64(len(all) + 1)}, At: at, Fact: f}
		all = append(all, e)
		b.Take(e)
	}
	now := func() fact.Moment { return fact.Moment{UTC: w.Moment().UTC + shift, Boot: w.Moment().Boot} }
	for i := range 700 {
		w.Move()
		w.Pass(w.Dice.In(0, 30_000))
		if i%50 == 0 {
			balanced(t, all, b.Rows(now()))
		}
	}
	w.EndDay()
	if len(w.Problems) > 0 {
		t.Fatal(w.Problems[0])
	}
	rows := b.Rows(now())
	balanced(t, all, rows)
	calls, _, _ := b.Open()
	visits := total(rows.Visits)
	if calls != 0 || visits.InProgress != 0 || visits.Other != 0 {
		t.Errorf("the day is over and %d calls are open: %+v", calls, visits)
	}
	sum := total(rows.Calls)
	var outcomes, journeys int64
	for _, n := range w.Facts.Outcomes {
		outcomes += int64(n)
	}
	for _, e := range all {
		if _, ok := e.Fact.(fact.CallOpened); ok {
			journeys++
		}
	}
	if sum.Received != outcomes || sum.Received != journeys || sum.Other != 0 {
		t.Errorf("%d calls counted, %d opened, %d ended: %+v", sum.Received, journeys, outcomes, sum)
	}
	offers := total(rows.Offers)
	for outcome, counted := range map[fact.OfferOutcome]int64{
		fact.OfferAnswered: offers.Answered, fact.OfferNotAnswered: offers.NotAnswered, fact.OfferBusy: offers.Busy, fact.OfferDeclined: offers.Declined,
		fact.OfferUnreachable: offers.Unreachable, fact.OfferCancelled: offers.Cancelled, fact.OfferLostRace: offers.LostRace,
	} {
		if told := int64(w.Facts.Offers[outcome]); told != counted {
			t.Errorf("%d offers %s were told of and %d counted", told, outcome, counted)
		}
	}
	asked := int64(0)
	for _, e := range all {
		if f, ok := e.Fact.(fact.CallbackRequested); ok && f.Source == "queue" {
			asked++
		}
	}
	if visits.ExitedCallback != asked {
		t.Errorf("%d callers asked in their queue to be called back, %d left it for that", asked, visits.ExitedCallback)
	}
	// Nobody can be logged in for longer than the day, nor do two things at once.
	each := map[string]int64{}
	for _, r := range rows.Spent {
		if r.N.MS > count.QuarterMS {
			t.Errorf("%+v for %d ms of one quarter", r.At, r.N.MS)
		}
		each[fmt.Sprint(r.At.Agent, r.At.Quarter)] += r.N.MS
	}
	for who, ms := range each {
		if ms > count.QuarterMS {
			t.Errorf("%s was at work for %d ms of a quarter", who, ms)
		}
	}
	return visits.Received
}

// TestTheHourThatComesTwice: callers at 02:10 and an hour later, at 02:10 again, are of two quarters; nothing is merged or lost.
func TestTheHourThatComesTwice(t *testing.T) {
	told := &teller{now: fact.Moment{UTC: autumnNight + 10*60_000, Boot: 1}, epoch: 1} // 02:10 in summer time
	told.tell(opened("c1"), fact.VisitEntered{Call: "c1", Visit: 1, Queue: "rouge"})
	told.after(3_600_000, opened("c2"), fact.VisitEntered{Call: "c2", Visit: 1, Queue: "rouge"})
	rows := told.book(t).Rows(told.now)
	if len(rows.Visits) != 2 || rows.Visits[1].At.Quarter-rows.Visits[0].At.Quarter != 4 {
		t.Errorf("%+v", rows.Visits)
	}
}

func TestABookOfAnotherVersionIsNotRead(t *testing.T) {
	for _, raw := range []string{`{"version":99}`, `{}`, `[]`, ``} {
		if _, err := ledger.Restore([]byte(raw)); err == nil {
			t.Errorf("took %q", raw)
		}
	}
}
