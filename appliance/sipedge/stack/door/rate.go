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
	each := time.Second / time.Duration(r.PerSecond)
	full := now.Add(-each * time.Duration(max(r.Burst, 1)))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent.Before(full) {
		b.spent = full
	}
	next := b.spent.Add(each)
	if next.After(now) {
		return false
	}
	b.spent = next
	return true
}
