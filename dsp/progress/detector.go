package progress

import (
	"math"

	"autocom/dsp/level"
	"autocom/dsp/tone"
)

// beatNull is how much softer the softest hop of a tone of two frequencies may
// be than the tone.
const beatNull = 0.1

// Softest is the level below which nothing is looked for, in dBm0.
const Softest = -42.0

// A Detector listens to one leg. It belongs to one goroutine.
type Detector struct {
	sounds   []sound
	patterns []pattern
	lines    lines
	heard    [kinds]bool // the kinds that are reported
	silent   float64     // power of a hop below which it is silence

	x    [before + hop]int16
	fill int   // samples of the hop under way
	now  int64 // samples of the hops measured

	run    run
	last   float64 // power of the hop before this one
	bursts [kept]burst
	count  int // bursts ever

	current Kind    // reported last, and
	until   float64 // while it goes on, not again
	pending Report  // a beep that may yet turn out to be a melody
	due     int64   // when it is reported; 0 for none
	quiet   float64 // the power that must not be heard behind it
	answer  answer
}

// New makes a detector of the tones of the plans, the first one's before the
// others' where they differ, and of the tones that are the same everywhere. It
// reports every kind; see Only. The call allocates.
func New(plans ...tone.Plan) *Detector {
	d := &Detector{silent: level.Peak(Softest) * level.Peak(Softest) / 2}
	d.compile(plans)
	d.Only()
	d.Reset()
	return d
}

// Only makes the detector report these kinds and no others; with none, all.
//
// A beep that could be a burst of another tone is reported only when that tone
// is not listened to: while a call is being set up 440 Hz in France is ringing
// or busy, and 1,100 Hz for half a second is a fax machine calling; once the
// call is answered, either may be an answering machine.
func (d *Detector) Only(list ...Kind) {
	d.heard = [kinds]bool{}
	for _, k := range list {
		if k < kinds {
			d.heard[k] = true
		}
	}
	if len(list) == 0 {
		for k := range d.heard {
			d.heard[k] = true
		}
	}
}

// Reset forgets everything heard; the samples are counted from 0 again.
func (d *Detector) Reset() {
	d.x, d.fill, d.now = [before + hop]int16{}, before, 0
	d.run, d.last, d.count = run{}, 0, 0
	d.current, d.until, d.due, d.answer = kinds, 0, 0, answer{}
	d.lines.full, d.lines.found = 0, -1
}

// Write listens to samples, in pieces of any length, and appends what was
// recognised to reports. It allocates only when reports has no room.
func (d *Detector) Write(reports []Report, samples []int16) []Report {
	for len(samples) > 0 {
		n := copy(d.x[d.fill:], samples)
		samples = samples[n:]
		if d.fill += n; d.fill < len(d.x) {
			break
		}
		reports = d.hop(reports)
		copy(d.x[:before], d.x[hop:])
		d.fill = before
		d.now += hop
	}
	return reports
}

// hop measures one hop, which begins at d.now.
func (d *Detector) hop(reports []Report) []Report {
	lag := maxLag
	steady := d.run.state == one && d.run.hops > settled
	if steady {
		lag = d.run.lag
	}
	var first sums
	var power float64
	if d.last < d.silent*beatNull {
		power = mean(&d.x) // silence mostly follows silence
	}
	if d.last >= d.silent*beatNull || power >= d.silent*beatNull {
		first = measure(&d.x, lag)
		power = first.middle / hop
	}
	if d.due > 0 && d.now >= d.due {
		d.due = 0
		if d.heard[Beep] {
			reports = append(reports, d.pending)
		}
	}
	if d.due > 0 && power > d.quiet {
		d.due = 0
	}
	silent := d.silent
	if d.lines.full > 0 || d.run.state == twin {
		silent *= beatNull
	}
	if power < silent || steady {
		d.lines.skip()
	}
	if power < silent {
		if d.run.state != idle {
			reports = d.miss(reports, power)
		}
		d.last = power
		return reports
	}
	if steady {
		// What has been one frequency for so long is expected to stay it.
		if cos, purity := first.fit(); purity > minPurity {
			reports = d.single(reports, sine{hz: hz(cos, lag), lag: lag, sums: first}, power)
		} else {
			reports = d.miss(reports, power)
		}
	} else {
		reports = d.sounding(reports, power, first)
	}
	d.last = power
	return reports
}

// sounding measures a hop that is not silence.
func (d *Detector) sounding(reports []Report, power float64, first sums) []Report {
	two := -1
	if len(d.lines.pairs) > 0 {
		least := minPurity
		if d.lines.full > 0 {
			least = minPurity / 2 // where two cancel each other noise is strong
		}
		if cos, purity := first.fit(); purity > least && cos > -0.55 { // below 680 Hz
			d.lines.add(&d.x, power)
			if found := d.lines.find(); found == d.lines.found || d.run.state == twin && d.run.pair == found {
				two = found // twice: a beginning may fill the window in part and blur it
			} else {
				d.lines.found = found
			}
		} else {
			d.lines.skip()
		}
	}
	if two >= 0 {
		return d.both(reports, two, power)
	}
	if d.run.state == twin {
		// A hop without the pair: a beat's null, or the end.
		return d.miss(reports, power)
	}
	s, ok := findSine(&d.x, first)
	if !ok {
		if d.run.state != idle {
			reports = d.miss(reports, power)
		}
		return reports
	}
	return d.single(reports, s, power)
}

// report appends what was recognised, once for as long as it goes on.
func (d *Detector) report(reports []Report, k Kind, b *burst, began, lasts float64) []Report {
	again := k == d.current && b.ended <= d.until
	d.current, d.until = k, b.ended+lasts
	if again || !d.heard[k] {
		return reports
	}
	r := Report{Kind: k, Began: int64(began), Ended: int64(b.ended), DBm0: b.dBm0}
	if b.single {
		r.Hz = b.hz
	}
	return append(reports, r)
}

// cadence compares what was heard with the patterns; next is a burst that has
// begun, so that the silence before it counts too, or nil.
func (d *Detector) cadence(reports []Report, next *burst) []Report {
	for i := range d.patterns {
		p := &d.patterns[i]
		if p.endless() {
			continue
		}
		if began, ok := d.follows(p, next); ok {
			return d.report(reports, p.kind, d.recent(0), began, 2*p.long+rate)
		}
	}
	return reports
}

// special looks for three rising tones in the last three bursts.
func (d *Detector) special(reports []Report) []Report {
	if d.count < 3 {
		return reports
	}
	// ITU-T E.180 clause 5.4: 950, 1,400 and 1,800 Hz, each ± 50, of 330 ± 70 ms
	// with up to 30 ms between them; Belgium's first is 900 Hz, and North America
	// has 274 and 380 ms for other meanings.
	for i, want := range [...]float64{1800, 1400, 950} {
		b := d.recent(i)
		on := (b.ended - b.began) * 1000 / rate
		if !b.single || math.Abs(b.hz-want) > 65 && !(i == 2 && math.Abs(b.hz-900) < 40) || on < 230 || on > 440 {
			return reports
		}
		if i < 2 && b.began-d.recent(i+1).ended > 60*rate/1000 {
			return reports
		}
	}
	d.due = 0
	return d.report(reports, Special, d.recent(0), d.recent(2).began, 3*rate)
}
