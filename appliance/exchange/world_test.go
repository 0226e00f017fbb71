package exchange_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
)

// worlds is how many random worlds to live through: 1,200, or AUTOCOM_WORLDS (10,000 in CI, 100,000 in ci-full); fewer where time is short.
func worlds(t *testing.T) uint64 {
	t.Helper()
	n := uint64(1_200)
	if testing.Short() {
		n = 120
	}
	if text := os.Getenv("AUTOCOM_WORLDS"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 32); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// thorough is in how many worlds the replay writes the state out at every turn; in the others now and then.
const thorough = 600

// enough is how many worlds must have everything happen in them.
const enough = 1_000

// sums is what happened in all worlds.
type sums struct {
	mu        sync.Mutex
	outcomes  map[fact.CallOutcome]int
	offers    map[fact.OfferOutcome]int
	visits    map[fact.VisitOutcome]int
	transfers map[string]int
	inputs    map[string]int // by type
	calls     int
	steps     int
}

func (s *sums) add(w *exchangetest.World) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range w.Facts.Outcomes {
		s.outcomes[k] += n
	}
	for k, n := range w.Facts.Offers {
		s.offers[k] += n
	}
	for k, n := range w.Facts.Visits {
		s.visits[k] += n
	}
	for k, n := range w.Facts.Transfers {
		s.transfers[k] += n
	}
	for _, x := range w.Log {
		s.inputs[fmt.Sprintf("%T", x.Input)]++
	}
	s.calls += w.Facts.Calls()
	s.steps += len(w.Log)
}

// TestRandomDaysAndTheirReplay runs random days through an exchange, holds every promise after each step, and replays each day from its
// inputs with the state written out and read back at random points: every step must say the same to the byte.
func TestRandomDaysAndTheirReplay(t *testing.T) {
	sum := &sums{
		outcomes: map[fact.CallOutcome]int{}, offers: map[fact.OfferOutcome]int{}, visits: map[fact.VisitOutcome]int{},
		transfers: map[string]int{}, inputs: map[string]int{},
	}
	n, shards := worlds(t), uint64(runtime.GOMAXPROCS(0))
	t.Run("shards", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for seed := shard; seed < n; seed += shards {
					sum.add(randomDay(t, seed))
				}
			})
		}
	})
	if !t.Failed() && n >= enough {
		sum.everythingHappened(t)
	}
}

// randomDay lives through one world and its replay.
func randomDay(t *testing.T, seed uint64) *exchangetest.World {
	t.Helper()
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
	return w
}

// inputKinds are the types of the closed set of inputs, as the source has them.
func inputKinds(t *testing.T) (kinds []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^func \((?:in )?(\w+)\) input\(\)`).FindAllSubmatch(text, -1) {
			kinds = append(kinds, "exchange."+string(m[1]))
		}
	}
	if len(kinds) < 40 {
		t.Fatalf("found only %v", kinds)
	}
	return kinds
}

// everythingHappened holds the worlds to being wild enough: each kind of input, and of end, came about.
func (s *sums) everythingHappened(t *testing.T) {
	t.Helper()
	outcomes, offers, visits, transfers, calls, steps := s.outcomes, s.offers, s.visits, s.transfers, s.calls, s.steps
	for _, kind := range inputKinds(t) {
		if s.inputs[kind] == 0 {
			t.Errorf("in all these worlds there was no %s: let exchangetest draw it", kind)
		}
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
	written, taken := 5, 30
	if seed >= thorough {
		written, taken = 1, 2
	}
	s := exchange.New()
	for i, x := range w.Log {
		if d.Percent(written) {
			s = again(t, s)
		}
		if d.Percent(taken) {
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
