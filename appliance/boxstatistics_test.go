package appliance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"

	"github.com/google/go-cmp/cmp"
)

// autumnNight is 2026-10-25 00:00 in Paris: the day has 25 hours.
const autumnNight = int64(1_792_879_200_000)

// aNight is a box at which callers came in at 02:06, twice: before the clock went back and after.
func aNight(t *testing.T) (*box, *fact.Moment) {
	now := fact.Moment{UTC: autumnNight + 126*60_000, Boot: 1}
	c := counting(t, t.TempDir(), &now)
	visitor(c.journal, now, "c1", "accueil", true)
	now = now.Add(3_600_000)
	visitor(c.journal, now, "c2", "accueil", false)
	now = now.Add(60_000)
	visitor(c.journal, now, "c3", "renfort", true)
	now = now.Add(600_000)
	c.journal.Append(now, fact.FactsLost{From: fact.Address{Stream: "box-1", Epoch: 1, N: 90}, To: fact.Address{Stream: "box-1", Epoch: 1, N: 99}, Cause: "disk full"})
	settle(t, c)
	return &box{c}, &now
}

// TestADayIsTheBranchs: of 25 hours and of 23, from midnight to midnight by the clocks on its walls, and the hour that comes twice has two lines.
func TestADayIsTheBranchs(t *testing.T) {
	b, now := aNight(t)
	now.UTC = tuesday
	s, err := b.Statistics(t.Context(), console.StatisticsQuery{From: "2026-10-25", Step: "hour", Columns: []string{"received"}})
	if err != nil {
		t.Fatal(err)
	}
	if hours := s.Until.Sub(s.From).Hours(); hours != 25 || len(s.Lines) != 25 {
		t.Errorf("the day in autumn has %v hours and %d lines", hours, len(s.Lines))
	}
	heard := map[string]int64{}
	for _, l := range s.Lines {
		if n := *l.Cells[0].Value; n > 0 {
			heard[l.Clock] = n
		}
	}
	if diff := cmp.Diff(map[string]int64{"2026-10-25 02:00 +02:00": 1, "2026-10-25 02:00 +01:00": 2}, heard); diff != "" {
		t.Error(diff)
	}
	now.UTC = 1_774_828_800_000 // 2026-03-30
	b.statistics.again(b.statistics.rules())
	s, err = b.Statistics(t.Context(), console.StatisticsQuery{From: "2026-03-29", Step: "hour", Columns: []string{"received"}})
	if err != nil {
		t.Fatal(err)
	}
	if hours := s.Until.Sub(s.From).Hours(); hours != 23 {
		t.Errorf("the day in spring has %v hours", hours)
	}
}

// TestStatisticsSayWhatTheyDependOn: names by the site's language or the asker's, thresholds, facts and holes, and until when they count.
func TestStatisticsSayWhatTheyDependOn(t *testing.T) {
	b, now := aNight(t)
	s, err := b.Statistics(t.Context(), console.StatisticsQuery{By: "queue", Columns: []string{"received", "service_level_offered", "avg_handle"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []console.StatisticsColumn{
		{Code: "received", Name: "Reçus", Unit: "count"},
		{Code: "service_level_offered", Name: "Niveau de service (présentés)", Unit: "share", Formula: "passages répondus en T ou moins ÷ passages terminés, sans les fermés ni les abandons courts"},
		{Code: "avg_handle", Name: "Durée moyenne de traitement (DMT)", Unit: "duration", Formula: "parole + garde + post-appel des agents ÷ passages répondus"},
	}
	if diff := cmp.Diff(want, s.Columns); diff != "" {
		t.Error(diff)
	}
	if s.Language != "fr" || !s.Open || s.Behind || s.CountedAt.UnixMilli() != now.UTC || s.GoalMS != 20_000 || s.ShortMS != 5_000 || s.Step != "period" {
		t.Errorf("%+v", s)
	}
	if s.Fetched == 0 || s.Kept == 0 || len(s.Holes) != 1 || s.Holes[0].Cause != "disk full" {
		t.Errorf("%d fetched, %d kept, holes %+v", s.Fetched, s.Kept, s.Holes)
	}
	var text []string
	for _, l := range append(s.Lines, s.Total) {
		cells := []string{l.Name, l.Label}
		for _, cell := range l.Cells {
			cells = append(cells, cell.Text)
		}
		text = append(text, strings.Join(cells, "|"))
	}
	if diff := cmp.Diff([]string{"accueil|Accueil|2|50,0\u00a0%|1:00", "renfort|Renfort|1|100,0\u00a0%|1:00", "||3|66,7\u00a0%|1:00"}, text); diff != "" {
		t.Error(diff)
	}
	s, err = b.Statistics(t.Context(), console.StatisticsQuery{Language: "en", Columns: []string{"received"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Columns[0].Name != "Received" {
		t.Errorf("in English: %+v", s.Columns)
	}
	// Until the journal is counted, figures are those of the last fact that was.
	b.statistics.behind = true
	*now = now.Add(3_600_000)
	s, err = b.Statistics(t.Context(), console.StatisticsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Behind || s.CountedAt.UnixMilli() != now.UTC-3_600_000 {
		t.Errorf("behind: %v, counted at %v", s.Behind, s.CountedAt)
	}
}

// TestStatisticsInAFile holds the files byte for byte, by queue and hour for a French spreadsheet, and by agent for a program.
func TestStatisticsInAFile(t *testing.T) {
	b, _ := aNight(t)
	for name, q := range map[string]console.StatisticsQuery{
		"statistics-queues-french.csv": {By: "queue", Step: "hour", Columns: []string{"received", "answered", "abandoned", "in_progress", "service_level_offered", "avg_speed_of_answer"}, Excel: true},
		"statistics-agents.csv":        {By: "agent", Step: "day", Columns: []string{"offers", "conversations", "talking", "occupancy", "received"}, Language: "en", Parts: true},
	} {
		got, err := b.StatisticsCSV(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\r\n"), strings.Split(string(got), "\r\n")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestStatisticsThatCannotBeMade are refused in words.
func TestStatisticsThatCannotBeMade(t *testing.T) {
	b, _ := aNight(t)
	for words, q := range map[string]console.StatisticsQuery{
		"that day has not begun":          {From: "2030-01-01"},
		"keeps no figures of so long ago": {From: "2020-01-01"},
		`queue "acceuil": not found`:      {Queues: []string{"acceuil"}},
		`agent "zoe": not found`:          {Agents: []string{"zoe"}},
		`section "0140506070": not found`: {Sections: []string{"0140506070"}},
		`route "nobody": not found`:       {Routes: []string{"nobody"}},
		"there is no such column":         {Columns: []string{"happiness"}},
		"too many lines":                  {From: "2026-09-25", To: "2170-01-01", Step: "quarter"},
		`by "colour": choose`:             {By: "colour"},
		`step "minute": choose`:           {Step: "minute"},
		"before it begins":                {From: "2026-10-27", To: "2026-10-26"},
	} {
		_, err := b.Statistics(t.Context(), q)
		_, csvErr := b.StatisticsCSV(t.Context(), q)
		for _, err := range []error{err, csvErr} {
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%+v: %v, want %q", q, err, words)
			}
		}
		if strings.Contains(words, "not found") && !errors.Is(err, console.ErrNotFound) {
			t.Errorf("%+v: %v is not found", q, err)
		}
	}
}
