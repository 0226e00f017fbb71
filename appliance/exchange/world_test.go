package exchange_test

import (
	"bytes"
	"slices"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
)

func worlds(full int) int {
	if testing.Short() {
		return full / 10
	}
	return full
}

// TestRandomDaysAndTheirReplay runs random days through an exchange, holds every promise after each step, and replays each day from its
// inputs with the state written out and read back at random points: every step must say the same to the byte.
func TestRandomDaysAndTheirReplay(t *testing.T) {
	outcomes := map[fact.CallOutcome]int{}
	offers := map[fact.OfferOutcome]int{}
	visits := map[fact.VisitOutcome]int{}
	transfers := map[string]int{}
	calls, steps := 0, 0
	for seed := range uint64(worlds(1200)) {
		w := exchangetest.New(seed)
		for range 250 {
			w.Move()
			if len(w.Problems) > 0 {
				break
			}
		}
		if len(w.Problems) == 0 {
			w.EndDay()
		}
		if len(w.Problems) > 0 {
			last := w.Log[max(0, len(w.Log)-8):]
			for _, x := range last {
				t.Logf("%d %T%+v", x.At.Boot, x.Input, x.Input)
			}
			t.Fatalf("seed %d: %v", seed, w.Problems)
		}
		replay(t, seed, w)
		for k, n := range w.Facts.Outcomes {
			outcomes[k] += n
		}
		for k, n := range w.Facts.Offers {
			offers[k] += n
		}
		for k, n := range w.Facts.Visits {
			visits[k] += n
		}
		for k, n := range w.Facts.Transfers {
			transfers[k] += n
		}
		calls += w.Facts.Calls()
		steps += len(w.Log)
	}
	t.Logf("%d calls, %d steps, outcomes %v, visits %v, offers %v, transfers %v", calls, steps, outcomes, visits, offers, transfers)
	for _, want := range []string{"blind", "attended", "completed", "conference", "failed, held", "merged", "replaced", "picked up", "placed", "failed, back", "failed, recall", "failed, over", "supervised", "parked", "unparked", "parked too long"} {
		if transfers[want] == 0 {
			t.Errorf("no transfer was ever %s: the days are too tame", want)
		}
	}
	for _, want := range []fact.CallOutcome{fact.CallAnswered, fact.CallAbandoned, fact.CallCancelled, fact.CallDeterred, fact.CallFailed} {
		if outcomes[want] == 0 {
			t.Errorf("no call was ever %s: the days are too tame", want)
		}
	}
	for _, want := range []fact.OfferOutcome{fact.OfferAnswered, fact.OfferNotAnswered, fact.OfferBusy, fact.OfferDeclined, fact.OfferUnreachable, fact.OfferCancelled} {
		if offers[want] == 0 {
			t.Errorf("no offer was ever %s: the days are too tame", want)
		}
	}
	for _, want := range []fact.VisitOutcome{fact.VisitAnswered, fact.VisitAbandoned, fact.VisitCancelled, fact.VisitFull, fact.VisitWaitedTooLong, fact.VisitFailed} {
		if visits[want] == 0 {
			t.Errorf("no visit was ever %s: the days are too tame", want)
		}
	}
}

func replay(t *testing.T, seed uint64, w *exchangetest.World) {
	t.Helper()
	d := exchangetest.NewDice(seed ^ 0x5eed)
	s := exchange.New()
	for i, x := range w.Log {
		if d.Percent(5) {
			s = again(t, s)
		}
		if d.Percent(30) {
			takenBack(t, s, x)
		}
		effects, facts := s.Step(x.At, x.Input)
		if exchangetest.Print(effects, facts) != x.Print {
			t.Fatalf("seed %d: step %d %T%+v says something else in the replay: %+v %+v", seed, i, x.Input, x.Input, effects, facts)
		}
	}
}

// takenBack tries a step and takes it back, as after a panic: nothing of it may remain but the time.
func takenBack(t *testing.T, s *exchange.State, x exchangetest.Taken) {
	t.Helper()
	s.Advance(x.At)
	open := s.Audit() // what is due and was not served yet
	before, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s.TakeBack(x.At, x.Input)
	after, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Fatalf("%T%+v was taken back and left a trace:\n%s\n%s", x.Input, x.Input, before, after)
	}
	if bad := s.Audit(); !slices.Equal(open, bad) {
		t.Fatalf("%T%+v was taken back: %v became %v", x.Input, x.Input, open, bad)
	}
}

// again writes a state out, reads it back, and holds the two to the same bytes.
func again(t *testing.T, s *exchange.State) *exchange.State {
	t.Helper()
	a, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := exchange.Restore(a)
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Fatalf("the state changes by being written:\n%s\n%s", a, b)
	}
	return r
}
