package engine

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"

	"autocom/appliance/exchange/plan"
)

// FuzzHeader holds our reader of RTP against a library's: what both accept, both read alike.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3})
	f.Add([]byte{0xB1, 0x88, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 5, 6, 0, 2})
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, ok := parseRTP(raw)
		if !ok {
			return
		}
		if h.start < headerSize || h.start > h.end || h.end > len(raw) {
			t.Fatalf("payload %d to %d of %d bytes", h.start, h.end, len(raw))
		}
		var p rtp.Packet
		if err := p.Unmarshal(raw); err != nil {
			return
		}
		if p.PayloadType != h.pt || p.Marker != h.marker || p.SequenceNumber != h.seq || p.Timestamp != h.ts || p.SSRC != h.ssrc ||
			!bytes.Equal(p.Payload, raw[h.start:h.end]) {
			t.Fatalf("%+v, the library reads %+v", h, p)
		}
	})
}

// FuzzPacket lets anything arrive on both ports of a call with every path open.
func FuzzPacket(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3}, false)
	f.Add([]byte{0x80, 0x80 | 101, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 0x8A, 0, 160}, false)
	f.Add([]byte{0x81, 200, 0, 12, 0, 0, 0, 1}, true)
	f.Add([]byte{0x81, 201, 0, 1, 0, 0, 0, 1}, true)
	f.Fuzz(func(t *testing.T, raw []byte, control bool) {
		b := newBed(t)
		p, _ := b.leg("a", plan.PCMA), b.leg("b", plan.PCMU)
		b.leg("c", plan.PCMA)
		p.update(func(m *plan.Media) { m.RTCPMux = true })
		b.plan("1-1", 1, hears("a", "b"), hears("b", "a"), hears("c", "a", "b"))
		must(t, b.e.StartRecording("a", new(Tap)))
		p.say(1)
		for range 3 {
			if control {
				b.e.Control(b.slots["a"], p.at, bytes.Clone(raw), b.now)
			} else {
				p.send(bytes.Clone(raw))
			}
			b.pass(40 * time.Millisecond)
		}
		must(t, b.e.CloseLeg("a", b.now))
	})
}
