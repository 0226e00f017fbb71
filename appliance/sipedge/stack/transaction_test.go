package stack

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"autocom/appliance/sim/memnet"
)

func (r *rig) invite(callID string) *Transaction {
	r.Helper()
	tx, err := r.stack.Send(outgoing(sip.INVITE, callID, 1), r.flow)
	if err != nil {
		r.Fatal(err)
	}
	return tx
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestInviteIsRepeatedThenTimesOut_RFC3261_17_1_1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		start := time.Now()
		r.invite("a")
		var at []time.Duration
		for m := r.peer.read(40 * time.Second); m != ""; m = r.peer.read(40 * time.Second) {
			at = append(at, time.Since(start))
		}
		equal(t, "INVITEs", at, []time.Duration{0, 5e8, 15e8, 35e8, 75e8, 155e8, 315e8})
		equal(t, "failures", r.sink.failures(), []error{ErrTimeout})
		equal(t, "transactions left", r.stack.Counts().Clients, 0)
	})
}

// Timer B must be gone for good once the phone rings, and a 180 that comes again must not count against anything.
func TestInviteRingsForTenMinutes_RFC3261_17_1_1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.invite("a")
		invite := r.peer.read(time.Second)
		for range 60 {
			r.peer.send(reply(invite, 180, "x"))
			time.Sleep(10 * time.Second)
		}
		r.peer.send(reply(invite, 200, "x"))
		synctest.Wait()
		got := r.sink.statuses()
		if len(got) != 61 || got[59] != 180 || got[60] != 200 {
			t.Errorf("%v", got)
		}
		equal(t, "failures", r.sink.failures(), []error(nil))
		equal(t, "more on the wire", r.peer.first(time.Second), []string(nil))
	})
}

func TestFailureIsAcknowledgedByTheTransaction_RFC3261_17_1_1_3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		tx := r.invite("a")
		invite := r.peer.read(time.Second)
		for range 3 {
			r.peer.send(reply(invite, 486, "x"))
		}
		acks := 0
		for m := r.peer.read(100 * time.Millisecond); m != ""; m = r.peer.read(100 * time.Millisecond) {
			acks++
			if !strings.HasPrefix(m, "ACK sip:200@192.0.2.9:5070 SIP/2.0\r\n") || !strings.Contains(m, "CSeq: 1 ACK\r\n") ||
				!strings.Contains(m, "branch="+tx.Branch()) || !strings.Contains(m, "tag=x\r\n") {
				t.Errorf("%s", m)
			}
		}
		equal(t, "ACKs", acks, 3)
		equal(t, "delivered", r.sink.statuses(), []int{486})
		if _, err := tx.Cancel(); !errors.Is(err, ErrAnswered) {
			t.Errorf("cancel after the end: %v", err)
		}
	})
}

func TestCancel_RFC3261_9_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		req := outgoing(sip.INVITE, "a", 7)
		req.AppendHeader(&sip.RouteHeader{Address: sip.Uri{Scheme: "sip", Host: "proxy.example"}})
		tx, err := r.stack.Send(req, r.flow)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Cancel(); !errors.Is(err, ErrTooEarly) {
			t.Errorf("before a provisional response: %v", err)
		}
		invite := r.peer.read(time.Second)
		r.peer.send(reply(invite, 180, "x"))
		synctest.Wait()
		if _, err := tx.Cancel(sip.NewHeader("Reason", "SIP;cause=200")); err != nil {
			t.Fatal(err)
		}
		cancel := r.peer.read(time.Second)
		for _, want := range []string{
			"CANCEL sip:200@192.0.2.9:5070 SIP/2.0\r\n", "CSeq: 7 CANCEL\r\n", "branch=" + tx.Branch(), "Route: <sip:proxy.example>\r\n",
			"Reason: SIP;cause=200\r\n", "Content-Length: 0\r\n", "To: <sip:200@192.0.2.9>\r\n",
		} {
			if !strings.Contains(cancel, want) {
				t.Errorf("%q is missing in\n%s", want, cancel)
			}
		}
		// The 200 that crosses on its way, then the answer to the CANCEL: the leg gets both and must end the call.
		r.peer.send(reply(invite, 200, "x"))
		r.peer.send(reply(cancel, 200, "x"))
		synctest.Wait()
		equal(t, "delivered", r.sink.statuses(), []int{180, 200, 200})
		equal(t, "methods", r.sink.responses[2].CSeq().MethodName, sip.CANCEL)
	})
}

// Every 2xx reaches the leg: repeated, from another fork, and after the transaction is gone.
func TestEvery2xxToInviteIsDelivered_RFC3261_13_2_2_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.invite("a")
		invite := r.peer.read(time.Second)
		r.peer.send(reply(invite, 200, "x"))
		r.peer.send(reply(invite, 200, "x"))
		r.peer.send(reply(invite, 200, "fork"))
		time.Sleep(40 * time.Second) // timer M
		r.peer.send(reply(invite, 200, "late"))
		r.peer.send(reply(invite, 180, "late"))
		synctest.Wait()
		var got []string
		for _, p := range r.sink.responses {
			got = append(got, fmt.Sprintf("%d %t %t %s", p.StatusCode, p.Repeated, p.Transaction != nil, p.To().Params.GetOr("tag", "")))
		}
		equal(t, "delivered", got, []string{"200 false true x", "200 true true x", "200 true true fork", "200 true false late"})
		equal(t, "stray", r.stack.Counts().Dropped[DropStray], uint64(1))

		ack := outgoing(sip.ACK, "a", 1)
		if err := r.stack.SendDirect(ack, r.flow); err != nil {
			t.Fatal(err)
		}
		if m := r.peer.read(time.Second); !strings.HasPrefix(m, "ACK ") || !strings.Contains(m, "branch=z9hG4bK") {
			t.Errorf("%q", m)
		}
	})
}

func TestNonInviteSurvivesLoss_RFC3261_17_1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		seen := 0
		r.net.DropWhen(func(_, to netip.AddrPort, _ []byte) bool {
			seen++
			return to.String() == peerAddr && seen <= 2
		})
		if _, err := r.stack.Send(outgoing(sip.BYE, "a", 2), r.flow); err != nil {
			t.Fatal(err)
		}
		bye := r.peer.read(5 * time.Second)
		r.peer.send(reply(bye, 200, ""))
		r.peer.send(reply(bye, 200, ""))
		synctest.Wait()
		equal(t, "delivered", r.sink.statuses(), []int{200})
		equal(t, "more on the wire", r.peer.first(20*time.Second), []string(nil))
	})
}

func TestAbandonedTransactionIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.invite("a").Abandon()
		r.peer.read(time.Second)
		equal(t, "more on the wire", r.peer.first(40*time.Second), []string(nil))
		equal(t, "failures", r.sink.failures(), []error(nil))
	})
}

func TestServerInvite_RFC3261_17_2_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		invite := request("INVITE", "i", "a", 1, "Record-Route: <sip:proxy.example;lr>")
		for range 3 {
			r.peer.send(invite)
		}
		synctest.Wait()
		equal(t, "delivered once", r.sink.methods(), []string{"INVITE"})
		equal(t, "on the wire", r.peer.first(time.Millisecond), []string{"SIP/2.0 100 Trying", "SIP/2.0 100 Trying", "SIP/2.0 100 Trying"})

		q := r.sink.requests[0]
		for _, status := range []int{180, 200} {
			if err := q.Respond(status, "", []sip.Header{sip.NewHeader("X-Leg", "1")}, nil); err != nil {
				t.Fatal(err)
			}
			m := r.peer.read(time.Second)
			for _, want := range []string{";tag=" + q.Tag(), "Record-Route: <sip:proxy.example;lr>", "X-Leg: 1", "Content-Length: 0"} {
				if !strings.Contains(m, want) {
					t.Errorf("%d: %q is missing in\n%s", status, want, m)
				}
			}
		}
		if err := q.Respond(200, "", nil, nil); err != nil {
			t.Errorf("the 2xx of an INVITE is the leg's to repeat: %v", err)
		}
		if err := q.Respond(486, "", nil, nil); !errors.Is(err, ErrAnswered) {
			t.Errorf("a second final response: %v", err)
		}
		r.peer.send(invite) // absorbed without a word (RFC 6026 §7.1)
		synctest.Wait()
		equal(t, "on the wire", r.peer.first(10*time.Second), []string{"SIP/2.0 200 OK"})

		r.peer.send(request("ACK", "other", "a", 1, "in-dialog"))
		r.peer.send(request("ACK", "i", "a", 1, "in-dialog")) // an old peer that keeps the INVITE's branch
		synctest.Wait()
		equal(t, "delivered", r.sink.methods(), []string{"INVITE", "ACK", "ACK"})
		if err := r.sink.requests[1].Respond(200, "", nil, nil); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("an ACK was answered: %v", err)
		}
		time.Sleep(40 * time.Second)
		equal(t, "transactions left", r.stack.Counts().Servers, 0)
		if err := q.Respond(200, "", nil, nil); err == nil {
			t.Error("a transaction that is gone took a response")
		}
	})
}

func TestServerRefusalIsRepeatedUntilAcknowledged_RFC3261_17_2_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.sink.onRequest = func(q *Request) {
			if q.IsInvite() {
				if err := q.Respond(486, "", nil, nil); err != nil {
					t.Error(err)
				}
			}
		}
		r.peer.send(request("INVITE", "i", "a", 1))
		time.Sleep(1700 * time.Millisecond) // 0, 0.5 and 1.5 s
		r.peer.send(request("ACK", "i", "a", 1))
		synctest.Wait()
		equal(t, "on the wire", r.peer.first(20*time.Second), []string{
			"SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here", "SIP/2.0 486 Busy Here", "SIP/2.0 486 Busy Here",
		})
		equal(t, "delivered", r.sink.methods(), []string{"INVITE"})
	})
}

func TestServerCancel_RFC3261_9_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.peer.send(request("INVITE", "i", "a", 1))
		r.peer.send(request("CANCEL", "i", "a", 1))
		r.peer.send(request("CANCEL", "i", "a", 1))
		synctest.Wait()
		equal(t, "delivered", r.sink.methods(), []string{"INVITE", "CANCEL"})
		invite, cancel := r.sink.requests[0], r.sink.requests[1]
		if cancel.Cancels != invite || cancel.Tag() != invite.Tag() {
			t.Errorf("the CANCEL does not name its INVITE, or has another tag")
		}
		if err := cancel.Respond(200, "", nil, nil); !errors.Is(err, ErrAnswered) {
			t.Errorf("the CANCEL is answered already: %v", err)
		}
		equal(t, "no 487 by itself", r.peer.first(time.Millisecond), []string{"SIP/2.0 100 Trying", "SIP/2.0 200 OK", "SIP/2.0 200 OK"})
		if err := invite.Respond(487, "", nil, nil); err != nil {
			t.Fatal(err)
		}
		r.peer.send(request("ACK", "i", "a", 1))
		r.peer.send(request("CANCEL", "unknown", "b", 1))
		synctest.Wait()
		equal(t, "on the wire", r.peer.first(time.Second), []string{"SIP/2.0 487 Request Terminated", "SIP/2.0 481 Call/Transaction Does Not Exist"})
		equal(t, "delivered", r.sink.methods(), []string{"INVITE", "CANCEL"})
	})
}

func TestResponsesGoWhereViaSays_RFC3261_18_2_2(t *testing.T) {
	for _, c := range []struct{ via, to, want string }{
		{"192.0.2.9:5070;branch=z9hG4bKx", peerAddr, "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKx\r\n"},
		{"phone.example:5071;branch=z9hG4bKx", "192.0.2.9:5071", ";received=192.0.2.9"},
		{"10.0.0.1:5060;branch=z9hG4bKx;rport", peerAddr, ";rport=5070;received=192.0.2.9"}, // RFC 3581 §4
		{"10.0.0.1;branch=z9hG4bKx", "192.0.2.9:5060", ";received=192.0.2.9"},
	} {
		t.Run(c.via, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.sink.onRequest = func(q *Request) {
					if err := q.Respond(200, "", nil, nil); err != nil {
						t.Error(err)
					}
				}
				at := r.peer
				if c.to != peerAddr {
					at = &wire{t: t, conn: r.net.Listen(c.to)}
					defer at.conn.Close()
				}
				r.peer.send(strings.Replace(request("OPTIONS", "x", "a", 1), "192.0.2.9:5070;branch=z9hG4bKx", c.via, 1))
				if m := at.read(time.Second); !strings.Contains(m, c.want) {
					t.Errorf("%q is missing in\n%s", c.want, m)
				}
			})
		})
	}
}

// The ordinary life of a call over a bad wire, many times: each request and each response is delivered exactly once.
func TestNothingIsLostOrDoubledOverABadWire(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			net := memnet.New(seed)
			net.ImpairAll(memnet.Link{Loss: 0.2, Duplicate: 0.2, Delay: 20 * time.Millisecond, Jitter: 30 * time.Millisecond})
			caller, callee := &recorder{}, &recorder{}
			callee.onRequest = func(q *Request) {
				if !q.IsAck() {
					if err := q.Respond(480, "", nil, nil); err != nil {
						t.Error(err)
					}
				}
			}
			open := func(sink Sink, addr string) (*Stack, netip.AddrPort) {
				s, err := New(config(sink, &strings.Builder{}))
				if err != nil {
					t.Fatal(err)
				}
				local, err := s.Serve(net.Listen(addr), netip.AddrPort{})
				if err != nil {
					t.Fatal(err)
				}
				return s, local
			}
			a, aAddr := open(caller, boxAddr)
			b, bAddr := open(callee, peerAddr)
			const n = 20
			for i := range n {
				method := sip.INVITE
				if i%2 == 1 {
					method = sip.OPTIONS
				}
				if _, err := a.Send(outgoing(method, fmt.Sprint("c", i), 1), Flow{Local: aAddr, Remote: bAddr}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(2 * time.Minute)
			finals := 0
			for _, s := range caller.statuses() {
				if s >= 200 {
					finals++
				}
			}
			equal(t, "requests", len(callee.methods()), n)
			equal(t, "final responses and failures", finals+len(caller.failures()), n)
			equal(t, "left", a.Counts().Clients+b.Counts().Servers, 0)
			for _, s := range []*Stack{a, b} {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
