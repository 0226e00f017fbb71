package menu

import (
	"context"
	"fmt"

	"autocom/appliance/console"
	"autocom/appliance/console/menu/vt"
)

// restartPage starts parts of the box again, or all of it, or switches it off. Each asks for its word.
type restartPage struct{ asked restartOf }

// restartOf is what is to be started again.
type restartOf int

const (
	restartNothing restartOf = iota
	restartCore
	restartMedia
	restartBox
	powerOff
)

// offer is one line of the screen.
type offer struct {
	title, note string
	word        func(*words) string
	act         func(ctx context.Context) error // nil: the part that does it is not there
	last        bool                            // the line falls silent after it
}

func (p *restartPage) offers(s *session) map[restartOf]offer {
	w := s.words.Restart
	core := offer{title: w.Core, note: w.CoreNote, word: func(w *words) string { return w.Restart.CoreWord }}
	media := offer{title: w.Media, note: w.MediaNote, word: func(w *words) string { return w.Restart.MediaWord }}
	reboot := offer{title: w.Reboot, note: w.RebootNote, word: func(w *words) string { return w.Restart.RebootWord }, last: true}
	off := offer{title: w.Off, note: w.OffNote, word: func(w *words) string { return w.Restart.OffWord }, last: true}
	m := s.o.Machine
	if (s.state.boxErr == nil || !s.state.read) && s.o.Box != nil {
		core.act = func(ctx context.Context) error {
			return s.o.Box.Command(ctx, console.Command{Verb: console.VerbRestart})
		}
	} else {
		core.note = w.CoreHard
		if m != nil {
			core.act = func(ctx context.Context) error { return m.RestartUnit(ctx, UnitCore) }
		}
	}
	if m != nil {
		media.act = func(ctx context.Context) error { return m.RestartUnit(ctx, UnitMedia) }
		reboot.act, off.act = m.Reboot, m.PowerOff
	}
	return map[restartOf]offer{restartCore: core, restartMedia: media, restartBox: reboot, powerOff: off}
}

func (p *restartPage) draw(s *session, f *vt.Frame) {
	s.entry(f, 7)
	offers := p.offers(s)
	for what := restartCore; what <= powerOff; what++ {
		o, row := offers[what], listFrom+int(what)-1
		f.Put(row, 3, vt.Bold, fmt.Sprint(int(what)))
		f.Box(row, 6, 28, vt.Plain, o.title)
		f.Box(row, 34, vt.Columns-35, vt.Plain, o.note)
		if o.act == nil {
			f.Box(row, 34, vt.Columns-35, vt.Plain, trouble+"  "+s.words.Notice.Absent)
		}
	}
	if p.asked != restartNothing {
		o := offers[p.asked]
		f.Box(listFrom+6, 3, vt.Columns-4, vt.Bold, fmt.Sprintf(s.words.Check.At, o.title)+o.note)
		f.Box(listFrom+7, 3, vt.Columns-4, vt.Plain, fmt.Sprintf(s.words.Restart.Type, o.word(s.words)))
	}
}

func (p *restartPage) hint(s *session) string {
	if p.asked != restartNothing {
		return s.words.Prompt.Back
	}
	return s.words.Prompt.Keys
}
func (p *restartPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *restartPage) leave(s *session) bool {
	if p.asked == restartNothing {
		return true
	}
	p.asked, s.notice = restartNothing, s.words.Notice.Kept
	return false
}

func (p *restartPage) line(s *session, text string) {
	if p.asked == restartNothing {
		if len(text) != 1 || text < "1" || text > "4" {
			s.unknown(text)
			return
		}
		what := restartOf(text[0] - '0')
		if p.offers(s)[what].act == nil {
			s.notice = s.words.Notice.Absent
			return
		}
		p.asked = what
		return
	}
	o := p.offers(s)[p.asked]
	p.asked = restartNothing
	if !means(text, o.word) || o.act == nil {
		s.notice = s.words.Notice.Kept
		return
	}
	s.do(p, actWithin, true, func(ctx context.Context, _ func(func())) func() {
		err := o.act(ctx)
		return func() {
			switch {
			case err != nil:
				s.failed(err)
			case o.last:
				s.notice = s.words.Restart.Gone
			default:
				s.notice = s.words.Restart.Sent
			}
			s.read()
		}
	})
}
