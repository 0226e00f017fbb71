package stack

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/stream"
	"autocom/appliance/sipedge/stack/stun"
)

// raw reads what is there, as it is.
func (c *caller) raw(d time.Duration) string {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		c.t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, _ := c.conn.Read(buf)
	return string(buf[:n])
}

func TestPingIsAnsweredOnAStream_RFC5626_3_5_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		c := r.call(peerAddr)
		c.send(over(flow.TCP, request("OPTIONS", "x", "a", 1)))
		for _, ping := range []string{"\r\n\r\n", "\r\n|\r\n", "\r|\n\r|\n"} {
			for part := range strings.SplitSeq(ping, "|") {
				c.send(part)
				synctest.Wait()
			}
			equal(t, ping, c.raw(time.Second), "\r\n")
		}
		c.send("\r\n" + over(flow.TCP, request("OPTIONS", "y", "b", 1)))
		equal(t, "a line end before a message", c.raw(time.Second), "")
		equal(t, "delivered", len(r.sink.methods()), 2)
	})
}

func TestKeepAliveOfAStream_RFC5626_4_4_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.TCP, nil)
		ln := r.net.Listen(peerAddr)
		defer ln.Close()
		f := Flow{Transport: flow.TCP, Local: r.local, Remote: netip.MustParseAddrPort(peerAddr)}
		stop, err := r.stack.KeepAlive(f, KeepAlive{Every: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c := &caller{t: t, conn: nc}
		for range 5 {
			began := time.Now()
			equal(t, "ping", c.raw(time.Minute), stream.Ping)
			if d := time.Since(began); d < 24*time.Second || d > 30*time.Second {
				t.Errorf("after %v", d)
			}
			c.send("\r\n")
		}
		equal(t, "ping", c.raw(time.Minute), stream.Ping)
		time.Sleep(9 * time.Second)
		equal(t, "flows that ended after 9 s", len(r.sink.ended()), 0)
		time.Sleep(2 * time.Second)
		equal(t, "flows that ended after 11 s", r.sink.ended(), []Flow{f})
		equal(t, "connections", r.stack.Counts().Conns, 0)
	})
}

func TestKeepAliveOfAWebSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.WS, nil)
		r.sink.answering(t)
		ws, _, err := r.dialWeb("192.0.2.9:33333", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ws.Write(context.Background(), websocket.MessageText, []byte(over(flow.WS, request("OPTIONS", "x", "a", 1)))); err != nil {
			t.Fatal(err)
		}
		readWeb(t, ws)
		reading, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { // answers pings
			defer close(done)
			_, _, _ = ws.Read(reading)
		}()
		stop, err := r.stack.KeepAlive(r.sink.requests[0].Flow, KeepAlive{Every: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		time.Sleep(3 * time.Hour)
		equal(t, "connections of a peer that answers", r.stack.Counts().Conns, 1)
		cancel()
		<-done
		time.Sleep(time.Minute)
		equal(t, "connections of one that does not", r.stack.Counts().Conns, 0)
	})
}

func TestPingAndSTUNAreAnsweredOverUDP_RFC5626_3_5_RFC5389_7(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, admitCarrier)
		id := stun.ID{1, 2, 3}
		r.peer.send(stream.Ping)
		equal(t, "pong", r.peer.read(time.Second), "\r\n")
		r.peer.send("\r\n")
		equal(t, "one line end is only that", r.peer.read(time.Second), "")
		r.peer.send(string(stun.Ask(id)))
		kind, got, attributes, ok := stun.Message([]byte(r.peer.read(time.Second)))
		at, _ := stun.From(id, attributes)
		if !ok || kind != stun.Success || got != id || at.String() != peerAddr {
			t.Errorf("%x %v %v", kind, got, at)
		}
		stranger := r.stranger("203.0.113.77:5060")
		stranger.send(string(stun.Ask(id)))
		stranger.send(stream.Ping)
		equal(t, "for a stranger", stranger.read(time.Second), "")
		for range 100 {
			r.peer.send(string(stun.Ask(id)))
		}
		answers := 0
		for r.peer.read(time.Millisecond) != "" {
			answers++
		}
		equal(t, "answers within the source's rate", answers, 20)
		equal(t, "bans", len(r.stack.Bans()), 0)
		equal(t, "peers remembered", r.stack.listeners[r.flow.Local].Peers(), 0)
	})
}

func TestKeepAliveOverUDP_RFC5626_4_4_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := memnet.New(1)
		open := func(addr string) (*Stack, *flowRecorder, netip.AddrPort) {
			sink := &flowRecorder{}
			s, err := New(config(sink, &strings.Builder{}))
			if err != nil {
				t.Fatal(err)
			}
			at, err := s.Serve(net.Listen(addr), netip.AddrPort{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s, sink, at
		}
		a, sink, from := open(boxAddr)
		_, _, to := open(peerAddr)
		f := Flow{Local: from, Remote: to}
		var seen []netip.AddrPort
		stop, err := a.KeepAlive(f, KeepAlive{Every: 30 * time.Second, STUN: true, Mapped: func(at netip.AddrPort) { seen = append(seen, at) }})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		net.ImpairAll(memnet.Link{Loss: 0.2, Delay: 50 * time.Millisecond})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if len(seen) < 9 || seen[0] != from || len(sink.ended()) != 0 {
			t.Errorf("%v, %v", seen, sink.ended())
		}
		net.ImpairAll(memnet.Link{Loss: 1})
		time.Sleep(time.Minute)
		equal(t, "flows that ended", sink.ended(), []Flow{f})
		equal(t, "questions left", a.asked.Open(), 0)
	})
}
