package load

import "time"

// A histogram counts durations in steps of 20 µs up to 1 s; longer ones share
// the last step.
type histogram struct {
	bins [50001]uint32
	n    uint64
}

const binWidth = 20 * time.Microsecond

func (h *histogram) add(d time.Duration) {
	i := max(int(d/binWidth), 0)
	h.bins[min(i, len(h.bins)-1)]++
	h.n++
}

// at gives the duration below which that fraction of all lies.
func (h *histogram) at(fraction float64) time.Duration {
	want, seen := uint64(fraction*float64(h.n)), uint64(0)
	for i, n := range h.bins {
		if seen += uint64(n); n > 0 && seen >= want {
			return time.Duration(i+1) * binWidth // the upper edge: never flattering
		}
	}
	return 0
}

// Spread is a distribution in three figures, in ms.
type Spread struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func (h *histogram) spread() Spread {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return Spread{ms(h.at(0.5)), ms(h.at(0.99)), ms(h.at(1))}
}
