package level

import "math"

// Defaults of an AGC. RFC 7874 section 4, after ITU-T G.169 and G.115, wants
// speech near −19 dBm0.
const (
	Target  = -20.0 // dBm0, active speech level
	MaxGain = 15.0  // dB
	MaxCut  = 12.0  // dB
)

const (
	block = 160 // samples for one decision: 20 ms

	// The gain moves this much in one block at most, in dB: 5.5 dB/s down and
	// 4 dB/s up, slow enough that nobody hears it move.
	stepDown = 5.5 * block / 8000
	stepUp   = 4.0 * block / 8000

	gate      = -50.0 // dBm0: what is quieter is never speech
	aboveHush = 9.0   // dB that speech rises above the noise of the line
	noiseTop  = -55.0 // dBm0: no noise is raised above this
	memory    = 100   // blocks that the measured level remembers: 2 s of speech
	rests     = 0.5   // dB around the wanted gain where it does not move
	linger    = hangover / block

	hushParts, hushBlocks = 6, 16 // the noise is the quietest block of 1.92 s
)

// An AGC brings the speech of a leg to a target level. It learns only while
// somebody speaks, so that pauses and noise are not raised, and its gain moves
// so slowly that it is not heard to pump. A Limiter behind it catches what is
// loud at once; everything is Lookahead samples late. Use NewAGC.
type AGC struct {
	target, maxGain float64
	limiter         *Limiter

	gain, next float64 // dB at the block's begin and at its end
	energy     int64   // of the block so far
	filled     int     // samples of it

	quiet [hushParts]float64 // dBm0: the quietest block of each part of the recent past
	part  int                // the part being filled
	count int                // blocks in it

	speech float64 // mean square of the speech lately
	heard  int     // blocks it was made from, up to memory
	talk   int     // blocks until a pause is no more part of speech
}

// NewAGC makes an AGC for an active speech level of target dBm0, which never
// raises by more than maxGain dB (0 to 30).
func NewAGC(target, maxGain float64) *AGC {
	a := &AGC{target: target, maxGain: min(max(maxGain, 0), 30), limiter: NewLimiter(Overload - 1)}
	for i := range a.quiet {
		a.quiet[i] = noiseTop // nothing is raised before it is known how quiet the line is
	}
	return a
}

// Process changes the samples in place; any number at a time.
func (a *AGC) Process(samples []int16) {
	for len(samples) > 0 {
		part := samples[:min(block-a.filled, len(samples))]
		energy, peak := sweep(part)
		a.amplify(part, float64(peak))
		a.energy += energy
		if a.filled += len(part); a.filled == block {
			a.decide()
		}
		samples = samples[len(part):]
	}
}

// Gain gives the gain just now, in dB, without the limiter's.
func (a *AGC) Gain() float64 { return a.gain }

// amplify applies the gain, which moves in a straight line through the block.
func (a *AGC) amplify(samples []int16, peak float64) {
	if a.gain == 0 && a.next == 0 {
		a.limiter.Process(samples)
		return
	}
	from, to := factor(a.gain), factor(a.next)
	step := (to - from) / block
	g := from + step*float64(a.filled)
	if a.limiter.passes(peak*max(from, to) + 1) {
		for i, s := range samples {
			g += step
			samples[i] = Clip(float64(s) * g)
		}
		a.limiter.delay(samples)
		return
	}
	for i, s := range samples { // the product may need more than 16 bits
		g += step
		samples[i] = a.limiter.next(int32(math.Round(float64(s) * g)))
	}
}

// decide sets the gain of the next block by what was heard in this one.
func (a *AGC) decide() {
	power := float64(a.energy) / block
	now := OfPower(power)
	a.gain, a.energy, a.filled = a.next, 0, 0

	hush := a.listen(now)
	a.talk = max(a.talk-1, 0)
	if now > gate && now > hush+aboveHush {
		a.talk = linger + 1
	}
	if a.talk > 0 {
		a.heard = min(a.heard+1, memory)
		a.speech += (power - a.speech) / float64(a.heard)
	}
	want := a.gain
	if a.talk == linger+1 && a.heard > linger {
		if want = a.target - OfPower(a.speech); math.Abs(want-a.gain) < rests {
			want = a.gain
		}
	}
	want = max(min(want, a.maxGain, max(0, noiseTop-hush)), -MaxCut)
	a.next = a.gain + min(max(want-a.gain, -stepDown), stepUp)
}

// listen follows the noise of the line, in dBm0: the quietest of the last
// blocks, which any gap between two words reaches.
func (a *AGC) listen(now float64) float64 {
	a.quiet[a.part] = min(a.quiet[a.part], now)
	hush := a.quiet[0]
	for _, q := range a.quiet[1:] {
		hush = min(hush, q)
	}
	if a.count++; a.count == hushBlocks {
		a.count, a.part = 0, (a.part+1)%hushParts
		a.quiet[a.part] = now
	}
	return hush
}

func factor(dB float64) float64 { return math.Pow(10, dB/20) }
