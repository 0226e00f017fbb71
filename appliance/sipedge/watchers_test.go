package sipedge

import (
	"encoding/xml"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
)

// key is a BLF key: one subscription as the phone sees it.
type key struct {
	p       *peer
	ext     string
	secret  string
	id      string
	to      string // with the tag of the box once it is known
	uri     string
	event   string
	accept  string
	agent   string
	cseq    int
	version int // of the last document
	seen    int // CSeq of the last NOTIFY
}

func (p *peer) key(id, ext, watched string) *key {
	return &key{
		p: p, ext: ext, secret: "correct horse " + ext, id: id, to: "<sip:" + watched + "@192.0.2.1>", uri: "sip:" + watched + "@192.0.2.1",
		event: "dialog", accept: "application/dialog-info+xml", agent: "Acme 1.0",
	}
}

// subscribe sends a SUBSCRIBE, proves its password and returns the final answer.
func (k *key) subscribe(expires int) *text {
	k.p.w.t.Helper()
	send := func(auth string) {
		k.cseq++
		accept := ""
		if k.accept != "" {
			accept = "Accept: " + k.accept + "\n"
		}
		k.p.send(fmt.Sprintf("SUBSCRIBE %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%d;rport\nMax-Forwards: 70\nFrom: <sip:%s@192.0.2.1>;tag=w-%s\nTo: %s\nCall-ID: %s\nCSeq: %d SUBSCRIBE\nContact: <sip:%s@%s>\nEvent: %s\nExpires: %d\nUser-Agent: %s\n%s%s\n",
			k.uri, k.p.at, k.id, k.cseq, k.ext, k.id, k.to, k.id, k.cseq, k.ext, k.p.at, k.event, expires, k.agent, accept, auth))
	}
	send("")
	r := k.answer()
	if !strings.HasPrefix(r.first, "SIP/2.0 401") {
		return r
	}
	cr, err := digest.Answer(r.list("WWW-Authenticate"), k.ext, k.secret, "SUBSCRIBE", k.uri, fmt.Sprintf("c%d", k.cseq))
	if err != nil {
		k.p.w.t.Fatal(err)
	}
	send("Authorization: " + cr.String() + "\n")
	r = k.answer()
	if strings.HasPrefix(r.first, "SIP/2.0 200") {
		k.to = r.get("To")
		k.uri = strings.Trim(r.get("Contact"), "<>")
	}
	return r
}

// answer waits for the answer to the last SUBSCRIBE. NOTIFYs that come meanwhile are left where they are.
func (k *key) answer() *text {
	k.p.w.t.Helper()
	want := fmt.Sprintf("%d SUBSCRIBE", k.cseq)
	for range 400 {
		synctest.Wait()
		k.p.mu.Lock()
		for i, m := range k.p.in {
			if strings.HasPrefix(m.first, "SIP/2.0") && m.get("CSeq") == want && m.get("Call-ID") == k.id {
				k.p.in = append(k.p.in[:i:i], k.p.in[i+1:]...)
				k.p.mu.Unlock()
				return m
			}
		}
		k.p.mu.Unlock()
		time.Sleep(100 * time.Millisecond)
	}
	k.p.w.t.Fatalf("no answer to %s, only %v", want, k.p.firsts())
	return nil
}

type dialogInfo struct {
	XMLName xml.Name `xml:"urn:ietf:params:xml:ns:dialog-info dialog-info"`
	Version int      `xml:"version,attr"`
	State   string   `xml:"state,attr"`
	Entity  string   `xml:"entity,attr"`
	Dialogs []struct {
		ID        string `xml:"id,attr"`
		CallID    string `xml:"call-id,attr"`
		LocalTag  string `xml:"local-tag,attr"`
		RemoteTag string `xml:"remote-tag,attr"`
		Direction string `xml:"direction,attr"`
		State     string `xml:"state"`
		Remote    string `xml:"remote>identity"`
	} `xml:"dialog"`
}

func (d dialogInfo) states() string {
	var l []string
	for _, x := range d.Dialogs {
		l = append(l, x.State)
	}
	return strings.Join(l, " ")
}

// notified takes the next NOTIFY, answers it, and wants its numbers to rise.
func (k *key) notified(status string) (*text, dialogInfo) {
	k.p.w.t.Helper()
	n := k.p.next("NOTIFY")
	if status != "" {
		k.p.reply(n, status, "")
	}
	return n, k.read(n)
}

func (k *key) read(n *text) dialogInfo {
	k.p.w.t.Helper()
	var d dialogInfo
	if n.get("Content-Type") == "application/dialog-info+xml" {
		if err := xml.Unmarshal([]byte(n.body), &d); err != nil {
			k.p.w.t.Fatalf("%v in %q", err, n.body)
		}
		if d.State != "full" {
			k.p.w.t.Errorf("not full state: %s", n.body)
		}
		if n.get("Call-ID") == k.id {
			if d.Version <= k.version {
				k.p.w.t.Errorf("version %d after %d", d.Version, k.version)
			}
			k.version = d.Version
		}
	}
	if seq, _ := strconv.Atoi(strings.Fields(n.get("CSeq"))[0]); n.get("Call-ID") == k.id {
		if seq <= k.seen {
			k.p.w.t.Errorf("CSeq %d after %d", seq, k.seen)
		}
		k.seen = seq
	}
	return d
}

func lamp(ext string, l exchange.Lamp, states ...string) exchange.ShowLamp {
	s := exchange.ShowLamp{Extension: ext, Lamp: l}
	for i, st := range states {
		s.Dialogs = append(s.Dialogs, exchange.LampDialog{Leg: plan.LegID("o3-" + legName(i)), State: st})
	}
	return s
}

func legName(i int) string { return fmt.Sprintf("%06d", i) }

func TestRFC6665S4_2_1LampFollowsACall(t *testing.T) {
	inWorld(t, func(w *world) {
		w.edge.ShowLamp(lamp("202", exchange.LampGreen))
		k := w.peer(phoneAddr).key("blf", "201", "202")
		r := k.subscribe(600)
		if e, _ := strconv.Atoi(r.get("Expires")); !strings.HasPrefix(r.first, "SIP/2.0 200") || e < 540 || e > 600 || r.tag("To") == "" {
			t.Fatal(r.raw)
		}
		n, d := k.notified("200 OK")
		if len(d.Dialogs) != 0 || d.Entity != "sip:202@192.0.2.1" || n.get("Event") != "dialog" || !strings.HasPrefix(n.get("Subscription-State"), "active;expires=") ||
			n.tag("To") != "w-blf" || n.tag("From") != r.tag("To") || n.uri() != "sip:201@"+phoneAddr {
			t.Error(n.raw)
		}
		for i, c := range []struct {
			l    exchange.ShowLamp
			want string
		}{
			{lamp("202", exchange.LampRed, "early"), "early"},
			{lamp("202", exchange.LampRed, "confirmed"), "confirmed"},
			{lamp("202", exchange.LampRed, "confirmed", "early"), "confirmed early"},
			{lamp("202", exchange.LampGreen), ""},
			{lamp("202", exchange.LampRed), "confirmed"}, // lit, for no call we can name
			{lamp("202", exchange.LampOrange), ""},
		} {
			time.Sleep(time.Second)
			began := time.Now()
			w.edge.Carry(c.l)
			if _, d := k.notified("200 OK"); d.states() != c.want {
				t.Errorf("%d: %q", i, d.states())
			}
			if took := time.Since(began); took > 200*time.Millisecond {
				t.Errorf("%d: the lamp took %s", i, took)
			}
		}
		// The same again is no news.
		w.edge.Carry(lamp("202", exchange.LampOrange))
		time.Sleep(time.Second)
		k.p.none("NOTIFY")
		if r := k.subscribe(0); !strings.HasPrefix(r.first, "SIP/2.0 200") {
			t.Error(r.raw)
		}
		if n, _ := k.notified("200 OK"); n.get("Subscription-State") != "terminated;reason=timeout" {
			t.Error(n.raw)
		}
		synctest.Wait()
		if w.edge.Watches() != 0 {
			t.Error("a subscription is left")
		}
		if r := k.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 481") {
			t.Error(r.raw)
		}
	})
}

func TestStormOfChangesIsCoalesced(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		k := p.key("storm", "201", "202")
		k.subscribe(600)
		k.notified("200 OK")
		time.Sleep(time.Second)
		before := p.count("NOTIFY")
		for i := range 1000 { // one a millisecond
			w.edge.ShowLamp(lamp("202", exchange.LampRed, []string{"early", "confirmed"}[i%2]))
			time.Sleep(time.Millisecond)
			p.mu.Lock()
			in := p.in
			p.in = nil
			p.mu.Unlock()
			for _, m := range in {
				k.read(m)
				p.reply(m, "200 OK", "")
			}
		}
		w.edge.ShowLamp(lamp("202", exchange.LampGreen))
		_, d := k.notified("200 OK")
		for d.states() != "" {
			_, d = k.notified("200 OK")
		}
		if n := p.count("NOTIFY") - before; n > 13 || n < 8 {
			t.Errorf("%d NOTIFYs for 1,001 changes in a second", n)
		}
		time.Sleep(time.Minute)
		p.none("NOTIFY")
	})
}

func TestOneNotifyAtATime(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		k := p.key("slow", "201", "202")
		k.subscribe(600)
		first, _ := k.notified("")
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
		time.Sleep(300 * time.Millisecond)
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "confirmed"))
		p.none("NOTIFY")
		p.reply(first, "200 OK", "")
		if _, d := k.notified("200 OK"); d.states() != "confirmed" {
			t.Error(d)
		}
	})
}

func TestLostNotifyAnd408NeverEndASubscription(t *testing.T) {
	for name, fail := range map[string]func(w *world, k *key){
		"silence": func(w *world, _ *key) {
			w.net.DropWhen(func(_, to netip.AddrPort, _ []byte) bool { return to.String() == phoneAddr })
			w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
			time.Sleep(5 * time.Minute)
			w.net.DropWhen(nil)
		},
		"408": func(w *world, k *key) {
			w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
			for range 5 {
				k.notified("408 Request Timeout")
			}
		},
		"500": func(w *world, k *key) {
			w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
			k.notified("500 Server Internal Error")
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.peer(phoneAddr)
				k := p.key("lost", "201", "202")
				k.subscribe(3600)
				k.notified("200 OK")
				time.Sleep(time.Second)
				fail(w, k)
				w.edge.ShowLamp(lamp("202", exchange.LampRed, "confirmed"))
				began := time.Now()
				if _, d := k.notified("200 OK"); d.states() != "confirmed" {
					t.Error(d)
				}
				if took := time.Since(began); took > 95*time.Second {
					t.Errorf("the lamp was dark for %s more", took)
				}
				time.Sleep(time.Second)
				w.edge.ShowLamp(lamp("202", exchange.LampGreen))
				if _, d := k.notified("200 OK"); d.states() != "" {
					t.Error(d)
				}
			})
		})
	}
}

func TestRFC6665S4_2_2_481EndsASubscription(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		k := p.key("gone", "201", "202")
		k.subscribe(600)
		k.notified("481 Subscription Does Not Exist")
		synctest.Wait()
		if w.edge.Watches() != 0 {
			t.Error("it is still there")
		}
		w.edge.ShowLamp(lamp("202", exchange.LampGreen))
		time.Sleep(time.Minute)
		p.none("NOTIFY")
	})
}

func TestRFC3261S20_33RetryAfterIsHonoured(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		k := p.key("busy", "201", "202")
		k.subscribe(600)
		n := p.next("NOTIFY")
		p.reply(n, "503 Service Unavailable", "", "Retry-After: 37 (updating)")
		began := time.Now()
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
		if _, d := k.notified("200 OK"); d.states() != "early" {
			t.Error(d)
		}
		if took := time.Since(began).Round(100 * time.Millisecond); took != 37*time.Second {
			t.Errorf("came after %s", took)
		}
	})
}

func TestRFC6665S4_4_1Expiry(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		k := p.key("ends", "201", "202")
		if r := k.subscribe(30); !strings.HasPrefix(r.first, "SIP/2.0 423") || r.get("Min-Expires") != "60" {
			t.Error(r.raw)
		}
		k = p.key("ends2", "201", "202")
		if r := k.subscribe(60); r.get("Expires") != "60" {
			t.Error(r.raw)
		}
		began := time.Now()
		k.notified("200 OK")
		time.Sleep(50 * time.Second)
		if n, _ := k.notified("200 OK"); n.get("Subscription-State") != "terminated;reason=timeout" || time.Since(began).Round(time.Second) != time.Minute {
			t.Error(time.Since(began), n.raw)
		}
		synctest.Wait()
		if w.edge.Watches() != 0 {
			t.Error("a subscription is left")
		}
		k = p.key("long", "201", "202")
		if e, _ := strconv.Atoi(k.subscribe(1 << 20).get("Expires")); e > 3600 || e < 3200 {
			t.Error(e)
		}
	})
}

func TestRFC6665S4_4_3FetchLeavesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "confirmed"))
		k := w.peer(phoneAddr).key("fetch", "201", "202")
		k.subscribe(0)
		if n, d := k.notified("200 OK"); d.states() != "confirmed" || n.get("Subscription-State") != "terminated;reason=timeout" {
			t.Error(n.raw)
		}
		synctest.Wait()
		if w.edge.Watches() != 0 {
			t.Error("a subscription is left")
		}
	})
}

func TestSubscribeIsRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		k := p.key("pw", "201", "202")
		k.secret = "guess"
		if r := k.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 401") {
			t.Error(r.raw)
		}
		k = p.key("ev", "201", "202")
		k.event = "conference"
		if r := k.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 489") || r.get("Allow-Events") != "dialog, presence, message-summary" {
			t.Error(r.raw)
		}
		k = p.key("acc", "201", "202")
		k.accept = "application/xpidf+xml"
		if r := k.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 406") {
			t.Error(r.raw)
		}
		w.edge.ShowLamp(lamp("202", exchange.LampGrey))
		var answers []string
		for _, watched := range []string{"202", "999"} {
			r := p.key("no"+watched, "201", watched).subscribe(600)
			answers = append(answers, fmt.Sprint(r.first, len(r.head)))
		}
		if answers[0] != answers[1] || !strings.HasPrefix(answers[0], "SIP/2.0 404") {
			t.Error(answers)
		}
		// What a stranger asks for makes no difference either.
		stranger := w.peer(strangeAddr)
		answers = nil
		for _, watched := range []string{"201", "999"} {
			k := stranger.key("s"+watched, "666", watched)
			k.event = "no-such"
			r := k.subscribe(600)
			answers = append(answers, fmt.Sprint(r.first, len(r.head)))
		}
		if answers[0] != answers[1] || !strings.HasPrefix(answers[0], "SIP/2.0 401") {
			t.Error(answers)
		}
		time.Sleep(time.Second)
		p.none("NOTIFY")
		if w.edge.Watches() != 0 {
			t.Error("a subscription was made")
		}
	})
}

func TestRefreshNeedsThePasswordAndTakesTheNewAddress(t *testing.T) {
	inWorld(t, func(w *world) {
		k := w.peer(phoneAddr).key("moves", "201", "202")
		k.subscribe(600)
		k.notified("200 OK")
		other := w.peer(phone2Addr)
		thief := *k
		thief.p, thief.ext, thief.secret = other, "202", "correct horse 202"
		if r := thief.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 481") {
			t.Error(r.raw)
		}
		k.cseq += 10
		k.p = other
		if r := k.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 200") {
			t.Error(r.raw)
		}
		if n, _ := k.notified("200 OK"); n.uri() != "sip:201@"+phone2Addr {
			t.Error(n.raw)
		}
		k.cseq -= 4
		if r := k.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 500") { // RFC 3261 §12.2.2
			t.Error(r.raw)
		}
	})
}

func TestGreyAndGoneEndSubscriptions(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		grey, gone := p.key("grey", "201", "202"), p.key("gone", "201", "202")
		gone.event, gone.accept = "message-summary", ""
		gone.uri, gone.to = "sip:201@192.0.2.1", "<sip:201@192.0.2.1>"
		grey.subscribe(600)
		grey.notified("200 OK")
		gone.subscribe(600)
		if n, _ := gone.notified("200 OK"); !strings.Contains(n.body, "Messages-Waiting: no\r\n") {
			t.Error(n.raw)
		}
		time.Sleep(time.Second)
		w.edge.ShowLamp(lamp("202", exchange.LampGrey))
		if n, _ := grey.notified("200 OK"); n.get("Subscription-State") != "terminated;reason=rejected" || n.body != "" {
			t.Error(n.raw)
		}
		w.edge.ShowMailbox("201", 2, 7)
		if n, _ := gone.notified("200 OK"); n.body != "Messages-Waiting: yes\r\nMessage-Account: sip:201@192.0.2.1\r\nVoice-Message: 2/7 (0/0)\r\n" {
			t.Errorf("%q", n.body)
		}
		s := site()
		s.Accounts = s.Accounts[1:]
		w.edge.Apply(s)
		if n, _ := gone.notified("200 OK"); n.get("Subscription-State") != "terminated;reason=noresource" {
			t.Error(n.raw)
		}
		synctest.Wait()
		if w.edge.Watches() != 0 {
			t.Error("subscriptions are left")
		}
	})
}

func TestOthersMailboxIsNotShown(t *testing.T) {
	inWorld(t, func(w *world) {
		k := w.peer(phoneAddr).key("mwi", "201", "202")
		k.event, k.accept = "message-summary", "application/simple-message-summary"
		if r := k.subscribe(600); !strings.HasPrefix(r.first, "SIP/2.0 404") {
			t.Error(r.raw)
		}
	})
}

// TestRFC3891PickupIDs: a phone that rings can be relieved of its call by another that watches it.
func TestRFC3891PickupIDs(t *testing.T) {
	inWorld(t, func(w *world) {
		rung, p := w.peer(phone2Addr), w.peer(phoneAddr)
		rung.register("202", "correct horse 202", "<sip:202@"+phone2Addr+">", 300)
		k := p.key("pick", "201", "202")
		k.subscribe(600)
		k.notified("200 OK")
		time.Sleep(time.Second)
		w.edge.Ring(exchange.Ring{Leg: "o3-000000", To: exchange.Destination{Extension: "202"}, Caller: exchange.Caller{Number: "+33612345678"}})
		inv := rung.next("INVITE")
		rung.reply(inv, "180 Ringing", "phone202")
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
		n, d := k.notified("200 OK")
		if len(d.Dialogs) != 1 || d.Dialogs[0].CallID != inv.get("Call-ID") || d.Dialogs[0].LocalTag != "phone202" || d.Dialogs[0].RemoteTag != inv.tag("From") || d.Dialogs[0].Direction != "recipient" {
			t.Error(n.raw)
		}
		if strings.Contains(n.raw, "612345678") {
			t.Errorf("an outside number is told: %s", n.body)
		}
		// The key is pressed. Phones put the two tags in the order of RFC 3891 as they see it: of the phone that rings, or of the box.
		w.heard()
		g := d.Dialogs[0]
		for i, order := range [][2]string{{g.LocalTag, g.RemoteTag}, {g.RemoteTag, g.LocalTag}} {
			take := p.call(fmt.Sprint("take", i), "sip:201@192.0.2.1", "202")
			take.invite(w, "201", fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=%s", g.CallID, order[0], order[1]))
			if o := w.offered(); o.Replaces != "o3-000000" {
				t.Errorf("%+v", o)
			}
		}
		time.Sleep(time.Second)
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "confirmed"))
		if _, d := k.notified("200 OK"); d.Dialogs[0].CallID != "" {
			t.Error("the ids of an answered call are told")
		}
	})
}

// TestRFC5626FlowClosed: a phone that lost its connection is told over the one it registered by next.
func TestRFC5626FlowClosed(t *testing.T) {
	inWorld(t, func(w *world) {
		p, again := w.peer(phoneAddr), w.peer(phone2Addr)
		k := p.key("flow", "201", "202")
		k.subscribe(600)
		k.notified("200 OK")
		time.Sleep(time.Second)
		gone := stack.Flow{Local: netip.MustParseAddrPort(boxAddr), Remote: netip.MustParseAddrPort(phoneAddr)}
		sink{w.edge}.FlowClosed(gone)
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
		time.Sleep(10 * time.Second)
		p.none("NOTIFY") // nobody is there
		again.register("201", "correct horse 201", "<sip:201@"+phoneAddr+">", 300)
		k.p = again
		began := time.Now()
		if _, d := k.notified("200 OK"); d.states() != "early" || time.Since(began) > time.Second {
			t.Error(time.Since(began), d)
		}
		time.Sleep(time.Second)
		w.edge.ShowLamp(lamp("202", exchange.LampGreen))
		if _, d := k.notified("200 OK"); d.states() != "" {
			t.Error(d)
		}
	})
}

// TestPhoneThatComesBackIsToldAtOnce: it was without power for an hour, and asked for nothing since.
func TestPhoneThatComesBackIsToldAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		k := p.key("back", "201", "202")
		k.subscribe(3600)
		k.notified("200 OK")
		w.net.DropWhen(func(_, to netip.AddrPort, _ []byte) bool { return to.String() == phoneAddr })
		time.Sleep(time.Second)
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "confirmed"))
		time.Sleep(50*time.Minute + 7*time.Second)
		w.edge.ShowLamp(lamp("202", exchange.LampGreen))
		w.net.DropWhen(nil)
		began := time.Now()
		p.register("201", "correct horse 201", "<sip:201@"+phoneAddr+">", 300)
		_, d := k.notified("200 OK")
		if d.states() != "" { // one that was on its way, repeated every 4 s at most (RFC 3261 §17.1.2.2)
			_, d = k.notified("200 OK")
		}
		if d.states() != "" || time.Since(began) > 5*time.Second {
			t.Error(time.Since(began), d)
		}
	})
}

// TestPolycomIsIdleBeforeItRings: asterisk #2159.
func TestPolycomIsIdleBeforeItRings(t *testing.T) {
	inWorld(t, func(w *world) {
		k := w.peer(phoneAddr).key("poly", "201", "202")
		k.agent = "PolycomSoundPointIP-SPIP_550-UA/3.3.5"
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "confirmed"))
		k.subscribe(600)
		var got []string
		_, d := k.notified("200 OK")
		got = append(got, d.states())
		time.Sleep(time.Second)
		w.edge.ShowLamp(lamp("202", exchange.LampRed, "early"))
		for range 2 {
			_, d = k.notified("200 OK")
			got = append(got, d.states())
		}
		if fmt.Sprint(got) != "[confirmed terminated early]" {
			t.Error(got)
		}
		time.Sleep(time.Second)
		k.p.none("NOTIFY")
	})
}

func manyAccounts(n int) Site {
	s := site()
	for i := range n {
		ext := strconv.Itoa(1000 + i)
		s.Accounts = append(s.Accounts, registrar.Account{Extension: ext, Secret: registrar.Secret("correct horse " + ext)})
	}
	return s
}

// TestRestartTellsEverybody: planned, and killed. A hundred subscribers are told in full, with numbers that rise, without asking.
func TestRestartTellsEverybody(t *testing.T) {
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", killed), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "phones")
			inSeededWorld(t, 1, func(c *Config) { c.Bindings = path }, func(w *world) {
				w.edge.Apply(manyAccounts(100))
				p := w.peer(phoneAddr)
				keys := map[string]*key{}
				for i := range 100 {
					k := p.key(fmt.Sprintf("many%d", i), strconv.Itoa(1000+i), "202")
					k.subscribe(3600)
					k.notified("200 OK")
					keys[k.id] = k
				}
				time.Sleep(10 * time.Second)
				w.edge.ShowLamp(lamp("202", exchange.LampRed, "confirmed")) // numbers that rise after the last writing
				for range 100 {
					n := p.next("NOTIFY")
					keys[n.get("Call-ID")].read(n)
					p.reply(n, "200 OK", "")
				}
				synctest.Wait()
				book, err := os.ReadFile(path + ".watchers")
				if err != nil {
					t.Fatal(err)
				}
				if !killed {
					w.edge.Freeze()
				}
				if err := w.edge.Close(); err != nil {
					t.Fatal(err)
				}
				if killed { // what a process that was killed had written
					if err := os.WriteFile(path+".watchers", book, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(3 * time.Second)
				e, err := New(w.cfg, manyAccounts(100))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := e.Serve(w.net.Listen(boxAddr), netip.AddrPort{}); err != nil {
					t.Fatal(err)
				}
				w.edge = e
				e.Start()
				e.ShowLamp(lamp("202", exchange.LampGreen))
				began := time.Now()
				lost := 0
				w.net.DropWhen(func(_, to netip.AddrPort, b []byte) bool { // the first packet of each tenth is lost
					if to.String() == phoneAddr && strings.HasPrefix(string(b), "NOTIFY") {
						lost++
						return lost%10 == 0
					}
					return false
				})
				for range 100 {
					n := p.next("NOTIFY")
					k := keys[n.get("Call-ID")]
					if d := k.read(n); d.states() != "" {
						t.Error(n.body)
					}
					p.reply(n, "200 OK", "")
					delete(keys, k.id)
				}
				if len(keys) != 0 || time.Since(began) > 4*time.Second {
					t.Errorf("%d were not told; it took %s", len(keys), time.Since(began))
				}
				if e.Watches() != 100 {
					t.Error(e.Watches())
				}
			})
		})
	}
}

func TestTornWatchBookIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "phones")
	if err := os.WriteFile(path+".watchers", []byte(`{"at":"2026-01-01T00:00:00Z","list":[{"v":1,"phase":"Act`), 0o600); err != nil {
		t.Fatal(err)
	}
	inSeededWorld(t, 1, func(c *Config) { c.Bindings = path }, func(w *world) {
		k := w.peer(phoneAddr).key("new", "201", "202")
		k.subscribe(600)
		k.notified("200 OK")
		if w.edge.Watches() != 1 {
			t.Error(w.edge.Watches())
		}
	})
}

func TestSubscriptionsAreBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer(phoneAddr)
		refused := 0
		for i := range maxPhoneWatches + 5 {
			r := p.key(fmt.Sprintf("b%d", i), "201", "202").subscribe(600)
			if strings.HasPrefix(r.first, "SIP/2.0 503") && r.get("Retry-After") != "" {
				refused++
			}
			p.mu.Lock()
			in := p.in
			p.in = nil
			p.mu.Unlock()
			for _, m := range in {
				p.reply(m, "200 OK", "")
			}
			time.Sleep(50 * time.Millisecond)
		}
		if refused != 5 || w.edge.Watches() != maxPhoneWatches {
			t.Errorf("%d refused, %d taken", refused, w.edge.Watches())
		}
		// A phone that forgot asks anew in the same half of a dialog, and takes the place of what it had.
		r := p.key("b0", "201", "202")
		r.cseq = 1000
		if a := r.subscribe(600); !strings.HasPrefix(a.first, "SIP/2.0 200") || w.edge.Watches() != maxPhoneWatches {
			t.Error(a.raw, w.edge.Watches())
		}
	})
}

// TestWeekOfRefreshesLeavesNothing: three phones refresh for a week over a line that loses one packet in a hundred.
func TestWeekOfRefreshesLeavesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		w.net.ImpairAll(memnet.Link{Loss: 0.01, Delay: 5 * time.Millisecond})
		phones := []*peer{w.peer(phoneAddr), w.peer(phone2Addr)}
		var keys []*key
		for i, p := range phones {
			for _, event := range []string{"dialog", "presence"} {
				k := p.key(fmt.Sprintf("week%d%s", i, event), strconv.Itoa(201+i), strconv.Itoa(202-i))
				k.event, k.accept = event, ""
				keys = append(keys, k)
			}
		}
		week := time.Now().Add(7 * 24 * time.Hour)
		for n := 0; time.Now().Before(week); n++ {
			for _, k := range keys {
				k.again(3600)
			}
			for i := range 4 {
				w.edge.ShowLamp(lamp("202", exchange.LampRed, []string{"early", "confirmed"}[i%2]))
				w.edge.ShowLamp(lamp("201", []exchange.Lamp{exchange.LampGreen, exchange.LampOrange}[i%2]))
				for range 8 {
					time.Sleep(20 * time.Second)
					for _, p := range phones {
						p.take()
					}
				}
			}
			time.Sleep(20 * time.Minute)
			for _, p := range phones {
				p.take()
			}
		}
		if n := w.edge.Watches(); n < len(keys) || n > 2*len(keys) {
			t.Errorf("%d subscriptions for %d keys", n, len(keys))
		}
		// They all run out by themselves.
		for range 200 {
			time.Sleep(30 * time.Second)
			for _, p := range phones {
				p.take()
			}
		}
		if n := w.edge.Watches(); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
		ws := w.edge.watchers
		if len(ws.subs)+len(ws.of)+len(ws.by)+len(ws.due) != 0 {
			t.Errorf("left: %d subs, %d of, %d by, %d timers", len(ws.subs), len(ws.of), len(ws.by), len(ws.due))
		}
	})
}

// take answers every NOTIFY that came.
func (p *peer) take() {
	synctest.Wait()
	p.mu.Lock()
	in := p.in
	p.in = nil
	p.mu.Unlock()
	for _, m := range in {
		if strings.HasPrefix(m.first, "NOTIFY") {
			p.reply(m, "200 OK", "")
		}
	}
}

// again subscribes as a phone does over a line that loses packets: a request is repeated, and when all fails or the box knows nothing of the
// subscription, it begins anew.
func (k *key) again(expires int) {
	k.p.w.t.Helper()
	auth := ""
	for try := range 12 {
		k.cseq++
		if try == 8 {
			k.to, _, _ = strings.Cut(k.to, ";tag=")
		}
		k.p.send(fmt.Sprintf("SUBSCRIBE %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%d;rport\nFrom: <sip:%s@192.0.2.1>;tag=w-%s\nTo: %s\nCall-ID: %s\nCSeq: %d SUBSCRIBE\nContact: <sip:%s@%s>\nEvent: %s\nExpires: %d\n%s\n",
			k.uri, k.p.at, k.id, k.cseq, k.ext, k.id, k.to, k.id, k.cseq, k.ext, k.p.at, k.event, expires, auth))
		time.Sleep(time.Second)
		synctest.Wait()
		var r *text
		k.p.mu.Lock()
		for _, m := range k.p.in {
			if strings.HasPrefix(m.first, "SIP/2.0") && m.get("CSeq") == fmt.Sprintf("%d SUBSCRIBE", k.cseq) && m.get("Call-ID") == k.id {
				r = m
			}
		}
		k.p.mu.Unlock()
		k.p.take()
		switch {
		case r == nil:
		case strings.HasPrefix(r.first, "SIP/2.0 200"):
			k.to, k.uri = r.get("To"), strings.Trim(r.get("Contact"), "<>")
			return
		case strings.HasPrefix(r.first, "SIP/2.0 401"):
			cr, err := digest.Answer(r.list("WWW-Authenticate"), k.ext, k.secret, "SUBSCRIBE", k.uri, fmt.Sprintf("c%d", k.cseq))
			if err != nil {
				k.p.w.t.Fatal(err)
			}
			auth = "Authorization: " + cr.String() + "\n"
		case strings.HasPrefix(r.first, "SIP/2.0 481"):
			k.to, _, _ = strings.Cut(k.to, ";tag=")
		}
	}
	k.p.w.t.Fatalf("%s got no subscription in 12 tries: %v", k.id, k.p.firsts())
}
