package events_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"autocom/dsp/events"
)

// TestRFC4733Section2_5_1_3LongEventSurvivesAnything holds a key through
// several segments over the wrap of the timestamp and loses, doubles and swaps
// packets: it is one press, however it is cut.
func TestRFC4733Section2_5_1_3LongEventSurvivesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const whole = 2*events.MaxDuration + 4000
		ts := rapid.Uint32().Draw(t, "timestamp")
		var s events.Sender
		s.Start(5, ts, whole, 10)
		var ps []events.Packet
		for {
			p, ok := s.Next()
			if !ok {
				break
			}
			ps = append(ps, p)
		}
		var r events.Receiver
		var out []events.Notice
		now := int64(0)
		lost, twice := make([]bool, len(ps)), make([]bool, len(ps))
		for range rapid.IntRange(0, 12).Draw(t, "gaps") {
			from := rapid.IntRange(0, len(ps)-1).Draw(t, "from")
			for i := range rapid.IntRange(1, 60).Draw(t, "length") { // up to 1.2 s: beyond the timeout
				lost[min(from+i, len(ps)-1)] = true
			}
		}
		for range rapid.IntRange(0, 12).Draw(t, "disorders") {
			i := rapid.IntRange(1, len(ps)-1).Draw(t, "swapped")
			ps[i-1], ps[i] = ps[i], ps[i-1]
			twice[rapid.IntRange(0, len(ps)-1).Draw(t, "doubled")] = true
		}
		for i, p := range ps {
			now += 160
			out = r.Expire(out, now)
			for range 2 {
				if lost[i] {
					break
				}
				var err error
				if out, err = r.Receive(out, p.Timestamp, p.Marker, p.Payload[:], now); err != nil {
					t.Fatal(err)
				}
				if !twice[i] {
					break
				}
			}
		}
		out = r.Expire(out, now+100_000)
		if digits(out) != "5" || len(out) != 2 || out[1].Phase != events.Ended || out[1].Duration > whole {
			t.Fatalf("%+v", out)
		}
	})
}

// TestRFC4733Section2_5_1_3SegmentsCutElsewhere has senders that begin a new
// segment at the last whole report before the longest duration.
func TestRFC4733Section2_5_1_3SegmentsCutElsewhere(t *testing.T) {
	for _, longest := range []uint32{65440, 65520, 65535} {
		var r events.Receiver
		var out []events.Notice
		now := int64(0)
		send := func(ts uint32, marker, end bool, d uint32) {
			now += 160
			b := events.Payload{Event: 5, End: end, Duration: uint16(d)}.Bytes()
			out, _ = r.Receive(r.Expire(out, now), ts, marker, b[:], now)
		}
		for segment := range uint32(3) {
			for d := uint32(160); d < longest+160; d += 160 {
				send(1000+segment*longest, segment == 0 && d == 160, false, min(d, longest))
			}
		}
		send(1000+3*longest, false, true, 400)
		if len(out) != 2 || out[1].Duration != int(3*longest+400) {
			t.Errorf("segments of %d: %+v", longest, out)
		}
	}
}

// TestReceiverAnyNetwork sends digits through a network that loses a quarter
// of the packets, doubles and reorders them within 60 ms: of every key at
// least one packet comes, and no key is heard twice or in the wrong order.
func TestReceiverAnyNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type packet struct {
			p  events.Packet
			at int64
		}
		var wire []packet
		var want []byte
		ts := rapid.Uint32().Draw(t, "timestamp")
		var now int64
		for range rapid.IntRange(1, 20).Draw(t, "keys") {
			key := rapid.SampledFrom([]byte("11223*#D")).Draw(t, "key")
			length := rapid.IntRange(320, 1600).Draw(t, "length")
			e, _ := events.OfDigit(key)
			var s events.Sender
			s.Start(e, ts, length, 10)
			came := false
			for i := int64(0); ; i++ {
				p, ok := s.Next()
				if !ok {
					if !came { // the last copy of the end is never lost
						wire = append(wire, packet{end(ts, e, length), now + i*160})
					}
					break
				}
				for range rapid.SampledFrom([]int{0, 1, 1, 2}).Draw(t, "copies") {
					came = true
					wire = append(wire, packet{p, now + i*160 + rapid.Int64Range(0, 480).Draw(t, "delay")})
				}
			}
			want = append(want, key)
			pause := rapid.IntRange(1120, 4000).Draw(t, "pause")
			ts += uint32(length + pause)
			now += int64(length + pause)
		}
		slices.SortStableFunc(wire, func(a, b packet) int { return int(a.at - b.at) })
		var r events.Receiver
		var out []events.Notice
		for _, w := range wire {
			out = r.Expire(out, w.at)
			out, _ = r.Receive(out, w.p.Timestamp, w.p.Marker, w.p.Payload[:], w.at)
		}
		out = r.Expire(out, now+100_000)
		if got := digits(out); got != string(want) || len(out) != 2*len(want) {
			t.Fatalf("sent %q, heard %q", want, got)
		}
	})
}

func end(ts uint32, e events.Event, length int) events.Packet {
	return events.Packet{Timestamp: ts, Payload: events.Payload{Event: e, End: true, Duration: uint16(length)}.Bytes()}
}
