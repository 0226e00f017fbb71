package leg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Reliable provisional responses (RFC 3262), both ways.

// Provisional is a reliable provisional response of ours that waits for its PRACK.
type Provisional struct {
	RSeq     uint32        `json:"rseq"`
	Msg      Response      `json:"msg"`
	Interval time.Duration `json:"interval"`
	Offer    bool          `json:"offer,omitempty"`  // it carries our offer: the PRACK brings the answer
	Answer   bool          `json:"answer,omitempty"` // it carries our answer
}

// Wanted is a provisional response that has to wait for the PRACK of the one before.
type Wanted struct {
	Status int  `json:"status"`
	Sound  bool `json:"sound,omitempty"`
}

// reliably reports whether our provisional responses are sent reliably (RFC 3262 §3).
func (s *step) reliably() bool {
	return s.Able.Demands || s.Able.Reliable && s.Policy.Reliable != ReliableWhenAsked
}

// provide sends a provisional response to the INVITE that began the leg; with sound, the caller hears us before the answer.
func (s *step) provide(status int, sound bool) {
	s.start(TimerRefresh, 0, refreshEvery)
	if s.Provisional != nil { // RFC 3262 §3: not a second one before the first is acknowledged
		s.Next = &Wanted{status, sound || s.Next != nil && s.Next.Sound}
		return
	}
	res := Response{Contact: s.Dialog.Contact}
	var offer, answer bool
	switch reliable := s.reliably(); {
	case s.Agreed:
		if sound {
			status = 183
		}
	case len(s.Session.Theirs) == 0:
		if reliable { // RFC 3262 §5: an INVITE without offer gets it in the first reliable response
			s.writeOffer()
			offer = true
			if sound {
				status = 183
			}
		}
	case sound || s.Early:
		// RFC 3261 §13.2.1: the answer in an unreliable response is a preview, the 200 repeats it.
		status = 183
		if err := s.writeAnswer(plan.SendRecv); err != nil {
			s.refuse(Refuse{exchange.RefusedMedia})
			return
		}
		if !s.Early {
			s.updatePort()
		}
		s.Early = true
		answer = true
	}
	if offer || answer {
		res.Body, res.BodyType = s.Session.Ours, sdpType
	}
	res.Status, res.Reason = status, provisionalReason(status)
	if s.reliably() {
		if s.RSeq == 0 {
			s.RSeq = 1 + uint32(s.draw(1<<30)) // RFC 3262 §3: 1 to 2**31-1
		} else {
			s.RSeq++
		}
		res.Extra = append(res.Extra, Header{"Require", tagReliable}, Header{"RSeq", strconv.FormatUint(uint64(s.RSeq), 10)})
		s.Provisional = &Provisional{RSeq: s.RSeq, Msg: res, Interval: T1, Offer: offer, Answer: answer}
		s.start(TimerReliable, 0, T1)
		s.start(TimerPrack, 0, ackWait)
	}
	s.emit(SendResponse{s.InviteTx, res})
}

func provisionalReason(status int) string {
	switch status {
	case 182:
		return "Queued"
	case 183:
		return "Session Progress"
	default:
		return "Ringing"
	}
}

// repeat1xx sends a reliable response again: T1, doubling without a limit (RFC 3262 §3).
func (s *step) repeat1xx() {
	p := s.Provisional
	if p == nil || s.InviteTx == 0 {
		return
	}
	s.emit(SendResponse{s.InviteTx, p.Msg})
	p.Interval *= 2
	s.start(TimerReliable, 0, p.Interval)
}

// unpracked is 64*T1 without PRACK: the INVITE is refused (RFC 3262 §3).
func (s *step) unpracked() {
	if s.Provisional == nil || s.InviteTx == 0 {
		return
	}
	s.final(504, "Server Time-out")
	s.tell(exchange.LegEnded{Leg: s.Leg, Cause: exchange.EndedNoAck})
	s.finish()
}

// unprovided gives up a reliable response and what waits behind it: the final response is out.
func (s *step) unprovided() {
	if s.Provisional != nil {
		s.stop(TimerReliable, 0)
		s.stop(TimerPrack, 0)
		s.Provisional = nil
	}
	s.Next = nil
}

// pracked is the acknowledgement of a reliable response of ours.
func (s *step) pracked(in PrackReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		p := s.Provisional
		rack, _ := header(in.Msg.Extra, "RAck")
		if p == nil || !acknowledges(rack, p.RSeq, s.InviteSeq, "INVITE") {
			s.answer(in.Tx, 481, "Call/Transaction Does Not Exist") // RFC 3262 §3
			return
		}
		s.Provisional = nil
		s.stop(TimerReliable, 0)
		s.stop(TimerPrack, 0)
		switch {
		case p.Offer:
			if s.readAnswer(in.Msg.Body, in.Msg.BodyType) != nil {
				s.answer(in.Tx, 488, "Not Acceptable Here")
				s.refuse(Refuse{exchange.RefusedMedia})
				return
			}
			s.Agreed = true
			s.answer(in.Tx, 200, "OK")
		case p.Answer || s.Agreed:
			s.Agreed = true
			s.prackedOffer(in)
		case len(in.Msg.Body) > 0: // their first offer is not answered (RFC 3264 §4)
			s.answer(in.Tx, 500, "Server Internal Error", Header{"Retry-After", "1"})
		default:
			s.answer(in.Tx, 200, "OK")
		}
		s.goOn()
	})
}

// prackedOffer answers a PRACK, and the offer it may carry (RFC 3262 §5). One that cannot be taken changes nothing.
func (s *step) prackedOffer(in PrackReceived) {
	if len(in.Msg.Body) == 0 {
		s.answer(in.Tx, 200, "OK")
		return
	}
	if no := s.reanswer(in.Msg); no != 0 {
		s.refuseMedia(in.Tx, no)
		return
	}
	s.emit(SendResponse{in.Tx, Response{Status: 200, Reason: "OK", Body: s.Session.Ours, BodyType: sdpType}})
}

// goOn does what waited for a PRACK.
func (s *step) goOn() {
	next := s.Next
	s.Next = nil
	switch s.Phase {
	case Accepting:
		s.accept(Answer{})
	case Offered, Alerting:
		if next != nil {
			s.provide(next.Status, next.Sound)
		}
	default: // the final response went before
	}
}

// acknowledges reports whether a RAck names a response (RFC 3262 §7.2).
func acknowledges(rack string, rseq, cseq uint32, method string) bool {
	f := strings.Fields(rack)
	return len(f) == 3 && number(f[0]) == uint64(rseq) && number(f[1]) == uint64(cseq) && f[2] == method
}

// number reads a header's number; what is none is 0.
func number(s string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// Early is one early dialog of an INVITE of ours.
type Early struct {
	Tag    string   `json:"tag"`
	Target string   `json:"target,omitempty"`
	Routes []string `json:"routes,omitempty"`
	Seq    uint32   `json:"seq"`              // of our last request in it
	Heard  uint32   `json:"heard,omitempty"`  // of the peer's last one
	RSeq   uint32   `json:"rseq,omitempty"`   // of the last reliable response that was acknowledged
	Answer []byte   `json:"answer,omitempty"` // to our offer, given reliably: later responses change nothing (RFC 6337 §3.1)
}

// early finds an early dialog of a branch.
func (b *Branch) early(tag string) *Early {
	i := slices.IndexFunc(b.Forks, func(e Early) bool { return e.Tag == tag })
	if i < 0 {
		return nil
	}
	return &b.Forks[i]
}

// fork finds or begins the early dialog of a provisional response; nil when it makes none, or there are too many.
func (b *Branch) fork(m Response) *Early {
	if m.ToTag == "" {
		return nil
	}
	e := b.early(m.ToTag)
	if e == nil {
		if len(b.Forks) >= maxFromPeer {
			return nil
		}
		b.Forks = append(b.Forks, Early{Tag: m.ToTag, Target: b.Dialog.Target, Routes: reversed(m.Routes), Seq: b.Dialog.LocalSeq})
		e = &b.Forks[len(b.Forks)-1]
	}
	if m.Contact != "" {
		e.Target = m.Contact
	}
	return e
}

// dialog is the early dialog as a dialog.
func (b *Branch) dialog(e *Early) Dialog {
	d := b.Dialog
	if e != nil {
		d.Remote.Tag, d.Target, d.Routes, d.LocalSeq, d.RemoteSeq = e.Tag, e.Target, e.Routes, e.Seq, e.Heard
	}
	return d
}

// confirmed is the dialog that a 2xx to the branch makes (RFC 3261 §13.2.2.4).
func (b *Branch) confirmed(m Response) Dialog {
	d := b.dialog(b.early(m.ToTag))
	d.Remote.Tag = m.ToTag
	if m.Contact != "" {
		d.Target = m.Contact
	}
	d.Routes = reversed(m.Routes)
	return d
}

// acknowledge1xx sends the PRACK of a reliable response. It reports false for one that came again or out of order, which says nothing
// (RFC 3262 §4).
func (s *step) acknowledge1xx(b *Branch, e *Early, m Response) bool {
	v, _ := header(m.Extra, "RSeq")
	rseq := uint32(number(v))
	if e == nil || rseq == 0 || e.RSeq != 0 && rseq != e.RSeq+1 || len(s.Pending) >= maxFromPeer {
		return false
	}
	e.RSeq = rseq
	d := b.dialog(e)
	s.request(&d, "PRACK", false, []Header{{"RAck", fmt.Sprintf("%d %d INVITE", rseq, b.Invite.CSeq)}}, nil)
	e.Seq = d.LocalSeq
	return true
}

// nextSeq numbers the next request of the dialog that a request was sent in.
func (s *step) nextSeq(m Request) uint32 {
	if s.Dialog.CallID == m.CallID && s.Dialog.Remote.Tag == m.To.Tag {
		s.Dialog.LocalSeq++
		return s.Dialog.LocalSeq
	}
	for i := range s.Branches {
		if b := &s.Branches[i]; b.Dialog.CallID == m.CallID {
			if e := b.early(m.To.Tag); e != nil {
				e.Seq++
				return e.Seq
			}
		}
	}
	return m.CSeq + 1
}
