package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"

	"github.com/google/go-cmp/cmp"
)

func (b *fakeBox) Statistics(_ context.Context, q StatisticsQuery) (Statistics, error) {
	b.figures = append(b.figures, q)
	switch {
	case q.From == "2030-01-01":
		return Statistics{}, &Refused{Reasons: []fact.Reason{{Code: "statistics.future", Detail: "it begins at …"}}}
	case len(q.Queues) > 0 && q.Queues[0] == "nowhere":
		return Statistics{}, errors.Join(errors.New(`queue "nowhere"`), ErrNotFound)
	}
	n := int64(12)
	return Statistics{Columns: []StatisticsColumn{{Code: "received"}}, Lines: []StatisticsLine{{Cells: []StatisticsCell{{Value: &n, Parts: 1, Text: "12"}, {Text: "–"}}}}}, nil
}

func (b *fakeBox) StatisticsCSV(_ context.Context, q StatisticsQuery) ([]byte, error) {
	b.figures = append(b.figures, q)
	if q.From == "2030-01-01" {
		return nil, &Refused{Reasons: []fact.Reason{{Code: "statistics.future"}}}
	}
	return []byte("\ufeffReçus;12\r\n"), nil
}

// What is asked for reaches the box whole, as a table and as a file.
func TestStatisticsOverTheSocket(t *testing.T) {
	box := &fakeBox{}
	c := serve(t, box)
	q := StatisticsQuery{
		From: "2026-11-20", To: "2026-11-23", By: "queue", Step: "hour", Queues: []string{"rouge", "bleu"}, Agents: []string{"ana"}, Sections: []string{"+33140506070"},
		Routes: []string{"carrier"}, Columns: []string{"received", "max_wait"}, Language: "en", Excel: true, Parts: true,
	}
	s, err := c.Statistics(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if *s.Lines[0].Cells[0].Value != 12 || s.Lines[0].Cells[1].Value != nil {
		t.Errorf("a number and one that does not exist came as %+v", s.Lines[0].Cells)
	}
	var file strings.Builder
	if err := c.StatisticsCSV(t.Context(), q, &file); err != nil {
		t.Fatal(err)
	}
	if file.String() != "\ufeffReçus;12\r\n" {
		t.Errorf("the file came as %q", file.String())
	}
	if diff := cmp.Diff([]StatisticsQuery{q, q}, box.figures); diff != "" {
		t.Error(diff)
	}
}

// A filter that was mistyped must not become none: every refusal says in words what is wrong with it.
func TestStatisticsThatCannotBeAsked(t *testing.T) {
	c := serve(t, &fakeBox{})
	for query, words := range map[string]string{
		"by=colour":                     "choose together, queue, agent, section, route",
		"step=minute":                   "choose quarter, hour, day, period",
		"day=yesterday":                 "write it as 2026-11-23",
		"day=2026-02-30":                "write it as 2026-11-23",
		"to=2026-11-23":                 "needs a first day",
		"from=2026-11-23&to=2026-11-20": "before it begins",
		"day=2026-11-23&to=2026-11-24":  "cannot be asked",
		"queues=rouge":                  "cannot be asked",
		"format=xml":                    "format (json or csv)",
		"excel=yes":                     "cannot be asked",
		"step=hour&step=day":            "step is there twice",
		"language=de":                   "choose fr or en",
	} {
		_, err := c.do(t.Context(), http.MethodGet, "/v1/statistics?"+query, nil)
		if !errors.Is(err, ErrCommand) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", query, err, words)
		}
	}
	refused := &Refused{}
	if _, err := c.Statistics(t.Context(), StatisticsQuery{From: "2030-01-01"}); !errors.As(err, &refused) || !strings.Contains(err.Error(), "has not begun") {
		t.Errorf("tomorrow's figures: %v", err)
	}
	if err := c.StatisticsCSV(t.Context(), StatisticsQuery{From: "2030-01-01"}, &strings.Builder{}); !errors.As(err, &refused) {
		t.Errorf("tomorrow's file: %v", err)
	}
	if _, err := c.Statistics(t.Context(), StatisticsQuery{Queues: []string{"nowhere"}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a queue that is not there: %v", err)
	}
}
