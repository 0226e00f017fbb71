package appliance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/site"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/kpi"
	"autocom/appliance/tally/sheet"
)

// Statistics is a table of figures.
func (b *box) Statistics(_ context.Context, q console.StatisticsQuery) (console.Statistics, error) {
	t, c, err := b.sheet(q)
	if err != nil {
		return console.Statistics{}, err
	}
	doc := b.keeper.Current()
	l := languageOf(doc, q)
	r, heard := t.Request, t.Total.Sums.Heard
	out := console.Statistics{
		Site: r.Site, Zone: r.Zone.Name(), Language: string(l), From: at(r.From), Until: at(r.Until), By: string(r.Split), Step: string(r.Step),
		Period:    sheet.Clock(r.Zone, r.From) + " – " + sheet.Clock(r.Zone, r.Until),
		CountedAt: at(t.Made.UTC), Counted: sheet.Clock(r.Zone, t.Made.UTC), Open: t.Made.UTC < r.Until, Behind: c.behind, KeptSince: at(c.since.UTC()), Since: sheet.Clock(r.Zone, c.since.UTC()),
		GoalMS: t.Rules.GoalMS, ShortMS: t.Rules.ShortMS, RepeatMS: t.Rules.RepeatMS,
		Fetched: heard.Fetched, Kept: heard.Kept, First: heard.First, Last: heard.Last, Holes: []console.FactHole{},
		Columns: []console.StatisticsColumn{}, Lines: []console.StatisticsLine{},
	}
	if r.Step == sheet.Whole {
		out.Step = console.StepPeriod
	}
	for _, g := range t.Rules.Goals {
		out.Goals = append(out.Goals, console.StatisticsGoal(g))
	}
	for _, h := range t.Total.Sums.Holes {
		out.Holes = append(out.Holes, console.FactHole{From: h.From, To: h.To, Cause: h.Cause})
	}
	for _, h := range t.Heads(l) {
		out.Columns = append(out.Columns, console.StatisticsColumn{Code: string(h.Code), Name: h.Name, Unit: h.Unit, Formula: h.Formula})
	}
	labels := labelsOf(doc, r.Split)
	line := func(x sheet.Line) console.StatisticsLine {
		one := console.StatisticsLine{From: at(x.From), Until: at(x.Until), Clock: sheet.Clock(r.Zone, x.From), Name: x.Name, Label: labels[x.Name]}
		for _, cell := range t.Cells(x, l) {
			one.Cells = append(one.Cells, console.StatisticsCell(cell))
		}
		return one
	}
	for _, x := range t.Lines {
		out.Lines = append(out.Lines, line(x))
	}
	out.Total = line(t.Total)
	return out, nil
}

func at(utc int64) time.Time { return time.UnixMilli(utc).UTC() }

// StatisticsCSV is the same table as a file.
func (b *box) StatisticsCSV(_ context.Context, q console.StatisticsQuery) ([]byte, error) {
	t, _, err := b.sheet(q)
	if err != nil {
		return nil, err
	}
	return t.CSV(sheet.Spelling{Language: languageOf(b.keeper.Current(), q), Excel: q.Excel, Parts: q.Parts}), nil
}

func languageOf(doc *site.Document, q console.StatisticsQuery) sheet.Language {
	if q.Language != "" {
		return sheet.Language(q.Language)
	}
	if doc.Site.Language == string(sheet.English) {
		return sheet.English
	}
	return sheet.French
}

// sheet makes the table that is asked for.
func (b *box) sheet(q console.StatisticsQuery) (sheet.Sheet, tallied, error) {
	none := func(err error) (sheet.Sheet, tallied, error) { return sheet.Sheet{}, tallied{}, err }
	if err := q.Check(); err != nil {
		return none(fmt.Errorf("%w: %w", console.ErrCommand, err))
	}
	doc := b.keeper.Current()
	r, err := request(doc, q, b.statistics.now())
	if err != nil {
		return none(err)
	}
	c := b.statistics.rows(count.QuarterOf(r.From), count.QuarterOf(r.Until))
	switch {
	case r.From > b.statistics.now().UTC:
		return none(notCounted("statistics.future", "it begins at "+sheet.Clock(r.Zone, r.From)))
	case r.Until <= c.since.UTC() && !c.behind:
		return none(notCounted("statistics.forgotten", "its first is "+sheet.Clock(r.Zone, c.since.UTC())))
	}
	for _, f := range []struct {
		what  string
		asked []string
		known map[string]string
		named func() []string
	}{
		{"queue", r.Filter.Queues, labelsOf(doc, sheet.ByQueue), func() []string { return namesIn(c, sheet.ByQueue) }},
		{"agent", r.Filter.Agents, labelsOf(doc, sheet.ByAgent), func() []string { return namesIn(c, sheet.ByAgent) }},
		{"section", r.Filter.Sections, labelsOf(doc, sheet.BySection), func() []string { return namesIn(c, sheet.BySection) }},
		{"route", r.Filter.Routes, labelsOf(doc, sheet.ByRoute), func() []string { return namesIn(c, sheet.ByRoute) }},
	} {
		for _, name := range f.asked {
			if _, known := f.known[name]; !known && !slices.Contains(f.named(), name) {
				return none(fmt.Errorf("%s %q: %w: there is %s", f.what, name, console.ErrNotFound, someOf(f.known)))
			}
		}
	}
	t, err := sheet.Make(c.rows, c.rules, r, c.at)
	switch {
	case errors.Is(err, sheet.ErrLines):
		return none(fmt.Errorf("%w: %w: choose fewer days, or a longer step", console.ErrCommand, err))
	case errors.Is(err, sheet.ErrColumn):
		return none(fmt.Errorf("%w: %w: choose among %s, and pause:REASON", console.ErrCommand, err, joined(sheet.Columns())))
	case err != nil:
		return none(fmt.Errorf("%w: %w", console.ErrCommand, err))
	}
	return t, c, nil
}

// request is the question in the words of the sheet. Without a day it is today's.
func request(doc *site.Document, q console.StatisticsQuery, now fact.Moment) (sheet.Request, error) {
	z := zoneOf(doc)
	first := z.Civil(now.UTC).Date
	var err error
	if q.From != "" {
		if first, err = hours.ParseDate(q.From); err != nil {
			return sheet.Request{}, fmt.Errorf("%w: %w", console.ErrCommand, err)
		}
	}
	last := first
	if q.To != "" {
		if last, err = hours.ParseDate(q.To); err != nil {
			return sheet.Request{}, fmt.Errorf("%w: %w", console.ErrCommand, err)
		}
	}
	r := sheet.Request{
		Site: doc.Site.Name, Zone: z, Step: sheet.Step(q.Step), Split: sheet.Split(q.By),
		Filter: kpi.Filter{Queues: q.Queues, Agents: q.Agents, Sections: q.Sections, Routes: q.Routes},
	}
	if q.Step == console.StepPeriod || q.Step == "" {
		r.Step = sheet.Whole
	}
	if r.Split == "" {
		r.Split = sheet.Together
	}
	// A quiet day is told from one that was not counted by its queues and agents, with nothing beside them.
	if r.Split == sheet.ByQueue || r.Split == sheet.ByAgent || r.Split == sheet.ByCampaign {
		for id := range labelsOf(doc, r.Split) {
			r.Also = append(r.Also, id)
		}
	}
	r.From, r.Until = sheet.Days(z, first, last.Add(1))
	for _, c := range q.Columns {
		r.Columns = append(r.Columns, sheet.Column(c))
	}
	if len(r.Columns) == 0 {
		r.Columns = sheet.DefaultColumns(r.Split, r.Filter)
		if slices.Contains(r.Columns, "paused") {
			for _, p := range doc.Pauses {
				r.Columns = append(r.Columns, sheet.Column("pause:"+p.ID))
			}
		}
	}
	return r, nil
}

func notCounted(code, detail string) error {
	return &console.Refused{Reasons: []fact.Reason{{Code: code, Detail: detail}}}
}

// labelsOf are the names people gave to what a table has lines for, by their ids.
func labelsOf(doc *site.Document, by sheet.Split) map[string]string {
	all := map[string]string{}
	switch by {
	case sheet.ByQueue:
		for _, q := range doc.Queues {
			all[q.ID] = q.Name
		}
	case sheet.ByAgent:
		for _, a := range doc.Agents {
			all[a.ID] = a.Name
		}
	case sheet.BySection:
		for _, s := range doc.Services {
			all[s.Number] = s.Name
		}
	case sheet.ByRoute:
		for _, t := range doc.Trunks {
			all[t.Name] = ""
		}
	case sheet.ByCampaign:
		for _, k := range doc.Campaigns {
			all[k.ID] = k.Name
		}
	case sheet.Together:
	}
	return all
}

// namesIn are the ids the counters speak of: what left the site document keeps its figures.
func namesIn(c tallied, by sheet.Split) (all []string) {
	switch by {
	case sheet.ByQueue:
		for _, v := range c.rows.Visits {
			all = append(all, v.At.Queue)
		}
	case sheet.ByAgent:
		for _, o := range c.rows.Spent {
			all = append(all, o.At.Agent)
		}
	case sheet.BySection:
		for _, o := range c.rows.Calls {
			all = append(all, o.At.Section)
		}
	case sheet.ByRoute:
		for _, o := range c.rows.Calls {
			all = append(all, o.At.Route)
		}
	case sheet.ByCampaign, sheet.Together: // no filter names a campaign
	}
	return all
}

func someOf(known map[string]string) string {
	if len(known) == 0 {
		return "none"
	}
	var all []string
	for id := range known {
		all = append(all, id)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func joined(columns []sheet.Column) string {
	var all []string
	for _, c := range columns {
		all = append(all, string(c))
	}
	return strings.Join(all, ", ")
}
