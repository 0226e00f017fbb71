package mix

import (
	"math"

	"autocom/dsp/level"
)

// Ramp is how long a source takes to join or leave, in samples (10 ms).
const Ramp = 80

// MaxGain is the most a party is made louder, in dB.
const MaxGain = 20

// unity is a gain of 1; gains are whole numbers of 1/32,768.
const unity = 1 << 15

// fade[i] is the gain i samples into a rise: half a cosine, whose ends have no
// corner that could be heard.
var fade = func() (t [Ramp + 1]int32) {
	for i := range t {
		t[i] = int32(math.Round(unity * (0.5 - 0.5*math.Cos(math.Pi*float64(i)/Ramp))))
	}
	return t
}()

// A source is what one party says, as it enters the sums.
type source struct {
	sound lanes       // of this chunk, with gain and fades
	size  int         // of this chunk
	last  [Ramp]int32 // the end of what came until now, kept where chunks are shorter than Ramp
	meter level.Running

	from, to int32 // gain: it moves from one to the other
	turned   int   // place of that in fade

	// When sound is missing, what came last is heard backwards and fading; when
	// it comes back, it rises.
	missing bool
	back    int // place in fade since it came back
	echo    [Ramp]int32
	gone    int // place in echo; Ramp: it is over
}

func newSource() source {
	return source{from: unity, to: unity, turned: Ramp, missing: true, gone: Ramp}
}

// turn sets another gain.
func (s *source) turn(dB float64) {
	s.from, s.turned = s.gain(), 0
	if s.to = int32(math.Round(unity * math.Pow(10, min(dB, MaxGain)/20))); !(dB > -90) {
		s.to = 0
	}
}

// gain is the gain just now.
func (s *source) gain() int32 {
	return s.from + scale(s.to-s.from, fade[s.turned])
}

func (s *source) atMostUnity() bool { return s.to <= unity && (s.from <= unity || s.turned == Ramp) }

// take makes the n samples of the chunk's sound out of x, which may be short,
// and adds it to the biased total.
func (s *source) take(x []int16, total *lanes, n int) {
	if n < Ramp {
		var last [Ramp]int32
		for k := range last {
			last[Ramp-1-k] = s.recent(k)
		}
		s.last = last
	}
	var energy int64
	switch {
	case len(x) == n && s.plain():
		energy = gather(total, &s.sound, x)
	case len(x) == 0 && s.missing && s.gone == Ramp:
		s.sound = lanes{}
		s.turned = Ramp
	default:
		var sound [chunk]int32
		for i := range n {
			if i < len(x) {
				energy += int64(x[i]) * int64(x[i])
				sound[i] = s.voice(x[i])
			} else {
				sound[i] = s.silence(sound[:i])
			}
		}
		s.sound.pack(&sound)
		total.add(&s.sound)
	}
	s.meter.AddEnergy(energy, n)
	if n < Ramp {
		copy(s.last[:], s.last[n:])
		for i := range n {
			s.last[Ramp-n+i] = s.sound.at(i)
		}
	}
	s.size = n
}

// recent gives the sample that came k samples before the last one; k < Ramp.
func (s *source) recent(k int) int32 {
	if s.size >= Ramp {
		return s.sound.at(s.size - 1 - k)
	}
	return s.last[Ramp-1-k]
}

// plain says whether the sound is taken as it is.
func (s *source) plain() bool {
	return s.back == Ramp && s.gone == Ramp && s.turned == Ramp && s.to == unity
}

// voice gives a sample of the party's sound its gain and fades.
func (s *source) voice(x int16) int32 {
	if s.turned < Ramp {
		s.turned++
	}
	v := scale(int32(x), s.gain())
	if s.missing {
		s.missing, s.back = false, 0
	}
	if s.back < Ramp {
		s.back++
		v = scale(v, fade[s.back])
	}
	return v + s.dying()
}

// silence gives a sample for which the party has none; before is what was made
// of the chunk so far.
func (s *source) silence(before []int32) int32 {
	if !s.missing {
		s.missing, s.back, s.gone = true, 0, 0
		for k := range s.echo {
			var v int32
			if k < len(before) {
				v = before[len(before)-1-k]
			} else {
				v = s.recent(k - len(before))
			}
			s.echo[k] = scale(v, fade[Ramp-1-k])
		}
	}
	s.turned = Ramp
	return s.dying()
}

// dying gives the next of the echo.
func (s *source) dying() int32 {
	if s.gone == Ramp {
		return 0
	}
	s.gone++
	return s.echo[s.gone-1]
}

// remember keeps how a source dies away that is cut, at the gain it is heard with.
func (e *ear) remember(s *source, gain int32) {
	left := copy(e.wake[:], e.wake[e.woke:])
	clear(e.wake[left:])
	e.woke = 0
	for k := range e.wake {
		e.wake[k] += scale(scale(s.recent(k), fade[Ramp-1-k]), gain)
	}
}

// ramp adds a source that joins or leaves a listener.
func (m *Mixer) ramp(listener, source int, sum []int32) {
	e, g := &m.ears[listener], &m.place[listener*m.n+source]
	x := &m.sources[source].sound
	rising := e.want&(1<<source) != 0
	for i := range sum {
		if rising {
			*g = min(*g+1, Ramp)
		} else if *g > 0 {
			*g--
		}
		sum[i] += scale(x.at(i), fade[*g])
	}
	switch {
	case rising && *g == Ramp:
		e.full |= 1 << source
		e.ramping &^= 1 << source
	case !rising && *g == 0:
		e.ramping &^= 1 << source
	}
}

// scale multiplies by a gain and rounds.
func scale(x, gain int32) int32 {
	return int32((int64(x)*int64(gain) + unity/2) >> 15)
}
