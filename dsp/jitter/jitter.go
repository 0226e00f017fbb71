// Package jitter puts the packets of a voice back in order and in time, so
// that an uneven network is heard as an even voice.
//
// A Buffer is pulled: whoever plays asks for the next samples every tick, and
// nothing here has a clock, a goroutine or a timer. It is made for G.711, where
// one byte is one sample is one unit of RTP timestamp at 8 kHz. Packets of any
// length up to MaxPayload mix freely. Nothing allocates.
//
// The delay follows the network: it is as long as 98 in 100 packets need. Where
// it must change, and where the two ends' clocks differ, whole pitch periods are
// left out or said twice, or silence is, so that nothing is heard of it.
package jitter

import "autocom/dsp/g711"

// The bounds of a Buffer, in samples at 8 kHz except Slots.
const (
	Slots      = 64  // packets held
	MaxPayload = 240 // 30 ms, one packet
	MinTarget  = 160 // 20 ms, the least delay aimed at
	MaxTarget  = 960 // 120 ms, the greatest

	startTarget = 320   // 40 ms, before anything is known of the network
	maxDepth    = 1600  // 200 ms held after a burst: more is cut to the target
	conceal     = 480   // 60 ms of a dry buffer called Lost; then Empty
	giveUp      = 8000  // 1 s dry: start afresh with the next packet
	jump        = 16000 // 2 s by which the clock outran the timestamps: another stream
	leap        = 4000  // 500 ms by which the timestamps outran the clock: likewise
	dropout     = 3000  // RFC 3550 A.1: packets that may be lost in one outage
	tick        = 160   // 20 ms, the pull that the delay is reckoned for
)

// A Kind says what Pull gave.
type Kind uint8

const (
	// Empty says that there is nothing to play, because nothing was sent. Play
	// silence or comfort noise.
	Empty Kind = iota
	// Audio says that dst holds samples.
	Audio
	// Lost says that something was sent and is not here. Conceal it.
	Lost
)

// A Verdict says what Put did with a packet.
type Verdict uint8

const (
	// Stored packets will be played.
	Stored Verdict = iota
	// Duplicate packets are already held.
	Duplicate
	// Late packets come after their time.
	Late
	// Refused packets are empty, too long, or far outside the stream.
	Refused
)

// Counts is what has happened since the Buffer was made.
type Counts struct {
	Stored, Duplicate, Late, Refused uint64 // packets
	Missing                          uint64 // packets whose turn passed without them
	Restarts                         uint64 // the stream was taken up anew
	Trimmed                          uint64 // samples left out to shorten the delay
	Stretched                        uint64 // samples said twice to lengthen it
	Dry                              uint64 // samples asked for while nothing was held
}

type state uint8

const (
	idle    state = iota // no packet yet
	filling              // packets are held back for the target delay
	playing
)

type slot struct {
	use  use
	n    uint8
	seq  uint16
	ts   uint32
	data [MaxPayload]byte
}

type use uint8

const (
	free use = iota
	audio
	other // a packet of the stream that carried no voice
)

// A Buffer holds one RTP source's packets. The zero value is ready. It belongs
// to one goroutine.
type Buffer struct {
	state  state
	next   uint16 // sequence number to play
	newest uint16 // highest sequence number held or played
	cursor uint32 // timestamp to play
	end    uint32 // timestamp after the newest packet's last sample
	waited int    // samples pulled while filling
	dry    int    // samples pulled since the buffer ran dry

	transit int64 // RFC 3550 A.8, of the last packet
	jitter  int64 // RFC 3550 A.8, times 16

	arrival int64  // of the newest packet
	sent    uint32 // timestamp of the newest packet
	strange uint16 // the sequence number after one far outside the stream
	doubt   bool   // strange is set
	hushed  bool   // the newest packet carried no voice

	fixed int // the delay when it may not change, in samples; 0: it may

	delays delays // of the network
	pace   pace   // where the delay is and where it should be
	phase  phase  // of the ticks
	part   bool   // what is put is a further part of a packet
	splice splice // what is said instead of what was sent, to change the delay

	counts Counts
	slots  [Slots]slot
}

// Restart forgets the stream, as after a change of SSRC. Counts go on.
func (b *Buffer) Restart() {
	for i := range b.slots {
		b.slots[i].use, b.slots[i].n = free, 0
	}
	b.state, b.waited, b.dry, b.doubt = idle, 0, 0, false
	b.splice.forget()
	b.counts.Restarts++
}

// Put takes one packet: its RTP sequence number and timestamp, its payload,
// which is copied, and when it came, in samples of the receiver's clock.
func (b *Buffer) Put(seq uint16, ts uint32, payload []byte, arrival int64) Verdict {
	v := b.put(seq, ts, payload, arrival)
	switch v {
	case Stored:
		b.counts.Stored++
	case Duplicate:
		b.counts.Duplicate++
	case Late:
		b.counts.Late++
	case Refused:
		b.counts.Refused++
	}
	return v
}

// PutMore is Put of a further part of the packet put before, which was too long
// to be held in one: arrival is when it would have come by itself.
func (b *Buffer) PutMore(seq uint16, ts uint32, payload []byte, arrival int64) Verdict {
	b.part = true
	v := b.Put(seq, ts, payload, arrival)
	b.part = false
	return v
}

// Skip says that the packet with that sequence number carried no voice (a key,
// comfort noise), so that it is not taken for lost.
func (b *Buffer) Skip(seq uint16) {
	if b.state == idle {
		return
	}
	ahead := int(int16(seq - b.next))
	if ahead < 0 || ahead >= Slots {
		return
	}
	s := &b.slots[seq%Slots]
	if s.use != free {
		return
	}
	s.use, s.seq, s.n = other, seq, 0
	if int16(seq-b.newest) > 0 {
		b.newest, b.hushed = seq, true
	}
}

func (b *Buffer) put(seq uint16, ts uint32, payload []byte, arrival int64) Verdict {
	if len(payload) == 0 || len(payload) > MaxPayload {
		return Refused
	}
	if b.state != idle {
		switch b.place(seq, ts, arrival) {
		case within:
		case behind:
			if s := &b.slots[seq%Slots]; s.seq == seq && s.n > 0 {
				return Duplicate // of one that was played
			}
			b.measure(ts, arrival)
			return Late
		case doubtful:
			return Refused
		case anew:
			b.Restart()
		}
	}
	b.doubt = false
	if b.state == idle {
		b.begin(seq, ts, arrival)
	}
	s := &b.slots[seq%Slots]
	if s.use != free {
		return Duplicate // place made sure that it is the same number
	}
	b.measure(ts, arrival)
	if !b.part { // a part tells nothing of when packets come
		margin := b.delays.over(b.cursor-b.splice.left(), arrival) + b.phase.before(arrival) - tick
		if b.state == playing {
			b.pace.note(margin, b.delays.need())
		}
	}
	if b.state == playing && int32(ts+uint32(len(payload))-b.cursor) <= 0 {
		return Late
	}
	if b.state == filling && int16(seq-b.next) < 0 {
		b.next, b.cursor = seq, ts
	}
	s.use, s.seq, s.ts, s.n = audio, seq, ts, uint8(len(payload))
	copy(s.data[:], payload)
	if seq == b.newest || int16(seq-b.newest) > 0 {
		b.newest, b.end = seq, ts+uint32(len(payload))
		b.arrival, b.sent, b.hushed = arrival, ts, false
	}
	return Stored
}

func (b *Buffer) begin(seq uint16, ts uint32, arrival int64) {
	b.state, b.waited, b.dry = filling, 0, 0
	b.next, b.newest, b.cursor, b.end = seq, seq, ts, ts
	b.arrival, b.sent = arrival, ts
	b.transit = arrival - int64(ts)
	b.delays.begin(ts, arrival)
	b.pace = pace{known: b.pace.known}
}

// A position is where a packet lies beside those already known.
type position uint8

const (
	within position = iota
	behind
	doubtful
	anew
)

func (b *Buffer) place(seq uint16, ts uint32, arrival int64) position {
	ahead := int(int16(seq - b.next))
	known := b.doubt && seq == b.strange
	switch {
	case ahead >= Slots && ahead < dropout:
		return anew // an outage longer than the buffer
	case ahead >= Slots || ahead < -Slots:
		// RFC 3550 A.1: a far jump is believed when the next packet follows it.
		b.doubt, b.strange = true, seq+1
		if known {
			return anew
		}
		return doubtful
	case ahead < 0 && (b.state != filling || int16(b.newest-seq) >= Slots):
		return behind
	}
	if int16(seq-b.newest) > 0 {
		step := int64(int32(ts - b.sent))
		if ahead := step - (arrival - b.arrival); step < 0 || ahead > leap || ahead < -jump {
			return anew // the sender's timestamps were set anew
		}
	} else if back := int64(int32(b.sent - ts)); int32(ts-b.end) > leap || back > Slots*MaxPayload {
		return doubtful // sent before the newest, it says that it is later, or older than all that can be held
	}
	return within
}

// measure is RFC 3550 A.8 in whole numbers.
func (b *Buffer) measure(ts uint32, arrival int64) {
	transit := arrival - int64(ts)
	// The difference is taken over 32 bits, where the timestamp wraps.
	d := int64(int32(uint32(transit) - uint32(b.transit)))
	b.transit = transit
	if d < 0 {
		d = -d
	}
	b.jitter += min(d, jump) - (b.jitter+8)/16
	b.delays.note(ts, arrival)
}

// Jitter is the interarrival jitter of RFC 3550 §6.4.1, in samples.
func (b *Buffer) Jitter() int { return int(b.jitter / 16) }

// Fix holds the delay at so many samples, up to MaxTarget, for sound that no
// modem may miss or hear twice: nothing is left out to shorten it, and time goes
// on when the buffer is dry. 0 lets it adapt again.
func (b *Buffer) Fix(delay int) { b.fixed = min(max(delay, 0), MaxTarget) }

// Use says in which law the payloads are. Until it is known nothing can be
// spliced: the delay then changes only in the pauses of a silent sender.
func (b *Buffer) Use(law g711.Law) { b.splice.law, b.splice.known = law, true }

// Target is the delay aimed at now, in samples: one tick and what 98 in 100
// packets come later than the swiftest, from MinTarget to MaxTarget, unless it
// is fixed.
func (b *Buffer) Target() int {
	if b.fixed > 0 {
		return b.fixed
	}
	if b.counts.Stored < 16 {
		return max(startTarget, b.target())
	}
	return b.target()
}

func (b *Buffer) target() int { return min(max(tick+b.delays.need(), MinTarget), MaxTarget) }

// Depth is how much is held from the sample to be played next to the newest,
// gaps included, in samples.
func (b *Buffer) Depth() int {
	if b.state == idle {
		return 0
	}
	return max(0, int(int32(b.end-b.cursor)))
}

// Counts gives what has happened so far.
func (b *Buffer) Counts() Counts { return b.counts }

// Pull gives the next run of samples of one kind: n of them, at most len(dst).
// Only Audio writes to dst. A tick calls it until it has a whole frame:
//
//	for len(frame) > 0 {
//		n, kind := b.Pull(frame)
//		…
//		frame = frame[n:]
//	}
//
// n is 0 only when dst is empty.
func (b *Buffer) Pull(dst []byte) (n int, kind Kind) {
	n, kind = b.pull(dst)
	b.phase.pulled += int64(n)
	return n, kind
}

func (b *Buffer) pull(dst []byte) (n int, kind Kind) {
	if len(dst) == 0 {
		return 0, Empty
	}
	if b.state == filling && b.waited >= b.Target() {
		b.state = playing
	}
	switch b.state {
	case idle:
		return len(dst), Empty
	case filling:
		b.waited += len(dst)
		return len(dst), Empty
	default:
		b.catchUp()
		b.shorten()
		b.adapt()
		n, kind = b.play(dst)
		b.pace.pass(n)
		return n, kind
	}
}

func (b *Buffer) play(dst []byte) (int, Kind) {
	if n := b.splice.read(dst); n > 0 {
		return n, Audio
	}
	for {
		missing, s := b.first()
		if s == nil {
			b.splice.silent()
			return b.starve(len(dst)), b.dryKind()
		}
		if s.use == other {
			b.pass(missing, s)
			continue
		}
		into := int(int32(b.cursor - s.ts))
		switch {
		case into >= int(s.n):
			b.pass(missing, s)
		case into >= 0:
			b.counts.Missing += uint64(missing)
			b.next, b.dry = s.seq, 0
			n := copy(dst, s.data[into:s.n])
			b.cursor += uint32(n)
			if into+n == int(s.n) {
				b.pass(0, s)
			}
			b.splice.hear(dst[:n])
			return n, Audio
		default:
			b.splice.silent()
			n := min(len(dst), -into)
			if missing > 0 {
				b.cursor += uint32(n)
				return n, Lost
			}
			return b.pause(n, -into), Empty
		}
	}
}

// pause plays up to n samples of a gap that the sender left: the one place
// where the delay can change and nobody can tell.
func (b *Buffer) pause(n, gap int) int {
	switch wish := b.wish(); {
	case wish > 0: // longer
		n = min(n, wish)
		b.counts.Stretched += uint64(n)
		b.pace.done(n)
	case wish < 0 && gap > n:
		cut := min(-wish, gap-n)
		b.counts.Trimmed += uint64(cut)
		b.pace.done(-cut)
		b.cursor += uint32(n + cut)
	default:
		b.cursor += uint32(n)
	}
	return n
}

// first finds the next packet held and how many are missing before it.
func (b *Buffer) first() (missing int, s *slot) {
	for i := range int(int16(b.newest-b.next)) + 1 {
		seq := b.next + uint16(i)
		if s := &b.slots[seq%Slots]; s.use != free && s.seq == seq {
			return i, s
		}
	}
	return 0, nil
}

func (b *Buffer) pass(missing int, s *slot) {
	b.counts.Missing += uint64(missing)
	s.use = free
	b.next = s.seq + 1
}

// starve waits for a packet without moving on: if it comes late, it is still
// played, and the delay has grown by what the network needs, unless it is fixed.
func (b *Buffer) starve(n int) int {
	b.dry += n
	b.counts.Dry += uint64(n)
	if b.fixed > 0 {
		b.cursor += uint32(n)
	}
	if b.dry > giveUp {
		b.state = idle
	}
	return n
}

func (b *Buffer) dryKind() Kind {
	if b.dry <= conceal && !b.hushed {
		return Lost
	}
	return Empty
}

// catchUp takes the time the buffer ran dry out of the gap before the next
// packet: the wait was part of that gap, and the delay stays as it was.
func (b *Buffer) catchUp() {
	if b.dry == 0 {
		return
	}
	if b.fixed > 0 {
		b.dry = 0 // time went on already
		return
	}
	for i := range int(int16(b.newest-b.next)) + 1 {
		seq := b.next + uint16(i)
		s := &b.slots[seq%Slots]
		if s.use != audio || s.seq != seq {
			continue
		}
		if gap := int(int32(s.ts - b.cursor)); gap > 0 {
			b.cursor += uint32(min(b.dry, gap))
		}
		b.dry = 0
		return
	}
}

// shorten cuts what a burst piled up after an outage.
func (b *Buffer) shorten() {
	if over := b.Depth() - maxDepth; over > 0 {
		skip := b.Depth() - max(b.Target(), MinTarget)
		b.cursor += uint32(skip)
		b.counts.Trimmed += uint64(skip)
		b.pace = pace{known: b.pace.known}
	}
}
