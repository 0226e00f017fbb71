package journal

import (
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/store"
)

// TestALoneFactIsCommittedWithinFiftyMilliseconds proves the promise in fake time, where the disk takes none: what is left of the 50 ms is the disk's.
func TestALoneFactIsCommittedWithinFiftyMilliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := reopen(t, t.TempDir(), Options{})
		for n := range 20 {
			time.Sleep(time.Duration(n) * 7 * time.Millisecond) // fake
			begin := time.Now()
			j.Append(moment(n), ringing(n))
			settle(t, j)
			if took := time.Since(begin); took > 20*time.Millisecond {
				t.Errorf("fact %d was committed after %v", n, took)
			}
		}
		begin := time.Now()
		for n := range 64 {
			j.Append(moment(n), ringing(n))
		}
		settle(t, j)
		if took := time.Since(begin); took != 0 {
			t.Errorf("a full group waited %v", took)
		}
		closeIt(t, j)
	})
}

// TestTheWriterTriesAFullDiskLessAndLessOften, and commits within seconds once there is room, however long it was full.
func TestTheWriterTriesAFullDiskLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := reopen(t, t.TempDir(), Options{})
		fill(t, j, 1, 1)
		if err := j.file.Limit(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		const facts = 40
		for n := 2; n <= facts; n++ {
			j.Append(moment(n), fact.CallRouted{Call: "c", Target: string(make([]byte, 2000))})
			time.Sleep(time.Minute) // fake
		}
		if h := j.Health(); store.KindOf(h.Failing) != store.Full || h.Pending != facts-1 || time.Since(h.Since) < 38*time.Minute {
			t.Errorf("health %+v", h)
		}
		if err := j.file.Limit(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		settle(t, j)
		if took := time.Since(begin); took > longRetry {
			t.Errorf("committed %v after there was room", took)
		}
		if got := all(t, j); len(got) != facts {
			t.Errorf("%d facts of %d", len(got), facts)
		}
		closeIt(t, j)
	})
}

// TestTheWriterPrunesEveryHour shows that nobody has to ask.
func TestTheWriterPrunesEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := reopen(t, t.TempDir(), Options{Keep: 24 * time.Hour})
		fill(t, j, 1, 10)
		time.Sleep(26 * time.Hour) // fake
		synctest.Wait()
		if n := oldest(t, j); n != 10 {
			t.Errorf("the oldest is %d after 26 hours without a reader", n)
		}
		closeIt(t, j)
	})
}
