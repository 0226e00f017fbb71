package progress

import (
	"math"

	"autocom/dsp/level"
)

// What is sounding.
type state uint8

const (
	idle state = iota
	one        // a single frequency
	twin       // two of them
)

// A run is one sound that has not ended. Its inner hops are those but the
// first and the last, which it may fill in part.
type run struct {
	state  state
	pair   int   // of the lines, for a twin
	start  int64 // of its first hop
	hops   int   // that were it
	misses int   // hops in a row that were not
	gone   int64 // start of the first of those
	said   bool  // it was reported

	compared bool // the silence before it was compared with the patterns

	lead, first, newest, after float64 // powers of the hop before it, its first, its newest, the first missed

	inner     int
	sum       float64 // of the inner hops' powers
	low, high float64 // the least and the greatest of them

	lag  int
	sums sums // of the inner hops
	next sums // of the newest
	hz   float64
	born float64 // the frequency of its first 100 ms
}

const (
	fewest     = 3 // hops of a burst
	patience   = 1 // hops in a row that may fail: a phase reversal, a click
	settled    = 8 // hops within which a sound may turn out to be of two frequencies
	beepHold   = 70 * rate / 1000
	minBeep    = 195 * rate / 1000 // 200 ms, measured to 5
	maxBeep    = 3 * rate
	beepPurity = 0.93              // noise 11 dB below it
	beepQuiet  = 0.16              // of its power, at most, is heard behind it: 8 dB less
	beepGlide  = 0.01              // of its frequency, at most, between its beginning and its end
	beepAlone  = 300 * rate / 1000 // without a tone before it
)

// power is the mean of the hops wholly within the run.
func (r *run) power() float64 {
	if r.inner > 0 {
		return r.sum / float64(r.inner)
	}
	return max(r.first, r.newest)
}

// goOn takes one more hop of the run.
func (r *run) goOn(power float64, s sums) {
	if r.hops > 1 && r.misses == 0 {
		if r.inner++; r.inner == 1 {
			r.low, r.high, r.sums = r.newest, r.newest, sums{}
		}
		r.sum += r.newest
		r.low, r.high = min(r.low, r.newest), max(r.high, r.newest)
		r.sums.add(r.next)
		if r.state == one && (r.inner < 16 || r.inner%8 == 0) {
			cos, _ := r.sums.fit()
			r.hz = hz(cos, r.lag)
			if r.inner <= settled {
				r.born = r.hz
			}
		}
	}
	r.hops, r.misses = r.hops+1, 0
	r.newest, r.next = power, s
}

// filled gives how much of a hop a sound of that power fills, from the hop's
// own; a hop that is nearly as loud holds something else.
func filled(hopPower, power float64) float64 {
	if hopPower > 0.7*power {
		return 0
	}
	return hop * hopPower / power
}

// burst is the run as it is known now.
func (r *run) burst() burst {
	p := r.power()
	b := burst{single: r.state == one, hz: r.hz, pair: r.pair, dBm0: level.OfPower(p)}
	b.began = float64(r.start) + hop*(1-min(1, r.first/p)) - filled(r.lead, p)
	b.ended = float64(r.gone) - hop*(1-min(1, r.newest/p)) + filled(r.after, p)
	return b
}

// single takes a hop that is one sine.
func (d *Detector) single(reports []Report, s sine, power float64) []Report {
	r := &d.run
	if r.state == one {
		p := r.power()
		steady := r.hops < fewest || power < 2.2*p
		if math.Abs(s.hz-r.hz) <= 25+0.03*r.hz && steady && power > 0.1*p {
			if s.lag != r.lag {
				s.sums = measure(&d.x, r.lag)
			}
			r.goOn(power, s.sums)
			return d.goesOn(reports)
		}
		if power < 0.3*p {
			return d.miss(reports, power)
		}
		if r.misses == 0 {
			r.gone, r.after = d.now, 0
		}
		reports = d.end(reports)
	}
	*r = run{state: one, start: d.now, hops: 1, lead: d.last, first: power, newest: power, lag: s.lag, sums: s.sums, next: s.sums, hz: s.hz}
	return reports
}

// both takes a hop of a pair.
func (d *Detector) both(reports []Report, pair int, power float64) []Report {
	r := &d.run
	switch {
	case r.state == twin && r.pair == pair:
		if power < 0.08*r.power() {
			return d.miss(reports, power)
		}
		r.goOn(power, sums{})
		return d.goesOn(reports)
	case r.state == one && r.hops <= settled && r.misses <= patience:
		*r = run{state: twin, pair: pair, start: r.start, hops: r.hops + 1, lead: r.lead, first: r.first, newest: power}
		d.absorb()
		return reports
	case r.state != idle:
		if r.misses == 0 {
			r.gone, r.after = d.now-(window-1)*hop, 0
		}
		reports = d.end(reports)
	}
	// It began within the window.
	loud := 0.0
	for _, p := range d.lines.power {
		loud = max(loud, p)
	}
	back, lead := 0, 0.0
	for k := window - 2; k >= 0; k-- {
		p := d.lines.power[(d.lines.at+k)%window]
		if p < 0.15*loud {
			lead = p
			break
		}
		back++
	}
	at := d.now - int64(back)*hop
	*r = run{state: twin, pair: pair, start: at, hops: back + 1, lead: lead, first: loud, newest: power}
	d.absorb()
	return reports
}

// absorb takes a short single burst right before a twin for its beginning:
// until 50 ms are there, two frequencies look like one that beats.
func (d *Detector) absorb() {
	if d.count == 0 {
		return
	}
	r := &d.run
	if b := d.recent(0); b.single && b.ended-b.began < settled*hop && b.ended > float64(r.start)-hop {
		d.count--
		r.start, r.lead, r.first = int64(b.began), 0, max(r.first, r.newest)
	}
}

// goesOn looks at a run that has got longer.
func (d *Detector) goesOn(reports []Report) []Report {
	r := &d.run
	r.gone, r.after = d.now+hop, 0
	if !r.compared && r.hops >= fewest {
		r.compared = true
		d.due = 0 // a tone right behind a tone: a melody, not a beep
		b := r.burst()
		reports = d.cadence(reports, &b)
	}
	if r.said || r.hops < fewest {
		return reports
	}
	if r.state == one && math.Abs(r.hz-answerHz) < answerSlack {
		return d.answering(reports)
	}
	for i := range d.patterns {
		p := &d.patterns[i]
		if !p.endless() || int(d.now-r.start) < p.need {
			continue
		}
		if b := r.burst(); d.is(&b, p.steps[0].sound) && (r.state == twin || r.high < 2*r.low) {
			r.said = true
			return d.report(reports, p.kind, &b, b.began, 0)
		}
	}
	return reports
}

// miss takes a hop that is not of the run.
func (d *Detector) miss(reports []Report, power float64) []Report {
	r := &d.run
	if r.misses++; r.misses == 1 {
		r.gone, r.after = d.now, power
	}
	if r.misses <= patience {
		return reports
	}
	return d.end(reports)
}

// end closes the run.
func (d *Detector) end(reports []Report) []Report {
	r := d.run
	d.run.state = idle
	d.answer = answer{}
	if r.hops < fewest {
		return reports
	}
	b := r.burst()
	alone := d.count == 0 || b.began-d.recent(0).ended > beepAlone
	d.bursts[d.count%kept] = b
	d.count++
	before := len(reports)
	if reports = d.special(reports); len(reports) > before {
		return reports
	}
	if reports = d.cadence(reports, nil); len(reports) > before || r.said {
		return reports
	}
	if on := b.ended - b.began; alone && b.single && on >= minBeep && on <= maxBeep && b.hz > 390 && b.hz < 2010 &&
		r.high < 2*r.low && math.Abs(r.hz-r.born) < beepGlide*r.hz+2 && !d.expected(&b) {
		if _, purity := r.sums.fit(); purity > beepPurity {
			d.pending = Report{Kind: Beep, Began: int64(b.began), Ended: int64(b.ended), DBm0: b.dBm0, Hz: b.hz}
			d.due, d.quiet = int64(b.ended)+beepHold, beepQuiet*r.power()
		}
	}
	return reports
}

// expected reports whether a burst could be one of a tone that is listened to.
func (d *Detector) expected(b *burst) bool {
	for i := range d.patterns {
		p := &d.patterns[i]
		if !d.heard[p.kind] {
			continue
		}
		for _, s := range p.steps {
			if on := b.ended - b.began; d.is(b, s.sound) && (s.on == 0 || on <= s.on+slack(s.on)) {
				return true
			}
		}
	}
	return false
}
