// Package ledger counts calls, passages in queues, presentations, callbacks and agents' time, quarter hour by quarter hour, fact by fact.
//
// A Book takes facts in their order, as they come or all at once: its counters are the same. What is over leaves its working set; what is going on
// is counted up to the moment at which the rows are asked for.
package ledger

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// Goal is how fast a queue's callers should be answered.
type Goal struct {
	Queue string `json:"queue"`
	MS    int64  `json:"ms"`
}

// Rules are the thresholds that counters depend on. Other rules are other counters: the facts must be counted again.
type Rules struct {
	GoalMS   int64  `json:"goal_ms"`         // answered so fast is answered in time, for queues without a goal of their own
	Goals    []Goal `json:"goals,omitempty"` // of queues that have one
	ShortMS  int64  `json:"short_ms"`        // who leaves before that is a short abandon
	RepeatMS int64  `json:"repeat_ms"`       // who calls again within that calls again
}

// DefaultRules are 20 s, 5 s (FEATURES §3.3) and a day.
func DefaultRules() Rules { return Rules{GoalMS: 20_000, ShortMS: 5_000, RepeatMS: 24 * 3_600_000} }

// Goal is the goal of one queue.
func (r Rules) Goal(queue string) int64 {
	for _, g := range r.Goals {
		if g.Queue == queue {
			return g.MS
		}
	}
	return r.GoalMS
}

// With is the rules with a queue's own goal; one that is everybody's is none of its own.
func (r Rules) With(queue string, goalMS int64) Rules {
	if goalMS != r.GoalMS {
		r.Goals = append(slices.Clip(r.Goals), Goal{Queue: queue, MS: goalMS})
	}
	return r
}

// Book is the counters so far, and what is still open. It is a value of one goroutine.
type Book struct {
	rules Rules
	seen  []fact.Address // the last fact taken of each stream
	last  fact.Moment    // of the last fact taken
	ended fact.Moment    // the last of the epoch before this one, until the core says that it began; zero: none
	going bool           // the core stopped so that the next one goes on with its calls and agents

	swept count.Quarter

	counters
	holes []count.Hole

	open   map[string]*openCall
	agents map[string]*openAgent
	people map[fact.Subject]*person
	wishes map[string]openWish // callbacks that were asked for, by id
}

// New is an empty book.
func New(r Rules) *Book {
	r.Goals = slices.Clone(r.Goals)
	return &Book{
		rules: r, counters: newCounters(), open: map[string]*openCall{}, agents: map[string]*openAgent{}, people: map[fact.Subject]*person{},
		wishes: map[string]openWish{},
	}
}

// Rules are the thresholds this book counts by.
func (b *Book) Rules() Rules { return b.rules }

// Last is the moment of the last fact taken.
func (b *Book) Last() fact.Moment { return b.last }

// Seen is the last fact taken of a stream; the zero address when none was.
func (b *Book) Seen(stream string) fact.Address {
	i, known := slices.BinarySearchFunc(b.seen, stream, func(a fact.Address, s string) int { return cmp.Compare(a.Stream, s) })
	if !known {
		return fact.Address{}
	}
	return b.seen[i]
}

// Floor is the quarter before which everything was forgotten; zero: nothing was.
func (b *Book) Floor() count.Quarter { return b.floor }

// Take counts one fact. Facts of one stream come in the order of their addresses; one that was taken before is not taken again, and false says so.
func (b *Book) Take(e fact.Entry) bool {
	if !b.follows(e) {
		return false
	}
	if q := count.QuarterOf(e.At.UTC); q != b.swept {
		b.swept = q
		b.sweep(e.At)
	}
	kept := b.take(e)
	b.last = e.At
	one := count.Heard{Fetched: 1, First: e.Address, Last: e.Address}
	if kept {
		one.Kept = 1
	}
	b.heardIn(count.QuarterOf(e.At.UTC)).Add(one)
	return true
}

// follows moves the stream's cursor to a fact; false when it was there.
func (b *Book) follows(e fact.Entry) bool {
	i, known := slices.BinarySearchFunc(b.seen, e.Address.Stream, func(a fact.Address, s string) int { return cmp.Compare(a.Stream, s) })
	switch {
	case !known:
		b.seen = slices.Insert(b.seen, i, e.Address)
	case !b.seen[i].Before(e.Address):
		return false
	default:
		if b.seen[i].Epoch != e.Address.Epoch {
			b.ended = b.last
		}
		b.seen[i] = e.Address
	}
	return true
}

// take gives a fact to those who count it, and reports whether anybody did.
func (b *Book) take(e fact.Entry) bool {
	switch f := e.Fact.(type) {
	case fact.BoxStarted:
		b.boxStarted(f, e.At)
	case fact.BoxStopped:
		if b.going = f.Planned; !f.Planned {
			b.endDays(e.At)
		}
	case fact.FactsLost:
		b.holes = append(b.holes, count.Hole{Quarter: count.QuarterOf(e.At.UTC), From: f.From, To: f.To, Cause: f.Cause})
	case fact.AgentChanged:
		b.agentChanged(f, e.At)
	default:
		return b.takeCall(e)
	}
	return true
}

// boxStarted ends the sessions that nobody ended: a core that does not go on with the calls of the one before knows of no agent who is logged in.
func (b *Book) boxStarted(f fact.BoxStarted, at fact.Moment) {
	was := b.last
	if b.ended != (fact.Moment{}) {
		was = b.ended
	}
	if !b.going && f.Resumed == 0 || at.Boot < was.Boot {
		b.endDays(was)
	}
	b.ended, b.going = fact.Moment{}, false
}

// patience is how long a call may be silent before its end is taken for lost, in ms: nobody waits or talks for a day.
const patience = 24 * 3_600_000

// sweep lets go of calls whose end will not come, and of callers who called too long ago.
func (b *Book) sweep(now fact.Moment) {
	for _, c := range b.openCalls() {
		switch silent := now.Since(c.Touched); {
		case silent < 0: // the box booted in between
			c.Touched = now
		case silent > patience:
			b.lose(c)
		}
	}
	b.loseWishes(now.UTC - longest)
	b.forgetPeople(now.UTC - b.rules.RepeatMS - 2*patience)
}

// Forget lets go of all rows before a quarter. What still happens to calls of those quarters is not counted.
func (b *Book) Forget(before count.Quarter) {
	b.forget(before)
	b.holes = slices.DeleteFunc(b.holes, func(h count.Hole) bool { return h.Quarter < before })
}
