package report

import (
	"context"
	"fmt"
	"math"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/echo"
	"autocom/dsp/echo/g168"
)

// Echo is the line echo canceller on the bench of G.168: eight lines, three far levels, every test.
func Echo() Subject { return Subject{"echo", measureEcho} }

const echoIntro = `
The line echo canceller of ` + "`dsp/echo`" + ` (64 ms, off unless a leg asks for it) on a bench built after ITU-T G.168: A-law before and after the
line, the composite source signal as both talkers, levels metered over 35 ms. Eight lines (dispersion 6, 8 and 12 ms, delay 0 to 40 ms, loss 6 to
12 dB) at far levels of −10, −20 and −30 dBm0.

What the limits rest on. The text of G.168 was not at hand. From public test programs that quote it (OSLEC's and spandsp's): the steps of the
tests, −65 dBm0 a second after the begin of test 2A, figure 11 (what is left without the non-linear processor: from −55 dBm0 at a far level of −30
to −30 at 0) with its margins of 3 and 10 dB in tests 3B and 6, the limits of 2C, 3A, 3C and 9, and the durations and noise spectrum of the
composite signal. From memory: 20 dB of combined loss after a second in test 2B, and the tone disabler's figures. Our own aims: an ERLE of 25 dB
within a second at −10 and −20 dBm0 (at −30, A-law's steps leave 18; 5 dB less when another line comes in mid-call), 10 dB as the most by which a wrong filter may exceed the echo, the limits of
tests 4, 5 and 7, two seconds instead of G.168's one in test 2A when another line comes in mid-call, and 5 ms as the most a near talker may lose. The echo paths and the voiced sound are made up to the described shape.`

// echoVerdict gathers one limit over the sweep: the case nearest to it, or furthest beyond.
type echoVerdict struct {
	worst g168.Limit
	line  string
	far   float64
	held  int
	cases int
}

type echoSweep struct {
	order []string
	by    map[string]*echoVerdict
}

func (s *echoSweep) add(o g168.Outcome) {
	for _, l := range o.Limits {
		name := o.Test + ": " + l.What
		v := s.by[name]
		if v == nil {
			v = &echoVerdict{worst: l, line: o.Line, far: o.Far}
			s.by[name], s.order = v, append(s.order, name)
		}
		v.cases++
		if l.Holds() {
			v.held++
		}
		if slack(l) < slack(v.worst) {
			v.worst, v.line, v.far = l, o.Line, o.Far
		}
	}
}

// slack is by how much a limit is met.
func slack(l g168.Limit) float64 {
	if l.AtLeast {
		return l.Measured - l.Wanted
	}
	return l.Wanted - l.Measured
}

func (s *echoSweep) verdicts() (out []Verdict) {
	for _, name := range s.order {
		v := s.by[name]
		sign := "≤"
		if v.worst.AtLeast {
			sign = "≥"
		}
		out = append(out, Verdict{
			What: name, Wanted: fmt.Sprintf("%s %s", sign, figure(v.worst.Wanted, v.worst.Unit)),
			Measured: fmt.Sprintf("%s at worst (%s, far %g dBm0); %d of %d hold", figure(v.worst.Measured, v.worst.Unit), v.line, v.far, v.held, v.cases),
			Holds:    v.held == v.cases,
		})
	}
	return out
}

func figure(v float64, unit string) string { return fmt.Sprintf("%.1f %s", v, unit) }

func measureEcho(ctx context.Context, _ string) (Page, error) {
	page := Page{Title: "Line echo canceller (G.168)", Intro: echoIntro}
	sweep := &echoSweep{by: map[string]*echoVerdict{}}
	paths := g168.Paths()
	c := echo.New(echo.MaxTail)
	talk := Table{
		Caption: "Double talk: what is left of the echo once it is over, in dBm0, at a far level of −10 dBm0 (figure 11 is −37.8).",
		Head:    []string{"line", "before", "near +6 dB", "near 0 dB", "near −6 dB", "near −15 dB from the begin", "first words lost"},
	}
	for i, p := range paths {
		q := paths[(i+3)%len(paths)]
		for _, far := range []float64{-10, -20, -30} {
			if err := ctx.Err(); err != nil {
				return Page{}, err
			}
			erle := 25.0
			if far < -20 {
				erle = 18
			}
			b := g168.Test2B(c, p, q, far, 3, 2, erle)
			a3 := g168.Test3A(c, p, far, 15)
			louder, alike, weaker := g168.Test3B(c, p, far, -6), g168.Test3B(c, p, far, 0), g168.Test3B(c, p, far, 6)
			for _, o := range []g168.Outcome{
				g168.Test2A(c, p, q, far, 3), b, g168.Test2C(c, p, far, false), a3, louder, alike, weaker,
				g168.Test3C(c, p, far, far-5), g168.Test5(c, p, far), g168.Test6(c, p, far, 1), g168.Test7(c, p, far, 4), g168.Test9(c, p, far),
			} {
				sweep.add(o)
			}
			if far == -10 {
				sweep.add(g168.Test4(c, p, far))
				lost := max(g168.Clipping(c, p, far, far), g168.Clipping(c, p, far, far-10))
				sweep.add(g168.Outcome{Test: "near talker", Line: p.Name, Far: far, Limits: []g168.Limit{{What: "lost of a first word", Wanted: 5, Measured: lost, Unit: "ms"}}})
				last := func(o g168.Outcome) string { return fmt.Sprintf("%.1f", o.Limits[len(o.Limits)-1].Measured) }
				talk.Rows = append(talk.Rows, []string{
					p.Name, fmt.Sprintf("%.1f", b.Limits[2].Measured), last(louder), last(alike), last(weaker), last(a3), fmt.Sprintf("%.0f ms", lost),
				})
			}
		}
	}
	page.Verdicts = sweep.verdicts()
	page.Tables = append(page.Tables, talk)
	page.Figures = append(page.Figures, echoConvergence(c), echoLevels(c), echoMask(c), echoTalk(c), echoNarrow(c))
	return page, nil
}

// echoConvergence is ERLE over time without the non-linear processor, another line coming in after 3 s.
func echoConvergence(c *echo.Canceller) Figure {
	paths := g168.Paths()
	f := Figure{
		Name:    "erle",
		Caption: "Test 2B: how much weaker the echo is behind the filter alone, over the 350 ms (one period of the talker) before, at −10 dBm0. After 3.2 s another line comes in. The dashed line is the aim for the period that begins a second after either.",
		Chart: plot.Chart{
			Title: "ERLE while it learns, and learns again", X: plot.Axis{Label: "time (s)", From: 0, To: 6.2}, Y: plot.Axis{Label: "ERLE (dB)", From: -5, To: 40},
		},
	}
	for _, i := range []int{0, 2, 5, 7} {
		o := g168.Test2B(c, paths[i], paths[(i+3)%len(paths)], -10, 3, 2, 25)
		s := plot.Series{Name: paths[i].Name}
		for at := 0.2; at < 6.2; at += 0.05 {
			s.Points = append(s.Points, plot.Point{X: at + 0.05, Y: o.Rig.ERLE(math.Max(0.2, at-0.3), at+0.05)})
		}
		f.Chart.Series = append(f.Chart.Series, s)
	}
	f.Chart.Series = append(f.Chart.Series, plot.Series{
		Name: "aim", Dashed: true,
		Points: []plot.Point{{X: 1.55, Y: 25}, {X: 3.2, Y: 25}, {X: math.NaN()}, {X: 4.55, Y: 20}, {X: 6.2, Y: 20}},
	})
	return f
}

// echoLevels is test 2A: the meters.
func echoLevels(c *echo.Canceller) Figure {
	paths := g168.Paths()
	o := g168.Test2A(c, paths[5], paths[0], -10, 3)
	f := Figure{
		Name:    "levels",
		Caption: "Test 2A: the meters with the non-linear processor on. After the first second, and again two seconds after another line has come in at 3.2 s, nothing above −65 dBm0 comes out.",
		Chart: plot.Chart{
			Title: "Levels with the non-linear processor", X: plot.Axis{Label: "time (s)", From: 0, To: 6.2}, Y: plot.Axis{Label: "level (dBm0)", From: -90, To: 0},
		},
	}
	f.Chart.Series = append(meters(o.Rig, 0, 6.2, false), plot.Series{
		Name: "limit", Dashed: true,
		Points: []plot.Point{{X: 1.2, Y: -65}, {X: 3.2, Y: -65}, {X: math.NaN()}, {X: 5.2, Y: -65}, {X: 6.2, Y: -65}},
	})
	return f
}

func meters(r *g168.Rig, from, to float64, gen bool) []plot.Series {
	s := []plot.Series{{Name: "towards the line"}, {Name: "back from it"}, {Name: "out"}, {Name: "near talker"}}
	for i, v := range r.Readings {
		if i%4 != 0 || v.Seconds < from || v.Seconds > to {
			continue
		}
		for k, y := range [...]float64{v.Far, v.Near, v.Out, v.Gen} {
			s[k].Points = append(s[k].Points, plot.Point{X: v.Seconds, Y: y})
		}
	}
	if !gen {
		s = s[:3]
	}
	return s
}

// echoMask is what is left against the far level.
func echoMask(c *echo.Canceller) Figure {
	f := Figure{
		Name:    "residual",
		Caption: "What is left of a learnt echo without the non-linear processor, by the far level, with G.168's figure 11 as the mask. A-law limits it on the left.",
		Chart: plot.Chart{
			Title: "Residual echo by far level", X: plot.Axis{Label: "far level (dBm0)", From: -30, To: 0}, Y: plot.Axis{Label: "LRES (dBm0)", From: -75, To: -20},
		},
	}
	paths := g168.Paths()
	for _, i := range []int{0, 2, 5, 7} {
		s := plot.Series{Name: paths[i].Name, Marks: true}
		for far := -30.0; far <= -3; far += 3 {
			c.Suppress(false)
			r := g168.NewRig(c, paths[i])
			r.Run(4, g168.Composite(4*g168.Rate, far), nil)
			peak := r.Peaks(2, 4)
			s.Points = append(s.Points, plot.Point{X: peak.Far, Y: peak.Out})
		}
		f.Chart.Series = append(f.Chart.Series, s)
	}
	f.Chart.Series = append(f.Chart.Series, plot.Series{Name: "mask", Dashed: true, Points: []plot.Point{{X: -30, Y: g168.Mask(-30)}, {X: 0, Y: g168.Mask(0)}}})
	return f
}

// echoTalk is test 3C: a conversation.
func echoTalk(c *echo.Canceller) Figure {
	o := g168.Test3C(c, g168.Paths()[5], -10, -15)
	return Figure{
		Name:    "conversation",
		Caption: "Test 3C: far alone until 12.2 s, then both, from 17.8 s on the near talker alone. What comes out follows the near talker, and is silence while only the far end speaks.",
		Chart: plot.Chart{
			Title: "A conversation", X: plot.Axis{Label: "time (s)", From: 10.8, To: 19.5}, Y: plot.Axis{Label: "level (dBm0)", From: -90, To: 0},
			Series: meters(o.Rig, 10.8, 19.5, true),
		},
	}
}

// echoNarrow is test 6: tones on a filter that has learnt.
func echoNarrow(c *echo.Canceller) Figure {
	o := g168.Test6(c, g168.Paths()[5], -10, 1)
	return Figure{
		Name:    "tones",
		Caption: "Test 6 without the non-linear processor: speech for 5 s, thirteen tones and pairs of tones of a second each, then speech on the frozen filter, which has lost nothing.",
		Chart: plot.Chart{
			Title: "Tones do not spoil the filter", X: plot.Axis{Label: "time (s)", From: 0, To: 22}, Y: plot.Axis{Label: "level (dBm0)", From: -90, To: 0},
			Series: meters(o.Rig, 0, 22, false),
		},
	}
}
