package appliance

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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

// Subject gives a number the id it has.
func (p people) Subject(number, _ string) fact.Subject {
	for s, n := range p {
		if n == number {
			return s
		}
	}
	return ""
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
		Callbacks: []exchange.Wish{
			{ID: "k1-000001", Queue: "rouge", Number: "+33687654321", Subject: "s7", Since: 3, Until: 9},
			{ID: "k1-000002", Queue: "rouge", Number: "+33611111111", Subject: "s8", Since: 4, Until: 9},
		},
	}
	path := filepath.Join(t.TempDir(), "lasting.json")
	writes := 0
	l := &lasting{
		path: path, log: slog.New(slog.DiscardHandler), news: make(chan struct{}, 1), people: people{"s7": "+33687654321", "s8": "+33611111111"},
		ask: func(context.Context) (exchange.Lasting, error) {
			return exchange.Lasting{Extensions: slices.Clone(now.Extensions), Known: now.Known, Callbacks: slices.Clone(now.Callbacks)}, nil
		},
		write: func(path string, text []byte) error { writes++; return writeWhole(path, text) },
	}
	if got := l.load(t.Context()); len(got.Extensions) != 0 {
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
		Callbacks: []exchange.Wish{
			{ID: "k1-000001", Queue: "rouge", Number: "+33687654321", Subject: "s7", Of: "s7", Since: 3, Until: 9},
			{ID: "k1-000002", Queue: "rouge", Subject: "s8", Of: "s8", Since: 4, Until: 9}, // the exchange tells that they are not called
		},
	}
	l.people = people{"s7": "+33687654321"} // s8 was erased
	if diff := cmp.Diff(want, l.load(t.Context())); diff != "" {
		t.Error(diff)
	}
}

// A file that is damaged, or of a later program, is put aside with nothing of it taken, and the next save does not write over it.
func TestLastingOfNoUseIsPutAside(t *testing.T) {
	for _, text := range []string{"{", "", `{"version":1,"extensions":[{"extension":"201","dnd":true},7]}`, `{"version":2,"extensions":[{"extension":"201","dnd":true}]}`} {
		path := filepath.Join(t.TempDir(), "lasting.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		said := &strings.Builder{}
		l := &lasting{
			path: path, log: slog.New(slog.NewTextHandler(said, nil)), people: people{}, write: writeWhole,
			ask: func(context.Context) (exchange.Lasting, error) { return exchange.Lasting{}, nil },
		}
		if got := l.load(t.Context()); len(got.Extensions) != 0 {
			t.Errorf("%q: %+v", text, got)
		}
		if err := l.save(t.Context()); err != nil {
			t.Fatal(err)
		}
		if aside, err := os.ReadFile(path + ".bad"); err != nil || string(aside) != text || !strings.Contains(said.String(), "lasting.json.bad") {
			t.Errorf("%q: %q %v %s", text, aside, err, said)
		}
		if strings.Contains(text, `"version":2`) && !strings.Contains(said.String(), "a later program") {
			t.Error(said)
		}
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
