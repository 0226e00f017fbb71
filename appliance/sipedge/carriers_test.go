package sipedge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/locate"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

const (
	proxyA = "203.0.113.5:5060"
	proxyB = "203.0.113.6:5060"
)

// names is DNS as a test wants it.
type names struct {
	mu sync.Mutex
	m  map[string][]string
}

func (n *names) set(name string, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.m == nil {
		n.m = map[string][]string{}
	}
	n.m[name] = addrs
}

func (n *names) Targets(_ context.Context, name string, _ locate.Hint) ([]locate.Target, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []locate.Target
	for _, a := range n.m[name] {
		list = append(list, locate.Target{Transport: flow.UDP, Addr: netip.MustParseAddrPort(a), Name: name})
	}
	if len(list) == 0 {
		return nil, errors.New("no such name")
	}
	return list, nil
}

// inCarrierWorld is inWorld with a carrier that is found by name.
func inCarrierWorld(t *testing.T, change func(*Config), f func(w *world, dns *names)) {
	t.Helper()
	dns := &names{}
	inSeededWorld(t, 1, func(c *Config) {
		c.Locate = dns
		c.Stack.Firewall = stack.Firewall{Trusted: []netip.Prefix{prefix("192.0.2.0/24")}, Admitted: []netip.Prefix{prefix("198.51.100.0/24")}}
		if change != nil {
			change(c)
		}
	}, func(w *world) { f(w, dns) })
}

func registering() Site {
	s := site()
	s.Trunks = []trunk.Config{{
		Name: "sim", Servers: []string{"carrier.example"}, Domain: "carrier.example", Register: trunk.Yes, Username: "0140506070", Password: "let me in",
		Presented: "+33140506070", CountryCode: "33", TrunkPrefix: "0", Expires: 10 * time.Minute, FromHost: trunk.HostDomain, Dialled: trunk.DialledTo,
	}}
	return s
}

// grant answers a REGISTER with what was asked for.
func (p *peer) grant(m *text, seconds int, more ...string) {
	p.w.t.Helper()
	p.reply(m, "200 OK", "reg", append([]string{fmt.Sprintf("Contact: %s;expires=%d", m.get("Contact"), seconds)}, more...)...)
}

// lines is what the exchange heard of trunks and calls; phones that do not come back after the start are no matter here.
func (w *world) lines() []exchange.Input {
	return slices.DeleteFunc(w.heard(), func(in exchange.Input) bool {
		_, phone := in.(exchange.PhoneReachable)
		return phone
	})
}

// hears wants the exchange to have heard exactly this of them.
func (w *world) hears(want ...exchange.Input) {
	w.t.Helper()
	if got := w.lines(); !slices.Equal(got, want) {
		w.t.Fatalf("the exchange heard\n %#v\nwant\n %#v", got, want)
	}
}

func reachable(name string) exchange.Input {
	return exchange.TrunkReachable{Trunk: name, Reachable: true}
}

func TestTrunkSignsOnWithItsPasswordAndTakesCallsFromItsRegistrar(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		w.edge.Apply(registering())
		reg := carrier.next("REGISTER sip:carrier.example SIP/2.0")
		if reg.get("From") == "" || !strings.HasPrefix(reg.get("To"), "<sip:0140506070@carrier.example>") || reg.get("Contact") != "<sip:0140506070@"+boxAddr+">" || reg.get("Expires") != "600" {
			t.Fatal(reg.raw)
		}
		w.hears() // nobody knows yet
		carrier.reply(reg, "401 Unauthorized", "reg", `WWW-Authenticate: Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"`)
		again := carrier.next("REGISTER")
		cr, err := digest.ParseCredentials(again.get("Authorization"))
		if err != nil || cr.Expected("REGISTER", "let me in") != cr.Response || cr.URI != "sip:carrier.example" {
			t.Fatalf("%v\n%s", err, again.raw)
		}
		if again.get("Call-ID") != reg.get("Call-ID") || again.get("CSeq") != "2 REGISTER" {
			t.Error(again.raw)
		}
		carrier.grant(again, 600, "Service-Route: <sip:edge.carrier.example;lr>", "P-Associated-URI: <sip:+33140506070@carrier.example>")
		w.hears(reachable("sim"))

		// The number called is in To, the account in the Request-URI; Sources names nobody.
		c := carrier.call("in", "sip:0612345678@carrier.example", "0140506071")
		c.uri = strings.Trim(reg.get("Contact"), "<>")
		c.request("INVITE", sdpText("203.0.113.5", 1, "", "8"))
		if o := w.offered(); o.Origin.Name != "sim" || o.Dialled != "+33140506071" || o.Caller.Number != "+33612345678" {
			t.Errorf("%+v", o)
		}

		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "sim", Number: "+33612345678"}})
		inv := carrier.next("INVITE sip:+33612345678@carrier.example")
		if inv.get("Route") != "<sip:edge.carrier.example;lr>" || !strings.HasPrefix(inv.get("From"), "<sip:+33140506070@carrier.example>") {
			t.Error(inv.raw)
		}
		st := w.edge.Carriers()
		if len(st) != 1 || !st[0].Up || st[0].Phase != trunk.Registered || len(st[0].Associated) != 1 || st[0].Problem != "" {
			t.Errorf("%+v", st)
		}
		stranger := w.peer("203.0.113.77:5060")
		stranger.call("x", "sip:1@x", "0140506070").request("INVITE", sdpText("203.0.113.77", 1, "", "8"))
		stranger.none("SIP/2.0")
	})
}

func TestRegistrationIsRefreshedLostAndComesBack(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		w.edge.Apply(registering())
		carrier.grant(carrier.next("REGISTER"), 600)
		w.hears(reachable("sim"))
		granted := time.Now()
		for carrier.count("REGISTER") < 2 {
			time.Sleep(time.Second)
		}
		if d := time.Since(granted); d < 480*time.Second || d > 542*time.Second {
			t.Errorf("refreshed after %s of 600 s", d)
		}
		carrier.grant(carrier.next("REGISTER"), 600)
		granted = time.Now()
		w.hears()
		w.net.DropWhen(func(netip.AddrPort, netip.AddrPort, []byte) bool { return true })
		time.Sleep(time.Until(granted.Add(599 * time.Second)))
		w.hears() // still known
		time.Sleep(2 * time.Second)
		if in := w.lines(); len(in) != 1 || in[0].(exchange.TrunkReachable).Reachable || in[0].(exchange.TrunkReachable).Reason == "" {
			t.Fatalf("%v", in)
		}
		w.net.DropWhen(nil)
		carrier.mu.Lock()
		carrier.in = nil
		carrier.mu.Unlock()
		down := time.Now()
		seen := carrier.count("REGISTER") // with the repetitions of the one that waited for this test to look
		for carrier.count("REGISTER") == seen && time.Since(down) < 35*time.Minute {
			time.Sleep(100 * time.Millisecond) // the last repetition comes half a second before the box gives up
		}
		carrier.grant(carrier.next("REGISTER"), 600)
		w.hears(reachable("sim"))
		if d := time.Since(down); d > 31*time.Minute {
			t.Errorf("back after %s", d)
		}
	})
}

func TestSecondRegistrarIsAskedWhenTheFirstIsSilent(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		a, b := w.peer(proxyA), w.peer(proxyB)
		dns.set("carrier.example", proxyA, proxyB)
		w.edge.Apply(registering())
		b.grant(b.next("REGISTER"), 600)
		w.hears(reachable("sim"))
		if n := a.count("REGISTER"); n == 0 {
			t.Error("the first was not asked first")
		}
		// Calls go where the box is known.
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "sim", Number: "+33612345678"}})
		b.next("INVITE")
		a.none("INVITE")
		// The first is returned to.
		a.mu.Lock()
		a.in = nil
		a.mu.Unlock()
		for a.count("REGISTER") < 6 {
			time.Sleep(time.Second)
		}
		a.grant(a.next("REGISTER"), 600)
		w.edge.Ring(exchange.Ring{Leg: "o3-2", To: exchange.Destination{Trunk: "sim", Number: "+33612345678"}})
		a.next("INVITE")
	})
}

func TestRFC6140BulkRegistrationAndNumbersInTheRequestURI(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		s := registering()
		s.Trunks[0].Bulk, s.Trunks[0].Dialled = trunk.BulkGIN, trunk.DialledRequest
		w.edge.Apply(s)
		reg := carrier.next("REGISTER")
		if reg.get("Contact") != "<sip:"+boxAddr+";bnc>" || reg.get("Require") != "gin" || reg.get("Proxy-Require") != "gin" || !strings.Contains(reg.get("Supported"), "gin") {
			t.Fatal(reg.raw)
		}
		carrier.grant(reg, 600)
		w.hears(reachable("sim"))
		c := carrier.call("ddi", "sip:+33612345678@carrier.example", "ignored")
		c.uri = "sip:+33140506078@" + boxAddr
		c.request("INVITE", sdpText("203.0.113.5", 1, "", "8"))
		if o := w.offered(); o.Dialled != "+33140506078" {
			t.Errorf("%+v", o)
		}
	})
}

// rings places a call and gives how long it took until the caller heard it ring.
func (w *world) rings(r exchange.Ring, serving *peer) time.Duration {
	w.t.Helper()
	began := time.Now()
	w.edge.Ring(r)
	inv := serving.next("INVITE")
	serving.reply(inv, "180 Ringing", "c1", serving.contact())
	for range 100 {
		for _, in := range w.heard() {
			if in == (exchange.LegRinging{Leg: r.Leg}) {
				return time.Since(began)
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatal("no ringing")
	return 0
}

func TestCallFailsOverToTheNextServerWithinTwoSeconds(t *testing.T) {
	for _, emergency := range []bool{false, true} {
		for servers := 2; servers <= 4; servers++ {
			inCarrierWorld(t, nil, func(w *world, dns *names) {
				var addrs []string
				for i := range servers {
					addrs = append(addrs, fmt.Sprintf("203.0.113.%d:5060", 10+i))
				}
				dns.set("carrier.example", addrs...)
				last := w.peer(addrs[servers-1]) // the others do not exist
				s := registering()
				s.Trunks[0].Register = ""
				w.edge.Apply(s)
				synctest.Wait()
				w.heard()
				number := "+33612345678"
				if emergency {
					number = "112"
				}
				r := exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "sim", Number: number}, Emergency: emergency}
				if d := w.rings(r, last); d > 2*time.Second {
					t.Errorf("%d servers, emergency %v: rings after %s", servers, emergency, d)
				}
				time.Sleep(3 * time.Second)
				r.Leg = "o3-2"
				if d := w.rings(r, last); d > 100*time.Millisecond {
					t.Errorf("the next call waits %s for servers that are known to be silent", d)
				}
			})
		}
	}
}

func TestServerThatIsOverloadedIsTriedLastAsLongAsItAsks(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		a, b := w.peer(proxyA), w.peer(proxyB)
		dns.set("carrier.example", proxyA, proxyB)
		s := registering()
		s.Trunks[0].Register = ""
		w.edge.Apply(s)
		w.heard()
		place := func(n int) {
			w.edge.Ring(exchange.Ring{Leg: plan.LegID(fmt.Sprintf("o3-%d", n)), To: exchange.Destination{Trunk: "sim", Number: "+33612345678"}})
		}
		place(1)
		a.reply(a.next("INVITE"), "503 Service Unavailable", "x", "Retry-After: 120")
		b.next("INVITE")
		place(2)
		b.next("INVITE")
		a.none("INVITE")
		time.Sleep(121 * time.Second)
		place(3)
		a.next("INVITE")
	})
}

func TestTrunkThatNobodyAsksCountsAsGoneAfterSilentCallsAndComesBack(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.net.DropWhen(func(_, to netip.AddrPort, _ []byte) bool { return to == netip.MustParseAddrPort(carrierAddr) })
		for i := range 3 {
			id := plan.LegID(fmt.Sprintf("o3-%d", i))
			w.edge.Ring(exchange.Ring{Leg: id, To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}})
			time.Sleep(9 * time.Second)
			in := w.heard()
			if len(in) == 0 || in[0] != (exchange.LegRefused{Leg: id, Reason: exchange.RefusedUnreachable, SIP: 408}) {
				t.Fatalf("%v", in)
			}
			if gone := slices.Contains(in, exchange.Input(exchange.TrunkReachable{Trunk: "carrier", Reason: "no server answers"})); gone != (i == 2) {
				t.Fatalf("call %d: %v", i, in)
			}
		}
		w.net.DropWhen(nil)
		time.Sleep(time.Second)
		carrier.reply(carrier.next("OPTIONS"), "200 OK", "o")
		w.hears(reachable("carrier"))
		n := carrier.count("OPTIONS")
		time.Sleep(2 * time.Minute)
		if carrier.count("OPTIONS") > n+8 { // repetitions of those that were out
			t.Error("a trunk that is there is asked on")
		}
	})
}

func TestTrunkWithTwoServersIsThereWhileOneAnswers(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		a, b := w.peer(proxyA), w.peer(proxyB)
		dns.set("carrier.example", proxyA, proxyB)
		s := registering()
		s.Trunks[0].Register, s.Trunks[0].Qualify = "", 10*time.Second
		w.edge.Apply(s)
		silent := false
		var mu sync.Mutex
		done := make(chan struct{})
		defer close(done)
		go func() { // b answers, a never does
			for {
				select {
				case <-done:
					return
				case <-time.After(200 * time.Millisecond):
				}
				mu.Lock()
				quiet := silent
				mu.Unlock()
				b.mu.Lock()
				var m *text
				if len(b.in) > 0 && !quiet {
					m, b.in = b.in[0], b.in[1:]
				}
				b.mu.Unlock()
				if m != nil && strings.HasPrefix(m.first, "OPTIONS") {
					b.answer(m)
				}
			}
		}()
		time.Sleep(5 * time.Minute)
		w.hears(reachable("sim"))
		if a.count("OPTIONS") == 0 {
			t.Error("the first server is not asked")
		}
		mu.Lock()
		silent = true
		mu.Unlock()
		time.Sleep(2 * time.Minute)
		w.hears(exchange.TrunkReachable{Trunk: "sim", Reason: "no server answers"})
	})
}

// answer answers 200 from any goroutine.
func (p *peer) answer(m *text) {
	res := "SIP/2.0 200 OK\r\n"
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
		for _, v := range m.list(name) {
			res += name + ": " + v + "\r\n"
		}
	}
	res += "To: " + m.get("To") + ";tag=o\r\nContent-Length: 0\r\n\r\n"
	_, _ = p.conn.WriteTo([]byte(res), boxUDP())
}

func TestRegistrationOutlivesAPlannedRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registrations.json")
	inCarrierWorld(t, func(c *Config) { c.Registrations = path }, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		w.edge.Apply(registering())
		first := carrier.next("REGISTER")
		carrier.grant(first, 600)
		w.hears(reachable("sim"))
		time.Sleep(time.Minute)
		w.edge.Freeze()
		if err := w.edge.Close(); err != nil {
			t.Fatal(err)
		}
		e, err := New(w.cfg, registering())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Serve(w.net.Listen(boxAddr), netip.AddrPort{}); err != nil {
			t.Fatal(err)
		}
		w.edge = e
		e.Start()
		w.hears(reachable("sim"))
		carrier.none("REGISTER")
		// Its calls are known at once.
		c := carrier.call("in", "sip:0612345678@carrier.example", "0140506071")
		c.request("INVITE", sdpText("203.0.113.5", 1, "", "8"))
		w.offered()
		time.Sleep(9 * time.Minute)
		if again := carrier.next("REGISTER"); again.get("Call-ID") != first.get("Call-ID") || again.get("CSeq") != "2 REGISTER" {
			t.Error(again.raw)
		}
	})
}

func TestBoxBehindARouterIsRegisteredWhereTheRegistrarSeesIt(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		s := registering()
		s.Trunks[0].FollowSeen = trunk.Yes
		w.edge.Apply(s)
		seen := func(m *text) {
			for i, h := range m.head {
				if h[0] == "Via" {
					m.head[i][1] = strings.Replace(h[1], ";rport", ";received=203.0.113.200;rport=40001", 1)
				}
			}
			carrier.grant(m, 600)
		}
		seen(carrier.next("REGISTER"))
		again := carrier.next("REGISTER")
		if c := again.list("Contact"); len(c) != 2 || c[0] != "<sip:0140506070@203.0.113.200:40001>" || c[1] != "<sip:0140506070@"+boxAddr+">;expires=0" {
			t.Fatal(again.raw)
		}
		seen(again)
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "sim", Number: "+33612345678"}})
		if c := carrier.next("INVITE").get("Contact"); c != "<sip:o3-1@203.0.113.200:40001>" {
			t.Error(c)
		}
		time.Sleep(time.Minute)
		carrier.none("REGISTER")
	})
}

func TestTrunkThatLeavesTheDocumentSignsOff(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		w.edge.Apply(registering())
		carrier.grant(carrier.next("REGISTER"), 600)
		w.hears(reachable("sim"))
		w.edge.Apply(site())
		off := carrier.next("REGISTER")
		if off.get("Expires") != "0" {
			t.Error(off.raw)
		}
		carrier.reply(off, "200 OK", "reg")
		w.hears(reachable("carrier"))
		if st := w.edge.Carriers(); len(st) != 1 || st[0].Trunk != "carrier" {
			t.Errorf("%+v", st)
		}
	})
}

func TestNewPasswordOfATrunkIsTriedAtOnceAndSignsNothingOff(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		w.edge.Apply(registering())
		for range 2 { // a wrong password
			carrier.reply(carrier.next("REGISTER"), "401 Unauthorized", "reg", `WWW-Authenticate: Digest realm="carrier", nonce="n1"`)
		}
		if in := w.lines(); len(in) != 1 || !strings.Contains(in[0].(exchange.TrunkReachable).Reason, "password") {
			t.Fatalf("%v", in)
		}
		s := registering()
		s.Trunks[0].Password = "the right one"
		w.edge.Apply(s)
		carrier.grant(carrier.next("REGISTER"), 600)
		w.hears(reachable("sim"))
		s = registering()
		s.Trunks[0].Password = "another"
		w.edge.Apply(s)
		if m := carrier.next("REGISTER"); m.get("Expires") != "600" {
			t.Error(m.raw)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		carrier.mu.Lock()
		defer carrier.mu.Unlock()
		for _, m := range carrier.all {
			if strings.HasPrefix(m.first, "REGISTER") && m.get("Expires") == "0" {
				t.Error(m.raw)
			}
		}
	})
}

func TestBoxThatIsSwitchedOffSignsOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registrations.json")
	inCarrierWorld(t, func(c *Config) { c.Registrations = path }, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		w.edge.Apply(registering())
		carrier.grant(carrier.next("REGISTER"), 600)
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		w.edge.SignOff(ctx) // nobody answers
		if d := time.Since(began); d > 3*time.Second {
			t.Errorf("it took %s", d)
		}
		if m := carrier.next("REGISTER"); m.get("Expires") != "0" {
			t.Error(m.raw)
		}
		// It is switched on again.
		if err := w.edge.Close(); err != nil {
			t.Fatal(err)
		}
		e, err := New(w.cfg, registering())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Serve(w.net.Listen(boxAddr), netip.AddrPort{}); err != nil {
			t.Fatal(err)
		}
		w.edge = e
		e.Start()
		for range 20 {
			if m := carrier.next("REGISTER"); m.get("Expires") == "600" {
				return
			}
		}
		t.Error("it does not sign on again")
	})
}

func TestTwoAccountsAtOneCarrierAreToldApart(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		carrier := w.peer(proxyA)
		dns.set("carrier.example", proxyA)
		s := registering()
		other := s.Trunks[0]
		other.Name, other.Username, other.Presented = "other", "0472000000", "+33472000000"
		s.Trunks = append(s.Trunks, other)
		w.edge.Apply(s)
		for range 2 {
			carrier.grant(carrier.next("REGISTER"), 600)
		}
		w.heard()
		c := carrier.call("in", "sip:0612345678@carrier.example", "0472000001")
		c.uri = "sip:0472000000@" + boxAddr
		c.request("INVITE", sdpText("203.0.113.5", 1, "", "8"))
		if o := w.offered(); o.Origin.Name != "other" {
			t.Errorf("%+v", o)
		}
	})
}

func TestEarlySoundIsPassedOrIgnored(t *testing.T) {
	for policy, want := range map[trunk.EarlyMedia][]exchange.Input{
		"":                {exchange.LegRinging{Leg: "o3-1"}, exchange.LegRinging{Leg: "o3-1", EarlyMedia: true}},
		trunk.EarlyIgnore: {exchange.LegRinging{Leg: "o3-1"}},
	} {
		inWorld(t, func(w *world) {
			s := site()
			s.Trunks[0].EarlyMedia = policy
			w.edge.Apply(s)
			w.heard()
			carrier := w.peer(carrierAddr)
			w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}})
			inv := carrier.next("INVITE")
			carrier.reply(inv, "180 Ringing", "c1", carrier.contact())
			carrier.reply(inv, "183 Session Progress", "c1", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
			w.hears(want...)
		})
	}
}

func TestKeysAreTakenAsTheTrunkSaysTheyCome(t *testing.T) {
	for _, dtmf := range [][]trunk.DTMF{nil, {trunk.DTMFEvents}, {trunk.DTMFInfo}} {
		inWorld(t, func(w *world) {
			s := site()
			s.Trunks[0].DTMF = dtmf
			w.edge.Apply(s)
			w.heard()
			carrier := w.peer(carrierAddr)
			c, id := w.up(carrier, "keys")
			c.request("INFO", "Content-Type: application/dtmf-relay", "BODY Signal=5\nDuration=160\n")
			carrier.next("SIP/2.0 200")
			want := len(dtmf) == 0 || dtmf[0] == trunk.DTMFInfo
			if got := len(w.heard()) == 1; got != want {
				t.Errorf("%v: %v", dtmf, got)
			}
			if got := w.edge.DigitTaken(exchange.DigitPressed{Leg: id, Via: "rfc4733"}); got != (len(dtmf) == 0 || dtmf[0] == trunk.DTMFEvents) {
				t.Errorf("%v: %v", dtmf, got)
			}
			if !w.edge.DigitTaken(exchange.DigitPressed{Leg: "i9-9", Digit: "5", Via: "rfc4733"}) {
				t.Error("a leg that is not ours")
			}
		})
	}
}

func TestRFC3966TelURIsAreReadAndWritten(t *testing.T) {
	inWorld(t, func(w *world) {
		s := site()
		s.Trunks[0].URI, s.Trunks[0].Identity = trunk.URITel, trunk.IdentityPAI
		w.edge.Apply(s)
		w.heard()
		carrier := w.peer(carrierAddr)
		c := carrier.call("tel", "sip:anonymous@anonymous.invalid", "0140506070")
		c.request("INVITE", `P-Asserted-Identity: "Ana, B." <sip:+33612345678;verstat=TN-Validation-Passed@x;user=phone>, <tel:+33612345678>`, "Diversion: <tel:+33140506079>;reason=no-answer;counter=1", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		if o.Caller != (exchange.Caller{Number: "+33612345678", Name: "Ana, B."}) || o.Diverted != (exchange.Diversion{Number: "+33140506079", Reason: "no-answer"}) {
			t.Errorf("%+v", o)
		}
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}, Caller: exchange.Caller{Number: "0140506071"}})
		inv := carrier.next("INVITE tel:+33612345678 SIP/2.0")
		if !strings.HasPrefix(inv.get("From"), "<tel:+33140506071>") || inv.get("P-Asserted-Identity") != "<tel:+33140506071>" || !strings.HasPrefix(inv.get("To"), "<tel:+33612345678>") {
			t.Error(inv.raw)
		}
		carrier.reply(inv, "486 Busy Here", "c1")
		carrier.next("ACK tel:+33612345678")
	})
}

func FuzzParties(f *testing.F) {
	f.Add(`"A, \"B" <sip:+33612345678;verstat=x@h;user=phone>;reason="no-answer", <tel:+331>`)
	f.Add(`<sip:a@b`)
	f.Add(`"`)
	f.Fuzz(func(_ *testing.T, v string) {
		if len(v) > 2000 {
			return
		}
		for _, one := range split(v) {
			_ = one
		}
		parties(headers{"P-Asserted-Identity": v}, "P-Asserted-Identity")
		uris(headers{"Service-Route": v}, "Service-Route")
	})
}

// headers is a message with headers only.
type headers map[string]string

func (h headers) Headers() []sip.Header {
	var list []sip.Header
	for name, v := range h {
		list = append(list, sip.NewHeader(name, v))
	}
	return list
}

func boxUDP() net.Addr { return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(boxAddr)) }

func TestRouterBetweenIsKeptAwake(t *testing.T) {
	inWorld(t, func(w *world) {
		s := site()
		s.Trunks[0].KeepAlive = 25 * time.Second
		w.edge.Apply(s)
		w.heard()
		carrier := w.peer(carrierAddr)
		for range 4 {
			carrier.reply(carrier.next("OPTIONS"), "503 Service Unavailable", "o")
		}
		w.hears() // nothing is made of the answers
	})
}

func TestRFC3261S18_1_1LongInviteGoesByTCPWhereTheTrunkSaysSo(t *testing.T) {
	inWorld(t, func(w *world) {
		s := site()
		s.Trunks[0].Large = trunk.LargeSwitch
		req, err := build(leg.Request{
			Method: "INVITE", URI: "sip:1@x", From: leg.Address{URI: "sip:2@x", Tag: "a"}, To: leg.Address{URI: "sip:1@x"}, CallID: "c", CSeq: 1,
			Via: "z9hG4bKx", Body: []byte(strings.Repeat("a=x\r\n", 300)), BodyType: "application/sdp",
		}, leg.Flow{}, boxAddr)
		if err != nil {
			t.Fatal(err)
		}
		udp, _ := w.edge.way(flow.UDP, netip.MustParseAddrPort(carrierAddr))
		if f := w.edge.roomier(&s.Trunks[0], req, udp); f != udp {
			t.Errorf("no TCP here: %v", f)
		}
		w.edge.listens(flow.TCP, netip.MustParseAddrPort(boxAddr), false)
		if f := w.edge.roomier(&s.Trunks[0], req, udp); f.Transport != flow.TCP || req.Via().Transport != "TCP" {
			t.Errorf("%v %s", f, req.Via())
		}
		s.Trunks[0].Large = ""
		if f := w.edge.roomier(&s.Trunks[0], req, udp); f != udp {
			t.Errorf("%v", f)
		}
	})
}

func TestRFC5922S4CarriersCertificateNamesTheDomainThatWasAskedFor(t *testing.T) {
	inCarrierWorld(t, nil, func(w *world, dns *names) {
		dns.set("carrier.example", proxyA)
		w.edge.Apply(registering())
		synctest.Wait()
		f, _ := w.edge.way(flow.UDP, netip.MustParseAddrPort(proxyA))
		if c := w.edge.carriers.certified(f); c == nil || c.ServerName != "carrier.example" {
			t.Errorf("%+v", c)
		}
		if c := w.edge.carriers.certified(leg.Flow{Remote: netip.MustParseAddrPort(proxyB)}); c != nil {
			t.Errorf("%+v", c)
		}
	})
}

var _ Locator = (*locate.Resolver)(nil)
