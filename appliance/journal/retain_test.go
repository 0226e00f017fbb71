package journal

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
)

func readWrapped(t *testing.T, s fact.Subject, to *[]byte) func(*sql.Tx) error {
	t.Helper()
	return func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), "SELECT wrapped FROM subject WHERE id = ?", string(s)).Scan(to)
	}
}

func prune(t *testing.T, j *Journal, now time.Time) {
	t.Helper()
	if err := j.Prune(t.Context(), now); err != nil {
		t.Fatal(err)
	}
}

func at(n uint64) fact.Address { return fact.Address{Stream: stream, Epoch: 1, N: n} }

func oldest(t *testing.T, j *Journal) uint64 {
	t.Helper()
	got, err := j.Read(t.Context(), fact.Address{}, 1)
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	return got[0].Address.N
}

func TestFactsStayThirtyFiveDaysAfterEveryReaderPassedThem(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{})
	fill(t, j, 1, 100)
	day := func(n int) time.Time { return moment(0).Time().Add(time.Duration(n) * 24 * time.Hour) }
	for _, name := range []string{"uplink", "tally"} {
		if _, err := j.Cursor(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	advance := func(name string, n uint64) {
		t.Helper()
		if err := j.Advance(t.Context(), name, at(n)); err != nil {
			t.Fatal(err)
		}
	}
	prune(t, j, day(0))
	prune(t, j, day(100))
	if n := oldest(t, j); n != 1 {
		t.Fatalf("facts up to %d went although nobody had read them", n)
	}
	advance("uplink", 60)
	advance("tally", 30)
	prune(t, j, day(101))
	prune(t, j, day(135))
	if n := oldest(t, j); n != 1 {
		t.Fatalf("facts up to %d went 34 days after they were read", n)
	}
	advance("tally", 80)
	prune(t, j, day(136))
	if n := oldest(t, j); n != 31 {
		t.Fatalf("after 35 days the oldest is %d, want 31: both readers had passed 30 then", n)
	}
	prune(t, j, day(171))
	if n := oldest(t, j); n != 61 {
		t.Fatalf("the oldest is %d, want 61", n)
	}
	// A new reader begins at the oldest, without a loss.
	if a, err := j.Cursor(t.Context(), "new"); err != nil || a != at(60) {
		t.Errorf("new reader at %v, %v", a, err)
	}
	// A reader that rewinds beyond what is left is told.
	if err := j.Rewind(t.Context(), "uplink", at(10)); err != nil {
		t.Fatal(err)
	}
	got, err := j.Read(t.Context(), at(10), 2)
	want := fact.FactsLost{From: at(11), To: at(60), Cause: causePruned}
	if err != nil || len(got) != 2 || got[0].Fact != want || got[0].Address != at(60) || got[1].Address != at(61) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTheQuotaWinsOverReadersAndTellsThem(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Quota: 1 << 20})
	if _, err := j.Cursor(t.Context(), "uplink"); err != nil {
		t.Fatal(err)
	}
	const total = 6000
	for n := range total {
		j.Append(moment(n), fact.CallRouted{Call: "c", Target: strings.Repeat("x", 400)})
	}
	settle(t, j)
	prune(t, j, moment(0).Time())
	used, err := j.file.Used(t.Context())
	if err != nil || used > 1<<20 {
		t.Errorf("%d bytes used, %v", used, err)
	}
	cursor, err := j.Cursor(t.Context(), "uplink")
	if err != nil {
		t.Fatal(err)
	}
	got, err := j.Read(t.Context(), cursor, total)
	if err != nil || len(got) < 2 {
		t.Fatalf("%d, %v", len(got), err)
	}
	lost, is := got[0].Fact.(fact.FactsLost)
	if !is || lost.From != at(1) || lost.To.N+1 != got[1].Address.N || reach(got[len(got)-1]).N != total {
		t.Errorf("first %v, then %v", got[0], got[1].Address)
	}
	if err := j.Advance(t.Context(), "uplink", got[0].Address); err != nil {
		t.Error(err)
	}
	// A follower that comes from there is told as well.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for e, err := range j.Follow(ctx, at(1)) {
		if err != nil {
			t.Fatal(err)
		}
		if _, is := e.Fact.(fact.FactsLost); !is {
			t.Errorf("the follower got %v", e)
		}
		break
	}
}

func TestSubjectsGoWithTheirLastFact(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Keep: time.Hour})
	s := j.Subject("+33612345678", "Ada")
	now := time.Now()
	j.Append(fact.Moment{UTC: now.UnixMilli()}, ringing(1))
	settle(t, j)
	prune(t, j, now)
	reveals(t, j, s, Person{"+33612345678", "Ada"}, nil)
	j.Append(fact.Moment{UTC: now.Add(100 * time.Hour).UnixMilli()}, ringing(2))
	settle(t, j)
	prune(t, j, now.Add(100*time.Hour))
	prune(t, j, now.Add(102*time.Hour))
	if oldest(t, j) != 2 {
		t.Fatal("the first fact is still there")
	}
	reveals(t, j, s, Person{}, ErrUnknownSubject)
	if again := j.Subject("+33612345678", "Ada"); again == s {
		t.Error("somebody forgotten was recognised")
	}
}

func TestTheNewestFactHoldsItsPlaceEvenWhenEverythingIsOld(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{Keep: time.Hour})
	fill(t, j, 1, 10)
	prune(t, j, moment(0).Time())
	prune(t, j, moment(0).Time().Add(2*time.Hour))
	if n := oldest(t, j); n != 10 {
		t.Fatalf("the oldest is %d", n)
	}
	closeIt(t, j)
	j = reopen(t, dir, Options{})
	if a := j.Append(moment(1), ringing(1)); a != at(11) {
		t.Errorf("the next address is %v", a)
	}
}

func TestAFactThatCannotBeReadDoesNotStopAReader(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Live: 1})
	fill(t, j, 1, 5)
	if err := j.file.Write(t.Context(), func(tx *sql.Tx) error {
		r := row{id: rowID(at(2)), kind: "call.teleported", v: 1, body: []byte("{}")}
		r.sum = r.checksum()
		_, err := tx.ExecContext(t.Context(), "UPDATE fact SET kind = ?, utc = 0, boot = 0, body = ?, sum = ? WHERE id = ?", r.kind, r.body, r.sum, r.id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(t.Context(), "UPDATE fact SET body = ? WHERE id = ?", []byte(`{"call":"c","leg":"9"}`), rowID(at(3)))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var read, failed []uint64
	for e, err := range j.Follow(t.Context(), fact.Address{}) {
		if err != nil {
			if e.Address.N == 2 && !errors.Is(err, fact.ErrUnknownKind) || e.Address.N == 3 && !errors.Is(err, errSum) {
				t.Error(err)
			}
			failed = append(failed, e.Address.N)
			continue
		}
		if read = append(read, e.Address.N); e.Address.N == 5 {
			break
		}
	}
	if len(read) != 3 || len(failed) != 2 || failed[0] != 2 || failed[1] != 3 {
		t.Errorf("read %v, could not read %v", read, failed)
	}
}
