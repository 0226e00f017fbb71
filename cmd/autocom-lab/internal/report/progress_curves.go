package report

import (
	"fmt"
	"math"
	"math/rand/v2"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/level"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

// progressCurve hears all the tones of some countries at each value of x.
func progressCurve(title, axis string, some []tone.Country, values []float64, at func(x float64) progressPlaying) (plot.Chart, map[float64]progressTally) {
	chart := plot.Chart{
		Title: title,
		X:     plot.Axis{Label: axis, From: values[0], To: values[len(values)-1]}, Y: plot.Axis{Label: "recognised (%)", From: 0, To: 105},
	}
	sum := make(map[float64]progressTally)
	for _, c := range some {
		s := plot.Series{Name: c.Name, Marks: true}
		for i, x := range values {
			got := progressEvery(c, at(x), progressTries, uint64(1000+i))
			all := sum[x]
			all.add(got)
			sum[x] = all
			s.Points = append(s.Points, plot.Point{X: x, Y: got.percent()})
		}
		chart.Series = append(chart.Series, s)
	}
	return chart, sum
}

func progressSteps(from, to, by float64) []float64 {
	var out []float64
	for i := 0; from+float64(i)*by <= to+by/1000; i++ {
		out = append(out, from+float64(i)*by)
	}
	return out
}

// progressWithin adds up the values from a to b.
func progressWithin(sum map[float64]progressTally, a, b float64) progressTally {
	var all progressTally
	for x, t := range sum {
		if x >= a-1e-9 && x <= b+1e-9 {
			all.add(t)
		}
	}
	return all
}

func progressOverLevel(p *Page, some []tone.Country) Figure {
	chart, sum := progressCurve("Recognised over level", "level of the tone (dBm0)", some, progressSteps(-50, 0, 2), func(x float64) progressPlaying {
		return progressPlaying{dBm0: x, pitch: 1, pace: 1}
	})
	t := progressWithin(sum, -40, 0)
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "recognised from −40 to 0 dBm0", Wanted: "all", Measured: fmt.Sprintf("%d of %d", t.found, t.tries), Holds: t.found == t.tries,
	})
	return Figure{Name: "level", Chart: chart, Caption: fmt.Sprintf("Below %.0f dBm0 nothing is looked for: that is silence on a telephone.", progress.Softest)}
}

func progressOverPitch(p *Page, some []tone.Country) Figure {
	chart, sum := progressCurve("Recognised over wrong pitch", "frequencies off by (%)", some, progressSteps(-8, 8, 0.5), func(x float64) progressPlaying {
		return progressPlaying{dBm0: -20, pitch: 1 + x/100, pace: 1}
	})
	t := progressWithin(sum, -1.5, 1.5)
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "recognised at ±1.5 % of frequency (national documents allow ±2 Hz, 0.5 %)", Wanted: "all",
		Measured: fmt.Sprintf("%d of %d", t.found, t.tries), Holds: t.found == t.tries,
	})
	return Figure{Name: "pitch", Chart: chart, Caption: "One frequency may be off by 1.5 % and 6 Hz; two by about 2 %. The special information tone may be off by 50 Hz and keeps the curves up for longer."}
}

func progressOverCadence(p *Page, some []tone.Country) Figure {
	chart, sum := progressCurve("Recognised over wrong cadence", "all lengths off by (%)", some, progressSteps(-40, 40, 2), func(x float64) progressPlaying {
		return progressPlaying{dBm0: -20, pitch: 1, pace: 1 + x/100}
	})
	t := progressWithin(sum, -10, 10)
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "recognised at ±10 % of cadence (what France Télécom allows)", Wanted: "all",
		Measured: fmt.Sprintf("%d of %d", t.found, t.tries), Holds: t.found == t.tries,
	})
	return Figure{
		Name: "cadence", Chart: chart,
		Caption: "Lengths may be off by 12 % and 20 ms, so that short ones have more room. A steady dial tone has no cadence to be wrong, and France's routing tone of 50 ms hardly one.",
	}
}

func progressOverNoise(p *Page, some []tone.Country) Figure {
	chart, sum := progressCurve("Recognised over white noise", "tone above the noise (dB)", some, progressSteps(0, 30, 1), func(x float64) progressPlaying {
		return progressPlaying{dBm0: -20, pitch: 1, pace: 1, noise: -20 - x}
	})
	t := progressWithin(sum, 12, 30)
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "recognised 12 dB and more above white noise", Wanted: "99 %", Measured: fmt.Sprintf("%.2f %%", t.percent()), Holds: t.percent() >= 99,
	})
	wrong := 0
	for _, t := range sum {
		wrong += t.wrong
	}
	p.Verdicts = append(p.Verdicts, Verdict{What: "taken for another tone because of noise", Wanted: "never", Measured: fmt.Sprint(wrong), Holds: wrong == 0})
	return Figure{Name: "noise", Chart: chart, Caption: "The tone is at −20 dBm0, the noise fills the band."}
}

func progressOverBeeps(p *Page) Figure {
	chart := plot.Chart{
		Title: "Beeps found over frequency",
		X:     plot.Axis{Label: "frequency (Hz)", From: 200, To: 2400}, Y: plot.Axis{Label: "found (%)", From: 0, To: 105},
	}
	latest, missed, outside := 0.0, 0, 0
	d := progress.New(tone.France())
	d.Only(progress.Beep)
	for _, dBm0 := range []float64{-10, -30} {
		s := plot.Series{Name: fmt.Sprintf("%.0f dBm0", dBm0)}
		for hz := 200.0; hz <= 2400; hz += 20 {
			found, tries := 0, 0
			for _, n := range []int{200, 300, 500, 1000} {
				for start := range 5 {
					after, ok := progressBeepAfter(d, hz, dBm0, n*millisecond, 400*millisecond+17*start)
					tries++
					if ok {
						found++
						latest = max(latest, after)
					}
				}
			}
			if hz >= 400 && hz <= 2000 {
				missed += tries - found
			} else if hz < 360 || hz > 2040 {
				outside += found
			}
			s.Points = append(s.Points, plot.Point{X: hz, Y: 100 * float64(found) / float64(tries)})
		}
		chart.Series = append(chart.Series, s)
	}
	p.Verdicts = append(
		p.Verdicts,
		Verdict{What: "beeps of 400 to 2,000 Hz, 200 ms to 1 s, −10 and −30 dBm0, missed", Wanted: "none", Measured: fmt.Sprint(missed), Holds: missed == 0},
		Verdict{What: "beeps found outside", Wanted: "none", Measured: fmt.Sprint(outside), Holds: outside == 0},
		Verdict{What: "a beep is reported after its end", Wanted: "within 100 ms", Measured: fmt.Sprintf("%.0f ms at the latest", latest), Holds: latest <= 100},
	)
	return Figure{
		Name: "beep", Chart: chart,
		Caption: "Heard as after the answer, when no other tone is expected. While a call is being set up, what may be a burst of another tone (440 Hz in France) is not called a beep.",
	}
}

// progressBeepAfter gives after how many ms behind the beep's end it was reported.
func progressBeepAfter(d *progress.Detector, hz, dBm0 float64, n, start int) (float64, bool) {
	x := make([]int16, start+n+300*millisecond)
	tone.NewGenerator(tone.Tone{Times: 1, Segments: []tone.Segment{{Samples: start}, {Hz: []float64{hz}, DBm0: dBm0, Samples: n}, {Samples: 300 * millisecond}}}).Next(x)
	progressALaw(x)
	d.Reset()
	var reports []progress.Report
	for i := 0; i < len(x); i += 16 {
		if reports = d.Write(reports[:0], x[i:min(i+16, len(x))]); len(reports) > 0 {
			return float64(i+16-start-n) / millisecond, reports[0].Kind == progress.Beep
		}
	}
	return 0, false
}

// progressFaxes hears fax machines call and answer.
func progressFaxes(p *Page) {
	calls := tone.Plan{tone.Busy: tone.Cadence(1100, 0, 500, 3000)}
	france := tone.France()
	var cng progressTally
	for _, hz := range []float64{1062, 1081, 1100, 1119, 1138} {
		for i, pace := range []float64{0.9, 1, 1.1} {
			plan := france
			plan[tone.CallWaiting] = calls[tone.Busy] // a place that is not looked at
			cng.add(progressHear(plan, tone.CallWaiting, progress.CNG, progressPlaying{dBm0: -30, pitch: hz / 1100, pace: pace}, 2, 10, uint64(i)))
		}
	}
	var ced, reversal progressTally
	random := rand.New(rand.NewPCG(25, 30))
	for hz := 2085.0; hz <= 2115; hz += 5 {
		for _, dBm0 := range []float64{-6, -18, -30} {
			for _, depth := range []float64{0, 0.2} {
				for _, turns := range []bool{false, true} {
					got := progressAnswer(france, hz, dBm0, depth, turns, random.Float64())
					ced.tries++
					reversal.tries++
					if got[progress.CED] == 1 {
						ced.found++
					}
					if (got[progress.Reversal] == 1) == turns {
						reversal.found++
					}
					for k, n := range got {
						if k != int(progress.CED) && k != int(progress.Reversal) {
							ced.wrong += n
						}
					}
				}
			}
		}
	}
	p.Verdicts = append(
		p.Verdicts,
		Verdict{
			What: "fax calling (T.30: 1,100 ± 38 Hz, 0.5 s/3 s, lengths ±10 %), −30 dBm0, within 2 cadences", Wanted: "all, nothing else",
			Measured: fmt.Sprintf("%d of %d, %d else", cng.found, cng.tries, cng.wrong), Holds: cng.found == cng.tries && cng.wrong == 0,
		},
		Verdict{
			What: "fax and modem answering (2,100 ± 15 Hz; plain, reversals, ANSam, both), −6 to −30 dBm0", Wanted: "all, nothing else",
			Measured: fmt.Sprintf("%d of %d, %d else", ced.found, ced.tries, ced.wrong), Holds: ced.found == ced.tries && ced.wrong == 0,
		},
		Verdict{
			What: "phase reversals told from none, within 1.5 s", Wanted: "all",
			Measured: fmt.Sprintf("%d of %d", reversal.found, reversal.tries), Holds: reversal.found == reversal.tries,
		},
	)
}

// progressAnswer counts the reports of 1.5 s of an answer tone.
func progressAnswer(plan tone.Plan, hz, dBm0, depth float64, turns bool, phase float64) (count [16]int) {
	x := make([]int16, 1500*millisecond)
	angle := 2 * math.Pi * phase
	for i := range x {
		if turns && i > 0 && i%(450*millisecond) == 0 {
			angle += math.Pi
		}
		angle += 2 * math.Pi * hz / 8000
		x[i] = level.Clip(level.Peak(dBm0) * (1 + depth*math.Sin(2*math.Pi*15*float64(i)/8000)) * math.Sin(angle))
	}
	for _, r := range progress.New(plan).Write(nil, progressALaw(x)) {
		count[r.Kind]++
	}
	return count
}
