package menu

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu/vt"
	"autocom/appliance/wording"
)

// proofWithin bounds a test call with all its steps.
const proofWithin = 3 * time.Minute

// Rows of a list under a title.
const (
	listFrom = bodyRow + 2
	listTo   = bodyEnd - 1
)

// trunksPage lists the carriers' lines.
type trunksPage struct {
	list  list
	names []string
}

func (p *trunksPage) draw(s *session, f *vt.Frame) {
	s.entry(f, 2)
	if s.state.boxErr != nil {
		f.Box(listFrom, f.Sign(listFrom, 3, trouble), vt.Columns-7, vt.Plain, s.failure(s.state.boxErr))
		return
	}
	p.names, p.list.lines = nil, nil
	for i, t := range s.state.box.Trunks { // in the document's order: a number names the same line as long as the screen is open
		p.names = append(p.names, t.Name)
		sign, tail := s.trunkWords(t)
		if t.Channels > 0 {
			tail += fmt.Sprintf(s.words.Banner.TrunkUses, t.InUse, t.Channels)
		}
		head := fmt.Sprintf("%d  %s", i+1, t.Name)
		if lost, ok := s.state.alarms.lost[t.Name]; ok && !t.Up {
			if _, why := lost.words(s.words); why != s.words.Banner.TrunkDown {
				tail += ", " + strings.TrimLeft(why, " :")
			}
		}
		p.list.lines = append(p.list.lines, entryLine{sign: sign, head: head, tail: tail})
	}
	if len(p.names) == 0 {
		f.Put(listFrom, 3, vt.Plain, s.words.Trunk.None)
		return
	}
	p.list.show(s, f, listFrom, listTo-1, listTo)
	f.Put(listTo, 3, vt.Plain, s.words.Trunk.Ask)
}

func (p *trunksPage) hint(s *session) string   { return s.words.Prompt.Keys }
func (p *trunksPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *trunksPage) line(s *session, text string) {
	if p.list.turn(text, listTo-1-listFrom) {
		return
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(p.names) {
		s.unknown(text)
		return
	}
	s.push(&trunkTest{trunk: p.names[n-1]})
}

// trunkTest proves one line by a call, step by step.
type trunkTest struct {
	trunk   string
	steps   []console.TestStep
	running bool
	began   time.Time
	done    string // the verdict
	list    list
}

func (p *trunkTest) draw(s *session, f *vt.Frame) {
	w := s.words.Trunk
	f.Box(bodyRow, 1, 56, vt.Bold, fmt.Sprintf(w.Test, p.trunk))
	f.Right(bodyRow, vt.Columns-1, vt.Plain, s.words.Menu[2].Command+" test")
	if !p.running && p.steps == nil && p.done == "" {
		f.Choice(bodyRow+2, "1", w.Start, "")
		f.Put(bodyRow+3, 6, vt.Plain, w.Number)
		return
	}
	p.list.lines = nil
	for _, st := range p.steps {
		p.list.lines = append(p.list.lines, p.stepLines(s, st)...)
	}
	if p.running {
		p.list.lines = append(p.list.lines, entryLine{sign: pending, head: s.words.age(time.Since(p.began))})
		p.list.first = len(p.list.lines) // the newest is what matters
	}
	p.list.show(s, f, bodyRow+1, bodyEnd-1, bodyEnd-1)
	f.Put(bodyEnd-1, 3, vt.Bold, p.done)
}

// stepLines is one step: what was tried, how it went, and what to do about it.
func (p *trunkTest) stepLines(s *session, st console.TestStep) []entryLine {
	words, known := s.words.Trunk.Steps[st.Name]
	if !known {
		words = stepWords{Title: st.Name, Good: st.Sentence}
	}
	title := fmt.Sprintf("%-11s", words.Title)
	took := fmt.Sprintf("  %d.%d s", st.TookMS/1000, st.TookMS%1000/100)
	if s.language == French {
		took = strings.ReplaceAll(took, ".", ",")
	}
	switch {
	case st.Skipped:
		return []entryLine{{sign: pending, head: title + s.words.Trunk.NotTried}}
	case st.OK:
		return []entryLine{{sign: good, head: title + words.Good, tail: took}}
	}
	sentence, remedy := s.stepFault(st)
	out := []entryLine{}
	for i, l := range vt.Wrap(vt.Clean(sentence, s.ascii), vt.Columns-7-11) {
		if i == 0 {
			out = append(out, entryLine{sign: trouble, head: title + l})
		} else {
			out = append(out, entryLine{head: strings.Repeat(" ", 11) + l})
		}
	}
	if len(out) == 0 {
		out = append(out, entryLine{sign: trouble, head: title})
	}
	if remedy = cmp.Or(remedy, words.Remedy, st.Remedy); remedy != "" {
		for _, l := range vt.Wrap(vt.Clean(fmt.Sprintf(s.words.Check.Do, remedy), s.ascii), vt.Columns-7-11) {
			out = append(out, entryLine{head: strings.Repeat(" ", 11) + l})
		}
	}
	return out
}

// stepFault is what went wrong in a step. In English the box's own words say it best. What to do depends on what went wrong only while the call is
// not up; after that it is the step's.
func (s *session) stepFault(st console.TestStep) (sentence, remedy string) {
	known, ok := wording.Step(st.Code)
	if !ok {
		return st.Sentence, ""
	}
	w := known.In(s.language.tag())
	sentence = st.Sentence
	if s.language == French {
		sentence = w.Sentence
		if st.Detail != "" {
			sentence += " (" + st.Detail + ")"
		}
	}
	if st.Name == "out" || st.Code == "elsewhere" || st.Code == "identity" {
		remedy = w.Remedy
	}
	return sentence, remedy
}

func (p *trunkTest) tick(*session) {} // the seconds move by themselves

func (p *trunkTest) hint(s *session) string {
	switch {
	case p.running:
		return s.words.Trunk.Running
	case p.done != "":
		return s.words.Prompt.ListKeys
	default:
		return s.words.Prompt.Keys
	}
}
func (p *trunkTest) prompt(s *session) string { return s.words.Prompt.Line }

func (p *trunkTest) leave(s *session) bool {
	if p.running {
		s.notice = s.words.Trunk.Stopped
	}
	return true
}

func (p *trunkTest) line(s *session, text string) {
	switch {
	case p.running:
		s.notice = s.words.Notice.Busy
	case p.done != "":
		p.list.turn(text, bodyEnd-2-bodyRow)
	case text == "1":
		p.start(s, "")
	case len(text) >= 3 && len(text) <= 20 && strings.Trim(text, "+0123456789 .") == "":
		p.start(s, strings.NewReplacer(" ", "", ".", "").Replace(text))
	default:
		s.unknown(text)
	}
}

func (p *trunkTest) start(s *session, number string) {
	test := console.TrunkTest{Trunk: p.trunk, Number: number}
	p.running = s.do(p, proofWithin, false, func(ctx context.Context, tell func(func())) func() {
		err := s.o.Box.TestTrunk(ctx, test, func(st console.TestStep) bool {
			tell(func() { p.steps = append(p.steps, st) })
			return ctx.Err() == nil
		})
		return func() { p.finish(s, err) }
	})
	p.began = time.Now()
}

func (p *trunkTest) finish(s *session, err error) {
	p.running, p.list.first = false, 0
	passed, faults := 0, 0
	for _, st := range p.steps {
		switch {
		case st.OK:
			passed++
		case !st.Skipped:
			faults++
		}
	}
	switch w := s.words.Trunk; {
	case err != nil:
		p.done = fmt.Sprintf(s.words.Notice.Failed, s.failure(err))
	case faults > 0 || passed == 0:
		p.done = fmt.Sprintf(w.Failed, passed, len(p.steps))
	default:
		p.done = fmt.Sprintf(w.Passed, passed, len(p.steps))
	}
}
