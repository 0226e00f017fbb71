package leg

import (
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// The media port of a leg.

// updatePort says to the media process what was agreed.
func (s *step) updatePort() {
	if s.Session.Port.Known() && s.Session.Media != (plan.Media{}) {
		s.emit(UpdatePort{s.Session.Media})
	}
}

func (s *step) closePort() {
	if s.Session.Port.Known() {
		s.Session.Port = plan.Endpoint{}
		s.emit(ClosePort{})
	}
}

// portLate tries again what the media process did not take, for as long as the audio of a call may be missing.
func (s *step) portLate(PortFailed) {
	s.PortTries++
	switch {
	case s.PortTries < portTries:
		s.start(TimerPort, 0, portRetry)
	case s.Phase == Up || s.Phase == Modifying || s.Phase == Reanswering:
		s.bye(exchange.EndedMediaLost)
	}
}

// portAgain: the media process was restarted and has a port for us again.
func (s *step) portAgain(in PortOpened) {
	s.PortTries = 0
	if in.Local == s.Session.Port && !s.Session.Stale {
		s.updatePort()
		return
	}
	s.Session.Port = in.Local
	s.updatePort()
	s.writeOffer()
	s.become(Modifying)
	s.request(&s.Dialog, "INVITE", false, s.sessionHeaders(), s.Session.Ours)
}

func (s *step) portMoved(in PortOpened) {
	moved := in.Local != s.Session.Port
	s.Session.Port = in.Local
	s.PortTries = 0
	s.updatePort()
	if moved && s.Agreed && s.Able.Update && !s.offering() && (s.Phase == Offered || s.Phase == Alerting) {
		s.writeOffer() // RFC 3311 §5.1: before the answer only UPDATE can say it
		s.request(&s.Dialog, "UPDATE", false, nil, s.Session.Ours)
		return
	}
	if moved && len(s.Session.Ours) > 0 {
		s.Session.Stale = true
		s.start(TimerGlare, 0, 2*T2)
	}
}

// resume arms a dialog that was read back after a planned restart. What was out then is given up: the peer's transactions ended with the
// process that had them.
func (s *step) resume(Resume) {
	s.Owed = nil
	s.Pending = nil
	s.Refers = slices.DeleteFunc(s.Refers, func(r Refer) bool { return r.Tx != 0 }) // the peer asks again
	for i := range s.Branches {
		if s.Branches[i].Phase != Won {
			s.Branches[i].Phase = Lost
		}
	}
	if s.Phase == Modifying {
		s.Session.Stale = true
	}
	s.become(Up)
	s.runSession()
	s.emit(OpenPort{})
}
