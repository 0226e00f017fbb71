package menu

import (
	"errors"
	"fmt"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu/vt"
)

// The banner: rows 0 to 6, a rule below.
const (
	bannerRows = 7
	labelAt    = 1
	valueAt    = 11
	valueWide  = 32
	secondAt   = 44
	secondWide = vt.Columns - 1 - secondAt
)

// banner draws the state of the box on top of the screen.
func (s *session) banner(f *vt.Frame) {
	w := s.words.Banner
	s.title(f, s.state.box.Site.Name)
	for i, label := range []string{w.Version, w.Network, w.Trunks, w.Phones, w.Console, w.Alarm} {
		f.Put(1+i, labelAt, vt.Bold, label)
	}
	f.Rule(bannerRows)
	if !s.state.read {
		f.Sign(1, valueAt, pending)
		f.Put(1, valueAt+3, vt.Plain, w.Reading)
		return
	}
	s.versionLine(f)
	s.networkLine(f)
	s.trunkLine(f)
	s.phoneLine(f)
	s.consoleLine(f)
	s.alarmLine(f)
}

func (s *session) title(f *vt.Frame, centre string) {
	f.Bar(0, s.product(), centre, fmt.Sprintf(s.words.Serial, s.o.Serial))
}

func (s *session) versionLine(f *vt.Frame) {
	w, now := s.words.Banner, s.now()
	version, m := s.o.Version, s.state.mach
	if s.state.boxErr == nil && s.state.box.Version != "" {
		version = s.state.box.Version
	}
	if s.state.machErr != nil || m.Slot == "" {
		f.Box(1, valueAt, valueWide, vt.Plain, version)
		if s.state.boxErr == nil {
			f.Box(1, secondAt, secondWide, vt.Plain, fmt.Sprintf(w.CoreUp, s.words.age(now.Sub(s.state.box.Started))))
		}
		return
	}
	if m.Version != "" {
		version = m.Version
	}
	slot := w.Slot
	if m.Trial {
		slot = w.SlotTrial
	}
	f.Headed(1, valueAt, valueWide, vt.Plain, version, fmt.Sprintf(slot, m.Slot))
	up := fmt.Sprintf(w.Up, s.words.age(now.Sub(m.Started)))
	f.Box(1, secondAt, secondWide, vt.Plain, up)
}

func (s *session) networkLine(f *vt.Frame) {
	w, n := s.words.Banner, s.state.net
	if s.state.netErr != nil {
		address := "?"
		if s.state.boxErr == nil {
			address = s.state.box.SIP
		}
		f.Box(2, valueAt, valueWide, vt.Plain, address)
		f.Signed(2, secondAt, secondWide, trouble, w.NoSteward, "")
		return
	}
	address, tail := s.addressOf(n.Settings), ""
	if n.Settings.DHCP {
		tail = w.DHCP
	}
	if n.Settings.VLAN > 0 {
		tail += fmt.Sprintf(w.VLAN, n.Settings.VLAN)
	}
	f.Headed(2, valueAt, valueWide, vt.Plain, address, tail)
	switch {
	case n.Trial != nil:
		f.Signed(2, secondAt, secondWide, pending, fmt.Sprintf(w.Trial, s.words.age(s.trialLeft())), "")
	case !n.Cable:
		f.Signed(2, secondAt, secondWide, trouble, w.Unplugged, "")
	case n.Settings.Gateway.IsValid():
		f.Signed(2, secondAt, secondWide, good, fmt.Sprintf(w.Gateway, n.Settings.Gateway), "")
	default:
		words := s.words.Net.CheckCable
		if n.Mbit > 0 {
			words += " " + s.speed(n)
		}
		f.Signed(2, secondAt, secondWide, good, words, "")
	}
}

func (s *session) trunkLine(f *vt.Frame) {
	w := s.words.Banner
	if s.state.boxErr != nil {
		f.Put(3, f.Sign(3, valueAt, trouble), vt.Bold, w.CoreDown)
		f.Box(3, secondAt, secondWide, vt.Plain, w.CoreDownCalls)
		return
	}
	list := s.state.trunks()
	if len(list) == 0 {
		f.Signed(3, valueAt, valueWide, trouble, w.NoTrunk, "")
		f.Signed(3, secondAt, secondWide, trouble, w.NoEmergency, "")
		return
	}
	s.trunkCell(f, valueAt, valueWide, list[0])
	switch rest := list[1:]; {
	case len(rest) == 1:
		s.trunkCell(f, secondAt, secondWide, rest[0])
	case len(rest) > 1:
		lost := 0
		for _, t := range rest {
			lost += 1 - order(t.Up)
		}
		if lost > 0 {
			f.Signed(3, secondAt, secondWide, trouble, fmt.Sprintf(w.OthersDown, len(rest), lost), "")
		} else {
			f.Signed(3, secondAt, secondWide, good, fmt.Sprintf(w.OthersUp, len(rest)), "")
		}
	}
}

func (s *session) trunkCell(f *vt.Frame, col, width int, t console.TrunkStatus) {
	sign, tail := s.trunkWords(t)
	f.Signed(3, col, width, sign, t.Name, tail)
}

// trunkWords is how a line is: its sign and what stands after its name.
func (s *session) trunkWords(t console.TrunkStatus) (sign, tail string) {
	if t.Up {
		return good, s.words.Banner.TrunkUp
	}
	if lost, ok := s.state.alarms.lost[t.Name]; ok {
		return trouble, fmt.Sprintf(s.words.Banner.TrunkLost, s.words.when(lost.at, s.now()))
	}
	return trouble, s.words.Banner.TrunkDown
}

func (s *session) phoneLine(f *vt.Frame) {
	w := s.words.Banner
	if s.state.boxErr != nil {
		f.Box(4, valueAt, valueWide, vt.Plain, w.CoreDownPhones)
		f.Box(4, secondAt, secondWide, vt.Plain, w.CoreDownHow)
		return
	}
	list, heard := s.state.phones()
	switch head := fmt.Sprintf(w.Phones1, heard, len(list)); {
	case len(list) == 0:
		f.Box(4, valueAt, valueWide, vt.Plain, w.NoPhones)
	case heard == len(list):
		f.Box(4, valueAt, valueWide, vt.Plain, head)
	case heard == len(list)-1:
		f.Headed(4, valueAt, valueWide, vt.Plain, head, fmt.Sprintf(w.Muted1, list[0].Number))
	default:
		f.Headed(4, valueAt, valueWide, vt.Plain, head, fmt.Sprintf(w.Muted, len(list)-heard))
	}
	f.Box(4, secondAt, secondWide, vt.Plain, s.calls())
}

// calls is how many calls are in progress, in words.
func (s *session) calls() string {
	switch n := len(s.state.box.Calls); n {
	case 0:
		return s.words.Banner.NoCalls
	case 1:
		return s.words.Banner.Call1
	default:
		return fmt.Sprintf(s.words.Banner.Calls, n)
	}
}

func (s *session) consoleLine(f *vt.Frame) {
	w, l := s.words.Banner, s.state.link
	switch {
	case errors.Is(s.state.linkErr, ErrAbsent):
		f.Signed(5, valueAt, valueWide, pending, w.NoLink, "")
		return
	case s.state.linkErr != nil:
		f.Signed(5, valueAt, vt.Columns-1-valueAt, trouble, s.failure(s.state.linkErr), "")
		return
	case !l.Enrolled:
		f.Signed(5, valueAt, valueWide, pending, w.NotEnrolled, "")
		return
	}
	sign, words := s.linkWords()
	f.Signed(5, valueAt, valueWide, sign, words, "")
	f.Box(5, secondAt, secondWide, vt.Plain, s.backlog())
}

// linkWords is how the link of an enrolled box is.
func (s *session) linkWords() (sign, words string) {
	w, l := s.words.Banner, s.state.link
	switch {
	case l.Connected:
		return good, fmt.Sprintf(w.Joined, l.Since.In(s.zone()).Format(time.TimeOnly))
	case l.Since.IsZero():
		sign, words = pending, w.NeverJoined
	default: // offline is normal: calls go on
		sign, words = pending, fmt.Sprintf(w.Offline, s.words.when(l.Since, s.now()))
	}
	if l.Revoked {
		sign = trouble
	}
	return sign, words
}

func (s *session) backlog() string {
	switch n := s.state.link.Backlog; n {
	case 0:
		return s.words.Banner.Sent
	case 1:
		return s.words.Banner.One
	default:
		return fmt.Sprintf(s.words.Banner.Wait, thousands(n))
	}
}

// alarmLine shows what is wrong now, and otherwise what was last.
func (s *session) alarmLine(f *vt.Frame) {
	w := s.words.Banner
	width := vt.Columns - 1 - valueAt
	last := s.state.alarms.last
	switch {
	case s.state.boxErr == nil && !s.state.box.Media.Up:
		f.Signed(6, valueAt, width, trouble, w.MediaDown, "")
	case s.state.boxErr == nil && !s.state.box.Journal.Healthy:
		f.Signed(6, valueAt, width, trouble, w.JournalBroken, "")
	case s.state.boxErr == nil && s.state.box.Site.LastGood:
		f.Signed(6, valueAt, width, trouble, w.OldDocument, "")
	case last == nil && s.state.boxErr != nil:
		f.Signed(6, valueAt, width, pending, w.CoreDownPhones, "")
	case last == nil:
		f.Signed(6, valueAt, width, good, w.NoAlarm, "")
	default:
		sign := trouble
		head, tail := last.words(s.words)
		if !last.over.IsZero() {
			sign = good
			tail += fmt.Sprintf(w.Back, s.words.when(last.over, s.now()))
		}
		f.Signed(6, valueAt, width, sign, s.words.when(last.at, s.now())+" "+head, tail)
	}
}
