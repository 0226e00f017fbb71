package identity

import (
	"net/netip"
	"time"
)

const (
	freeTries   = 5                // wrong codes of one address before it must wait
	firstWait   = 2 * time.Second  // doubled with each further one
	longestWait = 5 * time.Minute  //
	forgetAfter = 30 * time.Minute // an address that was quiet for so long begins anew
	triedMax    = 1024             // addresses remembered; then the one quiet for longest is forgotten
	allBurst    = 30               // tries of everybody together
	allEvery    = 2 * time.Second  // and one more each
)

// tries counts the wrong codes. An address that guesses waits longer each time; many addresses together share one allowance, so that 15 minutes
// hold some 480 guesses at 2^40 codes whoever makes them. The owner serialises the calls.
type tries struct {
	by   map[netip.Addr]tried
	left int       // of the allowance of all
	fill time.Time // when left was last reckoned
}

type tried struct {
	wrong int
	next  time.Time // no try before
	seen  time.Time
}

func newTries() tries { return tries{by: map[netip.Addr]tried{}, left: allBurst} }

// charge counts a try that may turn out wrong; or says how long to wait, and counts nothing.
func (t *tries) charge(now time.Time, from netip.Addr) time.Duration {
	from = from.Unmap().WithZone("")
	one, known := t.by[from]
	if known && now.Sub(one.seen) > forgetAfter {
		one = tried{}
	}
	if wait := one.next.Sub(now); wait > 0 {
		return wait
	}
	if t.fill.IsZero() {
		t.fill = now
	}
	if more := int(now.Sub(t.fill) / allEvery); more > 0 {
		t.left = min(allBurst, t.left+more)
		t.fill = t.fill.Add(time.Duration(more) * allEvery)
	}
	if t.left == 0 {
		return t.fill.Add(allEvery).Sub(now)
	}
	t.left--
	one.wrong++
	one.seen = now
	if over := one.wrong - freeTries; over >= 0 {
		one.next = now.Add(min(longestWait, firstWait<<min(over, 10)))
	}
	if !known && len(t.by) >= triedMax {
		t.forget()
	}
	t.by[from] = one
	return 0
}

// forget drops the address that was quiet for longest.
func (t *tries) forget() {
	var oldest netip.Addr
	var seen time.Time
	for a, one := range t.by {
		if !oldest.IsValid() || one.seen.Before(seen) {
			oldest, seen = a, one.seen
		}
	}
	delete(t.by, oldest)
}

// forgive is for an address that knew the code.
func (t *tries) forgive(from netip.Addr) {
	delete(t.by, from.Unmap().WithZone(""))
	t.left = min(allBurst, t.left+1)
}

// AddressOf reads host:port. An address that cannot be read counts as one and the same stranger.
func AddressOf(hostPort string) netip.Addr {
	ap, err := netip.ParseAddrPort(hostPort)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}
