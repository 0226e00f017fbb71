package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/store"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	crashHelper()
	goleak.VerifyTestMain(m)
}

const stream = "box-1"

func moment(n int) fact.Moment {
	return fact.Moment{UTC: 1_700_000_000_000 + int64(n), Boot: int64(n)}
}

// ringing is a small fact that is easy to tell from others.
func ringing(n int) fact.Fact { return fact.LegRinging{Call: "c", Leg: fmt.Sprint(n)} }

func reopen(t *testing.T, dir string, o Options) *Journal {
	t.Helper()
	j, err := Open(t.Context(), dir, stream, moment(0), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	return j
}

func closeIt(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// abandon ends a journal as a crash would: what is committed stays, no mark is left.
func abandon(t *testing.T, j *Journal) {
	t.Helper()
	j.mu.Lock()
	j.closed = true
	j.announce()
	j.mu.Unlock()
	close(j.stop)
	j.writer.Wait()
	if err := errors.Join(j.file.Close(), j.lock.Close()); err != nil {
		t.Fatal(err)
	}
}

func fill(t *testing.T, j *Journal, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		j.Append(moment(n), ringing(n))
	}
	settle(t, j)
}

func settle(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func all(t *testing.T, j *Journal) []fact.Entry {
	t.Helper()
	var got []fact.Entry
	after := fact.Address{}
	for {
		some, err := j.Read(t.Context(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return got
		}
		got = append(got, some...)
		after = got[len(got)-1].Address
	}
}

// contiguous fails unless the entries follow one another, holes counted as what they say.
func contiguous(t *testing.T, entries []fact.Entry) {
	t.Helper()
	for i := 1; i < len(entries); i++ {
		was, is := reach(entries[i-1]), entries[i].Address
		if is.Epoch == was.Epoch && is.N != was.N+1 || is.Epoch < was.Epoch || is.Epoch > was.Epoch && is.N != 1 {
			t.Errorf("%s follows %s", is, was)
		}
	}
}

func TestAppendNumbersAtOnceAndReadsBack(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{})
	last := j.Append(moment(1), ringing(1), ringing(2), fact.LegHeld{Call: "c", Leg: "x", Held: true})
	if want := (fact.Address{Stream: stream, Epoch: 1, N: 3}); last != want {
		t.Fatalf("address %v, want %v", last, want)
	}
	settle(t, j)
	got := all(t, j)
	if len(got) != 3 || got[2].Fact != (fact.LegHeld{Call: "c", Leg: "x", Held: true}) || got[2].At != moment(1) || got[2].Address != last {
		t.Fatalf("read back %v", got)
	}
	some, err := j.Read(t.Context(), got[0].Address, 1)
	if err != nil || len(some) != 1 || some[0].Address.N != 2 {
		t.Errorf("after the first: %v, %v", some, err)
	}
	if _, err := j.Read(t.Context(), fact.Address{Stream: "other", Epoch: 1}, 1); err == nil {
		t.Error("an address of another stream was taken")
	}
}

func TestACleanStartKeepsTheEpochAndAnUncleanOneRaisesIt(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	fill(t, j, 1, 5)
	closeIt(t, j)

	j = reopen(t, dir, Options{})
	if s := j.Start(); !s.Clean || s.Epoch != 1 {
		t.Fatalf("after a clean close: %+v", s)
	}
	if a := j.Append(moment(6), ringing(6)); a.N != 6 || a.Epoch != 1 {
		t.Fatalf("numbering goes on at %v", a)
	}
	settle(t, j)
	abandon(t, j)

	j = reopen(t, dir, Options{})
	if s := j.Start(); s.Clean || s.Epoch != 2 || s.Cause != causeUnclean {
		t.Fatalf("after a crash: %+v", s)
	}
	fill(t, j, 7, 7)
	got := all(t, j)
	contiguous(t, got)
	want := fact.FactsLost{From: fact.Address{Stream: stream, Epoch: 1, N: 7}, To: fact.Address{Stream: stream, Epoch: 2}, Cause: causeUnclean}
	if len(got) != 8 || got[6].Fact != want || got[6].Address.N != 1 {
		t.Errorf("the new epoch does not open with what may be lost: %v", got)
	}
	// The mark is consumed: a crash right after a clean start is a crash.
	closeIt(t, j)
	abandon(t, reopen(t, dir, Options{}))
	if s := reopen(t, dir, Options{}).Start(); s.Epoch != 3 {
		t.Errorf("a crash after a clean start: %+v", s)
	}
}

func TestASecondProgramIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	reopen(t, dir, Options{})
	if _, err := Open(t.Context(), dir, stream, moment(0), Options{}); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("got %v", err)
	}
}

func TestAnotherStreamIsRefused(t *testing.T) {
	dir := t.TempDir()
	closeIt(t, reopen(t, dir, Options{}))
	if _, err := Open(t.Context(), dir, "box-2", moment(0), Options{}); err == nil || !strings.Contains(err.Error(), stream) {
		t.Errorf("got %v", err)
	}
}

func TestFollowMergesFileAndMemoryWithoutLossOrDoubling(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Live: 16, Window: time.Millisecond})
	const total = 3000
	var writers sync.WaitGroup
	writers.Go(func() {
		for n := 1; n <= total; n++ {
			j.Append(moment(n), ringing(n))
			if n%500 == 0 {
				if err := j.Sync(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 3 {
		writers.Go(func() {
			n := 0
			for e, err := range j.Follow(t.Context(), fact.Address{}) {
				if err != nil {
					t.Error(err)
					return
				}
				if n++; e.Address.N != uint64(n) || e.Fact != ringing(n) {
					t.Errorf("entry %d is %v", n, e)
					return
				}
				if n == total {
					return
				}
			}
		})
	}
	writers.Wait()
}

func TestFollowEndsWithItsContextAndWithTheJournal(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j.Append(moment(1), ringing(1))
	for e, err := range j.Follow(ctx, fact.Address{}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			break
		}
		if e.Address.N == 1 {
			cancel()
		}
	}
	var reader sync.WaitGroup
	started := make(chan struct{})
	reader.Go(func() {
		for e, err := range j.Follow(context.Background(), fact.Address{}) {
			if err != nil {
				t.Error(err)
			}
			if e.Address.N == 1 {
				close(started)
			}
		}
	})
	<-started
	closeIt(t, j)
	reader.Wait()
	if a := j.Append(moment(2), ringing(2)); a != (fact.Address{}) {
		t.Error("a closed journal took a fact")
	}
}

func TestAFullDiskLosesTheOldestAndSaysSo(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Pending: 100, Live: 10, Window: time.Millisecond})
	fill(t, j, 1, 20)
	if err := j.file.Limit(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	big := fact.CallRouted{Call: "c", Target: strings.Repeat("x", 3000)}
	j.Append(moment(21), big)
	waitFor(t, j, func(h Health) bool { return h.Failing != nil })
	if h := j.Health(); store.KindOf(h.Failing) != store.Full || h.Since.IsZero() {
		t.Fatalf("health %+v", h)
	}
	for n := 22; n <= 1000; n++ {
		if a := j.Append(moment(n), big); a.N != uint64(n) {
			t.Fatalf("call %d got %v", n, a)
		}
	}
	if h := j.Health(); h.Pending > 100 || h.Lost == 0 {
		t.Fatalf("health %+v", h)
	}
	if err := j.file.Limit(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	settle(t, j)
	got := all(t, j)
	contiguous(t, got)
	var holes, kept, told uint64
	for _, e := range got {
		if lost, is := e.Fact.(fact.FactsLost); is {
			holes++
			told += lost.To.N - lost.From.N + 1
			if lost.From != e.Address || lost.Cause != store.Full.String() {
				t.Errorf("hole %+v at %v", lost, e.Address)
			}
		} else {
			kept++
		}
	}
	if holes != 1 || kept+told != 1000 || told != j.Health().Lost {
		t.Errorf("%d holes, %d kept, %d told lost, health %+v", holes, kept, told, j.Health())
	}
	if reach(got[len(got)-1]).N != 1000 {
		t.Error("the newest fact was not kept")
	}
	if h := j.Health(); h.Failing != nil || h.Pending != 0 {
		t.Errorf("health %+v after the disk works again", h)
	}
}

// waitFor waits until the journal's health is as wanted; it is told of each change.
func waitFor(t *testing.T, j *Journal, want func(Health) bool) {
	t.Helper()
	for {
		j.mu.Lock()
		changed := j.change()
		j.mu.Unlock()
		if want(j.Health()) {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("waited in vain")
		}
	}
}

func TestACloseThatCannotCommitSaysSoAndLeavesNoMark(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{Window: time.Millisecond})
	fill(t, j, 1, 3)
	if err := j.file.Limit(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for n := 4; n <= 10; n++ {
		j.Append(moment(n), fact.CallRouted{Target: strings.Repeat("x", 9000)})
	}
	if err := j.Close(); err == nil || store.KindOf(err) != store.Full {
		t.Fatalf("close said %v", err)
	}
	j = reopen(t, dir, Options{})
	settle(t, j)
	if s := j.Start(); s.Clean || s.Epoch != 2 {
		t.Errorf("start %+v", s)
	}
	contiguous(t, all(t, j))
}

func TestAHoleAtTheEndKeepsItsNumbers(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	from, to := fact.Address{Stream: stream, Epoch: 1, N: 1}, fact.Address{Stream: stream, Epoch: 1, N: 500}
	j.mu.Lock()
	j.last = to
	j.tail.entries = append(j.tail.entries, fact.Entry{Address: from, Fact: fact.FactsLost{From: from, To: to, Cause: "memory"}})
	j.stir()
	j.mu.Unlock()
	closeIt(t, j)
	j = reopen(t, dir, Options{})
	if a := j.Append(moment(1), ringing(1)); a.N != 501 || !j.Start().Clean {
		t.Errorf("address %v after a hole up to 500, start %+v", a, j.Start())
	}
}

func TestCursorsMoveForwardAndRewind(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	fill(t, j, 1, 10)
	at := func(n uint64) fact.Address { return fact.Address{Stream: stream, Epoch: 1, N: n} }
	check := func(want uint64) {
		t.Helper()
		if got, err := j.Cursor(t.Context(), "uplink"); err != nil || got != at(want) {
			t.Errorf("cursor %v, %v; want %d", got, err, want)
		}
	}
	check(0)
	for _, step := range []struct{ to, want uint64 }{{4, 4}, {9, 9}, {6, 9}, {9, 9}} {
		if err := j.Advance(t.Context(), "uplink", at(step.to)); err != nil {
			t.Fatal(err)
		}
		check(step.want)
	}
	if err := j.Rewind(t.Context(), "uplink", at(2)); err != nil {
		t.Fatal(err)
	}
	check(2)
	if err := j.Advance(t.Context(), "uplink", at(11)); err == nil {
		t.Error("a cursor went beyond what is committed")
	}
	if err := j.Advance(t.Context(), "nobody", at(1)); err == nil {
		t.Error("a cursor nobody registered moved")
	}
	closeIt(t, j)
	j = reopen(t, dir, Options{})
	check(2)
}

func TestOpenErrorsNameTheDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := store.Replace(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), filepath.Join(file, "x"), stream, moment(0), Options{}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}
