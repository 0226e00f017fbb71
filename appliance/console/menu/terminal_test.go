package menu

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"autocom/appliance/console/menu/vt"
)

// terminal is a VT100 of the simplest kind: it wraps as soon as the last column is written, whatever it was told about wrapping, and scrolls
// at the bottom. What it does not know is a fault of ours.
type terminal struct {
	cells    [vt.Rows][vt.Columns]vt.Cell
	row, col int
	attr     vt.Style
	pending  []byte // bytes of a sequence or a letter
	scrolled int
	faults   []string
	bytes    int
}

func newTerminal() *terminal {
	t := &terminal{}
	t.erase()
	return t
}

func (t *terminal) erase() {
	for r := range t.cells {
		for c := range t.cells[r] {
			t.cells[r][c] = vt.Cell{R: ' ', S: vt.Plain}
		}
	}
}

func (t *terminal) fault(format string, args ...any) {
	if len(t.faults) < 20 {
		t.faults = append(t.faults, fmt.Sprintf(format, args...))
	}
}

func (t *terminal) feed(p []byte) {
	t.bytes += len(p)
	for _, b := range p {
		t.pending = append(t.pending, b)
		if t.take() {
			t.pending = t.pending[:0]
		}
	}
}

// take reports whether the pending bytes are done with.
func (t *terminal) take() bool {
	switch b := t.pending[0]; {
	case b == 0x0F:
		return true
	case b == 0x1B:
		return t.escape()
	case b < ' ' || b == 0x7F:
		t.fault("control byte %#x", b)
		return true
	}
	if !utf8.FullRune(t.pending) {
		return false
	}
	r, _ := utf8.DecodeRune(t.pending)
	if r == utf8.RuneError {
		t.fault("bytes % x are no letter", t.pending)
	}
	t.cells[t.row][t.col] = vt.Cell{R: r, S: t.attr}
	if t.col++; t.col == vt.Columns {
		t.col = 0
		if t.row++; t.row == vt.Rows {
			t.row = vt.Rows - 1
			t.scrolled++
		}
	}
	return true
}

func (t *terminal) escape() bool {
	if len(t.pending) < 2 {
		return false
	}
	if t.pending[1] == '(' {
		return len(t.pending) == 3
	}
	if t.pending[1] != '[' {
		t.fault("escape %q", t.pending)
		return true
	}
	last := t.pending[len(t.pending)-1]
	if len(t.pending) == 2 || last < 0x40 {
		return false
	}
	args := string(t.pending[2 : len(t.pending)-1])
	switch last {
	case 'H':
		t.move(args)
	case 'm':
		t.attr = vt.Plain
		for a := range strings.SplitSeq(args, ";") {
			switch a {
			case "", "0":
			case "1":
				t.attr = vt.Bold
			case "7":
				t.attr = vt.Reverse
			default:
				t.fault("attribute %q: only bold and reverse are used", a)
			}
		}
	case 'J':
		t.erase()
	case 'r':
		t.row, t.col = 0, 0
	case 'l':
		if args != "?7" && args != "?6" {
			t.fault("mode %q", args)
		}
	default:
		t.fault("sequence %q", t.pending)
	}
	return true
}

func (t *terminal) move(args string) {
	row, col, _ := strings.Cut(args, ";")
	r, err := strconv.Atoi(row)
	c, err2 := strconv.Atoi(col)
	if err != nil || err2 != nil || r < 1 || r > vt.Rows || c < 1 || c > vt.Columns {
		t.fault("the cursor is sent to %q", args)
		return
	}
	t.row, t.col = r-1, c-1
}

// text is the screen as a person sees it, without the blanks at the ends of lines.
func (t *terminal) text() string {
	var b strings.Builder
	for r := range t.cells {
		line := make([]rune, vt.Columns)
		for c := range line {
			line[c] = t.cells[r][c].R
		}
		b.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return b.String()
}

// picture is the text, and below it where it is bold or reverse and where the cursor stands.
func (t *terminal) picture() string {
	var b strings.Builder
	b.WriteString(t.text())
	fmt.Fprintf(&b, "-- cursor %d,%d\n", t.row+1, t.col+1)
	for r := range t.cells {
		var runs []string
		for c := 0; c < vt.Columns; c++ {
			s, from := t.cells[r][c].S, c
			if s == vt.Plain {
				continue
			}
			for c+1 < vt.Columns && t.cells[r][c+1].S == s {
				c++
			}
			runs = append(runs, fmt.Sprintf("%s %d-%d", [...]string{vt.Bold: "bold", vt.Reverse: "reverse"}[s], from+1, c+1))
		}
		if len(runs) > 0 {
			fmt.Fprintf(&b, "-- line %d: %s\n", r+1, strings.Join(runs, ", "))
		}
	}
	return b.String()
}
