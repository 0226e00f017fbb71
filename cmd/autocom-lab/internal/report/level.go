package report

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/level"
)

// Level is how loud: the meter of active speech, the automatic gain and the limiter.
func Level() Subject {
	return Subject{Name: "level", Measure: measureLevel}
}

func measureLevel(ctx context.Context, _ string) (Page, error) {
	p := Page{
		Title: "How loud",
		Intro: "The meter is ITU-T P.56 method B: power over the time that somebody speaks, found with an envelope of 30 ms, a hangover of 200 ms and a margin of 15.9 dB. " +
			"The automatic gain brings speech to −20 dBm0, moves by less than 6 dB a second, and learns only from speech. The limiter looks 2 ms ahead. " +
			"The speech is made up: a voice with eight harmonics in syllables and sentences, from fixed seeds.",
	}
	for _, part := range []func(*Page) []Figure{levelMeter, levelActivity, levelGain, levelSteps, levelLimiter} {
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		p.Figures = append(p.Figures, part(&p)...)
	}
	return p, nil
}

func levelSine(hz, dBm0 float64, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = level.Clip(level.Peak(dBm0) * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return s
}

func levelNoise(dBm0 float64, n int, seed uint64) []int16 {
	random := rand.New(rand.NewPCG(56, seed))
	s := make([]int16, n)
	for i := range s {
		s[i] = level.Clip(level.Peak(dBm0) / math.Sqrt2 * random.NormFloat64())
	}
	return s
}

// levelTalk is something like speech of an active level over noise.
func levelTalk(seconds int, dBm0, hush float64, seed uint64) []int16 {
	random := rand.New(rand.NewPCG(169, seed))
	n := seconds * 8000
	v := make([]float64, n)
	for at := 0; at < n; {
		for range 5 + random.IntN(8) { // syllables of a sentence
			long, strength, pitch := 800+random.IntN(1200), math.Pow(10, -0.5*random.Float64()), 100+60*random.Float64()
			for i := 0; i < long && at+i < n; i++ {
				e := math.Sin(math.Pi * float64(i) / float64(long))
				for h := 1.0; h <= 8; h++ {
					v[at+i] += strength * e * e / h * math.Sin(2*math.Pi*pitch*h*float64(i)/8000+h*h)
				}
			}
			at += long + random.IntN(400)
		}
		at += 2000 + random.IntN(8000)
	}
	s := make([]int16, n)
	scale := 3000.0
	for range 3 { // until the meter agrees
		for i := range v {
			s[i] = level.Clip(scale * v[i])
		}
		got, _ := level.Active(s)
		scale *= math.Pow(10, (dBm0-got)/20)
	}
	for i := range v {
		s[i] = level.Clip(scale*v[i] + level.Peak(hush)/math.Sqrt2*random.NormFloat64())
	}
	return s
}

func levelMeter(p *Page) []Figure {
	tone, noise := plot.Series{Name: "tone of 1,020 Hz", Marks: true}, plot.Series{Name: "white noise", Marks: true}
	toneWorst, noiseWorst, least := 0.0, 0.0, 1.0
	t := Table{Caption: "P.56 clause 11: steady signals of 10 s", Head: []string{"true level (dBm0)", "tone: measured", "active", "noise: measured", "active"}}
	for want := -60.0; want <= 0; want += 5 {
		a, activeA := level.Active(levelSine(1020, want, 80000))
		row := []string{fmt.Sprintf("%.0f", want), fmt.Sprintf("%.2f", a), fmt.Sprintf("%.3f", activeA), "–", "–"}
		tone.Points = append(tone.Points, plot.Point{X: want, Y: a - want})
		if toneWorst, least = max(toneWorst, math.Abs(a-want)), min(least, activeA); want <= -10 { // louder noise does not fit
			s := levelNoise(want, 80000, uint64(-want))
			b, activeB := level.Active(s)
			row[3], row[4] = fmt.Sprintf("%.2f", b), fmt.Sprintf("%.3f", activeB)
			off := b - level.Of(s) // what was made is not quite what was asked for
			noise.Points = append(noise.Points, plot.Point{X: want, Y: off})
			noiseWorst, least = max(noiseWorst, math.Abs(off)), min(least, activeB)
		}
		t.Rows = append(t.Rows, row)
	}
	p.Tables = append(p.Tables, t)
	p.Verdicts = append(
		p.Verdicts,
		Verdict{What: "meter, steady tone from −60 to 0 dBm0", Wanted: "within 0.1 dB", Measured: fmt.Sprintf("%.3f dB", toneWorst), Holds: toneWorst <= 0.1},
		Verdict{What: "meter, steady noise from −60 to −10 dBm0", Wanted: "within 0.1 dB", Measured: fmt.Sprintf("%.3f dB", noiseWorst), Holds: noiseWorst <= 0.1},
		Verdict{What: "activity of steady signals", Wanted: "at least 0.98", Measured: fmt.Sprintf("%.3f", least), Holds: least >= 0.98},
	)
	return []Figure{{
		Name: "meter", Caption: "The error of the active level of steady signals. The envelope needs some milliseconds to rise, which is all there is of it.",
		Chart: plot.Chart{
			Title: "P.56 meter: measured less true level", X: plot.Axis{Label: "true level (dBm0)"}, Y: plot.Axis{Label: "dB", From: -0.2, To: 0.2},
			Series: []plot.Series{tone, noise},
		},
	}}
}

// levelActivity measures noise that is switched on and off: its level while on is known, and how long it counts as active.
func levelActivity(p *Page) []Figure {
	measured, long, whileOn := plot.Series{Name: "active level (P.56)", Marks: true}, plot.Series{Name: "level of all the time", Marks: true}, plot.Series{Name: "level while on", Dashed: true}
	t := Table{Caption: "Noise of −20 dBm0, on for a part of every 4 s, over 60 s", Head: []string{"on", "active level (dBm0)", "activity", "on and hangover", "level of all the time (dBm0)"}}
	steady := levelNoise(-20, 480000, 1)
	worst := 0.0
	for _, on := range []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9} {
		s := append([]int16(nil), steady...)
		for i := range s {
			if i%32000 >= int(on*32000) {
				s[i] = 0
			}
		}
		got, activity := level.Active(s)
		// P.56 counts the hangover as speech, which lowers the level by that.
		counted := on + 0.05
		know := level.Of(steady) + 10*math.Log10(on/counted)
		worst = max(worst, math.Abs(got-know))
		t.Rows = append(t.Rows, []string{fmt.Sprintf("%.1f", on), fmt.Sprintf("%.2f", got), fmt.Sprintf("%.3f", activity), fmt.Sprintf("%.3f", counted), fmt.Sprintf("%.2f", level.Of(s))})
		measured.Points = append(measured.Points, plot.Point{X: on, Y: got})
		long.Points = append(long.Points, plot.Point{X: on, Y: level.Of(s)})
		whileOn.Points = append(whileOn.Points, plot.Point{X: on, Y: -20})
	}
	p.Tables = append(p.Tables, t)
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "meter, noise with pauses: active level over on-time and hangover", Wanted: "within 1 dB", Measured: fmt.Sprintf("%.2f dB", worst), Holds: worst <= 1,
	})
	return []Figure{{
		Name: "activity", Caption: "Pauses lower the level of all the time, but hardly the active level: what is left is the hangover and the fall of the envelope, which P.56 counts as speech.",
		Chart: plot.Chart{
			Title: "Noise of −20 dBm0 with pauses", X: plot.Axis{Label: "part of the time that it is on"}, Y: plot.Axis{Label: "dBm0"}, Series: []plot.Series{measured, long, whileOn},
		},
	}}
}

// levelThrough is what the automatic gain makes of s, besides its gain after every 20 ms.
func levelThrough(s []int16) (out []int16, gains []float64) {
	a := level.NewAGC(level.Target, level.MaxGain)
	out = append(out, s...)
	for i := 0; i < len(out); i += 160 {
		a.Process(out[i : i+160])
		gains = append(gains, a.Gain())
	}
	return out, gains
}

func levelGain(p *Page) []Figure {
	speech, same := plot.Series{Name: "speech, line noise −75 dBm0", Marks: true}, plot.Series{Name: "unchanged", Dashed: true}
	noise := plot.Series{Name: "line noise alone", Marks: true}
	worst, raised := 0.0, 0.0
	for in := -50.0; in <= -5; in += 2.5 {
		out, _ := levelThrough(levelTalk(40, in, -75, 4))
		got, _ := level.Active(out[15*8000:])
		speech.Points = append(speech.Points, plot.Point{X: in, Y: got})
		same.Points = append(same.Points, plot.Point{X: in, Y: in})
		if in >= -35 && in <= -7.5 {
			worst = max(worst, math.Abs(got-level.Target))
		}
	}
	for hush := -80.0; hush <= -30; hush += 5 {
		// The line's noise after a quiet talker has had the gain raised as far as it goes.
		talk, rest := levelTalk(15, -32, hush, 5), levelNoise(hush, 15*8000, 6)
		out, _ := levelThrough(append(talk, rest...))
		was, is := level.Of(rest), level.Of(out[20*8000:])
		noise.Points = append(noise.Points, plot.Point{X: was, Y: is})
		if is > -53.5 {
			raised = max(raised, is-was)
		}
	}
	p.Verdicts = append(
		p.Verdicts,
		Verdict{What: "speech of −35 to −7.5 dBm0 after 15 s of automatic gain", Wanted: "−20 ± 2 dBm0", Measured: fmt.Sprintf("within %.2f dB", worst), Holds: worst <= 2},
		Verdict{What: "line noise raised above −53.5 dBm0", Wanted: "by no more than 0.1 dB", Measured: fmt.Sprintf("%.2f dB", raised), Holds: raised <= 0.1},
	)
	return []Figure{{
		Name: "gain", Caption: "Speech comes to −20 dBm0 as far as 15 dB of gain reach; noise, after the gain was raised by a quiet talker, is never brought above −54 dBm0 or so.",
		Chart: plot.Chart{
			Title: "Automatic gain: active level out over level in", X: plot.Axis{Label: "level in (dBm0)"}, Y: plot.Axis{Label: "level out (dBm0)"}, Series: []plot.Series{speech, noise, same},
		},
	}}
}

func levelSteps(p *Page) []Figure {
	var s []int16
	for i, in := range []float64{-20, -34, -10, -28, -16} {
		s = append(s, levelTalk(12, in, -70, uint64(i))...)
	}
	out, gains := levelThrough(s)
	gain, before, after := plot.Series{Name: "gain (dB)"}, plot.Series{Name: "level in (dBm0)", Marks: true}, plot.Series{Name: "level out (dBm0)", Marks: true}
	fastest := 0.0
	for i := 1; i < len(gains); i++ {
		fastest = max(fastest, math.Abs(gains[i]-gains[i-1])/0.02)
		if i%10 == 0 {
			gain.Points = append(gain.Points, plot.Point{X: float64(i) / 50, Y: gains[i]})
		}
	}
	for at := 0; at+16000 <= len(s); at += 16000 {
		a, _ := level.Active(s[at : at+16000])
		b, _ := level.Active(out[at : at+16000])
		before.Points = append(before.Points, plot.Point{X: float64(at+8000) / 8000, Y: a})
		after.Points = append(after.Points, plot.Point{X: float64(at+8000) / 8000, Y: b})
	}
	p.Verdicts = append(p.Verdicts, Verdict{What: "fastest movement of the automatic gain", Wanted: "at most 6 dB/s", Measured: fmt.Sprintf("%.2f dB/s", fastest), Holds: fastest <= 6})
	return []Figure{{
		Name: "steps", Caption: "Five talkers of −20, −34, −10, −28 and −16 dBm0 for 12 s each. The gain goes to what each needs within some seconds of their speech and rests in between.",
		Chart: plot.Chart{
			Title: "Automatic gain: talkers of different levels", X: plot.Axis{Label: "time (s)"}, Y: plot.Axis{Label: "dBm0, dB"}, Series: []plot.Series{before, after, gain},
		},
	}}
}

func levelLimiter(p *Page) []Figure {
	const threshold = -3.0
	curve, same := plot.Series{Name: "limiter at −3 dBm0", Marks: true}, plot.Series{Name: "unchanged", Dashed: true}
	t := Table{
		Caption: "Distortion of a steady tone over the threshold of −10 dBm0, in dB below it",
		Head:    []string{"over (dB)", "100 Hz", "300 Hz", "437 Hz", "1,020 Hz", "1,237 Hz", "3,000 Hz"},
	}
	var distorted []plot.Series
	for in := -20.0; in <= 3; in++ {
		s := levelSine(1020, in, 16000)
		level.NewLimiter(threshold).Process(s)
		curve.Points = append(curve.Points, plot.Point{X: in, Y: level.Of(s[8000:])})
		same.Points = append(same.Points, plot.Point{X: in, Y: in})
	}
	tones := []float64{100, 300, 437, 1020, 1237, 3000}
	for _, hz := range tones {
		distorted = append(distorted, plot.Series{Name: fmt.Sprintf("%.0f Hz", hz), Marks: true})
	}
	worst := math.Inf(-1)
	for over := 1.0; over <= 13; over += 2 {
		row := []string{fmt.Sprintf("%.0f", over)}
		for i, hz := range tones {
			s := levelSine(hz, -10+over, 24000)
			level.NewLimiter(-10).Process(s)
			d := mixBeside(s[8000:], hz)
			worst = max(worst, d)
			row = append(row, fmt.Sprintf("%.0f", d))
			distorted[i].Points = append(distorted[i].Points, plot.Point{X: over, Y: d})
		}
		t.Rows = append(t.Rows, row)
	}
	p.Tables = append(p.Tables, t)
	beyond := levelOvershoot()
	p.Verdicts = append(
		p.Verdicts,
		Verdict{What: "limiter: samples above the threshold, of 8 million", Wanted: "0", Measured: fmt.Sprint(beyond), Holds: beyond == 0},
		Verdict{What: "limiter: distortion of a tone up to 13 dB over", Wanted: "at most −40 dB", Measured: fmt.Sprintf("%.1f dB", worst), Holds: worst <= -40},
	)
	return []Figure{
		{
			Name: "limiter", Caption: "Below the threshold nothing is changed.",
			Chart: plot.Chart{Title: "Limiter: level out over level in, a tone of 1,020 Hz", X: plot.Axis{Label: "level in (dBm0)"}, Y: plot.Axis{Label: "level out (dBm0)"}, Series: []plot.Series{curve, same}},
		},
		{
			Name: "distortion", Caption: "The gain does not follow the wave, so that a tone stays a tone.",
			Chart: plot.Chart{Title: "Limiter: distortion", X: plot.Axis{Label: "level over the threshold (dB)"}, Y: plot.Axis{Label: "dB below the tone"}, Series: distorted},
		},
	}
}

// levelOvershoot sends what is most sudden through limiters of several thresholds and counts the samples that pass them.
func levelOvershoot() (beyond int) {
	random := rand.New(rand.NewPCG(2, 16))
	for k := range 100 {
		dBm0 := -20 + float64(k)/5
		top := int16(math.Floor(level.Peak(dBm0)))
		l := level.NewLimiter(dBm0)
		for range 400 {
			s := make([]int16, 200)
			loud := math.Pow(10, 4.7*random.Float64())
			for i := range s {
				s[i] = level.Clip(loud * random.NormFloat64())
			}
			s[random.IntN(200)] = math.MinInt16
			l.Process(s)
			for _, x := range s {
				if x > top || x < -top {
					beyond++
				}
			}
		}
	}
	return beyond
}
