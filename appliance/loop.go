package appliance

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"

	"golang.org/x/sys/unix"
)

// mailboxSize is how many inputs the exchange's mailbox holds. When it is full its senders wait: a phone's message is answered a little later, and is never lost.
const mailboxSize = 1024

// clock tells moments: the wall, and the time since boot. It holds no state that changes, so any goroutine may ask it.
type clock struct {
	start time.Time // with its monotonic reading
	boot  time.Duration
}

// newClock reads the time since boot once; from there on it advances with the monotonic clock, which does not stand still for anybody's date command.
func newClock() (clock, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return clock{}, err
	}
	return clock{start: time.Now(), boot: time.Duration(ts.Nano())}, nil
}

func (c clock) now() fact.Moment {
	t := time.Now()
	return fact.Moment{UTC: t.UnixMilli(), Boot: (c.boot + t.Sub(c.start)).Milliseconds()}
}

// loop is the one goroutine that owns the exchange. Everything reaches it through its mailbox, in order.
type loop struct {
	clock  clock
	state  *exchange.State
	inputs chan exchange.Input
	asks   chan func(*exchange.State, fact.Moment)
	timers timers
	// remember keeps facts; it must not block. carry starts an effect; it must not block for long. Both are called by the loop alone.
	remember func(fact.Moment, []fact.Fact)
	carry    func(exchange.Effect)
	stop     context.CancelFunc // ends run; set before it begins
	done     chan struct{}
}

func newLoop(c clock, state *exchange.State) *loop {
	return &loop{
		clock: c, state: state,
		inputs: make(chan exchange.Input, mailboxSize),
		asks:   make(chan func(*exchange.State, fact.Moment)),
		done:   make(chan struct{}),
	}
}

// tell puts an input in the mailbox. It waits while the mailbox is full, and gives up only when the loop is gone.
func (l *loop) tell(in exchange.Input) {
	select {
	case l.inputs <- in:
	case <-l.done:
	}
}

// errStopping answers who asks a loop that is gone.
var errStopping = errors.New("the core is stopping")

// ask runs a question on the loop's goroutine, between two steps, and waits for it. The question must not keep what it is shown.
func (l *loop) ask(ctx context.Context, question func(*exchange.State, fact.Moment)) error {
	answered := make(chan struct{})
	wrapped := func(s *exchange.State, now fact.Moment) {
		defer close(answered)
		question(s, now)
	}
	select {
	case l.asks <- wrapped:
	case <-l.done:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-answered:
		return nil
	case <-l.done:
		return errStopping
	}
}

// run feeds the exchange until the context ends. What is in the mailbox then is not taken.
func (l *loop) run(ctx context.Context) {
	defer close(l.done)
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		l.fireDue()
		alarm.Reset(l.untilNext())
		select {
		case <-ctx.Done():
			return
		case in := <-l.inputs:
			l.step(in)
		case q := <-l.asks:
			q(l.state, l.clock.now())
		case <-alarm.C:
		}
	}
}

// begin is the first step of a process: a new exchange is told its names, its branch and what outlives a cold start, a restored one what survived. It
// comes before run.
func (l *loop) begin(starts uint32, branch exchange.Branch, alive []plan.LegID, kept func() exchange.Lasting) {
	l.step(exchange.Started{Epoch: starts})
	cold := l.state.Revision() == ""
	if !cold {
		now := l.clock.now()
		effects, facts := l.state.Resume(now, alive)
		l.take(now, effects, facts)
	}
	if l.state.Revision() != branch.Revision {
		l.step(exchange.SiteChanged{Branch: branch})
	}
	if cold {
		l.step(exchange.Remembered{Lasting: kept()})
	}
}

func (l *loop) step(in exchange.Input) {
	now := l.clock.now()
	effects, facts := l.state.Step(now, in)
	l.take(now, effects, facts)
}

// take keeps the facts before it starts the effects, so that a story never lacks its beginning.
func (l *loop) take(now fact.Moment, effects []exchange.Effect, facts []fact.Fact) {
	if len(facts) > 0 {
		l.remember(now, facts)
	}
	for _, e := range effects {
		switch e := e.(type) {
		case exchange.StartTimer:
			l.timers.start(e)
		case exchange.StopTimer:
			l.timers.stop(e.Timer)
		default:
			l.carry(e)
		}
	}
}

func (l *loop) fireDue() {
	for {
		id, ok := l.timers.due(l.clock.now().Boot)
		if !ok {
			return
		}
		l.step(exchange.TimerFired{Timer: id})
	}
}

func (l *loop) untilNext() time.Duration {
	at, ok := l.timers.next()
	if !ok {
		return time.Hour
	}
	return max(0, time.Duration(at-l.clock.now().Boot)*time.Millisecond)
}

// timers are the exchange's timers in order of their time, then of their id.
type timers struct {
	heap timerHeap
	live map[exchange.TimerID]bool // those not stopped; a stopped one leaves the heap when its time comes
}

func (t *timers) start(s exchange.StartTimer) {
	if t.live == nil {
		t.live = map[exchange.TimerID]bool{}
	}
	t.live[s.Timer] = true
	heap.Push(&t.heap, s)
}

func (t *timers) stop(id exchange.TimerID) {
	delete(t.live, id)
	// A busy box starts and stops many: what is dead must not outweigh what is alive for long.
	if len(t.heap) > 256 && len(t.heap) > 4*len(t.live) {
		kept := t.heap[:0]
		for _, s := range t.heap {
			if t.live[s.Timer] {
				kept = append(kept, s)
			}
		}
		t.heap = kept
		heap.Init(&t.heap)
	}
}

func (t *timers) next() (at int64, ok bool) {
	for len(t.heap) > 0 && !t.live[t.heap[0].Timer] {
		heap.Pop(&t.heap)
	}
	if len(t.heap) == 0 {
		return 0, false
	}
	return t.heap[0].At, true
}

func (t *timers) due(now int64) (exchange.TimerID, bool) {
	at, ok := t.next()
	if !ok || at > now {
		return 0, false
	}
	id := heap.Pop(&t.heap).(exchange.StartTimer).Timer
	delete(t.live, id)
	return id, true
}

type timerHeap []exchange.StartTimer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].At < h[j].At || h[i].At == h[j].At && h[i].Timer < h[j].Timer
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(exchange.StartTimer)) }
func (h *timerHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
