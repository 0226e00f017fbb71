package sim

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:generate go test -run ^TestEveryRowHasItsStory$ -update .

const (
	rowsFile   = "testdata/rows.txt"
	matrixPage = "../../docs/stories.md"
)

// TestEveryRowHasItsStory holds rows.txt and the stories to each other: no row without a story that does not say so, no story that proves an
// unknown row, and docs/stories.md as it would be printed. With -update it strikes "open" where a story has come, and prints the page.
func TestEveryRowHasItsStory(t *testing.T) {
	text, err := os.ReadFile(rowsFile)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := ParseRows(string(text))
	if err != nil {
		t.Fatal(err)
	}
	m, faults := NewMatrix(rows, allStories(t))
	for _, f := range faults {
		t.Error(f)
	}
	for _, id := range m.Blank() {
		t.Errorf("no story proves %s", id)
	}
	shut, struck := strikeOpen(string(text), m)
	if *update {
		if err := os.WriteFile(rowsFile, []byte(shut), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(matrixPage, []byte(m.Page()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if len(struck) > 0 {
		t.Errorf("stories prove %s, which rows.txt still calls open: go generate ./appliance/sim strikes it", strings.Join(struck, ", "))
	}
	page, err := os.ReadFile(matrixPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), m.Page()); diff != "" {
		t.Errorf("docs/stories.md is not what the stories say: go generate ./appliance/sim\n%s", diff)
	}
}

// strikeOpen takes "open" from the rows that have a story by now.
func strikeOpen(text string, m Matrix) (shut string, struck []string) {
	lines := strings.Split(text, "\n")
	for _, r := range m.Rows {
		if r.Open && len(m.Proofs[r.ID]) > 0 {
			lines[r.line-1] = strings.TrimSuffix(lines[r.line-1], " | open")
			struck = append(struck, r.ID)
		}
	}
	return strings.Join(lines, "\n"), struck
}

// allStories reads every story, by name.
func allStories(t *testing.T) []*Story {
	t.Helper()
	files, err := filepath.Glob("testdata/*.call")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	all := make([]*Story, 0, len(files))
	for _, f := range files {
		s, err := ReadStory(f)
		if err != nil {
			t.Fatal(err)
		}
		s.Name = strings.TrimSuffix(filepath.Base(f), ".call")
		all = append(all, s)
	}
	return all
}

// TestMatrixNamesWhatIsMissing: a row without a story, a story without a row, and what is no row are told.
func TestMatrixNamesWhatIsMissing(t *testing.T) {
	rows, err := ParseRows("# Rows.\n== Heading\n1 a | first\n1 b | second | open\n1 c | third | elsewhere: web\n1 d | fourth\n")
	if err != nil {
		t.Fatal(err)
	}
	m, faults := NewMatrix(rows, []*Story{
		{Name: "one", Rows: []string{"1 a", "1 b"}}, {Name: "two"}, {Name: "three", Rows: []string{"1 e", "1 c", "1 a", "1 a"}},
	})
	want := []string{
		`two: says no row that it proves: "proves 2.3 talking-hold", with ids of rows.txt`, `three: proves "1 e", which is no row of rows.txt`,
		"three: proves 1 c, which rows.txt says is proven elsewhere", "three: proves 1 a twice",
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Error(diff)
	}
	if got := m.Blank(); !slices.Equal(got, []string{"1 d"}) {
		t.Errorf("blank: %v", got)
	}
	if shut, struck := strikeOpen("# Rows.\n== Heading\n1 a | first\n1 b | second | open\n", m); strings.Contains(shut, "open") || !slices.Equal(struck, []string{"1 b"}) {
		t.Errorf("%q %v", shut, struck)
	}
	page := m.Page()
	for _, line := range []string{
		"2 rows are proven by stories, 1 by the tests of other rooms, 1 by none.", "## Heading",
		"| 1 a | first | [one](../appliance/sim/testdata/one.call), [three](../appliance/sim/testdata/three.call) |", "| 1 c | third | elsewhere: web |", "| 1 d | fourth | **open** |",
	} {
		if !strings.Contains(page, line) {
			t.Errorf("no %q in\n%s", line, page)
		}
	}
	for _, bad := range []string{"1 a\n", "1 a | x | maybe\n", "1 a | x | elsewhere: \n", "1 a | x\n1 a | y\n", "1 a | x | open | more\n"} {
		if _, err := ParseRows(bad); err == nil {
			t.Errorf("%q is no row", bad)
		}
	}
}
