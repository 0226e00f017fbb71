package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/stream"
)

// flowRecorder is a recorder that also wants to know of flows that end.
type flowRecorder struct {
	recorder
	closed []Flow
}

func (r *flowRecorder) FlowClosed(f Flow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = append(r.closed, f)
}

func (r *flowRecorder) ended() []Flow {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Flow(nil), r.closed...)
}

// answering answers every request 200.
func (r *flowRecorder) answering(t *testing.T) {
	r.onRequest = func(q *Request) {
		if !q.IsAck() {
			if err := q.Respond(200, "", nil, nil); err != nil {
				t.Error(err)
			}
		}
	}
}

// streamRig is a box that takes connections on a network in memory.
type streamRig struct {
	*testing.T
	stack *Stack
	sink  *flowRecorder
	net   *memnet.Streams
	local netip.AddrPort
	logs  *strings.Builder
}

func newStreamRig(t *testing.T, by flow.Transport, change func(*Config)) *streamRig {
	t.Helper()
	r := &streamRig{T: t, sink: &flowRecorder{}, net: memnet.NewStreams(), logs: &strings.Builder{}}
	cfg := config(r.sink, r.logs)
	cfg.Firewall.PerSource = Rate{PerSecond: 1e6, Burst: 1e6}
	cfg.Streams.Dial = func(ctx context.Context, to Flow) (net.Conn, error) {
		return r.net.Dial(ctx, netip.AddrPortFrom(to.Local.Addr(), 0), to.Remote)
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.stack = s
	if r.local, err = s.ServeStream(r.net.Listen(boxAddr), by, netip.AddrPort{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	return r
}

// flows is how many records of connections there are.
func (s *Stack) flows() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, callers := s.crowd.Open()
	return len(s.conns) + len(s.links) + callers
}

// caller is a raw peer on a connection.
type caller struct {
	t    *testing.T
	conn net.Conn
	left string // read and not looked at yet
}

func (r *streamRig) call(from string) *caller {
	r.Helper()
	nc, err := r.net.Dial(context.Background(), netip.MustParseAddrPort(from), r.local)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { nc.Close() })
	return &caller{t: r.T, conn: nc}
}

func (c *caller) send(text string) {
	c.t.Helper()
	if _, err := c.conn.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// message reads the next message within d, or "" when there is none or the connection ends.
func (c *caller) message(d time.Duration) string {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		c.t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for {
		if i := strings.Index(c.left, "\r\n\r\n"); i > 0 {
			m := c.left[:i+4]
			length := 0
			if _, after, ok := strings.Cut(m, "Content-Length: "); ok {
				if _, err := fmt.Sscan(after, &length); err != nil {
					c.t.Fatal(err)
				}
			}
			if len(c.left) >= i+4+length {
				m, c.left = c.left[:i+4+length], c.left[i+4+length:]
				return m
			}
		}
		n, err := c.conn.Read(buf)
		if err != nil {
			return ""
		}
		c.left += string(buf[:n])
	}
}

// ended reports whether the box closes the connection within d. What it sends meanwhile is dropped.
func (c *caller) ended(d time.Duration) bool {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		c.t.Fatal(err)
	}
	_, err := io.Copy(io.Discard, c.conn)
	return err == nil || !errors.Is(err, os.ErrDeadlineExceeded)
}

// over makes a request or a response one of a transport.
func over(by flow.Transport, text string) string {
	return strings.ReplaceAll(text, "SIP/2.0/UDP", "SIP/2.0/"+by.String())
}

func TestPipelinedRequestsKeepTheirOrderOnAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5000
		r := newStreamRig(t, flow.TCP, nil)
		r.sink.answering(t)
		c := r.call(peerAddr)
		go func() {
			var all strings.Builder
			for i := range n {
				all.WriteString(over(flow.TCP, request("INFO", fmt.Sprint("b", i), "dialog", i+1, "in-dialog")))
			}
			c.send(all.String())
		}()
		for i := range n {
			m := c.message(time.Second)
			if !strings.HasPrefix(m, "SIP/2.0 200 ") || !strings.Contains(m, fmt.Sprintf("CSeq: %d INFO", i+1)) {
				t.Fatalf("answer %d: %q", i, m)
			}
		}
		synctest.Wait()
		for i, q := range r.sink.requests {
			if q.CSeq().SeqNo != uint32(i+1) {
				t.Fatalf("request %d has CSeq %d", i, q.CSeq().SeqNo)
			}
		}
		equal(t, "flow", r.sink.requests[0].Flow, Flow{Transport: flow.TCP, Local: r.local, Remote: netip.MustParseAddrPort(peerAddr)})
		synctest.Wait()
		equal(t, "transactions left (RFC 3261 §17.2.2: timer J is zero)", r.stack.Counts().Servers, 0)
	})
}

func TestMessagesCutAtEveryByte_RFC3261_18_3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		r.sink.answering(t)
		text := over(flow.TCP, request("INFO", "x", "dialog", 1, "in-dialog", "Content-Type: text/plain", "\r\nhello\r\n\r\nworld")) +
			"\r\n" + over(flow.TCP, request("INFO", "y", "dialog", 2, "in-dialog"))
		for cut := range len(text) {
			c := r.call(fmt.Sprintf("192.0.2.9:%d", 10_000+cut))
			c.send(text[:cut])
			synctest.Wait()
			c.send(text[cut:])
			if a, b := c.message(time.Second), c.message(time.Second); !strings.Contains(a, "CSeq: 1 ") || !strings.Contains(b, "CSeq: 2 ") {
				t.Fatalf("cut at %d: %q, %q", cut, a, b)
			}
			c.conn.Close()
			synctest.Wait()
		}
		byteByByte := r.call(peerAddr)
		for i := range len(text) {
			byteByByte.send(text[i : i+1])
			synctest.Wait()
		}
		if m := byteByByte.message(time.Second); !strings.HasPrefix(m, "SIP/2.0 200 ") {
			t.Errorf("byte by byte: %q", m)
		}
	})
}

func TestNoLengthOnAStreamIs400AndTheEnd_RFC3261_18_3(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no Content-Length": {strings.Replace(request("OPTIONS", "x", "a", 1), "Content-Length: 0\r\n", "", 1), "SIP/2.0 400 "},
		"two that differ":   {strings.Replace(request("OPTIONS", "x", "a", 1), "Content-Length: 0\r\n", "Content-Length: 0\r\nl: 5\r\n", 1), "SIP/2.0 400 "},
		"negative":          {strings.Replace(request("OPTIONS", "x", "a", 1), "Content-Length: 0", "Content-Length: -1", 1), "SIP/2.0 400 "},
		"a head too large":  {strings.Replace(request("OPTIONS", "x", "a", 1), "Content-Length: 0", "X: "+strings.Repeat("x", 20_000), 1), "SIP/2.0 "},
		"a body too large":  {strings.Replace(request("OPTIONS", "x", "a", 1), "Content-Length: 0", "Content-Length: 20000", 1), "SIP/2.0 "},
		"no SIP":            {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ""},
		"another protocol":  {"GET / HTTP/1.1\r\nHost: box\r\n\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newStreamRig(t, flow.TCP, nil)
				p := r.call(peerAddr)
				p.send(c.text + "more that nobody reads")
				if m := p.message(500 * time.Millisecond); !strings.HasPrefix(m, c.want) || (c.want == "") != (m == "") {
					t.Errorf("want %q, got %q", c.want, m)
				}
				if !p.ended(2 * time.Second) {
					t.Error("the connection stands")
				}
				equal(t, "delivered", len(r.sink.methods()), 0)
			})
		})
	}
}

// slow loris: connections that bring nothing, or one byte at a time, are closed, and hold up nobody meanwhile.
func TestSlowPeersAreDroppedAndHoldUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		r.sink.answering(t)
		began := time.Now()
		silent, drip, pings, late := r.call("192.0.2.9:1"), r.call("192.0.2.9:2"), r.call("192.0.2.9:3"), r.call("192.0.2.9:4")
		trickle := func(c *caller, text string) {
			for i := 0; ; i++ {
				if _, err := c.conn.Write([]byte{text[i%len(text)]}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { trickle(drip, request("OPTIONS", "x", "a", 1)) })
		wg.Go(func() { trickle(pings, stream.Ping) })
		late.send(over(flow.TCP, request("OPTIONS", "x", "a", 1)))
		if m := late.message(time.Second); !strings.HasPrefix(m, "SIP/2.0 200 ") {
			t.Errorf("held up: %q", m)
		}
		wg.Go(func() { trickle(late, request("OPTIONS", "y", "a", 2)) })
		for _, c := range []*caller{silent, drip, pings, late} {
			if !c.ended(12*time.Second) || time.Since(began) > 13*time.Second {
				t.Error("a slow peer is still there after", time.Since(began))
			}
			c.conn.Close()
		}
		wg.Wait()
		synctest.Wait()
		equal(t, "connections", r.stack.Counts().Conns, 0)
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, func(c *Config) { c.Streams.MaxConns, c.Streams.PerAddr = 5, 3 })
		for i := range 10 {
			r.call(fmt.Sprintf("192.0.2.9:%d", 1000+i))
			synctest.Wait()
		}
		equal(t, "of one address", r.stack.Counts().Conns, 3)
		for i := range 10 {
			r.call(fmt.Sprintf("192.0.2.%d:1000", 10+i))
			synctest.Wait()
		}
		equal(t, "in total", r.stack.Counts().Conns, 5)
		equal(t, "turned away", r.stack.Counts().Dropped[DropCrowded], uint64(15))
		if _, err := r.stack.Send(outgoing(sip.OPTIONS, "a", 1), Flow{Transport: flow.TCP, Local: r.local, Remote: netip.MustParseAddrPort(peerAddr)}); !errors.Is(err, ErrTransport) {
			t.Error("dialled above the limit:", err)
		}
		r.call("203.0.113.77:5060")
		synctest.Wait()
		equal(t, "strangers", r.stack.Counts().Dropped[DropStranger], uint64(1))
		time.Sleep(11 * time.Second)
		equal(t, "left after 11 s of silence", r.stack.Counts().Conns, 0)
		equal(t, "flows", r.stack.flows(), 0)
	})
}

func TestAConnectionIsUsedBothWays_RFC3261_18_1_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		r.sink.answering(t)
		c := r.call("192.0.2.9:33333")
		c.send(over(flow.TCP, request("REGISTER", "x", "a", 1)))
		c.message(time.Second)
		f := r.sink.requests[0].Flow
		if _, err := r.stack.Send(outgoing(sip.INVITE, "call", 1), f); err != nil {
			t.Fatal(err)
		}
		invite := c.message(time.Second)
		if !strings.HasPrefix(invite, "INVITE ") || !strings.Contains(invite, "Via: SIP/2.0/TCP 192.0.2.1:5060;") {
			t.Fatalf("%q", invite)
		}
		if m := c.message(20 * time.Second); m != "" {
			t.Errorf("RFC 3261 §17.1.1.2: repeated over TCP: %q", m)
		}
		c.send(reply(invite, 486, "x"))
		if m := c.message(time.Second); !strings.HasPrefix(m, "ACK ") || !strings.Contains(m, "SIP/2.0/TCP") {
			t.Errorf("%q", m)
		}
		synctest.Wait()
		equal(t, "statuses", r.sink.statuses(), []int{486})
		equal(t, "transactions left (timer D is zero)", r.stack.Counts().Clients, 0)
	})
}

// RFC 5626 §4.2: what was sent along a flow fails with it, at once.
func TestTransactionsFailWithTheirConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		r.sink.answering(t)
		c := r.call("192.0.2.9:33333")
		c.send(over(flow.TCP, request("REGISTER", "x", "a", 1)))
		c.message(time.Second)
		f := r.sink.requests[0].Flow
		for _, m := range []sip.RequestMethod{sip.INVITE, sip.OPTIONS} {
			if _, err := r.stack.Send(outgoing(m, string(m), 1), f); err != nil {
				t.Fatal(err)
			}
		}
		c.message(time.Second)
		c.conn.Close()
		synctest.Wait()
		if failed := r.sink.failures(); len(failed) != 2 || !errors.Is(failed[0], ErrTransport) || !errors.Is(failed[1], ErrTransport) {
			t.Errorf("%v", failed)
		}
		equal(t, "flows that ended", r.sink.ended(), []Flow{f})
		equal(t, "transactions left", r.stack.Counts().Clients, 0)
		equal(t, "connections", r.stack.Counts().Conns, 0)
	})
}

func TestDialling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		ln := r.net.Listen(peerAddr)
		f := Flow{Transport: flow.TCP, Local: r.local, Remote: netip.MustParseAddrPort(peerAddr)}
		for i := range 3 {
			if _, err := r.stack.Send(outgoing(sip.OPTIONS, fmt.Sprint("call", i), 1), f); err != nil {
				t.Fatal(err)
			}
		}
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c := &caller{t: t, conn: nc}
		for i := range 3 {
			m := c.message(time.Second)
			if !strings.Contains(m, fmt.Sprint("Call-ID: call", i)) {
				t.Fatalf("message %d: %q", i, m)
			}
			c.send(reply(m, 200, "x"))
		}
		synctest.Wait()
		equal(t, "statuses", r.sink.statuses(), []int{200, 200, 200})
		equal(t, "connections", r.stack.Counts().Conns, 1)
		nc.Close()
		ln.Close()
		synctest.Wait()
		equal(t, "flows that ended", r.sink.ended(), []Flow{f})

		_, err = r.stack.Send(outgoing(sip.OPTIONS, "refused", 1), f)
		synctest.Wait()
		failed := r.sink.failures()
		if err != nil {
			failed = append(failed, err) // nobody listens, and that was known before it was queued
		}
		if len(failed) != 1 || !errors.Is(failed[0], ErrTransport) {
			t.Errorf("%v", failed)
		}
	})
}

func TestADialThatHangsFailsIn3Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, func(c *Config) {
			c.Streams.Dial = func(ctx context.Context, _ Flow) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		began := time.Now()
		if _, err := r.stack.Send(outgoing(sip.INVITE, "a", 1), Flow{Transport: flow.TCP, Local: r.local, Remote: netip.MustParseAddrPort(peerAddr)}); err != nil {
			t.Fatal(err)
		}
		equal(t, "blocked for", time.Since(began), time.Duration(0))
		time.Sleep(3*time.Second + time.Millisecond)
		synctest.Wait()
		equal(t, "failures", len(r.sink.failures()), 1)
	})
}

// RFC 3261 §18.2.2: the answer goes back on the connection of the request or, when that is gone, to the Via.
func TestAnswersWhoseConnectionIsGoneGoToTheVia_RFC3261_18_2_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		ln := r.net.Listen("192.0.2.9:5070")
		defer ln.Close()
		c := r.call("192.0.2.9:33333")
		c.send(over(flow.TCP, request("OPTIONS", "x", "a", 1)))
		synctest.Wait()
		c.conn.Close()
		synctest.Wait()
		if err := r.sink.requests[0].Respond(200, "", nil, nil); err != nil {
			t.Fatal(err)
		}
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if m := (&caller{t: t, conn: nc}).message(time.Second); !strings.HasPrefix(m, "SIP/2.0 200 ") {
			t.Errorf("%q", m)
		}
	})
}

func TestASlowReaderIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		c := r.call("192.0.2.9:33333")
		c.send(over(flow.TCP, request("OPTIONS", "x", "a", 1)))
		synctest.Wait()
		f := r.sink.requests[0].Flow
		var err error
		sent := 0
		for ; err == nil && sent < 10_000; sent++ {
			req := outgoing(sip.MESSAGE, fmt.Sprint("m", sent), 1)
			req.SetBody([]byte(strings.Repeat("x", 1000)))
			_, err = r.stack.Send(req, f)
		}
		// One queue waits, one is being written, and the network holds a little: 256 KiB each are some 200 messages.
		if !errors.Is(err, ErrTransport) || sent > 500 {
			t.Errorf("%d messages wait, %v", sent, err)
		}
		synctest.Wait()
		equal(t, "connections", r.stack.Counts().Conns, 0)

		c2 := r.call("192.0.2.9:33334")
		c2.send(over(flow.TCP, request("OPTIONS", "y", "b", 1)))
		synctest.Wait()
		req := outgoing(sip.MESSAGE, "last", 1)
		req.SetBody([]byte(strings.Repeat("x", 100_000)))
		if _, err := r.stack.Send(req, r.sink.requests[1].Flow); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Second)
		equal(t, "connections after the write deadline", r.stack.Counts().Conns, 0)
	})
}

// noDescriptors is a listener that fails for a while, as when the process has too many files open.
type noDescriptors struct {
	net.Listener
	failures int
}

func (n *noDescriptors) Accept() (net.Conn, error) {
	if n.failures > 0 {
		n.failures--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return n.Listener.Accept()
}

func TestAcceptSurvivesEMFILE(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		var err error
		if r.local, err = r.stack.ServeStream(&noDescriptors{r.net.Listen("192.0.2.1:5080"), 20}, flow.TCP, netip.AddrPort{}); err != nil {
			t.Fatal(err)
		}
		r.sink.answering(t)
		c := r.call(peerAddr)
		c.send(over(flow.TCP, request("OPTIONS", "x", "a", 1)))
		if m := c.message(time.Minute); !strings.HasPrefix(m, "SIP/2.0 200 ") {
			t.Errorf("%q", m)
		}
		if n := strings.Count(r.logs.String(), "\n"); n > 3 {
			t.Errorf("%d lines of log", n)
		}
	})
}

func TestWhatIsWrittenBeforeCloseArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		c := r.call("192.0.2.9:33333")
		c.send(over(flow.TCP, request("OPTIONS", "x", "a", 1)))
		synctest.Wait()
		if _, err := r.stack.Send(outgoing(sip.BYE, "bye", 2), r.sink.requests[0].Flow); err != nil {
			t.Fatal(err)
		}
		if err := r.stack.Close(); err != nil {
			t.Fatal(err)
		}
		if m := c.message(time.Second); !strings.HasPrefix(m, "BYE ") {
			t.Errorf("%q", m)
		}
		equal(t, "failures", len(r.sink.failures()), 0)
	})
}

func TestFloodBansAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, admitCarrier)
		c := r.call("203.0.113.5:33333")
		c.send(over(flow.TCP, request("OPTIONS", "x", "a", 1, "User-Agent: friendly-scanner")))
		if !c.ended(time.Second) {
			t.Error("the scanner's connection stands")
		}
		c = r.call("203.0.113.5:33334")
		if !c.ended(time.Second) {
			t.Error("a banned address connects")
		}
		equal(t, "delivered", len(r.sink.methods()), 0)
	})
}
