package uplink

import (
	"sync"
	"time"
)

// clock is the box's clock, never before what is known for sure: when the program was built, and what the cloud said last. Without it a box
// without a battery would find every certificate "not yet valid" and never learn better.
type clock struct {
	mu    sync.Mutex
	floor time.Time // it was at least this at at
	at    time.Time
}

func newClock(floor time.Time) *clock { return &clock{floor: floor, at: time.Now()} }

// now is max(the box's clock, floor + what has passed since).
func (c *clock) now() time.Time {
	t, _ := c.read()
	return t
}

// read also says whether the box's own clock is behind by more than a minute.
func (c *clock) read() (t time.Time, behind bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := time.Now()
	f := c.floor.Add(n.Sub(c.at))
	if f.After(n) {
		return f, f.Sub(n) > time.Minute
	}
	return n, false
}

// heard takes a time that was proven to be the cloud's. It reports whether it was news worth keeping.
func (c *clock) heard(ms int64) bool {
	t := time.UnixMilli(ms)
	if !t.After(c.now()) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	jump := t.Sub(c.floor) > time.Hour
	c.floor, c.at = t, time.Now()
	return jump
}
