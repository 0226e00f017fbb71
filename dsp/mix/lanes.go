package mix

// Samples are added two at a time: lanes keep a chunk of 32-bit values in
// words of 64 bits, the even sample in the lower half. Whole-number addition
// keeps the halves apart, but for a borrow where the lower half is negative.
// So sums begin at a bias that keeps both halves positive, and whose lower 16
// bits are nought, so that it needs no taking away where a sample is stored.
type lanes [chunk / 2]int64

// bias is what every value of a biased chunk is more than it should be; no sum
// of MaxParties with MaxGain comes near it.
const bias = 1 << 30

// both has the value in both halves.
const both = 1<<32 + 1

// pack makes a word of two values.
func pack(even, odd int32) int64 { return int64(even) + int64(odd)<<32 }

// at gives value i of a chunk without bias.
func (l *lanes) at(i int) int32 {
	w := l[i>>1]
	if i&1 == 0 {
		return int32(w)
	}
	return int32((w - int64(int32(w))) >> 32)
}

// pack takes the values of a chunk, without bias.
func (l *lanes) pack(values *[chunk]int32) {
	for i := range l {
		l[i] = pack(values[2*i], values[2*i+1])
	}
}

// start takes the values of a chunk without bias, and gives them bias.
func (l *lanes) start(x *lanes) {
	for i := range l {
		l[i] = x[i] + bias*both
	}
}

// add adds a chunk without bias.
func (l *lanes) add(x *lanes) {
	for i := range l {
		l[i] += x[i]
	}
}

// unpackWithout gives the values of a biased chunk less those of one without.
func (l *lanes) unpackWithout(own *lanes, values []int32) {
	for i := range values[:min(len(values), chunk)] {
		w := l[i>>1] - own[i>>1]
		values[i] = int32(w>>(i&1<<5)) - bias
	}
}

// gather copies x into sound, adds it to the biased total and gives its energy.
// With minus it is all the work of a conference, so a whole chunk has a loop of
// its own, in which the compiler knows every length.
func gather(total, sound *lanes, x []int16) (energy int64) {
	if len(x) == chunk {
		return gatherChunk(total, sound, (*[chunk]int16)(x))
	}
	*sound = lanes{}
	for i, v := range x[:min(len(x), chunk)] {
		v := int64(v)
		sound[i>>1] += v << (i & 1 << 5)
		total[i>>1] += v << (i & 1 << 5)
		energy += v * v
	}
	return energy
}

// gatherScalar is gather for a whole chunk, on any processor.
func gatherScalar(total, sound *lanes, x *[chunk]int16) (energy int64) {
	for i := 0; i < chunk; i += 4 {
		a, b, c, d := int64(x[i]), int64(x[i+1]), int64(x[i+2]), int64(x[i+3])
		v, w := a+b<<32, c+d<<32
		sound[i/2], sound[i/2+1] = v, w
		total[i/2] += v
		total[i/2+1] += w
		energy += a*a + b*b + c*c + d*d
	}
	return energy
}

const (
	least = (bias - threshold) * both
	most  = (bias + threshold) * both
	signs = -1<<63 | 1<<31
)

// minus stores the biased total without own and says whether every sample is
// within the threshold. The sign bits of both halves gather the comparisons; a
// borrow only happens where the lower half is beyond the threshold already.
func minus(o []int16, total, own *lanes) bool {
	if len(o) == chunk {
		return minusChunk((*[chunk]int16)(o), total, own)&signs == 0
	}
	var beyond int64
	for i := range o[:min(len(o), chunk)] {
		v := total[i>>1] - own[i>>1]
		beyond |= (v - least) | (most - v)
		o[i] = int16(v >> (i & 1 << 5))
	}
	return beyond&signs == 0
}

// minusScalar is minus for a whole chunk, on any processor; it gives the sign
// bits.
func minusScalar(o *[chunk]int16, total, own *lanes) (beyond int64) {
	for i := 0; i < chunk; i += 4 {
		v, w := total[i/2]-own[i/2], total[i/2+1]-own[i/2+1]
		beyond |= (v - least) | (most - v) | (w - least) | (most - w)
		o[i], o[i+1], o[i+2], o[i+3] = int16(v), int16(v>>32), int16(w), int16(w>>32)
	}
	return beyond
}
