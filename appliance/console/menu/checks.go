package menu

import (
	"context"
	"fmt"
	"time"

	"autocom/appliance/console"
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

func (p *checksPage) draw(s *session, f *frame) {
	w := s.words.Check
	s.entry(f, 4)
	switch {
	case !p.done:
		f.put(listFrom, f.sign(listFrom, 3, pending), plain, w.Running)
		return
	case p.err != nil:
		f.box(listFrom, f.sign(listFrom, 3, trouble), columns-7, plain, s.failure(p.err))
		return
	}
	count := map[console.Gravity]int{}
	p.list.lines = nil
	for _, fd := range p.findings {
		count[fd.Gravity]++
		p.list.lines = append(p.list.lines, s.finding(fd)...)
	}
	if len(p.findings) == 0 {
		f.put(listFrom, f.sign(listFrom, 3, good), plain, w.AllWell)
		return
	}
	f.put(listTo, 3, bold, fmt.Sprintf(w.Found, count[console.Trouble], count[console.Notice], count[console.Good]))
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
		for _, l := range wrap(clean(text, s.ascii), columns-7) {
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
