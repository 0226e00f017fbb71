package menu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"autocom/appliance/console/menu/vt"
	"autocom/appliance/wording"
)

// enrolWithin bounds one enrolment.
const enrolWithin = time.Minute

// cloudPage shows how the link to the central console is, attaches the box and detaches it.
type cloudPage struct {
	step   cloudStep
	server string
	wrong  string // why the last enrolment was refused
}

// cloudStep is what the page asks for.
type cloudStep int

const (
	cloudChoice cloudStep = iota
	cloudServer
	cloudClaim
	cloudLeave
)

func (p *cloudPage) draw(s *session, f *vt.Frame) {
	w, l := s.words.Cloud, s.state.link
	s.entry(f, 5)
	if s.state.linkErr != nil {
		words := s.failure(s.state.linkErr)
		if errors.Is(s.state.linkErr, ErrAbsent) {
			words = s.words.Banner.NoLink
		}
		f.Box(listFrom, f.Sign(listFrom, 3, trouble), vt.Columns-7, vt.Plain, words)
		return
	}
	row := listFrom
	if l.Enrolled {
		f.Box(row, 3, vt.Columns-4, vt.Bold, fmt.Sprintf(w.Attached, l.Server))
		row = p.drawLink(s, f, row+1)
	} else {
		f.Box(row, 3, vt.Columns-4, vt.Plain, w.Detached)
		row++
	}
	if p.wrong != "" {
		row++
		col := f.Sign(row, 3, trouble)
		for _, line := range vt.Wrap(vt.Clean(p.wrong, s.ascii), vt.Columns-7) {
			f.Put(row, col, vt.Bold, line)
			row++
		}
	}
	row = min(max(row, bodyEnd-4)+1, bodyEnd-1)
	switch p.step {
	case cloudChoice:
		if l.Enrolled {
			f.Choice(row, "1", w.Leave, "")
		} else {
			f.Choice(row, "1", w.Enrol, "")
		}
	case cloudServer:
		f.Headed(row, 3, vt.Columns-4, vt.Bold, w.AskServer, p.bracket())
	case cloudClaim:
		f.Box(row-1, 3, vt.Columns-4, vt.Plain, p.server)
		f.Put(row, 3, vt.Bold, w.AskClaim)
	case cloudLeave:
		for i, line := range vt.Wrap(vt.Clean(fmt.Sprintf(w.LeaveNote, w.LeaveWord), s.ascii), vt.Columns-4) {
			f.Put(row+i, 3, vt.Bold, line)
		}
	}
}

func (p *cloudPage) bracket() string {
	if p.server == "" {
		return ""
	}
	return " [" + p.server + "]"
}

func (p *cloudPage) drawLink(s *session, f *vt.Frame, row int) int {
	w, l := s.words.Cloud, s.state.link
	sign, _ := s.linkWords()
	state := s.words.Banner.NeverJoined
	switch {
	case l.Connected:
		state = fmt.Sprintf(w.Connected, l.Since.In(s.zone()).Format(time.TimeOnly))
	case !l.Since.IsZero():
		state = fmt.Sprintf(w.Offline, s.words.when(l.Since, s.now()))
	}
	revision := w.NoRevision
	if l.Revision > 0 {
		revision = "n° " + fmt.Sprint(l.Revision)
		if s.language == English {
			revision = "no. " + fmt.Sprint(l.Revision)
		}
	}
	lines := []setting{{w.Site, l.Site}, {w.State, ""}, {w.Backlog, s.backlog()}, {w.Revision, revision}}
	if !l.Expires.IsZero() {
		lines = append(lines, setting{w.Expires, l.Expires.In(s.zone()).Format(time.DateOnly)})
	}
	for _, line := range lines {
		f.Put(row, 3, vt.Plain, line.label)
		if line.label == w.State {
			f.Signed(row, 22, vt.Columns-23, sign, state, "")
		} else {
			f.Box(row, 22, vt.Columns-23, vt.Plain, line.value)
		}
		row++
	}
	if l.Connected || p.step != cloudChoice || p.wrong != "" {
		return row
	}
	why := vt.Wrap(vt.Clean(s.linkTrouble(l.Code, l.Detail, l.Trouble), s.ascii), vt.Columns-7)
	for i, line := range why[:min(len(why), troubleRows)] {
		if i == 0 {
			f.Sign(row, 3, trouble)
		}
		f.Put(row, 6, vt.Plain, line)
		row++
	}
	return row
}

// troubleRows is how many lines there are for what keeps the link down.
const troubleRows = 3

// linkTrouble is what went wrong with the link, with its remedy.
func (s *session) linkTrouble(code, detail, own string) string {
	known, ok := wording.Link(code)
	if !ok {
		return own
	}
	w := known.In(s.language.tag())
	if detail != "" {
		return fmt.Sprintf("%s (%s). %s", strings.TrimSuffix(w.Sentence, "."), detail, w.Remedy)
	}
	return w.String()
}

func (p *cloudPage) hint(s *session) string {
	if p.step == cloudChoice && s.state.linkErr == nil {
		return s.words.Prompt.Keys
	}
	return s.words.Prompt.Back
}
func (p *cloudPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *cloudPage) leave(s *session) bool {
	if p.step == cloudChoice {
		return true
	}
	p.step, s.notice = cloudChoice, s.words.Notice.Kept
	return false
}

func (p *cloudPage) line(s *session, text string) {
	if s.state.linkErr != nil || s.task != nil {
		s.notice = s.words.Notice.Busy
		if s.task == nil {
			s.unknown(text)
		}
		return
	}
	switch p.step {
	case cloudChoice:
		switch {
		case text != "1":
			s.unknown(text)
		case s.state.link.Enrolled:
			p.step, p.wrong = cloudLeave, ""
		default:
			p.step, p.wrong = cloudServer, ""
			if p.server == "" {
				p.server = s.state.link.Server
			}
		}
	case cloudServer:
		if text != "" {
			p.server = text
		}
		if p.server != "" {
			p.step = cloudClaim
		}
	case cloudClaim:
		if text != "" {
			p.enrol(s, text)
		}
	case cloudLeave:
		if !means(text, func(w *words) string { return w.Cloud.LeaveWord }) {
			p.step, s.notice = cloudChoice, s.words.Notice.Kept
			return
		}
		p.act(s, "", s.words.Cloud.Left, s.o.Link.Leave)
	}
}

func (p *cloudPage) enrol(s *session, claim string) {
	server := p.server
	p.act(s, s.words.Cloud.Enrolling, s.words.Cloud.Enrolled, func(ctx context.Context) error { return s.o.Link.Enrol(ctx, server, claim) })
}

func (p *cloudPage) act(s *session, now, done string, verb func(context.Context) error) {
	p.step, p.wrong = cloudChoice, ""
	if s.do(p, enrolWithin, true, func(ctx context.Context, _ func(func())) func() {
		err := verb(ctx)
		state, stateErr := s.o.Link.Link(ctx)
		return func() {
			s.state.link, s.state.linkErr = state, stateErr
			s.notice = done
			if err != nil {
				s.notice, p.wrong = "", p.refusal(s, err)
			}
		}
	}) {
		s.notice = now
	}
}

// refusal is why an enrolment did not happen.
func (p *cloudPage) refusal(s *session, err error) string {
	if refused, ok := errors.AsType[*LinkError](err); ok {
		return s.linkTrouble(refused.Code, refused.Detail, refused.Error())
	}
	return fmt.Sprintf(s.words.Notice.Failed, s.failure(err))
}

// adminPage gives a code that lets an administrator in once.
type adminPage struct {
	code  string
	until time.Time
}

func (p *adminPage) draw(s *session, f *vt.Frame) {
	w := s.words.Admin
	s.entry(f, 6)
	row := listFrom
	for _, l := range vt.Wrap(vt.Clean(w.About, s.ascii), vt.Columns-6) {
		f.Put(row, 3, vt.Plain, l)
		row++
	}
	if s.o.Admin == nil {
		f.Box(row+1, f.Sign(row+1, 3, trouble), vt.Columns-7, vt.Plain, s.words.Notice.NoBox)
		return
	}
	if p.code != "" {
		f.Put(row+1, f.Put(row+1, 3, vt.Plain, w.Code)+2, vt.Bold, p.code)
		f.Box(row+2, 3, vt.Columns-4, vt.Plain, fmt.Sprintf(w.Until, s.words.when(p.until, s.now())))
	}
	f.Choice(row+4, "1", w.Make, "")
}

func (p *adminPage) hint(s *session) string   { return s.words.Prompt.Keys }
func (p *adminPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *adminPage) line(s *session, text string) {
	if text != "1" || s.o.Admin == nil {
		s.unknown(text)
		return
	}
	if s.do(p, actWithin, true, func(ctx context.Context, _ func(func())) func() {
		code, until, err := s.o.Admin.New(ctx)
		return func() {
			s.notice = ""
			if err != nil {
				s.failed(err)
				return
			}
			p.code, p.until = code, until
		}
	}) {
		s.notice = s.words.Admin.Making
	}
}
