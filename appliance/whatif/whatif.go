// Package whatif runs a day of a call centre again as it might have been: with two agents more, another strategy, other priorities.
//
// What callers and agents do is drawn from the day's own facts: when calls came, how long callers were patient, how fast phones were lifted and how
// long conversations took. The exchange that decides is the one of the box, in fake time.
package whatif

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"autocom/appliance/exchange"
)

// Change is what is different. The zero value is the day as it was.
type Change struct {
	Agents   int                          // so many more agents, or fewer
	Queue    string                       // who serve this queue; empty: any
	Strategy map[string]exchange.Strategy // by queue
	Priority map[string]int               // by queue
	WrapUpMS map[string]int64             // by queue
}

// Question is a change and how precisely it is to be answered.
type Question struct {
	Change
	Runs     int // days that are run; 100 when 0
	Seed     uint64
	WithinMS int64 // an answer within this is in time
}

// limits of a question.
const (
	mostRuns   = 1000
	mostAgents = 500
)

// The least a day must have to be learnt from: what is drawn from less is chance, told with two decimals.
const (
	FewestCallers       = 10
	FewestConversations = 5
	ShortestSpan        = 30 * 60_000 // ms, from the first caller to the last
)

// ErrQuiet says that nobody entered a queue on the day.
var ErrQuiet = errors.New("no caller entered a queue that day, so there is nothing to run again")

// ThinError says that too little happened on a day to learn from, and how much did.
type ThinError struct {
	Callers       int
	Conversations int   // of callers of a queue, that are over
	SpanMS        int64 // from the first caller to the last
}

func (e *ThinError) Error() string {
	return fmt.Sprintf("too little to learn from (callers: %d, conversations: %d, minutes from the first to the last: %d); it takes %d, %d and %d: ask later, or choose another day",
		e.Callers, e.Conversations, e.SpanMS/60_000, FewestCallers, FewestConversations, ShortestSpan/60_000)
}

// enough says why a day cannot be learnt from.
func (d *Day) enough() error {
	if len(d.arrivals) == 0 {
		return ErrQuiet
	}
	e := ThinError{Callers: len(d.arrivals), SpanMS: d.arrivals[len(d.arrivals)-1].at - d.arrivals[0].at}
	for _, h := range d.habits { // a sum does not depend on the order
		for _, t := range h.talks {
			if t.over {
				e.Conversations++
			}
		}
	}
	if e.Callers < FewestCallers || e.Conversations < FewestConversations || e.SpanMS < ShortestSpan {
		return &e
	}
	return nil
}

// Spread is a figure over all runs: nine runs of ten lie above Low, and nine below High.
type Spread struct {
	Low, Middle, High float64
}

// Figure is what one queue, or all of them, did in a day.
type Figure struct {
	Received int
	Answered int
	Within   int   // of those, in time
	Left     int   // abandoned and cancelled
	WaitMS   int64 // of those answered
	BusyMS   int64 // agents': ringing, talking, wrapping up
	ReadyMS  int64 // agents': free to be called
}

// ServiceLevel is the part of all received that was answered in time, 0 to 1. It counts everybody who entered the queue.
func (f Figure) ServiceLevel() float64 { return part(f.Within, f.Received) }

// LeftRate is the part of all received that gave up.
func (f Figure) LeftRate() float64 { return part(f.Left, f.Received) }

// MeanWait is how long those who were answered had waited, in s.
func (f Figure) MeanWait() float64 {
	if f.Answered == 0 {
		return 0
	}
	return float64(f.WaitMS) / float64(f.Answered) / 1000
}

// Occupancy is the part of their time that agents were busy with calls of queues.
func (f Figure) Occupancy() float64 {
	if f.BusyMS+f.ReadyMS == 0 {
		return 0
	}
	return float64(f.BusyMS) / float64(f.BusyMS+f.ReadyMS)
}

func part(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// Forecast is the answer for one queue; the empty queue is all of them.
type Forecast struct {
	Queue        string
	Real         Figure
	ServiceLevel Spread
	LeftRate     Spread
	MeanWait     Spread // s
	Occupancy    Spread
	Erlang       float64 // Erlang C for the agents of the change: nobody gives up, everybody serves everything
}

// Answer is what the day would have been.
type Answer struct {
	Runs   int
	Agents int // present at some time of the day, after the change
	All    Forecast
	Queues []Forecast
}

// Ask runs a day again. branch is the site as it is.
func Ask(day *Day, branch exchange.Branch, q Question) (Answer, error) {
	if q.Runs == 0 {
		q.Runs = 100
	}
	if q.Runs < 1 || q.Runs > mostRuns {
		return Answer{}, fmt.Errorf("%d runs: choose 1 to %d", q.Runs, mostRuns)
	}
	if err := day.enough(); err != nil {
		return Answer{}, err
	}
	plan, err := newPlan(day, branch, q.Change)
	if err != nil {
		return Answer{}, err
	}
	drawn := observed{day: day}
	figures := map[string][]Figure{}
	for run := range q.Runs {
		w := newWorld(plan, drawn, rand.New(rand.NewPCG(q.Seed, uint64(run))), q.WithinMS)
		for id, f := range w.run() {
			figures[id] = append(figures[id], f)
		}
	}
	a := Answer{Runs: q.Runs, Agents: len(plan.agents)}
	ids := []string{""}
	for _, x := range branch.Queues {
		ids = append(ids, x.ID)
	}
	for _, id := range ids {
		f := forecast(id, day.Real(id, q.WithinMS), figures[id])
		f.Erlang = day.erlang(id, plan, q.WithinMS)
		if id == "" {
			a.All = f
		} else if f.Real.Received > 0 || len(figures[id]) > 0 {
			a.Queues = append(a.Queues, f)
		}
	}
	return a, nil
}

func forecast(id string, was Figure, runs []Figure) Forecast {
	return Forecast{
		Queue: id, Real: was,
		ServiceLevel: spread(runs, Figure.ServiceLevel), LeftRate: spread(runs, Figure.LeftRate),
		MeanWait: spread(runs, Figure.MeanWait), Occupancy: spread(runs, Figure.Occupancy),
	}
}

func spread(runs []Figure, of func(Figure) float64) Spread {
	if len(runs) == 0 {
		return Spread{}
	}
	all := make([]float64, len(runs))
	for i, f := range runs {
		all[i] = of(f)
	}
	slices.SortFunc(all, cmp.Compare)
	at := func(tenths int) float64 { return all[(len(all)-1)*tenths/10] }
	return Spread{Low: at(1), Middle: at(5), High: at(9)}
}
