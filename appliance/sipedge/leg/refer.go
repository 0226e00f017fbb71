package leg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Transfers that the peer asks for (REFER, RFC 3515, RFC 5589). The exchange decides; the peer hears what became of it by NOTIFY.

// ReferReceived asks for the call to be transferred. Its owner has read Refer-To.
type ReferReceived struct {
	Tx       Tx
	Msg      Request
	To       string     // the user part of Refer-To
	By       string     // the user part of Referred-By (RFC 3892)
	Replaces plan.LegID // attended: the leg named in Refer-To
	Gone     bool       // that leg is not there
	Status   int        // the request cannot be taken: its final response, 0 when it can
}

// ReferTold is the exchange's word on a REFER.
type ReferTold struct {
	Refer  uint64
	State  exchange.ReferState
	Reason exchange.Refusal
}

func (ReferReceived) kind() Kind { return KindRefer }
func (ReferTold) kind() Kind     { return KindReferTold }

// Refer is a REFER that is not settled.
type Refer struct {
	ID     uint64 `json:"id"`
	CSeq   uint32 `json:"cseq"`
	Tx     Tx     `json:"tx,omitempty"`     // until it has its final response
	Silent bool   `json:"silent,omitempty"` // no NOTIFY is wanted (RFC 4488)
}

const (
	maxRefers     = 4   // at once in a dialog
	referLifetime = 180 // of a subscription, in s: as long as a phone may ring
	sipfrag       = "message/sipfrag;version=2.0"
)

func (s *step) referred(in ReferReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		switch {
		case in.Status != 0:
			s.answer(in.Tx, in.Status, "")
			return
		case len(s.Refers) >= maxRefers:
			s.answer(in.Tx, 500, "Server Internal Error", s.retryAfter())
			return
		}
		s.Referred++
		sub, _ := header(in.Msg.Extra, "Refer-Sub")
		s.Refers = append(s.Refers, Refer{ID: s.Referred, CSeq: in.Msg.CSeq, Tx: in.Tx, Silent: strings.EqualFold(sub, "false")})
		if in.Gone {
			// The target of the transfer would refuse with 481 (RFC 3891 §3); that is told by NOTIFY, since 481 to the REFER itself would end the
			// referrer's own call (RFC 5057 §5.1).
			s.referTold(ReferTold{s.Referred, exchange.ReferAccepted, ""})
			s.referTold(ReferTold{s.Referred, exchange.ReferFailed, exchange.RefusedGone})
			return
		}
		s.tell(exchange.LegReferred{Leg: s.Leg, Refer: s.Referred, To: in.To, By: in.By, Replaces: in.Replaces})
	})
}

func (s *step) referTold(in ReferTold) {
	i := slices.IndexFunc(s.Refers, func(r Refer) bool { return r.ID == in.Refer })
	if i < 0 {
		return
	}
	switch r := &s.Refers[i]; in.State {
	case exchange.ReferAccepted:
		s.acceptRefer(r)
	case exchange.ReferRefused:
		if r.Tx != 0 {
			status, reason := StatusOf(in.Reason)
			if status == 481 {
				status, reason = 404, "Not Found" // 481 would be read as the end of this call (RFC 5057 §5.1)
			}
			s.answer(r.Tx, status, reason)
			s.Refers = slices.Delete(s.Refers, i, i+1)
		}
	case exchange.ReferRinging:
		s.notify(*r, 180, "Ringing", false)
	case exchange.ReferDone:
		s.acceptRefer(r)
		s.notify(*r, 200, "OK", true)
		s.Refers = slices.Delete(s.Refers, i, i+1)
	case exchange.ReferFailed:
		s.acceptRefer(r)
		status, reason := StatusOf(in.Reason)
		s.notify(*r, status, reason, true)
		s.Refers = slices.Delete(s.Refers, i, i+1)
	}
}

// acceptRefer answers 202 and sends the NOTIFY that every subscription begins with (RFC 3515 §2.4.4).
func (s *step) acceptRefer(r *Refer) {
	if r.Tx == 0 {
		return
	}
	res := Response{Status: 202, Reason: "Accepted", Contact: s.Dialog.Contact}
	if r.Silent {
		res.Extra = []Header{{"Refer-Sub", "false"}} // RFC 4488 §4
	}
	s.emit(SendResponse{r.Tx, res})
	r.Tx = 0
	s.notify(*r, 100, "Trying", false)
}

// notify says what became of a REFER (RFC 3515 §2.4.5).
func (s *step) notify(r Refer, status int, reason string, last bool) {
	if r.Silent {
		return
	}
	event := "refer"
	if r.ID > 1 { // RFC 3515 §2.4.6
		event += ";id=" + strconv.FormatUint(uint64(r.CSeq), 10)
	}
	state := fmt.Sprintf("active;expires=%d", referLifetime)
	if last {
		state = "terminated;reason=noresource"
	}
	s.request(&s.Dialog, "NOTIFY", false, []Header{{"Event", event}, {"Subscription-State", state}}, fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", status, reason))
	s.Pending[len(s.Pending)-1].Refer = r.ID
}

// unsubscribed ends a subscription that the peer does not have any more.
func (s *step) unsubscribed(p Pending) {
	s.Refers = slices.DeleteFunc(s.Refers, func(r Refer) bool { return r.ID == p.Refer && r.Tx == 0 })
}

// dropRefers answers what was not answered when the dialog ends (RFC 3261 §15.1.2).
func (s *step) dropRefers() {
	for _, r := range s.Refers {
		if r.Tx != 0 {
			s.answer(r.Tx, 487, "Request Terminated")
		}
	}
	s.Refers = nil
}
