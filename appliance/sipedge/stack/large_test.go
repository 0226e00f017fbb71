package stack

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/flow"
)

func TestLargeRequests_RFC3261_18_1_1(t *testing.T) {
	large := func(id string) *sip.Request {
		req := outgoing(sip.MESSAGE, id, 1)
		req.SetBody([]byte(strings.Repeat("x", 1300)))
		return req
	}
	synctest.Test(t, func(t *testing.T) {
		streams := memnet.NewStreams()
		policy := LargeTCP
		r := newRig(t, func(c *Config) {
			c.Large = func(Flow) Large { return policy }
			c.Streams.Dial = func(ctx context.Context, to Flow) (net.Conn, error) {
				return streams.Dial(ctx, netip.AddrPortFrom(to.Local.Addr(), 0), to.Remote)
			}
		})
		if _, err := r.stack.ServeStream(streams.Listen(boxAddr), flow.TCP, netip.AddrPort{}); err != nil {
			t.Fatal(err)
		}

		// Nobody takes the connection: UDP, with the same branch, and with repetitions.
		tx, err := r.stack.Send(large("refused"), r.flow)
		if err != nil {
			t.Fatal(err)
		}
		m := r.peer.read(100 * time.Millisecond)
		if !strings.Contains(m, "Via: SIP/2.0/UDP 192.0.2.1:5060;branch="+tx.Branch()) {
			t.Fatalf("%q", m)
		}
		equal(t, "repeated", r.peer.read(time.Second), m)
		equal(t, "flow", tx.Flow(), r.flow)
		r.peer.send(reply(m, 200, "x"))
		synctest.Wait()
		equal(t, "statuses", r.sink.statuses(), []int{200})

		// Somebody does.
		ln := streams.Listen(peerAddr)
		defer ln.Close()
		if tx, err = r.stack.Send(large("taken"), r.flow); err != nil {
			t.Fatal(err)
		}
		equal(t, "flow", tx.Flow().Transport, flow.TCP)
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		c := &caller{t: t, conn: nc}
		m = c.message(time.Second)
		if !strings.Contains(m, "Via: SIP/2.0/TCP 192.0.2.1:5060;") {
			t.Errorf("%q", m)
		}
		c.send(reply(m, 200, "x"))
		if _, err := r.stack.Send(outgoing(sip.MESSAGE, "small", 1), r.flow); err != nil {
			t.Fatal(err)
		}
		if m := r.peer.read(time.Second); !strings.Contains(m, "Call-ID: small") {
			t.Errorf("%q", m)
		}

		policy = LargeRefuse
		if _, err := r.stack.Send(large("no"), r.flow); !errors.Is(err, ErrTooLarge) {
			t.Error(err)
		}
		policy = LargeFragment
		if _, err := r.stack.Send(large("cut"), r.flow); err != nil {
			t.Fatal(err)
		}
		if m := r.peer.read(time.Second); !strings.Contains(m, "Call-ID: cut") {
			t.Errorf("%q", m)
		}
	})
}
