package door

import (
	"testing"
	"time"
)

func TestRetryAfterIsSpread_RFC3261_20_33(t *testing.T) {
	for c := Call; c < Classes; c++ {
		from, spread := c.wait()
		seen := map[int]bool{}
		for range 2000 {
			n := c.RetryAfter()
			if n < from || n > from+spread {
				t.Fatalf("%s: %d", c, n)
			}
			seen[n] = true
		}
		if len(seen) < spread {
			t.Errorf("%s: only %d different waits", c, len(seen))
		}
	}
}

func TestWorkComesBack(t *testing.T) {
	var b bucket
	now, r := time.Unix(1_800_000_000, 0), Rate{PerSecond: 10, Burst: 100}
	take := func(n, keep int) bool { return b.spend(now, r, n, keep, false) }
	if !take(50, 50) || take(1, 50) || !take(50, 0) || take(1, 0) {
		t.Error("a full bucket holds 100, of which 50 are kept")
	}
	if !b.spend(now, r, 8, 0, true) {
		t.Error("what must be taken was not")
	}
	now = now.Add(5 * time.Second)
	if !take(50, 0) || take(1, 0) {
		t.Error("after 5 s there are 50")
	}
	now = now.Add(time.Hour)
	if !take(100, 0) || take(1, 0) {
		t.Error("after an hour there are 100")
	}
}
