package consoleapi

import (
	"net/netip"
	"sync"
	"time"
)

// patience slows down who guesses: after a few tries each further one has to wait, twice as long each time. A try counts when it begins, so that
// many at once gain nothing, and is forgiven when it was right.
type patience struct {
	free    int           // tries that cost no wait
	longest time.Duration // wait

	mu    sync.Mutex
	tries map[string]attempt
}

type attempt struct {
	count int
	last  time.Time
}

const (
	patienceNames  = 10_000        // remembered at once: who is asked for more forgets the oldest
	patienceForget = 2 * time.Hour // after the last try
)

func newPatience(free int, longest time.Duration) *patience {
	return &patience{free: free, longest: longest, tries: map[string]attempt{}}
}

// begin counts a try, or says how long it has to wait.
func (p *patience) begin(name string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.tries[name]
	if now.Sub(a.last) > patienceForget {
		a = attempt{}
	}
	if over := a.count - p.free; over >= 0 {
		wait := min(p.longest, time.Second<<min(over, 20))
		if left := a.last.Add(wait).Sub(now); left > 0 {
			return left
		}
	}
	if _, known := p.tries[name]; !known && len(p.tries) >= patienceNames {
		p.forget(now)
	}
	p.tries[name] = attempt{count: a.count + 1, last: now}
	return 0
}

// forgive takes back the try that turned out right, or with all every one of that name.
func (p *patience) forgive(name string, all bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, known := p.tries[name]
	if a.count--; !known || all || a.count <= 0 {
		delete(p.tries, name)
		return
	}
	p.tries[name] = a
}

// forget drops what is old, and if nothing is, the oldest.
func (p *patience) forget(now time.Time) {
	oldest, at := "", now
	for name, a := range p.tries {
		if now.Sub(a.last) > patienceForget {
			delete(p.tries, name)
		} else if !a.last.After(at) {
			oldest, at = name, a.last
		}
	}
	if len(p.tries) >= patienceNames {
		delete(p.tries, oldest)
	}
}

// neighbourhood is whom an address counts for: itself, or its /64 in IPv6, of which anybody has the whole.
func neighbourhood(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	a := at.Addr().Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
