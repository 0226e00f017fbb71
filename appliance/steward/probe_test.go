package steward

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
)

type prober struct{ gateway, server error }

func wait(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}
func (p prober) Gateway(ctx context.Context, _ netip.Addr) error { return wait(ctx, p.gateway) }
func (p prober) Server(ctx context.Context, _ netip.Addr) error  { return wait(ctx, p.server) }

func TestChecksOfATrial(t *testing.T) {
	there := Network{Cable: true, Gateways: []string{"10.0.0.1"}, DNS: []string{"10.0.0.1"}}
	for _, c := range []struct {
		name string
		n    Network
		p    prober
		want [3]Result
	}{
		{"everything answers", there, prober{}, [3]Result{Passed, Passed, Passed}},
		{"no cable", Network{Gateways: there.Gateways}, prober{}, [3]Result{Failing, Waiting, Waiting}},
		{"no address yet", Network{Cable: true}, prober{}, [3]Result{Passed, Waiting, Waiting}},
		{"a gateway that is not there", there, prober{gateway: errSilent}, [3]Result{Passed, Failing, Passed}},
		{"a slow name server", there, prober{server: context.DeadlineExceeded}, [3]Result{Passed, Passed, Waiting}},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			for i, check := range probe(t.Context(), c.p, c.n) {
				if check.Result != c.want[i] {
					t.Errorf("%s: %s is %s, want %s", c.name, check.What, check.Result, c.want[i])
				}
			}
			if took := time.Since(began); took > probeTime {
				t.Errorf("%s: took %s", c.name, took)
			}
		})
	}
}

func TestANameServerThatAnswersAnythingIsThere(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	code := dns.RcodeNameError
	up := make(chan struct{})
	s := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(up) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		_ = w.WriteMsg(a.SetRcode(q, code)) // the asker hears nothing then, and the test fails by it
	})}
	done := make(chan error, 1)
	go func() { done <- s.ActivateAndServe() }()
	<-up
	w := Wire{port: netip.MustParseAddrPort(conn.LocalAddr().String()).Port()}
	if err := w.Server(t.Context(), netip.MustParseAddr("127.0.0.1")); err != nil {
		t.Errorf("a server that answers NXDOMAIN: %v", err)
	}
	if err := errors.Join(s.Shutdown(), <-done); err != nil {
		t.Fatal(err)
	}
	if err := w.Server(t.Context(), netip.MustParseAddr("127.0.0.1")); err == nil {
		t.Error("a server that is gone answers")
	}
}
