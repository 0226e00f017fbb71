package exchange

import (
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
)

// ringAgainMS is how long after a restart a telephone is rung again: by then the rim knows again where the phones are. The caller hears it ring all the
// time.
const ringAgainMS = 2000

// ringsAgain reports whether a leg that did not live is the telephone that rang for a caller who does: an INVITE that rang did not outlive the old
// process, and the telephone is rung again. Not for whom a campaign or a callback calls: that attempt was made, and another one has its own time.
func (s *State) ringsAgain(c *call.Call, l call.Leg, lives map[plan.LegID]bool) bool {
	who := c.CallerLeg()
	return c.Phase == call.Dialling && l.Way == call.Out && who != nil && who.ID != l.ID && lives[who.ID] && who.Talks() && c.Contact == "" && c.Callback == ""
}

// ringLater sees to it. A number outside will be called by the line it was called on.
func (s *State) ringLater(c *call.Call, was call.Leg) {
	s.cancel(c, call.RingTimeout)
	if was.Trunk == "" {
		c.Target.Lines = nil
	} else {
		c.Target.Lines = append([]string{was.Trunk}, c.Target.Lines...)
	}
	s.after(c, ringAgainMS, call.RingAgain)
}

// ringAgain rings as if nobody had been rung yet.
func (s *State) ringAgain(c *call.Call) {
	if len(c.Target.Lines) == 0 {
		s.ringExtension(c)
		return
	}
	s.ringOutside(c, RefusedCongestion)
}
