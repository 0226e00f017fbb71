package sheet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/tally/kpi"
	"autocom/appliance/tally/sheet"

	"github.com/google/go-cmp/cmp"
)

// TestCellsSayWhatPeopleRead: spans as a watch shows them, shares in per cent, and a dash for a figure that does not exist or that the line cannot have.
func TestCellsSayWhatPeopleRead(t *testing.T) {
	j, from, until := autumn(t)
	now := j.now.Add(minute)
	for _, c := range []struct {
		split    sheet.Split
		name     string
		language sheet.Language
		want     string
	}{
		{sheet.ByQueue, "rouge", sheet.French, "2 | 50,0\u00a0% | 0:20 | 0:30 | – | –"},
		{sheet.ByQueue, "rouge", sheet.English, "2 | 50.0% | 0:20 | 0:30 | – | –"},
		{sheet.ByQueue, "bleu", sheet.French, "1 | 0,0\u00a0% | – | 0:35 | – | –"},
		{sheet.ByAgent, "ana", sheet.French, "– | – | – | – | 1:34:35 | 1:59:05"},
	} {
		s, err := sheet.Make(j.book.Rows(now), j.book.Rules(), sheet.Request{
			Zone: paris(t), From: from, Until: until, Split: c.split,
			Columns: []sheet.Column{"received", sheet.Column(kpi.ServiceLevelOffered), sheet.Column(kpi.AvgSpeedOfAnswer), sheet.Column(kpi.MaxWait), "paused", "logged_in"},
		}, now)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(s.Lines, func(l sheet.Line) bool { return l.Name == c.name })
		var got []string
		for _, cell := range s.Cells(s.Lines[i], c.language) {
			got = append(got, cell.Text)
			if (cell.Value == nil) != (cell.Text == "–") {
				t.Errorf("%s: %+v", c.name, cell)
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " | ")); diff != "" {
			t.Errorf("%s in %s: %s", c.name, c.language, diff)
		}
	}
}

// TestWhatAFilterCannotChooseIsNotTold: visits are of no agent and time at work is of no queue, so that everybody's would stand under the name of one.
func TestWhatAFilterCannotChooseIsNotTold(t *testing.T) {
	j, from, until := autumn(t)
	now := j.now.Add(minute)
	for name, c := range map[string]struct {
		filter kpi.Filter
		want   string // received, offers, logged in
	}{
		"none":       {kpi.Filter{}, "true true true"},
		"an agent":   {kpi.Filter{Agents: []string{"ana"}}, "false true true"},
		"a queue":    {kpi.Filter{Queues: []string{"rouge"}}, "true true false"},
		"a service":  {kpi.Filter{Sections: []string{"+33140506070"}}, "true true false"},
		"a route":    {kpi.Filter{Routes: []string{"carrier"}}, "true true false"},
		"one of one": {kpi.Filter{Agents: []string{"ana"}, Queues: []string{"rouge"}}, "false true false"},
	} {
		s, err := sheet.Make(j.book.Rows(now), j.book.Rules(), sheet.Request{
			Zone: paris(t), From: from, Until: until, Filter: c.filter, Columns: []sheet.Column{"received", "offers", "logged_in"},
		}, now)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, cell := range s.Cells(s.Total, sheet.French) {
			got = append(got, fmt.Sprint(cell.Value != nil))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
		lines := strings.Split(strings.TrimSpace(string(s.CSV(sheet.Spelling{}))), "\r\n")
		for i, cell := range strings.Split(lines[len(lines)-1], ",")[2:5] {
			if (cell != "") != (got[i] == "true") {
				t.Errorf("%s: column %d of the file is %q", name, i, cell)
			}
		}
		for _, column := range sheet.DefaultColumns(sheet.Together, c.filter) {
			if column == "received" && got[0] != "true" || column == "logged_in" && got[2] != "true" {
				t.Errorf("%s: %s is shown", name, column)
			}
		}
	}
}

// TestEveryColumnHasItsNameInBothLanguages, its unit, and a figure its formula.
func TestEveryColumnHasItsNameInBothLanguages(t *testing.T) {
	s := sheet.Sheet{Request: sheet.Request{Columns: append(sheet.Columns(), "pause:lunch")}}
	french, english := s.Heads(sheet.French), s.Heads(sheet.English)
	for i, h := range french {
		_, figure := kpi.Define(kpi.ID(h.Code))
		if e := english[i]; h.Name == "" || e.Name == "" || h.Unit == "" || h.Unit != e.Unit || figure != (h.Formula != "" && e.Formula != "" && h.Formula != e.Formula) {
			t.Errorf("%+v, %+v", h, e)
		}
	}
	if len(french) != len(sheet.Columns())+1 {
		t.Errorf("%d names", len(french))
	}
}

// TestAQuietQueueHasItsLine when it is named so, and not when the filter chooses others.
func TestAQuietQueueHasItsLine(t *testing.T) {
	j, from, until := autumn(t)
	for _, c := range []struct {
		filter, want []string
	}{
		{nil, []string{"=cmd|'/c calc'!A1", "bleu", "quiet", "rouge"}},
		{[]string{"rouge"}, []string{"rouge"}},
	} {
		s, err := sheet.Make(j.book.Rows(j.now), j.book.Rules(), sheet.Request{
			Zone: paris(t), From: from, Until: until, Split: sheet.ByQueue, Filter: kpi.Filter{Queues: c.filter}, Also: []string{"rouge", "quiet"},
		}, j.now)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, l := range s.Lines {
			names = append(names, l.Name)
		}
		if diff := cmp.Diff(c.want, names); diff != "" {
			t.Error(diff)
		}
	}
}
