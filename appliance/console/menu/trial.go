package menu

import (
	"context"
	"fmt"
	"strings"
	"time"

	"autocom/appliance/console/menu/vt"
)

// trialEvery is how often the checks are read while a change is on trial.
const trialEvery = 2 * time.Second

// trialPage shows a change of the network on trial: kept by a word, undone by R, and undone by the steward when nobody says anything.
type trialPage struct {
	heard int // phones that were registered before
	asked bool
}

func newTrialPage(s *session) *trialPage {
	_, heard := s.state.phones()
	return &trialPage{heard: heard}
}

func (*trialPage) whole() {}

// trialLeft is how long until the steward goes back.
func (s *session) trialLeft() time.Duration {
	t := s.state.net.Trial
	if t == nil {
		return 0
	}
	return max(0, t.Left-time.Since(s.state.netAt))
}

func (p *trialPage) draw(s *session, f *vt.Frame) {
	w := s.words.Net
	s.title(f, w.TrialTitle)
	t := s.state.net.Trial
	if t == nil {
		t = &Trial{}
	}
	s.beforeAfter(f, 2, t.Before, s.state.net.Settings)
	f.Rule(9)
	f.Put(10, 3, vt.Plain, w.Checks)
	for i, c := range p.checks(s) {
		f.Signed(11+i/2, 3+38*(i%2), 36, c.sign, c.words, "")
	}
	f.Rule(15)
	left := s.trialLeft().Round(time.Second)
	f.Put(17, 3, vt.Bold, fmt.Sprintf("%s  %02d:%02d", w.Unanswered, int(left.Minutes()), int(left.Seconds())%60))
	f.Put(18, 3, vt.Plain, bar(left, t.Whole))
	f.Box(20, 3, vt.Columns-4, vt.Plain, fmt.Sprintf(w.Type, w.Keep, w.Revert))
}

// bar is how much of a time is left.
func bar(left, all time.Duration) string {
	const width = 41
	full := 0
	if all > 0 {
		full = max(0, min(width, int(width*left/all)))
	}
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}

// seen is one check as it is shown.
type seen struct{ sign, words string }

func (p *trialPage) checks(s *session) []seen {
	w := s.words.Net
	var list []seen
	if t := s.state.net.Trial; t != nil {
		for _, c := range t.Checks[:min(len(t.Checks), 4)] {
			words := map[CheckOf]string{CheckCable: w.CheckCable, CheckGateway: w.CheckGateway, CheckDNS: w.CheckDNS, CheckTime: w.CheckTime}[c.What]
			if words == "" {
				words = string(c.What)
			}
			switch {
			case c.What == CheckCable && c.Result == Passed:
				words += " " + s.speed(s.state.net)
			case c.Result == Passed:
				words += fmt.Sprintf(", %d ms", c.MS)
			}
			list = append(list, seen{c.Result.sign(), words})
		}
	}
	if s.state.linkErr == nil && s.state.link.Enrolled {
		list = append(list, seen{hope(s.state.link.Connected), w.Console})
	}
	if s.state.boxErr != nil {
		return append(list, seen{trouble, s.words.Banner.CoreDown})
	}
	switch trunks := s.state.trunks(); {
	case len(trunks) == 1:
		list = append(list, seen{hope(trunks[0].Up), fmt.Sprintf(w.TrunkUp, vt.Fit(vt.Clean(trunks[0].Name, s.ascii), 26, s.ascii))})
	case len(trunks) > 1:
		up := 0
		for _, t := range trunks {
			up += order(t.Up)
		}
		list = append(list, seen{hope(up == len(trunks)), fmt.Sprintf(w.TrunksUp, up, len(trunks))})
	}
	if _, heard := s.state.phones(); p.heard > 0 {
		list = append(list, seen{hope(heard >= p.heard), fmt.Sprintf(w.PhonesBack, heard, p.heard)})
	}
	return list
}

// hope is the sign of something that may still come.
func hope(well bool) string {
	if well {
		return good
	}
	return pending
}

func (p *trialPage) hint(*session) string     { return "" }
func (p *trialPage) prompt(s *session) string { return s.words.Prompt.Line }
func (p *trialPage) foot(s *session) string   { return s.words.Net.Alone }

// leave refuses: there are two ways out, and both have a name.
func (p *trialPage) leave(s *session) bool {
	s.notice = fmt.Sprintf(s.words.Net.Type, s.words.Net.Keep, s.words.Net.Revert)
	return false
}

func (p *trialPage) tick(s *session) {
	switch {
	case p.asked || s.state.netErr != nil:
	case s.state.net.Trial == nil:
		s.pop()
		s.notice = s.words.Net.Over
		return
	}
	if time.Since(s.readAt) >= trialEvery {
		s.read()
	}
}

func (p *trialPage) line(s *session, text string) {
	switch {
	case means(text, func(w *words) string { return w.Net.Keep }):
		p.act(s, s.words.Net.Keeping, s.words.Net.Kept, s.o.Network.Keep)
	case means(text, func(w *words) string { return w.Net.Revert }):
		p.act(s, s.words.Net.Reverting, s.words.Net.Reverted, s.o.Network.Revert)
	case text != "":
		p.leave(s)
	}
}

func (p *trialPage) act(s *session, now, done string, verb func(context.Context) error) {
	p.asked = s.do(p, actWithin, true, func(ctx context.Context, _ func(func())) func() {
		err := verb(ctx)
		return func() {
			p.asked = false
			if err != nil {
				s.failed(err)
			} else {
				s.pop()
				s.state.net.Trial = nil
				s.notice = done
			}
			s.read()
		}
	})
	if p.asked {
		s.notice = now
	}
}

// means reports whether a text is a word to be typed in full, in either language, with or without accents, in capitals or not.
func means(text string, word func(*words) string) bool {
	for _, w := range []*words{french(), english()} {
		if strings.EqualFold(vt.Clean(text, true), vt.Clean(word(w), true)) {
			return true
		}
	}
	return false
}
