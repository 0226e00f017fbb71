package vt

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// What a terminal is told before cells are drawn, whatever noise told it before.
const (
	settle = "\x0f\x1b(B\x1b[0m\x1b[?7l"      // ASCII letters, no attributes, no wrap at the edge
	begin  = settle + "\x1b[?6l\x1b[r\x1b[2J" // no scrolling region, an empty screen
)

// Painter brings a terminal to show the last frame it was given. A line that takes no more bytes stops the painter alone: frames that come
// meanwhile replace each other, and only what still differs is written when the line takes bytes again.
type Painter struct {
	w    io.Writer
	wake chan struct{}

	mu     sync.Mutex
	target *Frame
	stale  [Rows]bool // rows to be written even if they are thought to be right
	whole  bool       // begin with an empty screen
}

// NewPainter makes a painter of the terminal at the end of w. Run paints.
func NewPainter(w io.Writer) *Painter { return &Painter{w: w, wake: make(chan struct{}, 1)} }

// Show makes f the frame to be shown. It does not block. The painter keeps f.
func (p *Painter) Show(f *Frame) { p.tell(func() { p.target = f }) }

// Heal has the first n rows written again, in case noise changed them on the terminal.
func (p *Painter) Heal(n int) {
	p.tell(func() {
		for r := range n {
			p.stale[r] = true
		}
	})
}

// Again has the whole screen emptied and written: a terminal may have been connected just now.
func (p *Painter) Again() { p.tell(func() { p.whole = true }) }

func (p *Painter) tell(change func()) {
	p.mu.Lock()
	change()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run paints until the context ends or the line is lost. It writes on its caller's goroutine.
func (p *Painter) Run(ctx context.Context) error {
	shown := &Frame{Row: -1}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
		if err := p.Paint(ctx, shown); err != nil {
			return fmt.Errorf("write to the serial line: %w", err)
		}
	}
}

// Paint writes row after row, each from the frame that is the newest when its turn comes.
func (p *Painter) Paint(ctx context.Context, shown *Frame) error {
	for changed := true; changed; {
		changed = false
		for r := range Rows {
			target, first := p.row(r, shown)
			if target == nil || ctx.Err() != nil {
				return nil
			}
			out := span(target, shown, r)
			if first == "" && out == nil {
				continue
			}
			changed = true
			if _, err := p.w.Write(append([]byte(first), out...)); err != nil {
				return err
			}
			shown.Cells[r] = target.Cells[r]
			shown.Row = -1
		}
		if p.mu.Lock(); p.target.Row != shown.Row || p.target.Col != shown.Col {
			shown.Row, shown.Col = p.target.Row, p.target.Col
			changed = true
		}
		p.mu.Unlock()
		if changed {
			if _, err := fmt.Fprintf(p.w, "\x1b[%d;%dH", shown.Row+1, shown.Col+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// Row is the frame that row r is to be taken from, and what is to be written before it.
func (p *Painter) row(r int, shown *Frame) (*Frame, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := ""
	if p.target == nil {
		return nil, ""
	}
	if p.whole {
		p.whole, first = false, begin
		*shown = *Blank(false)
		shown.Row = -1
	}
	if p.stale[r] {
		p.stale[r] = false
		shown.Cells[r] = [Columns]Cell{}
		if first == "" {
			first = settle
		}
	}
	return p.target, first
}

// span is what turns row r of shown into that of target, nil if nothing need be done. The very last cell is never written: on a terminal that
// does not know how to stay, it would scroll.
func span(target, shown *Frame, r int) []byte {
	last := Columns - 1
	if r == Rows-1 {
		last--
	}
	from := 0
	for from <= last && target.Cells[r][from] == shown.Cells[r][from] {
		from++
	}
	if from > last {
		return nil
	}
	for target.Cells[r][last] == shown.Cells[r][last] {
		last--
	}
	out := fmt.Appendf(nil, "\x1b[%d;%dH", r+1, from+1)
	now := Plain
	for _, c := range target.Cells[r][from : last+1] {
		if c.S != now {
			now = c.S
			out = append(out, [...]string{Plain: "\x1b[0m", Bold: "\x1b[0;1m", Reverse: "\x1b[0;7m"}[now]...)
		}
		out = append(out, string(c.R)...)
	}
	if now != Plain {
		out = append(out, "\x1b[0m"...)
	}
	return out
}
