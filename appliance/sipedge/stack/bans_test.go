package stack

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

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
