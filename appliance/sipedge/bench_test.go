package sipedge

import (
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
)

// BenchmarkCall is one call between two boxes over memory packets: INVITE, 180, 200, ACK, BYE, both sides of it, ledger included. CPU time of one
// box is half of it.
func BenchmarkCall(b *testing.B) {
	net := memnet.New(1)
	answered, ended := make(chan plan.LegID, 16), make(chan plan.LegID, 16)
	var far *Edge
	boxes := make([]*Edge, 2)
	for i, at := range []string{boxAddr, carrierAddr} {
		book, err := leg.OpenBook(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		s := site()
		s.Trunks[0].Sources = append(s.Trunks[0].Sources, prefix("192.0.2.0/24"))
		e, err := New(Config{
			Ports: newPorts(), Ledger: book, Log: slog.New(slog.DiscardHandler),
			Stack: stack.Config{
				Firewall: stack.Firewall{Trusted: []netip.Prefix{prefix("192.0.2.0/24"), prefix("198.51.100.0/24")}, PerSource: stack.Rate{PerSecond: 1e6, Burst: 1e6}},
				Invites:  stack.Rate{PerSecond: 1e6, Burst: 1e6}, Intake: stack.Intake{Work: stack.Rate{PerSecond: 1e6, Burst: 1e6}}, MaxTransactions: 1e7,
			},
			MaxLegs: 1e6,
			Tell: func(in exchange.Input) {
				switch in := in.(type) {
				case exchange.LegOffered:
					far.Progress(exchange.Progress{Leg: in.Leg})
					far.Answer(exchange.Answer{Leg: in.Leg})
				case exchange.LegAnswered:
					if in.Leg[0] == 'o' {
						answered <- in.Leg
					}
				case exchange.LegEnded:
					if in.Leg[0] == 'i' {
						ended <- in.Leg
					}
				}
			},
		}, s)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Serve(net.Listen(at), netipZero()); err != nil {
			b.Fatal(err)
		}
		e.Start()
		boxes[i] = e
	}
	far = boxes[1]
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		boxes[0].Ring(exchange.Ring{Leg: plan.LegID(fmt.Sprintf("o3-%d", n)), To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}})
		select {
		case id := <-answered:
			boxes[0].HangUp(exchange.HangUp{Leg: id})
			<-ended
		case <-time.After(5 * time.Second):
			b.Fatal("no answer")
		}
	}
	for _, e := range boxes {
		if err := e.Close(); err != nil {
			b.Error(err)
		}
	}
}
