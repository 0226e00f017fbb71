package leg

import (
	"slices"

	"autocom/appliance/exchange"
)

// Contacts are tried in turns: those of one turn ring together, and the next turn comes when every contact before it failed without an answer
// of a person or of the number itself, or when all of them stay silent (RFC 3263 §4.3).

// goesOn reports whether a final response leaves the number to be tried elsewhere: nobody answered, the network or the far end failed.
func goesOn(status int) bool { return status == 408 || status >= 500 && status < 600 }

// waiting reports whether contacts are left that were not tried.
func (s *step) waiting() bool {
	return slices.ContainsFunc(s.Branches, func(b Branch) bool { return b.Phase == Waiting })
}

// nextTurn sends the INVITEs of the contacts that are next.
func (s *step) nextTurn() {
	s.Early = false // the sound of the turn before ended with it
	if s.Rings > 1 {
		s.Rings = 0
	}
	first := true
	for i := range s.Branches {
		b := &s.Branches[i]
		if b.Phase == Waiting && (first || b.Turn < s.Turn) {
			s.Turn, first = b.Turn, false
		}
	}
	for i := range s.Branches {
		if b := &s.Branches[i]; b.Phase == Waiting && b.Turn == s.Turn {
			b.Phase = Trying
			s.sendInvite(i, b.Invite.Extra)
		}
	}
	s.patient()
}

// patient waits for the contacts of this turn to say anything at all.
func (s *step) patient() {
	switch {
	case s.waiting():
		s.start(TimerPatience, 0, s.Policy.patience())
	case s.Policy.GiveUp > 0:
		s.start(TimerPatience, 0, s.Policy.GiveUp)
	default: // timer B tells
	}
}

// impatient gives up contacts that are all silent. Each is cancelled as soon as it says something, and its answer is ended.
func (s *step) impatient() {
	if s.Phase != Calling {
		return
	}
	for i := range s.Branches {
		if p := s.Branches[i].Phase; p == Ringing || p == Won {
			return
		}
	}
	for i := range s.Branches {
		if b := &s.Branches[i]; b.Phase == Trying {
			b.Phase, b.Status = Unwanted, 408
			s.stop(TimerC, i)
			s.start(TimerCancel, i, lingerWait)
		}
	}
	s.hunt()
}

// hunt goes on once every contact of a turn failed: to the next turn, or to the refusal of the leg.
func (s *step) hunt() {
	best, more, answered := 0, false, false
	for j := range s.Branches {
		switch o := &s.Branches[j]; o.Phase {
		case Lost, Cancelled, Unwanted:
			if best == 0 || weight(o.Status, s.Peer) > weight(best, s.Peer) {
				best = o.Status
			}
			answered = answered || o.Status != 0 && !goesOn(o.Status)
		case Waiting:
			more = true
		case Trying, Ringing, Won:
			return
		}
	}
	if more && !answered {
		s.nextTurn()
		return
	}
	s.withdraw(false) // what waits is not tried any more
	s.stop(TimerPatience, 0)
	s.tell(exchange.LegRefused{Leg: s.Leg, Reason: RefusalOf(best, s.Peer), SIP: best})
	s.closePort()
	s.become(Withdrawing)
	s.settle()
}
