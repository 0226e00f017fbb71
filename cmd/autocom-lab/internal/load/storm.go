package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/ua"
)

// Stormed is what it takes to have every phone of a site back after a power cut.
type Stormed struct {
	Phones  int      `json:"phones"`
	Done    int      `json:"done"`
	Seconds float64  `json:"seconds"` // from the first REGISTER until all were registered
	Time    Spread   `json:"time_ms"` // of one phone, from its first REGISTER, retries included
	Refused int      `json:"refused"` // answers 503
	Lost    int      `json:"lost"`    // REGISTERs without an answer for 32 s
	CPU     float64  `json:"cpu_ms"`  // of the core, for one phone
	RSS     [2]int64 `json:"rss"`     // bytes, before and after
	Why     string   `json:"why,omitempty"`
}

// patience is how long a phone of a storm tries.
const patience = 3 * time.Minute

// Storm lets n phones, each at an address of its own, register within a time. Each behaves as phones do: it repeats what is not answered (T1, doubled
// to T2), meets the challenge, waits as long as Retry-After says, and without that from 2 s on, doubled to 30 s.
func (l *Bench) Storm(n int, within time.Duration) (Stormed, error) {
	n = min(n, l.accounts)
	r := Stormed{Phones: n}
	phones := make([]*ua.Agent, 0, n)
	defer func() {
		for _, p := range phones {
			_ = p.Close()
		}
	}()
	for i := range n {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, byte(32 + i/250), byte(1 + i%250)}), 0)
		p, err := ua.Listen(ua.Config{Listen: at, Box: l.branch.SIP, Name: "autocom-lab storm", Linger: 5 * time.Second})
		if err != nil {
			return r, err
		}
		phones = append(phones, p)
	}
	before, err := l.read()
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(l.ctx, patience)
	defer cancel()
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	start := time.Now()
	for i, p := range phones {
		wg.Go(func() {
			if !pause(ctx, start.Add(time.Duration(i)*within/time.Duration(n))) {
				return
			}
			sent := time.Now()
			refused, lost, err := comeBack(ctx, p, ua.Account{User: l.branch.Phones[i].Number, Secret: l.branch.Phones[i].Secret})
			mu.Lock()
			defer mu.Unlock()
			r.Refused += refused
			r.Lost += lost
			if err != nil {
				r.Why = err.Error()
				return
			}
			took = append(took, time.Since(sent))
			r.Seconds = max(r.Seconds, time.Since(start).Seconds())
		})
	}
	wg.Wait()
	after, err := l.read()
	if err != nil {
		return r, err
	}
	r.Done, r.Time, r.RSS = len(took), spreadOf(took), [2]int64{before.RSS(), after.RSS()}
	if r.Done > 0 {
		r.CPU = ms(after.CPUSince(before)["core"]) / float64(r.Done)
	}
	return r, l.ctx.Err()
}

// comeBack registers one phone, however often it takes.
func comeBack(ctx context.Context, p *ua.Agent, who ua.Account) (refused, lost int, err error) {
	wait := 2 * time.Second
	for {
		_, err := p.Register(ctx, who, 3600)
		if err == nil || ctx.Err() != nil {
			return refused, lost, err
		}
		pauseFor := wait
		wait = min(2*wait, 30*time.Second)
		no, answered := errors.AsType[ua.Refusal](err)
		switch {
		case !answered:
			lost++
		case no.Code == 503:
			refused++
			pauseFor = cmp.Or(no.After, pauseFor)
		default:
			return refused, lost, err
		}
		if !pause(ctx, time.Now().Add(pauseFor)) {
			return refused, lost, fmt.Errorf("load: %s gave up: %w", who.User, err)
		}
	}
}

// spreadOf is the distribution of durations that may be longer than a histogram's.
func spreadOf(all []time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	at := func(percent int) float64 { return ms(all[(len(all)-1)*percent/100]) }
	return Spread{P50: at(50), P99: at(99), Max: at(100)}
}
