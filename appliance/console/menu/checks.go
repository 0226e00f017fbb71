package menu

import (
	"context"
	"fmt"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu/vt"
	"autocom/appliance/wording"
)

// checksWithin bounds the doctor's round.
const checksWithin = 30 * time.Second

// checksPage is the doctor's findings in words, the worst first.
type checksPage struct {
	list     list
	findings []console.Finding
	err      error
	done     bool
}

func (s *session) openChecks() {
	p := &checksPage{}
	s.push(p)
	p.ask(s)
}

func (p *checksPage) ask(s *session) {
	if s.o.Box == nil {
		p.done, p.err = true, console.ErrNoBox
		return
	}
	s.do(p, checksWithin, false, func(ctx context.Context, _ func(func())) func() {
		found, err := s.o.Box.Doctor(ctx)
		return func() { p.findings, p.err, p.done = found, err, true }
	})
}

func (p *checksPage) draw(s *session, f *vt.Frame) {
	w := s.words.Check
	s.entry(f, 4)
	switch {
	case !p.done:
		f.Put(listFrom, f.Sign(listFrom, 3, pending), vt.Plain, w.Running)
		return
	case p.err != nil:
		f.Box(listFrom, f.Sign(listFrom, 3, trouble), vt.Columns-7, vt.Plain, s.failure(p.err))
		return
	}
	count := map[console.Gravity]int{}
	p.list.lines = nil
	for _, fd := range p.findings {
		count[fd.Gravity]++
		p.list.lines = append(p.list.lines, s.finding(fd)...)
	}
	if len(p.findings) == 0 {
		f.Put(listFrom, f.Sign(listFrom, 3, good), vt.Plain, w.AllWell)
		return
	}
	f.Put(listTo, 3, vt.Bold, fmt.Sprintf(w.Found, count[console.Trouble], count[console.Notice], count[console.Good]))
	p.list.show(s, f, bodyRow+1, listTo, listTo)
}

// finding is one thing the doctor saw. Only what is not well has its remedy beside it.
func (s *session) finding(fd console.Finding) []entryLine {
	w := s.words.Check
	sign := map[console.Gravity]string{console.Good: good, console.Notice: pending, console.Trouble: trouble}[fd.Gravity]
	said := wording.Words{Sentence: fd.Sentence, Remedy: fd.Remedy}
	if ours, known := wording.French(fd.Code); known && s.language == French {
		said = ours
	}
	if fd.About != "" && fd.About != "box" {
		said.Sentence = fmt.Sprintf(w.At, wording.About(s.language.tag(), fd.About)) + said.Sentence
	}
	var out []entryLine
	add := func(first, text string) {
		for _, l := range vt.Wrap(vt.Clean(text, s.ascii), vt.Columns-7) {
			out = append(out, entryLine{sign: first, head: l})
			first = ""
		}
	}
	add(sign, said.Sentence)
	if fd.Gravity == console.Good {
		return out
	}
	if fd.Evidence != "" {
		add("", fmt.Sprintf(w.Seen, fd.Evidence))
	}
	if said.Remedy != "" {
		add("", fmt.Sprintf(w.Do, said.Remedy))
	}
	return out
}

func (p *checksPage) hint(s *session) string   { return s.words.Prompt.ListKeys }
func (p *checksPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *checksPage) line(s *session, text string) {
	if !p.list.turn(text, listTo-bodyRow-1) {
		s.unknown(text)
	}
}
