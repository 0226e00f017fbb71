package engine

import (
	"math"
	"time"

	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/quality"
)

// measure is what a leg's sound is judged by: which packets came, in runs and alone, and how loud its speech was. It looks at packets as they
// come, so it costs the same whether they are mixed or only passed on.
type measure struct {
	slots   quality.Sequence
	samples uint64 // of voice received
	speech  uint64 // samples of packets that were louder than speechFloor
	energy  uint64 // of these, the sum of squares
}

// speechFloor is the least power of a packet that counts as speech: −45 dBm0, above the noise of offices and below the quietest speakers.
var speechFloor = uint64(math.Pow(level.Peak(-45), 2) / 2)

// squares are those of each code's sample.
var squares = func() (t [2][256]uint32) {
	for i, law := range [...]g711.Law{g711.ALaw, g711.ULaw} {
		for code := range t[i] {
			s := int32(law.DecodeSample(byte(code)))
			t[i][code] = uint32(s * s)
		}
	}
	return t
}()

// hear takes one packet of voice.
func (m *measure) hear(law g711.Law, payload []byte) {
	t := &squares[0]
	if law == g711.ULaw {
		t = &squares[1]
	}
	var even, odd uint64 // two sums, so that one does not wait for the other
	rest := payload
	for ; len(rest) >= 8; rest = rest[8:] {
		even += uint64(t[rest[0]]) + uint64(t[rest[2]]) + uint64(t[rest[4]]) + uint64(t[rest[6]])
		odd += uint64(t[rest[1]]) + uint64(t[rest[3]]) + uint64(t[rest[5]]) + uint64(t[rest[7]])
	}
	for _, c := range rest {
		even += uint64(t[c])
	}
	sum, n := even+odd, uint64(len(payload))
	m.samples += n
	if sum >= speechFloor*n {
		m.speech += n
		m.energy += sum
	}
}

// level is how loud the speech was, in dBm0, and its share of the time; the level is level.Floor without speech.
func (m *measure) level() (dBm0, share float64) {
	if m.speech == 0 {
		return level.Floor, 0
	}
	return level.OfPower(float64(m.energy) / float64(m.speech)), float64(m.speech) / float64(m.samples)
}

// OwnDelay is what a call through the box takes one way besides the network, in ms: a packet, and a jitter buffer at each end.
const OwnDelay = 60

// report is what RTCP XR tells the peer of its stream (RFC 3611 §4.7).
func (l *leg) report() quality.Report {
	counts := l.got.slots.Counts()
	packet := float64(l.ptime) / 8
	r := quality.Of(l.in.ssrc, counts, packet)
	r.RoundTrip = uint16(min(l.ctl.roundTrip/time.Millisecond, math.MaxUint16))
	if dBm0, share := l.got.level(); share > 0 {
		r.Signal = int8(math.Round(dBm0))
	}
	r.Concealment, r.Buffer = quality.ConcealmentEnhanced, quality.BufferAdaptive
	r.Judge(counts.Conditions(OwnDelay+float64(l.ctl.roundTrip)/float64(2*time.Millisecond), true))
	return r
}
