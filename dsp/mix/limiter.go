package mix

import "math"

const (
	// threshold is the loudest sample of a sum that is never touched: 3 dB
	// below full scale.
	threshold = 23197
	// room is what is left above it.
	room = math.MaxInt16 - threshold
	// step is how many samples share one decision: 5 ms, which holds half a
	// period of every tone of the telephone band down to 100 Hz.
	step = 40
	// attack is how fast the gain falls when the loud part is already there,
	// in samples (1 ms).
	attack = 8
	// resting is how many steps the gain waits before it rises: 20 ms, more
	// than the period of a deep voice.
	resting = 4
)

// A limiter turns a sum down that is louder than the threshold. It sees one
// chunk at a time, so its gain falls before a peak inside the chunk; what is
// loud right at a chunk's begin goes through a bend above the threshold for
// the millisecond that the gain needs. Afterwards the gain rises by half a
// decibel a step, 6 dB in 60 ms: too fast to leave the others quiet after a
// loud word, too slow to follow the wave. The zero limiter is open.
type limiter struct {
	cut  int32 // unity minus the gain
	rest uint8 // steps until the gain may rise
}

// open says whether the limiter does nothing to sums below the threshold.
func (l *limiter) open() bool { return l.cut == 0 }

// limit stores a sum of up to one chunk, with no sample louder than top, or
// hardly so where the bend catches it.
func (l *limiter) limit(o []int16, sum []int32, top int32) {
	var needs [chunk/step + 1]int32
	steps := (len(sum) + step - 1) / step
	for b := range steps {
		needs[b] = need(sum[b*step:min((b+1)*step, len(sum))], top)
	}
	needs[steps] = unity // what comes next is not known
	for b := range steps {
		from := b * step
		part := sum[from:min(from+step, len(sum))]
		gain := unity - l.cut
		next := l.decide(gain, min(needs[b], needs[b+1]))
		slope := len(part)
		if needs[b] < gain {
			slope = min(attack, slope)
		}
		for i, s := range part {
			g := next
			if i+1 < slope {
				g = gain + (next-gain)*int32(i+1)/int32(slope)
			}
			o[from+i] = bend(scale(s, g), top)
		}
		l.cut = unity - next
	}
}

// decide gives the gain at the end of a step, at most bearable.
func (l *limiter) decide(gain, bearable int32) int32 {
	switch {
	case bearable <= gain:
		if bearable < unity {
			l.rest = resting
		}
		return bearable
	case l.rest > 0:
		l.rest--
		return gain
	}
	return min(bearable, gain+gain>>4+1)
}

// need is the gain with which the loudest sample is not louder than top.
func need(sum []int32, top int32) int32 {
	var peak int32
	for _, s := range sum {
		peak = max(peak, s, -s)
	}
	if peak <= top {
		return unity
	}
	return int32(int64(top) * unity / int64(peak))
}

// bend leaves samples up to top alone and bends what is above it so that it
// never reaches full scale.
func bend(s, top int32) int16 {
	if top > threshold {
		return int16(min(max(s, math.MinInt16), math.MaxInt16))
	}
	switch {
	case s > threshold:
		d := s - threshold
		return int16(threshold + int32(int64(room)*int64(d)/int64(room+d)))
	case s < -threshold:
		d := -threshold - s
		return int16(-threshold - int32(int64(room)*int64(d)/int64(room+d)))
	}
	return int16(s)
}
