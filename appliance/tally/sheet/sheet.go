// Package sheet is a table of statistics: a period cut into days, hours or quarters, by queue, by agent or as a whole, with the filter that made it.
package sheet

import (
	"errors"
	"fmt"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/kpi"
	"autocom/appliance/tally/ledger"
)

// Step is what one line covers.
type Step string

// The steps.
const (
	Whole   Step = "whole"
	Day     Step = "day" // of the branch's clocks: 23 or 25 hours long on two nights
	Hour    Step = "hour"
	Quarter Step = "quarter"
)

// Split is what each step has a line for.
type Split string

// The splits.
const (
	Together  Split = "together"
	ByQueue   Split = "queue"
	ByAgent   Split = "agent"
	BySection Split = "section"
	ByRoute   Split = "route"

	ByCampaign Split = "campaign"
)

// Request is what is asked for.
type Request struct {
	Site        string
	Zone        hours.Zone
	From, Until int64 // Unix ms, both at the beginning of a quarter; Until not in it
	Step        Step  // empty: Whole
	Split       Split // empty: Together
	Filter      kpi.Filter
	Columns     []Column // empty: DefaultColumns
	Also        []string // names that have their lines though nothing is counted of them; they are no filter
}

// Line is one line. A Name of a queue, an agent, a section or a route; empty when they are together.
type Line struct {
	From, Until int64
	Name        string
	Sums        kpi.Sums
}

// Sheet is the table, and everything it depends on.
type Sheet struct {
	Request Request
	Made    fact.Moment // a period that is not over was counted up to then
	Rules   ledger.Rules
	Lines   []Line
	Total   Line // of the whole period, all names together
}

// mostLines bounds a table: a month of quarters for sixteen queues.
const mostLines = 48_000

// Errors of Make: the request cannot be served as it is.
var (
	ErrPeriod = errors.New("a period begins and ends on a quarter of an hour, and ends after it begins")
	ErrLines  = errors.New("the table would have too many lines")
	ErrColumn = errors.New("there is no such column")
	ErrStep   = errors.New("there is no such step or split")
)

// Days is the period from the beginning of one day to the beginning of another, by the branch's clocks.
func Days(z hours.Zone, from, until hours.Date) (int64, int64) {
	return midnight(z, from), midnight(z, until)
}

// midnight is when a day begins: at the first of two midnights, and after the gap when there is none.
func midnight(z hours.Zone, d hours.Date) int64 {
	for clock := int64(0); ; clock += count.QuarterMS {
		if all := z.Instants(hours.Civil{Date: d, Clock: clock}); len(all) > 0 {
			return all[0]
		}
	}
}

// Make cuts rows into lines. now is the moment for which the rows were made: what has not begun by then has no line.
func Make(rows count.Rows, rules ledger.Rules, r Request, now fact.Moment) (Sheet, error) {
	if r.Step == "" {
		r.Step = Whole
	}
	if r.Split == "" {
		r.Split = Together
	}
	if len(r.Columns) == 0 {
		r.Columns = DefaultColumns(r.Split, r.Filter)
	}
	for _, c := range r.Columns {
		if _, ok := c.find(); !ok {
			return Sheet{}, fmt.Errorf("%w: %q", ErrColumn, c)
		}
	}
	if !slices.Contains([]Step{Whole, Day, Hour, Quarter}, r.Step) {
		return Sheet{}, fmt.Errorf("%w: %q", ErrStep, r.Step)
	}
	if r.From%count.QuarterMS != 0 || r.Until%count.QuarterMS != 0 || r.From >= r.Until {
		return Sheet{}, ErrPeriod
	}
	r.Filter.From, r.Filter.Until = count.QuarterOf(r.From), count.QuarterOf(r.Until)
	all := rows.Between(r.Filter.From, r.Filter.Until)
	names, err := r.names(all)
	if err != nil {
		return Sheet{}, err
	}
	if r.atMost() > mostLines/max(1, int64(len(names))) {
		return Sheet{}, ErrLines
	}
	s := Sheet{Request: r, Made: now, Rules: rules}
	for from := r.From; from < min(r.Until, now.UTC); {
		until := r.next(from)
		part := all.Between(count.QuarterOf(from), count.QuarterOf(until))
		for _, name := range names {
			f := r.named(name)
			f.From, f.Until = count.QuarterOf(from), count.QuarterOf(until)
			s.Lines = append(s.Lines, Line{From: from, Until: until, Name: name, Sums: kpi.Sum(part, rules, f, now)})
		}
		from = until
	}
	s.Total = Line{From: r.From, Until: r.Until, Sums: kpi.Sum(all, rules, r.Filter, now)}
	return s, nil
}

// atMost is how many steps the period can have.
func (r Request) atMost() int64 {
	const hour = 4 * count.QuarterMS
	step := map[Step]int64{Whole: r.Until - r.From, Day: 23 * hour, Hour: hour, Quarter: count.QuarterMS}[r.Step]
	return (r.Until-r.From)/step + 1
}

// next is where the step that begins at an instant ends: never after the period.
func (r Request) next(from int64) int64 {
	const hour = 4 * count.QuarterMS
	until := r.Until
	switch r.Step {
	case Whole:
	case Day:
		until = midnight(r.Zone, r.Zone.Civil(from).Date.Add(1))
	case Hour:
		until = from + hour - (from+r.Zone.Offset(from))%hour
	case Quarter:
		until = from + count.QuarterMS
	}
	return min(until, r.Until)
}

// named is the filter for one line of a step.
func (r Request) named(name string) kpi.Filter {
	f := r.Filter
	switch r.Split {
	case ByQueue:
		f.Queues = []string{name}
	case ByAgent:
		f.Agents = []string{name}
	case BySection:
		f.Sections = []string{name}
	case ByRoute:
		f.Routes = []string{name}
	case ByCampaign:
		f.Campaigns = []string{name}
	case Together:
	}
	return f
}

// names lists what each step has a line for, in their order: what the filter names, or else what the rows speak of, and Also.
func (r Request) names(rows count.Rows) ([]string, error) {
	var all []string
	add := func(name string, ok bool) {
		if ok && name != "" {
			all = append(all, name)
		}
	}
	also := func(filter []string) {
		for _, name := range r.Also {
			add(name, len(filter) == 0)
		}
	}
	switch r.Split {
	case Together:
		return []string{""}, nil
	case ByQueue:
		all = slices.Clone(r.Filter.Queues)
		also(r.Filter.Queues)
		for _, v := range rows.Visits {
			add(v.At.Queue, len(r.Filter.Queues) == 0)
		}
	case ByAgent:
		all = slices.Clone(r.Filter.Agents)
		also(r.Filter.Agents)
		for _, o := range rows.Offers {
			add(o.At.Agent, len(r.Filter.Agents) == 0)
		}
		for _, o := range rows.Spent {
			add(o.At.Agent, len(r.Filter.Agents) == 0)
		}
	case BySection:
		all = slices.Clone(r.Filter.Sections)
		also(r.Filter.Sections)
		for _, c := range rows.Calls {
			add(c.At.Section, len(r.Filter.Sections) == 0)
		}
	case ByRoute:
		all = slices.Clone(r.Filter.Routes)
		also(r.Filter.Routes)
		for _, c := range rows.Calls {
			add(c.At.Route, len(r.Filter.Routes) == 0)
		}
	case ByCampaign:
		all = slices.Clone(r.Filter.Campaigns)
		also(r.Filter.Campaigns)
		for _, k := range rows.Wishes {
			add(k.At.Campaign, len(r.Filter.Campaigns) == 0)
		}
	default:
		return nil, fmt.Errorf("%w: %q", ErrStep, r.Split)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
