package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

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
	if o.Name == "call.park" {
		done.Slot = "701"
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
	dir, err := os.MkdirTemp("", "box") // a socket's name must be short
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
