package ua

import (
	"fmt"
	"slices"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// ID is the call's Call-ID.
func (c *Call) ID() string { return c.id }

// SentAt is when the INVITE was sent, or read.
func (c *Call) SentAt() time.Time { return c.sentAt }

// Invite is the INVITE that opened the call, as last sent. It is not to be
// changed.
func (c *Call) Invite() *sipmsg.Message {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	return c.invite
}

// Called is the user part the INVITE asked for.
func (c *Call) Called() string { return sipmsg.User(c.Invite().URI) }

// Caller is the user part of the INVITE's From.
func (c *Call) Caller() string { return sipmsg.User(sipmsg.URI(c.Invite().Header("From"))) }

// Offer is the description in the INVITE received; empty for a delayed offer.
func (c *Call) Offer() []byte { return c.offer }

// State is where the call stands now.
func (c *Call) State() State {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	return c.state
}

// OnReoffer sets what answers a re-INVITE: it gets the offer (empty when the
// far end asks for one) and gives the body and the code. It is called with the
// agent's lock held and must not call the agent.
func (c *Call) OnReoffer(f func(offer []byte) (answer []byte, code int)) {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	c.onReoffer = f
}

func (c *Call) in(states ...State) error {
	if slices.Contains(states, c.state) {
		return nil
	}
	return fmt.Errorf("ua: not possible now (state %d)", c.state)
}

// Ring answers 180, or 183 when there is a body for early media.
func (c *Call) Ring(body []byte) error {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if err := c.in(Ringing); err != nil {
		return err
	}
	code := 180
	if len(body) > 0 {
		code = 183
	}
	if !c.silent {
		c.a.answer(c.server, code, func(m *sipmsg.Message) { c.describe(m, body) })
	}
	return nil
}

// Answer accepts the call: 200 with body, repeated until the ACK comes. The
// Answered event follows then.
func (c *Call) Answer(body []byte) error {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if err := c.in(Ringing); err != nil {
		return err
	}
	c.state = Accepted
	if c.silent {
		return nil
	}
	c.a.answer(c.server, 200, func(m *sipmsg.Message) { c.describe(m, body) })
	c.awaitACK()
	return nil
}

// Refuse ends a call that rings here with a code from 300 to 699.
func (c *Call) Refuse(code int, headers ...sipmsg.Header) error {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if err := c.in(Ringing); err != nil {
		return err
	}
	if code < 300 || code > 699 {
		return fmt.Errorf("ua: %d refuses nothing", code)
	}
	if !c.silent {
		c.a.answer(c.server, code, func(m *sipmsg.Message) { m.Headers = append(m.Headers, headers...) })
	}
	c.end(Event{Kind: Released, Code: code, Reason: reason(code)})
	return nil
}

// HangUp ends the call in whatever way its state asks: CANCEL, 480 or BYE. The
// call is over when its final event comes.
func (c *Call) HangUp() {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	switch c.state {
	case Calling:
		c.state = Withdrawing // RFC 3261 §9.1: no CANCEL before a provisional answer
	case Proceeding:
		c.state = Withdrawing
		c.sendCancel()
	case Ringing:
		c.a.answer(c.server, 480, nil)
		c.end(Event{Kind: Released, Code: 480, Reason: reason(480)})
	case Accepted, Talking:
		if c.server != nil {
			c.server.again.stop()
		}
		c.acceptTimer.stop()
		c.bye(Event{Kind: Released})
	case Withdrawing, Leaving, Over: // on its way
	}
	if c.silent && c.state != Over {
		c.end(Event{Kind: Released, Reason: "vanished"})
	}
}

// Vanish loses every further message of this call, both ways.
func (c *Call) Vanish() {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	c.silent = true
	if c.server != nil {
		c.server.again.stop()
	}
	c.acceptTimer.stop()
}

// Reinvite offers a changed session; Agreed or Rejected follows.
func (c *Call) Reinvite(body []byte) error {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if err := c.in(Talking); err != nil {
		return err
	}
	var headers []sipmsg.Header
	if len(body) > 0 {
		headers = append(headers, sipmsg.Header{Name: "Content-Type", Value: "application/sdp"})
	}
	c.send("INVITE", body, func(r *sipmsg.Message) {
		switch {
		case r == nil:
			c.bye(Event{Kind: Failed, Reason: "no answer to the re-INVITE"})
		case r.Code < 200:
		case r.Code < 300:
			if t := sipmsg.URI(r.Header("Contact")); t != "" {
				c.target = t
			}
			c.acknowledge(r)
			c.tell(Event{Kind: Agreed, Code: r.Code, Reason: r.Reason, Body: r.Body})
		case r.Code == 481 || r.Code == 408: // RFC 3261 §12.2.1.2: the dialog is gone
			c.bye(Event{Kind: Failed, Code: r.Code, Reason: r.Reason})
		default:
			c.tell(Event{Kind: Rejected, Code: r.Code, Reason: r.Reason})
		}
	}, headers...)
	return nil
}

// Info sends a digit as application/dtmf-relay.
func (c *Call) Info(digit byte) error {
	return c.info("application/dtmf-relay", fmt.Sprintf("Signal=%c\r\nDuration=160\r\n", digit))
}

// InfoPlain sends a digit as application/dtmf, which some phones do.
func (c *Call) InfoPlain(digit byte) error { return c.info("application/dtmf", string(digit)) }

func (c *Call) info(kind, body string) error {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if err := c.in(Talking); err != nil {
		return err
	}
	c.send("INFO", []byte(body), nil, sipmsg.Header{Name: "Content-Type", Value: kind})
	return nil
}
