package leg

import "autocom/appliance/exchange"

// The end of a leg that the box ends. To the exchange a leg that ended is a line that is free, and it may ring the same phone in the same
// instant: each leg sends for itself, so that INVITE could overtake the BYE or the CANCEL, or find a phone that is still putting down and
// says 486. The end is told when the peer is done, or when it took too long to say so.

// leave keeps why the box ends the leg until the BYE, or each cancelled INVITE, has its final response; FarewellWait at the latest.
func (s *step) leave(cause exchange.EndCause) {
	s.Leaving = cause
	s.start(TimerFarewell, 0, FarewellWait)
}

// left tells the exchange the end that is still to be told, once.
func (s *step) left() {
	if s.Leaving == "" {
		return
	}
	cause := s.Leaving
	s.Leaving = ""
	s.stop(TimerFarewell, 0)
	end := exchange.LegEnded{Leg: s.Leg, Cause: cause}
	if cause != exchange.EndedByBox { // what the exchange asked for it has timed itself
		end.AgoMS = min(max(s.now.Sub(s.Since), 0), FarewellWait).Milliseconds()
	}
	s.tell(end)
}
