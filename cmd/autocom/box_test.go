package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"

	"github.com/rogpeppe/go-internal/testscript"
)

// askedBox takes orders and writes them down for the scripts.
type askedBox struct {
	console.Box

	mu    sync.Mutex
	asked []string
}

func (b *askedBox) Order(_ context.Context, o console.Order) (console.Done, error) {
	var fields struct {
		Agent string `json:"agent"`
	}
	if err := json.Unmarshal(o.Fields, &fields); err != nil {
		return console.Done{}, err
	}
	if fields.Agent == "zoe" {
		return console.Done{}, &console.Refused{Reasons: []fact.Reason{{Code: "agent.unknown", Detail: "zoe"}}}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, o.Name+" "+string(o.Fields))
	done := console.Done{}
	switch o.Name {
	case "call.park":
		done.Slot = "701"
	case "campaign.import":
		done.List = &console.List{Taken: 2, Rejected: []console.Line{{Line: 4, Code: "list.duplicate", Detail: "line 2"}}}
	}
	return done, nil
}

// wasAsked compares the only order that came since it was asked last: asked 'call.hold {"agent":"ana"}', or asked nothing.
func (b *askedBox) wasAsked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: asked 'NAME FIELDS'")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	got := "nothing"
	if len(b.asked) > 0 {
		got = b.asked[0]
	}
	if got != args[0] || len(b.asked) > 1 {
		ts.Fatalf("asked %s, want %s", b.asked, args[0])
	}
	b.asked = nil
}

// serve lets the box listen in a directory of its own.
func (b *askedBox) serve(t *testing.T) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "box") //nolint:usetesting // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Mkdir(filepath.Join(dir, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := console.Serve(filepath.Join(dir, "run", "console.sock"), b, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Statistics is a day at the box of the scripts, of as many columns as it is asked for: 12 came in, 9 were answered, and nobody wrote anything up.
func (b *askedBox) Statistics(_ context.Context, q console.StatisticsQuery) (console.Statistics, error) {
	if len(q.Queues) > 0 && q.Queues[0] == "nowhere" {
		return console.Statistics{}, fmt.Errorf("queue %q: %w: there is accueil", "nowhere", console.ErrNotFound)
	}
	if q.From == "2030-01-01" {
		return console.Statistics{}, &console.Refused{Reasons: []fact.Reason{{Code: "statistics.future"}}}
	}
	known := map[string]int64{"received": 12, "answered": 9, "abandoned": 2, "full": 1, "service_level_offered": 818}
	names := map[string]string{"received": "Reçus", "answered": "Répondus", "full": "File pleine", "service_level_offered": "Niveau de service (présentés)"}
	s := console.Statistics{
		Site: "Lyon", Zone: "Europe/Paris", Language: "fr", Period: "2026-11-23 00:00 +01:00 – 2026-11-24 00:00 +01:00", Open: true, By: q.By, Step: q.Step,
		Counted: "2026-11-23 17:22 +01:00", Since: "2026-10-21 00:00 +02:00", GoalMS: 20_000, Goals: []console.StatisticsGoal{{Queue: "renfort", MS: 40_000}}, ShortMS: 5_000,
		Fetched: 431, Kept: 400, Holes: []console.FactHole{{From: fact.Address{Stream: "box", Epoch: 1, N: 7}, To: fact.Address{Stream: "box", Epoch: 1, N: 9}, Cause: "disk full"}},
	}
	line := console.StatisticsLine{Clock: "2026-11-23 08:00 +01:00", Name: "accueil", Label: "Accueil"}
	for _, c := range q.Columns {
		s.Columns = append(s.Columns, console.StatisticsColumn{Code: c, Name: cmp.Or(names[c], c)})
		n, cell := known[c], console.StatisticsCell{Text: "–"}
		if _, there := known[c]; there || !strings.HasPrefix(c, "avg_") {
			cell = console.StatisticsCell{Value: &n, Parts: 1, Text: strconv.FormatInt(n, 10)}
		}
		line.Cells = append(line.Cells, cell)
	}
	s.Lines, s.Total = []console.StatisticsLine{line}, line
	return s, nil
}

// Status is a box in a branch of summer time, on a machine that knows UTC only.
func (b *askedBox) Status(context.Context) (console.Status, error) {
	return console.Status{Site: console.SiteStatus{Name: "Lyon", Zone: "Europe/Paris"}, Campaigns: []console.CampaignStatus{
		{ID: "relance", Name: "Relance", Mode: "preview", Running: true, Now: true, Open: 12, Calling: 1, Done: 3, Refused: 2},
		{ID: "soir", Name: "Soir", Mode: "progressive", Running: true, Open: 7},
		{ID: "autre", Name: "Autre", Mode: "manual"},
	}}, nil
}

var july = time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)

func (b *askedBox) Recordings(_ context.Context, q console.RecordsQuery) ([]console.Recording, error) {
	if q.Since.After(july) {
		return nil, nil
	}
	r, err := b.Recording(context.Background(), "r1")
	return []console.Recording{r}, err
}

func (b *askedBox) Recording(_ context.Context, id string) (console.Recording, error) {
	return console.Recording{ID: id, Call: "c1", Started: july, SoundMS: 61_000, State: "erased", Keep: "discard", ErasedWhy: "not_kept", Segments: []console.Segment{{Start: july, SoundMS: 61_000}}}, nil
}

func (b *askedBox) Messages(_ context.Context, q console.RecordsQuery) ([]console.VoiceMessage, error) {
	if q.Since.After(july) {
		return nil, nil
	}
	return []console.VoiceMessage{{ID: "m1", Box: "queue:accueil", Left: july, SoundMS: 9_000, State: "new"}}, nil
}

func (b *askedBox) Callbacks(context.Context) ([]console.Callback, error) {
	return []console.Callback{
		{ID: "k1-000001", Queue: "accueil", Number: "+33612345678", Source: "queue", WaitMS: 125_000, Attempts: 1, Call: "1-000009"},
		{ID: "k1-000002", Queue: "accueil", Number: "+33612345679", Source: "web", WaitMS: -60_000},
	}, nil
}

func (b *askedBox) StatisticsCSV(_ context.Context, q console.StatisticsQuery) ([]byte, error) {
	if q.From == "2030-01-01" {
		return nil, &console.Refused{Reasons: []fact.Reason{{Code: "statistics.future"}}}
	}
	return fmt.Appendf(nil, "# %s %s %s %s excel=%v columns=%d\r\n", q.From, q.By, q.Step, q.Language, q.Excel, len(q.Columns)), nil
}
