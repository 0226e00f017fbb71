package menu

import (
	"fmt"

	"autocom/appliance/console/menu/vt"
)

// entryLine is one line of a list: its sign may be empty.
type entryLine struct {
	sign, head, tail string
	edge             bool // it begins at the left edge, not under the words of a signed line
}

// list is lines that are longer than the screen: Enter goes on, b goes back.
type list struct {
	lines []entryLine
	first int  // shown on top
	ends  bool // Enter stays at the end; otherwise it goes on at the beginning
}

// show draws the lines into rows from to below, and tells at the right of row where which ones.
func (l *list) show(s *session, f *vt.Frame, from, to, where int) {
	height := to - from
	l.first = max(0, min(l.first, len(l.lines)-height))
	for i := range min(height, len(l.lines)-l.first) {
		e := l.lines[l.first+i]
		col := 6
		if e.edge {
			col = 1
		}
		f.Put(from+i, 3, vt.Bold, e.sign)
		f.Headed(from+i, col, vt.Columns-1-col, vt.Plain, e.head, e.tail)
	}
	if len(l.lines) > height {
		f.Right(where, vt.Columns-1, vt.Plain, fmt.Sprintf(s.words.Prompt.More, l.first+1, min(l.first+height, len(l.lines)), len(l.lines)))
	}
}

// turn goes a page on or back, and reports whether the line was for it.
func (l *list) turn(text string, height int) bool {
	switch text {
	case "":
		if l.first += height; l.first >= len(l.lines) && !l.ends {
			l.first = 0
		}
	case "b", "B":
		l.first = max(0, l.first-height)
	default:
		return false
	}
	return true
}
