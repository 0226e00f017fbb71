package report

import (
	"context"
	"fmt"
	"math"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/resample"
)

// The limits of conversions towards the telephone.
const (
	telephoneRate = 8000
	passEdge      = 3400.0 // Hz
	flatness      = 0.1    // dB, up to passEdge
	aliasLimit    = -70.0  // dB, above half of telephoneRate
)

// Resample is what the conversion of uploaded sounds to 8 kHz keeps, and what of the rest folds back.
func Resample() Subject { return Subject{Name: "resample", Measure: measureResample} }

func measureResample(ctx context.Context, _ string) (Page, error) {
	p := Page{
		Title: "Conversion of sampling rates",
		Intro: "Sounds that are uploaded come at any rate and are played at 8 kHz. The conversion is a polyphase low-pass filter: a sinc under a Kaiser window, as long as " +
			"the ratio of the rates asks for. Each point is a sine of that frequency, at full scale, converted on its own; what is measured is everything that comes out, so above " +
			"4,000 Hz it is alias and nothing else. 44,101 Hz is here because its ratio needs 8,000 phases: coefficients between 1,024 of them are interpolated.",
	}
	rates := []int{11025, 12000, 16000, 22050, 24000, 32000, 44100, 44101, 48000, 88200, 96000, 192000}
	table := Table{
		Caption: "Towards 8 kHz, by the rate of the file.",
		Head:    []string{"rate (Hz)", "ratio", "largest deviation to 3,400 Hz (dB)", "at 3,600 Hz (dB)", "highest alias (dB)", "of a sine at (Hz)", "swept sine, highest 20 ms (dB)"},
	}
	shown := map[int]bool{11025: true, 16000: true, 44100: true, 48000: true}
	var pass, stop []plot.Series
	flat, alias, swept := 0.0, math.Inf(-1), math.Inf(-1)
	for _, rate := range rates {
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		inBand, deviation, err := overBand(rate)
		if err != nil {
			return Page{}, err
		}
		above, worst, at, err := overStop(rate)
		if err != nil {
			return Page{}, err
		}
		sweep, err := sweptAlias(rate)
		if err != nil {
			return Page{}, err
		}
		corner, err := through(3600, rate, telephoneRate)
		if err != nil {
			return Page{}, err
		}
		flat, alias, swept = max(flat, deviation), max(alias, worst), max(swept, sweep)
		if shown[rate] {
			name := fmt.Sprintf("%d Hz", rate)
			pass = append(pass, plot.Series{Name: name, Points: inBand})
			stop = append(stop, plot.Series{Name: name, Points: above})
		}
		g := common(rate, telephoneRate)
		table.Rows = append(table.Rows, []string{
			fmt.Sprint(rate), fmt.Sprintf("%d/%d", telephoneRate/g, rate/g), fmt.Sprintf("%.4f", deviation), fmt.Sprintf("%.2f", corner),
			fmt.Sprintf("%.1f", worst), fmt.Sprintf("%.0f", at), fmt.Sprintf("%.1f", sweep),
		})
	}
	up, err := images()
	if err != nil {
		return Page{}, err
	}
	limit := func(x0, x1, y float64) plot.Series {
		return plot.Series{Name: "limit", Dashed: true, Points: []plot.Point{{X: x0, Y: y}, {X: x1, Y: y}}}
	}
	p.Figures = []Figure{
		{"band", "The band a telephone carries, enlarged: all rates lie on one line, far within the limits, and the fall begins behind 3,400 Hz.", plot.Chart{
			Title: "Gain towards 8 kHz in the band", X: plot.Axis{Label: "frequency (Hz)", From: 0, To: 3600}, Y: plot.Axis{Label: "gain (dB)", From: -0.3, To: 0.15},
			Series: append(pass, limit(0, passEdge, flatness), limit(0, passEdge, -flatness)),
		}},
		{"alias", "The whole of what a file may hold: flat to 3,400 Hz, and above 4,000 Hz, where everything that passes would fold back into the band as a false tone, gone.", plot.Chart{
			Title: "What comes out, by the frequency that goes in", X: plot.Axis{Label: "frequency (Hz)", From: 100, To: 24000, Log: true}, Y: plot.Axis{Label: "level (dB)", From: -140, To: 10},
			Series: append(stop, limit(4000, 24000, aliasLimit)),
		}},
	}
	p.Tables = []Table{table}
	p.Verdicts = []Verdict{
		{"gain from 50 to 3,400 Hz, all rates", fmt.Sprintf("0 ± %.1f dB", flatness), fmt.Sprintf("within %.4f dB", flat), flat <= flatness},
		{"alias of a sine above 4,000 Hz, all rates", fmt.Sprintf("≤ %.0f dB", aliasLimit), fmt.Sprintf("%.1f dB", alias), alias <= aliasLimit},
		{"alias of a sine swept from 4,000 Hz to half the rate", fmt.Sprintf("≤ %.0f dB", aliasLimit), fmt.Sprintf("%.1f dB", swept), swept <= aliasLimit},
		{"images from 8 kHz to 16, 24, 44.1 and 48 kHz", fmt.Sprintf("≤ %.0f dB", aliasLimit), fmt.Sprintf("%.1f dB", up), up <= aliasLimit},
	}
	return p, nil
}

func common(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// sineAt is a quarter of a second of a sine at full scale.
func sineAt(hz float64, rate int) []float32 {
	s := make([]float32, rate/4)
	for i := range s {
		s[i] = float32(math.Sin(2 * math.Pi * hz * float64(i) / float64(rate)))
	}
	return s
}

// through is the level of everything that becomes of a sine, in dB, without the filter's beginning and end.
func through(hz float64, from, to int) (float64, error) {
	out, err := resample.All(sineAt(hz, from), from, to)
	if err != nil {
		return 0, err
	}
	cut := len(out) / 8
	sum := 0.0
	for _, v := range out[cut : len(out)-cut] {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(2*sum/float64(len(out)-2*cut)+1e-14), nil
}

func overBand(rate int) (line []plot.Point, deviation float64, err error) {
	for hz := 50.0; hz <= 3600; hz += 25 {
		out, err := resample.All(sineAt(hz, rate), rate, telephoneRate)
		if err != nil {
			return nil, 0, err
		}
		g, _ := fit(out, hz, telephoneRate)
		line = append(line, plot.Point{X: hz, Y: g})
		if hz <= passEdge {
			deviation = max(deviation, math.Abs(g))
		}
	}
	return line, deviation, nil
}

// overStop goes through all a file may hold; only what is above half of the telephone's rate counts as alias.
func overStop(rate int) (line []plot.Point, worst, at float64, err error) {
	worst = math.Inf(-1)
	for hz := 100.0; hz < float64(rate)/2; {
		g, err := through(hz, rate, telephoneRate)
		if err != nil {
			return nil, 0, 0, err
		}
		line = append(line, plot.Point{X: hz, Y: g})
		if hz > telephoneRate/2 && g > worst {
			worst, at = g, hz
		}
		if hz < 3000 {
			hz *= 1.1
		} else {
			hz += max(20, hz/200)
		}
	}
	return line, worst, at, nil
}

// sweptAlias is the loudest 20 ms of what comes back of a sine that goes from 4,000 Hz to half the rate in two seconds.
func sweptAlias(rate int) (float64, error) {
	n := 2 * rate
	s := make([]float32, n)
	phase, low, high := 0.0, telephoneRate/2.0, float64(rate)/2
	for i := range s {
		phase += 2 * math.Pi * low * math.Pow(high/low, float64(i)/float64(n)) / float64(rate)
		edge := min(1, 20*float64(i)/float64(rate), 20*float64(n-i)/float64(rate)) // 50 ms: a sharp beginning has every frequency in it
		s[i] = float32(math.Sin(phase) * (1 - math.Cos(math.Pi*edge)) / 2)
	}
	out, err := resample.All(s, rate, telephoneRate)
	if err != nil {
		return 0, err
	}
	worst := 0.0
	for i := 0; i+160 <= len(out); i += 160 {
		sum := 0.0
		for _, v := range out[i : i+160] {
			sum += float64(v) * float64(v)
		}
		worst = max(worst, sum/80)
	}
	return 10 * math.Log10(worst+1e-14), nil
}

// images is the highest of what is not the sine when a telephone's sound is converted upwards, found by taking the best sine of its frequency away.
func images() (float64, error) {
	worst := math.Inf(-1)
	for _, to := range []int{16000, 24000, 44100, 48000} {
		for _, hz := range []float64{300, 1000, 2000, 3000, 3400} {
			out, err := resample.All(sineAt(hz, telephoneRate), telephoneRate, to)
			if err != nil {
				return 0, err
			}
			_, rest := fit(out, hz, to)
			worst = max(worst, rest)
		}
	}
	return worst, nil
}

// fit finds the best sine of a frequency in samples, and gives its level and that of what is left without it, in dB, beginning and end apart.
func fit(x []float32, hz float64, rate int) (sine, rest float64) {
	cut := len(x) / 8
	var ss, sc, cc, ys, yc, yy float64
	for i := cut; i < len(x)-cut; i++ {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		y := float64(x[i])
		ss, sc, cc, ys, yc, yy = ss+s*s, sc+s*c, cc+c*c, ys+y*s, yc+y*c, yy+y*y
	}
	det := ss*cc - sc*sc
	a, b := (ys*cc-yc*sc)/det, (yc*ss-ys*sc)/det
	n := float64(len(x) - 2*cut)
	return 10 * math.Log10(a*a+b*b+1e-14), 10 * math.Log10(2*max(yy-a*ys-b*yc, 0)/n+1e-14)
}
