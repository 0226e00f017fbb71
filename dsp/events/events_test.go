package events_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"autocom/dsp/events"
)

func event(t testing.TB, key byte) events.Event {
	e, ok := events.OfDigit(key)
	if !ok {
		t.Fatalf("%q is no key", key)
	}
	return e
}

// send gives every packet of one key.
func send(t testing.TB, key byte, ts uint32, duration int) []events.Packet {
	var s events.Sender
	if !s.Start(event(t, key), ts, duration, 10) {
		t.Fatal("the sender is busy")
	}
	var out []events.Packet
	for {
		p, ok := s.Next()
		if !ok {
			return out
		}
		out = append(out, p)
	}
}

func parse(t testing.TB, p events.Packet) events.Payload {
	pl, err := events.Parse(p.Payload[:])
	if err != nil {
		t.Fatal(err)
	}
	return pl
}

func TestKeysRoundTrip(t *testing.T) {
	for _, k := range []byte("0123456789*#ABCD") {
		e := event(t, k)
		if got, ok := e.Digit(); !ok || got != k {
			t.Errorf("%q → %d → %q", k, e, got)
		}
	}
	if e := event(t, 'b'); e != 13 {
		t.Errorf("b is event %d", e)
	}
	if _, ok := events.OfDigit('x'); ok {
		t.Error("x is no key")
	}
	if _, ok := events.Flash.Digit(); ok {
		t.Error("the flash is no key")
	}
}

func TestRFC4733Section2_3Payload(t *testing.T) {
	p, err := events.Parse([]byte{11, 0xC0 | 10, 0x03, 0x20}) // E and R set
	if err != nil || p != (events.Payload{Event: events.Hash, End: true, Volume: 10, Duration: 800}) {
		t.Errorf("parsed %+v, %v", p, err)
	}
	if b := p.Bytes(); !bytes.Equal(b[:], []byte{11, 0x8A, 0x03, 0x20}) {
		t.Errorf("wrote % x", b)
	}
	if _, err := events.Parse([]byte{1, 2, 3}); err == nil {
		t.Error("three bytes were accepted")
	}
}

func TestRFC4733Section2_5_1SenderOneKey(t *testing.T) {
	ps := send(t, '5', 4_294_967_000, 560) // 70 ms, over the wrap of the timestamp
	want := []struct {
		marker, end bool
		duration    uint16
	}{{true, false, 160}, {false, false, 320}, {false, false, 480}, {false, true, 560}, {false, true, 560}, {false, true, 560}}
	if len(ps) != len(want) {
		t.Fatalf("%d packets, want %d", len(ps), len(want))
	}
	for i, w := range want {
		pl := parse(t, ps[i])
		if ps[i].Marker != w.marker || pl.End != w.end || pl.Duration != w.duration || ps[i].Timestamp != 4_294_967_000 || pl.Event != 5 || pl.Volume != 10 {
			t.Errorf("packet %d: %+v %+v, want %+v", i, ps[i], pl, w)
		}
	}
}

func TestRFC4733Section2_5_1_3SenderLongEvent(t *testing.T) {
	const whole = 2*events.MaxDuration + 1000
	ps := send(t, '#', 1000, whole)
	var segments []uint32
	reached := map[uint32]uint16{}
	for i, p := range ps {
		pl := parse(t, p)
		if p.Marker != (i == 0) {
			t.Fatalf("packet %d: marker %v", i, p.Marker)
		}
		if len(segments) == 0 || segments[len(segments)-1] != p.Timestamp {
			segments = append(segments, p.Timestamp)
		}
		if pl.Duration == 0 {
			t.Fatalf("packet %d has no duration", i)
		}
		reached[p.Timestamp] = pl.Duration
		if pl.End && p.Timestamp != 1000+2*events.MaxDuration {
			t.Fatalf("packet %d ends a segment that is not the last", i)
		}
	}
	if len(segments) != 3 || segments[1] != 1000+events.MaxDuration {
		t.Fatalf("segments %v", segments)
	}
	for i, want := range []uint16{events.MaxDuration, events.MaxDuration, 1000} {
		if got := reached[segments[i]]; got != want {
			t.Errorf("segment %d reached %d, want %d", i, got, want)
		}
	}
	got := receive(t, ps, nil)
	if len(got) != 2 || got[1].Duration != whole {
		t.Errorf("received %+v", got)
	}
}

func TestSenderRelease(t *testing.T) {
	var s events.Sender
	s.Start(3, 0, 0, 10)
	for range 50 {
		s.Next()
	}
	if s.Start(4, 9, 800, 10) {
		t.Error("a second key was begun over the first")
	}
	s.Release()
	n := 0
	for {
		p, ok := s.Next()
		if !ok {
			break
		}
		if pl := parse(t, p); !pl.End || pl.Duration != 51*160 {
			t.Errorf("%+v", pl)
		}
		n++
	}
	if n != events.Copies || s.Busy() {
		t.Errorf("%d ends, busy %v", n, s.Busy())
	}
	s.Start(4, 0, 800, 10)
	s.Stop()
	if _, ok := s.Next(); ok {
		t.Error("a stopped sender sends")
	}
	s = events.Sender{Interval: 400}
	s.Start(4, 0, 1000, 10)
	if p, _ := s.Next(); parse(t, p).Duration != 400 {
		t.Error("the interval is not kept")
	}
}

// receive gives ps to a receiver, one every 20 ms, except those lost.
func receive(t testing.TB, ps []events.Packet, lost func(int) bool) []events.Notice {
	var r events.Receiver
	var out []events.Notice
	var now int64
	for i, p := range ps {
		now += 160
		out = r.Expire(out, now)
		if lost != nil && lost(i) {
			continue
		}
		var err error
		if out, err = r.Receive(out, p.Timestamp, p.Marker, p.Payload[:], now); err != nil {
			t.Fatal(err)
		}
	}
	return r.Expire(out, now+100_000)
}

func digits(ns []events.Notice) string {
	var s []byte
	for _, n := range ns {
		if n.Phase == events.Began {
			k, _ := n.Event.Digit()
			s = append(s, k)
		}
	}
	return string(s)
}

func paired(t testing.TB, ns []events.Notice) {
	for i, n := range ns {
		want := events.Began
		if i%2 == 1 {
			want = events.Ended
			if n.Event != ns[i-1].Event || n.Timestamp != ns[i-1].Timestamp {
				t.Errorf("%+v ends %+v", n, ns[i-1])
			}
		}
		if n.Phase != want {
			t.Fatalf("notice %d is %+v", i, n)
		}
	}
	if len(ns)%2 != 0 {
		t.Errorf("%d notices", len(ns))
	}
}

func TestReceiverEveryPairOfLosses(t *testing.T) {
	ps := append(send(t, '1', 1000, 560), send(t, '1', 2000, 560)...)
	for a := range ps {
		for b := range ps {
			got := receive(t, ps, func(i int) bool { return i == a || i == b })
			paired(t, got)
			if digits(got) != "11" {
				t.Errorf("packets %d and %d lost: %q", a, b, digits(got))
			}
		}
	}
}

func TestReceiverLostStartAndLostEnd(t *testing.T) {
	ps := send(t, '7', 1000, 560)
	got := receive(t, ps, func(i int) bool { return i < 5 }) // only the last copy of the end
	paired(t, got)
	if digits(got) != "7" || got[1].Duration != 560 {
		t.Errorf("lost start: %+v", got)
	}
	got = receive(t, ps, func(i int) bool { return i >= 3 })
	paired(t, got)
	if digits(got) != "7" || got[1].Duration != 480 {
		t.Errorf("lost end: %+v", got)
	}
}

func TestReceiverUnderDuplicationAndReordering(t *testing.T) {
	const dialled = "0612345678*#1199"
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		type at struct {
			p events.Packet
			t int64
		}
		var wire []at
		ts := rnd.Uint32()
		var now int64
		for _, k := range []byte(dialled) {
			for i, p := range send(t, k, ts, 560) {
				for range 1 + rnd.IntN(3) { // up to two copies more
					wire = append(wire, at{p, now + int64(i)*160 + rnd.Int64N(480)})
				}
			}
			ts += 1120
			now += 1120
		}
		sort.SliceStable(wire, func(i, j int) bool { return wire[i].t < wire[j].t })
		var r events.Receiver
		var out []events.Notice
		for _, w := range wire {
			out, _ = r.Receive(out, w.p.Timestamp, w.p.Marker, w.p.Payload[:], w.t)
		}
		out = r.Expire(out, now+100_000)
		paired(t, out)
		if got := digits(out); got != dialled {
			t.Fatalf("seed %d: %q", seed, got)
		}
	}
}

func TestRFC4733Section2_5_1_5TwoReportsInAPacket(t *testing.T) {
	a := events.Payload{Event: 1, End: true, Duration: 400}.Bytes()
	b := events.Payload{Event: 2, Duration: 160}.Bytes()
	var r events.Receiver
	out, err := r.Receive(nil, 5000, true, append(a[:], b[:]...), 0)
	if err != nil || digits(out) != "12" || len(out) != 3 || out[2].Timestamp != 5400 {
		t.Errorf("%+v, %v", out, err)
	}
	if e, held := r.Held(); !held || e != 2 {
		t.Error("the second key is not held")
	}
}

func TestReceiverForgivesSenders(t *testing.T) {
	var r events.Receiver
	var out []events.Notice
	in := func(ts uint32, marker bool, e events.Event, end bool, d uint16, now int64) {
		b := events.Payload{Event: e, End: end, Duration: d}.Bytes()
		out, _ = r.Receive(out, ts, marker, b[:], now)
	}
	for i := range 5 { // the timestamp moves while the key is held
		in(uint32(8000+160*i), i == 0, 9, i == 4, uint16(160*(i+1)), int64(160*i))
	}
	if digits(out) != "9" {
		t.Errorf("moving timestamp: %q", digits(out))
	}
	in(100, true, 8, true, 400, 40_000) // the clock was set back
	in(100, true, 8, true, 400, 80_000) // the clock stands still
	if digits(out) != "988" {
		t.Errorf("strange clocks: %q", digits(out))
	}
	r.Reset()
	in(50, true, 1, true, 400, 80_100)
	if digits(out) != "9881" {
		t.Errorf("after Reset: %q", digits(out))
	}
	paired(t, out)
}

func TestNothingAllocates(t *testing.T) {
	var s events.Sender
	var r events.Receiver
	buf := make([]events.Notice, 0, 4)
	var ts uint32
	var now int64
	if n := testing.AllocsPerRun(1000, func() {
		now += 160
		p, ok := s.Next()
		if !ok {
			ts += 2000
			s.Start(5, ts, 560, 10)
			return
		}
		_, _ = r.Receive(buf[:0], p.Timestamp, p.Marker, p.Payload[:], now)
		r.Expire(buf[:0], now)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{1, 0x8A, 3, 0x20})
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := events.Parse(b)
		if (err != nil) != (len(b) < events.Size) {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if err == nil {
			w := p.Bytes()
			if q, err := events.Parse(w[:]); err != nil || q != p {
				t.Fatalf("%+v became %+v, %v", p, q, err)
			}
		}
	})
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte("\x00\x01\x01\x80\x00\xa0\x00\x00\x01\x00\x00\xa0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r events.Receiver
		var out []events.Notice
		var now int64
		for len(b) >= 6 {
			ts := uint32(b[0])<<8 | uint32(b[1])
			out, _ = r.Receive(out, ts, b[1]&1 != 0, b[2:6], now)
			now += int64(b[0]) * 8
			out = r.Expire(out, now)
			b = b[6:]
		}
		paired(t, r.Expire(out, now+1_000_000))
	})
}

func ExampleSender() {
	var s events.Sender
	s.Start(5, 160_000, 400, 10) // the key 5 for 50 ms
	for {
		p, ok := s.Next() // every 20 ms
		if !ok {
			break
		}
		fmt.Println(p.Marker, p.Timestamp, p.Payload)
	}
	// Output:
	// true 160000 [5 10 0 160]
	// false 160000 [5 10 1 64]
	// false 160000 [5 138 1 144]
	// false 160000 [5 138 1 144]
	// false 160000 [5 138 1 144]
}

func BenchmarkReceive(b *testing.B) {
	var r events.Receiver
	buf := make([]events.Notice, 0, 4)
	p := events.Payload{Event: 5, Duration: 160}.Bytes()
	for b.Loop() {
		_, _ = r.Receive(buf[:0], 1000, false, p[:], 0)
	}
}
