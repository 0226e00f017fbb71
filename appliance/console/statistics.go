package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange/fact"
)

// Counter is what the commands ask of a box about its figures. A day that cannot be read or is not kept, a queue or a column that is not there are told in
// the error's sentence.
type Counter interface {
	Statistics(ctx context.Context, q StatisticsQuery) (Statistics, error)
	// StatisticsCSV is the same table as a file, with its filter in its first lines.
	StatisticsCSV(ctx context.Context, q StatisticsQuery) ([]byte, error)
}

// StatisticsQuery is a period of whole days by the site's clocks, and how it is cut. The zero value asks for today, everything together.
type StatisticsQuery struct {
	From, To string // days, 2026-11-23, both in the period; empty: today, and From

	By   string // "queue", "agent", "section", "route", "campaign"; empty or "together": one line for all
	Step string // "quarter", "hour", "day"; empty or "period": one line for all

	Queues, Agents, Sections, Routes []string // only of these; none: of all

	Columns  []string // codes; none: all that say something
	Language string   // "fr", "en"; empty: the site's

	Excel bool // of a file: with ";" and a mark in front, as a French spreadsheet wants it
	Parts bool // of a file: each figure with what is divided by what
}

// Statistics is a table of figures and all it depends on.
type Statistics struct {
	Site     string    `json:"site"`
	Zone     string    `json:"zone"`
	Language string    `json:"language"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"` // not in the period
	Period   string    `json:"period"`
	By       string    `json:"by"`
	Step     string    `json:"step"`

	CountedAt time.Time `json:"counted_at"` // what is going on counts up to then
	Counted   string    `json:"counted"`    // the same by the site's clocks
	Open      bool      `json:"open"`       // the period was not over by then
	Behind    bool      `json:"behind"`     // the box has more facts, and is counting them
	KeptSince time.Time `json:"kept_since"` // of the first quarter the box has figures of
	Since     string    `json:"since"`      // the same by the site's clocks

	GoalMS   int64            `json:"goal_ms"` // T, of queues without one of their own
	Goals    []StatisticsGoal `json:"goals,omitempty"`
	ShortMS  int64            `json:"short_ms"`
	RepeatMS int64            `json:"repeat_ms"`

	Fetched int64        `json:"fetched"` // facts read
	Kept    int64        `json:"kept"`    // of those: counted
	First   fact.Address `json:"first,omitzero"`
	Last    fact.Address `json:"last,omitzero"`
	Holes   []FactHole   `json:"holes"`

	Columns []StatisticsColumn `json:"columns"`
	Lines   []StatisticsLine   `json:"lines"`
	Total   StatisticsLine     `json:"total"`
}

// StatisticsGoal is a queue's own T.
type StatisticsGoal struct {
	Queue string `json:"queue"`
	MS    int64  `json:"ms"`
}

// FactHole is facts that are lost: what they told is in no figure.
type FactHole struct {
	From  fact.Address `json:"from"`
	To    fact.Address `json:"to"`
	Cause string       `json:"cause"`
}

// StatisticsColumn is a counter or a figure.
type StatisticsColumn struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Unit    string `json:"unit"` // count, ms, or of a figure share, duration, longest, agents, load
	Formula string `json:"formula,omitempty"`
}

// StatisticsLine is one line; its cells are in the order of the columns.
type StatisticsLine struct {
	From  time.Time        `json:"from"`
	Until time.Time        `json:"until"`
	Clock string           `json:"clock"` // From by the site's clocks, with how far they are from UTC
	Name  string           `json:"name,omitempty"`
	Label string           `json:"label,omitempty"` // the name people gave it
	Cells []StatisticsCell `json:"cells"`
}

// StatisticsCell is one number; null when there is no such figure, which is not 0.
type StatisticsCell struct {
	Value *int64 `json:"value"`
	Parts int64  `json:"parts"` // so many of Value make one of the unit
	Num   int64  `json:"num,omitempty"`
	Den   int64  `json:"den,omitempty"`
	Text  string `json:"text"`
}

// The words of a query.
const (
	StepPeriod = "period"
	ByTogether = "together"
)

// StatisticsSteps are what one line may cover.
func StatisticsSteps() []string { return []string{"quarter", "hour", "day", StepPeriod} }

// StatisticsSplits are what there may be a line for.
func StatisticsSplits() []string {
	return []string{ByTogether, "queue", "agent", "section", "route", "campaign"}
}

// Check says what cannot be asked.
func (q StatisticsQuery) Check() error {
	if q.By != "" && !slices.Contains(StatisticsSplits(), q.By) {
		return fmt.Errorf("by %q: choose %s", q.By, strings.Join(StatisticsSplits(), ", "))
	}
	if q.Step != "" && !slices.Contains(StatisticsSteps(), q.Step) {
		return fmt.Errorf("step %q: choose %s", q.Step, strings.Join(StatisticsSteps(), ", "))
	}
	if q.Language != "" && q.Language != "fr" && q.Language != "en" {
		return fmt.Errorf("language %q: choose fr or en", q.Language)
	}
	if q.From == "" && q.To != "" {
		return errors.New("a period that ends needs a first day: name it with from")
	}
	for _, day := range []string{q.From, q.To} {
		if at, err := time.Parse(time.DateOnly, day); day != "" && (err != nil || at.Year() < 2000 || at.Year() > 2200) {
			return fmt.Errorf("day %q: write it as 2026-11-23", day)
		}
	}
	if q.To != "" && q.To < q.From { // both are written alike
		return fmt.Errorf("the period ends on %s, before it begins on %s", q.To, q.From)
	}
	return nil
}

// lists are the fields of a query that may have several values.
func (q *StatisticsQuery) lists() map[string]*[]string {
	return map[string]*[]string{"queue": &q.Queues, "agent": &q.Agents, "section": &q.Sections, "route": &q.Routes, "column": &q.Columns}
}

func (q *StatisticsQuery) words() map[string]*string {
	return map[string]*string{"from": &q.From, "to": &q.To, "by": &q.By, "step": &q.Step, "language": &q.Language}
}

func (q *StatisticsQuery) flags() map[string]*bool {
	return map[string]*bool{"excel": &q.Excel, "parts": &q.Parts}
}

func (q StatisticsQuery) values() url.Values {
	v := url.Values{}
	for name, is := range q.words() {
		if *is != "" {
			v.Set(name, *is)
		}
	}
	for name, all := range q.lists() {
		for _, one := range *all {
			v.Add(name, one)
		}
	}
	for name, is := range q.flags() {
		if *is {
			v.Set(name, "true")
		}
	}
	return v
}

// statisticsQuery reads a query. day is short for a from and a to; a word that is not known is refused: a filter that was mistyped must not become none.
func statisticsQuery(v url.Values) (q StatisticsQuery, csv bool, err error) {
	words, lists, flags := q.words(), q.lists(), q.flags()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		all := v[name]
		switch list, isList := lists[name]; {
		case isList:
			*list = all
		case len(all) > 1:
			return q, csv, fmt.Errorf("%s is there twice", name)
		case words[name] != nil:
			*words[name] = all[0]
		case flags[name] != nil && (all[0] == "true" || all[0] == "false"):
			*flags[name] = all[0] == "true"
		case name == "day" && !v.Has("from") && !v.Has("to"):
			q.From, q.To = all[0], all[0]
		case name == "format" && (all[0] == "json" || all[0] == "csv"):
			csv = all[0] == "csv"
		default:
			return q, csv, fmt.Errorf("%s=%s cannot be asked: choose day, or from and to; by, step, queue, agent, section, route, column, language, format (json or csv), excel, parts", name, all[0])
		}
	}
	return q, csv, q.Check()
}

// statistics answers with the table, as JSON or as a file.
func (h handler) statistics(w http.ResponseWriter, r *http.Request) {
	q, csv, err := statisticsQuery(r.URL.Query())
	switch {
	case err != nil:
		fail(w, http.StatusBadRequest, err)
	case csv:
		text, err := h.box.StatisticsCSV(r.Context(), q)
		if err != nil {
			answer(w)(nil, err)
			return
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		_, _ = w.Write(text) // the client has gone: nobody is left to tell
	default:
		answer(w)(h.box.Statistics(r.Context(), q))
	}
}

// Statistics asks for a table of figures.
func (c *Client) Statistics(ctx context.Context, q StatisticsQuery) (Statistics, error) {
	return ask[Statistics](ctx, c, http.MethodGet, "/v1/statistics?"+q.values().Encode(), nil)
}

// StatisticsCSV copies the table to w as a file.
func (c *Client) StatisticsCSV(ctx context.Context, q StatisticsQuery, w io.Writer) error {
	v := q.values()
	v.Set("format", "csv")
	return c.copy(ctx, "/v1/statistics?"+v.Encode(), w)
}
