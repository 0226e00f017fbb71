package echo

import "math"

// The tone disabler: fax machines and modems that answer send 2,100 Hz whose phase turns over every 450 ms, and then want no canceller (G.168 §7;
// V.8, V.25). Figures are those of G.165 (1988) §4 from memory, within which this detector keeps: it hears −31 dBm0 and more, 2,100 ± 21 Hz, a
// turn of 180° ± 25°, operates within a second, and lets go after 250 ms of both directions under −36 dBm0.
const (
	lookLen    = 80   // samples: 10 ms, 21 turns of 2,100 Hz
	pure       = 0.72 // of a look's power in the tone: at 21 Hz off the look itself loses 14 %
	before     = 20   // looks of tone before a turn counts: 200 ms
	after      = 10   // and after it
	releaseLen = 25
)

var (
	hears   = meanSquare(-33)
	letsGo  = meanSquare(-36)
	carrier = tabulateCarrier()
)

func tabulateCarrier() (t [lookLen][2]float32) {
	for i := range t {
		s, c := math.Sincos(2 * math.Pi * 21 * float64(i) / lookLen)
		t[i] = [2]float32{float32(c), float32(s)}
	}
	return t
}

// disabler listens to both directions.
type disabler struct {
	far, near answerTone
	at        int
	quiet     int // looks in which both directions were silent
	aside     bool
}

func (d *disabler) reset() { *d = disabler{} }

func (d *disabler) take(far, near float32) {
	c := &carrier[d.at]
	d.far.take(far, c)
	d.near.take(near, c)
	if d.at++; d.at < lookLen {
		return
	}
	d.at = 0
	loud := max(d.far.power, d.near.power) > lookLen*letsGo
	found := d.far.decide()
	if d.near.decide() || found {
		d.aside, d.quiet = true, 0
	}
	if loud {
		d.quiet = 0
	} else if d.quiet++; d.quiet >= releaseLen {
		d.aside = false
	}
}

// answerTone hears one direction.
type answerTone struct {
	re, im, power float32
	run           int     // looks of tone in a row
	gap           int     // looks since the last of them
	phase         float64 // of the last of them
	slope         float64 // of the phase from look to look, for a tone beside 2,100 Hz
	turned        int     // looks of tone since the phase turned over, 0: not yet
}

func (a *answerTone) take(x float32, c *[2]float32) {
	a.re += x * c[0]
	a.im -= x * c[1]
	a.power += x * x
}

// decide ends a look and says whether the phase has turned over and the tone gone on.
func (a *answerTone) decide() bool {
	re, im, power := float64(a.re), float64(a.im), float64(a.power)
	a.re, a.im, a.power = 0, 0, 0
	if power < float64(lookLen*hears) || 2*(re*re+im*im) < pure*lookLen*power {
		// The look in which the phase turns is no pure tone.
		if a.gap++; a.gap > 1 {
			a.run, a.turned = 0, 0
		}
		return false
	}
	phase := math.Atan2(im, re)
	if a.run >= 2 {
		// From the last pure look on: the one within which the phase turns is between them.
		step := wrap(phase - a.phase - float64(1+a.gap)*a.slope)
		switch {
		case math.Abs(wrap(step-math.Pi)) < 0.8:
			if a.run >= before && a.turned == 0 {
				a.turned = 1
			}
		case math.Abs(step) < 0.8:
			a.slope += 0.2 * step
			if a.turned > 0 {
				a.turned++
			}
		default:
			a.run, a.turned = 0, 0
		}
	} else if a.run == 1 && a.gap == 0 {
		a.slope = wrap(phase - a.phase)
	}
	a.phase = phase
	a.run++
	a.gap = 0
	if a.turned > after {
		a.turned = 0
		return true
	}
	return false
}

// wrap brings an angle into −π…π.
func wrap(a float64) float64 { return math.Remainder(a, 2*math.Pi) }
