package statepage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// failures counts what a test would have failed with.
type failures struct {
	testing.TB
	said []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, _ ...any) { f.said = append(f.said, format) }

type phase uint8

func (p phase) String() string { return [...]string{"Idle", "Busy"}[p] }

func TestNamesAreInOrder(t *testing.T) {
	if got := strings.Join(Names(phase(2)), " "); got != "Idle Busy" {
		t.Errorf("%s", got)
	}
}

// A page that is not what the table says fails, and so does a cell without a reason.
func TestPageIsHeld(t *testing.T) {
	room := filepath.Join(t.TempDir(), "docs")
	deep := filepath.Join(filepath.Dir(room), "a", "b", "c")
	for _, dir := range []string{room, deep} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(deep)
	why := "it rings"
	p := Page{
		Title: "The states of a bell", About: "One bell.", Room: "bell", File: "bell.md", Inputs: []string{"Pressed"}, Phases: Names(phase(2)),
		Cell: func(_, phase int) (string, bool) { return why, phase == 1 },
	}
	page := "# The states of a bell\n\nOne bell. This page is printed from `bell/table.go` by `go generate`.\n*(ignored)* says that nothing happens, and why.\n" +
		"\n## Pressed\n\n| phase | what happens |\n|---|---|\n| Idle | it rings |\n| Busy | *(ignored)* it rings |\n"
	if err := os.WriteFile(filepath.Join(room, "bell.md"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &failures{TB: t}
	if Hold(f, p); len(f.said) != 0 {
		t.Errorf("a page that holds fails: %v", f.said)
	}
	why = "it is silent"
	if Hold(f, p); len(f.said) != 1 {
		t.Errorf("an old page is not seen: %v", f.said)
	}
	f.said, why = nil, " "
	if Hold(f, p); len(f.said) != 3 { // two cells, and the page
		t.Errorf("cells without a reason are not seen: %v", f.said)
	}
}
