package menu

import (
	"net/netip"
	"testing"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu/vt"
	"autocom/appliance/wording"
)

// inBoth plays a story in French and in English: its screens are compared under their names with .fr and .en.
func inBoth(t *testing.T, parts func() *parts, play func(r *rig, p *parts, lang string)) {
	t.Helper()
	for lang, l := range map[string]Language{"fr": French, "en": English} {
		t.Run(lang, func(t *testing.T) {
			p := parts()
			o := p.options(t)
			o.Language = l
			inBubble(t, o, func(r *rig) { play(r, p, lang) })
		})
	}
}

func TestScreenLogin(t *testing.T) {
	inBoth(t, well, func(r *rig, _ *parts, lang string) {
		r.golden("login." + lang)
		r.hides("Toulouse", "10.31.4.2") // a cable is not a key
		r.types("48217")
		r.shows(" *****")
		r.hides("48217", "4821")
	})
}

func TestScreenFirstCode(t *testing.T) {
	inBoth(t, func() *parts { p := well(); p.door.first = "7302 1946"; return p }, func(r *rig, p *parts, lang string) {
		r.golden("first-code." + lang)
		p.door.first = ""
		r.enter("")
		r.hides("7302 1946")
	})
}

func TestScreenMenu(t *testing.T) {
	inBoth(t, well, func(r *rig, _ *parts, lang string) {
		r.enter(rightCode)
		r.golden("menu." + lang)
	})
}

func TestScreenMenuASCII(t *testing.T) {
	p := well()
	o := p.options(t)
	o.ASCII = true
	inBubble(t, o, func(r *rig) {
		r.enter(rightCode)
		r.golden("menu-ascii.fr")
		for _, c := range r.text() {
			if c > 0x7E {
				t.Errorf("%q is not ASCII", c)
			}
		}
	})
}

func TestScreenTrouble(t *testing.T) {
	inBoth(t, ill, func(r *rig, _ *parts, lang string) {
		r.enter(rightCode)
		r.golden("trouble." + lang)
		r.enter("2")
		r.golden("lines." + lang)
		r.enter("q", "3")
		r.golden("phones." + lang)
	})
}

func TestScreenCoreDown(t *testing.T) {
	inBoth(t, well, func(r *rig, p *parts, lang string) {
		p.box.err = console.ErrNoBox
		r.enter(rightCode)
		r.golden("core-down." + lang)
		r.enter("7")
		r.golden("core-down-restart." + lang)
		r.enter("1", map[string]string{"fr": "relancer", "en": "restart"}[lang])
		if got := p.steward.verbs; len(got) != 1 || got[0] != "restart core" {
			r.t.Errorf("the steward was asked for %q", got)
		}
		r.enter("q", "8")
		r.enter("1") // logs still work
		r.hides("NoBox")
	})
}

func TestScreenNetworkTrial(t *testing.T) {
	inBoth(t, well, func(r *rig, p *parts, lang string) {
		r.enter(rightCode, "1")
		r.golden("network." + lang)
		r.enter("1")
		r.golden("network-form." + lang)
		r.enter("10.31.4.20/24", "", "", "10.31.4.53", "")
		r.golden("network-review." + lang)
		r.enter("1")
		r.pass(19 * time.Second)
		r.types("gard")
		r.golden("network-trial." + lang)
		r.types("\x15")
		r.enter(map[string]string{"fr": "garder", "en": "KEEP"}[lang])
		if len(p.steward.verbs) != 2 || p.steward.verbs[1] != "keep" {
			r.t.Errorf("the steward was asked for %q", p.steward.verbs)
		}
		if p.steward.net.Settings.DNS[0] != netip.MustParseAddr("10.31.4.53") {
			r.t.Errorf("in force are %v", p.steward.net.Settings)
		}
		r.golden("network-kept." + lang)
	})
}

func TestScreenTrunkTest(t *testing.T) {
	inBoth(t, well, func(r *rig, p *parts, lang string) {
		p.box.steps = make(chan console.TestStep)
		r.enter(rightCode, "2", "1")
		r.golden("line-test." + lang)
		r.enter("1")
		p.box.steps <- console.TestStep{Name: "out", OK: true, TookMS: 412}
		p.box.steps <- console.TestStep{Name: "in", OK: true, TookMS: 1280}
		p.box.steps <- console.TestStep{Name: "identity", Sentence: "the line shows +33561000000 unchanged", OK: true}
		r.pass(3 * time.Second)
		r.golden("line-test-running." + lang)
		p.box.steps <- console.TestStep{Name: "dtmf", Sentence: "key 5 sent in did not arrive: nothing came within 5 s", Remedy: "Set dtmf in the trunk's settings to what the carrier understands.", Code: "silent", Detail: "5 s", TookMS: 5003}
		p.box.steps <- console.TestStep{Name: "hold", Skipped: true}
		close(p.box.steps)
		r.pass(time.Second)
		r.golden("line-test-fault." + lang)
		if len(p.box.tests) != 1 || p.box.tests[0].Trunk != "Principale" || p.box.tests[0].Emergency {
			r.t.Errorf("asked for %+v", p.box.tests)
		}
	})
}

func TestScreenChecks(t *testing.T) {
	inBoth(t, well, func(r *rig, p *parts, lang string) {
		p.box.findings = []console.Finding{
			{Code: "alg.sdp", Gravity: console.Trouble, About: "trunk Principale", Sentence: "A router rewrites where the sound of calls is sent to; callers may hear nothing.", Remedy: "Switch off \"SIP ALG\" in the router.", Evidence: "c=IN IP4 192.168.1.1, sent 10.31.4.2"},
			{Code: "nat.phone", Gravity: console.Notice, About: "phone 214", Sentence: "A phone is behind a router that translates its address.", Remedy: "Nothing need be done."},
			{Code: "sip.listens", Gravity: console.Good, About: "box", Sentence: "The box takes SIP messages."},
			{Code: "trunk.up", Gravity: console.Good, About: "trunk Secours", Sentence: "The carrier's line is usable."},
		}
		r.enter(rightCode, "4")
		r.golden("checks." + lang)
	})
}

func TestScreenEnrol(t *testing.T) {
	inBoth(t, func() *parts { p := well(); p.link.state = LinkState{}; return p }, func(r *rig, p *parts, lang string) {
		r.enter(rightCode, "5")
		r.golden("enrol." + lang)
		p.link.refuse = &LinkError{Code: "claim.unknown"}
		r.enter("1", "console.verdier.example", "7K3M-Q2PX-9D4T")
		r.golden("enrol-refused." + lang)
		p.link.refuse = nil
		r.enter("1", "", "7K3M-Q2PX-9D4T")
		r.golden("enrol-done." + lang)
		if len(p.link.claims) != 2 {
			r.t.Errorf("claims %q", p.link.claims)
		}
		r.enter("1")
		r.golden("leave." + lang)
		r.enter("non")
		if !p.link.state.Enrolled {
			r.t.Error("detached without its word")
		}
		r.enter("1", map[string]string{"fr": "détacher", "en": "DETACH"}[lang])
		if p.link.state.Enrolled {
			r.t.Error("not detached")
		}
	})
}

// What keeps the link down is told with its remedy, in the reader's language, whatever the box's own words are.
func TestScreenLinkDown(t *testing.T) {
	for code, detail := range map[string]string{"portal": "console.verdier.example", "clock": "1970-01-01 00:04 UTC", "server.certificate": `"Routeur de l'hôtel"`} {
		inBoth(t, func() *parts {
			p := well()
			l := &p.link.state
			l.Connected, l.Since, l.Code, l.Detail, l.Trouble = false, opening().Add(-time.Hour), code, detail, "in the box's own words"
			return p
		}, func(r *rig, _ *parts, lang string) {
			r.enter(rightCode, "5")
			r.golden("link-" + code + "." + lang)
			r.hides("own words")
			r.enter("1")
			r.hides("Routeur", "1970") // the question has the room
		})
	}
}

// Whatever keeps the link down fits its three lines, with what shows it.
func TestEveryTroubleOfTheLinkFits(t *testing.T) {
	for _, code := range wording.Links() {
		for _, l := range []Language{French, English} {
			s := &session{language: l}
			if lines := vt.Wrap(vt.Clean(s.linkTrouble(code, "console-centrale.maison-verdier.example, 407", ""), true), vt.Columns-7); len(lines) > troubleRows {
				t.Errorf("%s takes %d lines: %q", code, len(lines), lines)
			}
		}
	}
}

func TestScreenRest(t *testing.T) {
	inBoth(t, well, func(r *rig, p *parts, lang string) {
		for i := range 30 {
			p.steward.lines = append(p.steward.lines, LogLine{At: opening().Add(time.Duration(i-30) * time.Minute), Unit: UnitCore, Words: "trunk Principale: REGISTER answered 200 OK after 62 ms, contact sip:10.31.4.2:5060, expires in 600 s"})
		}
		r.enter(rightCode, "6", "1")
		r.golden("admin." + lang)
		r.enter("q", "7", "3")
		r.golden("restart." + lang)
		r.enter("q", "q", "8")
		r.golden("logs." + lang)
		r.enter("2")
		r.golden("log." + lang)
		r.enter("q", "q", "9")
		r.golden("language." + lang)
		r.enter("q", "?")
		r.golden("help." + lang)
	})
}

// A box alone on its network: a gateway is « aucune », a VLAN or a server « aucun ».
func TestScreenNetworkWithoutGateway(t *testing.T) {
	inBoth(t, func() *parts {
		p := well()
		p.steward.net.Settings = NetworkSettings{Address: netip.MustParsePrefix("192.168.1.20/24")}
		return p
	}, func(r *rig, _ *parts, lang string) {
		r.enter(rightCode, "1")
		r.golden("network-bare." + lang)
	})
}
