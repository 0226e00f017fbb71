package sipedge

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/stack"
)

// stranger is a request outside a dialog, to an extension and from one.
func stranger(p *peer, method, ext, id string, cseq int, more string) string {
	return fmt.Sprintf("%s sip:%s@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\nMax-Forwards: 70\nFrom: <sip:%s@192.0.2.1>;tag=s\nTo: <sip:%s@192.0.2.1>\nCall-ID: %s\nCSeq: %d %s\nContact: <sip:x@%s>\n%s\n",
		method, ext, p.at, id, cseq, ext, ext, id, cseq, method, p.at, more)
}

// varies is what differs between two answers by chance.
var varies = regexp.MustCompile(`nonce="[^"]*"|;tag=[a-z0-9]+|branch=[^;]*|Call-ID: .*|Date: .*`)

// Nobody without a password can tell an extension that is there from one that is not: by no method, with or without a guess.
func TestExtensionsThatAreThereLookLikeThoseThatAreNot(t *testing.T) {
	inSeededWorld(t, 1, func(c *Config) { c.Stack.Server = "Autocom" }, func(w *world) {
		phone := w.peer(phoneAddr)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300)
		p := w.peer(strangeAddr)
		for _, method := range []string{"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE"} {
			var answers [2]string
			for i, ext := range []string{"201", "999"} {
				id := fmt.Sprint(method, i)
				p.send(stranger(p, method, ext, id, 1, "Event: dialog\n"))
				first := p.next("SIP/2.0 4")
				cr, err := digest.Answer(first.list("WWW-Authenticate"), ext, "guess", method, "sip:x", "c")
				if err != nil {
					t.Fatalf("%s is not challenged: %s", method, first.raw)
				}
				p.send(stranger(p, method, ext, id, 2, "Event: dialog\nAuthorization: "+cr.String()+"\n"))
				second := p.next("SIP/2.0 4")
				both := varies.ReplaceAllString(first.raw+second.raw, "")
				if strings.Contains(both, "Autocom") {
					t.Errorf("%s: a stranger is told what the box is:\n%s", method, both)
				}
				answers[i] = strings.ReplaceAll(both, ext, "EXT")
			}
			if answers[0] != answers[1] {
				t.Errorf("%s tells them apart:\n%s\nand\n%s", method, answers[0], answers[1])
			}
		}
		w.heard()
	})
}

func TestOptionsIsForThoseWeKnow_RFC3261_11(t *testing.T) {
	inSeededWorld(t, 1, func(c *Config) { c.Stack.Server = "Autocom" }, func(w *world) {
		phone, carrier := w.peer(phoneAddr), w.peer(carrierAddr)
		phone.send(stranger(phone, "OPTIONS", "201", "o1", 1, ""))
		phone.next("SIP/2.0 401")
		if r := phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300); !strings.Contains(r.raw, "Server: Autocom") {
			t.Errorf("who proved himself is not told:\n%s", r.raw)
		}
		for n, p := range []*peer{phone, carrier} {
			p.send(stranger(p, "OPTIONS", "201", fmt.Sprint("o2", n), 1, ""))
			if r := p.next("SIP/2.0 200"); r.get("Allow") == "" || r.get("Server") != "Autocom" {
				t.Errorf("%s", r.raw)
			}
		}
		w.heard()
	})
}

// A guesser from outside is shut out, longer each time, also over a restart; the carrier whose address he borrows is not.
func TestGuessersAreShutOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "phones")
	change := func(c *Config) {
		c.Bindings = path
		c.Stack.Firewall.Trusted = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		c.Stack.Firewall.Admitted = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}
	}
	const outsider = "203.0.113.7:5060"
	crack := func(w *world, at string) int {
		p := w.peer(at)
		defer p.conn.Close()
		for n := range 40 {
			before := len(p.firsts())
			p.send(stranger(p, "REGISTER", "201", fmt.Sprint("g", time.Now().UnixNano()), 1, fmt.Sprintf(
				"Authorization: Digest username=\"20%d\",realm=\"autocom\",nonce=\"x\",uri=\"sip:x\",response=\"y\",qop=auth,nc=00000001,cnonce=\"c\"\n", n)))
			time.Sleep(time.Second)
			if len(p.firsts()) == before {
				return n
			}
		}
		return -1
	}
	inSeededWorld(t, 1, change, func(w *world) {
		if n := crack(w, outsider); n != 10 {
			t.Errorf("shut out after %d guesses", n)
		}
		if n := crack(w, carrierAddr); n != -1 {
			t.Errorf("the carrier was shut out after %d", n)
		}
		if n := crack(w, strangeAddr); n != -1 {
			t.Errorf("the site was shut out after %d", n)
		}
		phone := w.peer(phoneAddr)
		if r := phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300); !strings.HasPrefix(r.first, "SIP/2.0 200") {
			t.Errorf("the phone pays for it: %s", r.first)
		}
		w.heard()
	})
	inSeededWorld(t, 1, change, func(w *world) {
		bans := w.edge.Stack().Bans()
		if len(bans) != 1 || bans[0].Reason != stack.ReasonPassword || bans[0].Count != 1 || bans[0].Addr.String() != "203.0.113.7" {
			t.Fatalf("after a restart: %+v", bans)
		}
		time.Sleep(11 * time.Minute)
		if n := crack(w, outsider); n != 10 {
			t.Errorf("shut out after %d guesses", n)
		}
		if bans := w.edge.Stack().Bans(); len(bans) != 1 || bans[0].Until.Sub(bans[0].Since) != time.Hour {
			t.Errorf("the second time: %+v", bans)
		}
		if !w.edge.Stack().Unban(netip.MustParseAddr("203.0.113.7")) {
			t.Error("it could not be undone")
		}
		w.heard()
	})
	inSeededWorld(t, 1, change, func(w *world) {
		if bans := w.edge.Stack().BanRecord(); len(bans) != 0 {
			t.Errorf("what was undone came back: %+v", bans)
		}
	})
}

func TestOutboundAndPath_RFC5626_RFC3327(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		r := phone.register("201", "correct horse 201", `<sip:201@192.0.2.20:5062>;+sip.instance="<urn:uuid:0-1>";reg-id=1`, 300)
		if !strings.HasPrefix(r.first, "SIP/2.0 200") || r.get("Require") != "outbound" {
			t.Errorf("%s", r.raw)
		}
		b := w.edge.Phones()["201"]
		if len(b) != 1 || b[0].Instance != "<urn:uuid:0-1>" || b[0].RegID != 1 {
			t.Fatalf("%+v", b)
		}
		w.heard()
		// By way of a proxy that does not know flows.
		id := "viaproxy"
		ask := func(cseq int, auth string) string {
			return strings.Replace(stranger(phone, "REGISTER", "201", id, cseq,
				"Contact: <sip:201@10.0.0.1>;+sip.instance=\"<urn:uuid:0-1>\";reg-id=2\nExpires: 300\nPath: <sip:p@192.0.2.30;lr>\n"+auth), "Contact: <sip:x@"+phone.at+">\n", "", 1)
		}
		phone.send(ask(1, ""))
		cr, err := digest.Answer(phone.next("SIP/2.0 401").list("WWW-Authenticate"), "201", "correct horse 201", "REGISTER", "sip:x", "c")
		if err != nil {
			t.Fatal(err)
		}
		phone.send(ask(2, "Authorization: "+cr.String()+"\n"))
		phone.next("SIP/2.0 439")
		w.expect()

		// By way of a proxy that puts itself on the path of calls: they go through it.
		id = "path"
		ask = func(cseq int, auth string) string {
			return stranger(phone, "REGISTER", "202", id, cseq, "Expires: 300\nPath: <sip:p2@192.0.2.31;lr>\nPath: <sip:p1@192.0.2.30;lr>\n"+auth)
		}
		phone.send(ask(1, ""))
		cr, err = digest.Answer(phone.next("SIP/2.0 401").list("WWW-Authenticate"), "202", "correct horse 202", "REGISTER", "sip:x", "c")
		if err != nil {
			t.Fatal(err)
		}
		phone.send(ask(2, "Authorization: "+cr.String()+"\n"))
		path := []string{"<sip:p2@192.0.2.31;lr>", "<sip:p1@192.0.2.30;lr>"}
		if got := phone.next("SIP/2.0 200").list("Path"); !slices.Equal(got, path) {
			t.Errorf("Path: %v", got)
		}
		w.heard()
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Extension: "202"}, Caller: exchange.Caller{Number: "+33612345678"}})
		if got := phone.next("INVITE").list("Route"); !slices.Equal(got, path) {
			t.Errorf("Route: %v", got)
		}
	})
}

func TestFlowOfAConnectionThatBreaks_RFC5626_4_2_2(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 300)
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 1})
		sink{w.edge}.FlowClosed(w.edge.Phones()["201"][0].Flow)
		synctest.Wait()
		w.expect() // UDP does not break
	})
}
