package quality

// window is how far behind the newest packet a packet may come and still be in its place: 32 packets, 640 ms of speech in
// packets of 20 ms. What has not come by then is lost.
const window = 32

// A Sequence feeds a Meter from RTP sequence numbers, and forgives reordering and duplicates. On a stream that is only passed
// on, Take is all there is to call; where a jitter buffer plays it, what comes too late for the buffer is told by Discard.
// When another source (SSRC) begins, Flush. The zero value is ready, and never allocates.
type Sequence struct {
	Meter Meter

	newest  uint16
	seen    uint32 // bit i: newest−i came
	refused uint32 // bit i: newest−i came and was not played
	depth   uint8  // how many slots are open
}

// maxDropout is the step forward that still is loss, RFC 3550 A.1.
const maxDropout = 3000

// Take counts the packet with that sequence number. A step of more than 3,000, or back beyond the window by more than that,
// is a new beginning and no loss.
func (s *Sequence) Take(number uint16) {
	if s.depth == 0 {
		s.newest, s.seen, s.refused, s.depth = number, 1, 0, 1
		return
	}
	step := number - s.newest
	switch back := s.newest - number; {
	case step == 0:
	case step <= maxDropout:
		s.advance(uint32(step))
		s.newest = number
		s.seen |= 1
	case back < uint16(s.depth):
		s.seen |= 1 << back
	case back < window: // before the first packet: the session begins earlier than it seemed
		s.depth = uint8(back) + 1
		s.seen |= 1 << back
	case back <= maxDropout:
		s.Meter.Late()
	default:
		s.Flush()
		s.Take(number)
	}
}

// advance settles the slots that leave the window, oldest first.
func (s *Sequence) advance(step uint32) {
	for ; step > 0 && s.depth > 0; step-- {
		if s.depth == window {
			s.settle(window - 1)
			s.depth--
		}
		s.seen <<= 1
		s.refused <<= 1
		s.depth++
		if s.seen == 0 && s.depth == window {
			// Nothing in the window came: the rest is lost too.
			s.Meter.Add(Lost, uint64(step-1))
			return
		}
	}
}

func (s *Sequence) settle(slot uint) {
	switch {
	case s.refused>>slot&1 == 1:
		s.Meter.Take(Discarded)
	case s.seen>>slot&1 == 1:
		s.Meter.Take(Received)
	default:
		s.Meter.Take(Lost)
	}
}

// Discard says that the jitter buffer refused the packet with that number, which Take took. One older than the window needs
// no saying: it counts as discarded already.
func (s *Sequence) Discard(number uint16) {
	if back := s.newest - number; back < uint16(s.depth) {
		s.refused |= s.seen & (1 << back)
	}
}

// Flush settles everything: the stream ended, or another source begins.
func (s *Sequence) Flush() {
	for ; s.depth > 0; s.depth-- {
		s.settle(uint(s.depth - 1))
	}
	s.seen, s.refused = 0, 0
}

// Counts are the counts up to now, with the packets that have not come yet counted as lost.
func (s *Sequence) Counts() Counts {
	end := *s
	end.Flush()
	return end.Meter.Counts()
}
