package menu

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/appliance/console"

	"autocom/appliance/console/menu/vt"
	"pgregory.net/rapid"
)

// anyState draws a box in any state, with words as people and networks write them.
func anyState(t *rapid.T) state {
	word := rapid.OneOf(rapid.StringN(0, 90, 300), rapid.StringMatching(`[A-Za-zé ]{0,70}`))
	since := rapid.Int64Range(-1e9, 2e9)
	at := func(label string) time.Time { return opening().Add(-time.Duration(since.Draw(t, label)) * time.Second) }
	s := state{read: true, netAt: time.Now()}
	s.box.Version, s.box.Site.Name, s.box.SIP = word.Draw(t, "version"), word.Draw(t, "site"), word.Draw(t, "sip")
	s.box.Started, s.box.Media.Up, s.box.Journal.Healthy = at("started"), rapid.Bool().Draw(t, "media"), rapid.Bool().Draw(t, "journal")
	for range rapid.IntRange(0, 6).Draw(t, "trunks") {
		s.box.Trunks = append(s.box.Trunks, console.TrunkStatus{Name: word.Draw(t, "trunk"), Up: rapid.Bool().Draw(t, "up"), Channels: rapid.IntRange(0, 1e6).Draw(t, "channels")})
	}
	for range rapid.IntRange(0, 40).Draw(t, "phones") {
		s.box.Extensions = append(s.box.Extensions, console.ExtensionStatus{Number: word.Draw(t, "number"), Name: word.Draw(t, "name"), Reachable: rapid.Bool().Draw(t, "reachable")})
	}
	s.box.Calls = make([]console.CallStatus, rapid.IntRange(0, 300).Draw(t, "calls"))
	s.net = NetworkState{Interface: word.Draw(t, "interface"), Cable: rapid.Bool().Draw(t, "cable"), Mbit: rapid.IntRange(0, 40_000).Draw(t, "mbit")}
	s.net.Settings.NTP = rapid.SliceOfN(word, 0, 4).Draw(t, "ntp")
	s.net.Settings.VLAN = rapid.IntRange(0, 4094).Draw(t, "vlan")
	if rapid.Bool().Draw(t, "ipv6") {
		s.net.Settings.Address, s.net.Settings.Gateway = netip.MustParsePrefix("2001:db8:1234:5678:9abc:def0:1234:5678/64"), netip.MustParseAddr("fe80::1234:5678:9abc:def0%eth0")
		s.net.Settings.DNS = []netip.Addr{s.net.Settings.Address.Addr(), s.net.Settings.Address.Addr()}
	}
	if rapid.Bool().Draw(t, "trial") {
		s.net.Trial = &Trial{Left: time.Duration(since.Draw(t, "left")), Whole: time.Minute, Checks: []Check{{CheckOf(word.Draw(t, "check")), Failed, 9}}}
	}
	s.mach = MachineState{Version: word.Draw(t, "firmware"), Slot: rapid.StringMatching(`A|B|`).Draw(t, "slot"), Trial: rapid.Bool().Draw(t, "unconfirmed"), Started: at("booted")}
	s.link = LinkState{Enrolled: rapid.Bool().Draw(t, "enrolled"), Server: word.Draw(t, "server"), Site: word.Draw(t, "name there"), Connected: rapid.Bool().Draw(t, "joined"), Since: at("since"), Backlog: rapid.Uint64().Draw(t, "backlog"), Trouble: word.Draw(t, "obstacle")}
	if why := word.Draw(t, "why"); why != "" {
		name := word.Draw(t, "who")
		a := alarm{at: at("alarm"), trunk: name, words: func(w *words) (string, string) { return name, w.why(why) }}
		s.alarms.last, s.alarms.lost = &a, map[string]alarm{name: a}
	}
	for _, err := range []*error{&s.boxErr, &s.netErr, &s.machErr, &s.linkErr} {
		switch rapid.IntRange(0, 4).Draw(t, "missing") {
		case 0:
			*err = ErrAbsent
		case 1:
			*err = console.ErrNoBox
		}
	}
	return s
}

// anyPage is every screen of the menu.
func anyPage(t *rapid.T, s *session) page {
	form := &networkForm{from: s.state.net.Settings, to: NetworkSettings{DHCP: true}, asked: rapid.IntRange(0, 5).Draw(t, "asked")}
	test := &trunkTest{trunk: rapid.String().Draw(t, "tested"), done: rapid.String().Draw(t, "verdict"), steps: []console.TestStep{{Name: "hold", Sentence: rapid.String().Draw(t, "sentence"), Remedy: "x"}, {Name: rapid.String().Draw(t, "step"), OK: true}}}
	checks := &checksPage{done: true, findings: []console.Finding{{Code: "alg.sdp", Gravity: console.Trouble, About: rapid.String().Draw(t, "about"), Evidence: rapid.String().Draw(t, "seen")}}}
	log := &logPage{read: true, list: list{lines: logEntry(LogLine{Words: rapid.StringN(0, 500, 900).Draw(t, "log")}, time.UTC, logWide)}}
	return rapid.SampledFrom([]page{
		&loginPage{},
		menuPage{},
		&networkPage{}, form, newTrialPage(s), &trunksPage{}, test, &phonesPage{}, checks, &cloudPage{step: cloudClaim, server: rapid.String().Draw(t, "to"), wrong: rapid.String().Draw(t, "wrong")},
		&adminPage{code: "x"}, &restartPage{asked: powerOff}, &logsPage{}, log,
		tonguePage{},
		helpPage{},
	}).Draw(t, "page")
}

// TestNoStateBreaksTheScreen: whatever the box says, in both languages and with or without accents, what reaches the terminal is the frame itself:
// 80 columns, no scrolling, no control byte; and what matters most is never cut away.
func TestNoStateBreaksTheScreen(t *testing.T) {
	term := newTerminal()
	o := well().options(t)
	p := vt.NewPainter(writer{term})
	shown := &vt.Frame{Row: -1}
	rapid.Check(t, func(rt *rapid.T) {
		s := newSession(&o, p)
		s.begin(t.Context(), "")
		defer s.endVisit()
		s.speak(Language(rapid.IntRange(0, 1).Draw(rt, "language")))
		s.ascii = rapid.Bool().Draw(rt, "ascii")
		s.state = anyState(rt)
		s.pages = []page{menuPage{}}
		top := anyPage(rt, s)
		s.pages = append(s.pages, top)
		if _, out := top.(*loginPage); out {
			s.pages = []page{top}
		}
		s.notice = rapid.String().Draw(rt, "notice")
		s.typed.Text = rapid.SliceOfN(rapid.Rune(), 0, vt.Longest).Draw(rt, "typed")
		f := s.frame()
		p.Show(f)
		if rapid.Bool().Draw(rt, "heal") {
			p.Heal(bannerRows)
		}
		if err := p.Paint(context.Background(), shown); err != nil {
			rt.Fatal(err)
		}
		if term.scrolled > 0 || len(term.faults) > 0 {
			rt.Fatalf("scrolled %d, faults %q", term.scrolled, term.faults)
		}
		f.Cells[vt.Rows-1][vt.Columns-1] = term.cells[vt.Rows-1][vt.Columns-1]
		if term.cells != f.Cells || term.row != f.Row || term.col != min(f.Col, vt.Columns-1) {
			rt.Fatalf("the terminal shows something else:\n%s", term.text())
		}
		_, all := top.(whole)
		if all || !s.inside() {
			return
		}
		lines := strings.Split(term.text(), "\n")
		if s.state.boxErr != nil && !strings.Contains(lines[3], vt.Clean(s.words.Banner.CoreDown, s.ascii)) {
			rt.Fatalf("a core that is down is not told:\n%s", lines[3])
		}
		if list := s.state.trunks(); s.state.boxErr == nil && len(list) > 0 && !list[0].Up && !strings.Contains(lines[3], strings.Fields(s.words.Banner.TrunkDown)[0]) {
			rt.Fatalf("a lost line is not told:\n%s", lines[3])
		}
		if !strings.HasSuffix(lines[0], "AC2-7F3K-0192") {
			rt.Fatalf("the number of the box is cut:\n%s", lines[0])
		}
	})
}

type writer struct{ t *terminal }

func (w writer) Write(b []byte) (int, error) { w.t.feed(b); return len(b), nil }
