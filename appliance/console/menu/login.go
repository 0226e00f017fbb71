package menu

import (
	"context"
	"fmt"
	"time"
)

// checkWithin bounds one check of a code.
const checkWithin = 30 * time.Second

// loginPage asks for the box's code. Until then nothing of the site is shown: who holds a cable is not yet who may read it.
type loginPage struct {
	until    time.Time // of the pause
	checking bool
}

func (*loginPage) secret() {}

func (p *loginPage) draw(s *session, f *frame) {
	w := s.words.Login
	s.title(f, "")
	f.put(1, labelAt, bold, s.words.Banner.Version)
	f.box(1, valueAt, columns-1-valueAt, plain, s.o.Version)
	f.rule(2)
	f.put(6, 3, bold, w.Title)
	row := 8
	if first := s.o.Door.First(); first != "" {
		f.box(row, 3, columns-4, plain, w.First)
		f.put(row+2, 10, bold, first)
		f.box(row+4, 3, columns-4, bold, w.Note)
		row += 6
	}
	f.box(row, 3, columns-4, plain, w.Ask)
	switch left := time.Until(p.until); {
	case p.checking:
		f.put(row+2, f.sign(row+2, 3, pending), plain, w.Checking)
	case left > 0:
		f.put(row+2, f.sign(row+2, 3, trouble), bold, fmt.Sprintf(w.Wait, s.words.age((left+time.Second-1).Truncate(time.Second))))
	}
	f.put(18, 3, plain, w.Choices)
}

func (p *loginPage) hint(*session) string { return "" }

func (p *loginPage) prompt(s *session) string { return s.words.Login.Prompt }

func (p *loginPage) line(s *session, text string) {
	switch text {
	case "":
		s.painter.again() // a terminal connected just now sees the screen
		return
	case "f", "F":
		s.speak(French)
		return
	case "e", "E":
		s.speak(English)
		return
	case "a", "A":
		s.ascii = !s.ascii
		s.painter.again()
		return
	}
	if _, is := digitsOf(text); !is {
		s.notice = s.words.Login.NotACode
		return
	}
	if time.Now().Before(p.until) {
		return // the screen says how long
	}
	p.checking = s.do(p, checkWithin, true, func(context.Context, func(func())) func() {
		ok, wait := s.o.Door.Check(text)
		return func() {
			p.checking = false
			switch {
			case ok:
				s.pages = []page{menuPage{}}
				s.touched = time.Now()
				s.notice = ""
				s.read()
			default:
				s.notice = s.words.Login.Wrong
				p.until = time.Now().Add(wait)
			}
		}
	})
}

// menuPage is the list of entries.
type menuPage struct{}

func (menuPage) draw(s *session, f *frame) {
	for i := range s.words.Menu {
		n := (i + 1) % len(s.words.Menu) // 1 to 9, then 0
		e := s.words.Menu[n]
		row := bodyRow + 1 + i
		f.put(row, 3, bold, fmt.Sprint(n))
		f.box(row, 6, 22, plain, e.Title)
		f.box(row, 28, 31, plain, e.About)
		f.box(row, 60, columns-1-60, plain, e.Command)
	}
}

func (menuPage) hint(s *session) string   { return s.words.Prompt.Keys }
func (menuPage) prompt(s *session) string { return s.words.Prompt.Choice }

func (menuPage) line(s *session, text string) {
	switch text {
	case "1":
		s.openNetwork()
	case "2":
		s.push(&trunksPage{})
	case "3":
		s.push(&phonesPage{})
	case "4":
		s.openChecks()
	case "5":
		s.push(&cloudPage{})
	case "6":
		s.push(&adminPage{})
	case "7":
		s.push(&restartPage{})
	case "8":
		s.push(&logsPage{})
	case "9":
		s.push(tonguePage{})
	default:
		s.unknown(text)
	}
}

// entry is what the screen behind a number of the menu begins with: its title and the command line that does the same.
func (s *session) entry(f *frame, n int) {
	e := s.words.Menu[n]
	f.put(bodyRow, 1, bold, fmt.Sprintf("%d %s", n, e.Title))
	f.right(bodyRow, columns-1, plain, e.Command)
}

// choice is one numbered line of a screen.
func (f *frame) choice(row int, n, title, about string) {
	f.put(row, 3, bold, n)
	f.headed(row, 6, columns-7, plain, title, about)
}

// helpPage tells the keys.
type helpPage struct{}

func (helpPage) draw(s *session, f *frame) {
	for i, line := range s.words.Help {
		f.box(bodyRow+1+i, 3, columns-4, plain, line)
	}
}
func (helpPage) hint(s *session) string    { return s.words.Prompt.Back }
func (helpPage) prompt(s *session) string  { return s.words.Prompt.Line }
func (helpPage) line(s *session, _ string) { s.pop() }

// tonguePage chooses language and letters.
type tonguePage struct{}

func (tonguePage) draw(s *session, f *frame) {
	w := s.words.Tongue
	s.entry(f, 9)
	for i, c := range []struct {
		title string
		now   bool
	}{{w.French, s.language == French}, {w.English, s.language == English}, {w.Plain, s.ascii}, {w.Accents, !s.ascii}} {
		f.choice(bodyRow+2+i, fmt.Sprint(i+1), c.title, "")
		if c.now {
			f.put(bodyRow+2+i, 44, plain, w.Now)
		}
	}
}
func (tonguePage) hint(s *session) string   { return s.words.Prompt.Keys }
func (tonguePage) prompt(s *session) string { return s.words.Prompt.Line }

func (tonguePage) line(s *session, text string) {
	switch text {
	case "1":
		s.speak(French)
	case "2":
		s.speak(English)
	case "3", "4":
		s.ascii = text == "3"
		s.painter.again()
	default:
		s.unknown(text)
	}
}
