package leg

import (
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/sdp"
)

// UPDATE (RFC 3311), both ways: a change or a refresh of the session outside of an INVITE, also before the answer.

// offering reports whether an offer of ours waits for its answer.
func (s *step) offering() bool {
	return s.Owed != nil && s.Owed.Offer || s.Provisional != nil && s.Provisional.Offer ||
		slices.ContainsFunc(s.Pending, func(p Pending) bool {
			return !p.Stray && len(p.Msg.Body) > 0 && (p.Msg.Method == "INVITE" || p.Msg.Method == "UPDATE")
		})
}

// unanswered reports whether the offer of the INVITE that began the leg waits for our answer.
func (s *step) unanswered() bool {
	switch s.Phase {
	case Offered, Alerting, Accepting:
		return !s.Agreed
	default:
		return false
	}
}

func (s *step) updated(in UpdateReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		confirmed := s.Phase == Up || s.Phase == Modifying || s.Phase == Reanswering
		if least, brief := s.tooBrief(in.Msg); brief && confirmed {
			s.answer(in.Tx, 422, "Session Interval Too Small", least)
			return
		}
		res := Response{Status: 200, Reason: "OK", Contact: s.Dialog.Contact}
		was := s.Session.Media.Direction
		if len(in.Msg.Body) > 0 {
			switch {
			case s.offering():
				s.answer(in.Tx, 491, "Request Pending") // RFC 3311 §5.2
				return
			case s.unanswered():
				s.answer(in.Tx, 500, "Server Internal Error", s.retryAfter())
				return
			}
			if no := s.reanswer(in.Msg); no != 0 {
				s.refuseMedia(in.Tx, no)
				return
			}
			res.Body, res.BodyType = s.Session.Ours, sdpType
		}
		s.retarget(in.Msg)
		s.Able.learn(in.Msg.Extra)
		if confirmed {
			res.Extra = s.session(asked(in.Msg.Extra))
		}
		s.emit(SendResponse{in.Tx, res})
		if confirmed {
			s.tellHeld(was)
		}
	})
}

// updatedEarly is an UPDATE in an early dialog of an INVITE of ours.
func (s *step) updatedEarly(in UpdateReceived) {
	b, e := s.earlyOf(in.Msg)
	switch {
	case e == nil:
		s.answer(in.Tx, 481, "Call/Transaction Does Not Exist")
		return
	case in.Msg.CSeq < e.Heard:
		s.answer(in.Tx, 500, "CSeq Out Of Order")
		return
	}
	e.Heard = in.Msg.CSeq
	res := Response{Status: 200, Reason: "OK", Contact: b.Dialog.Contact}
	if len(in.Msg.Body) > 0 {
		if e.Answer == nil { // RFC 3311 §5.2: our offer has no answer yet
			s.answer(in.Tx, 491, "Request Pending")
			return
		}
		offer, no := parseOffer(in.Msg)
		if no == 0 && s.settleEarly(b, offer) != nil {
			no = 488
		}
		if no != 0 {
			s.refuseMedia(in.Tx, no)
			return
		}
		e.Answer = in.Msg.Body
		s.Session.Theirs = in.Msg.Body
		s.Session.Fork = b.Dialog.CallID + " " + e.Tag
		s.Early = true
		s.updatePort()
		res.Body, res.BodyType = s.Session.Ours, sdpType
	}
	if in.Msg.Contact != "" {
		e.Target = in.Msg.Contact
	}
	s.emit(SendResponse{in.Tx, res})
}

// settleEarly answers an offer in an early dialog, where the far end may send from.
func (s *step) settleEarly(b *Branch, offer sdp.Session) error {
	s.Session.AnyPeer = b.AnyPeer
	return s.settleOffer(offer, b.Dialog.Flow, plan.SendRecv)
}

// earlyOf finds the early dialog of a request of the peer.
func (s *step) earlyOf(m Request) (*Branch, *Early) {
	for i := range s.Branches {
		b := &s.Branches[i]
		if b.Dialog.CallID != m.CallID || b.Dialog.Local.Tag != m.To.Tag || b.Phase != Ringing {
			continue
		}
		if e := b.early(m.From.Tag); e != nil {
			return b, e
		}
	}
	return nil, nil
}

// updateSettled deals with the final response to an UPDATE of ours.
func (s *step) updateSettled(p Pending, m Response) {
	offered := len(p.Msg.Body) > 0
	switch s.Phase {
	case Up, Modifying, Reanswering:
	case Offered, Alerting, Accepting, Answering:
		switch {
		case !offered:
		case m.Status < 300 && s.readAnswer(m.Body, m.BodyType) == nil:
		default: // told when the leg is up
			s.Session.Stale = true
			s.start(TimerGlare, 0, 2*T2)
		}
		return
	default:
		return
	}
	switch {
	case m.Status < 300:
		if m.Contact != "" {
			s.Dialog.Target = m.Contact
		}
		was := s.Session.Media.Direction
		if offered && s.readAnswer(m.Body, m.BodyType) != nil {
			s.Session.Stale = true
			s.start(TimerGlare, 0, T2)
		}
		s.sessionAgreed(m)
		s.tellHeld(was)
	case m.Status == 481 || m.Status == 408:
		s.bye(exchange.EndedSessionGone) // RFC 3261 §12.2.1.2
	case m.Status == 422 && s.lengthened(m):
		s.request(&s.Dialog, "UPDATE", false, s.sessionHeaders(), p.Msg.Body)
	case m.Status == 405 || m.Status == 501:
		s.Able.Update = false
		s.refreshDue()
	case offered:
		s.Session.Stale = true
		s.start(TimerGlare, 0, s.glareWait())
	case m.Status == 491 || m.Status == 500:
		s.start(TimerSession, 0, s.glareWait()+time.Second)
	default: // the session goes on to its end (RFC 4028 §10)
	}
}

// updateLost is an UPDATE of ours without a final response.
func (s *step) updateLost(p Pending, in TransactionFailed) {
	status := failureStatus(in)
	if status == 503 {
		status = 500 // to be tried again: the session has time left
	}
	s.updateSettled(p, Response{Status: status})
}

// glareWait is how long after 491 a request is tried again (RFC 3261 §14.1): the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in
// units of 10 ms.
func (s *step) glareWait() time.Duration {
	if len(s.Branches) > 0 {
		return 2100*time.Millisecond + time.Duration(s.draw(191))*10*time.Millisecond
	}
	return time.Duration(s.draw(201)) * 10 * time.Millisecond
}
