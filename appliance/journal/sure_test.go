package journal

import (
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
)

// A clock nobody vouches for takes neither facts nor people: not when it jumps ahead, and not afterwards for what it did meanwhile (decisions/0009).
func TestAClockThatIsNotSureTakesNothing(t *testing.T) {
	sure := true
	dir := t.TempDir()
	j := reopen(t, dir, Options{Sure: func() bool { return sure }})
	now := moment(0).Time()
	fill(t, j, 1, 50)
	old := j.Subject("+33612345678", "Paul")
	fill(t, j, 51, 51) // committed with them
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	prune(t, j, now)
	there := func(when string, s fact.Subject) {
		t.Helper()
		if n := oldest(t, j); n != 1 {
			t.Errorf("%s: facts up to %d are gone", when, n)
		}
		if p, err := j.Reveal(t.Context(), s); err != nil {
			t.Errorf("%s: %+v, %v", when, p, err)
		}
	}
	sure = false
	prune(t, j, now.AddDate(70, 0, 0))
	there("seventy years on", old)
	young := j.Subject("+33699999999", "Zoé")
	fill(t, j, 52, 52)
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	prune(t, j, time.UnixMilli(0))
	there("in 1970", young)

	// The hours of the doubt count for no fact's age; who called meanwhile is as young as any.
	sure = true
	prune(t, j, now.AddDate(0, 0, 20))
	there("sure again", old)
	there("sure again", young)
}

// Facts that were written while the clock stood in another century do not make everybody of before a stranger when they are the oldest.
func TestAnOldestFactOfTheFutureForgetsNobody(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{})
	now := time.Now()
	s := j.Subject("+33612345678", "Paul")
	j.Append(fact.Moment{UTC: now.AddDate(70, 0, 0).UnixMilli()}, fact.NightLocked{})
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	prune(t, j, now)
	if p, err := j.Reveal(t.Context(), s); err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	prune(t, j, now.AddDate(0, 0, 60)) // long after the facts of now would have gone
	if p, err := j.Reveal(t.Context(), s); err == nil {
		t.Errorf("%+v is still known", p)
	}
}
