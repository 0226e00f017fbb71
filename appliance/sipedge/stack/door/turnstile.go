package door

import (
	"math/rand/v2"
	"time"
)

// Class is the order in which requests are taken, the first first.
type Class uint8

// The classes.
const (
	Dialog    Class = iota // of a call that is up: it may well end it
	Emergency              // a new call to an emergency number
	Call                   // a new call
	Refresh                // REGISTER of a phone that is known, or that answers our challenge: half of the work is done
	Register               // REGISTER of another phone
	Other                  // SUBSCRIBE, OPTIONS and the rest
	Classes                // how many there are
)

func (c Class) String() string {
	switch c {
	case Dialog:
		return "dialog"
	case Emergency:
		return "emergency"
	case Call:
		return "call"
	case Refresh:
		return "refresh"
	case Register:
		return "register"
	default:
		return "other"
	}
}

// keeps is the part of the work and of the room for transactions, in percent, that a class leaves to those before it.
func (c Class) keeps() int {
	switch c {
	case Dialog, Emergency:
		return 0
	case Call:
		return 10
	case Refresh:
		return 25
	case Register:
		return 40
	default:
		return 55
	}
}

// Must reports whether a class is never refused for want of work or room.
func (c Class) Must() bool { return c <= Emergency }

// Fits reports whether a table of at most so many transactions has room for one more of the class.
func (c Class) Fits(used, most int) bool { return used*100 < most*(100-c.keeps()) }

// wait is the first second of Retry-After and how many follow it: who was turned away together does not come back together, and who matters
// least comes last.
func (c Class) wait() (from, spread int) {
	switch c {
	case Dialog, Emergency, Call:
		return 5, 10
	case Refresh:
		return 5, 20
	case Register:
		return 10, 30
	default:
		return 20, 60
	}
}

// RetryAfter is the seconds after which who was turned away may come again, another number each time (RFC 3261 §20.33).
func (c Class) RetryAfter() int {
	from, spread := c.wait()
	return from + rand.IntN(spread+1)
}

// Turnstile lets requests in as fast as the box can do the work, those that matter most first.
type Turnstile struct {
	work, calls Rate
	spent       bucket // units of work, of which each class leaves a part to those before it
	fresh       bucket // of new calls
}

// NewTurnstile makes one that lets in so many units of work, and so many new calls. Zero rates stand for 2,000 units per second and at once,
// and for 50 calls per second, 100 at once.
func NewTurnstile(work, calls Rate) *Turnstile {
	if work.PerSecond <= 0 {
		work = Rate{PerSecond: 2000, Burst: 2000}
	}
	if calls == (Rate{}) {
		calls = Rate{PerSecond: 50, Burst: 100}
	}
	return &Turnstile{work: work, calls: calls}
}

// Pass decides on a request of so many units of work. What must pass passes, and costs what is left.
func (t *Turnstile) Pass(now time.Time, c Class, units int) bool {
	if c == Call && !t.fresh.take(now, t.calls) {
		return false
	}
	return t.spent.spend(now, t.work, units, c.keeps(), c.Must())
}
