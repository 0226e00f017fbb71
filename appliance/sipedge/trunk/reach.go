package trunk

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Watch tells from the answers to OPTIONS, and from calls, whether a trunk is there. The zero value has not heard anything.
type Watch struct {
	heard  bool
	up     bool
	missed int // OPTIONS in a row without an answer
	dumb   int // calls in a row without any
}

// missLimit is how many OPTIONS in a row stay unanswered before a trunk counts as gone.
const missLimit = 2

// Answered notes an answer, whatever its status: somebody is there, unless it says 503 or 408. changed says that the exchange has to know.
func (w *Watch) Answered(status int) (changed bool) {
	if status == 503 || status == 408 {
		return w.Missed()
	}
	changed = !w.heard || !w.up
	*w = Watch{heard: true, up: true}
	return changed
}

// Missed notes an OPTIONS without an answer.
func (w *Watch) Missed() (changed bool) {
	w.missed++
	if w.missed < missLimit || (w.heard && !w.up) {
		return false
	}
	w.heard, w.up = true, false
	return true
}

// Unheard notes a call that nobody answered with anything, of which limit in a row say that the trunk is gone.
func (w *Watch) Unheard(limit int) (changed bool) {
	w.dumb++
	if w.dumb < cmp.Or(limit, defaultDead) || (w.heard && !w.up) {
		return false
	}
	w.heard, w.up = true, false
	return true
}

// Up reports whether the trunk is there.
func (w *Watch) Up() bool { return w.up }

// Gone reports whether it was found not to be.
func (w *Watch) Gone() bool { return w.heard && !w.up }

// Penalties remember which servers of a trunk failed. The zero value knows of none.
type Penalties struct {
	until map[netip.AddrPort]time.Time
}

// maxPenalties bounds the servers remembered.
const maxPenalties = 64

// Failed puts a server last until a time.
func (p *Penalties) Failed(a netip.AddrPort, until time.Time) {
	if p.until == nil {
		p.until = make(map[netip.AddrPort]time.Time)
	}
	if len(p.until) < maxPenalties || !p.until[a].IsZero() {
		p.until[a] = until
	}
}

// Worked takes that back.
func (p *Penalties) Worked(a netip.AddrPort) { delete(p.until, a) }

// Order is the servers in the order to try them: those that did not fail first, else as they were.
func (p *Penalties) Order(now time.Time, targets []Target) []Target {
	for a, t := range p.until {
		if !now.Before(t) {
			delete(p.until, a)
		}
	}
	out := slices.Clone(targets)
	slices.SortStableFunc(out, func(x, y Target) int { return p.until[x.Addr].Compare(p.until[y.Addr]) })
	return out
}
