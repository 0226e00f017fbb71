package quality_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/quality"
)

// slots reads 1 received, 0 lost, X discarded.
func slots(t *testing.T, pattern string) []quality.Slot {
	t.Helper()
	var out []quality.Slot
	for _, c := range pattern {
		switch c {
		case '1':
			out = append(out, quality.Received)
		case '0':
			out = append(out, quality.Lost)
		case 'X':
			out = append(out, quality.Discarded)
		default:
			t.Fatalf("what is %q?", c)
		}
	}
	return out
}

// The example of RFC 3611 §4.7.2: 64 packets of 10 ms, a gap of 230 ms with one loss, a burst of 120 ms with four of twelve
// missing, a gap of 290 ms with one discarded.
func TestRFC3611Section4_7_2Example(t *testing.T) {
	var m quality.Meter
	for _, s := range slots(t, "11110111111111111111111"+"X111X1011110"+"111111111111111111X1111111111") {
		m.Take(s)
	}
	c := m.Counts()
	want := quality.Counts{
		Received: 58, Lost: 3, Discarded: 3, Runs: 6, Bursts: 1, Gaps: 2,
		GapReceived: 50, GapMissing: 2, BurstReceived: 8, BurstMissing: 4,
	}
	if c != want {
		t.Errorf("counted %+v\nwant    %+v", c, want)
	}
	r := quality.Of(1, c, 10)
	if r.BurstDuration != 120 || r.GapDuration != 260 || r.BurstDensity != 85 || r.GapDensity != 9 || r.LossRate != 12 || r.DiscardRate != 12 {
		t.Errorf("reported %+v", r)
	}
}

// appendixA2 is the counting of RFC 3611 A.2, written from its description: transitions between the four states, counted
// when a loss ends a stretch of received packets. The last cluster is not counted yet.
type appendixA2 struct{ pkt, lost, c11, c13, c14, c22, c23, c33 float64 }

func (a *appendixA2) take(s quality.Slot, gmin float64) {
	if s == quality.Received {
		a.pkt++
		return
	}
	switch {
	case a.pkt >= gmin:
		if a.lost == 1 {
			a.c14++
		} else if a.lost > 1 {
			a.c13++
		}
		a.lost, a.c11 = 1, a.c11+a.pkt
	case a.lost == 0:
		a.lost = 1
	default:
		a.lost++
		if a.pkt == 0 {
			a.c33++
		} else {
			a.c23++
			a.c22 += a.pkt - 1
		}
	}
	a.pkt = 0
}

func TestRFC3611AppendixA2DensitiesAndBurstLengthAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(3611, 42))
	for round := range 200 {
		var m quality.Meter
		var a appendixA2
		bad := false
		for range 2000 {
			if random.Float64() < 0.02 {
				bad = !bad
			}
			s := quality.Received
			if x := random.Float64(); bad && x < 0.3 || x < 0.004 {
				s = quality.Slot(1 + random.IntN(2))
			}
			m.Take(s)
			a.take(s, quality.Gmin)
		}
		// End with a quiet stretch and one loss, so that the appendix counts its last cluster too.
		for range quality.Gmin {
			m.Take(quality.Received)
			a.take(quality.Received, quality.Gmin)
		}
		c := m.Counts()
		a.take(quality.Lost, quality.Gmin)
		if a.c13 == 0 {
			continue
		}
		p32, p23 := a.c23/(a.c13+a.c23+a.c33), 1.0
		if a.c22+a.c23 >= 1 {
			p23 = 1 - a.c22/(a.c22+a.c23)
		}
		density := p23 / (p23 + p32)
		length := (a.c22 + a.c23 + a.c13 + a.c23 + a.c33) / a.c13
		if math.Abs(c.BurstDensity()-density) > 1e-9 || math.Abs(c.BurstLength()-length) > 1e-9 {
			t.Fatalf("round %d: density %v, length %v; by the appendix %v, %v", round, c.BurstDensity(), c.BurstLength(), density, length)
		}
	}
}

func TestNothingIsCountedTwice(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var m quality.Meter
	var before quality.Counts
	for i := range 20_000 {
		n := uint64(1 + random.IntN(40))
		m.Add(quality.Slot(random.IntN(3)), n)
		c := m.Counts()
		if c.GapReceived+c.BurstReceived != c.Received || c.GapMissing+c.BurstMissing != c.Lost+c.Discarded {
			t.Fatalf("after %d: %+v", i, c)
		}
		if c.Gaps > c.Bursts+1 || c.Gaps+1 < c.Bursts {
			t.Fatalf("after %d: %d gaps about %d bursts", i, c.Gaps, c.Bursts)
		}
		d := c.Since(before)
		if d.Expected() != n {
			t.Fatalf("after %d: %+v since %+v", i, c, before)
		}
		before = c
	}
}

func TestAddCountsAsManyTakes(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var one, many quality.Meter
	for range 3000 {
		s, n := quality.Slot(random.IntN(3)), random.IntN(30)
		many.Add(s, uint64(n))
		for range n {
			one.Take(s)
		}
	}
	if one.Counts() != many.Counts() {
		t.Errorf("%+v\n%+v", one.Counts(), many.Counts())
	}
}

func TestLateMovesALossToTheDiscards(t *testing.T) {
	var m quality.Meter
	m.Late() // nothing was lost: nothing to move
	m.Add(quality.Received, 20)
	m.Take(quality.Lost)
	m.Late()
	if c := m.Counts(); c.Lost != 0 || c.Discarded != 1 || c.GapMissing != 1 || c.Expected() != 21 {
		t.Errorf("%+v", c)
	}
}

func TestAnotherThreshold(t *testing.T) {
	m := quality.NewMeter(2)
	for _, s := range slots(t, "1110111000"+"11X") {
		m.Take(s)
	}
	if c := m.Counts(); c.Bursts != 1 || c.BurstMissing != 3 || c.GapMissing != 2 || c.Gaps != 2 {
		t.Errorf("%+v", c)
	}
}

func TestABurstFromTheFirstPacketHasNoGapBefore(t *testing.T) {
	var m quality.Meter
	m.Add(quality.Lost, 5)
	if c := m.Counts(); c.Bursts != 1 || c.Gaps != 0 || c.Burst() != 1 || c.Loss() != 100 {
		t.Errorf("%+v", c)
	}
	m.Add(quality.Received, 15)
	if c := m.Counts(); c.Bursts != 1 || c.Gaps != 1 || c.GapLength() != 15 {
		t.Errorf("%+v", c)
	}
}

// gilbert loses by G.107 §3.5's two states: p from found to lost, q from lost to found.
func gilbert(m *quality.Meter, n int, p, q float64, seed uint64) {
	random := rand.New(rand.NewPCG(107, seed))
	lost := false
	for range n {
		if x := random.Float64(); lost && x < q || !lost && x < p {
			lost = !lost
		}
		s := quality.Received
		if lost {
			s = quality.Lost
		}
		m.Take(s)
	}
}

// G.107 §3.5: for two states, BurstR = 1/(p+q).
func TestG107Section3_5BurstRatio(t *testing.T) {
	for _, loss := range []float64{0.01, 0.03, 0.1} {
		for _, ratio := range []float64{1, 1.5, 2, 4, 8} {
			p, q := loss/ratio, (1-loss)/ratio
			var m quality.Meter
			gilbert(&m, 400_000, p, q, uint64(1000*loss+ratio))
			c := m.Counts()
			if math.Abs(c.Loss()/100/loss-1) > 0.1 || math.Abs(c.Burst()/ratio-1) > 0.1 { // 500 runs at the least: a deviation of 4.5 %
				t.Errorf("loss %v, BurstR %v: measured %.4f, %.3f", loss, ratio, c.Loss()/100, c.Burst())
			}
		}
	}
}

// A report tells only densities and lengths: what BurstOf makes of them stays near what the packets themselves say.
func TestBurstOfAReportIsNearTheMeasuredOne(t *testing.T) {
	for _, ratio := range []float64{1, 2, 4} {
		const loss = 0.05
		var m quality.Meter
		gilbert(&m, 400_000, loss/ratio, (1-loss)/ratio, uint64(ratio))
		c := m.Counts()
		got := quality.BurstOf(c.BurstDensity(), c.GapDensity(), c.BurstLength(), c.GapLength())
		if got < 1 || got > 1.35*c.Burst() || got < 0.5*c.Burst() {
			t.Errorf("BurstR %v: measured %.2f, from the report %.2f", ratio, c.Burst(), got)
		}
	}
	if got := quality.BurstOf(1, 0, 100, 1000); !(got > 10 && got < 300) {
		t.Errorf("an outage: %v", got)
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), -1} {
		if got := quality.BurstOf(x, x, x, x); !(got >= 1) || math.IsInf(got, 0) {
			t.Errorf("BurstOf(%v) = %v", x, got)
		}
	}
}

func TestSequenceForgivesOrderAndDuplicates(t *testing.T) {
	var s quality.Sequence
	random := rand.New(rand.NewPCG(9, 9))
	start := uint16(65_500) // over the wrap
	numbers := make([]uint16, 0, 1000)
	for i := range 1000 {
		if i%100 == 50 {
			continue // ten lost, alone
		}
		numbers = append(numbers, start+uint16(i))
	}
	for i := 0; i+8 < len(numbers); i += 8 {
		random.Shuffle(8, func(a, b int) { numbers[i+a], numbers[i+b] = numbers[i+b], numbers[i+a] })
	}
	for _, n := range numbers {
		s.Take(n)
		s.Take(n)
	}
	c := s.Counts()
	if c.Received != 990 || c.Lost != 10 || c.Runs != 10 || c.Bursts != 0 {
		t.Errorf("%+v", c)
	}
}

func TestSequenceCountsWhatCameTooLateAsDiscarded(t *testing.T) {
	var s quality.Sequence
	for i := range 100 {
		if i != 40 {
			s.Take(uint16(i))
		}
	}
	s.Take(40)
	if c := s.Counts(); c.Received != 99 || c.Lost != 0 || c.Discarded != 1 {
		t.Errorf("%+v", c)
	}
}

func TestSequenceCountsWhatTheBufferRefuses(t *testing.T) {
	var s quality.Sequence
	s.Discard(7) // nothing was taken: nothing to refuse
	for i := range 100 {
		s.Take(uint16(i))
		if i%10 == 5 {
			s.Discard(uint16(i))
			s.Discard(uint16(i))
		}
	}
	s.Discard(3)   // long settled
	s.Discard(400) // never came
	if c := s.Counts(); c.Received != 90 || c.Lost != 0 || c.Discarded != 10 || c.Runs != 10 {
		t.Errorf("%+v", c)
	}
}

// Another source begins anywhere: Flush keeps the jump from being a loss.
func TestSequenceOfAnotherSource(t *testing.T) {
	var s quality.Sequence
	for i := range 50 {
		s.Take(uint16(i))
	}
	s.Flush()
	for i := range 50 {
		s.Take(uint16(1000 + i))
	}
	if c := s.Counts(); c.Received != 100 || c.Lost != 0 {
		t.Errorf("%+v", c)
	}
}

// The first packet to come need not be the first one sent.
func TestSequenceThatBeginsOutOfOrder(t *testing.T) {
	var s quality.Sequence
	for _, n := range []uint16{10, 7, 9, 8, 11} {
		s.Take(n)
	}
	if c := s.Counts(); c.Received != 5 || c.Expected() != 5 {
		t.Errorf("%+v", c)
	}
}

func TestSequenceOutage(t *testing.T) {
	var s quality.Sequence
	for i := range 50 {
		s.Take(uint16(i))
	}
	s.Take(50 + 500)
	for i := range 50 {
		s.Take(uint16(551 + i))
	}
	if c := s.Counts(); c.Received != 101 || c.Lost != 500 || c.Runs != 1 || c.Bursts != 1 || c.BurstMissing != 500 {
		t.Errorf("%+v", c)
	}
	s.Take(30_000) // the peer began again: no loss
	if c := s.Counts(); c.Received != 102 || c.Lost != 500 {
		t.Errorf("after a new beginning %+v", c)
	}
}

func TestMeterAllocatesNothing(t *testing.T) {
	var m quality.Meter
	var s quality.Sequence
	n := uint16(0)
	var sum float64
	if a := testing.AllocsPerRun(1000, func() {
		n += 1 + n%3
		m.Take(quality.Slot(n % 3))
		m.Add(quality.Lost, 3)
		s.Take(n)
		sum += quality.R(m.Counts().Conditions(100, true)) + quality.R(s.Counts().Conditions(100, false))
	}); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func FuzzSequence(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 9, 255, 255, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s quality.Sequence
		takes := uint64(0)
		for ; len(b) >= 2; b = b[2:] {
			s.Take(uint16(b[0])<<8 | uint16(b[1]))
			if b[1]%4 == 3 {
				s.Discard(uint16(b[0])<<8 | uint16(b[1]))
			}
			takes++
		}
		c := s.Counts()
		if c.Received > takes || c.Expected() > takes*3001+32 || c.GapReceived+c.BurstReceived != c.Received {
			t.Fatalf("%d packets: %+v", takes, c)
		}
	})
}

func BenchmarkMeter(b *testing.B) {
	b.ReportAllocs()
	var s quality.Sequence
	n := uint16(0)
	for b.Loop() {
		n++
		if n%50 != 0 {
			s.Take(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/160, "ns/sample")
}
