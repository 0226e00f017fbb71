package upload

import (
	"math"

	"autocom/dsp/loudness"
)

// The limiter sees the whole sound, so its gain goes down before a peak and comes back after it along half a cosine on either side of a flat bottom: no peak
// passes, and the gain itself makes no click.
const (
	reach = 40 // samples to either side that a peak turns down fully: 5 ms
	slope = 80 // samples of the smoothing window: 10 ms
	tries = 3  // gain that moves makes new peaks, a little higher
)

// limit keeps true peaks at most at top, full scale at 1, and gives the most it took away, in dB.
func limit(x []float32, top float64) (most float64) {
	need := make([]float32, len(x))
	for range tries {
		if !needs(need, x, top) {
			break
		}
		lowest(need, reach)
		smooth(need, slope)
		least := float32(1)
		for i, g := range need {
			x[i] *= g
			least = min(least, g)
		}
		most -= 20 * math.Log10(float64(least))
		top *= 0.9995
	}
	return most
}

// needs fills in the gain each sample has to have for its surroundings to stay under top, and says whether any is below 1.
func needs(need, x []float32, top float64) (over bool) {
	loudness.TruePeaks(need, x, Rate, top)
	for i, h := range need {
		need[i] = 1
		if float64(h) > top {
			need[i], over = float32(top/float64(h)), true
		}
	}
	return over
}

// lowest replaces each gain by the lowest of those within n of it, in one pass with a queue of those that may still be lowest.
func lowest(g []float32, n int) {
	queue := make([]int, 0, 2*n+2)
	in := append([]float32(nil), g...)
	for i := range len(in) + n {
		if i < len(in) {
			for len(queue) > 0 && in[queue[len(queue)-1]] >= in[i] {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, i)
		}
		out := i - n
		if out < 0 {
			continue
		}
		if queue[0] < out-n {
			queue = append(queue[:0], queue[1:]...)
		}
		g[out] = in[queue[0]]
	}
}

// smooth is a running mean with a raised cosine of n samples, the sum of whose weights is 1; before and after the sound the gain is its first and last.
func smooth(g []float32, n int) {
	weights := make([]float32, n+1)
	var sum float32
	for i := range weights {
		weights[i] = float32(1 - math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n+1)))
		sum += weights[i]
	}
	in := append([]float32(nil), g...)
	for i := range g {
		if full(in[max(0, i-n/2):min(len(in), i+n/2+1)]) {
			continue
		}
		var v float32
		for k, w := range weights {
			v += w * in[min(max(i+k-n/2, 0), len(in)-1)]
		}
		g[i] = v / sum
	}
}

// full says that nothing is turned down.
func full(g []float32) bool {
	for _, v := range g {
		if v != 1 {
			return false
		}
	}
	return true
}
