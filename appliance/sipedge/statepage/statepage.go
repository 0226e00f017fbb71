// Package statepage holds the pages in docs that show what a state machine does to the machine itself. Only tests use it.
package statepage

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

//nolint:gochecknoglobals // the flag of every test that holds a page
var update = flag.Bool("update", false, "write the pages and golden files again")

// Page is one state machine as it is shown: a heading for each input, a row for each phase.
type Page struct {
	Title  string // "The states of a leg"
	About  string // a sentence that ends with a full stop
	Room   string // "appliance/sipedge/leg": its table.go is what is printed
	File   string // of the page, in docs
	Inputs []string
	Phases []string

	// Cell says what an input does in a phase, both by their place in the lists. ignored says that nothing happens, and why is the reason.
	Cell func(input, phase int) (why string, ignored bool)
}

// Hold wants a written reason in every cell, and the page in docs to be what the table says.
func Hold(t testing.TB, p Page) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s This page is printed from `%s/table.go` by `go generate`.\n", p.Title, p.About, p.Room)
	b.WriteString("*(ignored)* says that nothing happens, and why.\n")
	for k, input := range p.Inputs {
		fmt.Fprintf(&b, "\n## %s\n\n| phase | what happens |\n|---|---|\n", input)
		for i, phase := range p.Phases {
			why, ignored := p.Cell(k, i)
			if strings.TrimSpace(why) == "" {
				t.Errorf("%s in %s has no written reason", input, phase)
			}
			mark := ""
			if ignored {
				mark = "*(ignored)* "
			}
			fmt.Fprintf(&b, "| %s | %s%s |\n", phase, mark, why)
		}
	}
	Golden(t, filepath.Join("..", "..", "..", "docs", p.File), b.String())
}

// Golden compares a text with a file, or writes the file when the test runs with -update.
func Golden(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what the code says: run go generate here and look at the difference\n%s", path, got)
	}
}

// Names lists what a machine's phases or inputs are called, in their order.
func Names[T interface {
	~uint8
	fmt.Stringer
}](count T,
) []string {
	var names []string
	for i := range count {
		names = append(names, i.String())
	}
	return names
}
