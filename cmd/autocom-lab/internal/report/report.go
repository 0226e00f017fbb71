// Package report measures the box's signal processing and writes what it found as pages with plots: what was wanted, what was measured, and
// whether it holds. Everything made up comes from fixed seeds, so that two runs of one source write the same pages.
package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"autocom/cmd/autocom-lab/internal/plot"
)

// A Subject is one page: a name for its file, and who measures it. The directory is for files besides the page, such as sounds to listen to.
type Subject struct {
	Name    string
	Measure func(ctx context.Context, dir string) (Page, error)
}

// A Page is what was found about one subject.
type Page struct {
	Title    string
	Intro    string // Markdown: what was measured, how, by which recommendation
	Verdicts []Verdict
	Figures  []Figure
	Tables   []Table
}

// A Verdict is one limit and how it was met. Wanted and Measured carry their units.
type Verdict struct {
	What, Wanted, Measured string
	Holds                  bool
}

// A Figure is a plot with a sentence that says what to see in it. Name is its file's, without the ending.
type Figure struct {
	Name, Caption string
	Chart         plot.Chart
}

// A Table is rows of figures; each row is as long as the head.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]string
}

// ErrBroken is in the error of Write when a limit does not hold.
var ErrBroken = errors.New("a limit does not hold")

// Write measures the subjects one by one and writes dir/NAME.md and dir/NAME-FIGURE.svg for each, and dir/README.md with every verdict. say hears
// what is being done. Pages are written also when a limit does not hold: they say which.
func Write(ctx context.Context, dir string, subjects []Subject, say func(string)) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var index strings.Builder
	index.WriteString("# What the signal processing does\n\nMeasured by `make dsp`, which writes these pages. Samples are at 8 kHz, levels in dBm0.\n")
	var broken []string
	for _, s := range subjects {
		say(s.Name)
		p, err := s.Measure(ctx, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		for _, f := range p.Figures {
			if err := os.WriteFile(filepath.Join(dir, s.Name+"-"+f.Name+".svg"), f.Chart.SVG(), 0o644); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(dir, s.Name+".md"), p.markdown(s.Name), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&index, "\n## [%s](%s.md)\n\n", p.Title, s.Name)
		table(&index, verdictHead, p.verdicts())
		for _, v := range p.Verdicts {
			if !v.Holds {
				broken = append(broken, fmt.Sprintf("%s: %s: %s, wanted %s", s.Name, v.What, v.Measured, v.Wanted))
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte(index.String()), 0o644); err != nil {
		return err
	}
	if len(broken) > 0 {
		return fmt.Errorf("%w:\n  %s", ErrBroken, strings.Join(broken, "\n  "))
	}
	return nil
}

var verdictHead = []string{"", "wanted", "measured", "holds"}

func (p Page) verdicts() [][]string {
	var rows [][]string
	for _, v := range p.Verdicts {
		holds := "yes"
		if !v.Holds {
			holds = "**no**"
		}
		rows = append(rows, []string{v.What, v.Wanted, v.Measured, holds})
	}
	return rows
}

func (p Page) markdown(name string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", p.Title, strings.TrimSpace(p.Intro))
	if len(p.Verdicts) > 0 {
		table(&b, verdictHead, p.verdicts())
	}
	for _, f := range p.Figures {
		fmt.Fprintf(&b, "\n![%s](%s-%s.svg)\n\n%s\n", f.Chart.Title, name, f.Name, f.Caption)
	}
	for _, t := range p.Tables {
		fmt.Fprintf(&b, "\n%s\n\n", t.Caption)
		table(&b, t.Head, t.Rows)
	}
	return b.Bytes()
}

// table writes Markdown; a | inside a cell would end it.
func table(b interface{ WriteString(string) (int, error) }, head []string, rows [][]string) {
	line := func(cells []string) {
		for _, c := range cells {
			_, _ = b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
		}
		_, _ = b.WriteString("|\n")
	}
	line(head)
	_, _ = b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, r := range rows {
		line(r)
	}
}
