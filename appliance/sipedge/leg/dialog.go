package leg

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	sipflow "autocom/appliance/sipedge/flow"
)

// A confirmed dialog: requests of the peer, requests of ours, and the end.

func clip[T any](list []T) []T { return slices.Clone(list[:min(len(list), maxFromPeer)]) }

func reversed(list []string) []string {
	list = clip(list)
	slices.Reverse(list)
	return list
}

// hop is where the requests of a dialog are sent. Phones are reached by the flow they came along, since their Contact may be behind
// NAT; carriers by the route set, as far as it names an address.
func (d *Dialog) hop() Flow {
	if !d.Routed {
		return d.Flow
	}
	next := d.Target
	if len(d.Routes) > 0 {
		next = d.Routes[0]
	}
	to, ok := hostPort(next)
	if !ok || d.Flow.Transport.Secure() && to.Addr() == d.Flow.Remote.Addr() { // the certificate was that connection's
		return d.Flow
	}
	return Flow{Transport: d.carriedBy(next), Local: d.Flow.Local, Remote: to}
}

// carriedBy is the transport to an address that a carrier gave us: what its URI says (RFC 3263 §4.1), else that of the dialog. What is secret
// stays so, whatever the URI says.
func (d *Dialog) carriedBy(uri string) sipflow.Transport {
	if d.Flow.Transport.Secure() {
		return d.Flow.Transport
	}
	if scheme, _, _ := strings.Cut(uri, ":"); strings.EqualFold(scheme, "sips") {
		return sipflow.TLS
	}
	uri, _, _ = strings.Cut(uri, "?")
	for i, p := range strings.Split(uri, ";") {
		if name, is, _ := strings.Cut(p, "="); i > 0 && strings.EqualFold(name, "transport") {
			switch {
			case strings.EqualFold(is, "udp"):
				return sipflow.UDP
			case strings.EqualFold(is, "tcp"):
				return sipflow.TCP
			case strings.EqualFold(is, "tls"):
				return sipflow.TLS
			}
		}
	}
	return d.Flow.Transport
}

// route is the Request-URI and the Route of a request (RFC 3261 §12.2.1.1): an old strict router, without ;lr, gets itself as the Request-URI
// and finds the target at the end.
func (d *Dialog) route() (uri string, routes []string) {
	if len(d.Routes) == 0 || hasLR(d.Routes[0]) {
		return d.Target, d.Routes
	}
	return d.Routes[0], append(clip(d.Routes[1:]), d.Target)
}

func hasLR(uri string) bool {
	uri, _, _ = strings.Cut(uri, "?")
	for i, p := range strings.Split(uri, ";") {
		if name, _, _ := strings.Cut(p, "="); i > 0 && strings.EqualFold(name, "lr") {
			return true
		}
	}
	return false
}

// hostPort reads the address of a SIP URI whose host is an IP address.
func hostPort(uri string) (netip.AddrPort, bool) {
	_, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return netip.AddrPort{}, false
	}
	rest, _, _ = strings.Cut(rest, ";")
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if to, err := netip.ParseAddrPort(rest); err == nil && to.Port() != 0 {
		return to, true
	}
	addr, err := netip.ParseAddr(strings.Trim(rest, "[]"))
	return netip.AddrPortFrom(addr, 5060), err == nil
}

// ours reports whether a request belongs to the dialog (RFC 3261 §12.2.2).
func (s *step) ours(m Request) bool {
	return m.CallID == s.Dialog.CallID && m.To.Tag == s.Dialog.Local.Tag && m.From.Tag == s.Dialog.Remote.Tag
}

// ordered does f for a request that belongs to the dialog and is not older than the one before it.
func (s *step) ordered(tx Tx, m Request, f func()) {
	switch {
	case s.Phase == Calling: // early dialogs: there is no order yet
	case !s.ours(m):
		s.answer(tx, 481, "Call/Transaction Does Not Exist")
		return
	case m.CSeq < s.Dialog.RemoteSeq:
		s.answer(tx, 500, "CSeq Out Of Order") // RFC 3261 §12.2.2
		return
	default:
		s.Dialog.RemoteSeq = m.CSeq
	}
	f()
}

// retarget takes the peer's new Contact (RFC 3261 §12.2.2).
func (s *step) retarget(m Request) {
	if m.Contact != "" {
		s.Dialog.Target = m.Contact
	}
	s.Dialog.Flow = s.cameBy(m)
}

// cameBy is where a phone is now: it may have moved to another address or another connection, and its owner has seen to it that it is the
// phone that says so.
func (s *step) cameBy(m Request) Flow {
	if s.Dialog.Routed || !m.Flow.Remote.IsValid() {
		return s.Dialog.Flow
	}
	return m.Flow
}

func (s *step) glare(tx Tx, m Request) {
	s.ordered(tx, m, func() { s.answer(tx, 491, "Request Pending") })
}

func (s *step) tooEarly(tx Tx, m Request) {
	s.ordered(tx, m, func() {
		s.answer(tx, 500, "Server Internal Error", s.retryAfter())
	})
}

// retryAfter is 0 to 10 s (RFC 3261 §14.2, RFC 3311 §5.2).
func (s *step) retryAfter() Header {
	return Header{"Retry-After", strconv.FormatUint(s.draw(11), 10)}
}

func (s *step) reinvited(in ReinviteReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		if s.offering() {
			s.answer(in.Tx, 491, "Request Pending")
			return
		}
		if least, brief := s.tooBrief(in.Msg); brief {
			s.answer(in.Tx, 422, "Session Interval Too Small", least)
			return
		}
		was := s.Session.Media.Direction
		if len(in.Msg.Body) > 0 {
			if no := s.reanswer(in.Msg); no != 0 {
				s.refuseMedia(in.Tx, no)
				return
			}
			s.retarget(in.Msg)
			s.Able.learn(in.Msg.Extra)
			s.owe(in.Tx, in.Msg.CSeq, false, s.session(asked(in.Msg.Extra))...)
			s.become(Reanswering)
			s.tellHeld(was)
			return
		}
		// RFC 3264 §8, RFC 3261 §14.2: a new offer of ours, the answer comes with the ACK.
		s.retarget(in.Msg)
		s.Able.learn(in.Msg.Extra)
		s.writeOffer()
		s.owe(in.Tx, in.Msg.CSeq, true, s.session(asked(in.Msg.Extra))...)
		s.become(Reanswering)
	})
}

func (s *step) reacknowledged(in AckReceived) {
	was := s.Session.Media.Direction
	fits, sound := s.acknowledged(in.Msg)
	if !fits {
		return
	}
	if !sound {
		s.bye(exchange.EndedMediaLost)
		return
	}
	s.become(Up)
	s.tellHeld(was)
	if s.Session.Stale {
		s.emit(OpenPort{})
	}
}

func (s *step) informed(in InfoReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		digit, known := Digit(in.Msg.BodyType, in.Msg.Body)
		switch {
		case !known && len(in.Msg.Body) > 0:
			s.answer(in.Tx, 415, "Unsupported Media Type", Header{"Accept", "application/dtmf-relay, application/dtmf"})
			return
		case digit != "":
			s.tell(exchange.DigitPressed{Leg: s.Leg, Digit: digit, Via: "info"})
		}
		s.answer(in.Tx, 200, "OK")
	})
}

func (s *step) byed(in ByeReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		s.answer(in.Tx, 200, "OK")
		s.disown()
		s.dropPending()
		s.tell(exchange.LegEnded{Leg: s.Leg, Cause: exchange.EndedByPeer})
		s.finish()
	})
}

func (s *step) byedEnding(in ByeReceived) {
	s.ordered(in.Tx, in.Msg, func() {
		s.answer(in.Tx, 200, "OK")
		s.left() // the peer is done with the dialog, whatever becomes of our BYE
	})
}

// dropPending gives up what we asked inside the dialog; surplus dialogs go on being ended.
func (s *step) dropPending() {
	s.Pending = slices.DeleteFunc(s.Pending, func(p Pending) bool {
		if p.Stray || p.Msg.Method == "INVITE" { // an INVITE's 2xx still wants its ACK
			return false
		}
		s.emit(Abandon{p.Msg.Via})
		return true
	})
}

// request sends a request inside a dialog.
func (s *step) request(d *Dialog, method string, stray bool, extra []Header, body []byte) {
	d.LocalSeq++
	uri, routes := d.route()
	m := Request{
		Method: method, URI: uri, From: d.Local, To: d.Remote, CallID: d.CallID, CSeq: d.LocalSeq, Via: s.branchName(),
		Routes: routes, Extra: extra, Body: body,
	}
	switch {
	case len(body) == 0:
	case method == "NOTIFY":
		m.BodyType = sipfrag
	default:
		m.BodyType = sdpType
	}
	switch method {
	case "INVITE", "UPDATE", "NOTIFY": // these refresh the target (RFC 3261 §12.2, RFC 3311 §5.1, RFC 6665 §4.2)
		m.Contact = d.Contact
	}
	p := Pending{Msg: m, Flow: d.hop(), Stray: stray}
	s.Pending = append(s.Pending, p)
	s.emit(SendRequest{m, p.Flow})
}

func (s *step) hangUp(in HangUp) {
	var extra []Header
	if in.Elsewhere {
		extra = append(extra, Header{"Reason", elsewhereReason})
	}
	s.bye(s.cause(in), extra...)
}

// bye ends a confirmed dialog and, when the peer has taken it, tells the exchange.
func (s *step) bye(cause exchange.EndCause, extra ...Header) {
	s.leave(cause)
	s.sendBye(extra...)
}

func (s *step) sendBye(extra ...Header) {
	s.disown()
	s.noSession()
	s.dropRefers()
	s.stop(TimerGlare, 0)
	s.stop(TimerPort, 0)
	s.closePort()
	s.become(Ending)
	s.request(&s.Dialog, "BYE", false, extra, nil)
}

// tellHeld tells the exchange when the peer put us on hold or took us back.
func (s *step) tellHeld(was plan.Direction) {
	now := s.Session.Media.Direction
	if held := now != plan.SendRecv; held != (was != plan.SendRecv) {
		s.tell(exchange.LegHeld{Leg: s.Leg, Held: held})
	}
}
