package sipedge

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/nat"
	"autocom/appliance/sipedge/registrar"
)

func keepAlive(c *Config) { c.KeepAlive = 30 * time.Second }

// findings lists the findings as "about: code", and holds that nothing secret is in them.
func (w *world) findings() string {
	w.t.Helper()
	list := w.edge.Findings()
	var out []string
	clock, listens := false, false
	for _, f := range list {
		switch f.Code {
		case ClockWrong:
			clock = true // the bubble's year is 2000
			continue
		case Listens:
			listens = strings.Contains(f.Evidence, boxAddr)
			continue
		case TrunkUp, TrunkDown:
			continue
		}
		if f.Sentence == "" || f.Grade == "" {
			w.t.Errorf("%+v", f)
		}
		out = append(out, f.About+": "+string(f.Code))
	}
	if !clock || !listens {
		w.t.Errorf("clock %v, listener %v: %+v", clock, listens, list)
	}
	data, err := json.Marshal(list)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, secret := range []string{"correct horse", "let me through", "0612345678", "612345678"} {
		if strings.Contains(string(data), secret) {
			w.t.Errorf("%q is told: %s", secret, data)
		}
	}
	return strings.Join(out, ", ")
}

func canRing(ext string, contacts int) exchange.PhoneReachable {
	return exchange.PhoneReachable{Extension: ext, Reachable: contacts > 0, Contacts: contacts}
}

// A phone whose cable is pulled is known to be gone before it costs a caller half a minute of silence, and rung again as soon as it is heard.
func TestPulledPhoneIsNotRung(t *testing.T) {
	inSeededWorld(t, 1, keepAlive, func(w *world) {
		conn := w.net.Listen(phoneAddr)
		p := w.phone(conn, phoneAddr, true)
		if res := p.register("201", "correct horse 201", "<sip:201@"+phoneAddr+">", 3600); !strings.HasPrefix(res.first, "SIP/2.0 200") {
			t.Fatal(res.first)
		}
		w.expect(canRing("201", 1))
		time.Sleep(20 * time.Minute)
		if n := p.count("OPTIONS"); n < 35 || n > 45 {
			t.Errorf("asked %d times in 20 minutes", n)
		}
		w.expect()
		if got := w.findings(); got != "" {
			t.Errorf("all is well: %s", got)
		}

		w.net.DropWhen(func(from, to netip.AddrPort, _ []byte) bool {
			return from.String() == phoneAddr || to.String() == phoneAddr
		})
		time.Sleep(50 * time.Second)
		w.expect(canRing("201", 0))
		if got := w.findings(); got != "phone 201: keepalive.silent" {
			t.Error(got)
		}
		w.edge.Ring(exchange.Ring{Leg: "o1", To: exchange.Destination{Extension: "201"}})
		got := w.heard()
		if len(got) != 1 {
			t.Fatalf("%#v", got)
		}
		if _, refused := got[0].(exchange.LegRefused); !refused {
			t.Errorf("the caller waits: %#v", got)
		}

		w.net.DropWhen(nil)
		time.Sleep(70 * time.Second)
		w.expect(canRing("201", 1))
		if got := w.findings(); got != "" {
			t.Error(got)
		}
		if n := w.edge.stack.Counts().Clients; n > 1 {
			t.Errorf("%d transactions are left", n)
		}
	})
}

// A phone that lacks OPTIONS is rung as before: it is not judged by what it never did.
func TestPhoneThatNeverAnswersIsNotJudged(t *testing.T) {
	inSeededWorld(t, 1, keepAlive, func(w *world) {
		p := w.phone(w.net.Listen(phoneAddr), phoneAddr, false)
		p.register("201", "correct horse 201", "<sip:201@"+phoneAddr+">", 3600)
		w.expect(canRing("201", 1))
		time.Sleep(30 * time.Minute)
		w.expect()
		if got := w.findings(); got != "phone 201: keepalive.unanswered" {
			t.Error(got)
		}
	})
}

// Packets get lost: a phone is not taken for gone by chance.
func TestLossDoesNotSuspend(t *testing.T) {
	inSeededWorld(t, 3, keepAlive, func(w *world) {
		p := w.phone(w.net.Listen(phoneAddr), phoneAddr, true)
		p.register("201", "correct horse 201", "<sip:201@"+phoneAddr+">", 3600)
		w.expect(canRing("201", 1))
		link := memnet.Link{Loss: .2}
		w.net.Impair(phoneAddr, boxAddr, link)
		w.net.Impair(boxAddr, phoneAddr, link)
		time.Sleep(50 * time.Minute)
		w.expect()
	})
}

// A phone behind a router that forgets after half a minute registers once an hour, and can be called all the time.
func TestPhoneBehindARouterStaysReachable(t *testing.T) {
	inSeededWorld(t, 1, keepAlive, func(w *world) {
		r := w.router("192.0.2.77", 30*time.Second)
		p := w.phone(r, "10.0.0.5:5060", true)
		p.register("201", "correct horse 201", "<sip:201@10.0.0.5:5060>", 3600)
		w.expect(canRing("201", 1))
		time.Sleep(50 * time.Minute)
		w.expect()
		if r.port != 40001 {
			t.Errorf("the router forgot the phone %d times", r.port-40001)
		}
		w.edge.Ring(exchange.Ring{Leg: "o1", To: exchange.Destination{Extension: "201"}})
		p.next("INVITE")
		if got := w.findings(); got != "phone 201: nat.phone" {
			t.Error(got)
		}
	})
}

// SIP ALG at the phone's router: it rewrites Via, and leaves Contact.
func TestALGNearThePhone(t *testing.T) {
	inSeededWorld(t, 1, keepAlive, func(w *world) {
		r := w.router("192.0.2.77", time.Hour)
		alg := meddler{PacketConn: r, out: func(s string) string { return strings.Replace(s, "UDP 10.0.0.5:5060", "UDP 192.0.2.77:40001", 1) }}
		p := w.phone(alg, "10.0.0.5:5060", true)
		p.register("201", "correct horse 201", "<sip:201@10.0.0.5:5060>", 3600)
		if got := w.findings(); got != "phone 201: alg.phone" {
			t.Error(got)
		}
	})
}

// SIP ALG between the box and a carrier: our Via comes back changed; and another router only translates: received and rport say so (RFC 3581 §4).
func TestRouterBeforeTheCarrier_RFC3581_4(t *testing.T) {
	inWorld(t, func(w *world) {
		s := site()
		s.Trunks[0].Qualify = 30 * time.Second
		via := func(v string) string { return v }
		var mu sync.Mutex
		carrier := w.net.Listen(carrierAddr)
		done := make(chan struct{})
		go func() {
			defer close(done)
			b := make([]byte, 65536)
			for {
				n, from, err := carrier.ReadFrom(b)
				if err != nil {
					return
				}
				mu.Lock()
				change := via
				mu.Unlock()
				_, _ = carrier.WriteTo([]byte(okTo(parseText(string(b[:n])), change)), from)
			}
		}()
		defer func() { _ = carrier.Close(); <-done }()
		set := func(f func(string) string) {
			mu.Lock()
			via = f
			mu.Unlock()
			time.Sleep(35 * time.Second)
		}
		w.edge.Apply(s)
		time.Sleep(35 * time.Second)
		if got := w.findings(); got != "" {
			t.Errorf("a straight way: %s", got)
		}
		set(func(v string) string { return strings.Replace(v, ";rport", ";received=203.0.113.5;rport=61000", 1) })
		if got := w.findings(); got != "box: nat.box" {
			t.Error(got)
		}
		set(func(v string) string { return strings.Replace(v, ";rport", ";received=203.0.113.9;rport=61000", 1) })
		if got := w.findings(); got != "box: nat.address-changes, box: nat.box" {
			t.Error(got)
		}
		set(func(v string) string { return strings.Replace(v, host(boxAddr)+":5060", "203.0.113.9:61000", 1) })
		if got := w.findings(); !strings.Contains(got, "trunk carrier: alg.via") {
			t.Error(got)
		}
	})
}

func TestWrongPasswordIsTold(t *testing.T) {
	inSeededWorld(t, 1, keepAlive, func(w *world) {
		p := w.phone(w.net.Listen(phoneAddr), phoneAddr, true)
		p.register("201", "wrong", "<sip:201@"+phoneAddr+">", 3600)
		if got := w.findings(); got != "device at 192.0.2.20: phone.password" {
			t.Error(got)
		}
		time.Sleep(2 * time.Second)
		p.register("201", "correct horse 201", "<sip:201@"+phoneAddr+">", 3600)
		if got := w.findings(); got != "" {
			t.Errorf("corrected: %s", got)
		}
	})
}

// 2,000 phones at once after a restart: never more than so many questions in a second, and everybody's turn comes.
func TestKeepAlivesAreSpread(t *testing.T) {
	inSeededWorld(t, 1, func(c *Config) { c.KeepAlive = 60 * time.Second }, func(w *world) {
		asked := map[netip.AddrPort]int{}
		second := map[int64]int{}
		var mu sync.Mutex
		w.net.DropWhen(func(_, to netip.AddrPort, b []byte) bool {
			mu.Lock()
			defer mu.Unlock()
			if strings.HasPrefix(string(b), "OPTIONS") {
				if asked[to]++; asked[to] == 1 {
					second[time.Now().Unix()]++
				}
			}
			return true
		})
		m := map[string][]registrar.Binding{}
		for i := range 2000 {
			at := fmt.Sprintf("192.0.2.20:%d", 10000+i)
			defer w.net.Listen(at).Close()
			f := leg.Flow{Local: netip.MustParseAddrPort(boxAddr), Remote: netip.MustParseAddrPort(at)}
			m[fmt.Sprint(1000+i)] = []registrar.Binding{{Contact: "sip:x@" + at, Flow: f, Expires: time.Now().Add(time.Hour)}}
		}
		w.edge.registrar.Restore(time.Now(), m)
		time.Sleep(80 * time.Second)
		most := 0
		mu.Lock()
		for _, n := range second {
			most = max(most, n)
		}
		mu.Unlock()
		if most > maxPulse {
			t.Errorf("%d phones were asked in one second", most)
		}
		time.Sleep(5 * time.Minute)
		mu.Lock()
		if len(asked) != 2000 {
			t.Errorf("%d phones were asked", len(asked))
		}
		mu.Unlock()
		w.edge.registrar.Keep(func(string) bool { return false })
		time.Sleep(10 * time.Second)
		w.edge.pulse.mu.Lock()
		defer w.edge.pulse.mu.Unlock()
		if len(w.edge.pulse.kept) != 0 || len(w.edge.pulse.out) != 0 {
			t.Errorf("%d phones and %d questions are left", len(w.edge.pulse.kept), len(w.edge.pulse.out))
		}
	})
}

// What is remembered of messages is bounded.
func TestSightsAreBounded(t *testing.T) {
	s := newSights()
	for i := range 2000 {
		s.note(time.Unix(int64(i), 0), fmt.Sprint(i), nat.Of(nat.AlteredVia, ""))
	}
	if len(s.seen) != maxSights {
		t.Errorf("%d", len(s.seen))
	}
	if _, ok := s.seen[sightKey{"1999", nat.AlteredVia}]; !ok {
		t.Error("the newest was forgotten")
	}
}

// The box is behind a router: how long that remembers a carrier is found, kept below, and exceeded once. rport tells (RFC 3581 §4).
func TestIntervalToACarrier_RFC3581_4(t *testing.T) {
	for _, forgets := range []time.Duration{30 * time.Second, 60 * time.Second, 180 * time.Second} {
		t.Run(forgets.String(), func(t *testing.T) {
			inSeededWorld(t, 1, keepAlive, func(w *world) {
				s := site()
				s.Trunks[0].Qualify = 30 * time.Minute // asked so seldom, it would be forgotten in between
				carrier := w.net.Listen(carrierAddr)
				var mu sync.Mutex
				port, forgot, last := 61000, 0, time.Now()
				done := make(chan struct{})
				go func() {
					defer close(done)
					b := make([]byte, 65536)
					for {
						n, from, err := carrier.ReadFrom(b)
						if err != nil {
							return
						}
						mu.Lock()
						if time.Since(last) >= forgets {
							port++
							forgot++
						}
						last = time.Now()
						via := fmt.Sprintf(";received=203.0.113.5;rport=%d", port)
						mu.Unlock()
						_, _ = carrier.WriteTo([]byte(okTo(parseText(string(b[:n])), func(v string) string { return strings.Replace(v, ";rport", via, 1) })), from)
					}
				}()
				defer func() { _ = carrier.Close(); <-done }()
				w.edge.Apply(s)
				time.Sleep(6 * time.Hour)
				mu.Lock()
				if forgot != 1 {
					t.Errorf("the router forgot the box %d times", forgot)
				}
				mu.Unlock()
				w.edge.pulse.mu.Lock()
				for _, k := range w.edge.pulse.kept {
					if k.trunk != "carrier" || k.Interval >= forgets || k.Interval < forgets/2 {
						t.Errorf("%s: %s of silence under %s, phase %s", k.trunk, k.Interval, forgets, k.Phase)
					}
					t.Logf("forgets after %s: %s", forgets, k.Interval)
				}
				if len(w.edge.pulse.kept) != 1 {
					t.Errorf("%d are kept", len(w.edge.pulse.kept))
				}
				w.edge.pulse.mu.Unlock()
				if got := w.findings(); strings.Contains(got, "trunk carrier: nat.short-mapping") != (forgets < time.Minute) {
					t.Error(got)
				}
			})
		})
	}
}
