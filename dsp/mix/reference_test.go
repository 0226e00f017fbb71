package mix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/mix"
)

// A reference that knows nothing of sets, totals and lanes: 64-bit sums, one
// gain a pair, one sample at a time, and everything that was ever said.
type reference struct {
	n       int
	want    [64][64]bool
	place   [64][64]int
	sources [64]refSource
	wake    [64][]int64
	cut     [64]int64 // of the limiter, 1/32,768
	rest    [64]int
}

type refSource struct {
	said     []int64
	from, to int64
	turned   int
	missing  bool
	back     int
	echo     []int64
}

func newReference(n int) *reference {
	r := &reference{n: n}
	for i := range n {
		r.sources[i] = refSource{from: 32768, to: 32768, turned: mix.Ramp, missing: true}
	}
	return r
}

func rise(i int) int64 {
	return int64(math.Round(32768 * (1 - math.Cos(math.Pi*float64(i)/mix.Ramp)) / 2))
}

func times(x, gain int64) int64 { return int64(math.Floor(float64(x*gain)/32768 + 0.5)) }

func (s *refSource) gain() int64 { return s.from + times(s.to-s.from, rise(s.turned)) }

// dying is the sound of the past, backwards and fading.
func (s *refSource) dying() []int64 {
	d := make([]int64, mix.Ramp)
	for k := range d {
		if i := len(s.said) - 1 - k; i >= 0 {
			d[k] = times(s.said[i], rise(mix.Ramp-1-k))
		}
	}
	return d
}

func (s *refSource) say(x int16, there bool) {
	var v int64
	if there {
		s.turned = min(s.turned+1, mix.Ramp)
		v = times(int64(x), s.gain())
		if s.missing {
			s.missing, s.back = false, 0
		}
		if s.back < mix.Ramp {
			s.back++
			v = times(v, rise(s.back))
		}
	} else {
		if !s.missing {
			s.echo = s.dying()
		}
		s.missing, s.turned = true, mix.Ramp
	}
	if len(s.echo) > 0 {
		v += s.echo[0]
		s.echo = s.echo[1:]
	}
	s.said = append(s.said, v)
}

func (r *reference) cutParty(p int) {
	for l := range r.n {
		if g := r.place[l][p]; g > 0 {
			for k, v := range r.sources[p].dying() {
				if k == len(r.wake[l]) {
					r.wake[l] = append(r.wake[l], 0)
				}
				r.wake[l][k] += times(v, rise(g))
			}
		}
		r.want[l][p], r.place[l][p] = false, 0
		r.want[p][l], r.place[p][l] = false, 0
	}
	r.sources[p] = refSource{from: 32768, to: 32768, turned: mix.Ramp, missing: true}
	r.wake[p], r.cut[p], r.rest[p] = nil, 0, 0
}

func (r *reference) frame(out, in [][]int16, limited bool) {
	size := 0
	for _, o := range out {
		size = max(size, len(o))
	}
	for at := 0; at < size; at += 160 {
		n := min(160, size-at)
		for s := range r.n {
			for i := at; i < at+n; i++ {
				if i < len(in[s]) {
					r.sources[s].say(in[s][i], true)
				} else {
					r.sources[s].say(0, false)
				}
			}
		}
		for l := range r.n {
			if len(out[l]) == 0 {
				continue
			}
			single, loud := 0, false
			for s := range r.n {
				if r.want[l][s] || r.place[l][s] > 0 {
					single++
					src := &r.sources[s]
					loud = loud || src.to > 32768 || src.from > 32768 && src.turned < mix.Ramp
				}
			}
			exempt := single == 0 || single == 1 && !loud
			exempt = exempt && len(r.wake[l]) == 0
			sum := make([]int64, n)
			for i := range n {
				for s := range r.n {
					g := &r.place[l][s]
					if r.want[l][s] {
						*g = min(*g+1, mix.Ramp)
					} else {
						*g = max(*g-1, 0)
					}
					said := r.sources[s].said
					sum[i] += times(said[len(said)-n+i], rise(*g))
				}
				if len(r.wake[l]) > 0 {
					sum[i] += r.wake[l][0]
					r.wake[l] = r.wake[l][1:]
				}
			}
			if limited {
				r.limit(l, sum, exempt)
			}
			for i, s := range sum {
				out[l][at+i] = int16(s)
				if int64(int16(s)) != s {
					panic("the sum does not fit")
				}
			}
		}
	}
}

// limit is the limiter, a step of 40 samples at a time.
func (r *reference) limit(l int, sum []int64, exempt bool) {
	top := int64(23197) // 3 dB below full scale
	if exempt {
		top = 32768
	}
	bearable := func(b int) int64 {
		g := int64(32768)
		for i := b * 40; i < min((b+1)*40, len(sum)); i++ {
			if v := max(sum[i], -sum[i]); v > top {
				g = min(g, top*32768/v)
			}
		}
		return g
	}
	var needs []int64
	for b := 0; b*40 < len(sum); b++ {
		needs = append(needs, bearable(b))
	}
	for b, need := range needs {
		gain := 32768 - r.cut[l]
		next, both := gain, need
		if b+1 < len(needs) {
			both = min(both, needs[b+1])
		}
		switch {
		case both <= gain:
			if next = both; both < 32768 {
				r.rest[l] = 4
			}
		case r.rest[l] > 0:
			r.rest[l]--
		default:
			next = min(both, gain+gain/16+1)
		}
		size := min(40, len(sum)-b*40)
		for i := range size {
			slope := size
			if need < gain {
				slope = min(8, size)
			}
			g := next
			if i < slope {
				g = gain + (next-gain)*int64(i+1)/int64(slope)
			}
			v := times(sum[b*40+i], g)
			if m := max(v, -v); m > 23197 && !exempt {
				m = 23197 + 9570*(m-23197)/(9570+m-23197)
				if v < 0 {
					m = -m
				}
				v = m
			}
			sum[b*40+i] = min(max(v, -32768), 32767)
		}
		r.cut[l] = 32768 - next
	}
}

func TestBitExactAgainstReference(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		n := 1 + rnd.IntN(9)
		size := []int{160, 40, 80, 400, 161, 33}[rnd.IntN(6)]
		quiet := seed%2 == 0 // the linear part alone: the sums stay below the limiter
		peak := 65536
		if quiet {
			peak = 2 * 23197 / n / 4 // with gains, echoes and wakes
		}
		m, ref := mixer(t, n), newReference(n)
		in, got, want := frames(n, size), frames(n, size), frames(n, size)
		for step := range 40 {
			for rnd.IntN(3) == 0 { // change somebody's list, even in mid-ramp
				l := rnd.IntN(n)
				var list []int
				ref.want[l] = [64]bool{}
				for s := range n {
					if rnd.IntN(4) > 0 {
						list = append(list, s)
						ref.want[l][s] = s != l
					}
				}
				m.Hear(l, list...)
			}
			if rnd.IntN(6) == 0 {
				p, dB := rnd.IntN(n), []float64{0, 0, 0, -6, 3, -100}[rnd.IntN(6)]
				m.Gain(p, dB)
				s := &ref.sources[p]
				s.from, s.turned = s.gain(), 0
				if s.to = int64(math.Round(32768 * math.Pow(10, dB/20))); dB < -90 {
					s.to = 0
				}
			}
			if rnd.IntN(12) == 0 {
				p := rnd.IntN(n)
				m.Cut(p)
				ref.cutParty(p)
			}
			for p := range n {
				in[p] = make([]int16, size)
				for i := range in[p] {
					in[p][i] = int16(rnd.IntN(peak) - peak/2)
				}
				switch rnd.IntN(8) {
				case 0:
					in[p] = nil
				case 1:
					in[p] = in[p][:rnd.IntN(size)]
				}
				got[p], want[p] = got[p][:cap(got[p])], want[p][:cap(want[p])]
				if rnd.IntN(16) == 0 {
					got[p], want[p] = got[p][:0], want[p][:0]
				}
			}
			m.Frame(got, in)
			ref.frame(want, in, !quiet)
			for l := range n {
				for i := range got[l] {
					if got[l][i] != want[l][i] {
						t.Fatalf("seed %d step %d of %d listener %d sample %d: %d, want %d", seed, step, size, l, i, got[l][i], want[l][i])
					}
				}
			}
		}
	}
}
