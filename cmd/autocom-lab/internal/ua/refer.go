package ua

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// Refer asks the far end to hand its party to a number (RFC 3515), or, with a call of ours, to whom that call is with (RFC 5589 §7).
// Transferring follows, then Notified.
func (c *Call) Refer(to string, instead *Call) error {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if err := c.in(Talking); err != nil {
		return err
	}
	uri := fmt.Sprintf("sip:%s@%s", to, c.a.cfg.Domain)
	if instead != nil {
		uri += "?Replaces=" + url.QueryEscape(instead.replaces())
	}
	c.send("REFER", nil, func(r *sipmsg.Message) {
		switch {
		case r == nil:
			c.tell(Event{Kind: Transferring, Code: 408, Reason: "no answer to the REFER"})
		case r.Code >= 200:
			c.tell(Event{Kind: Transferring, Code: r.Code, Reason: r.Reason})
		}
	}, sipmsg.Header{Name: "Refer-To", Value: "<" + uri + ">"}, sipmsg.Header{Name: "Referred-By", Value: c.local},
		sipmsg.Header{Name: "Contact", Value: c.a.contact(c.user)})
	return nil
}

// replaces names the call as whoever is at its far end knows it (RFC 3891 §6.1).
func (c *Call) replaces() string {
	return fmt.Sprintf("%s;to-tag=%s;from-tag=%s", c.id, c.remoteTag, c.localTag)
}

// fragment is the status that a message/sipfrag tells (RFC 3420); 0 when there is none.
func fragment(body []byte) int {
	rest, ok := bytes.CutPrefix(body, []byte("SIP/2.0 "))
	if !ok || len(rest) < 3 {
		return 0
	}
	code, err := strconv.Atoi(string(rest[:3]))
	if err != nil {
		return 0
	}
	return code
}
