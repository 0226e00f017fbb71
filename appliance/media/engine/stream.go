package engine

import (
	"math/rand/v2"
	"time"
)

// samples turns a time into samples at 8 kHz.
func samples(d time.Duration) int64 { return int64(d / (time.Second / 8000)) }

// stream is what one leg is sent: one SSRC for its whole life, whatever feeds it. It keeps the highest sequence number
// and timestamp sent, and when that timestamp began, so that each new feed goes on exactly where the last one stopped.
type stream struct {
	ssrc uint32
	seq  uint16        // highest sent
	ts   uint32        // highest sent
	at   time.Duration // when ts was first sent
	span uint32        // samples that ts stands for
	live bool          // something was sent

	packets, octets uint64
	feed            feed
}

// newStream begins in the lower half of the sequence numbers: a receiver of SRTP that misses the first packets must not miss a rollover with
// them (RFC 3711 §3.3.1).
func newStream(rng *rand.Rand) stream {
	return stream{ssrc: rng.Uint32(), seq: uint16(rng.Uint32()) & firstSeqs, ts: rng.Uint32()}
}

const firstSeqs = 1<<15 - 1

// another makes a stream go on under another SSRC, with numbers from the lower half again and timestamps that follow on.
func (s *stream) another(rng *rand.Rand) {
	s.ssrc, s.seq, s.feed = rng.Uint32(), uint16(rng.Uint32())&firstSeqs, feed{}
}

// A feeding is what a stream carries now.
type feeding uint8

const (
	nothing   feeding = iota
	forwarded         // packets of one source of one other leg, renumbered
	generated         // frames made here
)

// feed is one uninterrupted source of a stream, and for a forwarded one the deltas that turn its numbers into ours.
type feed struct {
	kind     feeding
	leg      *leg   // forwarded: the leg it comes from
	ssrc     uint32 // forwarded: its SSRC there
	seqDelta uint16
	tsDelta  uint32
	floor    uint16 // oldest number of theirs that still has a place of its own
	newest   uint16 // theirs
	newestTS uint32
	newestAt time.Duration
}

// Bounds of RFC 3550 A.1 for what is one source that lost packets and what is a source that started anew.
const (
	maxDropout  = 3000 // packets
	maxMisorder = 100  // packets
	maxTimeJump = 8000 // samples between a timestamp's step and the clock's
)

// ahead is the timestamp of something new sent now: never before the end of what was sent, and as late as the clock
// says, so that a pause is heard as a pause.
func (s *stream) ahead(now time.Duration) uint32 {
	if !s.live {
		return s.ts
	}
	return s.ts + max(s.span, uint32(samples(now-s.at)))
}

// generate numbers a packet made here. The marker is set when it begins a talkspurt (RFC 3551 §4.1).
func (s *stream) generate(n int, now time.Duration) (seq uint16, ts uint32, marker bool) {
	ts = s.ts + s.span
	// Made on the tick, frames follow one another without regard to how late the tick was.
	if s.feed.kind != generated || !s.live || samples(now-s.at) > int64(s.span)+2*FrameSize {
		ts, marker = s.ahead(now), true
		s.feed = feed{kind: generated}
	}
	seq = s.seq + 1
	s.sent(seq, ts, uint32(n), now)
	return seq, ts, marker
}

// sent notes a packet that goes out.
func (s *stream) sent(seq uint16, ts, span uint32, now time.Duration) {
	if !s.live || int16(seq-s.seq) > 0 {
		s.seq = seq
	}
	if !s.live || int32(ts-s.ts) > 0 {
		s.ts, s.at = ts, now
		s.span = span
	} else if ts == s.ts {
		s.span = max(s.span, span)
	}
	s.live = true
}

// A fate is what becomes of a packet that is to be forwarded.
type fate uint8

const (
	dropped fate = iota
	passed
	began // passed, and the first of a new feed: it carries the marker
)

// place finds the number and timestamp that a packet of another leg has in this stream.
func (s *stream) place(from *leg, h *header, now time.Duration) (seq uint16, ts uint32, f fate) {
	d := &s.feed
	if d.kind == forwarded && d.leg == from && d.ssrc == h.ssrc {
		step := int16(h.seq - d.newest)
		switch {
		case step == 0:
			return 0, 0, dropped // a duplicate
		case step < 0 && step >= -maxMisorder:
			if int16(h.seq-d.floor) < 0 {
				return 0, 0, dropped // its place belongs to another feed
			}
			return h.seq + d.seqDelta, h.ts + d.tsDelta, passed
		case step > 0 && step <= maxDropout:
			jump := int64(int32(h.ts-d.newestTS)) - samples(now-d.newestAt)
			if jump < maxTimeJump && jump > -maxTimeJump {
				d.newest, d.newestTS, d.newestAt = h.seq, h.ts, now
				return h.seq + d.seqDelta, h.ts + d.tsDelta, passed
			}
		}
	}
	seq, ts = s.seq+1, s.ahead(now)
	s.feed = feed{
		kind: forwarded, leg: from, ssrc: h.ssrc, seqDelta: seq - h.seq, tsDelta: ts - h.ts,
		floor: h.seq, newest: h.seq, newestTS: h.ts, newestAt: now,
	}
	return seq, ts, began
}

// skip closes the hole that a packet leaves which is not forwarded, so that the far end counts no loss.
func (s *stream) skip(from *leg, h *header, now time.Duration) {
	d := &s.feed
	if d.kind != forwarded || d.leg != from || d.ssrc != h.ssrc {
		return
	}
	if step := int16(h.seq - d.newest); step > 0 && step <= maxDropout {
		// Numbers between newest and this one can no longer be told apart from those after it: they are lost.
		d.seqDelta--
		d.newest, d.newestTS, d.newestAt, d.floor = h.seq, h.ts, now, h.seq+1
	}
}
