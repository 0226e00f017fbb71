// Package tally says what happened: each call as its facts tell it, and in the rooms below how many there were and what that makes.
//
// It is pure folds from facts, the same on the box and in the cloud: what is counted (ledger) can be counted again from the journal. Counts and
// sums are kept, ratios are made of them last (kpi), and every span is in ms.
package tally

import (
	"iter"

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
