package registrar

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
)

func start() time.Time { return time.Unix(1_800_000_000, 0) }

func from() netip.Addr { return netip.MustParseAddr("192.0.2.20") }

func guard() *Guard {
	return NewGuard("autocom", []Account{{"201", "secret one"}, {"202", "secret two"}})
}

// prove answers the first challenge as a phone would, with a count of its own.
func prove(t *testing.T, challenges []string, user, secret string, nc uint32) string {
	t.Helper()
	c, err := digest.Answer(challenges, user, secret, "REGISTER", "sip:x", "cn")
	if err != nil {
		t.Fatal(err)
	}
	c.NC = nc
	c.Response = c.Expected("REGISTER", secret)
	return c.String()
}

func TestRFC8760S2_4StrongestChallengeFirst(t *testing.T) {
	c := guard().Challenges(start(), "", false)
	if len(c) != 2 || !strings.Contains(c[0], "algorithm=SHA-256") || !strings.Contains(c[1], "algorithm=MD5") || !strings.Contains(c[1], `qop="auth"`) {
		t.Errorf("%v", c)
	}
}

// RFC 7616 §3.7 asks clients to pass over what they do not know; these do not, and would never register.
func TestProgramsThatStumbleOverSHA256AreShownMD5Alone(t *testing.T) {
	for agent, alone := range map[string]bool{
		"baresip v1.0.0 (x86_64/linux)": true, "baresip v0.6.1": true, "baresip v2.1.0 (x86_64/linux)": false, "baresip": false,
		"Yealink SIP-T46S 66.85.0.5": false, "": false, "not baresip v1.0": false,
	} {
		c := guard().Challenges(start(), agent, false)
		if got := len(c) == 1; got != alone || !strings.Contains(c[len(c)-1], "algorithm=MD5") {
			t.Errorf("%q: %v", agent, c)
		}
	}
}

func TestRFC7616S3_4NonceCounts(t *testing.T) {
	g, now := guard(), start()
	ch := g.Challenges(now, "", false)
	for _, c := range []struct {
		nc   uint32
		want Verdict
	}{{1, Known}, {1, AskOnce}, {3, Known}, {2, Known}, {2, AskOnce}, {200, Known}, {136, AskOnce}, {137, Known}, {0, AskOnce}, {201, Known}} {
		v, who := g.Check(now, from(), "REGISTER", []string{prove(t, ch, "201", "secret one", c.nc)})
		if v != c.want || (v == Known) != (who == "201") {
			t.Errorf("count %d: %v %q, want %v", c.nc, v, who, c.want)
		}
	}
}

func TestRFC7616S3_3StaleNonce(t *testing.T) {
	g, now := guard(), start()
	p := prove(t, g.Challenges(now, "", false), "201", "secret one", 1)
	if v, _ := g.Check(now.Add(NonceLife+time.Second), from(), "REGISTER", []string{p}); v != AskOnce {
		t.Errorf("an old nonce: %v", v)
	}
	// Of the box's life before a restart: asked again, quietly, and not held against the phone.
	for range 3 * FailureLimit {
		if v, _ := guard().Check(now, from(), "REGISTER", []string{p}); v != AskOnce {
			t.Fatalf("another life's nonce: %v", v)
		}
	}
	if c := g.Challenges(now, "", true); !strings.HasSuffix(c[0], "stale=true") {
		t.Error(c)
	}
}

func TestWhatDoesNotProve(t *testing.T) {
	now := start()
	for name, mangle := range map[string]func(c *digest.Credentials){
		"wrong password":    func(c *digest.Credentials) { c.Response = c.Expected("REGISTER", "secret two") },
		"another method":    func(c *digest.Credentials) { c.Response = c.Expected("INVITE", "secret one") },
		"unknown extension": func(c *digest.Credentials) { c.Username = "999"; c.Response = c.Expected("REGISTER", "secret one") },
		"another realm":     func(c *digest.Credentials) { c.Realm = "x"; c.Response = c.Expected("REGISTER", "secret one") },
		"without qop":       func(c *digest.Credentials) { c.QOP = ""; c.Response = c.Expected("REGISTER", "secret one") },
		"own nonce":         func(c *digest.Credentials) { c.Nonce = "mine"; c.Response = c.Expected("REGISTER", "bad") },
		"empty password":    func(c *digest.Credentials) { c.Response = c.Expected("REGISTER", "") },
	} {
		g := guard()
		c, err := digest.Answer(g.Challenges(now, "", false), "201", "secret one", "REGISTER", "sip:x", "cn")
		if err != nil {
			t.Fatal(err)
		}
		mangle(&c)
		if v, who := g.Check(now, from(), "REGISTER", []string{"Digest x", c.String()}); v != Ask || who != "" {
			t.Errorf("%s: %v %q", name, v, who)
		}
	}
}

func TestNoncesAreBounded(t *testing.T) {
	g, now := guard(), start()
	for range MaxNonces + 10 {
		g.Check(now, from(), "REGISTER", []string{prove(t, g.Challenges(now, "", false), "201", "secret one", 1)})
	}
	if len(g.counts) > MaxNonces {
		t.Errorf("%d nonces remembered", len(g.counts))
	}
	later := now.Add(NonceLife + time.Second)
	if v, _ := g.Check(later, from(), "REGISTER", []string{prove(t, g.Challenges(later, "", false), "201", "secret one", 1)}); v != Known {
		t.Errorf("the flood is not over: %v", v)
	}
}

func ask(contact string, expires int, cseq uint32) Register {
	return Register{
		Extension: "201", Contacts: []Asked{{URI: contact, Expires: -1}}, Expires: expires, CallID: "r", CSeq: cseq,
		Flow: leg.Flow{Remote: netip.MustParseAddrPort("203.0.113.5:40000")},
	}
}

func TestRFC3261S10_3Bindings(t *testing.T) {
	var told []Reachable
	r, now := New(func(x Reachable) { told = append(told, x) }), start()
	status := func(q Register, want int) Answer {
		t.Helper()
		a := r.Register(now, q)
		if a.Status != want {
			t.Fatalf("%+v: %d, want %d", q, a.Status, want)
		}
		return a
	}
	status(ask("sip:a@x", 59, 1), 423)
	if a := status(ask("sip:a@x", 7200, 1), 200); len(a.Contacts) != 1 || a.Contacts[0].Expires > MaxExpires || a.Contacts[0].Expires < MaxExpires*9/10 {
		t.Errorf("%+v", a)
	}
	status(ask("sip:a@x", 600, 1), 500) // the same CSeq again
	status(ask("sip:b@x", 600, 2), 200)
	status(Register{Extension: "201", Expires: -1, CallID: "r", CSeq: 3}, 200) // asks only
	if l := r.Lookup(now, "201"); len(l) != 2 || l[0].Contact != "sip:a@x" || l[0].Flow.Remote.Port() != 40000 {
		t.Errorf("%+v", l)
	}
	status(Register{Extension: "201", All: true, Expires: 60, CallID: "r", CSeq: 4}, 400)
	status(ask("sip:a@x", 0, 4), 200)
	status(Register{Extension: "201", All: true, Expires: 0, CallID: "other", CSeq: 1}, 200)
	want := []Reachable{{"201", 1}, {"201", 2}, {"201", 1}, {"201", 0}}
	if !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	for i := range MaxContacts {
		status(ask(fmt.Sprintf("sip:%d@x", i), 600, uint32(10+i)), 200)
	}
	status(ask("sip:more@x", 600, 90), 403)
	now = now.Add(601 * time.Second)
	r.Expire(now)
	if told[len(told)-1] != (Reachable{"201", 0}) || len(r.Snapshot()) != 0 {
		t.Errorf("%v", told)
	}
}

func TestRestartForgetsNoPhone(t *testing.T) {
	now := start()
	r := New(func(Reachable) {})
	r.Register(now, ask("sip:a@x", 600, 1))
	var told []Reachable
	again := New(func(x Reachable) { told = append(told, x) })
	again.Restore(now.Add(time.Minute), r.Snapshot())
	if len(again.Lookup(now.Add(time.Minute), "201")) != 1 || !slices.Equal(told, []Reachable{{"201", 1}}) {
		t.Errorf("%v", told)
	}
	late := New(func(Reachable) { t.Error("told of what ran out") })
	late.Restore(now.Add(time.Hour), r.Snapshot())
}
