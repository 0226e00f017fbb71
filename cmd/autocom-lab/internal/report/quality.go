package report

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/quality"
)

// qualityPackets is how many packets each made-up network carries: eleven hours of 20 ms; the rarest runs of losses then number 5,000.
const qualityPackets = 2_000_000

// Quality is the rating of calls: what G.107's formulas say over loss, burstiness and delay, and whether what the meter
// counts of made-up networks gives the rating that the network was made for.
func Quality() Subject {
	return Subject{Name: "quality", Measure: measureQuality}
}

func measureQuality(ctx context.Context, _ string) (Page, error) {
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	r0 := quality.R(quality.Conditions{})
	p := Page{
		Title: "How good a call sounded",
		Intro: "ITU-T G.107 (the E-model) gives a rating R from 0 to 100 for what a network does to a call, and its Annex B the score from 1 to 4.5 that " +
			"people would give. G.711 is impaired by loss according to whether it is concealed (Bpl 25.1, else 4.3: G.113 Appendix I) and according to how the " +
			"losses crowd (BurstR, G.107 §3.5). The meter sorts packets into gaps and bursts by RFC 3611 §4.7.2 and finds BurstR from the runs of losses. The marks are " +
			fmt.Sprintf("measured: %d packets lost by chance, by the two states of G.107 §3.5, with fixed seeds.", qualityPackets),
	}
	p.Figures = append(p.Figures, overLoss(&p), overDelay(), scores(), burstiness(&p))
	p.Verdicts = append([]Verdict{
		{
			What: "R with nothing wrong (G.107, all defaults)", Wanted: "93.2", Measured: fmt.Sprintf("%.2f", r0),
			Holds: math.Abs(r0-93.2) < 0.05,
		},
		{
			What: "score at R 93.2 (G.107 Annex B)", Wanted: "4.41", Measured: fmt.Sprintf("%.2f", quality.MOS(93.2)),
			Holds: math.Abs(quality.MOS(93.2)-4.41) < 0.005,
		},
		delayVerdict(),
	}, p.Verdicts...)
	p.Tables = append(p.Tables, categories())
	return p, nil
}

// network makes the counts of packets lost at that rate (0 to 1) and burstiness.
func network(loss, burst float64, seed uint64) quality.Counts {
	random := rand.New(rand.NewPCG(107, seed))
	p, q := loss/burst, (1-loss)/burst
	var m quality.Meter
	lost := false
	for range qualityPackets {
		if x := random.Float64(); lost && x < q || !lost && x < p {
			lost = !lost
		}
		if lost {
			m.Take(quality.Lost)
		} else {
			m.Take(quality.Received)
		}
	}
	return m.Counts()
}

func overLoss(p *Page) Figure {
	chart := plot.Chart{
		Title: "Rating over loss",
		X:     plot.Axis{Label: "packets lost (%)", From: 0, To: 20}, Y: plot.Axis{Label: "R", From: 0, To: 100},
	}
	worst := 0.0
	for _, kind := range []struct {
		name      string
		burst     float64
		concealed bool
	}{
		{"concealed, at random", 1, true},
		{"concealed, BurstR 2", 2, true},
		{"silence instead, at random", 1, false},
		{"silence instead, BurstR 2", 2, false},
	} {
		formula, measured := plot.Series{Name: kind.name}, plot.Series{Name: "the same, measured", Marks: true, Dashed: true}
		for loss := 0.0; loss <= 20; loss += 0.25 {
			formula.Points = append(formula.Points, plot.Point{X: loss, Y: quality.R(quality.Conditions{Loss: loss, Burst: kind.burst, Concealed: kind.concealed})})
		}
		for i, loss := range []float64{0.5, 1, 2, 5, 10, 15, 20} {
			c := network(loss/100, kind.burst, uint64(100*kind.burst)+uint64(i))
			got := quality.R(c.Conditions(0, kind.concealed))
			want := quality.R(quality.Conditions{Loss: loss, Burst: kind.burst, Concealed: kind.concealed})
			worst = max(worst, math.Abs(got-want))
			measured.Points = append(measured.Points, plot.Point{X: loss, Y: got})
		}
		chart.Series = append(chart.Series, formula)
		if kind.concealed {
			chart.Series = append(chart.Series, measured)
		}
	}
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "rating of a network by the meter, against the one it was made for", Wanted: "within 2.0 points", Measured: fmt.Sprintf("at most %.1f apart", worst),
		Holds: worst <= 2,
	})
	return Figure{
		Name: "loss", Chart: chart,
		Caption: "With concealment 10 % of loss hurts less than 2 % without. The same loss in bursts hurts more. Under 50 nearly everybody is dissatisfied.",
	}
}

func overDelay() Figure {
	chart := plot.Chart{
		Title: "Rating over delay",
		X:     plot.Axis{Label: "delay from mouth to ear (ms)", From: 0, To: 600}, Y: plot.Axis{Label: "R", From: 0, To: 100},
	}
	for _, loss := range []float64{0, 1, 3, 5} {
		s := plot.Series{Name: fmt.Sprintf("%.0f %% lost, concealed", loss)}
		for d := 0.0; d <= 600; d += 5 {
			s.Points = append(s.Points, plot.Point{X: d, Y: quality.R(quality.Conditions{Loss: loss, Delay: d, Concealed: true})})
		}
		chart.Series = append(chart.Series, s)
	}
	return Figure{
		Name: "delay", Chart: chart,
		Caption: "Up to some 150 ms delay costs little (ITU-T G.114); beyond, people begin to speak at the same time. Loss and delay add up.",
	}
}

// delayVerdict holds G.114's rule of thumb, on which planners rely.
func delayVerdict() Verdict {
	near, far := quality.R(quality.Conditions{Delay: 150}), quality.R(quality.Conditions{Delay: 400})
	return Verdict{
		What: "R at 150 ms, and at 400 ms (ITU-T G.114: fine, and the limit)", Wanted: "above 85, and 50 to 75", Measured: fmt.Sprintf("%.1f, and %.1f", near, far),
		Holds: near > 85 && far > 50 && far < 75,
	}
}

func scores() Figure {
	mos := plot.Series{Name: "G.107 Annex B"}
	for r := 0.0; r <= 100; r++ {
		mos.Points = append(mos.Points, plot.Point{X: r, Y: quality.MOS(r)})
	}
	table := plot.Series{Name: "G.107 table B.1", Marks: true, Dashed: true}
	for _, row := range satisfaction() {
		table.Points = append(table.Points, plot.Point{X: row.r, Y: row.mos})
	}
	return Figure{
		Name: "mos",
		Chart: plot.Chart{
			Title: "Score over rating", X: plot.Axis{Label: "R", From: 0, To: 100}, Y: plot.Axis{Label: "mean opinion score", From: 1, To: 5},
			Series: []plot.Series{mos, table},
		},
		Caption: "The marks are the lower ends of the categories of G.107 table B.1.",
	}
}

type satisfied struct {
	r, mos float64
	users  string
}

// satisfaction is G.107 table B.1.
func satisfaction() []satisfied {
	return []satisfied{
		{90, 4.34, "very satisfied"},
		{80, 4.03, "satisfied"},
		{70, 3.60, "some dissatisfied"},
		{60, 3.10, "many dissatisfied"},
		{50, 2.58, "nearly all dissatisfied"},
	}
}

// categories says how much loss and delay each category bears.
func categories() Table {
	t := Table{
		Caption: "How much of one thing alone each category of users bears (G.107 table B.1), with 60 ms of the box's own delay. Loss is concealed.",
		Head:    []string{"users", "R from", "score", "loss at random", "loss with BurstR 2", "delay"},
	}
	for _, row := range satisfaction() {
		limit := func(of func(x float64) quality.Conditions, step, to float64) float64 {
			x := 0.0
			for x+step <= to && quality.R(of(x+step)) >= row.r {
				x += step
			}
			return x
		}
		random := limit(func(x float64) quality.Conditions { return quality.Conditions{Loss: x, Delay: 60, Concealed: true} }, 0.1, 100)
		burst := limit(func(x float64) quality.Conditions {
			return quality.Conditions{Loss: x, Burst: 2, Delay: 60, Concealed: true}
		}, 0.1, 100)
		delay := limit(func(x float64) quality.Conditions { return quality.Conditions{Delay: x} }, 5, 2000)
		t.Rows = append(t.Rows, []string{
			row.users, fmt.Sprintf("%.0f", row.r), fmt.Sprintf("%.2f", quality.MOS(row.r)), fmt.Sprintf("%.1f %%", random), fmt.Sprintf("%.1f %%", burst), fmt.Sprintf("%.0f ms", delay),
		})
	}
	return t
}

func burstiness(p *Page) Figure {
	chart := plot.Chart{
		Title: "Burstiness found, over burstiness made",
		X:     plot.Axis{Label: "BurstR of the network", From: 1, To: 8}, Y: plot.Axis{Label: "BurstR found", From: 0, To: 10},
		Series: []plot.Series{{Name: "exact", Dashed: true, Points: []plot.Point{{X: 1, Y: 1}, {X: 8, Y: 8}}}},
	}
	worst, apart := 0.0, 0.0
	for _, loss := range []float64{0.02, 0.1} {
		runs := plot.Series{Name: fmt.Sprintf("from the runs, %.0f %% lost", 100*loss), Marks: true}
		report := plot.Series{Name: fmt.Sprintf("from a peer's report, %.0f %% lost", 100*loss), Marks: true, Dashed: true}
		for _, burst := range []float64{1, 1.5, 2, 3, 4, 6, 8} {
			c := network(loss, burst, uint64(1000*loss)+uint64(10*burst))
			r := quality.Of(1, c, 20)
			told := r.Conditions(20)
			worst = max(worst, math.Abs(c.Burst()/burst-1))
			c107 := c.Conditions(0, true)
			told.Concealed = true
			apart = max(apart, math.Abs(quality.R(c107)-quality.R(told)))
			runs.Points = append(runs.Points, plot.Point{X: burst, Y: c.Burst()})
			report.Points = append(report.Points, plot.Point{X: burst, Y: told.Burst})
		}
		chart.Series = append(chart.Series, runs, report)
	}
	p.Verdicts = append(p.Verdicts, Verdict{
		What: "BurstR found by the meter, against the one made", Wanted: "within 5 %", Measured: fmt.Sprintf("at most %.1f %% off", 100*worst), Holds: worst <= 0.05,
	}, Verdict{
		What: "R that a peer finds from our RTCP XR report, against ours", Wanted: "within 5 points", Measured: fmt.Sprintf("at most %.1f apart", apart), Holds: apart <= 5,
	})
	return Figure{
		Name: "burst", Chart: chart,
		Caption: "The meter counts runs and is right. Who only has a report's densities and durations (RFC 3611 §4.7.2) must guess how the losses lie inside a burst, and finds " +
			"fewer that hang together than there were; the rating suffers by some points at the most.",
	}
}
