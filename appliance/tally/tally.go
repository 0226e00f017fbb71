// Package tally counts what happened: calls received, answered and lost, waits and talk times.
//
// It is pure folds from facts, the same on the box and in the cloud: what is counted can be counted again from the journal. Counts and sums are
// kept, never ratios, and every span is in ms.
package tally

import (
	"cmp"
	"iter"
	"slices"

	"autocom/appliance/exchange/fact"
)

// Call is one call as its facts tell it.
type Call struct {
	ID        string
	At        fact.Moment // it opened, or its first fact that is left
	Flow      string      // "inbound", "internal", "outbound"; empty: its opening was lost
	Extension string      // who dialled, for internal and outbound
	Dialled   string
	Subject   fact.Subject // the caller outside, or for a call placed from here the callee
	Withheld  bool
	Queue     string           // the last it entered
	Agent     string           // the last who answered it
	Outcome   fact.CallOutcome // empty while it is up
	Stage     fact.Stage
	LastOffer fact.OfferOutcome
	WaitMS    int64 // while it is up: of the visits and talks that are over
	TalkMS    int64
	TotalMS   int64
	HungUpBy  string
}

// Calls folds facts, oldest first, to one Call for each call they speak of, in the order of their first fact.
func Calls(facts iter.Seq[fact.Entry]) []Call {
	var calls []Call
	at := map[string]int{}
	for e := range facts {
		id, ok := CallOf(e.Fact)
		if !ok {
			continue
		}
		i, known := at[id]
		if !known {
			i = len(calls)
			at[id] = i
			calls = append(calls, Call{ID: id, At: e.At})
		}
		calls[i].take(e.Fact)
	}
	return calls
}

func (c *Call) take(f fact.Fact) {
	switch f := f.(type) {
	case fact.CallOpened:
		c.Flow, c.Extension, c.Dialled, c.Withheld = f.Flow, f.Extension, f.Dialled, f.Withheld
		if c.Subject = f.Caller; c.Subject == "" {
			c.Subject = f.Callee
		}
	case fact.VisitEntered:
		c.Queue = f.Queue
	case fact.VisitEnded:
		c.Queue = f.Queue
		if c.Outcome == "" {
			c.WaitMS += f.WaitMS
		}
		if f.Outcome == fact.VisitAnswered {
			c.Agent = f.Agent
		}
	case fact.OfferEnded:
		if f.Outcome == fact.OfferAnswered {
			c.Agent = f.Agent
		}
	case fact.BridgeParted:
		if c.Outcome == "" {
			c.TalkMS += f.TalkMS
		}
	case fact.CallEnded:
		if c.Outcome != "" { // a call ends once
			return
		}
		c.Outcome, c.Stage, c.LastOffer, c.HungUpBy = f.Outcome, f.Stage, f.LastOffer, f.HungUpBy
		c.WaitMS, c.TalkMS, c.TotalMS = f.WaitMS, f.TalkMS, f.TotalMS
	default: // says nothing that a call's row shows
	}
}

// Figures counts the visits that entered one queue in a window, by what became of them, also after it.
type Figures struct {
	Queue string

	Answered, Abandoned, Cancelled, Full, Closed, NobodyFit, TooLong, Exited, Moved, Failed int

	Interrupted int // the box restarted under them
	Other       int // an outcome that this program does not know: counted apart, never lost
	InProgress  int

	Within int     // of those answered: after no longer than the goal
	WaitMS int64   // of those answered, together
	TalkMS int64   // after those answers, together
	Hours  [24]int // received, by the hour of the day they entered
}

// Received is all visits: it is the sum of what became of them, so that it always balances.
func (f Figures) Received() int {
	return f.Answered + f.Abandoned + f.Cancelled + f.Full + f.Closed + f.NobodyFit + f.TooLong + f.Exited + f.Moved + f.Failed + f.Interrupted + f.Other + f.InProgress
}

// Window says which visits are counted and how.
type Window struct {
	From, Until int64               // Unix ms by the box's wall clock, Until not in it
	WithinMS    int64               // answered so fast is answered in time
	Hour        func(utc int64) int // the hour of the day, 0 to 23, at a Unix time in ms; nil: no hours are counted
}

// visit is one passage as far as it was told.
type visit struct {
	queue string
	hour  int
	end   fact.VisitEnded
	over  bool
	talk  int64
}

type visitKey struct {
	call  string
	visit int
}

// Queues folds facts, oldest first, to the figures of each queue that was entered in the window, by the queue's name. Facts after the window tell
// how its visits ended; a visit whose entry is not among the facts is not counted.
func Queues(facts iter.Seq[fact.Entry], w Window) []Figures {
	visits := map[visitKey]*visit{}
	var order []*visit
	talking := map[string]*visit{} // by call: the visit whose answer the talk follows
	for e := range facts {
		switch f := e.Fact.(type) {
		case fact.VisitEntered:
			delete(talking, f.Call)
			key := visitKey{f.Call, f.Visit}
			if e.At.UTC < w.From || e.At.UTC >= w.Until || visits[key] != nil {
				continue
			}
			v := &visit{queue: f.Queue, hour: -1}
			if w.Hour != nil {
				v.hour = w.Hour(e.At.UTC)
			}
			visits[key] = v
			order = append(order, v)
		case fact.VisitEnded:
			v := visits[visitKey{f.Call, f.Visit}]
			if v == nil || v.over {
				continue
			}
			v.end, v.over = f, true
			if f.Outcome == fact.VisitAnswered {
				talking[f.Call] = v
			}
		case fact.BridgeParted:
			if v := talking[f.Call]; v != nil {
				v.talk += f.TalkMS
			}
		case fact.CallEnded:
			delete(talking, f.Call)
		default: // says nothing of a visit
		}
	}
	var sums []Figures
	for _, v := range order {
		i := slices.IndexFunc(sums, func(s Figures) bool { return s.Queue == v.queue })
		if i < 0 {
			i = len(sums)
			sums = append(sums, Figures{Queue: v.queue})
		}
		sums[i].count(v, w.WithinMS)
	}
	slices.SortFunc(sums, func(a, b Figures) int { return cmp.Compare(a.Queue, b.Queue) })
	return sums
}

func (f *Figures) count(v *visit, within int64) {
	if v.hour >= 0 && v.hour < len(f.Hours) {
		f.Hours[v.hour]++
	}
	if !v.over {
		f.InProgress++
		return
	}
	switch v.end.Outcome {
	case fact.VisitAnswered:
		f.Answered++
		f.WaitMS += v.end.WaitMS
		f.TalkMS += v.talk
		if v.end.WaitMS <= within {
			f.Within++
		}
	case fact.VisitAbandoned:
		f.Abandoned++
	case fact.VisitCancelled:
		f.Cancelled++
	case fact.VisitFull:
		f.Full++
	case fact.VisitClosed:
		f.Closed++
	case fact.VisitNobodyFit:
		f.NobodyFit++
	case fact.VisitWaitedTooLong:
		f.TooLong++
	case fact.VisitExited:
		f.Exited++
	case fact.VisitMoved:
		f.Moved++
	case fact.VisitFailed:
		f.Failed++
	case fact.VisitInterrupted:
		f.Interrupted++
	default:
		f.Other++
	}
}
