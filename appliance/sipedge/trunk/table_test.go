package trunk

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

// TestTableIsPrinted holds docs/trunk-states.md and wants a written reason in every cell.
func TestTableIsPrinted(t *testing.T) {
	tab := table()
	var b strings.Builder
	b.WriteString("# The states of a trunk's registration\n\nEvery phase and every input. This page is printed from `appliance/sipedge/trunk/table.go` by `go generate`.\n")
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
	golden(t, filepath.Join("..", "..", "..", "docs", "trunk-states.md"), b.String())
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, path, got string) {
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
		t.Errorf("%s is not what the code says: run go generate ./appliance/sipedge/trunk and look at the difference\n%s", path, got)
	}
}
