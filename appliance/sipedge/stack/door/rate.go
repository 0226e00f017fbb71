package door

import (
	"sync"
	"time"
)

// Rate is a token bucket: Burst at once, PerSecond in the long run. The zero value stands for the default of the field that holds it.
type Rate struct {
	PerSecond int
	Burst     int
}

// bucket is one token bucket. Tokens are counted in nanoseconds of credit, so that nothing is rounded away.
type bucket struct {
	mu    sync.Mutex
	spent time.Time // the bucket is full when this lies Burst/PerSecond in the past
}

// take takes a token when there is one.
func (b *bucket) take(now time.Time, r Rate) bool {
	if r.PerSecond <= 0 {
		return true
	}
	r.Burst = max(r.Burst, 1)
	return b.spend(now, r, 1, 0, false)
}

// spend takes n tokens when keep percent of the burst are left after it. must takes them anyway, down to nothing.
func (b *bucket) spend(now time.Time, r Rate, n, keep int, must bool) bool {
	each := time.Second / time.Duration(r.PerSecond)
	full := now.Add(-each * time.Duration(r.Burst))
	least := each * time.Duration(r.Burst*keep/100)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent.Before(full) {
		b.spent = full
	}
	next := b.spent.Add(each * time.Duration(n))
	if next.Add(least).After(now) {
		if must {
			b.spent = now
		}
		return must
	}
	b.spent = next
	return true
}
