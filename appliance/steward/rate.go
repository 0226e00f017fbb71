package steward

import (
	"sync"
	"time"
)

// How much one user may ask. A bucket holds burst requests and fills with one more every refill.
const (
	readBurst   = 60
	readRefill  = 500 * time.Millisecond
	writeBurst  = 30
	writeRefill = 2 * time.Second
	maxBuckets  = 256
)

// rates bounds what each user asks. Any goroutine may ask it.
type rates struct {
	mu      sync.Mutex
	buckets map[bucketKey]bucket
}

type bucketKey struct {
	uid   uint32
	reads bool
}

type bucket struct {
	left int
	at   time.Time
}

func newRates() *rates { return &rates{buckets: map[bucketKey]bucket{}} }

// take says whether this user may ask now.
func (r *rates) take(uid uint32, reads bool, now time.Time) bool {
	burst, refill := writeBurst, writeRefill
	if reads {
		burst, refill = readBurst, readRefill
	}
	key := bucketKey{uid, reads}
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.buckets[key]
	if !ok {
		if len(r.buckets) >= maxBuckets { // more users than the box has: all begin anew
			clear(r.buckets)
		}
		b = bucket{burst, now}
	}
	if filled := int(now.Sub(b.at) / refill); filled > 0 {
		b.left = min(b.left+filled, burst)
		b.at = b.at.Add(time.Duration(filled) * refill)
	}
	if b.left == 0 {
		r.buckets[key] = b
		return false
	}
	b.left--
	r.buckets[key] = b
	return true
}
