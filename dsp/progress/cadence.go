package progress

import (
	"math"

	"autocom/dsp/tone"
)

// A sound is one frequency, or two together, that a tone is made of.
type sound struct {
	low, high float64 // Hz; high is 0 for one frequency
	slack     float64 // Hz that a single frequency may be off
	pair      int     // of the lines, −1 for one frequency
}

// A step is one burst of a cadence and the silence behind it, in samples. A
// burst without end has on 0.
type step struct {
	sound   int
	on, off float64
}

// A pattern is what is looked for.
type pattern struct {
	kind  Kind
	steps []step
	// need is how many stretches in a row, bursts and silences, must be the
	// pattern's; for a burst without end, how many samples it must last.
	need int
	long float64 // the longest stretch
}

// Slack of a burst's or a silence's length: ITU-T E.180 and the national
// documents allow 10 %; the measurement is good to a few milliseconds.
func slack(samples float64) float64 { return 0.12*samples + 20*rate/1000 }

func near(a, b float64) bool { return math.Abs(a-b) <= slack(b) }

// compile makes patterns of the plans' tones and of the fax calling tone.
func (d *Detector) compile(plans []tone.Plan) {
	for i := range plans {
		for _, c := range [...]struct {
			from tone.Kind
			kind Kind
		}{
			{tone.Dial, Dial},
			{tone.SecondDial, Dial},
			{tone.Ringback, Ringback},
			{tone.Busy, Busy},
			{tone.Congestion, Congestion},
			{tone.Routing, Routing},
		} {
			d.addPattern(c.kind, plans[i].Tone(c.from), 0)
		}
	}
	fax := tone.Cadence(1100, 0, 500, 3000)
	d.addPattern(CNG, fax, 40) // Hz: the 38 of T.30, and what the measurement is off
	for i := range d.patterns {
		d.require(&d.patterns[i])
	}
}

// addPattern adds a tone that goes on without end; others prove nothing.
func (d *Detector) addPattern(kind Kind, t tone.Tone, slack float64) {
	if len(t.Segments) == 0 || t.Times != 0 {
		return
	}
	p := pattern{kind: kind}
	for _, s := range t.Segments {
		n := len(p.steps)
		switch {
		case len(s.Hz) == 0 && n > 0:
			p.steps[n-1].off += float64(s.Samples)
			p.long = max(p.long, p.steps[n-1].off)
		case len(s.Hz) == 1 || len(s.Hz) == 2:
			p.steps = append(p.steps, step{sound: d.sound(s.Hz, slack), on: float64(s.Samples)})
			p.long = max(p.long, float64(s.Samples))
		}
	}
	if len(p.steps) > 0 {
		d.patterns = append(d.patterns, p)
	}
}

// sound finds or adds a sound.
func (d *Detector) sound(freq []float64, slack float64) int {
	s := sound{low: freq[0], slack: slack, pair: -1}
	if slack == 0 {
		s.slack = 0.015*s.low + 6
	}
	if len(freq) == 2 {
		s.low, s.high = min(freq[0], freq[1]), max(freq[0], freq[1])
	}
	for i := range d.sounds {
		if o := &d.sounds[i]; o.low == s.low && o.high == s.high && o.slack == s.slack {
			return i
		}
	}
	if s.high > 0 {
		s.pair = len(d.lines.pairs)
		reach := min(tries/2, int((s.high-s.low)/5/tryStep))
		d.lines.pairs = append(d.lines.pairs, pair{d.lineOf(s.low), d.lineOf(s.high), reach})
	}
	d.sounds = append(d.sounds, s)
	return len(d.sounds) - 1
}

func (d *Detector) lineOf(hz float64) int {
	for i := range d.lines.line {
		if d.lines.line[i].hz == hz {
			return i
		}
	}
	d.lines.line = append(d.lines.line, newLine(hz))
	return len(d.lines.line) - 1
}

// The bounds of what require asks for.
const (
	short   = 3 * rate // a period, in samples: of a shorter one, one and a half are wanted
	maxNeed = 9        // stretches
	kept    = maxNeed  // bursts remembered
)

// require works out how much of a pattern proves it.
func (d *Detector) require(p *pattern) {
	if p.endless() {
		// Longer than any burst of the same sound.
		p.need = rate
		for i := range d.patterns {
			for _, s := range d.patterns[i].steps {
				if d.same(s.sound, p.steps[0].sound) && s.on > 0 {
					p.need = max(p.need, int(s.on+slack(s.on))+rate*3/20)
				}
			}
		}
		return
	}
	period := 0.0
	for _, s := range p.steps {
		period += s.on + s.off
	}
	p.need = 2 * len(p.steps)
	if len(p.steps) == 1 && period < short {
		p.need = 3
	}
	if period < rate*3/10 {
		p.need = maxNeed - 1 // two periods of 100 ms are over before they prove anything
	}
	// More than any other pattern has in common with it: Spain's busy is what
	// its congestion begins with.
	for i := range d.patterns {
		if q := &d.patterns[i]; q.kind != p.kind && !q.endless() {
			if n := d.common(p, q); n < maxNeed {
				p.need = max(p.need, n+1)
			}
		}
	}
}

func (p *pattern) endless() bool { return len(p.steps) == 1 && p.steps[0].on == 0 }

func (d *Detector) same(a, b int) bool {
	s, o := &d.sounds[a], &d.sounds[b]
	if s.high > 0 || o.high > 0 {
		return s.low == o.low && s.high == o.high
	}
	return math.Abs(s.low-o.low) <= max(s.slack, o.slack)
}

// stretch gives the i-th stretch of the pattern, which goes round: bursts are
// even.
func (p *pattern) stretch(i int) (sound int, samples float64) {
	s := &p.steps[i/2%len(p.steps)]
	if i%2 == 0 {
		return s.sound, s.on
	}
	return -1, s.off
}

// common gives the most stretches in a row that two patterns share, maxNeed
// when they are one.
func (d *Detector) common(p, q *pattern) int {
	most := 0
	for a := range 2 * len(p.steps) {
		for b := a % 2; b < 2*len(q.steps); b += 2 {
			n := 0
			for ; n < maxNeed; n++ {
				ps, pn := p.stretch(a + n)
				qs, qn := q.stretch(b + n)
				if ps >= 0 && !d.same(ps, qs) || !near(pn, qn) && !near(qn, pn) {
					break
				}
			}
			most = max(most, n)
		}
	}
	return most
}

// A burst is one sound heard, in samples since the start.
type burst struct {
	began, ended float64
	single       bool
	hz           float64 // of a single one
	pair         int     // of the lines, for another
	dBm0         float64
}

func (d *Detector) is(b *burst, sound int) bool {
	s := &d.sounds[sound]
	if b.single {
		return s.pair < 0 && math.Abs(b.hz-s.low) <= s.slack
	}
	return s.pair == b.pair
}

// recent gives the i-th burst from the last one.
func (d *Detector) recent(i int) *burst { return &d.bursts[(d.count-1-i)%kept] }

// follows reports whether the last stretches are p's, and where they began.
// next is a burst that has begun, or nil.
func (d *Detector) follows(p *pattern, next *burst) (began float64, ok bool) {
	if d.count == 0 {
		return 0, false
	}
	for last := range p.steps {
		if next != nil && !d.is(next, p.steps[(last+1)%len(p.steps)].sound) {
			continue
		}
		n, after := 0, next
		for i := range min(d.count, kept) {
			b, s := d.recent(i), &p.steps[((last-i)%len(p.steps)+len(p.steps))%len(p.steps)]
			if after != nil {
				if !near(after.began-b.ended, s.off) {
					break
				}
				n++
			}
			if n >= p.need {
				return began, true
			}
			if !d.is(b, s.sound) || !near(b.ended-b.began, s.on) {
				break
			}
			n++
			after, began = b, b.began
			if n >= p.need {
				return began, true
			}
		}
	}
	return 0, false
}
