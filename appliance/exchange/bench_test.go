package exchange

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
)

// BenchmarkStep drives whole calls through a branch with 260 agents while 200 other calls are talked, and reports the median step.
// The promise is at most 5 µs.
func BenchmarkStep(b *testing.B) {
	x := newBench(b, func(br *Branch) {
		br.Extensions, br.Agents = nil, nil
		br.Trunks[0].Channels = 1000
		br.Queues[0].MaxLength, br.Queues[0].WrapUpMS = 0, 0
		for i := range 260 {
			ext := fmt.Sprint(1000 + i)
			br.Extensions = append(br.Extensions, Extension{Number: ext, RingMS: 20_000, Outside: true})
			br.Agents = append(br.Agents, Agent{ID: "a" + ext, Extension: ext, Queues: []string{"sales"}, LoggedIn: true})
		}
	})
	s := x.s
	var took []time.Duration
	var rang plan.LegID
	step := func(in Input) {
		x.now += 7
		from := time.Now()
		effects, _ := s.Step(x.moment(), in)
		took = append(took, time.Since(from))
		for _, e := range effects {
			if r, ok := e.(Ring); ok {
				rang = r.Leg
			}
		}
	}
	leg := func(n int) plan.LegID { return plan.LegID(fmt.Sprintf("i3-%06d", n)) }
	talk := func(n int) plan.LegID {
		step(LegOffered{Leg: leg(n), Origin: Origin{FromTrunk, "carrier"}, Caller: Caller{Number: "+33612345678"}, Dialled: "0140506071"})
		step(LegAnswered{Leg: leg(n)})
		step(LegRinging{Leg: rang})
		step(LegAnswered{Leg: rang})
		return rang
	}
	for n := range 200 {
		talk(n)
	}
	took = took[:0]
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; b.Loop(); n++ {
		out := talk(200 + n)
		step(LegHeld{Leg: out, Held: true})
		step(LegHeld{Leg: out, Held: false})
		step(DigitPressed{Leg: leg(200 + n), Digit: "1", Via: "rfc4733"})
		step(LegEnded{Leg: leg(200 + n), Cause: EndedByPeer})
		step(LegEnded{Leg: out, Cause: EndedByBox})
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "ns/step(median)")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "ns/step(p99)")
	b.ReportMetric(0, "ns/op")
	if n := len(s.Calls()); n != 200 {
		b.Fatalf("%d calls, want 200", n)
	}
}

// BenchmarkEncode writes the state of 200 calls.
func BenchmarkEncode(b *testing.B) {
	x := newBench(b, func(br *Branch) { br.Trunks[0].Channels, br.Queues[0].MaxLength = 1000, 0 })
	for n := range 200 {
		x.queued(fmt.Sprintf("i3-%06d", n))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.s.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
