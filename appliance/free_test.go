package appliance

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/journal"
	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"
)

// noSound gives legs addresses at which nothing listens.
type noSound struct{}

func (noSound) Open(plan.LegID) (plan.Endpoint, error) {
	return plan.Endpoint{Host: "127.0.0.1", Port: 20_000}, nil
}
func (noSound) Update(plan.LegID, plan.Media) error { return nil }
func (noSound) Close(plan.LegID)                    {}

// centreBranch is 100 agents in four queues of different strategies, all of whom serve two of them.
func centreBranch() exchange.Branch {
	b := exchange.Branch{Revision: "rev1", Country: "FR", Trunks: []exchange.Trunk{{Name: "carrier", Presented: "+33140506070"}}}
	for i, s := range []exchange.Strategy{exchange.LongestAvailable, exchange.RoundRobin, exchange.Linear, exchange.Random} {
		id := fmt.Sprintf("q%d", i)
		b.Queues = append(b.Queues, exchange.Queue{ID: id, Name: id, RingMS: 20_000, Music: "music:default", Strategy: s})
		b.Services = append(b.Services, exchange.Service{Number: fmt.Sprintf("+3314050608%d", i), Queue: id, Active: true})
	}
	for i := range 100 {
		ext := fmt.Sprint(1000 + i)
		b.Extensions = append(b.Extensions, exchange.Extension{Number: ext, RingMS: 20_000})
		b.Agents = append(b.Agents, exchange.Agent{ID: "a" + ext, Extension: ext, LoggedIn: true, Queues: []string{b.Queues[i%4].ID, b.Queues[(i+1)%4].ID}})
	}
	return b
}

// freeBox is the core's loop with its exchange, journal and SIP on loopback, at the promised size: 200 callers wait, 100 agents talk.
type freeBox struct {
	loop   *loop
	edge   *sipedge.Edge
	phones net.PacketConn // every agent's phone: SIP takes the way of a trunk, which spares 100 registrations

	mu     sync.Mutex
	quiet  bool
	placed plan.LegID   // the leg of the last Ring
	over   []plan.LegID // callers whose conversation is over
	talks  []plan.LegID
	n      int
}

// carry carries out what reaches the wire: the phones that ring. Callers are played by the test.
func (x *freeBox) carry(e exchange.Effect) {
	switch e := e.(type) {
	case exchange.Ring:
		x.mu.Lock()
		x.placed = e.Leg
		quiet := x.quiet
		x.mu.Unlock()
		if !quiet {
			e.To = exchange.Destination{Trunk: "phones", Number: "+33140501" + e.To.Extension[1:]}
			x.edge.Ring(e)
		}
	case exchange.HangUp:
		x.mu.Lock()
		x.over = append(x.over, e.Leg)
		x.mu.Unlock()
	}
}

func (x *freeBox) arrive(take func(exchange.Input)) {
	x.n++
	id := plan.LegID(fmt.Sprintf("i3-%06d", x.n))
	take(exchange.LegOffered{
		Leg: id, Origin: exchange.Origin{Kind: exchange.FromTrunk, Name: "carrier"}, Caller: exchange.Caller{Number: "+33612345678"}, Dialled: fmt.Sprintf("014050608%d", x.n%4),
	})
	take(exchange.LegAnswered{Leg: id})
}

func newFreeBox(b *testing.B) *freeBox {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	at, err := newClock()
	must(err)
	j, err := journal.Open(b.Context(), b.TempDir(), "box", fact.Moment{}, journal.Options{})
	must(err)
	x := &freeBox{loop: newLoop(at, exchange.New()), quiet: true}
	x.loop.carry = x.carry
	x.loop.remember = func(now fact.Moment, facts []fact.Fact) { j.Append(now, facts...) }
	x.phones, err = net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	book, err := leg.OpenBook(b.TempDir())
	must(err)
	x.edge, err = sipedge.New(sipedge.Config{
		Ports: noSound{}, Ledger: book, Log: slog.New(slog.DiscardHandler), Tell: func(exchange.Input) {}, MaxLegs: 1e6,
		Stack: stack.Config{ // the bench frees agents faster than people do
			Firewall: stack.Firewall{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PerSource: stack.Rate{PerSecond: 1e6, Burst: 1e6}},
			Invites:  stack.Rate{PerSecond: 1e6, Burst: 1e6}, Intake: stack.Intake{Work: stack.Rate{PerSecond: 1e6, Burst: 1e6}}, MaxTransactions: 1e6,
		},
	}, sipedge.Site{Trunks: []trunk.Config{{
		Name: "phones", Remote: netip.MustParseAddrPort(x.phones.LocalAddr().String()), Presented: "+33140506070", CountryCode: "33", TrunkPrefix: "0",
	}}})
	must(err)
	own, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	_, err = x.edge.Serve(own, netip.AddrPort{})
	must(err)
	x.edge.Start()

	x.loop.step(exchange.Started{Epoch: 3})
	x.loop.step(exchange.SiteChanged{Branch: centreBranch()})
	for len(x.talks) < 100 || x.n < 300 { // everybody talks, and 200 wait
		was := x.placed
		x.arrive(x.loop.step)
		if x.placed != was {
			x.loop.step(exchange.LegAnswered{Leg: x.placed})
			x.talks = append(x.talks, x.placed)
		}
	}
	x.quiet = false
	ctx, stop := context.WithCancel(context.Background())
	x.loop.stop = stop
	go x.loop.run(ctx)
	b.Cleanup(func() {
		stop()
		<-x.loop.done
		for _, err := range []error{x.edge.Close(), x.phones.Close(), j.Close()} {
			if err != nil {
				b.Error(err)
			}
		}
	})
	return x
}

// BenchmarkAgentFreeToInvite is the promise of the call centre as a phone sees it: from an agent's phone hanging up, in the core's mailbox, until the
// INVITE for the next caller has come to the next phone's socket on loopback, with 200 callers who wait and 100 agents. The promise is 50 ms.
func BenchmarkAgentFreeToInvite(b *testing.B) {
	x := newFreeBox(b)
	var took []time.Duration
	seen := map[string]bool{}
	read := make([]byte, 65_536)
	for b.Loop() {
		free := x.talks[0]
		x.talks = x.talks[1:]
		from := time.Now()
		x.loop.tell(exchange.LegEnded{Leg: free, Cause: exchange.EndedByPeer})
		for {
			if err := x.phones.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				b.Fatal(err)
			}
			n, peer, err := x.phones.ReadFrom(read)
			if err != nil {
				b.Fatalf("no INVITE: %v", err)
			}
			msg := read[:n]
			if !bytes.HasPrefix(msg, []byte("INVITE ")) {
				continue
			}
			repeated := seen[callID(msg)]
			seen[callID(msg)] = true
			if _, err := x.phones.WriteTo(trying(msg), peer); err != nil {
				b.Fatal(err)
			}
			if !repeated {
				break
			}
		}
		took = append(took, time.Since(from))
		x.mu.Lock()
		next, over := x.placed, x.over
		x.over = nil
		x.mu.Unlock()
		for _, id := range over {
			x.loop.tell(exchange.LegEnded{Leg: id, Cause: exchange.EndedByBox})
		}
		x.loop.tell(exchange.LegAnswered{Leg: next})
		x.talks = append(x.talks, next)
		x.arrive(x.loop.tell)
	}
	b.StopTimer()
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), "ms(median)")
	b.ReportMetric(ms(took[len(took)*99/100]), "ms(p99)")
	b.ReportMetric(ms(took[len(took)-1]), "ms(max)")
	b.ReportMetric(0, "ns/op")
}

// callID is the line that names a message's dialog.
func callID(msg []byte) string {
	for line := range bytes.SplitSeq(msg, []byte("\r\n")) {
		if bytes.HasPrefix(bytes.ToLower(line), []byte("call-id:")) {
			return string(line)
		}
	}
	return ""
}

// trying is the answer that keeps an INVITE from being sent again (RFC 3261 §17.1.1.2).
func trying(invite []byte) []byte {
	out := bytes.NewBufferString("SIP/2.0 100 Trying\r\n")
	for line := range bytes.SplitSeq(invite, []byte("\r\n")) {
		for _, name := range []string{"Via:", "From:", "To:", "Call-ID:", "CSeq:"} {
			if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
				out.Write(line)
				out.WriteString("\r\n")
			}
		}
	}
	out.WriteString("Content-Length: 0\r\n\r\n")
	return out.Bytes()
}
