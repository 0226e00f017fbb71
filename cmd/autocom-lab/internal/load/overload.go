package load

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
)

// Overloaded is what happens when far more calls come than the box takes.
type Overloaded struct {
	Admitted int     `json:"admitted"` // calls a second the box takes
	Offered  int     `json:"offered"`  // calls a second that came
	Seconds  float64 `json:"seconds"`
	Calls    int     `json:"calls"`
	Taken    int     `json:"taken"`
	Refused  int     `json:"refused"` // 503
	Failed   int     `json:"failed"`  // neither
	Answered Spread  `json:"answered_ms"`

	TakenCPU   float64 `json:"taken_cpu_ms"`   // of the core for a call taken
	RefusedCPU float64 `json:"refused_cpu_ms"` // of the core for a call refused

	Standing  int     `json:"standing"` // calls that were up before
	Dropped   int     `json:"dropped"`  // of them
	Sound     Sound   `json:"sound"`    // of them, meanwhile
	Recovered float64 `json:"recovered_ms"`
	Late      int     `json:"late"` // refused after the end although fewer came than it takes
	Why       string  `json:"why,omitempty"`
}

// brief is how long the calls last: what the box lets in at once must not be more than it carries, or some are refused later and at a higher price.
const brief = 100 * time.Millisecond

// times is how many times more calls come than the box takes.
const times = 5

// Overload puts calls up and leaves them, offers twice the calls that the box admits for d, five times for d, and then half. The box must
// have been opened with MaxCalls: it admits as many new calls a second as it carries calls.
func (l *Bench) Overload(standing int, d time.Duration) (Overloaded, error) {
	admitted := l.branch.MaxCalls
	r := Overloaded{Admitted: admitted, Offered: times * admitted, Standing: standing}
	hang := make(chan struct{})
	up, err := l.stand(standing, hang)
	if err != nil {
		close(hang)
		return r, err
	}
	defer func() {
		close(hang)
		up.Wait()
		l.quiet()
	}()
	l.speaking(false)

	before, err := l.read()
	if err != nil {
		return r, err
	}
	twice := r.offer(l, 2*admitted, d, standing)
	between, err := l.read()
	if err != nil {
		return r, err
	}
	twice.cpu = core(between, before)
	pause(l.ctx, time.Now().Add(2*time.Second)) // what is admitted at once comes back
	if between, err = l.read(); err != nil {
		return r, err
	}
	l.media.count()
	began := time.Now()
	storm := r.offer(l, r.Offered, d, standing)
	ended := time.Now()
	r.Seconds = ended.Sub(began).Seconds()
	r.Sound = l.media.counted()
	after, err := l.read()
	if err != nil {
		return r, err
	}
	r.Calls, r.Taken, r.Refused, r.Failed, r.Why = storm.offered, storm.taken, storm.refused, storm.failed, storm.why
	r.Answered = spreadOf(storm.answered)
	storm.cpu = core(after, between)
	r.TakenCPU, r.RefusedCPU = apart(twice, storm)
	calm := r.offer(l, admitted/2, d/2, standing)
	r.Late = calm.refused + calm.failed
	if !calm.last.IsZero() {
		r.Recovered = ms(calm.last.Sub(ended))
	}
	r.Dropped = standing - up.count()
	return r, l.ctx.Err()
}

// core is the processor time of the core between two readings, in ms.
func core(after, before box.Reading) float64 { return ms(after.CPUSince(before)["core"]) }

// A tally is what became of the calls of one stretch of time.
type tally struct {
	offered, taken, refused, failed int
	answered                        []time.Duration
	last                            time.Time // of those not taken
	why                             string
	cpu                             float64 // ms of the core
}

// apart tells what a call taken and a call refused cost, of two stretches with different shares of both. Noise may make a cheap one negative: 0.
func apart(a, b tally) (taken, refused float64) {
	ta, ra, tb, rb := float64(a.taken), float64(a.refused), float64(b.taken), float64(b.refused)
	if d := ta*rb - tb*ra; d != 0 {
		taken, refused = (a.cpu*rb-b.cpu*ra)/d, (b.cpu*ta-a.cpu*tb)/d
	}
	return max(0, taken), max(0, refused)
}

func (r *Overloaded) offer(l *Bench, perSecond int, d time.Duration, standing int) tally {
	var mu sync.Mutex
	t := tally{offered: int(d.Seconds() * float64(perSecond))}
	l.offer(t.offered, perSecond, standing, brief, func(p placed) {
		mu.Lock()
		defer mu.Unlock()
		if p.err == nil {
			t.taken++
			t.answered = append(t.answered, p.answered)
			return
		}
		t.last = time.Now()
		if p.code == 503 {
			t.refused++
			return
		}
		t.failed++
		t.why = p.err.Error()
	})
	return t
}

// callers are calls that stay.
type callers struct {
	sync.WaitGroup
	mu sync.Mutex
	up int
}

func (c *callers) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.up
}

// stand puts n calls with sound up until hang is closed.
func (l *Bench) stand(n int, hang <-chan struct{}) (*callers, error) {
	l.speaking(true)
	c := &callers{}
	var setups sync.WaitGroup
	why := errors.New("some ended at once")
	for i := range n {
		if !pause(l.ctx, time.Now().Add(50*time.Millisecond)) {
			break
		}
		setups.Add(1)
		c.Go(func() {
			lives := false
			l.place(i, true, func(p placed) {
				defer setups.Done()
				c.mu.Lock()
				defer c.mu.Unlock()
				if p.err != nil {
					why = p.err
					return
				}
				lives = true
				c.up++
			}, hang)
			c.mu.Lock()
			defer c.mu.Unlock()
			if lives {
				c.up--
			}
		})
	}
	setups.Wait()
	pause(l.ctx, time.Now().Add(time.Second)) // the bridges and the phones' ACKs settle
	if up := c.count(); up < n {
		return c, fmt.Errorf("load: %d of %d calls stand: %w", up, n, why)
	}
	return c, nil
}
