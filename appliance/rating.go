package appliance

import (
	"math"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/media/engine"
	"autocom/dsp/quality"
)

// rating is the E-model's R (ITU-T G.107) of what a leg received, and the opinion score that goes with it, both in tenths; a
// leg that received nothing has none.
//
// Missing packets are taken as concealed: the box does so where it decodes (ITU-T G.711 Appendix I), and where it only
// passes packets on, the phone at the other end does. Where the media process counts runs of losses, their burstiness is
// rated too.
func rating(q fact.LegQuality) (rX10, mosX10 int) {
	if q.Received == 0 {
		return 0, 0
	}
	// What came too late counts among what was received; nobody heard it.
	late := min(q.Late, q.Received)
	c := quality.Counts{Received: q.Received - late, Lost: q.Lost, Discarded: late, Runs: q.LossRuns}
	r := quality.R(c.Conditions(engine.OwnDelay+float64(q.RoundTrip)/2000, true))
	return tenths(r), tenths(quality.MOS(r))
}

func tenths(x float64) int { return int(math.Round(10 * x)) }
