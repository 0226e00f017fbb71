package appliance

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/leg"
)

func TestStartsAreCountedAndNeverGuessed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "starts")
	for want := uint32(1); want <= 3; want++ {
		if n, err := countUp(path); n != want || err != nil {
			t.Fatalf("got %d, %v; want %d", n, err, want)
		}
	}
	if err := os.WriteFile(path, []byte("three"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := countUp(path); err == nil {
		t.Fatalf("a garbled count gave %d: names of calls could come twice", n)
	}
}

func TestBoxKeepsItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box-id")
	first, err := boxID(path)
	if err != nil || len(first) != 16 {
		t.Fatalf("got %q, %v", first, err)
	}
	if again, err := boxID(path); again != first || err != nil {
		t.Fatalf("got %q, %v; was %q", again, err, first)
	}
}

func TestHandoverIsTakenOnce(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	path := filepath.Join(t.TempDir(), "handover.json")
	text, err := json.Marshal(handover{Starts: 7, Exchange: json.RawMessage(`{"version":1}`), Legs: []*leg.State{{Leg: "i7-000001"}}})
	if err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		if err := writeWhole(path, text); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	if h := takeHandover(path, log); h.Starts != 7 || len(h.Legs) != 1 || h.Legs[0].Leg != "i7-000001" {
		t.Fatalf("got %+v", h)
	}
	if h := takeHandover(path, log); h.Starts != 0 || len(h.Legs) != 0 {
		t.Fatalf("it was taken twice: %+v", h)
	}
	write(text[:len(text)/2])
	if h := takeHandover(path, log); h.Starts != 0 {
		t.Fatalf("half of it was taken: %+v", h)
	}
	write(text)
	old := time.Now().Add(-2 * handoverSpan)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if h := takeHandover(path, log); h.Starts != 0 {
		t.Fatalf("one of long ago was taken: %+v", h)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatal("what cannot be taken stays to be tried again")
	}
}

func TestMissingDocumentSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	err := Prepare(Layout{Site: filepath.Join(dir, "none.yaml"), State: dir, Run: filepath.Join(dir, "run")})
	if err == nil || !strings.Contains(err.Error(), "--site") {
		t.Fatalf("got %v", err)
	}
}
