package jitter

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/internal/against"
)

// A packet of a made-up stream; each sample's byte tells its timestamp.
type packet struct {
	seq     uint16
	ts      uint32
	n       int
	arrival int64
	other   bool
}

func sample(ts uint32) byte { return byte(ts*2654435761>>24) ^ byte(ts) }

func (p packet) payload() []byte {
	b := make([]byte, p.n)
	for i := range b {
		b[i] = sample(p.ts + uint32(i))
	}
	return b
}

// stream makes n packets of size samples, sent on time.
func stream(n, size int, seq uint16, ts uint32) []packet {
	ps := make([]packet, n)
	for i := range ps {
		ps[i] = packet{seq: seq + uint16(i), ts: ts + uint32(i*size), n: size, arrival: int64(i * size)}
	}
	return ps
}

// A result counts samples by kind and says how the voice was heard.
type result struct {
	kinds  [3]int
	delays []int   // from when a sample was said to when it is played, per run of samples
	when   []int64 // it was played
}

// run gives the packets to b by arrival and pulls 160 samples every 20 ms. It
// fails when a sample is not the one its place asks for or when time runs
// backwards.
func run(t testing.TB, b *Buffer, ps []packet, until int64) result {
	t.Helper()
	b.Use(g711.ALaw)
	sort.SliceStable(ps, func(i, j int) bool { return ps[i].arrival < ps[j].arrival })
	var r result
	var last uint32
	heard := false
	restarts := b.counts.Restarts
	for now := int64(0); now < until; now += 160 {
		for len(ps) > 0 && ps[0].arrival <= now {
			if ps[0].other {
				b.Skip(ps[0].seq)
			} else {
				b.Put(ps[0].seq, ps[0].ts, ps[0].payload(), ps[0].arrival)
			}
			ps = ps[1:]
		}
		if b.counts.Restarts != restarts {
			restarts, heard = b.counts.Restarts, false
		}
		var frame [160]byte
		for at := 0; at < 160; {
			n, kind := b.Pull(frame[at:])
			if n <= 0 || n > 160-at {
				t.Fatalf("Pull gave %d of %d", n, 160-at)
			}
			r.kinds[kind] += n
			if kind == Audio && !b.splice.cut {
				first := b.cursor - uint32(n)
				if b.counts.Trimmed != 0 { // the cursor may have moved on after the copy
					first = find(frame[at:at+n], b.cursor-uint32(n))
				}
				for i := range n {
					if frame[at+i] != sample(first+uint32(i)) {
						t.Fatalf("at %d: the sample of %d is wrong", now, first+uint32(i))
					}
				}
				if heard && int32(first-last) < 0 {
					t.Fatalf("at %d: played %d after %d", now, first, last)
				}
				last, heard = first+uint32(n), true
				r.delays = append(r.delays, int(now+int64(at)-int64(first)))
				r.when = append(r.when, now)
			}
			at += n
		}
	}
	return r
}

func find(b []byte, near uint32) uint32 {
	for back := range uint32(400) {
		ok := true
		for i := range b {
			ok = ok && b[i] == sample(near-back+uint32(i))
		}
		if ok {
			return near - back
		}
	}
	return near
}

func TestPerfectNetworkLosesNothing(t *testing.T) {
	for _, size := range []int{80, 160, 240} { // 10, 20 and 30 ms
		var b Buffer
		n := 400 * 160 / size
		r := run(t, &b, stream(n, size, 65500, 4294967000), int64(n*size+960)) // both counters wrap
		if r.kinds[Audio] != n*size-int(b.counts.Trimmed)+int(b.counts.Stretched) || b.counts.Late+b.counts.Missing+b.counts.Duplicate != 0 {
			t.Errorf("%d samples a packet: %v heard of %d, %+v", size, r.kinds, n*size, b.counts)
		}
		if b.Jitter() > 1 && size != 240 {
			t.Errorf("jitter %d", b.Jitter())
		}
	}
}

func TestStartWaitsForTheTarget(t *testing.T) {
	var b Buffer
	if n, kind := b.Pull(make([]byte, 160)); n != 160 || kind != Empty {
		t.Error("an empty buffer plays")
	}
	r := run(t, &b, stream(100, 160, 1, 0), 16000)
	if r.delays[0] != startTarget {
		t.Errorf("the first sample plays after %d samples, want %d", r.delays[0], startTarget)
	}
}

func TestLossIsNamedLost(t *testing.T) {
	var b Buffer
	ps := stream(200, 160, 10, 0)
	ps = append(ps[:50], append(ps[51:100:100], ps[103:]...)...) // one, then three in a row
	r := run(t, &b, ps, 200*160)
	if r.kinds[Lost] != 4*160 || b.counts.Missing != 4 {
		t.Errorf("%v, %+v", r.kinds, b.counts)
	}
	for _, d := range r.delays {
		if d != startTarget {
			t.Fatalf("loss moved the delay to %d", d)
		}
	}
}

func TestSeededLossReorderDuplicate(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		var b Buffer
		var ps []packet
		lost := 0
		for _, p := range stream(1500, 160, uint16(rnd.Uint32()), rnd.Uint32()) {
			if rnd.IntN(100) < 5 {
				lost++
				continue
			}
			p.arrival += rnd.Int64N(320) // up to 40 ms: packets overtake one another
			ps = append(ps, p)
			if rnd.IntN(20) == 0 {
				p.arrival += rnd.Int64N(200)
				ps = append(ps, p)
			}
		}
		r := run(t, &b, ps, 1500*160)
		if bad := int(b.counts.Missing) - lost; bad > 40 { // those too late: under 3 %
			t.Errorf("seed %d: %d packets lost to lateness, %+v", seed, bad, b.counts)
		}
		if r.kinds[Audio] < (1500-lost-60)*160 {
			t.Errorf("seed %d: %v heard, %d lost, %+v", seed, r.kinds, lost, b.counts)
		}
		if b.Target() < 300 || b.Target() > MaxTarget {
			t.Errorf("seed %d: target %d", seed, b.Target())
		}
	}
}

func TestBurstAfterOutageIsCutToTheTarget(t *testing.T) {
	var b Buffer
	ps := stream(500, 160, 10, 0)
	for i := range ps { // 600 ms of packets arrive at once
		if ps[i].arrival > 16000 && ps[i].arrival < 16000+4800 {
			ps[i].arrival = 16000 + 4800
		}
	}
	r := run(t, &b, ps, 500*160)
	if r.delays[len(r.delays)-1] > maxDepth {
		t.Errorf("the delay stays at %d", r.delays[len(r.delays)-1])
	}
	if b.counts.Trimmed == 0 || r.kinds[Lost] > conceal {
		t.Errorf("%+v %v", b.counts, r.kinds)
	}
}

func TestDelayComesBackAfterJitter(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var b Buffer
	ps := stream(5000, 160, 10, 0)
	for i := range ps[:1000] {
		ps[i].arrival += rnd.Int64N(700)
	}
	r := run(t, &b, ps, 5000*160)
	high, low := r.delays[900], r.delays[len(r.delays)-1]
	if high < 480 || low > 400 {
		t.Errorf("delay %d under jitter, %d after it", high, low)
	}
}

func TestPauseOfASilentSenderKeepsTheDelay(t *testing.T) {
	var b Buffer
	ps := stream(2000, 160, 10, 0)
	for i := range ps { // 400 ms say nothing: the timestamp goes on, the sequence does not jump
		if i >= 1000 { // by then the delay has settled
			ps[i].ts += 3200
			ps[i].arrival += 3200
		}
	}
	r := run(t, &b, ps, 2000*160)
	if b.counts.Missing != 0 || b.counts.Restarts != 0 {
		t.Errorf("%+v", b.counts)
	}
	if a, z := r.delays[980], r.delays[len(r.delays)-1]; a != z || a > startTarget {
		t.Errorf("delay %d before and %d after", a, z)
	}
}

func TestKeysBetweenVoiceAreNotLost(t *testing.T) {
	var b Buffer
	ps := stream(100, 160, 10, 0)
	for i := 40; i < 47; i++ {
		ps[i].other = true
	}
	r := run(t, &b, ps, 100*160)
	if b.counts.Missing != 0 || r.kinds[Lost] != 0 {
		t.Errorf("%v %+v", r.kinds, b.counts)
	}
}

func TestRFC3550AppendixA1Restarts(t *testing.T) {
	for _, c := range []struct {
		name    string
		seq     uint16
		ts      uint32
		refused uint64
	}{
		{"sequence and timestamp anew", 40000, 900_000_000, 1},
		{"timestamp anew", 110, 900_000_000, 0},
		{"sequence back", 65000, 16000, 1},
		{"timestamp back", 110, 8000, 0},
		{"timestamp forward", 110, 16000 + 8000, 0},
		{"long outage", 110 + 200, 16000 + 200*160, 0},
	} {
		var b Buffer
		ps := stream(100, 160, 10, 0)
		more := stream(100, 160, c.seq, c.ts)
		for i := range more {
			more[i].arrival += 16000
		}
		ps = append(ps, more...)
		r := run(t, &b, ps, 32000)
		if b.counts.Restarts != 1 || b.counts.Refused != c.refused || r.kinds[Audio] < 185*160 {
			t.Errorf("%s: %v %+v", c.name, r.kinds, b.counts)
		}
	}
}

func TestOneStrangerDoesNotDisturb(t *testing.T) {
	var b Buffer
	ps := stream(100, 160, 10, 0)
	ps = append(ps, packet{seq: 40000, ts: 5, n: 160, arrival: 8000})
	run(t, &b, ps, 16000)
	if b.counts.Restarts != 0 || b.counts.Refused != 1 || b.counts.Missing != 0 {
		t.Errorf("%+v", b.counts)
	}
}

func TestDriftOf200ppm(t *testing.T) {
	for _, ppm := range []int64{200, -200} {
		var b Buffer
		ps := stream(15000, 160, 0, 0) // five minutes
		for i := range ps {
			ps[i].arrival += ps[i].arrival * ppm / 1_000_000
		}
		r := run(t, &b, ps, 15000*160)
		for i, d := range r.delays {
			d -= int(r.when[i] * ppm / 1_000_000) // by the sender's clock
			if d < 0 || d > 960 {
				t.Fatalf("%d ppm: delay %d at frame %d", ppm, d, i)
			}
		}
		if gone := 15000*160 - r.kinds[Audio]; gone > 2000 {
			t.Errorf("%d ppm: %d samples not heard, %+v", ppm, gone, b.counts)
		}
	}
}

func TestFixedDelayIsNeverSpliced(t *testing.T) {
	var b Buffer
	b.Fix(480)
	ps := stream(15000, 160, 0, 0)
	for i := range ps {
		ps[i].arrival -= ps[i].arrival * 30 / 1_000_000
	}
	run(t, &b, ps, 15000*160-160)
	if b.counts.Trimmed+b.counts.Stretched != 0 {
		t.Errorf("%+v", b.counts)
	}
}

func TestBadPayloadsAreRefused(t *testing.T) {
	var b Buffer
	if b.Put(1, 1, nil, 0) != Refused || b.Put(1, 1, make([]byte, 241), 0) != Refused {
		t.Error("accepted")
	}
	b.Skip(5)
	if n, _ := b.Pull(nil); n != 0 {
		t.Error("Pull(nil) gave samples")
	}
}

func TestNothingAllocates(t *testing.T) {
	var b Buffer
	b.Use(g711.ULaw)
	buf := make([]byte, 160)
	var seq uint16
	if n := testing.AllocsPerRun(3000, func() {
		seq++
		b.Put(seq, uint32(seq)*160, buf, int64(seq)*159) // so fast that it is spliced
		b.Pull(buf)
	}); n != 0 || b.counts.Trimmed == 0 {
		t.Errorf("%v allocations a packet, %+v", n, b.counts)
	}
}

func FuzzBuffer(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\xa0\x01\x00\x02\x00\x01\x40\x01"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var b Buffer
		var now int64
		var buf [MaxPayload]byte
		if len(in)%2 == 0 { // with and without splices
			b.Use(g711.Law(len(in) / 2 % 2))
		}
		for len(in) >= 6 {
			seq := binary.BigEndian.Uint16(in)
			ts := uint32(int32(int16(binary.BigEndian.Uint16(in[2:])))) * 40
			if in[5]&0x80 != 0 {
				b.Skip(seq)
			} else {
				b.Put(seq, ts, buf[:min(int(in[4]), MaxPayload)], now)
			}
			for range in[5] & 0x0F {
				now += 160
				if n, _ := b.Pull(buf[:160]); n < 1 || n > 160 {
					t.Fatalf("Pull gave %d", n)
				}
			}
			in = in[6:]
		}
		for range 100 { // a buffer left alone runs dry
			b.Pull(buf[:])
		}
		for range 4000 { // and what was spliced is said to its end
			if _, kind := b.Pull(buf[:160]); kind == Empty && b.state == idle {
				return
			}
		}
		t.Fatalf("still playing: %+v next %d newest %d cursor %d end %d", b.counts, b.next, b.newest, b.cursor, b.end)
	})
}

func ExampleBuffer() {
	var b Buffer
	frame := make([]byte, 160)
	for i := range 5 { // a packet and a tick every 20 ms
		b.Put(uint16(100+i), uint32(160*i), frame, int64(160*i))
		n, kind := b.Pull(frame)
		fmt.Print(n, " ", kind == Audio, "; ")
	}
	// Output: 160 false; 160 false; 160 true; 160 true; 160 true;
}

func BenchmarkBuffer(b *testing.B) { // one packet in, one frame out
	for _, c := range []struct {
		name string
		ppm  int64
	}{{"steady", 0}, {"drifting", 5000}} { // so fast that there is always something to splice
		b.Run(c.name, func(b *testing.B) {
			var buf Buffer
			buf.Use(g711.ALaw)
			frame, coded := make([]byte, 160), make([]byte, 80000)
			g711.ALaw.Encode(coded, phrase())
			var i, now int64
			run := func() {
				for ; i*160*(1_000_000-c.ppm)/1_000_000 <= now; i++ {
					buf.Put(uint16(i), uint32(i)*160, coded[i%500*160:][:160], now)
				}
				for at := 0; at < 160; {
					n, _ := buf.Pull(frame[at:])
					at += n
				}
				now += 160
			}
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(against.Least(run, 160), "ns/sample")
		})
	}
}
