package httpapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"autocom/appliance/wording"
)

// level is the box as a whole, the worst of what is known.
type level string

const (
	levelFine    level = "fine"
	levelWatch   level = "watch"
	levelTrouble level = "trouble"
	levelUnset   level = "unset"
)

const (
	problemsShown = 20  // of a refused document
	rowsShown     = 500 // of any table
)

// page is everything the template shows. Exactly one of SignIn, State and Message is there.
type page struct {
	Lang    language
	Title   string
	SignIn  *signInPage
	State   *statePage
	Message *remark
	Style   string // address of the style sheet
	Switch  bool   // the language switch can be offered here
}

// signInPage asks for a code.
type signInPage struct {
	Remark *remark
	Typed  string
}

// statePage is the box, for who is signed in.
type statePage struct {
	Site, Serial, Version, SIP string
	Up, Read                   string
	By                         string
	Level                      level
	Done                       *remark // of the last deed, when it went well
	Alarms                     []remark
	Notices                    []remark
	Known                      bool // the state of the box could be read
	Lists                      bool // and there is a document, hence lines, phones and queues to speak of
	Figures                    []figure
	Trunks                     []trunkRow
	Silent                     []Phone
	Phones                     []Phone
	Queues                     []queueRow
	Link                       linkPart
	Document                   documentPart
}

type figure struct{ Name, Value, Of, Note string }

type trunkRow struct {
	Trunk
	Taken string
}

type queueRow struct{ Name, Waiting, Longest, Talking, Agents string }

// linkPart is the central console: how it is, or the form to join one.
type linkPart struct {
	Enrolled, Offer, Good, Lost bool
	Line, Meaning               string  // the state in one sentence
	Trouble                     *remark // why it is not up
	Rows                        []row
	Enrol, Leave                *remark // why the last try failed
	Server, Claim               string  // as typed
}

type row struct{ Name, Value string }

// documentPart is which settings are in force and why others are not.
type documentPart struct {
	Line, Name string
	Trial      bool
	None       bool
	Failed     *failedPart
}

type failedPart struct {
	Line, Stays, Reason string
	Mistakes            string // how many, when no reason says it
	Problems            []Problem
	More                int
}

// conclude derives the alarms and the level from the state; err is why it could not be read.
func conclude(l language, s Status, link LinkState, err error) (alarms []remark, whole level) {
	add := func(key string, g Gravity, args ...any) { alarms = append(alarms, l.advise(key, g, args...)) }
	if err != nil {
		add("unread", Danger)
		return alarms, levelTrouble
	}
	unset := s.Document.Origin == NoDocument
	switch {
	case unset && link.Enrolled && !link.Revoked:
		add("nothing.enrolled", Attention)
	case unset:
		add("nothing", Attention)
	case !s.Media:
		add("media", Danger)
	}
	if s.Journal != "" {
		add("journal", Danger, s.Journal)
	}
	down := slices.DeleteFunc(slices.Clone(s.Trunks), func(t Trunk) bool { return t.Up })
	if len(down) > 0 && len(down) == len(s.Trunks) {
		add("trunks", Danger)
	} else {
		for _, t := range down {
			add("trunk", Attention, t.Name)
		}
	}
	switch n := len(silent(s.Phones)); n {
	case 0:
	case 1:
		add("phones.one", Attention, n)
	default:
		add("phones.many", Attention, n)
	}
	for _, q := range s.Queues {
		if q.Waiting > 0 && q.Agents == 0 {
			add("queue", Attention, q.Name)
		}
	}
	if s.Clock == ClockUnset {
		add("clock", Attention)
	}
	if s.Document.Origin == LastGood {
		add("lastgood", Attention)
	}
	if f := s.Document.Failed; f != nil {
		add(map[bool]string{true: "reverted", false: "refused"}[f.Reverted], Attention)
	}
	if link.Revoked {
		add("revoked", Attention)
	}
	slices.SortStableFunc(alarms, func(a, b remark) int { return int(b.Gravity) - int(a.Gravity) })
	return alarms, levelOf(alarms, s.Notices, unset)
}

func levelOf(alarms []remark, notices []Notice, unset bool) level {
	worst := Information
	for _, a := range alarms {
		worst = max(worst, a.Gravity)
	}
	for _, n := range notices {
		if !concluded(n.Code) { // else its alarm has weighed it
			worst = max(worst, n.Gravity)
		}
	}
	switch {
	case worst == Danger:
		return levelTrouble
	case unset:
		return levelUnset
	case worst == Attention:
		return levelWatch
	default:
		return levelFine
	}
}

func silent(phones []Phone) []Phone {
	return slices.DeleteFunc(slices.Clone(phones), func(p Phone) bool { return p.Up })
}

// seen is what was read for one page.
type seen struct {
	status  Status
	err     error
	link    LinkState
	linkErr error
	noLink  bool
}

// show makes the page of the box.
func (l language) show(v seen, who session) *statePage {
	s := v.status
	p := &statePage{
		Site: s.Site, Serial: s.Serial, Version: s.Version, SIP: s.SIP, By: who.by, Known: v.err == nil,
	}
	if p.Site == "" {
		p.Site = l.say("box.unnamed")
	}
	p.Alarms, p.Level = conclude(l, s, v.link, v.err)
	// The same reading serves other pages: it is not sorted in its place.
	notices := slices.DeleteFunc(slices.Clone(s.Notices), func(n Notice) bool { return concluded(n.Code) })
	slices.SortStableFunc(notices, func(a, b Notice) int { return int(b.Gravity) - int(a.Gravity) })
	for _, n := range notices[:min(len(notices), rowsShown)] {
		p.Notices = append(p.Notices, l.find(n))
	}
	p.Lists = p.Known && s.Document.Origin != NoDocument
	if p.Known {
		p.Read = l.say("page.read", s.Now.Format("15:04:05"))
		if !s.Started.IsZero() {
			p.Up = l.lasted(s.Now.Sub(s.Started))
		}
		l.figures(p, s)
	}
	p.Link = l.linkOf(v)
	p.Document = l.documentOf(s)
	l.outcome(p, who.told)
	return p
}

func (l language) figures(p *statePage, s Status) {
	var waiting, up int
	var longest time.Duration
	for _, q := range s.Queues[:min(len(s.Queues), rowsShown)] {
		waiting += q.Waiting
		row := queueRow{
			Name: q.Name, Waiting: fmt.Sprint(q.Waiting), Longest: "–", Talking: fmt.Sprint(q.Talking), Agents: l.say("queue.of", q.Free, q.Agents),
		}
		if q.Waiting > 0 {
			row.Longest, longest = timer(q.Longest), max(longest, q.Longest)
		}
		p.Queues = append(p.Queues, row)
	}
	for _, t := range s.Trunks[:min(len(s.Trunks), rowsShown)] {
		if t.Up {
			up++
		}
		row := trunkRow{Trunk: t, Taken: fmt.Sprint(t.InUse)}
		if t.Channels > 0 {
			row.Taken = l.say("queue.of", t.InUse, t.Channels)
		}
		p.Trunks = append(p.Trunks, row)
	}
	p.Phones = s.Phones[:min(len(s.Phones), rowsShown)]
	p.Silent = silent(p.Phones)
	p.Figures = []figure{
		{Name: l.say("figure.calls"), Value: fmt.Sprint(s.Calls)},
		{Name: l.say("figure.waiting"), Value: fmt.Sprint(waiting)},
		{Name: l.say("figure.phones"), Value: fmt.Sprint(len(s.Phones) - len(silent(s.Phones))), Of: l.say("figure.of", len(s.Phones))},
		{Name: l.say("figure.trunks"), Value: fmt.Sprint(up), Of: l.say("figure.of", len(s.Trunks))},
	}
	for i, n := range []int{len(s.Phones), len(s.Trunks)} {
		if n == 0 { // nothing to count is not nought
			p.Figures[2+i].Value, p.Figures[2+i].Of = "–", ""
		}
	}
	if waiting > 0 {
		p.Figures[1].Note = l.say("figure.longest", timer(longest))
	}
}

func (l language) linkOf(v seen) linkPart {
	k, now := v.link, v.status.Now // zero when the box could not be read: then a moment is told with its day
	p := linkPart{Enrolled: k.Enrolled, Offer: !v.noLink && v.linkErr == nil && (!k.Enrolled || k.Revoked)}
	switch {
	case v.noLink:
		p.Line = l.say("link.absent")
		return p
	case v.linkErr != nil:
		p.Line, p.Trouble = l.say("link.unread"), &remark{Quote: v.linkErr.Error()}
		return p
	case !k.Enrolled:
		p.Line = l.say("link.none")
		return p
	case k.Revoked:
		p.Line, p.Lost = l.say("link.revoked"), true
	case k.Up:
		p.Line, p.Good = l.say("link.up", l.since(k.Since, now)), true
	case k.Since.IsZero():
		p.Line, p.Meaning = l.say("link.never"), l.say("link.down.meaning")
	default:
		p.Line, p.Meaning = l.say("link.down", l.since(k.Since, now)), l.say("link.down.meaning")
	}
	if known, ok := wording.Link(k.Code); ok && !k.Up {
		words := known.In(string(l))
		p.Trouble = &remark{Sentence: l.set(words.Sentence), Remedy: l.set(words.Remedy), Detail: k.Detail}
	} else if !k.Up && k.Trouble != "" {
		p.Trouble = &remark{Quote: k.Trouble}
	}
	add := func(key, value string) {
		if value != "" {
			p.Rows = append(p.Rows, row{l.say(key), value})
		}
	}
	add("link.tenant", k.Tenant)
	add("link.site", k.Site)
	add("link.server", k.Server)
	waits := l.say("link.nothing")
	if k.Waiting > 0 {
		waits = l.count("link.facts", int(min(k.Waiting, 1<<31-1)))
		if !k.Oldest.IsZero() {
			waits += l.say("link.facts.since", l.clock(k.Oldest, now))
		}
	}
	add("link.waiting", waits)
	if !k.Expires.IsZero() {
		add("link.expires", l.say("link.until", l.day(k.Expires.In(now.Location()))))
	}
	return p
}

func (l language) documentOf(s Status) documentPart {
	d := s.Document
	p := documentPart{Name: d.Name, Trial: d.Trial}
	switch d.Origin {
	case NoDocument:
		p.Line, p.None = l.say("document.none"), true
	case FromFile:
		p.Line = l.say("document.file")
	case FromConsole:
		p.Line = l.say("document.console", d.Revision)
	case LastGood:
		p.Line = l.say("document.lastgood")
	}
	f := d.Failed
	if f == nil {
		return p
	}
	var at string
	if !f.At.IsZero() {
		at = l.say("document.at", l.day(f.At.In(s.Now.Location())))
	}
	part := &failedPart{Reason: f.Reason, Problems: f.Problems[:min(len(f.Problems), problemsShown)], More: max(0, len(f.Problems)-problemsShown)}
	if f.Reason == "" && f.Mistakes > 0 && len(f.Problems) == 0 {
		part.Mistakes = l.count("document.mistakes", f.Mistakes)
	}
	switch {
	case f.Reverted:
		part.Line = l.say("document.reverted", f.Revision, at)
	case f.Revision == 0:
		part.Line, part.Stays = l.say("document.refused.any", at), l.say("document.stays")
	default:
		part.Line, part.Stays = l.say("document.refused", f.Revision, at), l.say("document.stays")
	}
	p.Failed = part
	return p
}

// What a form was refused for before the link was asked.
var (
	errEmpty    = errors.New("a field is empty")
	errBusy     = errors.New("the link is being changed already")
	errMismatch = errors.New("the serial number does not match")
)

// outcome puts what came of the last deed where it was done.
func (l language) outcome(p *statePage, t *told) {
	if t == nil {
		return
	}
	if t.err == nil {
		p.Done = &remark{Sentence: l.say(string(t.deed) + ".done")}
		if t.deed == DeedEnrol {
			p.Done.Remedy = l.say("enrol.done.remedy")
		}
		return
	}
	why := l.whyNot(t.deed, t.err)
	if t.deed == DeedLeave {
		p.Link.Leave = &why
		return
	}
	p.Link.Enrol, p.Link.Server, p.Link.Claim = &why, t.server, t.claim
}

// whyNot says why the box could not join or leave the console.
func (l language) whyNot(deed DeedKind, err error) remark {
	said := func(key string) remark {
		return remark{Gravity: Danger, Sentence: l.say(key), Remedy: l.say(key + ".remedy")}
	}
	switch {
	case errors.Is(err, errEmpty):
		return said("enrol.empty")
	case errors.Is(err, errBusy):
		return said("enrol.busy")
	case errors.Is(err, errMismatch):
		return said("leave.mismatch")
	}
	if refused, ok := errors.AsType[*Refused](err); ok {
		return l.tell(Danger, refused.Code, refused.Detail, refused.Sentence, refused.Remedy)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return said("enrol.late")
	}
	return remark{Gravity: Danger, Sentence: l.say(string(deed) + ".failed"), Quote: err.Error()}
}
