package call

import "autocom/appliance/exchange/fact"

// Had is whom the caller of a call has spoken with so far. Once that was somebody whom the call itself reached, it stays so.
type Had string

// The answers.
const (
	HadNobody    Had = ""
	HadForwarded Had = "forwarded" // somebody outside alone, to whom an extension sends its calls
	HadSomebody  Had = "somebody"
)

// Meets notes that the caller speaks with the far end of a leg.
func (c *Call) Meets(l *Leg) {
	switch {
	case l == nil || l == c.CallerLeg() || c.Had == HadSomebody:
	case l.Trunk != "" && len(c.Target.Via) > 0:
		c.Had = HadForwarded
	default:
		c.Had = HadSomebody
	}
}

// Outcome is how a call ends in which people have spoken (FEATURES §3.2): answered, even for a second; forwarded, when it went to a number outside by
// an extension's own rule and nobody else was spoken with.
func (c *Call) Outcome() fact.CallOutcome {
	if c.Had == HadForwarded {
		return fact.CallForwarded
	}
	return fact.CallAnswered
}
