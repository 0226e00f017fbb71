package plc

import "math"

// findPitch finds the distance at which the last 10 ms look most like what came
// before, and how much they do, from 0 to 1: by normalised cross-correlation,
// first on every second sample and distance, then closely around the best.
func findPitch(x *[history]float32) (pitch int, likeness float32) {
	recent := x[history-compare:]
	var half [compare / 2]float32
	for i := range half {
		half[i] = recent[2*i]
	}
	best, score := maxPitch, float32(0)
	for lag := minPitch; lag <= maxPitch; lag += 2 {
		older := x[history-compare-lag:][:compare]
		var cross, energy float32
		for i, v := range half {
			o := older[2*i]
			cross += v * o
			energy += o * o
		}
		// Squares are compared, so that there is one division a distance.
		if cross > 0 && cross*cross > score*energy {
			best, score = lag, cross*cross/energy
		}
	}
	if score == 0 {
		return maxPitch, 0
	}
	coarse, score := best, float32(0)
	for lag := max(minPitch, coarse-1); lag <= min(maxPitch, coarse+1); lag++ {
		older := x[history-compare-lag:][:compare]
		var cross, energy float32
		for i, v := range recent {
			cross += v * older[i]
			energy += older[i] * older[i]
		}
		if cross > 0 && cross*cross > score*energy {
			best, score = lag, cross*cross/energy
		}
	}
	var energy float32
	for _, v := range recent {
		energy += v * v
	}
	if energy == 0 {
		return best, 0
	}
	return best, float32(math.Sqrt(float64(score / energy)))
}
