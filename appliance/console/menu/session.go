package menu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu/vt"
)

// Limits of a session.
const (
	idleFor   = 10 * time.Minute
	linesOnce = 20 // lines taken at once
	linesEach = 10 // and per second after that
)

// The rows of a screen below the banner.
const (
	bodyRow   = bannerRows + 1
	bodyEnd   = 20 // exclusive: a rule
	hintRow   = 21
	promptRow = 22
	footRow   = 23
)

// page is one screen. All methods are called on the session's goroutine and do not block.
type page interface {
	draw(s *session, f *vt.Frame)
	hint(s *session) string
	prompt(s *session) string
	line(s *session, text string) // a line was entered that is no key of every screen
}

// What a page may have besides.
type (
	ticker interface{ tick(s *session) }       // called every second
	leaver interface{ leave(s *session) bool } // called before q leaves it; false: it stays
	whole  interface{ whole() }                // it draws the banner's place and the rule too
	secret interface{ secret() }               // what is typed is not shown
	asker  interface{ ask(s *session) }        // it asks something of its own, again after !
)

// session is what happens on the line, from the code to the farewell, again and again. One goroutine owns it.
type session struct {
	o       *Options
	painter *vt.Painter
	posts   chan func() // results of what ran elsewhere
	tasks   sync.WaitGroup

	visit    context.Context //nolint:containedctx // ends with the session of one installer: a lifetime of its own inside Serve's
	endVisit context.CancelFunc
	language Language
	words    *words
	ascii    bool
	pages    []page
	typed    vt.Typed
	notice   string
	touched  time.Time // the last key
	tokens   float64   // lines that may be taken
	refilled time.Time

	state   state
	reading bool
	readAt  time.Time
	task    *task
}

// task is something under way that a screen asked for.
type task struct {
	owner  page
	cancel context.CancelFunc
	firm   bool // it must not be broken off by leaving the screen
}

func newSession(o *Options, p *vt.Painter) *session {
	return &session{o: o, painter: p, posts: make(chan func()), endVisit: func() {}}
}

// begin puts the line back to the login screen.
func (s *session) begin(ctx context.Context, notice string) {
	s.endVisit()
	s.visit, s.endVisit = context.WithCancel(ctx)
	s.speak(s.o.Language)
	s.ascii = s.o.ASCII
	s.pages = []page{&loginPage{}}
	s.typed.Clear()
	s.notice, s.task, s.reading = notice, nil, false
	s.state = unread()
	s.touched, s.refilled, s.tokens = time.Now(), time.Now(), linesOnce
	s.painter.Again()
}

func (s *session) speak(l Language) { s.language, s.words = l, l.words() }

func (s *session) top() page { return s.pages[len(s.pages)-1] }

func (s *session) inside() bool { _, out := s.pages[0].(*loginPage); return !out }

func (s *session) push(p page) {
	s.pages = append(s.pages, p)
	s.notice = ""
}

// pop leaves the screen on top. What it had under way is broken off.
func (s *session) pop() {
	gone := s.top()
	if len(s.pages) > 1 {
		s.pages = s.pages[:len(s.pages)-1]
	}
	if s.task != nil && s.task.owner == gone {
		s.task.cancel()
		s.task = nil
	}
}

// popTo leaves screens until p is on top.
func (s *session) popTo(p page) {
	for len(s.pages) > 1 && s.top() != p {
		s.pop()
	}
}

func (s *session) zone() *time.Location {
	if s.o.Zone == nil {
		return time.Local
	}
	return s.o.Zone
}

func (s *session) now() time.Time { return time.Now().In(s.zone()) }

func (s *session) product() string {
	if s.o.Product == "" {
		return "AUTOCOM"
	}
	return s.o.Product
}

// key takes one byte from the line.
func (s *session) key(ctx context.Context, b byte) {
	now := time.Now()
	switch s.typed.Feed(b, now) {
	case vt.Nothing:
		return
	case vt.Edited:
	case vt.Left:
		s.begin(ctx, s.words.Login.Closed)
		return
	case vt.Backed:
		s.back()
	case vt.Redraw:
		s.painter.Again()
	case vt.Entered:
		s.entered(ctx, now)
	}
	s.touched = now
}

// entered takes a whole line.
func (s *session) entered(ctx context.Context, now time.Time) {
	text, flaw := strings.TrimSpace(string(s.typed.Text)), s.typed.Flaw
	s.typed.Clear()
	s.tokens = min(linesOnce, s.tokens+linesEach*now.Sub(s.refilled).Seconds())
	s.refilled = now
	if s.tokens < 1 {
		s.notice = s.words.Notice.TooFast
		return
	}
	s.tokens--
	s.notice = ""
	switch flaw {
	case vt.Sound:
	case vt.Garbled:
		settings := s.o.Settings
		if settings == "" {
			settings = "8N1"
		}
		s.notice = fmt.Sprintf(s.words.Notice.Garbled, settings)
		return
	case vt.TooLong:
		s.notice = s.words.Notice.TooLong
		return
	}
	if !s.inside() {
		s.pages[0].line(s, text)
		return
	}
	switch text {
	case "?":
		if _, shown := s.top().(helpPage); !shown {
			s.push(helpPage{})
		}
	case "!":
		s.painter.Again()
		s.read()
		if p, ok := s.top().(asker); ok {
			p.ask(s)
		}
	case "q", "Q":
		s.back()
	default:
		if text == "0" && len(s.pages) == 1 {
			s.begin(ctx, s.words.Login.Closed)
			return
		}
		s.top().line(s, text)
	}
}

func (s *session) back() {
	if !s.inside() || len(s.pages) == 1 {
		return
	}
	if s.task != nil && s.task.firm && s.task.owner == s.top() {
		s.notice = s.words.Notice.Busy
		return
	}
	if p, ok := s.top().(leaver); ok && !p.leave(s) {
		return
	}
	s.pop()
}

// unknown answers a line that means nothing here.
func (s *session) unknown(text string) {
	if text != "" {
		s.notice = fmt.Sprintf(s.words.Notice.Unknown, vt.Fit(vt.Clean(text, s.ascii), 24, s.ascii))
	}
}

// tick is called every second.
func (s *session) tick(ctx context.Context) {
	now := time.Now()
	if s.inside() {
		if now.Sub(s.touched) >= idleFor {
			s.begin(ctx, s.words.Login.Idle)
			return
		}
		if now.Sub(s.readAt) >= readEvery {
			s.painter.Heal(bannerRows + 1)
			s.read()
		}
	}
	if p, ok := s.top().(ticker); ok {
		p.tick(s)
	}
}

// read asks the box for its state, unless that is under way.
func (s *session) read() {
	if s.reading || !s.inside() {
		return
	}
	s.reading, s.readAt = true, time.Now()
	visit, last := s.visit, s.state
	s.tasks.Go(func() {
		fresh := readState(visit, s.o, last)
		s.post(visit, func() {
			if s.visit == visit {
				s.reading, s.state = false, fresh
			}
		})
	})
}

// post has apply called on the session's goroutine, unless ctx is over before. It is called on any other goroutine.
func (s *session) post(ctx context.Context, apply func()) {
	select {
	case <-ctx.Done():
	case s.posts <- apply:
	}
}

// do runs work elsewhere for the screen p; what work returns is then called on the session's goroutine, unless the screen was left. Work gets
// a context that ends after limit, and may post what it has so far by tell.
func (s *session) do(p page, limit time.Duration, firm bool, work func(ctx context.Context, tell func(func())) func()) bool {
	if s.task != nil {
		s.notice = s.words.Notice.Busy
		return false
	}
	alive, cancel := context.WithCancel(s.visit)
	t := &task{owner: p, cancel: cancel, firm: firm}
	s.task = t
	s.tasks.Go(func() {
		defer cancel()
		ctx, stop := context.WithTimeout(alive, limit)
		defer stop()
		mine := func(apply func()) func() {
			return func() {
				if s.task == t { // the screen was not left meanwhile
					apply()
				}
			}
		}
		done := work(ctx, func(apply func()) { s.post(alive, mine(apply)) })
		s.post(alive, mine(func() {
			s.task = nil
			done()
		}))
	})
	return true
}

// failure is an error as the installer reads it.
func (s *session) failure(err error) string {
	w := s.words.Notice
	if said, ok := errors.AsType[*Sentence](err); ok {
		return said.in(s.language)
	}
	switch {
	case errors.Is(err, errReading):
		return s.words.Banner.Reading
	case errors.Is(err, ErrAbsent):
		return w.Absent
	case errors.Is(err, console.ErrNoBox):
		return w.NoBox
	case errors.Is(err, context.DeadlineExceeded):
		return w.Timeout
	default:
		return err.Error()
	}
}

func (s *session) failed(err error) { s.notice = fmt.Sprintf(s.words.Notice.Failed, s.failure(err)) }

// frame is the screen as it should be now.
func (s *session) frame() *vt.Frame {
	f := vt.Blank(s.ascii)
	p := s.top()
	if _, all := p.(whole); !all {
		if s.inside() {
			s.banner(f)
		}
		f.Rule(bodyEnd)
	}
	p.draw(s, f)
	if s.notice != "" {
		f.Box(hintRow, 1, vt.Columns-2, vt.Bold, s.notice)
	} else {
		f.Box(hintRow, 1, vt.Columns-2, vt.Plain, p.hint(s))
	}
	s.footer(f)
	s.promptLine(f)
	return f
}

func (s *session) promptLine(f *vt.Frame) {
	col := f.Box(promptRow, 1, 60, vt.Plain, s.top().prompt(s)) + 1
	text := vt.Clean(string(s.typed.Text), s.ascii)
	if _, hidden := s.top().(secret); hidden {
		text = strings.Repeat("*", len(s.typed.Text))
	}
	if over := vt.Wide(text) - (vt.Columns - 2 - col); over > 0 { // the end of a long line is what its author looks at
		text = string([]rune(text)[over:])
	}
	f.Row, f.Col = promptRow, f.Put(promptRow, col, vt.Plain, text)
}

func (s *session) footer(f *vt.Frame) {
	said := s.words.Login.Title
	if s.inside() {
		left := idleFor - time.Since(s.touched)
		if left > time.Minute {
			left = left.Round(10 * time.Second)
		}
		said = fmt.Sprintf(s.words.Prompt.Logged, fmt.Sprintf(s.words.Prompt.Closing, s.words.age(left)))
		if p, ok := s.top().(interface{ foot(s *session) string }); ok {
			said = p.foot(s)
		}
	}
	end := s.words.Code + "   " + s.now().Format(time.TimeOnly)
	if s.o.Settings != "" {
		end = s.o.Settings + "   " + end
	}
	f.Bar(footRow, said, "", end)
}
