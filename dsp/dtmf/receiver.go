package dtmf

import "math"

// Block is how many samples the receiver judges at a time (12.75 ms): with
// 102, the eight frequencies lie near the middles of their bins.
const Block = 102

// The receiver's limits.
const (
	// maxTwistHigh and maxTwistLow say how much louder the high and the low
	// tone may be, as power ratios: 6 dB and 8 dB.
	maxTwistHigh = 3.98
	maxTwistLow  = 6.31
	// fraction of a block's power that the two tones must explain. Speech
	// hardly ever reaches it, and it is what keeps words from being keys.
	fraction = 0.82
	// others is how much stronger a tone must be than any other of its group:
	// 6.3 dB, as a power ratio.
	others = 4.3
	// threshold is the mean square of the weaker tone under which nothing is
	// a key: about −39 dBm0.
	threshold = 32000
	// misses is the number of blocks without a key that end one.
	misses = 2
)

// A Receiver finds keys in a voice. The zero value is ready. It belongs to one
// goroutine.
type Receiver struct {
	s1, s2 [8]float32 // Goertzel state, low group first
	energy float32
	at     int

	last byte // what the last block held
	key  byte // the key that is held; 0 is none
	gone int  // blocks since it was last seen
}

// coefficients are 2·cos(2πf/8000) of the eight frequencies.
var coefficients = func() (c [8]float32) {
	low, high := frequencies()
	for i := range 4 {
		c[i] = float32(2 * math.Cos(2*math.Pi*low[i]/8000))
		c[4+i] = float32(2 * math.Cos(2*math.Pi*high[i]/8000))
	}
	return c
}()

// Write listens to samples and appends to dst each key that was newly pressed,
// once, when a second block has confirmed it.
func (r *Receiver) Write(dst []byte, samples []int16) []byte {
	for len(samples) > 0 {
		n := min(len(samples), Block-r.at)
		r.listen(samples[:n])
		samples = samples[n:]
		if r.at += n; r.at < Block {
			continue
		}
		hit := r.judge()
		r.s1, r.s2, r.energy, r.at = [8]float32{}, [8]float32{}, 0, 0
		if key, ok := r.confirm(hit); ok {
			dst = append(dst, key)
		}
	}
	return dst
}

// Held gives the key that is pressed now; ok is false when none is.
func (r *Receiver) Held() (key byte, ok bool) { return r.key, r.key != 0 }

// Reset forgets what was heard.
func (r *Receiver) Reset() { *r = Receiver{} }

func (r *Receiver) listen(samples []int16) {
	c := &coefficients
	// Eight filters side by side: each step waits for its last one, and the
	// processor overlaps the eight.
	a0, a1, a2, a3, a4, a5, a6, a7 := r.s1[0], r.s1[1], r.s1[2], r.s1[3], r.s1[4], r.s1[5], r.s1[6], r.s1[7]
	b0, b1, b2, b3, b4, b5, b6, b7 := r.s2[0], r.s2[1], r.s2[2], r.s2[3], r.s2[4], r.s2[5], r.s2[6], r.s2[7]
	energy := r.energy
	for _, s := range samples {
		x := float32(s)
		energy += x * x
		a0, b0 = x+c[0]*a0-b0, a0
		a1, b1 = x+c[1]*a1-b1, a1
		a2, b2 = x+c[2]*a2-b2, a2
		a3, b3 = x+c[3]*a3-b3, a3
		a4, b4 = x+c[4]*a4-b4, a4
		a5, b5 = x+c[5]*a5-b5, a5
		a6, b6 = x+c[6]*a6-b6, a6
		a7, b7 = x+c[7]*a7-b7, a7
	}
	r.s1 = [8]float32{a0, a1, a2, a3, a4, a5, a6, a7}
	r.s2 = [8]float32{b0, b1, b2, b3, b4, b5, b6, b7}
	r.energy = energy
}

// judge says which key the block holds; 0 is none.
func (r *Receiver) judge() byte {
	var p [8]float32 // mean square of each tone
	for i := range p {
		c := coefficients[i]
		p[i] = 2 * (r.s1[i]*r.s1[i] + r.s2[i]*r.s2[i] - c*r.s1[i]*r.s2[i]) / (Block * Block)
	}
	row, low := strongest(p[:4])
	col, high := strongest(p[4:])
	switch {
	case row < 0 || col < 0:
		return 0
	case min(low, high) < threshold:
		return 0
	case high > low*maxTwistHigh || low > high*maxTwistLow:
		return 0
	case (low+high)*Block < fraction*r.energy:
		return 0
	default:
		return keypad[4*row+col]
	}
}

// strongest finds the tone that stands out of its group; −1 when none does.
func strongest(p []float32) (int, float32) {
	best := 0
	for i, x := range p {
		if x > p[best] {
			best = i
		}
	}
	for i, x := range p {
		if i != best && x*others > p[best] {
			return -1, 0
		}
	}
	return best, p[best]
}

// confirm takes one block's verdict. A key is pressed when two blocks in a row
// hold it and released when two in a row do not: a hole of one block in the
// middle of a key does not make it two.
func (r *Receiver) confirm(hit byte) (byte, bool) {
	before := r.last
	r.last = hit
	if hit != 0 && hit == r.key {
		r.gone = 0
		return 0, false
	}
	if hit != 0 && hit == before {
		r.key, r.gone = hit, 0
		return hit, true
	}
	if r.key != 0 {
		if r.gone++; r.gone >= misses {
			r.key, r.gone = 0, 0
		}
	}
	return 0, false
}
