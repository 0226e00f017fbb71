package kpi

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/ledger"
)

// Match says by which of its queues a call is taken. A visit is always taken by its own.
type Match string

// The matches. A call that was handed to another queue would vanish from both when only one of them were looked at (FEATURES §11.3).
const (
	Either    Match = "either" // the first or the last
	FirstOnly Match = "first"
	LastOnly  Match = "last"
)

// Filter chooses rows. What is empty chooses all.
type Filter struct {
	From, Until count.Quarter // Until not in it
	Queues      []string
	Match       Match // empty: Either
	Agents      []string
	Sections    []string
	Routes      []string
	Campaigns   []string // of what is counted by campaign alone
}

func among(all []string, one string) bool { return len(all) == 0 || slices.Contains(all, one) }

func (f Filter) when(q count.Quarter) bool { return q >= f.From && q < f.Until }

func (f Filter) place(p count.Place) bool {
	return f.when(p.Quarter) && among(f.Queues, p.Queue) && among(f.Sections, p.Section) && among(f.Routes, p.Route)
}

func (f Filter) journey(j count.Journey) bool {
	if !f.when(j.Quarter) || !among(f.Sections, j.Section) || !among(f.Routes, j.Route) {
		return false
	}
	switch f.Match {
	case FirstOnly:
		return among(f.Queues, j.First)
	case LastOnly:
		return among(f.Queues, j.Last)
	default:
		return among(f.Queues, j.First) || among(f.Queues, j.Last)
	}
}

// Work is agents' time, in ms. LoggedMS is the sum of what they did: IdleMS, IdlePausedMS, UnreachableMS, RingingMS, DialingMS, TalkingMS, HoldingMS,
// WrapUpMS and OtherMS. PausedMS runs beside it: who declared a pause may be on the telephone.
type Work struct {
	LoggedMS      int64   `json:"logged_ms"`
	IdleMS        int64   `json:"idle_ms"`        // available, and nothing to do
	IdlePausedMS  int64   `json:"idle_paused_ms"` // in a pause, and nothing to do
	UnreachableMS int64   `json:"unreachable_ms"` // available, and the phone is not there
	RingingMS     int64   `json:"ringing_ms"`
	DialingMS     int64   `json:"dialing_ms"`
	TalkingMS     int64   `json:"talking_ms"`
	HoldingMS     int64   `json:"holding_ms"`
	WrapUpMS      int64   `json:"wrap_up_ms"`
	OtherMS       int64   `json:"other_ms"`
	PausedMS      int64   `json:"paused_ms"`
	Pauses        []Pause `json:"pauses,omitempty"` // PausedMS by its reasons, in the order of their ids
}

// Pause is the time spent in pauses of one reason.
type Pause struct {
	Reason string `json:"reason"`
	MS     int64  `json:"ms"`
}

// BusyMS is what the telephone took, with the writing up.
func (w Work) BusyMS() int64 {
	return w.RingingMS + w.DialingMS + w.TalkingMS + w.HoldingMS + w.WrapUpMS
}

func (w *Work) take(p count.Posture, ms int64) {
	w.LoggedMS += ms
	paused := p.Declared == "pause"
	if paused {
		w.PausedMS += ms
		i, found := slices.BinarySearchFunc(w.Pauses, p.Pause, func(x Pause, reason string) int { return cmp.Compare(x.Reason, reason) })
		if !found {
			w.Pauses = slices.Insert(w.Pauses, i, Pause{Reason: p.Pause})
		}
		w.Pauses[i].MS += ms
	}
	switch p.Activity {
	case "idle":
		switch {
		case paused:
			w.IdlePausedMS += ms
		case p.Line == "unregistered":
			w.UnreachableMS += ms
		default:
			w.IdleMS += ms
		}
	case "reserved", "ringing":
		w.RingingMS += ms
	case "dialing":
		w.DialingMS += ms
	case "talking":
		w.TalkingMS += ms
	case "holding":
		w.HoldingMS += ms
	case "wrapup":
		w.WrapUpMS += ms
	default:
		w.OtherMS += ms
	}
}

// Sums are all counters of what a filter chooses: what figures are made of.
type Sums struct {
	SpanMS   int64        // of the period, as far as it has come
	Visits   count.Visits // of those who came in
	Backs    count.Visits // of our own attempts to call somebody back
	Queues   count.Offers // of the visits, whoever took them
	Agents   count.Offers // of the agents the filter names
	Inbound  count.Calls
	Outbound count.Calls
	Internal count.Calls
	Wishes   count.Wishes // callbacks that callers or visitors asked for
	Campaign count.Wishes // and those of campaigns
	Work     Work         // of the agents the filter names, whatever queue they served
	Heard    count.Heard
	Holes    []count.Hole
	Rules    ledger.Rules
	Goals    []ledger.Goal // of the queues that were entered
}

// Sum adds up what a filter chooses. now is the moment for which the rows were made: a period that is not over lasts until then.
func Sum(rows count.Rows, rules ledger.Rules, f Filter, now fact.Moment) Sums {
	s := Sums{Rules: rules, SpanMS: max(0, min(f.Until.UTC(), now.UTC)-f.From.UTC())}
	for _, r := range rows.Visits {
		switch {
		case !f.place(r.At):
		case r.At.Callback:
			s.Backs.Add(r.N)
		default:
			s.Visits.Add(r.N)
			s.goal(r.At.Queue)
		}
	}
	for _, r := range rows.Offers {
		if f.place(r.At.Place) {
			if r.At.Queue != "" && !r.At.Callback { // what they say in other calls is theirs, and of no visit
				s.Queues.Add(r.N)
			}
			if among(f.Agents, r.At.Agent) {
				s.Agents.Add(r.N)
			}
		}
	}
	for _, r := range rows.Calls {
		if f.journey(r.At) {
			switch r.At.Flow {
			case "inbound":
				s.Inbound.Add(r.N)
			case "outbound":
				s.Outbound.Add(r.N)
			default:
				s.Internal.Add(r.N)
			}
		}
	}
	for _, r := range rows.Wishes {
		switch {
		case !f.place(r.At.Place):
		case r.At.Source == "campaign":
			if among(f.Campaigns, r.At.Campaign) {
				s.Campaign.Add(r.N)
			}
		default:
			s.Wishes.Add(r.N)
		}
	}
	for _, r := range rows.Spent {
		if f.when(r.At.Quarter) && among(f.Agents, r.At.Agent) {
			s.Work.take(r.At, r.N.MS)
		}
	}
	for _, r := range rows.Heard {
		if f.when(r.At) {
			s.Heard.Add(r.N)
		}
	}
	for _, h := range rows.Holes {
		if f.when(h.Quarter) {
			s.Holes = append(s.Holes, h)
		}
	}
	return s
}

// goal notes the goal of a queue that was entered.
func (s *Sums) goal(queue string) {
	i, found := slices.BinarySearchFunc(s.Goals, queue, func(g ledger.Goal, q string) int { return cmp.Compare(g.Queue, q) })
	if !found {
		s.Goals = slices.Insert(s.Goals, i, ledger.Goal{Queue: queue, MS: s.Rules.Goal(queue)})
	}
}

// offered is the visits a queue had a chance to answer: those that are over, without those it was closed for and the short abandons.
func (s Sums) offered() int64 { return s.decided() - s.Visits.Short() }

// decided is the visits that are over and found the queue open.
func (s Sums) decided() int64 { return s.Visits.Over() - s.Visits.Closed }

// lost is the visits whose caller left.
func (s Sums) lost() int64 { return s.Visits.Abandoned + s.Visits.Cancelled }

// handled is what agents did in the visits' calls.
func handled(o count.Offers) int64 { return o.TalkMS + o.HoldMS + o.WrapMS }
