package ua

import (
	"strings"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// invited opens a call for an INVITE outside any dialog.
func (a *Agent) invited(t *serverTx, now time.Time) {
	m := t.req
	if len(a.calls) >= maxCalls || len(a.incoming) == cap(a.incoming) {
		a.answer(t, 503, nil)
		return
	}
	n, _ := m.CSeq()
	c := &Call{
		a: a, id: m.Header("Call-ID"), state: Ringing, localTag: token(), remoteTag: sipmsg.Param(m.Header("From"), "tag"),
		local: m.Header("To"), remote: stripTag(m.Header("From")), target: sipmsg.URI(m.Header("Contact")),
		routes: m.All("Record-Route"), remoteCSeq: n, user: sipmsg.User(m.URI), invite: m, server: t, offer: m.Body,
		sentAt: now, events: make(chan Event, 64), done: make(chan struct{}), forks: map[string]bool{},
	}
	if c.target == "" {
		c.target = sipmsg.URI(m.Header("From"))
	}
	c.key = dialogKey(c.id, c.localTag)
	t.call = c
	a.calls[c.key] = c
	a.answer(t, 100, nil)
	a.incoming <- c // there is room, and only this goroutine fills it
}

func stripTag(v string) string {
	if i := strings.Index(strings.ToLower(v), ";tag="); i >= 0 {
		if j := strings.IndexByte(v[i+1:], ';'); j >= 0 {
			return v[:i] + v[i+1+j:]
		}
		return v[:i]
	}
	return v
}

// cancel takes a CANCEL (RFC 3261 §9.2).
func (a *Agent) cancel(t *serverTx, m *sipmsg.Message, inviteKey string, now time.Time) {
	inv := a.servers[inviteKey]
	if inv == nil || inv.call == nil {
		a.answer(t, 481, nil)
		return
	}
	c := inv.call
	if c.silent {
		return
	}
	t.call = c
	a.answer(t, 200, nil)
	if c.state == Ringing && c.server == inv {
		a.answer(inv, 487, nil)
		c.end(Event{Kind: Cancelled, Reason: m.Header("Reason"), At: now})
	}
}

// acknowledged takes the ACK of a 2xx.
func (c *Call) acknowledged(m *sipmsg.Message, now time.Time) {
	if c.server == nil || c.silent {
		return
	}
	n, _ := m.CSeq()
	if want, _ := c.server.req.CSeq(); n != want {
		return
	}
	c.server.again.stop()
	c.acceptTimer.stop()
	if c.state == Accepted {
		c.state = Talking
		c.tell(Event{Kind: Answered, Code: 200, Reason: "acknowledged", Body: m.Body, At: now})
		return
	}
	if len(m.Body) > 0 && c.state == Talking { // the answer to an offer we made in a 2xx
		c.tell(Event{Kind: Agreed, Body: m.Body, At: now})
	}
}

// inDialog takes a request inside the call.
func (c *Call) inDialog(t *serverTx, now time.Time) {
	a, m := c.a, t.req
	if c.silent {
		return
	}
	n, _ := m.CSeq()
	if n < c.remoteCSeq { // RFC 3261 §12.2.2
		a.answer(t, 500, nil)
		return
	}
	c.remoteCSeq = n
	switch m.Method {
	case "BYE":
		a.answer(t, 200, nil)
		if c.server != nil && c.state == Ringing {
			a.answer(c.server, 487, nil)
		}
		if c.server != nil {
			c.server.again.stop()
		}
		c.end(Event{Kind: HungUp, Reason: m.Header("Reason"), At: now})
	case "INVITE":
		c.reinvited(t, now)
	case "INFO":
		a.answer(t, 200, nil)
		if d, ok := infoDigit(m); ok {
			c.tell(Event{Kind: Digit, Digit: d, At: now})
		}
	case "NOTIFY":
		a.answer(t, 200, nil)
		c.tell(Event{Kind: Notified, Code: fragment(m.Body), Reason: m.Header("Subscription-State"), Body: m.Body, At: now})
	case "OPTIONS", "MESSAGE":
		a.answer(t, 200, nil)
	default:
		a.answer(t, 405, nil)
	}
}

// reinvited answers a re-INVITE at once, as a telephone does.
func (c *Call) reinvited(t *serverTx, now time.Time) {
	if c.state == Over || c.state == Leaving {
		c.a.answer(t, 481, nil)
		return
	}
	if c.state != Talking { // RFC 3261 §14.2: one change at a time
		c.a.answer(t, 491, nil)
		return
	}
	if u := sipmsg.URI(t.req.Header("Contact")); u != "" {
		c.target = u
	}
	answer, code := t.req.Body, 200
	if c.onReoffer != nil {
		answer, code = c.onReoffer(t.req.Body)
	}
	c.server = t
	c.a.answer(t, code, func(m *sipmsg.Message) { c.describe(m, answer) })
	if code/100 == 2 {
		c.awaitACK()
		c.tell(Event{Kind: Reoffered, Body: t.req.Body, At: now})
	}
}

func (c *Call) describe(m *sipmsg.Message, body []byte) {
	m.Add("Contact", c.a.contact(c.user)).Add("Allow", allow)
	if len(body) > 0 && m.Code < 300 {
		m.Add("Content-Type", "application/sdp")
		m.Body = body
	}
}

// awaitACK ends a call whose 2xx nobody acknowledges (RFC 3261 §13.3.1.4).
func (c *Call) awaitACK() {
	c.acceptTimer.stop()
	server := c.server
	c.acceptTimer = c.a.after(TimeOut, func(time.Time) {
		server.again.stop()
		if c.state == Accepted || c.state == Talking {
			c.bye(Event{Kind: Failed, Reason: "our 200 was never acknowledged"})
		}
	})
}

// infoDigit reads application/dtmf-relay and application/dtmf bodies.
func infoDigit(m *sipmsg.Message) (byte, bool) {
	kind := strings.ToLower(m.Header("Content-Type"))
	body := string(m.Body)
	switch {
	case strings.HasPrefix(kind, "application/dtmf-relay"):
		for line := range strings.Lines(body) {
			k, v, _ := strings.Cut(line, "=")
			if strings.EqualFold(strings.TrimSpace(k), "Signal") {
				body = v
				break
			}
		}
	case strings.HasPrefix(kind, "application/dtmf"):
	default:
		return 0, false
	}
	body = strings.ToUpper(strings.TrimSpace(body))
	if len(body) != 1 || !strings.Contains("0123456789*#ABCD", body) {
		return 0, false
	}
	return body[0], true
}
