package appliance

import (
	"math"

	"autocom/appliance/exchange/fact"
	"autocom/dsp/quality"
)

// baseDelay is what a call through the box takes one way, besides the network: a packet, and a jitter buffer at each end (ms).
const baseDelay = 60

// rating is the E-model's R (ITU-T G.107) of what a leg received, in tenths.
func rating(q fact.LegQuality) int {
	if q.Received == 0 {
		return 0
	}
	loss := 100 * float64(q.Lost) / float64(q.Lost+q.Received)
	delay := baseDelay + float64(q.RoundTrip)/2000
	return int(math.Round(10 * quality.R(quality.Conditions{Loss: loss, Delay: delay})))
}
