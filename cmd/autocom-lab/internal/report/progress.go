package report

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

// Progress is the recognition of what a line plays back: the tones of each country, fax machines and beeps, over level, pitch, cadence and noise,
// and what people and music are taken for.
func Progress() Subject {
	return Subject{Name: "progress", Measure: measureProgress}
}

const (
	progressTries = 10   // a point and tone of a curve
	millisecond   = 8    // samples
	patienceMs    = 60   // behind the last cadence
	steadyMs      = 2200 // for a tone without cadence
)

// progressTones are the tones of a plan that are recognised, in the order of the table.
func progressTones() []struct {
	from tone.Kind
	kind progress.Kind
} {
	return []struct {
		from tone.Kind
		kind progress.Kind
	}{
		{tone.Dial, progress.Dial},
		{tone.Ringback, progress.Ringback},
		{tone.Busy, progress.Busy},
		{tone.Congestion, progress.Congestion},
		{tone.Routing, progress.Routing},
		{tone.Special, progress.Special},
	}
}

// A progressPlaying is one way to hear a tone.
type progressPlaying struct {
	dBm0        float64 // of the whole tone
	pitch, pace float64 // factors
	noise       float64 // dBm0; 0 for none
}

// sound plays n samples of t from sample skip on, through A-law.
func (p progressPlaying) sound(t tone.Tone, skip, n int, random *rand.Rand) []int16 {
	o := tone.Tone{Times: t.Times}
	for _, s := range t.Segments {
		q := tone.Segment{Samples: int(math.Round(float64(s.Samples) * p.pace)), DBm0: p.dBm0}
		for _, hz := range s.Hz {
			q.Hz = append(q.Hz, hz*p.pitch)
		}
		if len(s.Hz) > 1 {
			q.DBm0 -= 10 * math.Log10(float64(len(s.Hz)))
		}
		o.Segments = append(o.Segments, q)
	}
	x := make([]int16, skip+n)
	tone.NewGenerator(o).Next(x)
	x = x[skip:]
	if p.noise != 0 {
		sigma := level.Peak(p.noise) / math.Sqrt2
		for i := range x {
			x[i] = level.Clip(float64(x[i]) + sigma*random.NormFloat64())
		}
	}
	return progressALaw(x)
}

func progressALaw(x []int16) []int16 {
	b := make([]byte, len(x))
	g711.ALaw.Encode(b, x)
	g711.ALaw.Decode(x, b)
	return x
}

func progressRound(t tone.Tone) int {
	n := 0
	for _, s := range t.Segments {
		n += s.Samples
	}
	return n
}

// A progressTally counts what was heard of one tone.
type progressTally struct {
	tries, found int
	again, wrong int     // reports of the same once more, and of something else
	latest       float64 // seconds until the report, at the longest
}

func (t *progressTally) add(o progressTally) {
	t.tries, t.found, t.again, t.wrong = t.tries+o.tries, t.found+o.found, t.again+o.again, t.wrong+o.wrong
	t.latest = max(t.latest, o.latest)
}

func (t progressTally) percent() float64 { return 100 * float64(t.found) / float64(max(t.tries, 1)) }

// progressHear plays a tone tries times, each from another place in its cadence, and counts.
func progressHear(plan tone.Plan, from tone.Kind, kind progress.Kind, p progressPlaying, cadences, tries int, seed uint64) progressTally {
	t := plan.Tone(from)
	var sum progressTally
	if len(t.Segments) == 0 {
		return sum
	}
	random := rand.New(rand.NewPCG(180, seed))
	d := progress.New(plan)
	round := int(float64(progressRound(t)) * p.pace)
	n := max(cadences*round+patienceMs*millisecond, steadyMs*millisecond)
	var reports []progress.Report
	for range tries {
		skip := 0
		if round > 0 && from != tone.Special {
			skip = random.IntN(round)
		}
		x := p.sound(t, skip, n, random)
		d.Reset()
		sum.tries++
		found := false
		for i := 0; i < len(x); i += 80 {
			reports = d.Write(reports[:0], x[i:min(i+80, len(x))])
			for _, r := range reports {
				switch {
				case r.Kind != kind:
					sum.wrong++
				case found:
					sum.again++
				default:
					found = true
					sum.latest = max(sum.latest, float64(i+80)/8000)
				}
			}
		}
		if found {
			sum.found++
		}
	}
	return sum
}

// progressAllowed is how many cadences a tone may take: two, but for one whose first two belong to another as well.
func progressAllowed(code string, from tone.Kind) int {
	if code == "ES" && from == tone.Busy {
		return 3
	}
	return 2
}

// progressEvery hears all the tones of a plan.
func progressEvery(c tone.Country, p progressPlaying, tries int, seed uint64) progressTally {
	var sum progressTally
	for _, k := range progressTones() {
		sum.add(progressHear(c.Plan, k.from, k.kind, p, progressAllowed(c.Code, k.from), tries, seed))
	}
	return sum
}

func measureProgress(ctx context.Context, _ string) (Page, error) {
	p := Page{
		Title: "What a line plays back",
		Intro: "Dial tone, ringing, busy, congestion and the special information tone are recognised by the plan of the site's country (ITU-T E.180 and its supplement 2, " +
			"national documents; `dsp/tone/plans.txt` names each source), fax machines by ITU-T T.30, V.25 and V.8, and the beep of an answering machine by what it is: one " +
			"steady frequency of 400 to 2,000 Hz for 200 ms or more, quiet behind it. Everything below went through A-law, begins anywhere in its cadence, and is cut off " +
			fmt.Sprintf("%d ms behind the second cadence. Each point of a curve is %d times each tone, with fixed seeds.", patienceMs, progressTries),
	}
	countries := make(map[string]tone.Country)
	var own []tone.Country
	for _, c := range tone.Countries() {
		countries[c.Code] = c
		if c.Like == "" {
			own = append(own, c)
		}
	}
	some := []tone.Country{countries["FR"], countries["DE"], countries["GB"], countries["US"]}
	p.Tables = append(p.Tables, progressByCountry(&p, own), progressPlans(own))
	for _, f := range []Figure{
		progressOverLevel(&p, some), progressOverPitch(&p, some), progressOverCadence(&p, some), progressOverNoise(&p, some),
	} {
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		p.Figures = append(p.Figures, f)
	}
	p.Figures = append(p.Figures, progressOverBeeps(&p))
	progressFaxes(&p)
	return p, progressTalkOff(ctx, &p)
}

func progressByCountry(p *Page, own []tone.Country) Table {
	t := Table{
		Caption: "At −30 dBm0, 40 times each: how many were recognised, and after how many seconds at the latest. A special information tone is heard from its beginning.",
		Head:    []string{"country"},
	}
	for _, k := range progressTones() {
		t.Head = append(t.Head, k.kind.String())
	}
	var all progressTally
	for i, c := range own {
		row := []string{c.Name}
		for _, k := range progressTones() {
			got := progressHear(c.Plan, k.from, k.kind, progressPlaying{dBm0: -30, pitch: 1, pace: 1}, progressAllowed(c.Code, k.from), 40, uint64(i))
			cell := "–"
			if got.tries > 0 {
				cell = fmt.Sprintf("%.0f %%, %.2f s", got.percent(), got.latest)
			}
			row = append(row, cell)
			all.add(got)
		}
		t.Rows = append(t.Rows, row)
	}
	p.Verdicts = append(p.Verdicts, Verdict{
		What:     "recognised within 2 cadences at −30 dBm0, A-law, every tone of every country (Spain's busy within 3: its first two are also those of Spain's congestion)",
		Wanted:   "all",
		Measured: fmt.Sprintf("%d of %d", all.found, all.tries), Holds: all.found == all.tries,
	}, Verdict{
		What: "other reports in the same, and reports twice", Wanted: "none", Measured: fmt.Sprint(all.wrong + all.again), Holds: all.wrong+all.again == 0,
	})
	return t
}

// progressPlans writes the tones as the table of the source has them.
func progressPlans(own []tone.Country) Table {
	t := Table{Caption: "The tones, in hertz and milliseconds of sound/silence.", Head: []string{"country"}}
	kinds := []tone.Kind{tone.Dial, tone.SecondDial, tone.Ringback, tone.Busy, tone.Congestion, tone.CallWaiting, tone.Special}
	for _, k := range kinds {
		t.Head = append(t.Head, k.String())
	}
	for _, c := range own {
		row := []string{c.Name}
		for _, k := range kinds {
			var words []string
			for _, s := range c.Plan.Tone(k).Segments {
				var hz []string
				for _, f := range s.Hz {
					hz = append(hz, fmt.Sprint(f))
				}
				word := strings.Join(hz, "+")
				if word == "" {
					word = "–"
				}
				if s.Samples > 0 {
					word += fmt.Sprintf(" %d", s.Samples/millisecond)
				}
				words = append(words, word)
			}
			row = append(row, strings.Join(words, ", "))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
