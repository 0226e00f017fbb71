package load

import (
	"fmt"
	"sync"
	"time"
)

// Held is what a number of bridged calls cost while they lasted.
type Held struct {
	Calls    int                `json:"calls"`   // wanted
	Up       int                `json:"up"`      // answered, and still there at the end
	Failed   int                `json:"failed"`  // never answered
	Dropped  int                `json:"dropped"` // ended by themselves
	Seconds  float64            `json:"seconds"`
	CPU      map[string]float64 `json:"cpu_ms_per_call_second"`
	Total    float64            `json:"cpu_total"`
	Ringing  Spread             `json:"ringing_ms"`
	Answered Spread             `json:"answered_ms"`
	Sound    Sound              `json:"sound"`
	IdleRSS  int64              `json:"idle_rss"` // bytes, before any registration
	RSS      int64              `json:"rss"`      // bytes, under load
	PerCall  int64              `json:"rss_per_call"`
	Recorded bool               `json:"recorded"`
	Why      string             `json:"why,omitempty"` // of the last call that failed
}

// Clean reports whether callers noticed nothing: no loss, nobody deaf, p99 of
// one way at most 20 ms; and whether the run counts at all.
func (h Held) Clean() (clean, counts bool) {
	return h.Sound.Lost == 0 && h.Sound.Deaf == 0 && h.Failed == 0 && h.Dropped == 0 && h.Sound.OneWay.P99 <= 20, h.Sound.Late.P99 < TooLate
}

// TooLate is the lateness of the generator itself, p99 in ms, from which on a run does not count.
const TooLate = 5

// Hold places n calls at perSecond and measures for d while all of them talk.
func (l *Bench) Hold(n, perSecond int, d time.Duration) (Held, error) {
	h := Held{Calls: n, IdleRSS: l.idle.RSS(), Recorded: l.recorded, CPU: map[string]float64{}}
	empty, err := l.read()
	if err != nil {
		return h, err
	}
	l.speaking(true)
	hang := make(chan struct{})
	var mu sync.Mutex
	var ringing, answered histogram
	var callers, setups sync.WaitGroup
	ended := 0
	measuring := true
	start := time.Now()
	for i := range n {
		if !pause(l.ctx, start.Add(time.Duration(i)*time.Second/time.Duration(perSecond))) {
			break
		}
		setups.Add(1)
		callers.Go(func() {
			l.place(i, true, func(p placed) {
				defer setups.Done()
				mu.Lock()
				defer mu.Unlock()
				if p.err != nil {
					h.Failed++
					h.Why = p.err.Error()
					return
				}
				h.Up++
				answered.add(p.answered)
				if p.ringing > 0 {
					ringing.add(p.ringing)
				}
			}, hang)
			mu.Lock()
			defer mu.Unlock()
			if measuring {
				ended++
			}
		})
	}
	setups.Wait()
	if h.Up > 0 {
		pause(l.ctx, time.Now().Add(time.Second)) // the bridges and the phones' ACKs settle
		l.media.count()
		before, err := l.read()
		if err != nil {
			close(hang)
			return h, err
		}
		from := time.Now()
		pause(l.ctx, from.Add(d))
		after, err := l.read()
		h.Seconds = time.Since(from).Seconds()
		h.Sound = l.media.counted()
		if err == nil {
			for name, cpu := range after.CPUSince(before) {
				h.CPU[name] = ms(cpu) / float64(h.Up) / h.Seconds
				h.Total += h.CPU[name]
			}
			h.RSS = after.RSS()
			h.PerCall = (h.RSS - empty.RSS()) / int64(h.Up)
		}
	}
	mu.Lock()
	measuring = false
	h.Dropped = ended - h.Failed
	mu.Unlock()
	close(hang)
	callers.Wait()
	h.Ringing, h.Answered = ringing.spread(), answered.spread()
	if h.Up == 0 {
		return h, fmt.Errorf("%w: %s\n%s", errNobody, h.Why, l.LastWords())
	}
	l.quiet()
	return h, l.ctx.Err()
}

func (l *Bench) speaking(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = on
}

// quiet waits, 5 s at most, until every phone is free again.
func (l *Bench) quiet() {
	for range 50 {
		l.mu.Lock()
		n := len(l.free)
		l.mu.Unlock()
		if n == len(l.media.streams[1]) || !pause(l.ctx, time.Now().Add(100*time.Millisecond)) {
			return
		}
	}
}

// Signalled is what calls cost without their sound.
type Signalled struct {
	Rate     int      `json:"rate"` // calls offered a second
	Calls    int      `json:"calls"`
	Failed   int      `json:"failed"`
	CPU      float64  `json:"cpu_ms"` // of all processes, for one call
	Core     float64  `json:"core_ms"`
	Ringing  Spread   `json:"ringing_ms"`
	Answered Spread   `json:"answered_ms"`
	RSS      [2]int64 `json:"rss"` // bytes, before and after
	Why      string   `json:"why,omitempty"`
}

// Signal places n calls at perSecond; each lasts half a second and is silent.
func (l *Bench) Signal(n, perSecond int) (Signalled, error) {
	r := Signalled{Rate: perSecond, Calls: n}
	before, err := l.read()
	if err != nil {
		return r, err
	}
	l.speaking(false)
	var mu sync.Mutex
	var ringing, answered histogram
	l.offer(n, perSecond, 0, 500*time.Millisecond, func(p placed) {
		mu.Lock()
		defer mu.Unlock()
		if p.err != nil {
			r.Failed++
			r.Why = p.err.Error()
			return
		}
		answered.add(p.answered)
		if p.ringing > 0 {
			ringing.add(p.ringing)
		}
	})
	after, err := l.read()
	if err != nil {
		return r, err
	}
	for name, cpu := range after.CPUSince(before) {
		r.CPU += ms(cpu) / float64(n)
		if name == "core" {
			r.Core = ms(cpu) / float64(n)
		}
	}
	r.RSS = [2]int64{before.RSS(), after.RSS()}
	r.Ringing, r.Answered = ringing.spread(), answered.spread()
	l.quiet()
	return r, l.ctx.Err()
}

// offer places n silent calls of a length at perSecond, tells what became of each, and waits for the last to end. Those to the first phones, of the
// number of others, are somebody else's.
func (l *Bench) offer(n, perSecond, others int, length time.Duration, each func(placed)) {
	var callers sync.WaitGroup
	width := max(max(l.registered, len(l.media.streams[0]))-others, 1) // each phone in turn, so that none has two calls at once
	start := time.Now()
	for i := range n {
		if !pause(l.ctx, start.Add(time.Duration(i)*time.Second/time.Duration(perSecond))) {
			break
		}
		callers.Go(func() {
			hang := make(chan struct{})
			l.place(others+i%width, false, func(p placed) {
				each(p)
				if p.err == nil {
					time.AfterFunc(length, func() { close(hang) })
				}
			}, hang)
		})
	}
	callers.Wait()
}
