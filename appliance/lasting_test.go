package appliance

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/journal"

	"github.com/google/go-cmp/cmp"
)

// people are those whom a journal can still name.
type people map[fact.Subject]string

func (p people) Reveal(_ context.Context, s fact.Subject) (journal.Person, error) {
	if n, ok := p[s]; ok {
		return journal.Person{Number: n}, nil
	}
	return journal.Person{}, journal.ErrErased
}

// Do-not-disturb and forwards come back after a cold start; a number outside is in the file by its subject only, and who was forgotten is no target.
func TestLastingOutlivesAColdStart(t *testing.T) {
	now := exchange.Lasting{
		Extensions: []exchange.Setting{
			{Extension: "201", DND: true},
			{Extension: "202", Forward: "00687654321", When: exchange.ForwardBusy, Subject: "s7"},
			{Extension: "203", Forward: "205", When: exchange.ForwardAlways},
			{Extension: "204", DND: true, Forward: "00611111111", When: exchange.ForwardAlways, Subject: "s8"},
		},
		Known: []exchange.Acquaintance{{Subject: "s1", Agent: "ana", At: 5}},
	}
	path := filepath.Join(t.TempDir(), "lasting.json")
	writes := 0
	l := &lasting{
		path: path, log: slog.New(slog.DiscardHandler), news: make(chan struct{}, 1),
		ask:   func(context.Context) (exchange.Lasting, error) { return now, nil },
		write: func(path string, text []byte) error { writes++; return writeWhole(path, text) },
	}
	if got := l.load(t.Context(), people{}); len(got.Extensions) != 0 {
		t.Fatalf("a box that never ran remembers %+v", got)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop() // the last word of a core is written as well
	l.keep(ctx)
	if err := l.save(t.Context()); err != nil || writes != 1 {
		t.Fatalf("%v, written %d times", err, writes)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "87654321") || strings.Contains(string(text), "11111111") {
		t.Fatalf("%s %v", text, err)
	}
	want := exchange.Lasting{
		Extensions: []exchange.Setting{
			{Extension: "201", DND: true},
			{Extension: "202", Forward: "+33687654321", When: exchange.ForwardBusy, Subject: "s7"},
			{Extension: "203", Forward: "205", When: exchange.ForwardAlways},
			{Extension: "204", DND: true},
		},
		Known: now.Known,
	}
	if diff := cmp.Diff(want, l.load(t.Context(), people{"s7": "+33687654321"})); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := l.load(t.Context(), people{}); len(got.Extensions) != 0 {
		t.Errorf("%+v", got)
	}
}

// A disk that takes nothing is told of, and tried again.
func TestLastingOnADiskThatIsFull(t *testing.T) {
	full := true
	l := &lasting{
		log: slog.New(slog.DiscardHandler), ask: func(context.Context) (exchange.Lasting, error) {
			return exchange.Lasting{Extensions: []exchange.Setting{{Extension: "201", DND: true}}}, nil
		},
		write: func(string, []byte) error {
			if full {
				return errors.New("no space left on device")
			}
			return nil
		},
	}
	if err := l.save(t.Context()); err == nil || l.last != nil {
		t.Fatal("a write that failed passed for done")
	}
	full = false
	if err := l.save(t.Context()); err != nil || l.last == nil {
		t.Fatal(err)
	}
}
