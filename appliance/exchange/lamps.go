package exchange

import (
	"slices"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
)

// Lamps (« pastilles »): what an extension is doing, derived from its calls and its phones and from nothing else (R7).

// look notes that an extension's lamp may have changed.
func (s *State) look(extension string) {
	if extension != "" && !slices.Contains(s.looked, extension) {
		s.looked = append(s.looked, extension)
	}
}

// lookCall notes that the lamps of a call's extensions may have changed.
func (s *State) lookCall(c *call.Call) {
	for i := range c.Legs {
		s.look(c.Legs[i].Extension)
	}
}

// lookAll notes that every lamp may have changed.
func (s *State) lookAll() {
	s.looked = s.looked[:0]
	for number := range s.shown { // one that is no more is forgotten; sorted before use
		s.looked = append(s.looked, number)
	}
	for _, x := range s.site.Extensions {
		s.looked = append(s.looked, x.Number)
	}
	slices.Sort(s.looked)
	s.looked = slices.Compact(s.looked)
}

// showLamps tells the lamps that changed in this step.
func (s *State) showLamps() {
	if len(s.looked) == 0 {
		return
	}
	slices.Sort(s.looked)
	for _, number := range s.looked {
		now, ok := s.lamp(number, s.dialogs[:0])
		if !ok {
			delete(s.shown, number)
			continue
		}
		s.dialogs = now.Dialogs
		if was, told := s.shown[number]; told && sameLamp(was, now) {
			continue
		}
		now.Dialogs = slices.Clone(now.Dialogs)
		s.shown[number] = now
		s.do(now)
	}
	s.looked = s.looked[:0]
}

// sayLamps tells every lamp again: whoever shows them has lost them.
func (s *State) sayLamps() {
	clear(s.shown)
	s.lookAll()
	s.showLamps()
}

// Lamps is what every extension's lamp shows, in document order.
func (s *State) Lamps() []ShowLamp {
	all := make([]ShowLamp, 0, len(s.site.Extensions))
	for _, x := range s.site.Extensions {
		if l, ok := s.lamp(x.Number, nil); ok {
			all = append(all, l)
		}
	}
	return all
}

// lamp derives one lamp, with its dialogs in the room given. It reports false for what is no extension of the branch.
func (s *State) lamp(number string, room []LampDialog) (ShowLamp, bool) {
	i, ok := s.site.numbers[number]
	if !ok {
		return ShowLamp{}, false
	}
	l := ShowLamp{Extension: number, Lamp: LampGrey}
	if s.site.Extensions[i].Unwatched {
		return l, true
	}
	l.Dialogs = room
	left := s.lines[number]
	if c := s.lastOn[number]; left > 0 && c != nil && s.calls[c.ID] == c && c.LegsOn(number) == left { // nearly always: its legs are of one call
		l.Dialogs, left = lampDialogs(l.Dialogs, c, number), 0
	}
	for _, c := range slices.Backward(s.order) { // what is new is at the end
		if left <= 0 {
			break
		}
		l.Dialogs = lampDialogs(l.Dialogs, c, number)
		left -= c.LegsOn(number)
	}
	slices.Reverse(l.Dialogs)
	p, known := s.phone(number)
	switch {
	case len(l.Dialogs) > 0:
		l.Lamp = LampRed
	case s.away(number):
		l.Lamp = LampOrange
	case !known:
		l.Lamp = LampNone
	case p.Reachable:
		l.Lamp = LampGreen
	default:
		l.Lamp = LampOrange
	}
	return l, true
}

// away reports whether an extension takes no calls by choice: none at all, or all of them elsewhere (FEATURES §5).
func (s *State) away(number string) bool {
	t := s.setting(number)
	return t.DND || t.Forward != "" && t.When == ForwardAlways
}

// lampDialogs adds what a call does at an extension, last first.
func lampDialogs(all []LampDialog, c *call.Call, number string) []LampDialog {
	for i := range slices.Backward(c.Legs) {
		if c.Legs[i].Extension != number {
			continue
		}
		if d, ok := lampDialog(c, &c.Legs[i]); ok {
			all = append(all, d)
		}
	}
	return all
}

// lampDialog is one leg as those who watch its extension see it (RFC 4235 §3.7.1). It reports false for one that is being ended.
func lampDialog(c *call.Call, l *call.Leg) (LampDialog, bool) {
	d := LampDialog{Leg: l.ID, Outgoing: l.Way == call.In, With: partner(c, l.ID)}
	switch l.State {
	case call.Offered, call.Placed:
		d.State = "trying"
	case call.Progressing, call.Ringing, call.Early:
		d.State = "early"
	case call.Answering, call.Up, call.Held:
		d.State = "confirmed"
	case call.Ending, call.Gone:
		return LampDialog{}, false
	}
	return d, true
}

// partner is the extension at the other end of a call; an outside party is told to nobody.
func partner(c *call.Call, id plan.LegID) string {
	for i := range c.Legs {
		if o := &c.Legs[i]; o.ID != id && o.State != call.Ending {
			return o.Extension
		}
	}
	return ""
}

func sameLamp(a, b ShowLamp) bool {
	return a.Extension == b.Extension && a.Lamp == b.Lamp && slices.Equal(a.Dialogs, b.Dialogs)
}
