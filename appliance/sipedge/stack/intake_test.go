package stack

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"autocom/appliance/sipedge/stack/spelling"

	"github.com/emiago/sipgo/sip"
)

// offered is how many requests of each kind pass when n of each come at once.
func offered(r *rig, n int) map[string]int {
	for i := range n {
		for _, kind := range []string{"other", "register", "refresh", "call", "emergency", "dialog"} {
			id := fmt.Sprintf("%s-%d", kind, i)
			switch kind {
			case "other":
				r.peer.send(request("SUBSCRIBE", id, id, 1))
			case "register":
				r.peer.send(request("REGISTER", id, id, 1))
			case "refresh":
				r.peer.send(request("REGISTER", id, id, 1, "Authorization: Digest x"))
			case "call":
				r.peer.send(request("INVITE", id, id, 1))
			case "emergency":
				r.peer.send(strings.Replace(request("INVITE", id, id, 1), "sip:100@", "sip:112@", 1))
			case "dialog":
				r.peer.send(request("BYE", id, id, 1, "in-dialog"))
			}
		}
		synctest.Wait()
	}
	got := map[string]int{}
	for _, q := range r.sink.requests {
		kind, _, _ := strings.Cut(q.CallID().Value(), "-")
		got[kind]++
	}
	return got
}

func TestSheddingByRank(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) {
			c.Invites = Rate{PerSecond: 1e6, Burst: 1e6}
			c.Intake = Intake{Work: Rate{PerSecond: 1, Burst: 400}, Emergency: func(n string) bool { return n == "112" }}
		})
		got := offered(r, 40)
		// A round of all six costs 2+2+2+8+8+1 = 23 of 400 units. What others may use is gone first, then what phones may, then calls.
		equal(t, "what belongs to calls", []int{got["dialog"], got["emergency"]}, []int{40, 40})
		order := []int{1, got["other"], got["register"], got["refresh"], got["call"], 39}
		if !slices.IsSorted(order) || len(slices.Compact(slices.Clone(order))) != len(order) {
			t.Errorf("passed: %v", got)
		}
		c := r.stack.Counts()
		equal(t, "counted", c.Shed, map[string]uint64{
			"dialog": 0, "emergency": 0, "call": uint64(40 - got["call"]), "refresh": uint64(40 - got["refresh"]),
			"register": uint64(40 - got["register"]), "other": uint64(40 - got["other"]),
		})
		equal(t, "transactions", c.Servers, len(r.sink.methods()))
	})
}

func TestKnownPhonesRegisterFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) {
			c.Intake = Intake{Work: Rate{PerSecond: 1, Burst: 100}, Bound: func(ext string, from netip.AddrPort) bool {
				return ext == "100" && from.String() == peerAddr
			}}
		})
		for i := range 60 {
			r.peer.send(strings.Replace(request("REGISTER", fmt.Sprint("s", i), fmt.Sprint("stranger", i), 1), "To: <sip:100@", "To: <sip:101@", 1))
		}
		for i := range 60 {
			r.peer.send(request("REGISTER", fmt.Sprint("k", i), fmt.Sprint("known", i), 1))
		}
		synctest.Wait()
		got := map[string]int{}
		for _, q := range r.sink.requests {
			got[strings.TrimRight(q.CallID().Value(), "0123456789")]++
		}
		// 100 units: strangers leave 40 of them, known phones 25; a REGISTER costs 2.
		equal(t, "passed", got, map[string]int{"stranger": 30, "known": 7})
	})
}

func TestTheTableOfTransactionsIsKeptForCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) {
			c.MaxTransactions = 100
			c.Intake.Work = Rate{PerSecond: 1e6, Burst: 1e6}
			c.Invites = Rate{PerSecond: 1e6, Burst: 1e6}
			c.Intake.Emergency = func(n string) bool { return n == "112" }
		})
		flood := func(method, id string, extra ...string) {
			for i := range 120 {
				m := request(method, fmt.Sprint(id, i), fmt.Sprint(id, i), 1, extra...)
				if id == "e" {
					m = strings.Replace(m, "sip:100@", "sip:112@", 1)
				}
				r.peer.send(m)
			}
			synctest.Wait()
		}
		for _, step := range []struct {
			method, id string
			extra      []string
			alive      int
		}{
			{"OPTIONS", "o", nil, 45},
			{"REGISTER", "r", nil, 60},
			{"REGISTER", "k", []string{"Authorization: x"}, 75},
			{"INVITE", "i", nil, 90},
			{"INVITE", "e", nil, 100},
			{"BYE", "b", []string{"in-dialog"}, 100},
		} {
			flood(step.method, step.id, step.extra...)
			equal(t, "alive after "+step.id, r.stack.Counts().Servers, step.alive)
		}
	})
}

func TestDialled(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:112@192.0.2.1": "112", "tel:+33-1.23(45)6789;phone-context=x": "+33123456789", "sip:112;phone-context=fr@x": "112", "sips:15@x": "15",
	} {
		var u sip.Uri
		if err := sip.ParseUri(uri, &u); err != nil {
			t.Fatal(err)
		}
		equal(t, uri, Dialled(&u), want)
	}
}

// BenchmarkShed is a new call that is turned away: all that happens to it after the parser.
func BenchmarkShed(b *testing.B) {
	cfg := config(&recorder{}, &strings.Builder{})
	cfg.Intake.Work = Rate{PerSecond: 1, Burst: 1}
	s, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	l, err := newListener(s, nowhere{}, nil, netip.AddrPort{})
	if err != nil {
		b.Fatal(err)
	}
	l.remote = netip.MustParseAddrPort(peerAddr)
	l.raw = []byte(request("INVITE", "x", "a", 1))
	msg, err := spelling.NewParser().ParseSIP(l.raw)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.receive(msg)
	}
	b.StopTimer()
	if n := s.Counts().Shed["call"]; n == 0 {
		b.Fatal("nothing was turned away")
	}
}

// BenchmarkShedDecision is the decision alone.
func BenchmarkShedDecision(b *testing.B) {
	cfg := config(&recorder{}, &strings.Builder{})
	cfg.Intake.Work = Rate{PerSecond: 1, Burst: 1}
	s, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	msg, err := spelling.NewParser().ParseSIP([]byte(request("OPTIONS", "x", "a", 1)))
	if err != nil {
		b.Fatal(err)
	}
	r := &Request{Request: msg.(*sip.Request), stack: s}
	b.ReportAllocs()
	for b.Loop() {
		s.overload(r)
	}
}
