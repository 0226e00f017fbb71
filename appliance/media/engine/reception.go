package engine

import "time"

// receiver counts what one peer sends, by RFC 3550 A.1, A.3 and A.8. A new SSRC begins a new segment; the counts of the
// segments before it add up in past.
type receiver struct {
	ssrc     uint32
	known    bool
	base     uint16 // first number of the segment
	max      uint16 // highest seen
	cycles   uint32 // of max, already shifted
	received uint32
	transit  int32
	jitter   uint32 // samples, times 16
	maxJit   uint32 // samples

	// At the last report.
	expectedPrior, receivedPrior uint32

	pastReceived uint64
	pastExpected int64
	segments     uint32
}

// take counts one packet. It reports whether the packet begins a new source.
func (r *receiver) take(h *header, now time.Duration) (fresh bool) {
	arrival := int32(uint32(samples(now)))
	transit := arrival - int32(h.ts)
	step := int16(h.seq - r.max)
	restarted := r.known && h.ssrc == r.ssrc && (step > maxDropout || step < -maxMisorder)
	if !r.known || h.ssrc != r.ssrc || restarted {
		r.fold()
		fresh = !restarted
		*r = receiver{
			ssrc: h.ssrc, known: true, base: h.seq, max: h.seq, transit: transit,
			pastReceived: r.pastReceived, pastExpected: r.pastExpected, segments: r.segments, maxJit: r.maxJit,
		}
		if fresh {
			r.segments++
		}
		r.received = 1
		return fresh
	}
	if step > 0 {
		if h.seq < r.max {
			r.cycles += 1 << 16
		}
		r.max = h.seq
	}
	r.received++
	d := transit - r.transit
	r.transit = transit
	if d < 0 {
		d = -d
	}
	if d < maxTimeJump { // a step of the peer's clock is not jitter
		r.jitter += uint32(d) - (r.jitter+8)>>4
		r.maxJit = max(r.maxJit, r.jitter>>4)
	}
	return false
}

// still keeps telephone-events, whose timestamps stand still, out of the jitter (RFC 4733 §2.6.2.1).
func (r *receiver) still(h *header, now time.Duration) (fresh bool) {
	jitter, maxJit, transit := r.jitter, r.maxJit, r.transit
	if fresh = r.take(h, now); !fresh {
		r.jitter, r.maxJit, r.transit = jitter, maxJit, transit
	}
	return fresh
}

func (r *receiver) extended() uint32 { return r.cycles + uint32(r.max) }

func (r *receiver) expected() uint32 {
	if !r.known {
		return 0
	}
	return r.extended() - uint32(r.base) + 1
}

// fold closes the segment.
func (r *receiver) fold() {
	r.pastReceived += uint64(r.received)
	r.pastExpected += int64(r.expected())
}

func (r *receiver) addTo(s *Statistics) {
	s.Received = r.pastReceived + uint64(r.received)
	s.Lost = r.pastExpected + int64(r.expected()) - int64(s.Received)
	s.Jitter, s.MaxJitter, s.Sources = r.jitter>>4, r.maxJit, r.segments
}
