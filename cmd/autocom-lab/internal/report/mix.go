package report

import (
	"context"
	"fmt"
	"math"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/level"
	"autocom/dsp/mix"
)

// Limits of the page.
const (
	mixRampLimit = -80.0 // dBm0 above 3.4 kHz
	mixStopLimit = -55.0
	mixDistorted = -50.0 // dB below the tone
	mixSteady    = 0.5   // dB
)

// Mix is the conference: whether anything clicks that joins, leaves, is held or stops, and what happens to sums that do not fit.
func Mix() Subject {
	return Subject{Name: "mix", Measure: measureMix}
}

func measureMix(ctx context.Context, _ string) (Page, error) {
	p := Page{
		Title: "Adding up voices",
		Intro: "Each party hears the others and never itself. Clicks are measured as the loudest 16 ms above 3.4 kHz (Blackman-Harris window), where the tones used here " +
			"have nothing. Overload is four parties who say the same tone at once, in dB by which the sum's peak passes full scale; the sum is heard unchanged up to 3 dB below full scale. " +
			"That sums are exact to the bit, and what the limiter makes of those that do not fit, is held against a reference of 64-bit numbers by the package's tests.",
	}
	for _, part := range []func(*Page) Figure{mixClicks, mixDistortion, mixCurve, mixPumping} {
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		p.Figures = append(p.Figures, part(&p))
	}
	return p, nil
}

// mixTone is a tone of a peak (1 is full scale), from a sample on.
func mixTone(hz, peak float64, from, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = level.Clip(32768 * peak * math.Sin(2*math.Pi*hz*float64(from+i)/8000))
	}
	return s
}

// mixAbove gives what lies above 3.4 kHz in 128 samples, in dBm0.
func mixAbove(s []int16) float64 {
	power := 0.0
	for bin := 55; bin < 64; bin++ {
		var re, im float64
		for i, v := range s[:128] {
			a := 2 * math.Pi * float64(i) / 128
			w := 0.35875 - 0.48829*math.Cos(a) + 0.14128*math.Cos(2*a) - 0.01168*math.Cos(3*a)
			re += w * float64(v) * math.Cos(a*float64(bin))
			im += w * float64(v) * math.Sin(a*float64(bin))
		}
		power += 2 * (re*re + im*im) / (128 * 128) / 0.258
	}
	return level.OfPower(power)
}

// mixHear gives what party 1 hears of party 0, who says a tone of −10 dBm0; change is called before each of 20 frames and gives how many of its
// samples are missing at the end.
func mixHear(hz float64, change func(m *mix.Mixer, frame int) (missing int)) (heard []int16) {
	m, err := mix.New(2)
	if err != nil {
		return nil // not reached: two parties fit
	}
	out := [][]int16{nil, make([]int16, 160)}
	for f := range 20 {
		missing := change(m, f)
		m.Frame(out, [][]int16{mixTone(hz, level.Peak(-10)/32768, 160*f, 160-missing)})
		heard = append(heard, out[1]...)
	}
	return heard
}

func mixClicks(p *Page) Figure {
	cases := []struct {
		name   string
		limit  float64
		change func(m *mix.Mixer, f int) int
	}{
		{"joins and leaves", mixRampLimit, func(m *mix.Mixer, f int) int {
			switch f {
			case 5:
				m.Hear(1, 0)
			case 12:
				m.Hear(1)
			}
			return 0
		}},
		{"is held and taken back every 20 ms", mixRampLimit, func(m *mix.Mixer, f int) int {
			m.Hear(1, []int{0}[:f%2]...)
			return 0
		}},
		{"is turned down by 20 dB, up by 23", mixRampLimit, func(m *mix.Mixer, f int) int {
			m.Hear(1, 0)
			switch f {
			case 5:
				m.Gain(0, -20)
			case 12:
				m.Gain(0, 3)
			}
			return 0
		}},
		{"whose sound stops in mid-word", mixStopLimit, func(m *mix.Mixer, f int) int {
			m.Hear(1, 0)
			if f >= 12 {
				return 160
			}
			return 0
		}},
		{"that is gone, its place given away", mixStopLimit, func(m *mix.Mixer, f int) int {
			if f < 12 {
				m.Hear(1, 0)
				return 0
			}
			m.Cut(0)
			return 160
		}},
	}
	hard := func(hz float64) (s []int16) { // what a mixer without ramps would give
		s = make([]int16, 3200)
		copy(s[800:1920+53], mixTone(hz, level.Peak(-10)/32768, 807, 1120+53))
		return s
	}
	worst := func(s []int16) float64 {
		w := level.Floor
		for at := 0; at+128 <= len(s); at += 16 {
			w = max(w, mixAbove(s[at:]))
		}
		return w
	}
	tones := []float64{200, 440, 1020}
	t := Table{Caption: "The loudest 16 ms above 3.4 kHz, in dBm0, of a tone of −10 dBm0", Head: []string{"what happens", "200 Hz", "440 Hz", "1,020 Hz"}}
	for _, c := range cases {
		row, most := []string{c.name}, level.Floor
		for _, hz := range tones {
			w := worst(mixHear(hz, c.change))
			row, most = append(row, fmt.Sprintf("%.0f", w)), max(most, w)
		}
		t.Rows = append(t.Rows, row)
		p.Verdicts = append(p.Verdicts, Verdict{
			What: "click: a party " + c.name, Wanted: fmt.Sprintf("at most %.0f dBm0", c.limit), Measured: fmt.Sprintf("%.1f dBm0", most), Holds: most <= c.limit,
		})
	}
	row := []string{"begins and stops at once, without any care"}
	for _, hz := range tones {
		row = append(row, fmt.Sprintf("%.0f", worst(hard(hz))))
	}
	t.Rows = append(t.Rows, row)
	p.Tables = append(p.Tables, t)

	over := func(name string, s []int16) (c plot.Series) {
		c.Name = name
		for at := 0; at+128 <= len(s); at += 16 {
			c.Points = append(c.Points, plot.Point{X: float64(at+64) / 8, Y: mixAbove(s[at:])})
		}
		return c
	}
	return Figure{
		Name:    "click",
		Caption: "A party that joins at 100 ms and is gone at 240 ms, by its listener's list or because its sound stops, against one that is switched on and off. Silence and the steady tone both lie at the floor.",
		Chart: plot.Chart{
			Title: "What is heard above 3.4 kHz of a tone of 440 Hz, −10 dBm0", X: plot.Axis{Label: "time (ms)"}, Y: plot.Axis{Label: "dBm0", From: -100, To: -30},
			Series: []plot.Series{
				over("joins and leaves", mixHear(440, cases[0].change)),
				over("its sound stops", mixHear(440, cases[3].change)),
				over("without any care", hard(440)),
			},
		},
	}
}

// mixOverload gives what a listener hears of four parties whose sum is a tone of that peak, besides what a sum that is clipped would give.
func mixOverload(hz, peak float64, count int) (heard, clipped []int16) {
	m, err := mix.New(5)
	if err != nil {
		return nil, nil // not reached: five parties fit
	}
	m.Hear(4, 0, 1, 2, 3)
	out := [][]int16{4: make([]int16, 160)}
	m.Frame(out, [][]int16{make([]int16, 160), make([]int16, 160), make([]int16, 160), make([]int16, 160)})
	for f := range count {
		v := mixTone(hz, peak/4, 160*f, 160)
		m.Frame(out, [][]int16{v, v, v, v})
		heard = append(heard, out[4]...)
		for _, x := range v {
			clipped = append(clipped, level.Clip(4*float64(x)))
		}
	}
	return heard, clipped
}

// mixBeside gives what is in s besides a tone, in dB below it.
func mixBeside(s []int16, hz float64) float64 {
	var re, im, total float64
	for i, x := range s {
		a := 2 * math.Pi * hz * float64(i) / 8000
		re += float64(x) * math.Cos(a)
		im += float64(x) * math.Sin(a)
		total += float64(x) * float64(x)
	}
	own := 2 * (re*re + im*im) / float64(len(s))
	return 10 * math.Log10(max(total-own, 1e-9)/own)
}

func mixDistortion(p *Page) Figure {
	ours, first, hard := plot.Series{Name: "mixer, steady", Marks: true}, plot.Series{Name: "mixer, the first 20 ms", Marks: true}, plot.Series{Name: "clipped", Marks: true}
	t := Table{
		Caption: "Distortion of overload, in dB below the tone, of the mixer when steady, by the tone",
		Head:    []string{"overload (dB)", "100 Hz", "300 Hz", "400 Hz", "437 Hz", "1,020 Hz", "1,237 Hz", "3,000 Hz"},
	}
	worst := math.Inf(-1)
	for over := -6.0; over <= 12; over += 2 {
		peak := math.Pow(10, over/20)
		row := []string{fmt.Sprintf("%+.0f", over)}
		for _, hz := range []float64{100, 300, 400, 437, 1020, 1237, 3000} {
			heard, clipped := mixOverload(hz, peak, 100)
			d := mixBeside(heard[8000:], hz)
			row = append(row, fmt.Sprintf("%.0f", d))
			worst = max(worst, d)
			if hz == 400 { // whose periods fill 20 ms
				ours.Points = append(ours.Points, plot.Point{X: over, Y: d})
				first.Points = append(first.Points, plot.Point{X: over, Y: mixBeside(heard[:160], hz)})
				hard.Points = append(hard.Points, plot.Point{X: over, Y: mixBeside(clipped[8000:], hz)})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	p.Tables = append(p.Tables, t)
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "distortion of steady overload, −6 to +12 dB", Wanted: fmt.Sprintf("at most %.0f dB", mixDistorted), Measured: fmt.Sprintf("%.1f dB", worst), Holds: worst <= mixDistorted,
	})
	return Figure{
		Name:    "distortion",
		Caption: "A sum that does not fit is turned down. Only the first millisecond of a sudden overload goes through a bend; what clipping would do to all of it is the dotted curve.",
		Chart: plot.Chart{
			Title: "Distortion of a sum that does not fit, 400 Hz", X: plot.Axis{Label: "overload: the sum's peak over full scale (dB)"}, Y: plot.Axis{Label: "dB below the tone"},
			Series: []plot.Series{ours, first, hard},
		},
	}
}

func mixCurve(p *Page) Figure {
	ours, sum := plot.Series{Name: "heard", Marks: true}, plot.Series{Name: "the sum", Dashed: true}
	exact, peak := true, 0
	for over := -24.0; over <= 12; over += 3 {
		heard, clipped := mixOverload(440, math.Pow(10, over/20), 60)
		top := 0
		for i, x := range heard[4800:] {
			top = max(top, int(x), -int(x))
			if over <= -3.01 {
				exact = exact && x == clipped[4800+i]
			}
		}
		for _, x := range heard {
			peak = max(peak, int(x), -int(x))
		}
		ours.Points = append(ours.Points, plot.Point{X: over, Y: 20 * math.Log10(float64(top)/32768)})
		sum.Points = append(sum.Points, plot.Point{X: over, Y: over})
	}
	below, _ := mixOverload(440, math.Pow(10, -3.05/20), 60)
	for i := range below {
		exact = exact && below[i] == 4*mixTone(440, math.Pow(10, -3.05/20)/4, i, 1)[0]
	}
	p.Verdicts = append(
		p.Verdicts,
		Verdict{What: "sums with a peak of −3.05 dB and less of full scale", Wanted: "exact to the bit", Measured: map[bool]string{true: "exact", false: "changed"}[exact], Holds: exact},
		Verdict{What: "loudest sample at +12 dB of sudden overload", Wanted: "below 32,767", Measured: fmt.Sprint(peak), Holds: peak < 32767},
	)
	return Figure{
		Name: "curve", Caption: "Up to 3 dB below full scale nothing is changed; above, the peak stays there.",
		Chart: plot.Chart{
			Title: "Peak of what is heard over the peak of the sum, steady", X: plot.Axis{Label: "the sum's peak (dB of full scale)"}, Y: plot.Axis{Label: "dB of full scale"},
			Series: []plot.Series{ours, sum},
		},
	}
}

// mixPumping lets one party speak quietly and steadily while two others shout for half a second.
func mixPumping(p *Page) Figure {
	m, err := mix.New(4)
	if err != nil {
		return Figure{} // not reached: four parties fit
	}
	m.Hear(3, 0, 1, 2)
	out := [][]int16{3: make([]int16, 160)}
	var heard []int16
	for f := range 75 {
		in := [][]int16{mixTone(1000, level.Peak(-25)/32768, 160*f, 160), nil, nil}
		if f >= 25 && f < 50 {
			in[1] = mixTone(300, level.Peak(2)/32768, 160*f, 160)
			in[2] = in[1]
		}
		m.Frame(out, in)
		heard = append(heard, out[3]...)
	}
	quiet := func(at int) float64 { // over 50 ms, which hold whole periods of both tones
		var re, im float64
		for i := at - 200; i < at+200; i++ {
			re += float64(heard[i]) * math.Cos(2*math.Pi*1000*float64(i)/8000)
			im += float64(heard[i]) * math.Sin(2*math.Pi*1000*float64(i)/8000)
		}
		return level.OfPower(2 * (re*re + im*im) / (400 * 400))
	}
	s := plot.Series{Name: "the quiet party"}
	low, high, back := math.Inf(1), math.Inf(-1), 0.0
	for at := 800; at+200 <= len(heard); at += 40 {
		l := quiet(at)
		s.Points = append(s.Points, plot.Point{X: float64(at) / 8, Y: l})
		if at >= 4000+480 && at <= 8000-240 {
			low, high = min(low, l), max(high, l)
		}
		if at > 8000 && math.Abs(l+25) > 0.5 {
			back = float64(at-8000) / 8
		}
	}
	p.Verdicts = append(
		p.Verdicts,
		Verdict{What: "movement of a quiet voice while others overload the sum", Wanted: fmt.Sprintf("at most %.1f dB", mixSteady), Measured: fmt.Sprintf("%.2f dB", high-low), Holds: high-low <= mixSteady},
		Verdict{What: "until it is back within 0.5 dB after them", Wanted: "at most 150 ms", Measured: fmt.Sprintf("%.0f ms", back), Holds: back <= 150},
	)
	return Figure{
		Name:    "pumping",
		Caption: "Two parties shout from 500 to 1,000 ms, so that the sum would be 8 dB over full scale. The third is turned down with them, by a steady amount, and comes back at once.",
		Chart: plot.Chart{
			Title: "Level of a quiet party (1,000 Hz, −25 dBm0) while others shout", X: plot.Axis{Label: "time (ms)"}, Y: plot.Axis{Label: "dBm0", From: -45, To: -20},
			Series: []plot.Series{s},
		},
	}
}
