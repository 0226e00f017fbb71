package ua

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// A clientTx is one request on its way (RFC 3261 §17.1).
type clientTx struct {
	key      string
	wire     []byte
	to       netip.AddrPort
	invite   bool
	interval time.Duration
	heard    bool   // a provisional answer came
	final    bool   // of an INVITE refused: only the ACK is repeated
	ack      []byte // of an INVITE refused
	again    *alarm
	giveUp   *alarm
	on       func(*sipmsg.Message) // each answer; nil when none came in time
}

// A serverTx is one request received and what was answered (RFC 3261 §17.2).
type serverTx struct {
	key      string
	req      *sipmsg.Message
	to       netip.AddrPort // where answers go
	last     []byte
	code     int
	interval time.Duration
	again    *alarm
	giveUp   *alarm
	call     *Call
}

// begin sends a request under a new branch and gives the branch.
func (a *Agent) begin(m *sipmsg.Message, to netip.AddrPort, on func(*sipmsg.Message)) (branch string) {
	branch = "z9hG4bK" + token()
	a.beginAs(branch, m, to, on)
	return branch
}

func (a *Agent) via(branch string) string {
	return fmt.Sprintf("SIP/2.0/%s %s;rport;branch=%s", a.cfg.Over, a.host, branch)
}

func (a *Agent) beginAs(branch string, m *sipmsg.Message, to netip.AddrPort, on func(*sipmsg.Message)) {
	m = &sipmsg.Message{
		Method: m.Method, URI: m.URI, Body: m.Body,
		Headers: append([]sipmsg.Header{{Name: "Via", Value: a.via(branch)}, {Name: "Max-Forwards", Value: "70"}}, m.Headers...),
	}
	m.Add("User-Agent", a.cfg.Name)
	t := &clientTx{key: branch + " " + m.Method, wire: m.Append(nil), to: to, invite: m.Method == "INVITE", interval: T1, on: on}
	a.clients[t.key] = t
	a.write(t.wire, to)
	if !a.cfg.Over.reliable() {
		t.again = a.after(t.interval, func(time.Time) { a.repeat(t) })
	}
	t.giveUp = a.after(TimeOut, func(time.Time) { a.expire(t) })
}

// repeat is timers A and E: UDP loses.
func (a *Agent) repeat(t *clientTx) {
	if t.invite && t.heard {
		return
	}
	a.write(t.wire, t.to)
	t.interval *= 2
	if !t.invite && (t.interval > T2 || t.heard) {
		t.interval = T2
	}
	t.again = a.after(t.interval, func(time.Time) { a.repeat(t) })
}

func (a *Agent) expire(t *clientTx) {
	a.forget(t)
	if !t.final && t.on != nil {
		t.on(nil)
	}
}

func (a *Agent) forget(t *clientTx) {
	t.again.stop()
	t.giveUp.stop()
	delete(a.clients, t.key)
}

// response gives an answer to its transaction, or, a repeated 2xx, to its call.
func (a *Agent) response(m *sipmsg.Message) {
	_, method := m.CSeq()
	t := a.clients[sipmsg.ViaParam(m.Header("Via"), "branch")+" "+method]
	if t == nil {
		if method == "INVITE" && m.Code/100 == 2 {
			if c := a.calls[dialogKey(m.Header("Call-ID"), sipmsg.Param(m.Header("From"), "tag"))]; c != nil {
				c.lateAccept(m)
			}
		}
		return
	}
	switch {
	case m.Code < 200:
		t.heard = true
		if t.invite {
			t.again.stop()
			t.giveUp.stop() // timer B ends with the first provisional answer; a telephone may ring for long
		}
	case t.invite && m.Code >= 300:
		if t.final {
			a.write(t.ack, t.to)
			return
		}
		t.final = true
		t.ack = ackRefusal(t.wire, m)
		a.write(t.ack, t.to)
		t.again.stop()
		t.giveUp.stop()
		t.giveUp = a.after(TimeOut, func(time.Time) { a.forget(t) }) // timer D
	default:
		a.forget(t)
	}
	if t.on != nil {
		t.on(m)
	}
}

// ackRefusal makes the ACK of a non-2xx answer (RFC 3261 §17.1.1.3).
func ackRefusal(wire []byte, answer *sipmsg.Message) []byte {
	invite, err := sipmsg.Parse(wire)
	if err != nil {
		return nil // we wrote it ourselves
	}
	n, _ := invite.CSeq()
	ack := &sipmsg.Message{Method: "ACK", URI: invite.URI}
	ack.Add("Via", invite.Header("Via")).Add("Max-Forwards", "70")
	for _, r := range invite.All("Route") {
		ack.Add("Route", r)
	}
	ack.Add("From", invite.Header("From")).Add("To", answer.Header("To"))
	ack.Add("Call-ID", invite.Header("Call-ID")).Add("CSeq", strconv.FormatUint(uint64(n), 10)+" ACK")
	return ack.Append(nil)
}

// request gives a request to its transaction, its call, or opens a new one.
func (a *Agent) request(m *sipmsg.Message, from netip.AddrPort, now time.Time) {
	via := m.All("Via")[0]
	method := m.Method
	if method == "ACK" {
		method = "INVITE"
	}
	sentBy, _, _ := strings.Cut(via, ";")
	key := sipmsg.ViaParam(via, "branch") + " " + sentBy + " " + method
	t := a.servers[key]
	if m.Method == "ACK" {
		if t != nil && t.code >= 300 { // RFC 3261 §17.2.1: confirmed
			t.again.stop()
			return
		}
		if c := a.dialog(m); c != nil {
			c.acknowledged(m, now)
		}
		return
	}
	if t != nil {
		if t.last != nil {
			a.write(t.last, t.to)
		}
		return
	}
	if len(a.servers) >= maxServers {
		return
	}
	t = &serverTx{key: key, req: m, to: answerAddr(via, from)}
	a.servers[key] = t
	if m.Method == "CANCEL" {
		a.cancel(t, m, sipmsg.ViaParam(via, "branch")+" "+sentBy+" INVITE", now)
		return
	}
	if c := a.dialog(m); c != nil {
		t.call = c
		c.inDialog(t, now)
		return
	}
	if w := a.watches[dialogKey(m.Header("Call-ID"), sipmsg.Param(m.Header("To"), "tag"))]; w != nil && m.Method == "NOTIFY" {
		a.answer(t, 200, nil)
		w.noticed(m)
		return
	}
	if sipmsg.Param(m.Header("To"), "tag") != "" {
		a.answer(t, 481, nil)
		return
	}
	switch m.Method {
	case "INVITE":
		a.invited(t, now)
	case "OPTIONS", "NOTIFY", "MESSAGE":
		a.answer(t, 200, nil)
	default:
		a.answer(t, 405, nil)
	}
}

// answerAddr is where answers go (RFC 3261 §18.2.2, RFC 3581 §4).
func answerAddr(via string, from netip.AddrPort) netip.AddrPort {
	if strings.Contains(strings.ToLower(via), ";rport") {
		return from
	}
	sentBy, _, _ := strings.Cut(via, ";")
	if f := strings.Fields(sentBy); len(f) == 2 {
		if ap, ok := sipmsg.HostPort("sip:" + f[1]); ok {
			return netip.AddrPortFrom(from.Addr(), ap.Port())
		}
	}
	return from
}

// answer sends a response without a call, or one that ends no dialog's state.
func (a *Agent) answer(t *serverTx, code int, more func(*sipmsg.Message)) {
	m := &sipmsg.Message{Code: code, Reason: reason(code)}
	for _, v := range t.req.All("Via") {
		m.Add("Via", v)
	}
	if code < 300 && code > 100 {
		for _, r := range t.req.All("Record-Route") {
			m.Add("Record-Route", r)
		}
	}
	to := t.req.Header("To")
	if code > 100 && sipmsg.Param(to, "tag") == "" {
		tag := token()
		if t.call != nil {
			tag = t.call.localTag
		}
		to += ";tag=" + tag
	}
	m.Add("From", t.req.Header("From")).Add("To", to).Add("Call-ID", t.req.Header("Call-ID")).Add("CSeq", t.req.Header("CSeq"))
	if more != nil {
		more(m)
	}
	m.Add("Server", a.cfg.Name)
	t.last, t.code = m.Append(nil), code
	a.write(t.last, t.to)
	if code < 200 {
		return
	}
	if t.req.Method == "INVITE" { // until the ACK: timers G and H, or RFC 3261 §13.3.1.4 for a 2xx
		t.interval = T1
		t.again = a.after(t.interval, func(time.Time) { a.repeatAnswer(t) })
	}
	t.giveUp = a.after(max(a.cfg.Linger, 0), func(time.Time) { a.forgetServer(t) })
}

func (a *Agent) repeatAnswer(t *serverTx) {
	a.write(t.last, t.to)
	t.interval = min(2*t.interval, T2)
	t.again = a.after(t.interval, func(time.Time) { a.repeatAnswer(t) })
}

func (a *Agent) forgetServer(t *serverTx) {
	if a.servers[t.key] != t {
		return
	}
	delete(a.servers, t.key)
	t.again.stop()
}

func reason(code int) string {
	switch code {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 183:
		return "Session Progress"
	case 200:
		return "OK"
	case 302:
		return "Moved Temporarily"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 480:
		return "Temporarily Unavailable"
	case 481:
		return "Call/Transaction Does Not Exist"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 488:
		return "Not Acceptable Here"
	case 491:
		return "Request Pending"
	case 500:
		return "Server Internal Error"
	case 503:
		return "Service Unavailable"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	}
	return "Answer"
}
