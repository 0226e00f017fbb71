package sim

import (
	"fmt"
	"slices"
	"strings"
)

// A Row is one thing the product promises: a line of testdata/rows.txt. Stories name its id.
type Row struct {
	ID        string // chapter of the feature catalogue and a name: "2.3 talking-hold"
	Says      string
	Open      bool   // no story proves it yet
	Elsewhere string // the room whose own tests prove it; empty: a story does
	Heading   string // under which it stands
	line      int
}

// ParseRows reads the rows. Errors name the line.
func ParseRows(text string) ([]Row, error) {
	var rows []Row
	heading := ""
	for i, line := range strings.Split(text, "\n") {
		n := i + 1
		if h, ok := strings.CutPrefix(line, "== "); ok {
			heading = h
			continue
		}
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) < 2 || len(parts) > 3 {
			return nil, fmt.Errorf("rows:%d: %q is not \"ID | what is promised\", with \"| open\" or \"| elsewhere: WHERE\"", n, line)
		}
		r := Row{ID: parts[0], Says: parts[1], Heading: heading, line: n}
		if len(parts) == 3 {
			where, elsewhere := strings.CutPrefix(parts[2], "elsewhere: ")
			switch {
			case parts[2] == "open":
				r.Open = true
			case elsewhere && where != "":
				r.Elsewhere = where
			default:
				return nil, fmt.Errorf("rows:%d: %q is neither \"open\" nor \"elsewhere: WHERE\"", n, parts[2])
			}
		}
		if slices.ContainsFunc(rows, func(o Row) bool { return o.ID == r.ID }) {
			return nil, fmt.Errorf("rows:%d: a second row %s", n, r.ID)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Matrix is which stories prove which row.
type Matrix struct {
	Rows   []Row
	Proofs map[string][]string // names of stories, by row
}

// NewMatrix lays stories beside the rows; faults are what stories claim to prove that is no row for them.
func NewMatrix(rows []Row, stories []*Story) (m Matrix, faults []string) {
	m = Matrix{Rows: rows, Proofs: map[string][]string{}}
	for _, s := range stories {
		if len(s.Rows) == 0 {
			faults = append(faults, fmt.Sprintf("%s: says no row that it proves: \"proves 2.3 talking-hold\", with ids of rows.txt", s.Name))
		}
		for _, id := range s.Rows {
			i := slices.IndexFunc(rows, func(r Row) bool { return r.ID == id })
			switch {
			case i < 0:
				faults = append(faults, fmt.Sprintf("%s: proves %q, which is no row of rows.txt", s.Name, id))
			case rows[i].Elsewhere != "":
				faults = append(faults, fmt.Sprintf("%s: proves %s, which rows.txt says is proven elsewhere", s.Name, id))
			case slices.Contains(m.Proofs[id], s.Name):
				faults = append(faults, fmt.Sprintf("%s: proves %s twice", s.Name, id))
			default:
				m.Proofs[id] = append(m.Proofs[id], s.Name)
			}
		}
	}
	return m, faults
}

// Blank lists the rows that no story proves and that do not say so.
func (m Matrix) Blank() (ids []string) {
	for _, r := range m.Rows {
		if !r.Open && r.Elsewhere == "" && len(m.Proofs[r.ID]) == 0 {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Page prints the matrix: each row with the stories that prove it.
func (m Matrix) Page() string {
	var b strings.Builder
	var proven, open, elsewhere int
	for _, r := range m.Rows {
		switch {
		case r.Elsewhere != "":
			elsewhere++
		case len(m.Proofs[r.ID]) > 0:
			proven++
		default:
			open++
		}
	}
	fmt.Fprintf(&b, "# What is promised, and the stories that prove it\n\nWritten by `go generate ./appliance/sim`; do not edit.\n\n")
	fmt.Fprintf(&b, "A row is one promise of `appliance/sim/testdata/rows.txt`; a story is a file `appliance/sim/testdata/NAME.call`, told through the real SIP, exchange and sound in fake\n"+
		"time (`go test ./appliance/sim -run TestStories/NAME -v`). %d rows are proven by stories, %d by the tests of other rooms, %d by none.\n", proven, elsewhere, open)
	heading := ""
	for _, r := range m.Rows {
		if r.Heading != heading {
			heading = r.Heading
			fmt.Fprintf(&b, "\n## %s\n\n| row | what is promised | proven by |\n|---|---|---|\n", heading)
		}
		by := make([]string, 0, len(m.Proofs[r.ID]))
		for _, s := range m.Proofs[r.ID] {
			by = append(by, fmt.Sprintf("[%s](../appliance/sim/testdata/%s.call)", s, s))
		}
		switch {
		case r.Elsewhere != "":
			by = []string{"elsewhere: " + r.Elsewhere}
		case len(by) == 0:
			by = []string{"**open**"}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.ID, r.Says, strings.Join(by, ", "))
	}
	return b.String()
}
