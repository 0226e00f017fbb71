package leg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autocom/appliance/exchange/plan"
)

func book(t *testing.T, dir string) *Book {
	t.Helper()
	b, err := OpenBook(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func state(n int) *State {
	return &State{
		Version: StateVersion, Leg: plan.LegID(fmt.Sprintf("o1-%d", n)), Phase: Up,
		Dialog: Dialog{CallID: fmt.Sprint(n), Remote: Address{Tag: "r"}, Target: "sip:x@192.0.2.1"},
	}
}

func read(t *testing.T, b *Book) string {
	t.Helper()
	states, err := b.Read()
	if err != nil {
		t.Error(err)
	}
	var ids []string
	for _, s := range states {
		ids = append(ids, string(s.Leg))
	}
	return strings.Join(ids, " ")
}

func TestBookFindsWhatLives(t *testing.T) {
	dir := t.TempDir()
	b := book(t, dir)
	for n := range 4 {
		b.Write(state(n))
	}
	s := state(2)
	s.Dialog.Target = "sip:moved@192.0.2.2"
	b.Write(s)
	b.Remove("o1-1")
	b.Remove("o1-1")
	b.Remove("unheard")
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	again := book(t, dir)
	for _, b := range []*Book{b, again} {
		if got := read(t, b); got != "o1-0 o1-2 o1-3" {
			t.Errorf("kept %s", got)
		}
	}
	states, _ := again.Read()
	if states[1].Dialog.Target != "sip:moved@192.0.2.2" {
		t.Errorf("an old state came back: %+v", states[1].Dialog)
	}
	for _, id := range []plan.LegID{"o1-0", "o1-2", "o1-3"} {
		again.Remove(id)
	}
	if info, err := os.Stat(filepath.Join(dir, "ledger")); err != nil || info.Size() != 0 {
		t.Errorf("callers are remembered after their calls: %v %v", info, err)
	}
}

func TestBookDropsATornLineAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	b := book(t, dir)
	b.Write(state(1))
	path := filepath.Join(dir, "ledger")
	for _, torn := range []string{`{"v":1,"leg":"o1-`, "\x00\x00\n", "{}\n", `{"v":1,"leg":"o1-9","phase":"Nowhere"}` + "\n", strings.Repeat("x", 2*maxRecord+7) + "\n", strings.Repeat("x", maxRecord)} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, torn...), 0o600); err != nil {
			t.Fatal(err)
		}
		b := book(t, dir)
		b.Write(state(2))
		if states, err := b.Read(); len(states) != 2 || err == nil {
			t.Errorf("%.20q: %d states, %v", torn, len(states), err)
		}
		if got := read(t, book(t, dir)); got != "o1-1 o1-2" {
			t.Errorf("%.20q: then kept %s", torn, got)
		}
		b.Remove("o1-2")
	}
}

func TestBookIsSweptAndBounded(t *testing.T) {
	dir := t.TempDir()
	b := book(t, dir)
	b.limit = 3
	for n := range 3 {
		b.Write(state(n))
	}
	b.Write(state(3))
	if b.Err() == nil {
		t.Error("a fourth dialog where there is room for three")
	}
	s := state(1)
	s.Session.Ours = make([]byte, 40_000)
	for range 100 { // 5 MB
		b.Write(s)
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	if info, err := os.Stat(filepath.Join(dir, "ledger")); err != nil || info.Size() > 2*sweepAbove {
		t.Errorf("%d bytes: %v", info.Size(), err)
	}
	for _, b := range []*Book{b, book(t, dir)} {
		if got := read(t, b); got != "o1-0 o1-1 o1-2" {
			t.Errorf("kept %s", got)
		}
	}
	if b.Write(&State{Leg: "../x"}); b.Err() == nil {
		t.Error("a leg id that is none")
	}
	s.Session.Ours = make([]byte, maxRecord)
	if b.Write(s); b.Err() == nil {
		t.Error("a line without bound")
	}
	if b.Write(state(0)); b.Err() != nil {
		t.Error(b.Err())
	}
}

// Who asked to be forgotten is not in the lines of calls that are over, while others are up; those go on.
func TestBookIsSweptForWhoIsForgotten(t *testing.T) {
	dir := t.TempDir()
	b := book(t, dir)
	for n := range 3 {
		s := state(n)
		s.Dialog.Target = fmt.Sprintf("sip:+3361234567%d@192.0.2.1", n)
		b.Write(s)
	}
	b.Remove("o1-1")
	held := func(number string) bool {
		text, err := os.ReadFile(b.path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), number)
	}
	if !held("+33612345671") {
		t.Fatal("the ledger is swept by itself: this test proves nothing")
	}
	if err := b.Sweep(); err != nil || held("+33612345671") || !held("+33612345670") || !held("+33612345672") {
		t.Errorf("still there: %v, the others: %v, %v; %v", held("+33612345671"), held("+33612345670"), held("+33612345672"), err)
	}
	b.Write(state(4))
	if got := read(t, b) + ", " + read(t, book(t, dir)); got != "o1-0 o1-2 o1-4, o1-0 o1-2 o1-4" {
		t.Error(got)
	}
	for _, n := range []int{0, 2, 4} {
		b.Remove(plan.LegID(fmt.Sprintf("o1-%d", n)))
	}
	if err := b.Sweep(); err != nil || read(t, b) != "" {
		t.Errorf("an empty ledger: %v", err)
	}
}
