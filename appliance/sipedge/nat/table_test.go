package nat

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

//nolint:gochecknoglobals // a flag of the test
var update = flag.Bool("update", false, "write the golden files")

// TestTableIsPrinted holds docs/nat-states.md and wants a written reason in every cell.
func TestTableIsPrinted(t *testing.T) {
	tab := table()
	var b strings.Builder
	b.WriteString("# The states of a keep-alive\n\nOne phone or carrier behind a router, every phase and every input. This page is printed from `appliance/sipedge/nat/table.go` by `go generate`.\n")
	b.WriteString("*(ignored)* says that nothing happens, and why.\n")
	for k := range kinds {
		fmt.Fprintf(&b, "\n## %s\n\n| phase | what happens |\n|---|---|\n", k)
		for p := range phases {
			c := tab[k][p]
			if strings.TrimSpace(c.why) == "" {
				t.Errorf("%s in %s has no written reason", k, p)
			}
			mark := ""
			if c.do == nil {
				mark = "*(ignored)* "
			}
			fmt.Fprintf(&b, "| %s | %s%s |\n", p, mark, c.why)
		}
	}
	path := filepath.Join("..", "..", "..", "docs", "nat-states.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Error("docs/nat-states.md is not what the table says: run go generate ./appliance/sipedge/nat")
	}
}
