package leg

import (
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// A leg that goes out: INVITEs to one or several contacts, of which one wins (RFC 3261 §13.2).

func (s *step) place(in Place) {
	s.Version = StateVersion
	s.Leg, s.Peer, s.Seed, s.Policy = in.Leg, in.To, in.Seed, in.Policy
	extra := slices.Clip(in.Extra)
	if s.Policy.Reliable == ReliableAlways {
		extra = append(extra, Header{"Require", tagReliable})
	}
	extra = s.withSession(extra)
	for _, c := range clip(s.Policy.Sound.fit(in.Contacts)) {
		s.Branches = append(s.Branches, Branch{
			Phase: Waiting,
			Turn:  c.Turn,
			Dialog: Dialog{
				CallID: c.CallID, Local: Address{Display: in.From.Display, URI: in.From.URI, Tag: c.LocalTag},
				Remote: Address{URI: c.To}, LocalSeq: 1, Target: c.URI, Contact: in.Contact, Flow: c.Flow, Routed: c.Routed,
			},
			Invite:  Request{Extra: append(slices.Clip(extra), clip(c.Extra)...), Hops: in.Hops},
			AnyPeer: c.AnyPeer,
		})
	}
	if len(s.Branches) == 0 {
		s.tell(exchange.LegRefused{Leg: s.Leg, Reason: exchange.RefusedUnreachable})
		s.become(Over)
		s.emit(Forget{})
		return
	}
	s.become(Placing)
	s.emit(OpenPort{})
}

func (s *step) portForPlace(in PortOpened) {
	s.Session.Port = in.Local
	s.writeOffer()
	s.become(Calling)
	s.nextTurn()
}

func (s *step) noPortForPlace(PortFailed) {
	s.tell(exchange.LegRefused{Leg: s.Leg, Reason: exchange.RefusedMedia})
	s.become(Over)
	s.emit(Forget{})
}

func (s *step) hangUpPlacing(in HangUp) {
	s.tell(exchange.LegEnded{Leg: s.Leg, Cause: s.cause(in)})
	s.finish()
}

// sendInvite sends the INVITE of a branch in a new transaction.
func (s *step) sendInvite(i int, extra []Header) {
	b := &s.Branches[i]
	d := &b.Dialog
	b.Invite = Request{
		Method: "INVITE", URI: d.Target, From: d.Local, To: d.Remote, CallID: d.CallID, CSeq: d.LocalSeq, Via: s.branchName(),
		Contact: d.Contact, Routes: d.Routes, Hops: b.Invite.Hops, Extra: extra, Body: s.Session.Ours, BodyType: sdpType,
	}
	s.emit(SendRequest{b.Invite, d.Flow})
	s.start(TimerC, i, timerCWait)
}

// branch finds whose INVITE a response is for.
func (s *step) branch(via string) int {
	for i := range s.Branches {
		if s.Branches[i].Invite.Via == via {
			return i
		}
	}
	return -1
}

func (s *step) callingResponse(in ResponseReceived) {
	i := s.branch(in.Via)
	switch {
	case i < 0 || in.Msg.Method != "INVITE":
		s.laterResponse(in)
	case in.Msg.Status < 200:
		s.provisional(i, in.Msg)
	case in.Msg.Status < 300:
		s.win(i, in.Msg)
	case in.Msg.Status == 422 && s.longer(i, in.Msg): // RFC 4028 §7.3
	case (in.Msg.Status == 401 || in.Msg.Status == 407) && s.challenged(i, in.Msg):
	default:
		s.refused(i, in.Msg.Status)
	}
}

func (s *step) provisional(i int, m Response) {
	b := &s.Branches[i]
	if b.Phase == Unwanted {
		s.cancel(i)
		return
	}
	if b.Phase == Cancelled || b.Phase == Lost {
		return
	}
	b.Phase = Ringing
	if m.Status == 100 {
		return // RFC 3261 §16.6: a 100 does not set timer C anew
	}
	s.start(TimerC, i, timerCWait)
	fork := b.fork(m)
	reliable := lists(m.Extra, "Require", tagReliable)
	if reliable && !s.acknowledge1xx(b, fork, m) {
		return
	}
	early := false
	if len(m.Body) > 0 && !s.earlyElsewhere(i) && (fork == nil || fork.Answer == nil) {
		s.Session.AnyPeer = b.AnyPeer
		if s.readAnswerFrom(b.Dialog.Flow, b.Invite.Body, m.Body, m.BodyType) == nil {
			early = true
			s.Early = true
			s.Session.Fork = b.Dialog.CallID + " " + m.ToTag
			if reliable {
				fork.Answer = m.Body
			}
		}
	}
	// Refreshed and parallel ringing is no news.
	switch {
	case early && s.Rings < 2:
		s.Rings = 2
		s.tell(exchange.LegRinging{Leg: s.Leg, EarlyMedia: true})
	case (m.Status == 180 || m.Status == 183) && s.Rings < 1:
		s.Rings = 1
		s.tell(exchange.LegRinging{Leg: s.Leg})
	}
}

// earlyElsewhere reports whether another contact's early sound has the port: the first one keeps it until somebody answers.
func (s *step) earlyElsewhere(i int) bool {
	return s.Early && s.Session.Media.Signalled != s.Branches[i].Dialog.Flow.Remote.Addr().String()
}

// win makes the dialog of a 2xx ours.
func (s *step) win(i int, m Response) {
	b := &s.Branches[i]
	if b.Phase == Unwanted || b.Phase == Cancelled || b.Phase == Lost {
		s.stray(i, m) // timer C gave it up, or another had its turn
		return
	}
	s.stop(TimerC, i)
	b.Phase = Won
	fork := b.early(m.ToTag)
	d := b.confirmed(m)
	s.Dialog = d
	s.Able.learn(m.Extra)
	s.Session.AnyPeer = b.AnyPeer
	s.acknowledge(b.Invite)
	s.withdraw(true)

	var err error
	switch {
	case fork != nil && fork.Answer != nil: // the 2xx says nothing new
		if s.Session.Fork != d.CallID+" "+m.ToTag {
			err = s.readAnswerFrom(d.Flow, b.Invite.Body, fork.Answer, sdpType)
		}
	case len(m.Body) > 0 || !s.Early || s.earlyElsewhere(i):
		err = s.readAnswerFrom(d.Flow, b.Invite.Body, m.Body, m.BodyType)
	}
	if err != nil {
		s.tell(exchange.LegRefused{Leg: s.Leg, Reason: exchange.RefusedMedia, SIP: 488})
		s.sendBye(Header{"Reason", `SIP;cause=488;text="Not Acceptable Here"`})
		return
	}
	s.become(Up)
	s.sessionAgreed(m)
	s.tell(exchange.LegAnswered{Leg: s.Leg})
	s.tellHeld(plan.SendRecv)
}

// longer sends an INVITE again with a longer session interval. It reports false when that would be in vain.
func (s *step) longer(i int, m Response) bool {
	b := &s.Branches[i]
	if b.Phase != Trying && b.Phase != Ringing || b.Longer >= maxTries || !s.lengthened(m) {
		return false
	}
	b.Longer++
	b.Phase = Trying
	b.Dialog.LocalSeq++
	s.sendInvite(i, s.withSession(b.Invite.Extra))
	s.patient()
	return true
}

// acknowledge sends the ACK of a 2xx on our dialog and remembers it.
func (s *step) acknowledge(invite Request) {
	s.sendAck(s.Dialog, invite)
}

func (s *step) sendAck(d Dialog, invite Request) {
	uri, routes := d.route()
	ack := Request{
		Method: "ACK", URI: uri, From: d.Local, To: d.Remote, CallID: d.CallID, CSeq: invite.CSeq,
		Via: s.branchName(), Routes: routes,
	}
	for _, h := range invite.Extra { // RFC 3261 §22.1: the ACK carries the credentials of its INVITE
		if strings.EqualFold(h.Name, "Authorization") || strings.EqualFold(h.Name, "Proxy-Authorization") {
			ack.Extra = append(ack.Extra, h)
		}
	}
	a := Acked{ack, d.hop()}
	if len(s.Acked) >= maxFromPeer {
		s.Acked = s.Acked[1:]
	}
	s.Acked = append(s.Acked, a)
	s.emit(SendAck{a.Ack, a.Flow})
}

// withdraw cancels every branch that has no final response.
func (s *step) withdraw(elsewhere bool) {
	for i := range s.Branches {
		b := &s.Branches[i]
		switch b.Phase {
		case Waiting:
			b.Phase = Lost
		case Trying:
			b.Phase = Unwanted
			b.Invite.Extra = markElsewhere(b.Invite.Extra, elsewhere)
		case Ringing:
			b.Invite.Extra = markElsewhere(b.Invite.Extra, elsewhere)
			s.cancel(i)
		case Unwanted, Cancelled, Won, Lost:
		}
	}
}

// elsewhereReason tells a phone not to show a missed call (RFC 3326 §2).
const elsewhereReason = `SIP;cause=200;text="Call completed elsewhere"`

// markElsewhere keeps, with the INVITE, what its CANCEL will say.
func markElsewhere(extra []Header, elsewhere bool) []Header {
	if !elsewhere {
		return extra
	}
	return append(slices.Clip(extra), Header{"Reason", elsewhereReason})
}

// reason is what [markElsewhere] kept.
func (b *Branch) reason() []Header {
	if v, ok := header(b.Invite.Extra, "Reason"); ok {
		return []Header{{"Reason", v}}
	}
	return nil
}

func (s *step) cancel(i int) {
	b := &s.Branches[i]
	b.Phase = Cancelled
	s.stop(TimerC, i)
	s.emit(SendCancel{b.Invite.Via, b.reason()})
	s.start(TimerCancel, i, lingerWait)
}

func (s *step) refused(i int, status int) {
	b := &s.Branches[i]
	if b.Phase == Won || b.Phase == Lost {
		return
	}
	late := b.Phase == Unwanted || b.Phase == Cancelled
	s.lose(i)
	if b.Status == 0 || late && status != 487 {
		b.Status = status
	}
	if status >= 600 && !late {
		s.withdraw(false) // RFC 3261 §16.7: somebody declined for all phones
	}
	s.hunt()
}

// lose ends a branch.
func (s *step) lose(i int) {
	s.Branches[i].Phase = Lost
	s.stop(TimerC, i)
	s.stop(TimerCancel, i)
}

// settle ends a leg that is being withdrawn once every branch has its final response.
func (s *step) settle() {
	if s.Phase == Withdrawing && !s.outstanding() {
		s.left()
		s.become(Over)
		s.start(TimerLinger, 0, lingerWait)
	}
}

// outstanding reports whether a request of ours has no final response.
func (s *step) outstanding() bool {
	for i := range s.Branches {
		switch s.Branches[i].Phase {
		case Trying, Ringing, Unwanted, Cancelled:
			return true
		case Waiting, Won, Lost:
		}
	}
	return len(s.Pending) > 0
}

func (s *step) callingFailure(in TransactionFailed) {
	if i := s.branch(in.Via); i >= 0 {
		status := failureStatus(in)
		if s.Peer == exchange.FromExtension && !in.Timeout { // a phone that there is no way to is not there; only lines are congested
			status = 480
		}
		s.refused(i, status)
		return
	}
	s.laterFailure(in)
}

// failureStatus is the final response a failed transaction counts as (RFC 3261 §8.1.3.1).
func failureStatus(in TransactionFailed) int {
	if in.Timeout {
		return 408
	}
	return 503
}

func (s *step) hangUpCalling(in HangUp) {
	if in.Cause == exchange.EndedMediaLost {
		return // a far end that rings owes nobody a sound, even when it has begun to send some
	}
	s.withdraw(in.Elsewhere)
	s.leave(s.cause(in))
	s.closePort()
	s.become(Withdrawing)
	s.settle()
}

func (s *step) withdrawingResponse(in ResponseReceived) {
	i := s.branch(in.Via)
	switch {
	case i < 0 || in.Msg.Method != "INVITE":
		s.laterResponse(in) // perhaps to the BYE of a 2xx that crossed: then nothing is out any more
	case in.Msg.Status < 200:
		s.provisional(i, in.Msg)
		return
	case in.Msg.Status < 300:
		s.stray(i, in.Msg)
	default:
		s.lose(i)
	}
	s.settle()
}

func (s *step) withdrawingFailure(in TransactionFailed) {
	if i := s.branch(in.Via); i >= 0 {
		s.lose(i)
	} else {
		s.laterFailure(in)
	}
	s.settle()
}

// stray ends a dialog that nobody wants: a 2xx that crossed our CANCEL, or the second of a forked INVITE (RFC 3261 §13.2.2.4).
func (s *step) stray(i int, m Response) {
	b := &s.Branches[i]
	if s.ackAgain(b.Dialog.CallID, b.Invite.CSeq, m.ToTag) {
		return
	}
	if b.Phase != Won {
		s.lose(i)
	}
	d := b.confirmed(m)
	s.sendAck(d, b.Invite)
	s.request(&d, "BYE", true, b.reason(), nil)
}

// ackAgain sends the ACK of a 2xx that came again, and reports whether there was one.
func (s *step) ackAgain(callID string, cseq uint32, tag string) bool {
	for _, a := range s.Acked {
		if a.Ack.CallID == callID && a.Ack.CSeq == cseq && a.Ack.To.Tag == tag {
			s.emit(SendAck{a.Ack, a.Flow})
			return true
		}
	}
	return false
}
