package progress_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/internal/against"
	"autocom/dsp/level"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

// talk is ten seconds of something like speech at −20 dBm0: syllables of four
// a second, voiced by a pitch that wanders, or noise, with pauses.
func talk() []int16 {
	rnd := rand.New(rand.NewPCG(3, 4))
	out := make([]int16, 80000)
	phase, pitch := 0.0, 120.0
	for i := range out {
		syllable := i / 2000
		if i%2000 == 0 {
			pitch = 90 + 150*rnd.Float64()
		}
		phase += pitch / 8000
		var x float64
		switch syllable % 5 {
		case 0, 1, 3:
			for h := 1; h < 20; h++ {
				formant := 1/(1+math.Pow((float64(h)*pitch-500)/150, 2)) + 0.3/(1+math.Pow((float64(h)*pitch-1500)/200, 2))
				x += formant * math.Cos(2*math.Pi*phase*float64(h))
			}
		case 2:
			x = 0.3 * rnd.NormFloat64()
		}
		out[i] = level.Clip(x * 1500 * math.Sin(math.Pi*float64(i%2000)/2000))
	}
	return render{}.line(out)
}

func bench(b *testing.B, x []int16, plans ...tone.Plan) {
	d := progress.New(plans...)
	reports := make([]progress.Report, 0, 16)
	x = x[:len(x)/160*160]
	run := func() {
		for i := 0; i < len(x); i += 160 {
			reports = d.Write(reports[:0], x[i:i+160])
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(against.Least(run, len(x)), "ns/sample")
}

func BenchmarkWrite(b *testing.B) {
	us, _ := tone.In("US")
	fr := tone.France()
	b.Run("talk/FR", func(b *testing.B) { bench(b, talk(), fr) })
	b.Run("talk/US", func(b *testing.B) { bench(b, talk(), us) })
	b.Run("ringback/FR", func(b *testing.B) { bench(b, render{}.play(fr.Tone(tone.Ringback), 80000), fr) })
	b.Run("ringback/US", func(b *testing.B) { bench(b, render{}.play(us.Tone(tone.Ringback), 96000), us) })
	b.Run("dial/FR", func(b *testing.B) { bench(b, render{}.play(fr.Tone(tone.Dial), 80000), fr) })
	b.Run("silence/FR", func(b *testing.B) { bench(b, make([]int16, 80000), fr) })
}
