package menu

import (
	"context"
	"fmt"
	"time"

	"autocom/appliance/console/menu/vt"
)

// Limits of the logs on the screen.
const (
	logLines  = 200
	logKept   = 1000 // lines of the screen, while following
	logWithin = 20 * time.Second
	liveFor   = 24 * time.Hour     // the session's idle time ends it long before
	logWide   = vt.Columns - 2 - 9 // after the time
)

// logsPage asks which logs.
type logsPage struct{}

func (p *logsPage) draw(s *session, f *vt.Frame) {
	w := s.words.Log
	s.entry(f, 8)
	if s.o.Journal == nil {
		f.Box(listFrom, f.Sign(listFrom, 3, trouble), vt.Columns-7, vt.Plain, s.words.Notice.Absent)
		return
	}
	f.Put(listFrom, 3, vt.Plain, w.Ask)
	for i, about := range []string{w.All, w.Core, w.Media} {
		f.Choice(listFrom+2+i, fmt.Sprint(i+1), about, "")
	}
}

func (p *logsPage) hint(s *session) string   { return s.words.Prompt.Keys }
func (p *logsPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *logsPage) line(s *session, text string) {
	unit, known := map[string]Unit{"1": "", "2": UnitCore, "3": UnitMedia}[text]
	if !known || s.o.Journal == nil {
		s.unknown(text)
		return
	}
	next := &logPage{unit: unit, list: list{ends: true}}
	s.push(next)
	next.ask(s, false)
}

// logPage shows the last lines, and with s those that come.
type logPage struct {
	unit Unit
	list list
	live bool
	read bool
	err  error
}

func (p *logPage) ask(s *session, follow bool) {
	last, limit := logLines, logWithin
	if follow {
		last, limit = 0, liveFor
	}
	width := logWide
	started := s.do(p, limit, false, func(ctx context.Context, tell func(func())) func() {
		var lines []entryLine // of one reading; a live line goes to the screen at once
		err := s.o.Journal.Logs(ctx, p.unit, last, follow, func(l LogLine) bool {
			rendered := logEntry(l, s.zone(), width)
			if follow {
				tell(func() { p.add(rendered) })
			} else if lines = append(lines, rendered...); len(lines) > logKept {
				lines = lines[len(lines)-logKept:]
			}
			return ctx.Err() == nil
		})
		return func() {
			p.live, p.read, p.err = false, true, err
			if !follow {
				p.add(lines)
			}
		}
	})
	p.live = started && follow
}

// add puts lines at the end and shows them.
func (p *logPage) add(lines []entryLine) {
	p.list.lines = append(p.list.lines, lines...)
	if over := len(p.list.lines) - logKept; over > 0 {
		p.list.lines = append(p.list.lines[:0], p.list.lines[over:]...)
	}
	p.list.first = len(p.list.lines)
}

// logEntry is one line of the logs as lines of the screen: at most three of them.
func logEntry(l LogLine, zone *time.Location, width int) []entryLine {
	words := []rune(vt.Clean(l.Words, false))
	if most := 3 * width; len(words) > most {
		words = append(words[:most-1], '…')
	}
	var out []entryLine
	first := l.At.In(zone).Format(time.TimeOnly) + " "
	for _, line := range vt.Wrap(string(words), width) {
		out = append(out, entryLine{head: first + line, edge: true})
		first = "         "
	}
	return out
}

func (p *logPage) draw(s *session, f *vt.Frame) {
	s.entry(f, 8)
	switch {
	case p.err != nil && len(p.list.lines) == 0:
		f.Box(listFrom, f.Sign(listFrom, 3, trouble), vt.Columns-7, vt.Plain, s.failure(p.err))
	case !p.read && !p.live && s.task != nil:
		f.Put(listFrom, f.Sign(listFrom, 3, pending), vt.Plain, s.words.Log.Reading)
	case len(p.list.lines) == 0 && !p.live:
		f.Put(listFrom, 3, vt.Plain, s.words.Log.Empty)
	default:
		p.list.show(s, f, bodyRow+1, listTo, listTo)
	}
}

func (p *logPage) hint(s *session) string {
	switch {
	case p.live:
		return s.words.Log.Live
	case p.err != nil:
		return fmt.Sprintf(s.words.Log.Broken, s.failure(p.err))
	default:
		return s.words.Log.Follow
	}
}
func (p *logPage) prompt(s *session) string { return s.words.Prompt.Line }

// leave stops following first.
func (p *logPage) leave(s *session) bool {
	if !p.live {
		return true
	}
	p.live = false
	s.task.cancel()
	s.task = nil
	return false
}

func (p *logPage) line(s *session, text string) {
	if text == "s" || text == "S" {
		if !p.live {
			p.ask(s, true)
		}
		return
	}
	if !p.live && !p.list.turn(text, listTo-bodyRow-1) {
		s.unknown(text)
	}
}
