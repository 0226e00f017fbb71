package kpi

import (
	"encoding/json"

	"autocom/appliance/tally/ledger"
)

// Unit is what a figure is measured in.
type Unit string

// The units.
const (
	Share    Unit = "share"    // of 1; shown in per cent
	Duration Unit = "duration" // a mean, in ms
	Longest  Unit = "longest"  // a maximum, in ms
	Agents   Unit = "agents"   // fractional agents: agent-milliseconds by milliseconds
	Load     Unit = "load"     // erlangs: milliseconds of work by milliseconds
	Count    Unit = "count"    // a mean of counts
)

// Ratio is a figure before it is divided: it adds up, a quotient does not. Nothing divided by nothing is no figure, and never 0.
type Ratio struct {
	Num int64 `json:"num"`
	Den int64 `json:"den"`
}

// Known is false when there is nothing to divide by.
func (r Ratio) Known() bool { return r.Den > 0 }

// Times is the quotient in parts of the whole (1000: per mille), rounded to the nearest; false when there is none.
func (r Ratio) Times(parts int64) (int64, bool) {
	if !r.Known() {
		return 0, false
	}
	whole, rest := r.Num/r.Den, r.Num%r.Den
	if rest < 0 {
		whole, rest = whole-1, rest+r.Den
	}
	// rest < Den: when Den is so large that the product would not fit, its low bits say nothing in parts.
	den := r.Den
	for rest > (1<<62)/max(parts, 1) {
		rest, den = rest/2, den/2
	}
	return whole*parts + (rest*parts+den/2)/den, true
}

// Value is one figure with what it depends on.
type Value struct {
	ID    ID
	Ratio Ratio
	Unit  Unit
	TMS   int64         // the goal it was counted by; 0: it depends on none, or on several
	Goals []ledger.Goal // the goals of its queues, when they differ
	Short int64         // the short abandon threshold it was counted by, in ms; 0: it depends on none
	Again int64         // the window of repeat calls, in ms; 0: it depends on none
}

// Rounded is the figure as an integer: shares, agents and loads in thousandths, counts in hundredths, times in ms. False: there is none.
func (v Value) Rounded() (int64, bool) { return v.Ratio.Times(v.Unit.Parts()) }

// Parts is how many of what Rounded gives make one of the unit.
func (u Unit) Parts() int64 {
	switch u {
	case Share, Agents, Load:
		return 1000
	case Count:
		return 100
	case Duration, Longest:
		return 1
	default:
		return 1
	}
}

// MarshalJSON writes the figure with its numerator and denominator; a figure that does not exist is null.
func (v Value) MarshalJSON() ([]byte, error) {
	out := struct {
		KPI   ID            `json:"kpi"`
		Value *int64        `json:"value"`
		Unit  Unit          `json:"unit"`
		Parts int64         `json:"parts"`
		Num   int64         `json:"num"`
		Den   int64         `json:"den"`
		TMS   int64         `json:"t_ms,omitempty"`
		Goals []ledger.Goal `json:"goals,omitempty"`
		Short int64         `json:"short_ms,omitempty"`
		Again int64         `json:"again_ms,omitempty"`
	}{KPI: v.ID, Unit: v.Unit, Parts: v.Unit.Parts(), Num: v.Ratio.Num, Den: v.Ratio.Den, TMS: v.TMS, Goals: v.Goals, Short: v.Short, Again: v.Again}
	if n, ok := v.Rounded(); ok {
		out.Value = &n
	}
	return json.Marshal(out)
}
