package central

import (
	"net/netip"
	"sync"
	"time"
)

// Tries of claim codes: so many at once, and one more in each so long a time.
const (
	triesHere    = 10
	tryHere      = time.Minute
	triesOverall = 200
	tryOverall   = 500 * time.Millisecond
	mostDoors    = 4096 // addresses remembered
)

// doors counts the tries of claim codes, by address and overall. Those that succeed do not count.
type doors struct {
	mu      sync.Mutex
	overall bucket
	here    map[netip.Prefix]*bucket
}

// bucket is tries that are left; it fills with time.
type bucket struct {
	left float64
	at   time.Time
}

func newDoors() *doors {
	return &doors{here: map[netip.Prefix]*bucket{}, overall: bucket{left: triesOverall}}
}

func (b *bucket) fill(at time.Time, most int, each time.Duration) {
	if since := at.Sub(b.at); since > 0 {
		b.left = min(float64(most), b.left+float64(since)/float64(each))
		b.at = at
	}
}

// try takes a try of an address. Somebody with many addresses runs into the overall count.
func (d *doors) try(from netip.Addr, at time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.overall.fill(at, triesOverall, tryOverall)
	where := network(from)
	here := d.here[where]
	if here == nil {
		if len(d.here) >= mostDoors {
			d.forget(at)
		}
		here = &bucket{left: triesHere, at: at}
		d.here[where] = here
	}
	here.fill(at, triesHere, tryHere)
	if here.left < 1 || d.overall.left < 1 {
		return false
	}
	here.left--
	d.overall.left--
	return true
}

// forget makes room: addresses that may try as often as a new one, and if there is none, any other.
func (d *doors) forget(at time.Time) {
	for where, b := range d.here {
		if b.fill(at, triesHere, tryHere); b.left >= triesHere {
			delete(d.here, where)
		}
	}
	for where := range d.here {
		if len(d.here) < mostDoors {
			return
		}
		delete(d.here, where)
	}
}

// giveBack undoes a try that succeeded.
func (d *doors) giveBack(from netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.overall.left = min(triesOverall, d.overall.left+1)
	if here := d.here[network(from)]; here != nil {
		here.left = min(triesHere, here.left+1)
	}
}

// network is what counts as one address: of IPv6 the /64 that anybody has whole.
func network(from netip.Addr) netip.Prefix {
	from = from.Unmap()
	bits := 32
	if from.Is6() {
		bits = 64
	}
	p, err := from.WithZone("").Prefix(bits)
	if err != nil { // the zero address
		return netip.Prefix{}
	}
	return p
}
