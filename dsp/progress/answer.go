package progress

import (
	"math"
	"math/cmplx"
)

const (
	answerHz     = 2100.0
	answerSlack  = 25.0              // Hz; ITU-T T.30 and V.25 allow 15
	answerLength = rate / 2          // after which it is reported
	apartLeast   = 410 * rate / 1000 // between two phase reversals: 450 ± 25 ms (V.25), measured to 10
	apartMost    = 490 * rate / 1000
)

// An answer is what is known of an answer tone that goes on.
type answer struct {
	ced, reversal bool // reported
	hops          int
	phase         [2]complex128 // of the two hops measured last
	at            [2]int64
	turned        int64 // when the phase was last reversed; 0 for never
}

// answering looks at one more hop of 2,100 Hz.
func (d *Detector) answering(reports []Report) []Report {
	a, r := &d.answer, &d.run
	b := r.burst()
	if !a.ced && int(d.now)+hop-int(b.began) >= answerLength {
		a.ced = true
		reports = d.report(reports, CED, &b, b.began, 0)
	}
	if !d.heard[Reversal] {
		return reports
	}
	// A hop is 21 turns of 2,100 Hz: the phase stays unless it is reversed, but
	// for the little the frequency is off.
	var re, im float64
	osc := cmplx.Rect(1, -2*math.Pi*answerHz/rate)
	turn := complex(1, 0)
	for _, x := range d.x[before:] {
		re += float64(x) * real(turn)
		im += float64(x) * imag(turn)
		turn *= osc
	}
	now := complex(re, im)
	if a.hops++; a.hops > 10 && (a.turned == 0 || d.now-a.turned > rate/10) {
		drift := 2 * math.Pi * (r.hz - answerHz) / rate * float64(d.now-a.at[0])
		if angle := cmplx.Phase(now * cmplx.Conj(a.phase[0]) * cmplx.Rect(1, -drift)); math.Abs(angle) > 2.2 {
			if apart := d.now - a.turned; a.turned > 0 && apart > apartLeast && apart < apartMost && !a.reversal {
				a.reversal = true
				reports = d.report(reports, Reversal, &b, b.began, 0)
			}
			a.turned = d.now
		}
	}
	a.phase[0], a.at[0] = a.phase[1], a.at[1]
	a.phase[1], a.at[1] = now, d.now
	return reports
}
