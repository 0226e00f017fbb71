//go:build interop

package main

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/ua"
)

// RFC 3261 §18, RFC 7118: phones over TCP, WebSocket and UDP call one another, whoever dials.
func TestInteropTCPAndWebSocketPhones_RFC7118_5(t *testing.T) {
	t.Parallel()
	ws := free(t, "127.0.0.1")
	o := cabinet(t, 3, func(b *branch.Branch) { b.Network = []string{"sip_ws: " + ws.String()} })
	for range 20 { // who connects and says nothing, or begins to say something, blocks nobody
		silent, err := net.DialTimeout("tcp", ws.String(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = silent.Close() }()
		if _, err := silent.Write([]byte("GET / HT")); err != nil {
			t.Fatal(err)
		}
	}
	phones := []*apparatus{
		o.apparatus(desk(0), ua.Config{Over: ua.TCP, Listen: netip.MustParseAddrPort("127.0.0.14:0")}),
		o.apparatus(desk(1), ua.Config{Over: ua.WS, Box: ws, Domain: "127.0.0.1", Listen: netip.MustParseAddrPort("127.0.0.15:0")}),
		o.apparatus(desk(2), ua.Config{}),
	}
	for i, from := range phones {
		to := phones[(i+1)%len(phones)]
		l := from.dial(to.acc.User)
		called := to.lifts()
		o.both(l, branch.Tone(from.acc.User), called, branch.Tone(to.acc.User))
		if err := called.Hold(o.ctx); err != nil {
			t.Error("hold: ", err)
		}
		if err := called.Resume(o.ctx); err != nil {
			t.Error("resume: ", err)
		}
		o.both(l, branch.Tone(from.acc.User), called, branch.Tone(to.acc.User))
		if i%2 == 0 {
			l.Call.HangUp()
			o.over("called", called)
		} else {
			called.Call.HangUp()
			o.over("caller", l)
		}
	}
	o.ended(3)
	o.forgotten(phones[0].Agent, phones[1].Agent, phones[2].Agent)
}

// RFC 5626 §4.2.2: a phone that can only be reached along its connection is known to be gone when that breaks; who has an address of its own is
// tried there. Either way who calls it hears at once.
func TestInteropPulledConnections_RFC5626_4_2_2(t *testing.T) {
	t.Parallel()
	ws := free(t, "127.0.0.1")
	o := cabinet(t, 3, func(b *branch.Branch) { b.Network = []string{"sip_ws: " + ws.String()} })
	socket := o.apparatus(desk(0), ua.Config{Over: ua.WS, Box: ws, Domain: "127.0.0.1"})
	stream := o.apparatus(desk(1), ua.Config{Over: ua.TCP})
	other := o.apparatus(desk(2), ua.Config{})
	_, _ = socket.Close(), stream.Close() // their programs end without a word
	o.unreachable(desk(0))
	for i := range 2 {
		o.refusedQuickly(other, desk(i))
	}
}

// unreachable waits until the box knows that a phone is gone.
func (o *office) unreachable(number string) {
	o.t.Helper()
	for {
		s, err := o.box.Status(o.ctx)
		if err != nil {
			o.t.Fatalf("%s still counts as reachable: %v", number, err)
		}
		for _, e := range s.Extensions {
			if e.Number == number && !e.Reachable {
				return
			}
		}
	}
}

// refusedQuickly wants who calls a phone that is gone to hear so at once.
func (o *office) refusedQuickly(from *apparatus, to string) {
	o.t.Helper()
	began := time.Now()
	l := from.dial(to)
	e, err := l.Wait(o.ctx, ua.Refused)
	if err != nil || e.Code != 480 {
		o.t.Fatalf("%s was pulled: its caller hears %v %v", to, e, err)
	}
	if took := time.Since(began); took > 2*time.Second {
		o.t.Errorf("%s was pulled: its caller heard %s after %s", to, e, took)
	}
}

// RFC 3261 §11 as a keep-alive: a phone behind a router is asked whether it is there; one that was pulled is known to be gone before anybody
// calls it, and as soon as it is plugged in again, it rings.
func TestInteropPulledUDPPhone_RFC3261_11(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	var cancel context.CancelFunc
	o.ctx, cancel = context.WithTimeout(t.Context(), 100*time.Second) // at worst: 16 s until it is asked, 25 s until it is asked again, three times 4 s
	defer cancel()
	asked := make(chan struct{}, 1)
	phone, other := o.apparatus(desk(0), ua.Config{Host: "10.11.12.13:5060", Trace: func(out bool, _ netip.AddrPort, b []byte) {
		if !out && bytes.HasPrefix(b, []byte("OPTIONS ")) {
			select {
			case asked <- struct{}{}:
			default: // it was seen
			}
		}
	}}), o.apparatus(desk(1), ua.Config{})
	select {
	case <-asked: // once: a phone that never answers such questions is not judged by them
	case <-o.ctx.Done():
		t.Fatal("the box never asked")
	}
	phone.Vanish(true)
	began := time.Now()
	o.unreachable(desk(0))
	t.Logf("found to be gone %s after it was pulled", time.Since(began).Round(time.Second))
	o.refusedQuickly(other, desk(0))
	phone.Vanish(false)
	if _, err := phone.Register(o.ctx, phone.acc, 600); err != nil {
		t.Fatal(err)
	}
	l := other.dial(desk(0))
	called := phone.lifts()
	o.both(l, branch.Tone(desk(1)), called, branch.Tone(desk(0)))
}
