package menu

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

// painter brings a terminal to show the last frame it was given. A line that takes no more bytes stops the painter alone: frames that come
// meanwhile replace each other, and only what still differs is written when the line takes bytes again.
type painter struct {
	w    io.Writer
	wake chan struct{}

	mu     sync.Mutex
	target *frame
	stale  [rows]bool // rows to be written even if they are thought to be right
	whole  bool       // begin with an empty screen
}

func newPainter(w io.Writer) *painter { return &painter{w: w, wake: make(chan struct{}, 1)} }

// show makes f the frame to be shown. It does not block. The painter keeps f.
func (p *painter) show(f *frame) { p.tell(func() { p.target = f }) }

// heal has the first n rows written again, in case noise changed them on the terminal.
func (p *painter) heal(n int) {
	p.tell(func() {
		for r := range n {
			p.stale[r] = true
		}
	})
}

// again has the whole screen emptied and written: a terminal may have been connected just now.
func (p *painter) again() { p.tell(func() { p.whole = true }) }

func (p *painter) tell(change func()) {
	p.mu.Lock()
	change()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// run paints until the context ends or the line is lost. It writes on its caller's goroutine.
func (p *painter) run(ctx context.Context) error {
	shown := &frame{row: -1}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
		if err := p.paint(ctx, shown); err != nil {
			return fmt.Errorf("write to the serial line: %w", err)
		}
	}
}

// paint writes row after row, each from the frame that is the newest when its turn comes.
func (p *painter) paint(ctx context.Context, shown *frame) error {
	for changed := true; changed; {
		changed = false
		for r := range rows {
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
			shown.cells[r] = target.cells[r]
			shown.row = -1
		}
		if p.mu.Lock(); p.target.row != shown.row || p.target.col != shown.col {
			shown.row, shown.col = p.target.row, p.target.col
			changed = true
		}
		p.mu.Unlock()
		if changed {
			if _, err := fmt.Fprintf(p.w, "\x1b[%d;%dH", shown.row+1, shown.col+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// row is the frame that row r is to be taken from, and what is to be written before it.
func (p *painter) row(r int, shown *frame) (*frame, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := ""
	if p.target == nil {
		return nil, ""
	}
	if p.whole {
		p.whole, first = false, begin
		*shown = *blank(false)
		shown.row = -1
	}
	if p.stale[r] {
		p.stale[r] = false
		shown.cells[r] = [columns]cell{}
		if first == "" {
			first = settle
		}
	}
	return p.target, first
}

// span is what turns row r of shown into that of target, nil if nothing need be done. The very last cell is never written: on a terminal that
// does not know how to stay, it would scroll.
func span(target, shown *frame, r int) []byte {
	last := columns - 1
	if r == rows-1 {
		last--
	}
	from := 0
	for from <= last && target.cells[r][from] == shown.cells[r][from] {
		from++
	}
	if from > last {
		return nil
	}
	for target.cells[r][last] == shown.cells[r][last] {
		last--
	}
	out := fmt.Appendf(nil, "\x1b[%d;%dH", r+1, from+1)
	now := plain
	for _, c := range target.cells[r][from : last+1] {
		if c.s != now {
			now = c.s
			out = append(out, [...]string{plain: "\x1b[0m", bold: "\x1b[0;1m", reverse: "\x1b[0;7m"}[now]...)
		}
		out = append(out, string(c.r)...)
	}
	if now != plain {
		out = append(out, "\x1b[0m"...)
	}
	return out
}
