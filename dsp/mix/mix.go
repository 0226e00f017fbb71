// Package mix adds up voices so that each person of a conversation hears the
// others and never themselves.
//
// Who hears whom is a list of sources for each listener, so a conference, a
// supervisor who listens and one who whispers are the same thing with other
// lists. Sums are whole numbers of 32 bits. A sum that stays 3 dB below full
// scale is heard exactly as it is; a louder one is turned down, not clipped
// (see limiter.go). Whatever begins or ends to be heard rises or falls over
// Ramp samples, also when its sound stops without warning. Nothing allocates
// after New.
package mix

import (
	"errors"
	"math"
	"math/bits"

	"autocom/dsp/level"
)

// MaxParties bounds the parties of one mixer.
const MaxParties = 64

// chunk is how many samples are added up at a time: one frame of 20 ms.
const chunk = 160

// ErrParties says that a mixer was asked for with no parties or too many.
var ErrParties = errors.New("a mixer takes 1 to 64 parties")

// A Mixer joins a fixed number of parties, numbered from 0. It belongs to one
// goroutine.
type Mixer struct {
	n       int
	sources []source
	ears    []ear
	place   []uint8 // place[listener*n+source] in fade
	total   lanes   // of everybody
	some    lanes   // of those whom one listener hears
	nobody  lanes   // always 0
	sum     [chunk]int32
}

// An ear is what a listener hears: one bit a party.
type ear struct {
	want    uint64 // as set by Hear
	full    uint64 // heard in full
	ramping uint64 // rising or falling
	limiter limiter
	wake    [Ramp]int32 // what is left of sources that were cut
	woke    int         // place in wake; Ramp: nothing is left
}

// New makes a mixer of n parties, where nobody hears anybody.
func New(n int) (*Mixer, error) {
	if n < 1 || n > MaxParties {
		return nil, ErrParties
	}
	m := &Mixer{n: n, sources: make([]source, n), ears: make([]ear, n), place: make([]uint8, n*n)}
	for i := range n {
		m.sources[i] = newSource()
		m.ears[i].woke = Ramp
	}
	return m, nil
}

// Hear sets whom the listener hears from now on, in place of the earlier list.
// The listener itself and parties that do not exist are left out.
func (m *Mixer) Hear(listener int, sources ...int) {
	if !m.has(listener) {
		return
	}
	var want uint64
	for _, s := range sources {
		if m.has(s) && s != listener {
			want |= 1 << s
		}
	}
	e := &m.ears[listener]
	e.want, e.full, e.ramping = want, 0, 0
	for s, g := range m.place[listener*m.n : (listener+1)*m.n] {
		wanted := want&(1<<s) != 0
		switch {
		case wanted && g == Ramp:
			e.full |= 1 << s
		case wanted || g > 0:
			e.ramping |= 1 << s
		}
	}
}

// Gain sets how much louder or quieter everybody hears the party from now on,
// in dB: up to MaxGain; −90 and less is silence.
func (m *Mixer) Gain(party int, dB float64) {
	if m.has(party) {
		m.sources[party].turn(dB)
	}
}

// Level gives how loud the party's own sound is just now, before Gain, in dBm0.
func (m *Mixer) Level(party int) float64 {
	if !m.has(party) {
		return level.Floor
	}
	return m.sources[party].meter.Level()
}

// Cut takes the party out of every list and gives its place free at once: for
// a leg that is gone. Those who heard it hear its last sound die away.
func (m *Mixer) Cut(party int) {
	if !m.has(party) {
		return
	}
	s := &m.sources[party]
	for i := range m.ears {
		e, g := &m.ears[i], &m.place[i*m.n+party]
		if *g > 0 {
			e.remember(s, fade[*g])
		}
		e.want &^= 1 << party
		e.full &^= 1 << party
		e.ramping &^= 1 << party
		*g = 0
		m.place[party*m.n+i] = 0
	}
	*s = newSource()
	m.ears[party] = ear{woke: Ramp}
}

func (m *Mixer) has(party int) bool { return party >= 0 && party < m.n }

// Frame adds up one stretch of sound: in[i] is what party i says and out[i]
// receives what it hears. A nil or short in is silent where it is missing; a
// nil out is skipped. No out may share memory with an in.
func (m *Mixer) Frame(out, in [][]int16) {
	longest := 0
	for _, o := range out[:min(m.n, len(out))] {
		longest = max(longest, len(o))
	}
	for at := 0; at < longest; at += chunk {
		n := min(chunk, longest-at)
		m.total.start(&m.nobody)
		for i := range m.n {
			m.sources[i].take(part(in, i, at, n), &m.total, n)
		}
		all := m.everyone(out)
		for i := range min(m.n, len(out)) {
			if o := part(out, i, at, n); len(o) > 0 {
				m.hear(i, o, all)
			}
		}
	}
}

// hear makes what one listener hears.
func (m *Mixer) hear(listener int, o []int16, all bool) {
	e := &m.ears[listener]
	from, own := &m.total, &m.sources[listener].sound
	if !all || e.full != m.all()&^(1<<listener) {
		from, own = &m.some, &m.nobody
		b, first := e.full, &m.nobody
		if b != 0 {
			first = &m.sources[bits.TrailingZeros64(b)].sound
		}
		from.start(first)
		for b &= b - 1; b != 0; b &= b - 1 {
			from.add(&m.sources[bits.TrailingZeros64(b)].sound)
		}
	}
	if e.ramping == 0 && e.woke == Ramp && e.limiter.open() && minus(o, from, own) {
		return
	}
	top := int32(threshold)
	if m.alone(e.full|e.ramping) && e.woke == Ramp {
		top = math.MaxInt16 + 1 // one voice fits: it is not touched
	}
	sum := m.sum[:len(o)]
	from.unpackWithout(own, sum)
	for b := e.ramping; b != 0; b &= b - 1 {
		m.ramp(listener, bits.TrailingZeros64(b), sum)
	}
	if e.woke < Ramp {
		n := min(len(sum), Ramp-e.woke)
		for i, w := range e.wake[e.woke : e.woke+n] {
			sum[i] += w
		}
		e.woke += n
	}
	e.limiter.limit(o, sum, top)
}

// alone says whether the set is at most one party, which is not made louder.
func (m *Mixer) alone(set uint64) bool {
	return set == 0 || set&(set-1) == 0 && m.sources[bits.TrailingZeros64(set)].atMostUnity()
}

// all is the set of all parties.
func (m *Mixer) all() uint64 {
	return math.MaxUint64 >> (MaxParties - m.n)
}

// everyone says whether taking each listener's own voice away from the sum of
// all is less work: when three or more hear all the others.
func (m *Mixer) everyone(out [][]int16) bool {
	n := 0
	for i := range min(m.n, len(out)) {
		if len(out[i]) > 0 && m.ears[i].full == m.all()&^(1<<i) {
			n++
		}
	}
	return n >= 3
}

// part gives n samples, or what there is of them, of party i from sample at on.
func part(v [][]int16, i, at, n int) []int16 {
	if i >= len(v) || len(v[i]) <= at {
		return nil
	}
	return v[i][at:min(at+n, len(v[i]))]
}
