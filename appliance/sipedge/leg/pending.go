package leg

import (
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// What becomes of our requests inside dialogs, and of answers that come late.

func (s *step) pending(via string) int {
	return slices.IndexFunc(s.Pending, func(p Pending) bool { return p.Msg.Via == via })
}

func (s *step) settlePending(i int) { s.Pending = slices.Delete(s.Pending, i, i+1) }

// laterResponse deals with what is no part of the phase: the BYE of a surplus dialog, a 2xx that came again or late, another contact.
func (s *step) laterResponse(in ResponseReceived) {
	m := in.Msg
	if i := s.pending(in.Via); i >= 0 {
		p := s.Pending[i]
		switch {
		case m.Status < 200:
			return
		case p.Msg.Method == "INVITE" && m.Status < 300: // our re-INVITE, answered after the end
			s.settlePending(i)
			s.acknowledge(p.Msg)
			return
		case m.Status == 401 || m.Status == 407:
			if s.challengedPending(i, m) {
				return
			}
		}
		s.settlePending(i)
		s.settled(p, m)
		return
	}
	if m.Method != "INVITE" || m.Status >= 300 && s.branch(in.Via) < 0 {
		return
	}
	if m.Status >= 200 && m.Status < 300 && s.ackAgain(m.CallID, m.CSeq, m.ToTag) {
		return
	}
	i := s.branch(in.Via)
	if i < 0 {
		return
	}
	switch {
	case m.Status < 200:
		if s.Branches[i].Phase == Unwanted {
			s.cancel(i)
		}
	case m.Status < 300:
		s.stray(i, m)
	case s.Branches[i].Phase != Won:
		s.lose(i)
	}
}

func (s *step) laterFailure(in TransactionFailed) {
	if i := s.pending(in.Via); i >= 0 {
		p := s.Pending[i]
		s.settlePending(i)
		switch {
		case p.Stray:
		case p.Msg.Method == "UPDATE":
			s.updateLost(p, in)
		case p.Msg.Method == "NOTIFY":
			s.unsubscribed(p)
		}
		return
	}
	if i := s.branch(in.Via); i >= 0 && s.Branches[i].Phase != Won {
		s.lose(i)
	}
}

// settled is the final response to a request inside our dialog that no phase waits for.
func (s *step) settled(p Pending, m Response) {
	switch {
	case p.Stray:
	case p.Msg.Method == "UPDATE":
		s.updateSettled(p, m)
	case p.Msg.Method == "NOTIFY" && m.Status >= 300:
		s.unsubscribed(p) // RFC 6665 §4.2.2
	}
}

// mineOf finds a request of ours inside our own dialog that has no answer.
func (s *step) mineOf(method string) int {
	return slices.IndexFunc(s.Pending, func(p Pending) bool { return p.Msg.Method == method && !p.Stray })
}

// mine finds the answer to a request inside our own dialog, and not to the BYE of a surplus one.
func (s *step) mine(via, method string) int {
	return slices.IndexFunc(s.Pending, func(p Pending) bool { return p.Msg.Via == via && p.Msg.Method == method && !p.Stray })
}

func (s *step) modifyingResponse(in ResponseReceived) {
	i := s.mine(in.Via, "INVITE")
	if i < 0 {
		s.laterResponse(in)
		return
	}
	p, m := s.Pending[i], in.Msg
	switch {
	case m.Status < 200:
		return
	case m.Status < 300:
		s.settlePending(i)
		if m.Contact != "" {
			s.Dialog.Target = m.Contact
		}
		s.acknowledge(p.Msg)
		was := s.Session.Media.Direction
		if s.readAnswer(m.Body, m.BodyType) != nil {
			s.bye(exchange.EndedMediaLost)
			return
		}
		s.become(Up)
		s.sessionAgreed(m)
		s.tellHeld(was)
	case (m.Status == 401 || m.Status == 407) && s.challengedPending(i, m):
	case m.Status == 491:
		s.settlePending(i)
		s.become(Up)
		if p.Refresh {
			s.start(TimerSession, 0, s.glareWait())
			return
		}
		s.Session.Stale = true
		s.start(TimerGlare, 0, s.glareWait())
	case m.Status == 422 && s.lengthened(m): // RFC 4028 §7.3
		s.settlePending(i)
		s.request(&s.Dialog, "INVITE", false, s.sessionHeaders(), p.Msg.Body)
		s.Pending[len(s.Pending)-1].Refresh = p.Refresh
	case m.Status == 481 || m.Status == 408:
		s.settlePending(i)
		s.bye(exchange.EndedSessionGone) // RFC 3261 §12.2.1.2
	case p.Refresh: // the session goes on to its end (RFC 4028 §10)
		s.settlePending(i)
		s.become(Up)
	case s.Session.Want != plan.SendRecv: // RFC 3261 §14.1: the session stays as it was, and our port did not move
		s.settlePending(i)
		s.Session.Want = plan.SendRecv
		s.become(Up)
	default:
		// RFC 3261 §14.1: the session stays as it was. Our port did move, so there is no sound to go back to.
		s.settlePending(i)
		s.bye(exchange.EndedMediaLost)
	}
}

func (s *step) modifyingFailure(in TransactionFailed) {
	i := s.mine(in.Via, "INVITE")
	if i < 0 {
		s.laterFailure(in)
		return
	}
	p := s.Pending[i]
	s.settlePending(i)
	switch {
	case in.Timeout:
		s.bye(exchange.EndedSessionGone)
		return
	case p.Refresh:
		s.become(Up)
		s.start(TimerSession, 0, refreshAgain)
		return
	}
	s.bye(exchange.EndedTransport)
}

func (s *step) endingResponse(in ResponseReceived) {
	s.laterResponse(in)
	s.ended()
}

func (s *step) endingFailure(in TransactionFailed) {
	s.laterFailure(in)
	s.ended()
}

// ended tells the exchange once the BYE has its final response, and ends the leg once whatever else was out has one too.
func (s *step) ended() {
	if s.Phase != Ending {
		return
	}
	if s.mineOf("BYE") < 0 {
		s.left()
	}
	if !s.outstanding() {
		s.finish()
	}
}

// maxTries is how often one request is sent again because it was challenged: once, and once more for a nonce that went stale.
const maxTries = 2

func challenge(m Response) ([]string, bool) {
	name := "WWW-Authenticate"
	if m.Status == 407 {
		name = "Proxy-Authenticate"
	}
	var values []string
	for _, h := range m.Extra {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values, len(values) > 0
}

// challenged asks for credentials to send an INVITE again. It reports false when that would be in vain.
func (s *step) challenged(i int, m Response) bool {
	b := &s.Branches[i]
	values, ok := challenge(m)
	if !ok || b.Tries >= maxTries || b.Phase == Unwanted || b.Phase == Cancelled || b.Phase == Lost || b.Phase == Won {
		return false
	}
	b.Tries++
	b.Status = m.Status
	s.emit(Authenticate{b.Invite.Via, "INVITE", b.Invite.URI, m.Status == 407, values})
	return true
}

func (s *step) challengedPending(i int, m Response) bool {
	p := &s.Pending[i]
	values, ok := challenge(m)
	if !ok || p.Tries >= maxTries {
		return false
	}
	p.Tries++
	s.emit(Authenticate{p.Msg.Via, p.Msg.Method, p.Msg.URI, m.Status == 407, values})
	return true
}

// withCredentials replaces what an earlier challenge asked for.
func withCredentials(extra []Header, h Header) []Header {
	out := slices.DeleteFunc(slices.Clone(extra), func(o Header) bool { return strings.EqualFold(o.Name, h.Name) })
	return append(out, h)
}

func (s *step) authorizedInvite(in Authorized) {
	i := s.branch(in.Via)
	if i < 0 {
		s.authorizedPending(in)
		return
	}
	b := &s.Branches[i]
	if in.Header.Name == "" {
		s.refused(i, b.Status)
		return
	}
	b.Status = 0
	b.Phase = Trying
	b.Dialog.LocalSeq++ // RFC 3261 §22.2: the same Call-ID, From and To, the next CSeq
	s.sendInvite(i, withCredentials(b.Invite.Extra, in.Header))
	s.patient()
}

// authorizedWithdrawing is only ever for a BYE: the challenge of an INVITE that was hung up was its final response.
func (s *step) authorizedWithdrawing(in Authorized) {
	s.authorizedPending(in)
	s.settle()
}

func (s *step) authorizedPending(in Authorized) {
	i := s.pending(in.Via)
	if i < 0 {
		return
	}
	if in.Header.Name == "" {
		p := s.Pending[i]
		s.settlePending(i)
		switch {
		case s.Phase != Modifying || p.Msg.Method != "INVITE" || p.Stray:
		case p.Refresh:
			s.become(Up)
		default:
			s.bye(exchange.EndedMediaLost)
		}
		s.ended()
		return
	}
	p := &s.Pending[i]
	p.Msg.Extra = withCredentials(p.Msg.Extra, in.Header)
	p.Msg.Via = s.branchName()
	p.Msg.CSeq = s.nextSeq(p.Msg)
	s.emit(SendRequest{p.Msg, p.Flow})
}

func (s *step) fired(in TimerFired) {
	switch in.Timer.Kind {
	case TimerRepeat:
		s.repeat2xx()
	case TimerAck:
		s.unacknowledged()
	case TimerC:
		s.waitedLong(in.Timer.Branch)
	case TimerCancel:
		s.gone(in.Timer.Branch)
	case TimerGlare:
		if s.Phase == Up {
			s.emit(OpenPort{})
		}
	case TimerRefresh:
		if s.Phase == Offered || s.Phase == Alerting {
			s.refresh()
		}
	case TimerPort:
		s.updatePort()
	case TimerFarewell:
		s.left()
	case TimerPatience:
		s.impatient()
	case TimerReliable:
		s.repeat1xx()
	case TimerPrack:
		s.unpracked()
	case TimerSession:
		s.refreshDue()
	case TimerExpiry:
		s.sessionExpired()
	case TimerLinger:
		if s.Phase == Over {
			s.emit(Forget{})
		}
	}
}

// unacknowledged is 64*T1 without the ACK of our 2xx: the session is ended with BYE (RFC 3261 §13.3.1.4).
func (s *step) unacknowledged() {
	switch s.Phase {
	case Answering, Reanswering:
		s.bye(exchange.EndedNoAck)
	case Parting:
		s.sendBye()
	default: // the ACK came, or the dialog ended without
	}
}

// waitedLong is timer C: three minutes without a provisional response.
func (s *step) waitedLong(i int) {
	if i < 0 || i >= len(s.Branches) {
		return
	}
	b := &s.Branches[i]
	switch b.Phase {
	case Ringing:
		b.Status = 408
		s.cancel(i)
		if s.Phase == Calling {
			s.hunt()
		}
	case Trying, Unwanted:
		s.emit(Abandon{b.Invite.Via})
		s.gone(i)
	case Waiting, Cancelled, Won, Lost:
	}
}

// gone gives up a contact that never sent a final response.
func (s *step) gone(i int) {
	if i < 0 || i >= len(s.Branches) || s.Branches[i].Phase == Won || s.Branches[i].Phase == Lost {
		return
	}
	s.emit(Abandon{s.Branches[i].Invite.Via})
	if s.Phase == Calling {
		s.refused(i, 408)
		return
	}
	s.lose(i)
	s.settle()
	s.ended()
}
