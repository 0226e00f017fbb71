package level

import "math"

// Fast is the time constant of a Running meter, in samples: 125 ms, the "fast"
// of a sound level meter (IEC 61672-1).
const Fast = 1000

// frame is what is left of the past after one block.
var frame = math.Exp(-float64(block) / Fast)

// A Running meter follows how loud a stream is just now, cheaply enough for
// every leg of every call: the mean square of the recent past, which fades by
// Fast. The zero Running is ready and at Floor.
type Running struct {
	power float64 // mean square
}

// Add measures the next samples and gives their peak, 0 to 32,768.
func (r *Running) Add(samples []int16) (peak int) {
	energy, top := sweep(samples)
	r.AddEnergy(energy, len(samples))
	return top
}

// AddEnergy tells the sum of the squares of the next n samples, for those who
// have it anyhow.
func (r *Running) AddEnergy(energy int64, n int) {
	if n <= 0 {
		return
	}
	mean := float64(energy) / float64(n)
	keep := frame
	if n != block {
		keep = math.Exp(-float64(n) / Fast)
	}
	r.power = mean + (r.power-mean)*keep
}

// Level gives the level just now, in dBm0.
func (r *Running) Level() float64 { return OfPower(r.power) }

// sweep gives the sum of the squares and the greatest magnitude.
func sweep(samples []int16) (energy int64, peak int) {
	low, high := int32(0), int32(0)
	for _, s := range samples {
		x := int32(s)
		energy += int64(x * x)
		low, high = min(low, x), max(high, x)
	}
	return energy, int(max(-low, high))
}
