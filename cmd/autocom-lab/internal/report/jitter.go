package report

import (
	"context"
	"fmt"
	"slices"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/jitter/trace"
	"autocom/dsp/plc/listen"
)

// Jitter is the buffer that puts packets back in order and in time.
func Jitter() Subject {
	return Subject{Name: "jitter", Measure: measureJitter}
}

// jitterLimits are what each network may cost: packets that came too late, samples made up besides those of lost packets (as parts of all), and the
// usual delay beyond the network's own least, in ms.
func jitterLimits() map[string]struct{ late, madeUp, usual float64 } {
	return map[string]struct{ late, madeUp, usual float64 }{
		"burst": {0.5, 0.7, 70}, "dsl": {0, 0.2, 45}, "dtx": {0, 5, 70}, "lte": {0, 0.4, 80}, "paths": {0, 0.2, 65},
		"resets": {0, 0.4, 50}, "satellite": {0, 0.3, 85}, "stall": {0, 1, 50}, "wifi": {0, 0.7, 90},
	}
}

func measureJitter(ctx context.Context, _ string) (Page, error) {
	p := Page{
		Title: "Uneven networks",
		Intro: "Each network is a trace of 50 s (dsp/jitter/trace), made up from a model of such a network with a fixed seed. A spoken sentence is sent over it in packets of 20 ms, " +
			"and 20 ms are pulled at each tick. The delay runs from when a sample is said to when it is played. *Made up* is what concealment said, besides the packets that the network lost; " +
			"where a peer sends nothing in its pauses, each pause begins with up to 60 ms of it. The delay is what 98 in 100 packets need, from 20 to 120 ms above the network's own; " +
			"it changes by whole pitch periods or in silence.",
	}
	voice := listen.Sentence()
	limits := jitterLimits()
	table := Table{
		Caption: "In packets, ms, and parts of all samples. The delay is beyond the least of the network.",
		Head:    []string{"network", "sent", "lost", "twice", "late", "made up besides", "usual delay", "95 in 100", "most", "left out", "said twice"},
	}
	for _, t := range trace.All() {
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		r := trace.Play(t, voice)
		base := slices.MinFunc(t.Packets, func(a, b trace.Packet) int { return int(a.Arrival - a.Sent - b.Arrival + b.Sent) })
		own := float64(base.Arrival-base.Sent) / 8
		var delays []float64
		for _, k := range r.Ticks {
			if k.Delay >= 0 {
				delays = append(delays, float64(k.Delay)/8-own)
			}
		}
		slices.Sort(delays)
		late := 100 * float64(r.Late(t)) / float64(t.Sent)
		madeUp := 100 * float64(r.Lost-trace.Size*t.Lost) / float64(r.Heard+r.Lost)
		usual := delays[len(delays)/2]
		limit := limits[t.Name]
		p.Verdicts = append(p.Verdicts, Verdict{
			What:     t.Name + ": late packets, made up besides lost ones, usual delay",
			Wanted:   fmt.Sprintf("≤ %.1f %%, ≤ %.1f %%, ≤ %.0f ms", limit.late, limit.madeUp, limit.usual),
			Measured: fmt.Sprintf("%.1f %%, %.2f %%, %.0f ms", late, madeUp, usual),
			Holds:    late <= limit.late && madeUp <= limit.madeUp && usual <= limit.usual,
		})
		table.Rows = append(table.Rows, []string{
			t.Name, fmt.Sprint(t.Sent), fmt.Sprint(t.Lost), fmt.Sprint(r.Counts.Duplicate), fmt.Sprint(r.Late(t)), fmt.Sprintf("%.2f %%", madeUp),
			fmt.Sprintf("%.0f", usual), fmt.Sprintf("%.0f", delays[len(delays)*95/100]), fmt.Sprintf("%.0f", delays[len(delays)-1]),
			fmt.Sprintf("%d ms", r.Counts.Trimmed/8), fmt.Sprintf("%d ms", r.Counts.Stretched/8),
		})
		p.Figures = append(p.Figures, jitterFigure(t, r, own))
	}
	p.Tables = append(p.Tables, table)
	drift, verdict := jitterDrift(voice)
	p.Figures = append(p.Figures, drift)
	p.Verdicts = append(p.Verdicts, verdict)
	return p, nil
}

// jitterFigure shows half seconds: the packets' delay at its most, and what the buffer made of it.
func jitterFigure(t trace.Trace, r trace.Result, own float64) Figure {
	const half = 25 // ticks
	network := plot.Series{Name: "network, worst packet", Dashed: true}
	target := plot.Series{Name: "target"}
	delay := plot.Series{Name: "as played, longest"}
	lost := plot.Series{Name: "made up"}
	for from := 0; from < len(r.Ticks)-half-50; from += half {
		x := float64(from) / 50
		worst := 0.0
		for _, p := range t.Packets {
			if int(p.Sent/trace.Size) >= from && int(p.Sent/trace.Size) < from+half {
				worst = max(worst, float64(p.Arrival-p.Sent)/8)
			}
		}
		longest, gone := 0, 0
		for _, k := range r.Ticks[from : from+half] {
			longest, gone = max(longest, k.Delay), gone+k.Lost
		}
		network.Points = append(network.Points, plot.Point{X: x, Y: worst})
		target.Points = append(target.Points, plot.Point{X: x, Y: own + float64(r.Ticks[from].Target)/8})
		delay.Points = append(delay.Points, plot.Point{X: x, Y: float64(longest) / 8})
		lost.Points = append(lost.Points, plot.Point{X: x, Y: float64(gone) / 8})
	}
	return Figure{
		Name:    t.Name,
		Caption: t.About + " Each point is half a second. The target is drawn above the network's least delay.",
		Chart: plot.Chart{
			Title: "Delay: " + t.Name, X: plot.Axis{Label: "time (s)"}, Y: plot.Axis{Label: "ms"},
			Series: []plot.Series{network, target, delay, lost},
		},
	}
}

func jitterDrift(voice []int16) (Figure, Verdict) {
	const hour = 3600
	f := Figure{
		Name: "drift",
		Caption: "An hour between two clocks that differ by 200 parts in a million, 720 ms in all. The delay is held where it should be by pitch periods left out or said twice; " +
			"TestAnHourOfDriftIsNotHeard (dsp/jitter) shows that none of them clicks.",
		Chart: plot.Chart{Title: "Delay as two clocks drift apart", X: plot.Axis{Label: "time (min)"}, Y: plot.Axis{Label: "delay (ms)", From: 0, To: 80}},
	}
	holds, measured := true, ""
	for _, ppm := range []int64{200, -200} {
		r := trace.Play(trace.Drift(hour, ppm), voice)
		s := plot.Series{Name: fmt.Sprintf("the sender %.0f ppm slow", float64(ppm))}
		if ppm < 0 {
			s.Name = fmt.Sprintf("the sender %.0f ppm fast", float64(-ppm))
		}
		least, most := 1<<30, 0
		missing := 0
		for i, k := range r.Ticks {
			if i > 5 {
				missing += k.Lost
				least, most = min(least, k.Delay), max(most, k.Delay)
			}
			if i%1000 == 500 {
				s.Points = append(s.Points, plot.Point{X: float64(i) / 3000, Y: float64(k.Delay) / 8})
			}
		}
		f.Chart.Series = append(f.Chart.Series, s)
		holds = holds && missing == 0 && least >= 0 && most <= 480
		measured += fmt.Sprintf("%+d ppm: %.0f to %.0f ms, %d samples made up, %d ms left out, %d ms said twice; ",
			ppm, float64(least)/8, float64(most)/8, missing, r.Counts.Trimmed/8, r.Counts.Stretched/8)
	}
	return f, Verdict{"an hour of drift", "delay from 0 to 60 ms, nothing made up", measured[:len(measured)-2], holds}
}
