package quality

import "math"

// Conditions are what a network did to one direction of a call.
type Conditions struct {
	// Loss is the share of packets lost or too late, in percent.
	Loss float64
	// Burst is G.107's BurstR: the mean length of runs of losses over what it
	// would be for losses at random. 1 is random; less than 1 means 1.
	Burst float64
	// Delay is the delay from mouth to ear, in ms: network, jitter buffer and
	// packets of both ends.
	Delay float64
	// Concealed says that losses are concealed (ITU-T G.711 Appendix I).
	Concealed bool
}

// Robustness of G.711 against loss, G.107's Bpl: without concealment, and with
// that of G.711 Appendix I, both for packets of 10 ms (ITU-T G.113 Appendix I,
// 2007, as quoted by open implementations of the E-model: the text itself was
// not at hand). Its own impairment, Ie, is 0.
const (
	Bpl          = 4.3
	BplConcealed = 25.1
)

// The default values of G.107 table 3, for the set and the room.
const (
	slr  = 8.0   // send loudness rating, dB
	rlr  = 2.0   // receive loudness rating, dB
	stmr = 15.0  // sidetone masking rating, dB
	dset = 3.0   // D factor of both sets
	telr = 65.0  // talker echo loudness rating, dB
	wepl = 110.0 // weighted echo path loss, dB
	room = 35.0  // room noise at both ends, dB(A)
	nc   = -70.0 // circuit noise, dBm0p
	nfor = -64.0 // noise floor at the receive side, dBmp
	qdu  = 1.0   // quantisation distortion units
)

// R is the transmission rating of G.107 §7.1, from 0 (useless) to 93.2 (as
// good as G.711 gets).
func R(c Conditions) float64 {
	delay := clean(c.Delay, 0, 10_000)
	no := noise()
	ro := 15 - 1.5*(slr+no)
	r := ro - simultaneous(ro, no, delay) - delayed(ro, no, delay) - lost(c)
	return min(max(r, 0), 100)
}

// MOS is the mean opinion score, 1 to 4.5, that goes with R (G.107 Annex B).
func MOS(r float64) float64 {
	switch {
	case !(r > 0): // NaN included
		return 1
	case r >= 100:
		return 4.5
	default:
		// The cubic dips below 1 for R under 6.5.
		return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
	}
}

// clean keeps nonsense out: not a number and negative values become low.
func clean(x, low, high float64) float64 {
	if !(x > low) {
		return low
	}
	return min(x, high)
}

// lost is Ie,eff of G.107 §7.5.
func lost(c Conditions) float64 {
	loss := clean(c.Loss, 0, 100)
	bpl := Bpl
	if c.Concealed {
		bpl = BplConcealed
	}
	return 95 * loss / (loss/clean(c.Burst, 1, 1e6) + bpl)
}

// noise is No of G.107 §7.2, the sum of all noise at the 0 dBr point.
func noise() float64 {
	olr := slr + rlr
	nos := room - slr - dset - 100 + 0.004*sq(room-olr-dset-14)
	lstr := stmr + dset
	pre := room + 10*math.Log10(1+pow10((10-lstr)/10))
	nor := rlr - 121 + pre + 0.008*sq(pre-35)
	nfo := nfor + rlr
	return 10 * math.Log10(pow10(nc/10)+pow10(nos/10)+pow10(nor/10)+pow10(nfo/10))
}

// simultaneous is Is of G.107 §7.3: what hurts while one speaks.
func simultaneous(ro, no, delay float64) float64 {
	xolr := slr + rlr + 0.2*(64+no-rlr)
	iolr := 20 * (root(8, xolr/8) - xolr/8)

	stmro := -10 * math.Log10(pow10(-stmr/10)+math.Exp(-delay/4)*pow10(-telr/10))
	ist := 12*root(8, (stmro-13)/6) - 28*root(35, (stmro+1)/19.4) - 13*root(13, (stmro-3)/33) + 29

	q := 37 - 15*math.Log10(qdu)
	g := 1.07 + 0.258*q + 0.0602*q*q
	y := (ro-100)/15 + 46/8.4 - g/9
	z := 46.0/30 - g/40
	iq := 15 * math.Log10(1+pow10(y)+pow10(z))

	return iolr + ist + iq
}

// delayed is Id of G.107 §7.4: echo of the talker and of the listener, and
// delay itself.
func delayed(ro, no, delay float64) float64 {
	roe := -1.5 * (no - rlr)
	terv := telr - 40*math.Log10((1+delay/10)/(1+delay/150)) + 6*math.Exp(-0.3*delay*delay)
	half := (roe - 80 - 2.5*(terv-14)) / 2
	idte := (half + math.Sqrt(half*half+100) - 1) * (1 - math.Exp(-delay))

	rle := 10.5 * (wepl + 7) * math.Pow(2*delay+1, -0.25)
	half = (ro - rle) / 2
	idle := half + math.Sqrt(half*half+169)

	idd := 0.0
	if delay > 100 {
		x := math.Log2(delay / 100)
		idd = 25 * (root(6, x) - 3*root(6, x/3) + 2)
	}
	return idte + idle + idd
}

// root is the n-th root of 1 + xⁿ.
func root(n, x float64) float64 { return math.Pow(1+math.Pow(x, n), 1/n) }

func sq(x float64) float64 { return x * x }

func pow10(x float64) float64 { return math.Pow(10, x) }
