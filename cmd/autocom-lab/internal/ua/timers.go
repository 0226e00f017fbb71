package ua

import (
	"container/heap"
	"time"
)

// An alarm is something to do later; stop makes it do nothing.
type alarm struct {
	at time.Time
	do func(now time.Time)
}

func (t *alarm) stop() {
	if t != nil {
		t.do = nil
	}
}

// timers is a heap of alarms, soonest first.
type timers []*alarm

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(*alarm)) }

func (t *timers) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*t = old[:len(old)-1]
	return last
}

// after calls do, with the lock held, once d has passed.
func (a *Agent) after(d time.Duration, do func(now time.Time)) *alarm {
	t := &alarm{at: time.Now().Add(d), do: do}
	heap.Push(&a.timers, t)
	if a.timers[0] == t {
		select {
		case a.wake <- struct{}{}:
		default: // it is awake already
		}
	}
	return t
}

// clock runs alarms as they fall due.
func (a *Agent) clock() {
	defer a.wg.Done()
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	for {
		select {
		case <-a.done:
			return
		case <-a.wake:
		case <-t.C:
		}
		a.mu.Lock()
		now := time.Now()
		for len(a.timers) > 0 && !a.timers[0].at.After(now) {
			if due := heap.Pop(&a.timers).(*alarm); due.do != nil && !a.closed {
				due.do(now)
			}
		}
		next := time.Hour
		if len(a.timers) > 0 {
			next = time.Until(a.timers[0].at)
		}
		a.mu.Unlock()
		t.Reset(max(next, 0))
	}
}
