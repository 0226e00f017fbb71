// Package mix adds up voices so that each person of a conversation hears the
// others and never themselves.
//
// Who hears whom is a list of sources for each listener, so a conference, a
// supervisor who listens and one who whispers are the same thing with other
// lists. Sums are 32-bit and saturate once, at the end. A source that joins or
// leaves a list rises or falls over Ramp samples. Nothing allocates after New.
package mix

import (
	"errors"
	"math"
	"math/bits"
)

// MaxParties bounds the parties of one mixer.
const MaxParties = 64

// Ramp is how long a source takes to join or leave, in samples (10 ms).
const Ramp = 80

// chunk is how many samples are added up at a time: one frame of 20 ms.
const chunk = 160

// ErrParties says that a mixer was asked for with no parties or too many.
var ErrParties = errors.New("a mixer takes 1 to 64 parties")

// A Mixer joins a fixed number of parties, numbered from 0. It belongs to one
// goroutine.
type Mixer struct {
	n     int
	lists []list
	gain  []uint8 // gain[listener*n+source] in 1/Ramp
	sum   [chunk]int32
	total [chunk]int32
}

// A list says which sources a listener hears, one bit a party.
type list struct {
	want    uint64 // as set by Hear
	full    uint64 // heard in full
	ramping uint64 // rising or falling
}

// New makes a mixer of n parties, where nobody hears anybody.
func New(n int) (*Mixer, error) {
	if n < 1 || n > MaxParties {
		return nil, ErrParties
	}
	return &Mixer{n: n, lists: make([]list, n), gain: make([]uint8, n*n)}, nil
}

// Hear sets whom the listener hears from now on, in place of the earlier list.
// The listener itself and parties that do not exist are left out.
func (m *Mixer) Hear(listener int, sources ...int) {
	if listener < 0 || listener >= m.n {
		return
	}
	var want uint64
	for _, s := range sources {
		if s >= 0 && s < m.n && s != listener {
			want |= 1 << s
		}
	}
	l := &m.lists[listener]
	l.want = want
	l.full &= want
	l.ramping |= want &^ l.full
	for s := range m.n {
		if want&(1<<s) == 0 && m.gain[listener*m.n+s] > 0 {
			l.ramping |= 1 << s
		}
	}
}

// Cut takes the party out of every list at once, without a ramp: for a leg
// whose place is given to another.
func (m *Mixer) Cut(party int) {
	if party < 0 || party >= m.n {
		return
	}
	for i := range m.lists {
		l := &m.lists[i]
		l.want &^= 1 << party
		l.full &^= 1 << party
		l.ramping &^= 1 << party
		m.gain[i*m.n+party] = 0
		m.gain[party*m.n+i] = 0
	}
	m.lists[party] = list{}
}

// Frame adds up one stretch of sound: in[i] is what party i says and out[i]
// receives what it hears. A nil or short in is silent where it is missing; a
// nil out is skipped. No out may share memory with an in.
func (m *Mixer) Frame(out, in [][]int16) {
	longest := 0
	for _, o := range out {
		longest = max(longest, len(o))
	}
	for at := 0; at < longest; at += chunk {
		m.chunk(out, in, at)
	}
}

func (m *Mixer) chunk(out, in [][]int16, at int) {
	everyone := m.everyone(out)
	if everyone {
		clear(m.total[:])
		for s := range m.n {
			add(m.total[:], part(in, s, at))
		}
	}
	for i := range m.n {
		o := part(out, i, at)
		l := &m.lists[i]
		sum := m.sum[:len(o)]
		others := m.all() &^ (1 << i)
		if everyone && l.full == others && len(o) > 0 {
			copy(sum, m.total[:])
			subtract(sum, part(in, i, at))
		} else {
			clear(sum)
			for b := l.full; b != 0; b &= b - 1 {
				add(sum, part(in, bits.TrailingZeros64(b), at))
			}
		}
		for b := l.ramping; b != 0; b &= b - 1 {
			m.ramp(i, bits.TrailingZeros64(b), sum, in, at)
		}
		saturate(o, sum)
	}
}

// all is the set of all parties.
func (m *Mixer) all() uint64 {
	return math.MaxUint64 >> (MaxParties - m.n)
}

// everyone says whether adding up everybody once and taking each listener's
// own voice away is less work: when three or more hear all the others.
func (m *Mixer) everyone(out [][]int16) bool {
	n := 0
	for i := range min(m.n, len(out)) {
		if len(out[i]) > 0 && m.lists[i].full == m.all()&^(1<<i) {
			n++
		}
	}
	return n >= 3
}

func (m *Mixer) ramp(listener, source int, sum []int32, in [][]int16, at int) {
	l := &m.lists[listener]
	g := &m.gain[listener*m.n+source]
	x := part(in, source, at)
	rising := l.want&(1<<source) != 0
	for i := range sum {
		if rising {
			*g = min(*g+1, Ramp)
		} else if *g > 0 {
			*g--
		}
		if i < len(x) {
			sum[i] += int32(x[i]) * int32(*g) / Ramp
		}
	}
	switch {
	case rising && *g == Ramp:
		l.full |= 1 << source
		l.ramping &^= 1 << source
	case !rising && *g == 0:
		l.ramping &^= 1 << source
	}
}

// part gives the chunk of party i that begins at sample at.
func part(v [][]int16, i, at int) []int16 {
	if i >= len(v) || len(v[i]) <= at {
		return nil
	}
	return v[i][at:min(at+chunk, len(v[i]))]
}

func add(sum []int32, x []int16) {
	n := min(len(sum), len(x))
	sum, x = sum[:n], x[:n]
	for i, s := range x {
		sum[i] += int32(s)
	}
}

func subtract(sum []int32, x []int16) {
	n := min(len(sum), len(x))
	sum, x = sum[:n], x[:n]
	for i, s := range x {
		sum[i] -= int32(s)
	}
}

func saturate(dst []int16, sum []int32) {
	sum = sum[:len(dst)]
	for i, s := range sum {
		dst[i] = int16(min(max(s, math.MinInt16), math.MaxInt16))
	}
}
