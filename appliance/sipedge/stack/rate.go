package stack

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
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

// overload sheds a new call above Config.Invites. A request inside a dialog always passes: it may well end a call.
func (s *Stack) overload(r *Request) refusal {
	if !r.IsInvite() || r.inDialog() || s.shed.take(time.Now(), s.cfg.Invites) {
		return refusal{}
	}
	return s.busy()
}

// busy is 503 with a Retry-After of 5 to 15 s, so that those who were turned away do not come back together.
func (s *Stack) busy() refusal {
	return refusal{
		status:  503,
		headers: []sip.Header{sip.NewHeader("Retry-After", strconv.Itoa(5+rand.IntN(11)))},
	}
}
