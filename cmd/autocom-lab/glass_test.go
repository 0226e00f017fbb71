package main

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// glass is the installer's screen: what 24 lines of 80 columns show after what the box's menu sends. The menu paints only what changed, so what
// a person reads is seldom sent in one piece.
type glass struct {
	cells    [24][80]rune
	row, col int
	pending  []byte // of a sequence or a letter
}

func newGlass() *glass {
	t := &glass{}
	t.erase()
	return t
}

func (t *glass) erase() {
	for r := range t.cells {
		for c := range t.cells[r] {
			t.cells[r][c] = ' '
		}
	}
}

func (t *glass) feed(said string) {
	for _, b := range []byte(said) {
		if t.pending = append(t.pending, b); t.whole() {
			t.take()
			t.pending = t.pending[:0]
		}
	}
}

// whole reports whether the pending bytes are one letter or one sequence (ECMA-48 §5.4: a control sequence ends with a byte from 0x40 on).
func (t *glass) whole() bool {
	p := t.pending
	if p[0] != 0x1B {
		return utf8.FullRune(p)
	}
	switch {
	case len(p) == 1:
		return false
	case p[1] == '(':
		return len(p) == 3
	case p[1] == '[':
		return len(p) > 2 && p[len(p)-1] >= 0x40
	}
	return true
}

func (t *glass) take() {
	if t.pending[0] != 0x1B {
		if r, _ := utf8.DecodeRune(t.pending); r >= ' ' && t.row < len(t.cells) && t.col < len(t.cells[0]) {
			t.cells[t.row][t.col] = r
			t.col++
		}
		return
	}
	arguments := string(t.pending[min(2, len(t.pending)) : len(t.pending)-1])
	switch t.pending[len(t.pending)-1] {
	case 'H':
		row, col, _ := strings.Cut(arguments, ";")
		t.row, _ = strconv.Atoi(row)
		t.col, _ = strconv.Atoi(col)
		t.row, t.col = max(t.row-1, 0), max(t.col-1, 0)
	case 'J':
		t.erase()
	}
}

func (t *glass) text() string {
	var b strings.Builder
	for _, line := range t.cells {
		b.WriteString(strings.TrimRight(string(line[:]), " ") + "\n")
	}
	return b.String()
}

func TestGlassShowsWhatIsPaintedInPieces(t *testing.T) {
	screen := newGlass()
	for _, b := range []byte("\x1b(B\x1b[0m\x1b[2J\x1b[1;1H\x1b[7mCode :\x1b[0m é\x1b[24;79Hxyz\x1b[1;2Hhoix") {
		screen.feed(string([]byte{b}))
	}
	want := "Choix: é\n" + strings.Repeat("\n", 22) + strings.Repeat(" ", 78) + "xy\n"
	if got := screen.text(); got != want {
		t.Errorf("the screen shows %q, want %q", got, want)
	}
}
