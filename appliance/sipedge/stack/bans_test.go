package stack

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func spans(bans []Ban) []string {
	var out []string
	for _, b := range bans {
		out = append(out, fmt.Sprintf("%s %s %s %d", b.Addr, b.Reason, b.Until.Sub(b.Since), b.Count))
	}
	return out
}

func TestBansGrowAndAreForgottenAfterAQuietWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, admitCarrier)
		a := netip.MustParseAddr("203.0.113.5")
		crack := func() {
			for range 2 { // a wrong password counts double, and Strikes is 3
				r.stack.Strike(a)
			}
		}
		for _, want := range []string{"10m0s 1", "1h0m0s 2", "24h0m0s 3", "24h0m0s 4"} {
			crack()
			equal(t, "bans", spans(r.stack.Bans()), []string{"203.0.113.5 password " + want})
			time.Sleep(24*time.Hour + time.Minute)
			equal(t, "bans when it is over", r.stack.Bans(), []Ban(nil))
		}
		time.Sleep(banQuiet)
		crack()
		equal(t, "after a quiet week", spans(r.stack.Bans()), []string{"203.0.113.5 password 10m0s 1"})

		equal(t, "there was a ban", r.stack.Unban(a), true)
		equal(t, "and now there is none", r.stack.Unban(a), false)
		crack()
		equal(t, "undone means forgotten", spans(r.stack.Bans()), []string{"203.0.113.5 password 10m0s 1"})
	})
}

func TestBansOutliveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, admitCarrier)
		a := netip.MustParseAddr("203.0.113.5")
		r.stack.Ban(a, time.Hour)
		data, err := json.Marshal(r.stack.BanRecord())
		if err != nil {
			t.Fatal(err)
		}
		var list []Ban
		if err := json.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
		s, err := New(config(&recorder{}, &strings.Builder{}))
		if err != nil {
			t.Fatal(err)
		}
		bad := []Ban{{}, {Addr: a, Count: 1, Since: time.Now().Add(time.Hour)}, {Addr: a, Since: time.Now()}, {Addr: a, Count: 1, Until: time.Now().AddDate(9, 0, 0)}}
		s.RestoreBans(append(bad, list...))
		equal(t, "bans", spans(s.Bans()), []string{"203.0.113.5 operator 1h0m0s 1"})
		s.Strike(a)
		s.RestoreBans([]Ban{{a, ReasonScanner, time.Now(), time.Now().Add(time.Minute), 9}})
		equal(t, "what is known wins", spans(s.Bans()), []string{"203.0.113.5 operator 1h0m0s 1"})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestBanListIsBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := make(banList)
	for i := range maxBans + 100 {
		l.add(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), ReasonGarbage, now.Add(time.Duration(i)*time.Second), time.Minute)
	}
	equal(t, "length", len(l), maxBans)
	if _, still := l[netip.AddrFrom4([4]byte{10, 0, 0, 0})]; still {
		t.Error("the one that ended first is still there")
	}
}

// Anybody can send a datagram that says it is from the carrier.
func TestCarriersAreSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) {
			admitCarrier(c)
			c.Firewall.Spared = func(a netip.Addr) bool { return a == netip.MustParseAddr("203.0.113.5") }
		})
		carrier := r.stranger(outside)
		for range 10 {
			carrier.send("\x00\x01garbage\r\n\r\n")
		}
		carrier.send(request("OPTIONS", "x", "a", 1, "User-Agent: friendly-scanner"))
		carrier.send(request("OPTIONS", "y", "b", 1))
		synctest.Wait()
		equal(t, "bans", r.stack.Bans(), []Ban(nil))
		equal(t, "delivered", len(r.sink.methods()), 1)
		equal(t, "banned by hand", r.stack.Ban(netip.MustParseAddr("203.0.113.5"), time.Hour), false)
	})
}

// Who has one address of an IPv6 network has 2**64.
func TestIPv6IsBannedByNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{Sink: &recorder{}, Firewall: Firewall{
			Admitted: []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")}, Trusted: []netip.Prefix{netip.MustParsePrefix("2001:db8:9::/48")},
			Strikes: 4,
		}})
		if err != nil {
			t.Fatal(err)
		}
		s.Strike(netip.MustParseAddr("2001:db8:1::1"))
		s.Strike(netip.MustParseAddr("2001:db8:1::2"))
		s.Strike(netip.MustParseAddr("2001:db8:9::1"))
		s.Strike(netip.MustParseAddr("2001:db8:9::1"))
		equal(t, "bans", spans(s.Bans()), []string{"2001:db8:1:: password 10m0s 1"})
		equal(t, "another of them", s.admit(netip.MustParseAddrPort("[2001:db8:1::77]:5060"), []byte(request("OPTIONS", "x", "a", 1))), DropBanned)
		equal(t, "the site", s.admit(netip.MustParseAddrPort("[2001:db8:9::1]:5060"), []byte(request("OPTIONS", "x", "a", 1))), passed)
		equal(t, "undone", s.Unban(netip.MustParseAddr("2001:db8:1::3")), true)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// 2,000 random datagrams, from as many ports, over real UDP: nothing grows, and the log stays short and holds nothing of them.
func TestRandomDatagramsLeaveNothingBehind(t *testing.T) {
	logs := &strings.Builder{}
	sink := answering(t)
	cfg := config(sink, logs)
	cfg.Firewall.PerSource = Rate{PerSecond: 1e6, Burst: 1e6} // it is the rest of the door that is looked at
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if !closed {
			_ = s.Close() // the test failed already
		}
	}()
	local, err := s.Listen(UDP(netip.MustParseAddrPort("127.0.0.1:0")), netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	storm := func(n int) {
		for i := range n {
			conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(local))
			if err != nil {
				t.Fatal(err)
			}
			w := &wire{t: t, conn: dialled{conn}, box: net.UDPAddrFromAddrPort(local)}
			junk := make([]byte, 20+i%900)
			for j := range junk {
				junk[j] = byte(i*31 + j*j*7 + j>>3)
			}
			switch i % 4 {
			case 1:
				junk = append([]byte("INVITE sip:secret@x SIP/2.0\r\n"), junk...)
			case 2:
				junk = append([]byte("SIP/2.0 200 secret\r\n"), junk...)
			}
			if _, err := conn.Write(junk); err != nil {
				t.Fatal(err)
			}
			if i%50 == 0 { // do not outrun the socket's buffer
				w.send(localised(request("OPTIONS", fmt.Sprintf("m%d-%d", n, i), fmt.Sprintf("m%d-%d", n, i), 1), conn.LocalAddr()))
				for m := ""; !strings.HasPrefix(m, "SIP/2.0 200 "); {
					if m = w.read(5 * time.Second); m == "" {
						t.Fatal("the box fell silent")
					}
				}
			}
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	storm(200)
	goroutines, before := runtime.NumGoroutine(), heap()
	storm(2000)
	grown := int64(heap()) - int64(before)
	if grown > 2<<20 {
		t.Errorf("%d bytes more after 2,000 datagrams", grown)
	}
	if n := runtime.NumGoroutine(); n > goroutines+100 { // the timers of 40 answered OPTIONS
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	c := s.Counts()
	if n := c.Dropped[DropGarbage] + c.Dropped[DropUnparsable] + c.Dropped[DropHeaders] + c.Dropped[DropInvalid]; n < 2000 {
		t.Errorf("%d were counted: %v", n, c.Dropped)
	}
	closed = true
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(logs.String(), "\n"); n > 3 || len(logs.String()) > 1000 || strings.Contains(logs.String(), "secret") {
		t.Errorf("%d lines of log:\n%s", n, logs)
	}
}

// dialled is a connected socket that is written to as one that is not.
type dialled struct{ *net.UDPConn }

func (d dialled) WriteTo(b []byte, _ net.Addr) (int, error) { return d.Write(b) }

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
