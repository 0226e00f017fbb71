package memnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

const a, b = "192.0.2.1:5060", "[2001:db8::2]:5062"

func udp(s string) net.Addr { return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(s)) }

func send(t *testing.T, c net.PacketConn, to string, n int) {
	t.Helper()
	for i := range n {
		if _, err := c.WriteTo(fmt.Appendf(nil, "%d", i), udp(to)); err != nil {
			t.Fatal(err)
		}
	}
}

// drain reads what arrives within a minute of silence.
func drain(t *testing.T, c net.PacketConn) []string {
	t.Helper()
	var got []string
	buf := make([]byte, 100)
	for {
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, from, err := c.ReadFrom(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if from.String() != a {
			t.Fatalf("from %v, want %s", from, a)
		}
		got = append(got, string(buf[:n]))
	}
}

func run(t *testing.T, seed uint64, link Link, n int) (got []string, lost uint64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := New(seed)
		ca, cb := w.Listen(a), w.Listen(b)
		w.Impair(a, b, link)
		send(t, ca, b, n)
		got = drain(t, cb)
		lost = w.Lost()
		ca.Close()
		cb.Close()
	})
	return got, lost
}

func inOrder(n int) []string {
	var want []string
	for i := range n {
		want = append(want, fmt.Sprint(i))
	}
	return want
}

func TestPerfectWireKeepsOrder(t *testing.T) {
	got, _ := run(t, 1, Link{}, 500)
	if !reflect.DeepEqual(got, inOrder(500)) {
		t.Fatalf("got %v", got)
	}
}

func TestDelayKeepsOrderAndTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(1)
		ca, cb := w.Listen(a), w.Listen(b)
		w.ImpairAll(Link{Delay: 30 * time.Millisecond})
		start := time.Now()
		send(t, ca, b, 100)
		buf := make([]byte, 10)
		for i := range 100 {
			n, _, err := cb.ReadFrom(buf)
			if err != nil || string(buf[:n]) != fmt.Sprint(i) {
				t.Fatalf("packet %d: %q, %v", i, buf[:n], err)
			}
		}
		if d := time.Since(start); d != 30*time.Millisecond {
			t.Fatalf("took %v", d)
		}
		ca.Close()
		cb.Close()
	})
}

func TestSameSeedSameFate(t *testing.T) {
	bad := Link{Loss: 0.2, Duplicate: 0.1, Reorder: 0.1, Delay: 5 * time.Millisecond, Jitter: 10 * time.Millisecond}
	one, lost := run(t, 7, bad, 1000)
	two, _ := run(t, 7, bad, 1000)
	if !reflect.DeepEqual(one, two) {
		t.Fatal("the same seed gave two different runs")
	}
	if other, _ := run(t, 8, bad, 1000); reflect.DeepEqual(one, other) {
		t.Fatal("two seeds gave the same run")
	}
	if lost < 120 || lost > 280 {
		t.Fatalf("lost %d of 1000, want about 200", lost)
	}
	if reflect.DeepEqual(one, inOrder(1000)) {
		t.Fatal("nothing happened to the packets")
	}
}

func TestImpairmentIsPerDirection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(1)
		ca, cb := w.Listen(a), w.Listen(b)
		w.Impair(b, a, Link{Loss: 1})
		send(t, cb, a, 5)
		send(t, ca, b, 5)
		if got := drain(t, cb); len(got) != 5 {
			t.Fatalf("a to b: %v", got)
		}
		if got := drain(t, ca); len(got) != 0 {
			t.Fatalf("b to a: %v", got)
		}
		ca.Close()
		cb.Close()
	})
}

func TestDropWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(1)
		ca, cb := w.Listen(a), w.Listen(b)
		w.DropWhen(func(_, _ netip.AddrPort, p []byte) bool { return string(p) == "2" })
		send(t, ca, b, 4)
		if got := drain(t, cb); !reflect.DeepEqual(got, []string{"0", "1", "3"}) {
			t.Fatalf("got %v", got)
		}
		ca.Close()
		cb.Close()
	})
}

func TestCloseWakesTheReaderAndFreesTheAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(1)
		c := w.Listen(a)
		failed := make(chan error)
		go func() {
			_, _, err := c.ReadFrom(make([]byte, 1))
			failed <- err
		}()
		synctest.Wait()
		if _, err := w.Open(a); err == nil {
			t.Fatal("an address was given twice")
		}
		c.Close()
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Fatalf("reader got %v", err)
		}
		if _, err := c.WriteTo([]byte("x"), udp(b)); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("writer got %v", err)
		}
		w.Listen(a).Close()
	})
}
