package progress_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

const ms = 8 // samples

// render plays n samples of a tone whose whole level while it sounds is dBm0
// (0: as the plan says), frequencies and lengths multiplied, from sample
// skip on.
type render struct {
	dBm0, pitch, pace float64
	skip              int
	noise             float64 // dBm0
	seed              uint64
}

func (r render) play(t tone.Tone, n int) []int16 {
	scaled := tone.Tone{Times: t.Times}
	for _, s := range t.Segments {
		o := tone.Segment{DBm0: s.DBm0, Samples: s.Samples}
		if r.pace != 0 {
			o.Samples = int(math.Round(float64(s.Samples) * r.pace))
		}
		for _, hz := range s.Hz {
			if r.pitch != 0 {
				hz *= r.pitch
			}
			o.Hz = append(o.Hz, hz)
		}
		if r.dBm0 != 0 && len(s.Hz) > 0 {
			o.DBm0 = r.dBm0 - 10*math.Log10(float64(len(s.Hz)))
		}
		scaled.Segments = append(scaled.Segments, o)
	}
	out := make([]int16, r.skip+n)
	tone.NewGenerator(scaled).Next(out)
	return r.line(out[r.skip:])
}

// line adds the noise and puts A-law in between.
func (r render) line(x []int16) []int16 {
	if r.noise != 0 {
		rnd := rand.New(rand.NewPCG(r.seed, 7))
		sigma := level.Peak(r.noise) / math.Sqrt2
		for i := range x {
			x[i] = level.Clip(float64(x[i]) + sigma*rnd.NormFloat64())
		}
	}
	b := make([]byte, len(x))
	g711.ALaw.Encode(b, x)
	g711.ALaw.Decode(x, b)
	return x
}

func listen(d *progress.Detector, x []int16) []progress.Report {
	var out []progress.Report
	for len(x) > 0 {
		n := min(160, len(x))
		out = d.Write(out, x[:n])
		x = x[n:]
	}
	return out
}

var plain = map[tone.Kind]progress.Kind{
	tone.Dial: progress.Dial, tone.Ringback: progress.Ringback, tone.Busy: progress.Busy, tone.Congestion: progress.Congestion,
	tone.Routing: progress.Routing, tone.Special: progress.Special,
}

func period(t tone.Tone) int {
	n := 0
	for _, s := range t.Segments {
		n += s.Samples
	}
	return n
}

func TestEveryCountrysTonesAreFoundWithinTwoCadences(t *testing.T) {
	for _, c := range tone.Countries() {
		if c.Like != "" {
			continue
		}
		d := progress.New(c.Plan)
		for from, want := range plain {
			tn := c.Plan.Tone(from)
			if len(tn.Segments) == 0 {
				continue
			}
			cadences := 2
			if c.Code == "ES" && from == tone.Busy {
				cadences = 3 // its first two are those of the Spanish congestion tone
			}
			n := max(cadences*period(tn)+60*ms, 2200*ms)
			for _, skip := range []int{0, 37, period(tn) / 3, period(tn) * 2 / 3} {
				if from == tone.Special && skip > 0 {
					continue
				}
				d.Reset()
				got := listen(d, render{dBm0: -30, skip: skip}.play(tn, n))
				if len(got) != 1 || got[0].Kind != want {
					t.Errorf("%s %v from sample %d: %+v", c.Code, from, skip, got)
					continue
				}
				if r := got[0]; math.Abs(r.DBm0+30) > 0.7 || r.Ended <= r.Began || r.Ended > int64(n) {
					t.Errorf("%s %v: %+v", c.Code, from, r)
				}
			}
		}
	}
}
