package menu

import (
	"context"
	"fmt"
	"time"

	"autocom/appliance/console/menu/vt"
)

// checkWithin bounds one check of a code.
const checkWithin = 30 * time.Second

// loginPage asks for the box's code. Until then nothing of the site is shown: who holds a cable is not yet who may read it.
type loginPage struct {
	until    time.Time // of the pause
	checking bool
}

func (*loginPage) secret() {}

func (p *loginPage) draw(s *session, f *vt.Frame) {
	w := s.words.Login
	s.title(f, "")
	f.Put(1, labelAt, vt.Bold, s.words.Banner.Version)
	f.Box(1, valueAt, vt.Columns-1-valueAt, vt.Plain, s.o.Version)
	f.Rule(2)
	f.Put(6, 3, vt.Bold, w.Title)
	row := 8
	if first := s.o.Door.First(); first != "" {
		f.Box(row, 3, vt.Columns-4, vt.Plain, w.First)
		f.Put(row+2, 10, vt.Bold, first)
		f.Box(row+4, 3, vt.Columns-4, vt.Bold, w.Note)
		row += 6
	}
	f.Box(row, 3, vt.Columns-4, vt.Plain, w.Ask)
	switch left := time.Until(p.until); {
	case p.checking:
		f.Put(row+2, f.Sign(row+2, 3, pending), vt.Plain, w.Checking)
	case left > 0:
		f.Put(row+2, f.Sign(row+2, 3, trouble), vt.Bold, fmt.Sprintf(w.Wait, s.words.age((left+time.Second-1).Truncate(time.Second))))
	}
	f.Put(18, 3, vt.Plain, w.Choices)
}

func (p *loginPage) hint(*session) string { return "" }

func (p *loginPage) prompt(s *session) string { return s.words.Login.Prompt }

func (p *loginPage) line(s *session, text string) {
	switch text {
	case "":
		s.painter.Again() // a terminal connected just now sees the screen
		return
	case "f", "F":
		s.speak(French)
		return
	case "e", "E":
		s.speak(English)
		return
	case "a", "A":
		s.ascii = !s.ascii
		s.painter.Again()
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

func (menuPage) draw(s *session, f *vt.Frame) {
	for i := range s.words.Menu {
		n := (i + 1) % len(s.words.Menu) // 1 to 9, then 0
		e := s.words.Menu[n]
		row := bodyRow + 1 + i
		f.Put(row, 3, vt.Bold, fmt.Sprint(n))
		f.Box(row, 6, 22, vt.Plain, e.Title)
		f.Box(row, 28, 31, vt.Plain, e.About)
		f.Box(row, 60, vt.Columns-1-60, vt.Plain, e.Command)
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
func (s *session) entry(f *vt.Frame, n int) {
	e := s.words.Menu[n]
	f.Put(bodyRow, 1, vt.Bold, fmt.Sprintf("%d %s", n, e.Title))
	f.Right(bodyRow, vt.Columns-1, vt.Plain, e.Command)
}

// helpPage tells the keys.
type helpPage struct{}

func (helpPage) draw(s *session, f *vt.Frame) {
	for i, line := range s.words.Help {
		f.Box(bodyRow+1+i, 3, vt.Columns-4, vt.Plain, line)
	}
}
func (helpPage) hint(s *session) string    { return s.words.Prompt.Back }
func (helpPage) prompt(s *session) string  { return s.words.Prompt.Line }
func (helpPage) line(s *session, _ string) { s.pop() }

// tonguePage chooses language and letters.
type tonguePage struct{}

func (tonguePage) draw(s *session, f *vt.Frame) {
	w := s.words.Tongue
	s.entry(f, 9)
	for i, c := range []struct {
		title string
		now   bool
	}{{w.French, s.language == French}, {w.English, s.language == English}, {w.Plain, s.ascii}, {w.Accents, !s.ascii}} {
		f.Choice(bodyRow+2+i, fmt.Sprint(i+1), c.title, "")
		if c.now {
			f.Put(bodyRow+2+i, 44, vt.Plain, w.Now)
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
		s.painter.Again()
	default:
		s.unknown(text)
	}
}
