package trunk

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/statepage"
)

// line is a trunk of a branch in Paris, as its site document has it, before the profile.
func line() Config {
	return Config{
		Name: "line", Remote: netip.MustParseAddrPort("198.51.100.9:5060"), Domain: "carrier.example",
		Username: "acct42", Password: "secret", Presented: "+33140506070", Allowed: []string{"0140506071", "+3314050608*"},
		CountryCode: "33", TrunkPrefix: "0",
	}
}

// TestProfilesSpeakAsTheirCarriersWant is what every profile has to pass: it reads, nothing in it contradicts itself, a document goes before
// it, and what it makes of the same calls is held in testdata, to be read by people.
func TestProfilesSpeakAsTheirCarriersWant(t *testing.T) {
	list, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 9 {
		t.Errorf("%d profiles", len(list))
	}
	for _, p := range list {
		t.Run(p.Name, func(t *testing.T) {
			c := line().Over(p.Config)
			if bad := c.Check(); len(bad) > 0 {
				t.Error(bad)
			}
			if c.Domain != "carrier.example" {
				t.Error("the document does not go before the profile")
			}
			if p.Config.Registers() && p.Config.Qualify > 0 {
				t.Error("a line that signs on need not be asked besides")
			}
			statepage.Golden(t, filepath.Join("testdata", p.Name+".golden"), spoken(&p, &c))
		})
	}
}

// spoken is what a trunk says in a set of calls.
func spoken(p *Profile, c *Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n", p.Name, p.Title)
	if c.Registers() {
		var r Registration
		to := Target{Addr: c.Remote, Contact: "sip:acct42@192.0.2.1:5060"}
		if c.Bulk == BulkGIN {
			to.Contact = "sip:192.0.2.1:5060;bnc"
		}
		r.Step(time.Unix(0, 0), TargetsChanged{[]Target{to}})
		for _, e := range r.Step(time.Unix(0, 0), Start{Account{AOR: "sip:acct42@carrier.example", URI: "sip:carrier.example", Bulk: c.Bulk == BulkGIN, Expires: c.Expires}, "seedseedseedseed"}) {
			if s, ok := e.(SendRegister); ok {
				fmt.Fprintf(&b, "\n## signs on\nREGISTER %s\nTo: <%s>\nContact: <%s>\n%s", s.Msg.URI, s.Msg.To.URI, s.Msg.Contact, lines(s.Msg.Extra))
			}
		}
	}
	ana := exchange.Caller{Number: "+33140506071", Name: "Ana"}
	outside := exchange.Caller{Number: "+33612345678", Name: "Bob"}
	through := exchange.Diversion{Number: "+33140506071", Reason: "no-answer"}
	for _, o := range []struct {
		name string
		r    exchange.Ring
	}{
		{"a national number", exchange.Ring{To: exchange.Destination{Number: "+33612345678"}, Caller: ana}},
		{"abroad, from a number of a range that is allowed", exchange.Ring{To: exchange.Destination{Number: "+442012345678"}, Caller: exchange.Caller{Number: "0140506085"}}},
		{"a number that is not allowed is shown as the line's own", exchange.Ring{To: exchange.Destination{Number: "+33612345678"}, Caller: exchange.Caller{Number: "+33199999999", Name: "Eve"}}},
		{"withheld", exchange.Ring{To: exchange.Destination{Number: "+33612345678"}, Caller: exchange.Caller{Number: "+33140506071", Withheld: true}}},
		{"emergency", exchange.Ring{To: exchange.Destination{Number: "112"}, Caller: exchange.Caller{Number: "+33140506070"}, Emergency: true}},
		{"a caller from outside, forwarded outside", exchange.Ring{To: exchange.Destination{Number: "+33612349999"}, Caller: outside, Diverted: through}},
	} {
		inv := c.Invite(o.r, "192.0.2.1:5060")
		fmt.Fprintf(&b, "\n## calls: %s\nINVITE %s\nFrom: %s<%s>\n%s", o.name, inv.URI, display(inv.From), inv.From.URI, lines(inv.Extra))
	}
	for _, i := range []struct {
		name string
		s    Said
	}{
		{"national numbers", Said{From: Party{User: "0612345678", Display: "Bob"}, Request: "0140506071", To: "0140506070", Called: "+33140506072"}},
		{"E.164, asserted", Said{
			From: Party{User: "anonymous"}, PAI: []Party{{User: "+33612345678", Verstat: "TN-Validation-Passed"}}, Request: "+33140506071", To: "+33140506070",
			Divert: []Party{{User: "+33140506079", Reason: "user-busy"}},
		}},
		{"withheld", Said{From: Party{User: "+33612345678"}, PAI: []Party{{User: "+33612345678"}}, Privacy: "id;critical", Request: "+33140506071", To: "+33140506070"}},
	} {
		h := c.Hear(i.s)
		fmt.Fprintf(&b, "\n## is called: %s\ncaller %+v\ndialled %s\ndiverted %+v\nverified %q\n", i.name, h.Caller, h.Dialled, h.Diverted, h.Verstat)
	}
	return b.String()
}

func display(a leg.Address) string {
	if a.Display == "" {
		return ""
	}
	return fmt.Sprintf("%q ", a.Display)
}

func lines(list []leg.Header) string {
	var b strings.Builder
	for _, h := range list {
		fmt.Fprintf(&b, "%s: %s\n", h.Name, h.Value)
	}
	return b.String()
}

func TestProfileFilesAreReadStrictly(t *testing.T) {
	for name, file := range map[string]string{
		"unknown field":   "name: x\ntitle: y\ntrunk:\n  transprot: udp\n",
		"unknown value":   "name: x\ntitle: y\ntrunk:\n  transport: sctp\n",
		"no title":        "name: x\n",
		"a password":      "name: x\ntitle: y\ntrunk:\n  password: z\n",
		"keys in clear":   "name: x\ntitle: y\ntrunk:\n  srtp: required\n",
		"absurd time":     "name: x\ntitle: y\ntrunk:\n  expires: 1s\n",
		"letters to dial": "name: x\ntitle: y\ntrunk:\n  hide: \"abc\"\n",
		"no file":         "",
	} {
		if p, err := ReadProfile([]byte(file)); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestSettingsAreGivenByName(t *testing.T) {
	var c Config
	for name, value := range map[string]string{"from": "account", "assert": "pai, rpid", "patience": "700ms", "dead_after": "5", "hide": "3651", "servers": "a.example, b.example:5080"} {
		if err := c.Set(name, value); err != nil {
			t.Error(err)
		}
	}
	want := Config{FromUser: FromAccount, Assert: []Assert{AssertPAI, AssertRPID}, Patience: 700 * time.Millisecond, DeadAfter: 5, HidePrefix: "3651", Servers: []string{"a.example", "b.example:5080"}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v", c)
	}
	for _, name := range []string{"", "-", "password", "Name", "nonsense"} {
		if c.Set(name, "x") == nil {
			t.Errorf("%q was set", name)
		}
	}
	if c.Set("dead_after", "many") == nil || c.Set("patience", "[") == nil {
		t.Error("nonsense was read")
	}
}

func TestAllowListIsComparedAsNumbersNotAsSpellings(t *testing.T) {
	c := line()
	for asked, want := range map[string]string{
		"+33140506071": "+33140506071", "0140506071": "+33140506071", "0033140506071": "+33140506071", "01.40.50.60.71": "+33140506071",
		"+33140506080": "+33140506080", "+33140506089": "+33140506089", "0140506085": "+33140506085", "+33140506090": "+33140506070",
		"": "+33140506070", "201": "+33140506070", "+33140506070": "+33140506070", "+3314050607": "+33140506070",
	} {
		if got := c.Shown(asked); got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
	c.Allowed = []string{"*", "+33*"}
	if c.Shown("+33612345678") != "+33140506070" {
		t.Error("a range of everybody")
	}
}

func TestShowCallerOnTransferIsACapability_RFC5806_4(t *testing.T) {
	r := exchange.Ring{
		To: exchange.Destination{Number: "+33612349999"}, Caller: exchange.Caller{Number: "+33612345678", Name: "Bob"},
		Diverted: exchange.Diversion{Number: "+33140506071", Reason: "unconditional"},
	}
	for policy, want := range map[ShowCaller]string{
		"":         "<sip:+33140506071@h>",
		ShowOurs:   "<sip:+33140506071@h>",
		ShowOthers: "Bob <sip:+33612345678@h>",
		ShowNone:   "Anonymous <sip:anonymous@anonymous.invalid>",
	} {
		c := line()
		c.ShowCaller = policy
		inv := c.Invite(r, "h")
		if got := strings.TrimSpace(inv.From.Display + " <" + inv.From.URI + ">"); got != want {
			t.Errorf("%q: %s, want %s", policy, got, want)
		}
		if policy == ShowNone && extra(leg.Request{Extra: inv.Extra}, "Privacy") != "id" {
			t.Errorf("%+v", inv)
		}
	}
	r.Caller.Withheld = true
	c := line()
	c.ShowCaller = ShowOthers
	if inv := c.Invite(r, "h"); inv.From.Display != "Anonymous" {
		t.Errorf("a withheld number is shown: %+v", inv)
	}
}

func TestIdentityHeadersOneByOne_RFC3323_4_RFC3325_9(t *testing.T) {
	r := exchange.Ring{To: exchange.Destination{Number: "+33612345678"}, Caller: exchange.Caller{Number: "+33140506071", Withheld: true}, Diverted: exchange.Diversion{}}
	for name, c := range map[string]struct {
		change func(*Config)
		uri    string
		from   string
		extra  string
	}{
		"RFC 3325 §9.1, RFC 3323 §4.1": {func(*Config) {}, "sip:+33612345678@carrier.example", "Anonymous <sip:anonymous@anonymous.invalid>", "P-Asserted-Identity: <sip:+33140506071@h>\nPrivacy: id\n"},
		"preferred":                    {func(c *Config) { c.Assert, c.Privacy = []Assert{AssertPPI}, PrivacyUser }, "sip:+33612345678@carrier.example", "Anonymous <sip:anonymous@anonymous.invalid>", "P-Preferred-Identity: <sip:+33140506071@h>\nPrivacy: user;id\n"},
		"Remote-Party-ID":              {func(c *Config) { c.Assert, c.Privacy = []Assert{AssertRPID}, PrivacyNone }, "sip:+33612345678@carrier.example", "Anonymous <sip:anonymous@anonymous.invalid>", "Remote-Party-ID: <sip:+33140506071@h>;party=calling;screen=no;privacy=full\n"},
		"by a prefix": {func(c *Config) {
			c.Assert, c.Privacy, c.HidePrefix, c.Format, c.Anonymous = []Assert{AssertNone}, PrivacyNone, "3651", FormatNational, AnonymousNumber
		}, "sip:36510612345678@carrier.example", "<sip:0140506071@h>", ""},
		"at the carrier's domain": {func(c *Config) { c.Anonymous, c.FromHost = AnonymousDomain, HostDomain }, "sip:+33612345678@carrier.example", "Anonymous <sip:anonymous@carrier.example>", "P-Asserted-Identity: <sip:+33140506071@carrier.example>\nPrivacy: id\n"},
	} {
		k := line()
		c.change(&k)
		inv := k.Invite(r, "h")
		if got := strings.TrimSpace(inv.From.Display + " <" + inv.From.URI + ">"); got != c.from || lines(inv.Extra) != c.extra || inv.URI != c.uri {
			t.Errorf("%s: %s %s\n%s", name, inv.URI, got, lines(inv.Extra))
		}
	}
}

func TestEmergencyCallIsNeverWithheld(t *testing.T) {
	c := line()
	c.HidePrefix, c.ShowCaller = "3651", ShowNone
	for _, through := range []string{"", "+33140506071"} {
		inv := c.Invite(exchange.Ring{
			To: exchange.Destination{Number: "112"}, Caller: exchange.Caller{Number: "+33140506071", Withheld: true}, Emergency: true,
			Diverted: exchange.Diversion{Number: through},
		}, "h")
		if inv.URI != "sip:112@carrier.example" || inv.From.URI != "sip:+33140506071@h" || extra(leg.Request{Extra: inv.Extra}, "Privacy") != "" || extra(leg.Request{Extra: inv.Extra}, "Priority") != "emergency" {
			t.Errorf("%+v", inv)
		}
	}
}

func TestRFC7044HistoryInfoOfAForwardedCall(t *testing.T) {
	c := line()
	c.Diverted = []Diverting{DivertHistory, DivertHeader}
	for reason, cause := range map[string]string{"no-answer": "408", "user-busy": "486", "unconditional": "302", "deflection": "480", "": "404"} {
		inv := c.Invite(exchange.Ring{To: exchange.Destination{Number: "+33612345678"}, Diverted: exchange.Diversion{Number: "+33140506071", Reason: reason}}, "h")
		got := lines(inv.Extra)
		for _, want := range []string{
			"History-Info: <sip:+33140506071@carrier.example>;index=1\n",
			"History-Info: <sip:+33612345678@carrier.example;cause=" + cause + ">;index=1.1;mp=1\n",
			"Diversion: <sip:+33140506071@carrier.example>;reason=",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %s", got, want)
			}
		}
	}
}

func TestCallsComeFromWhereATrunkWasFoundOnlyIfItFollows(t *testing.T) {
	at := netip.MustParseAddr("203.0.113.5")
	found := func(string) []netip.Addr { return []netip.Addr{at} }
	trunks := []Config{{Name: "a", Dynamic: No, Register: Yes}, {Name: "b", Register: Yes, Username: "u1"}, {Name: "c", Register: Yes, Username: "u2"}, {Name: "d"}}
	for user, want := range map[string]string{"": "b", "u2": "c", "u1": "b", "+331": "b"} {
		if got, ok := Find(trunks, Arrival{From: at, User: user, Found: found}); !ok || got.Name != want {
			t.Errorf("%q: %+v", user, got)
		}
	}
	if got, ok := Find(trunks[:1], Arrival{From: at, Found: found}); ok {
		t.Errorf("%+v", got)
	}
	if got, ok := Find(trunks[3:], Arrival{From: at, Found: found}); ok {
		t.Errorf("%+v", got)
	}
}

func FuzzReadNumber(f *testing.F) {
	for _, s := range []string{"+33140506070", "0033", "0140506070;npdi", "", "+", "alice"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := line()
		n := c.Read(s)
		if again := c.Read(n); again != n && strings.HasPrefix(n, "+") {
			t.Errorf("%q: %q, then %q", s, n, again)
		}
		c.Hear(Said{From: Party{User: s, Display: s}, Request: s})
		for _, u := range []URI{URISip, URIPhone, URITel} {
			c.URI = u
			if uri := c.Target(s, true); strings.ContainsAny(uri, "<>\r\n \"") {
				t.Errorf("%q", uri)
			}
		}
	})
}

func FuzzProfile(f *testing.F) {
	f.Add("name: x\ntitle: y\ntrunk:\n  assert: [pai]\n  expires: 10m\n")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) >= 4096 {
			return
		}
		p, err := ReadProfile([]byte(s))
		if bad := p.Config.Check(); err == nil && (p.Name == "" || p.Title == "" || len(bad) > 0) {
			t.Errorf("%q was taken: %+v %v", s, p, bad)
		}
	})
}
