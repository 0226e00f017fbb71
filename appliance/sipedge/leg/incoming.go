package leg

import (
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// A leg that comes in: from the INVITE to its ACK (RFC 3261 §13.3).

func (s *step) invited(in InviteReceived) {
	m := in.Msg
	s.Version = StateVersion
	s.Leg, s.Peer, s.Seed, s.Policy = in.Offer.Leg, in.Offer.Origin.Kind, in.Seed, in.Policy
	s.InviteTx, s.InviteSeq = in.Tx, m.CSeq
	s.Dialog = Dialog{
		CallID:    m.CallID,
		Local:     Address{Display: m.To.Display, URI: m.To.URI, Tag: in.LocalTag},
		Remote:    m.From,
		RemoteSeq: m.CSeq,
		Target:    m.Contact,
		Routes:    clip(m.Routes),
		Contact:   in.Contact,
		Flow:      in.Flow,
		Routed:    in.Routed,
	}
	s.Session = Session{AnyPeer: in.AnyPeer}
	s.Able.learn(m.Extra)
	s.Able.Demands = lists(m.Extra, "Require", tagReliable)
	if m.Contact == "" { // RFC 3261 §8.1.1.8: there would be nowhere to send a BYE
		s.turnAway(in.Tx, "contact.missing", 400, "Missing Contact")
		return
	}
	if s.Policy.Reliable == ReliableAlways && !s.Able.Reliable { // RFC 3261 §21.4.16
		s.turnAway(in.Tx, "reliable.missing", 421, "Extension Required", Header{"Require", tagReliable})
		return
	}
	if least, brief := s.tooBrief(m); brief {
		s.turnAway(in.Tx, "session.short", 422, "Session Interval Too Small", least)
		return
	}
	s.Asked = asked(m.Extra)
	no := 0
	switch {
	case len(m.Body) > 0:
		no = s.readOffer(m)
	case !s.mayOffer():
		no = 488
	}
	if no != 0 {
		status, reason, extra := s.mediaRefusal(no)
		s.turnAway(in.Tx, mediaCode(no), status, reason, extra)
		return
	}
	offer := in.Offer
	s.Offer = &offer
	s.become(Opening)
	s.emit(OpenPort{})
}

func (s *step) portForOffer(in PortOpened) {
	s.Session.Port = in.Local
	offer := *s.Offer
	s.Offer = nil
	s.become(Offered)
	s.start(TimerRefresh, 0, refreshEvery)
	s.tell(offer)
}

func (s *step) noPortForOffer(PortFailed) {
	s.final(503, "Service Unavailable", Header{"Retry-After", "10"})
	s.emit(TurnedAway{503, "media.port"})
	s.finish()
}

// turnAway refuses an INVITE that the exchange never hears of.
func (s *step) turnAway(tx Tx, code string, status int, reason string, extra ...Header) {
	s.answer(tx, status, reason, extra...)
	s.emit(TurnedAway{status, code})
	s.become(Over)
	s.emit(Forget{})
}

// mediaCode says why a description was refused.
func mediaCode(status int) string {
	switch status {
	case 400:
		return "media.unreadable"
	case 415:
		return "media.type"
	default:
		return "media.refused"
	}
}

// final gives the INVITE that began the leg its final response.
func (s *step) final(status int, reason string, extra ...Header) {
	s.emit(SendResponse{s.InviteTx, Response{Status: status, Reason: reason, Extra: extra}})
	s.InviteTx = 0
	s.stop(TimerRefresh, 0)
	s.unprovided()
}

// answer answers a request that asks for nothing but an answer.
func (s *step) answer(tx Tx, status int, reason string, extra ...Header) {
	s.emit(SendResponse{tx, Response{Status: status, Reason: reason, Extra: extra}})
}

// finish is the end of a leg that has nothing outstanding.
func (s *step) finish() {
	s.left()
	s.noSession()
	s.dropRefers()
	s.closePort()
	s.become(Over)
	if len(s.Acked) > 0 || s.outstanding() {
		s.start(TimerLinger, 0, lingerWait)
		return
	}
	s.emit(Forget{})
}

func (s *step) progress(in Progress) {
	s.become(Alerting)
	s.provide(180, in.Early)
}

// refresh keeps proxies from giving up a call that waits (RFC 3261 §13.3.1.1).
func (s *step) refresh() {
	if s.Phase == Alerting {
		s.provide(180, s.Early)
		return
	}
	s.provide(182, false)
}

func (s *step) accept(Answer) {
	if p := s.Provisional; p != nil {
		if p.Offer || p.Answer { // RFC 3262 §3: the 2xx waits
			s.stop(TimerRefresh, 0)
			s.become(Accepting)
			return
		}
		s.stop(TimerReliable, 0) // not sent again, but its PRACK may still come
		s.stop(TimerPrack, 0)
	}
	s.Next = nil
	delayed := len(s.Session.Theirs) == 0
	switch {
	case delayed:
		s.writeOffer()
	case s.Agreed: // there is nothing left to say
	default:
		if err := s.writeAnswer(plan.SendRecv); err != nil {
			s.refuse(Refuse{exchange.RefusedMedia})
			return
		}
		if !s.Early {
			s.updatePort()
		}
	}
	s.stop(TimerRefresh, 0)
	s.owe(s.InviteTx, s.InviteSeq, delayed, s.session(s.Asked)...)
	s.Asked = nil
	s.InviteTx = 0
	s.become(Answering)
}

// owe sends a 2xx and repeats it until its ACK comes (RFC 3261 §13.3.1.4).
func (s *step) owe(tx Tx, seq uint32, offer bool, extra ...Header) {
	res := Response{Status: 200, Reason: "OK", Contact: s.Dialog.Contact, Extra: extra}
	if s.Phase > Answering || !s.Agreed { // RFC 6337 §3.1.1: what was agreed reliably is not said again
		res.Body, res.BodyType = s.Session.Ours, sdpType
	}
	s.Owed = &Owed{Tx: tx, CSeq: seq, Msg: res, Interval: T1, Offer: offer}
	s.emit(SendResponse{tx, res})
	s.start(TimerRepeat, 0, T1)
	s.start(TimerAck, 0, ackWait)
}

func (s *step) repeat2xx() {
	o := s.Owed
	if o == nil {
		return
	}
	s.emit(SendResponse{o.Tx, o.Msg})
	o.Interval = min(2*o.Interval, T2)
	s.start(TimerRepeat, 0, o.Interval)
}

// acknowledged settles the 2xx that an ACK is for. It reports whether the ACK fits and, when it brings the answer to our offer, whether
// there is sound in it.
func (s *step) acknowledged(m Request) (fits, sound bool) {
	o := s.Owed
	if o == nil || m.CSeq != o.CSeq || !s.ours(m) {
		return false, false
	}
	s.stop(TimerRepeat, 0)
	s.stop(TimerAck, 0)
	s.Owed = nil
	if o.Offer {
		return true, s.readAnswer(m.Body, m.BodyType) == nil
	}
	return true, true
}

func (s *step) confirmed(in AckReceived) {
	fits, sound := s.acknowledged(in.Msg)
	if !fits {
		return
	}
	if !sound {
		s.bye(exchange.EndedMediaLost)
		return
	}
	s.become(Up)
	s.tell(exchange.LegAnswered{Leg: s.Leg})
	s.tellHeld(plan.SendRecv)
}

func (s *step) acknowledgedParting(in AckReceived) {
	if fits, _ := s.acknowledged(in.Msg); fits {
		s.sendBye()
	}
}

func (s *step) refuse(in Refuse) {
	status, reason := StatusOf(in.Reason)
	var extra []Header
	if status == 503 {
		extra = append(extra, Header{"Retry-After", "10"})
	}
	known := s.Phase != Opening
	s.final(status, reason, extra...)
	if known {
		s.tell(exchange.LegEnded{Leg: s.Leg, Cause: exchange.EndedByBox})
	}
	s.finish()
}

func (s *step) hangUpOffered(in HangUp) {
	if in.Cause == exchange.EndedMediaLost {
		return // a caller who was not answered owes nobody a sound
	}
	known := s.Phase != Opening
	s.final(480, "Temporarily Unavailable")
	if known {
		s.tell(exchange.LegEnded{Leg: s.Leg, Cause: s.cause(in)})
	}
	s.finish()
}

func (s *step) cause(in HangUp) exchange.EndCause {
	if in.Cause == "" {
		return exchange.EndedByBox
	}
	return in.Cause
}

func (s *step) cancelled(CancelReceived) {
	s.final(487, "Request Terminated")
	s.tell(exchange.LegEnded{Leg: s.Leg, Cause: exchange.EndedByPeer})
	s.finish()
}

func (s *step) cancelledUnheard(CancelReceived) {
	s.final(487, "Request Terminated")
	s.finish()
}

func (s *step) byedEarly(in ByeReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		s.answer(in.Tx, 200, "OK")
		s.cancelled(CancelReceived{})
	})
}

func (s *step) byedParting(in ByeReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		s.answer(in.Tx, 200, "OK")
		s.disown()
		s.finish()
	})
}

// disown gives up a 2xx that waits for its ACK.
func (s *step) disown() {
	if s.Owed != nil {
		s.stop(TimerRepeat, 0)
		s.stop(TimerAck, 0)
		s.Owed = nil
	}
}

func (s *step) hangUpAnswering(in HangUp) {
	s.leave(s.cause(in))
	s.closePort()
	s.become(Parting)
}
