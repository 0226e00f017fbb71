package sipedge

import (
	"container/heap"
	"time"

	"autocom/appliance/sipedge/presence"
)

// due is one timer.
type due struct {
	at    time.Time
	w     *watch
	timer presence.Timer
	index int
}

// dues is the timers, the next one first.
type dues []*due

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d dues) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i, j
}

// Push and Pop are heap's.
func (d *dues) Push(x any) {
	if t, ok := x.(*due); ok {
		t.index = len(*d)
		*d = append(*d, t)
	}
}

func (d *dues) Pop() any {
	old := *d
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*d = old[:len(old)-1]
	return t
}

func (w *watchers) start(now time.Time, x *watch, eff presence.StartTimer) {
	w.stop(x, eff.Timer)
	t := &due{at: now.Add(eff.After), w: x, timer: eff.Timer}
	x.timers[eff.Timer] = t
	heap.Push(&w.due, t)
}

func (w *watchers) stop(x *watch, timer presence.Timer) {
	if t := x.timers[timer]; t != nil {
		x.timers[timer] = nil
		heap.Remove(&w.due, t.index)
	}
}
