package trunk

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/leg"

	"pgregory.net/rapid"
)

// rig drives one registration by hand.
type rig struct {
	t     *testing.T
	r     Registration
	now   time.Time
	sent  []SendRegister
	timer map[Timer]time.Time
	told  []Tell
	asked []Authenticate
}

func target(n int) Target {
	return Target{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), 5060), Contact: "sip:box@192.0.2.1:5060"}
}

func newRig(t *testing.T, targets ...Target) *rig {
	g := &rig{t: t, now: time.Unix(1_800_000_000, 0), timer: map[Timer]time.Time{}}
	g.do(TargetsChanged{targets})
	g.do(Start{Account{AOR: "sip:box@carrier.example", URI: "sip:carrier.example", Expires: 10 * time.Minute}, "seedseedseedseed0"})
	return g
}

func (g *rig) do(in Input) {
	g.t.Helper()
	for _, e := range g.r.Step(g.now, in) {
		switch e := e.(type) {
		case SendRegister:
			g.sent = append(g.sent, e)
		case StartTimer:
			if e.After < 0 {
				g.t.Errorf("timer %s in %s", e.Timer, e.After)
			}
			g.timer[e.Timer] = g.now.Add(e.After)
		case StopTimer:
			delete(g.timer, e.Timer)
		case Tell:
			g.told = append(g.told, e)
		case Authenticate:
			g.asked = append(g.asked, e)
		case Abandon:
		}
	}
}

// last takes the REGISTER that is out.
func (g *rig) last() SendRegister {
	g.t.Helper()
	if len(g.sent) == 0 {
		g.t.Fatal("nothing was sent")
	}
	return g.sent[len(g.sent)-1]
}

// ok grants what is out.
func (g *rig) ok(seconds int) {
	g.t.Helper()
	m := g.last()
	g.do(Responded{Via: m.Msg.Via, Status: 200, Expires: -1, Contacts: []Granted{{"sip:other@203.0.113.1", 7200}, {m.Msg.Contact, seconds}}})
}

func (g *rig) status(n int) {
	g.t.Helper()
	g.do(Responded{Via: g.last().Msg.Via, Status: n, Expires: -1})
}

// fire lets the time of a timer come.
func (g *rig) fire(t Timer) {
	g.t.Helper()
	at, ok := g.timer[t]
	if !ok {
		g.t.Fatalf("timer %s does not run", t)
	}
	delete(g.timer, t)
	g.now = at
	g.do(TimerFired{t})
}

func (g *rig) want(p Phase, held bool) {
	g.t.Helper()
	if g.r.Phase != p || g.r.Held(g.now) != held {
		g.t.Fatalf("%s, held %v; want %s, %v", g.r.Phase, g.r.Held(g.now), p, held)
	}
}

func extra(m leg.Request, name string) string {
	for _, h := range m.Extra {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

func TestRFC3261S10_2OneCallIDAndRisingCSeq(t *testing.T) {
	g := newRig(t, target(1))
	g.want(Registering, false)
	first := g.last().Msg
	g.ok(600)
	g.want(Registered, true)
	g.fire(TimerAgain)
	g.want(Refreshing, true)
	second := g.last().Msg
	if second.CallID != first.CallID || second.CSeq != first.CSeq+1 || second.From.Tag != first.From.Tag || second.Via == first.Via {
		t.Errorf("%+v\n%+v", first, second)
	}
	if first.URI != "sip:carrier.example" || first.To.URI != "sip:box@carrier.example" || extra(first, "Expires") != "600" {
		t.Errorf("%+v", first)
	}
}

func TestRefreshComesBetween80And90PercentOfWhatWasGranted(t *testing.T) {
	for _, granted := range []int{20, 60, 120, 600, 3600, 86400} {
		for seed := range 50 {
			g := newRig(t, target(1))
			g.r.Seed = fmt.Sprintf("%017d", seed)
			g.ok(granted)
			after, d := g.timer[TimerAgain].Sub(g.now), time.Duration(granted)*time.Second
			if after < d/2 || after > d*9/10 || after > d-10*time.Second || granted > 100 && after < d*8/10 {
				t.Errorf("granted %s, refreshed after %s", d, after)
			}
		}
	}
}

func TestRFC3261S10_2_4GrantedByContactThenHeaderThenAsked(t *testing.T) {
	for name, c := range map[string]struct {
		in   Responded
		want time.Duration
	}{
		"contact":         {Responded{Expires: 60, Contacts: []Granted{{"sip:box@192.0.2.1:5060;x=y", 120}}}, 2 * time.Minute},
		"rewritten":       {Responded{Expires: -1, Contacts: []Granted{{"sip:box@203.0.113.9:1024", 90}}}, 90 * time.Second},
		"header":          {Responded{Expires: 60, Contacts: []Granted{{"sip:a@b", -1}}}, time.Minute},
		"others' contact": {Responded{Expires: 70, Contacts: []Granted{{"sip:a@b", 9}, {"sip:c@d", 8}}}, 70 * time.Second},
		"nothing":         {Responded{Expires: -1}, 10 * time.Minute},
		"for ever":        {Responded{Expires: 1 << 31}, 24 * time.Hour},
	} {
		g := newRig(t, target(1))
		c.in.Via, c.in.Status = g.last().Msg.Via, 200
		g.do(c.in)
		if got := g.r.Until.Sub(g.now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestRFC3261S22PasswordIsSaidTwiceAtMost(t *testing.T) {
	g := newRig(t, target(1), target(2))
	challenge := func(h string) {
		g.do(Responded{Via: g.last().Msg.Via, Status: 401, Challenge: []string{h}, Expires: -1})
	}
	answer := func() {
		a := g.asked[len(g.asked)-1]
		g.do(Authorized{a.Via, leg.Header{Name: "Authorization", Value: "Digest x"}})
	}
	challenge(`Digest realm="c", nonce="1"`)
	answer()
	if extra(g.last().Msg, "Authorization") == "" || g.last().Msg.CSeq != 2 {
		t.Errorf("%+v", g.last())
	}
	challenge(`Digest realm="c", nonce="2", stale=true`)
	answer()
	challenge(`Digest realm="c", nonce="3", stale=true`)
	g.want(BackingOff, false)
	if len(g.asked) != 2 || len(g.sent) != 3 {
		t.Errorf("%d challenges answered by %d requests", len(g.asked), len(g.sent))
	}
	if wait := g.timer[TimerAgain].Sub(g.now); wait < 8*time.Minute {
		t.Errorf("a wrong password is tried again after %s: accounts get locked", wait)
	}
	if !strings.Contains(g.r.Told.Problem, "password") {
		t.Errorf("%+v", g.r.Told)
	}
}

func TestWrongPasswordIsSaidOnce(t *testing.T) {
	g := newRig(t, target(1))
	for range 2 {
		g.do(Responded{Via: g.last().Msg.Via, Status: 401, Challenge: []string{`Digest realm="c", nonce="1"`}, Expires: -1})
		if g.r.Phase == Registering {
			g.do(Authorized{g.last().Msg.Via, leg.Header{Name: "Authorization", Value: "Digest x"}})
		}
	}
	g.want(BackingOff, false)
	if len(g.asked) != 1 {
		t.Errorf("%d", len(g.asked))
	}
}

func TestProxyAndRegistrarMayBothAsk(t *testing.T) {
	g := newRig(t, target(1))
	for _, status := range []int{407, 401} {
		g.do(Responded{Via: g.last().Msg.Via, Status: status, Challenge: []string{`Digest realm="c", nonce="1"`}, Expires: -1})
		g.do(Authorized{g.last().Msg.Via, leg.Header{Name: "Authorization", Value: "Digest x"}})
	}
	g.ok(600)
	g.want(Registered, true)
}

func TestRFC3261S10_2_8IntervalTooBrief(t *testing.T) {
	g := newRig(t, target(1))
	g.do(Responded{Via: g.last().Msg.Via, Status: 423, MinExpires: 1800, Expires: -1})
	if extra(g.last().Msg, "Expires") != "1800" {
		t.Fatalf("%+v", g.last())
	}
	g.do(Responded{Via: g.last().Msg.Via, Status: 423, MinExpires: 1800, Expires: -1}) // once more the same: no loop
	g.want(BackingOff, false)
	g = newRig(t, target(1))
	g.do(Responded{Via: g.last().Msg.Via, Status: 423, MinExpires: 1 << 30, Expires: -1})
	g.want(BackingOff, false)
}

func TestRFC5626S4_5BackOffDoublesUpToHalfAnHour(t *testing.T) {
	g := newRig(t, target(1))
	upper := []int{60, 120, 240, 480, 960, 1800, 1800, 1800}
	for i, u := range upper {
		most := time.Duration(u) * time.Second
		g.fire(TimerAnswer)
		g.want(BackingOff, false)
		wait := g.timer[TimerAgain].Sub(g.now)
		if wait < most/2 || wait > most {
			t.Errorf("round %d: %s, want %d to %d s", i+1, wait, u/2, u)
		}
		g.fire(TimerAgain)
		g.want(Registering, false)
	}
	g.ok(600)
	g.fire(TimerAgain)
	g.fire(TimerAnswer)
	if wait := g.timer[TimerAgain].Sub(g.now); wait > time.Minute {
		t.Errorf("after a success the pauses begin anew, not with %s", wait)
	}
}

func TestRetryAfterIsHeeded(t *testing.T) {
	g := newRig(t, target(1))
	g.do(Responded{Via: g.last().Msg.Via, Status: 503, RetryAfter: 700, Expires: -1})
	if wait := g.timer[TimerAgain].Sub(g.now); wait != 700*time.Second {
		t.Errorf("%s", wait)
	}
}

func TestRegistrarsAreAskedInOrderAndTheFirstIsReturnedTo(t *testing.T) {
	g := newRig(t, target(1), target(2), target(3))
	g.fire(TimerAnswer)
	if !g.last().To.same(target(2)) {
		t.Fatalf("%+v", g.last())
	}
	g.status(500)
	g.ok(600)
	g.want(Registered, true)
	if !g.r.Bound.same(target(3)) {
		t.Fatalf("%+v", g.r.Bound)
	}
	g.fire(TimerReturn)
	g.want(Returning, true)
	if !g.last().To.same(target(1)) {
		t.Fatalf("%+v", g.last())
	}
	g.fire(TimerAnswer)
	g.want(Registered, true) // stays where it is known
	g.fire(TimerReturn)
	g.ok(600)
	if !g.r.Bound.same(target(1)) {
		t.Errorf("%+v", g.r.Bound)
	}
	if _, runs := g.timer[TimerReturn]; runs && g.timer[TimerReturn].After(g.now) {
		t.Error("nowhere to return to")
	}
	if len(g.told) != 1 {
		t.Errorf("the owner was told %v", g.told)
	}
}

func TestLostRefreshKeepsTheTrunkUpUntilItLapses(t *testing.T) {
	g := newRig(t, target(1))
	g.ok(600)
	g.fire(TimerAgain)
	g.fire(TimerAnswer)
	g.want(BackingOff, true)
	if g.told[len(g.told)-1].Up != true {
		t.Error("told down too early")
	}
	g.fire(TimerLapse)
	g.want(BackingOff, false)
	if g.told[len(g.told)-1].Up {
		t.Error("not told")
	}
	g.fire(TimerAgain)
	g.want(Registering, false)
	g.ok(600)
	if !g.told[len(g.told)-1].Up {
		t.Error("not told that it is back")
	}
}

func TestChangedContactIsRegisteredAndTheOldOneTakenBack(t *testing.T) {
	g := newRig(t, target(1))
	g.ok(600)
	moved := target(1)
	moved.Contact = "sip:box@203.0.113.7:40000"
	g.now = g.now.Add(time.Minute)
	g.do(TargetsChanged{[]Target{moved}})
	g.want(Refreshing, true)
	m := g.last().Msg
	if m.Contact != moved.Contact || extra(m, "Contact") != "<sip:box@192.0.2.1:5060>;expires=0" {
		t.Errorf("%+v", m)
	}
	g.ok(600)
	if extra(g.last().Msg, "Contact") == "" || g.r.Bound.Contact != moved.Contact {
		t.Errorf("%+v", g.r.Bound)
	}
	// An address that changes with every answer does not make a storm.
	n := len(g.sent)
	for i := range 20 {
		moved.Contact = fmt.Sprintf("sip:box@203.0.113.7:%d", 41000+i)
		g.do(TargetsChanged{[]Target{moved}})
		g.now = g.now.Add(time.Second)
	}
	if len(g.sent) > n {
		t.Errorf("%d requests within 20 s", len(g.sent)-n)
	}
	if g.timer[TimerAgain].Sub(g.now) > 30*time.Second {
		t.Error("the last change is forgotten")
	}
}

func TestRFC6140S5_1BulkRegistration(t *testing.T) {
	g := newRig(t)
	g.want(Waiting, false)
	g.r.Account.Bulk = true
	to := target(1)
	to.Contact = "sip:192.0.2.1:5060;bnc"
	g.do(TargetsChanged{[]Target{to}})
	m := g.last().Msg
	if m.Contact != "sip:192.0.2.1:5060;bnc" || extra(m, "Require") != "gin" || extra(m, "Proxy-Require") != "gin" || !strings.Contains(extra(m, "Supported"), "gin") {
		t.Errorf("%+v", m)
	}
	g.status(420)
	if !strings.Contains(g.r.Told.Problem, "6140") {
		t.Errorf("%+v", g.r.Told)
	}
}

func TestRFC3608ServiceRouteIsKept(t *testing.T) {
	g := newRig(t, target(1))
	g.do(Responded{Via: g.last().Msg.Via, Status: 200, Expires: 600, ServiceRoute: []string{"sip:edge.carrier.example;lr"}, Associated: []string{"sip:+33140506070@carrier.example"}})
	if !reflect.DeepEqual(g.r.Routes, []string{"sip:edge.carrier.example;lr"}) || len(g.r.Associated) != 1 {
		t.Errorf("%+v", g.r)
	}
}

func TestRFC3261S10_2_2SigningOff(t *testing.T) {
	g := newRig(t, target(1))
	g.ok(600)
	g.do(Stop{})
	g.want(Unregistering, true)
	if extra(g.last().Msg, "Expires") != "0" || g.last().Msg.Contact != "sip:box@192.0.2.1:5060" {
		t.Errorf("%+v", g.last())
	}
	g.do(Responded{Via: g.last().Msg.Via, Status: 401, Challenge: []string{`Digest realm="c", nonce="1"`}, Expires: -1})
	g.do(Authorized{g.last().Msg.Via, leg.Header{Name: "Authorization", Value: "Digest x"}})
	g.status(200)
	g.want(Off, false)
	if len(g.timer) > 0 || g.told[len(g.told)-1].Up {
		t.Errorf("%v %v", g.timer, g.told)
	}
}

func TestRFC5626S4_4_1BrokenConnectionIsSignedOnAnew(t *testing.T) {
	g := newRig(t, target(1))
	g.ok(600)
	g.do(FlowLost{target(2)})
	if g.timer[TimerAgain].Sub(g.now) < 3*time.Minute {
		t.Error("not its connection")
	}
	g.do(FlowLost{target(1)})
	if wait := g.timer[TimerAgain].Sub(g.now); wait > 3*time.Second {
		t.Errorf("%s", wait)
	}
	g.fire(TimerAgain)
	g.ok(600)
	g.do(FlowLost{target(1)})
	if wait := g.timer[TimerAgain].Sub(g.now); wait < 25*time.Second || wait > 31*time.Second {
		t.Errorf("a server that closes every connection is asked again after %s", wait)
	}
}

func TestRegistrationSurvivesAPlannedRestart(t *testing.T) {
	g := newRig(t, target(1))
	g.ok(600)
	data, err := json.Marshal(&g.r)
	if err != nil {
		t.Fatal(err)
	}
	n := len(g.sent)
	h := &rig{t: t, now: g.now.Add(10 * time.Second), timer: map[Timer]time.Time{}}
	if err := json.Unmarshal(data, &h.r); err != nil {
		t.Fatal(err)
	}
	h.do(Resume{})
	h.want(Registered, true)
	if len(h.sent) != 0 || len(h.told) != 1 || !h.told[0].Up || !h.timer[TimerAgain].Equal(g.timer[TimerAgain]) {
		t.Errorf("%v %v %v", h.sent, h.told, h.timer)
	}
	h.fire(TimerAgain)
	if h.last().Msg.CSeq != uint32(n+1) || h.last().Msg.CallID != g.last().Msg.CallID {
		t.Errorf("%+v", h.last())
	}
	late := &rig{t: t, now: g.now.Add(time.Hour), timer: map[Timer]time.Time{}}
	if err := json.Unmarshal(data, &late.r); err != nil {
		t.Fatal(err)
	}
	late.do(Resume{})
	late.want(Registering, false)
}

// Whatever happens in whatever order: a registration that is wanted always waits for something, and never sends faster than it may.
func TestRegistrationNeverSticks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := newRig(t, target(1), target(2))
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			via := g.r.Via
			switch rapid.IntRange(0, 8).Draw(rt, "input") {
			case 0, 1, 2:
				var first Timer
				found := false
				for k := range Timers {
					if at, ok := g.timer[k]; ok && (!found || at.Before(g.timer[first])) {
						first, found = k, true
					}
				}
				if found {
					g.fire(first)
				}
			case 3:
				g.do(Responded{
					Via: via, Status: rapid.SampledFrom([]int{100, 200, 302, 403, 404, 420, 500, 503, 603}).Draw(rt, "status"),
					Expires: rapid.SampledFrom([]int{-1, 0, 60, 3600}).Draw(rt, "expires"), RetryAfter: rapid.IntRange(0, 1<<31-1).Draw(rt, "retry"),
				})
			case 4:
				g.do(Responded{Via: via, Status: 423, MinExpires: rapid.IntRange(-1, 1<<31-1).Draw(rt, "min"), Expires: -1})
			case 5:
				g.do(Responded{Via: via, Status: 401, Challenge: []string{"Digest realm=a, nonce=b"}, Expires: -1})
				if n := len(g.asked); n > 0 && rapid.Bool().Draw(rt, "answered") || g.r.Phase == Registering {
					if n > 0 {
						g.do(Authorized{g.asked[n-1].Via, leg.Header{Name: "Authorization"}})
					}
				} else if n > 0 {
					g.do(Authorized{g.asked[n-1].Via, leg.Header{}})
				}
			case 6:
				g.do(Failed{Via: via, Timeout: rapid.Bool().Draw(rt, "timeout")})
			case 7:
				var list []Target
				for i := range rapid.IntRange(0, 3).Draw(rt, "targets") {
					list = append(list, target(i+1))
				}
				g.do(TargetsChanged{list})
			case 8:
				data, err := json.Marshal(&g.r)
				if err != nil {
					t.Fatal(err)
				}
				g.r = Registration{}
				if err := json.Unmarshal(data, &g.r); err != nil {
					t.Fatal(err)
				}
				g.timer = map[Timer]time.Time{}
				g.do(Resume{})
			}
			waits := g.timer
			if g.r.Phase != Waiting && len(waits) == 0 && len(g.asked) == 0 {
				rt.Fatalf("%s waits for nothing", g.r.Phase)
			}
			if g.r.Told.Up && !g.r.Held(g.now) {
				if at, ok := g.timer[TimerLapse]; !ok || at.After(g.now) {
					rt.Fatalf("%s: told up and the carrier does not know us", g.r.Phase)
				}
			}
		}
	})
}
