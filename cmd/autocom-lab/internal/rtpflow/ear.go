package rtpflow

import (
	"math"
	"net/netip"
	"time"

	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/tone"
)

// Stats is what a flow saw of the far end.
type Stats struct {
	Sent       uint64         `json:"sent"`
	Received   uint64         `json:"received"`
	Lost       uint64         `json:"lost"`       // sequence numbers never seen
	Reordered  uint64         `json:"reordered"`  // arrived after a later one
	Duplicates uint64         `json:"duplicates"` // the same sequence number at once again
	Sources    int            `json:"sources"`    // SSRCs, in order of appearance; 1 on a continuous call
	Jumps      uint64         `json:"jumps"`      // timestamps that do not follow the sequence numbers, within a talkspurt
	MaxGap     time.Duration  `json:"max_gap"`    // between two arrivals, of the last continuous stretch
	Late       time.Duration  `json:"late"`       // own worst lateness in sending
	From       netip.AddrPort `json:"from"`       // where the last packet came from
	First      time.Time      `json:"first"`
	Last       time.Time      `json:"last"`
	PayloadPT  uint8          `json:"payload_type"` // of the last sound
}

// memory is how much sound an ear remembers, in samples: 4 s.
const memory = 4 * tone.Rate

// An ear remembers what came in.
type ear struct {
	stats   Stats
	started bool
	ssrc    uint32
	seq     uint16
	ts      uint32
	pressTS uint32 // timestamp of the last digit told
	pressed bool
	ring    [memory]int16
	n       uint64 // samples ever written
}

// take counts a packet and remembers its sound; it gives a digit once, at the
// first packet with its end bit.
func (e *ear) take(p packet, event uint8, now time.Time) (digit byte, ok bool) {
	s := &e.stats
	s.Received++
	if e.started && p.ssrc == e.ssrc {
		s.MaxGap = max(s.MaxGap, now.Sub(s.Last))
	}
	s.Last = now
	isEvent := event != 0 && p.pt == event
	switch {
	case !e.started || p.ssrc != e.ssrc:
		if !e.started {
			s.First = now
		}
		e.started, e.ssrc = true, p.ssrc
		s.Sources++
		e.seq = p.seq
		e.ts = p.ts
	default:
		step := int16(p.seq - e.seq)
		switch {
		case step == 0:
			s.Duplicates++
			return 0, false
		case step < 0:
			s.Reordered++
			if s.Lost > 0 {
				s.Lost--
			}
			return 0, false
		}
		s.Lost += uint64(step - 1)
		// Within an event the timestamp stands still (RFC 4733 §2.5.1.2); sound must follow its samples.
		// A marked packet begins a talkspurt (RFC 3551 §4.1): it may come after a pause, never before what was said.
		if !isEvent && !e.pressed && p.ts-e.ts != uint32(step)*Frame && (!p.marker || int32(p.ts-e.ts) <= 0) {
			s.Jumps++
		}
		e.seq = p.seq
		if !isEvent {
			e.pressed = false
		}
		e.ts = p.ts
	}
	if isEvent {
		e.pressed = true
		if len(p.payload) < 4 || int(p.payload[0]) >= len(keys) || p.payload[1]&0x80 == 0 || p.ts == e.pressTS {
			return 0, false
		}
		e.pressTS = p.ts
		return keys[p.payload[0]], true
	}
	var law g711.Law
	switch p.pt {
	case 0:
		law = g711.ULaw
	case 8:
		law = g711.ALaw
	default:
		return 0, false
	}
	s.PayloadPT = p.pt
	for _, c := range p.payload {
		e.ring[e.n%memory] = law.DecodeSample(c)
		e.n++
	}
	return 0, false
}

// Stats gives the counts so far.
func (f *Flow) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.ear.stats
	s.Sent, s.Late = f.sent, f.late
	return s
}

// ResetGap begins a new measurement of MaxGap and Late.
func (f *Flow) ResetGap() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ear.stats.MaxGap, f.late = 0, 0
}

// Heard gives the last samples that came in, at most d long and 4 s, oldest
// first, and the count of samples ever heard.
func (f *Flow) Heard(d time.Duration) (samples []int16, total uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(uint64(d.Milliseconds())*tone.Rate/1000, f.ear.n, memory)
	samples = make([]int16, n)
	for i := range n {
		samples[i] = f.ear.ring[(f.ear.n-n+i)%memory]
	}
	return samples, f.ear.n
}

// A Sound is what some samples are, to the ear.
type Sound struct {
	DBm0   float64 `json:"dbm0"`
	Hz     float64 `json:"hz"`     // the strongest frequency when it is nearly alone, else 0
	Purity float64 `json:"purity"` // its part of the power, 0 to 1
}

// Silent reports whether nothing is to be heard.
func (s Sound) Silent() bool { return s.DBm0 < -50 }

// Near reports whether the sound is a lone tone within 2 % of hz.
func (s Sound) Near(hz float64) bool { return s.Hz > 0 && math.Abs(s.Hz-hz) <= 0.02*hz }

// lonely is the least share of the power that makes a tone alone. A vowel of a recorded voice reaches 0.91 over 200 ms (the prompts that ship).
const lonely = 0.95

// Analyse finds the level and the lone tone of some samples; allow it 200 ms.
func Analyse(samples []int16) Sound {
	s := Sound{DBm0: level.Of(samples)}
	if len(samples) < 200 || s.Silent() {
		return s
	}
	best := level.Floor
	look := func(from, to, step float64) {
		for hz := from; hz <= to; hz += step {
			if l := tone.Level(samples, hz); l > best {
				best, s.Hz = l, hz
			}
		}
	}
	width := 2 * tone.Rate / float64(len(samples))
	look(200, 3400, width)
	if s.Hz > 0 {
		mid := s.Hz
		look(mid-width, mid+width, width/16)
		s.Purity = tone.Purity(samples, s.Hz)
	}
	if s.Purity < lonely {
		s.Hz = 0
	}
	return s
}
