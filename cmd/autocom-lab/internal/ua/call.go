package ua

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// A State is where a call stands.
type State uint8

// The states of a call.
const (
	Calling     State = iota // INVITE sent, nothing heard
	Proceeding               // INVITE sent, a provisional answer heard
	Withdrawing              // the caller gave up; CANCEL sent or owed
	Ringing                  // INVITE received, not answered yet
	Accepted                 // 200 sent, ACK awaited
	Talking                  // both agreed
	Leaving                  // BYE sent
	Over
)

// A Call is one SIP dialog, placed or received.
type Call struct {
	a        *Agent
	key      string
	id       string
	outgoing bool
	state    State
	silent   bool // vanished: every message of this call is lost
	account  *Account

	localTag, remoteTag string
	local, remote       string // From and To values as this side writes them, without its remote tag
	target              string // Request-URI of requests in the dialog
	routes              []string
	cseq, remoteCSeq    uint32
	user                string // of our Contact

	invite      *sipmsg.Message // ours, as last sent
	branch      string          // of it
	cancelSent  bool
	ack         []byte // of the last 2xx
	ackTo       netip.AddrPort
	ackSeq      uint32
	server      *serverTx // the INVITE being answered
	offer       []byte    // of it
	acceptTimer *alarm
	forks       map[string]bool // To tags of 2xx beyond the first

	onReoffer func(offer []byte) (answer []byte, code int)

	sentAt time.Time
	events chan Event
	done   chan struct{}
	last   Event
}

func dialogKey(id, tag string) string { return id + "\x00" + tag }

// dialog finds the call a request belongs to.
func (a *Agent) dialog(m *sipmsg.Message) *Call {
	tag := sipmsg.Param(m.Header("To"), "tag")
	if tag == "" {
		return nil
	}
	c := a.calls[dialogKey(m.Header("Call-ID"), tag)]
	if c == nil || c.remoteTag != "" && c.remoteTag != sipmsg.Param(m.Header("From"), "tag") {
		return nil
	}
	return c
}

// An Invite says whom to call and as whom.
type Invite struct {
	To      string // user part or whole URI
	From    string // user part; the account's user when empty
	Display string
	Account *Account // answers challenges
	Body    []byte   // the offer; none asks the far end to offer
	Headers []sipmsg.Header
}

// Place sends an INVITE and returns at once.
func (a *Agent) Place(in Invite) (*Call, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, fmt.Errorf("ua: the agent is closed")
	}
	if len(a.calls) >= maxCalls {
		return nil, fmt.Errorf("ua: %d calls are the most one agent carries", maxCalls)
	}
	if in.From == "" && in.Account != nil {
		in.From = in.Account.User
	}
	uri := in.To
	if !strings.HasPrefix(uri, "sip:") {
		uri = fmt.Sprintf("sip:%s@%s", in.To, a.cfg.Domain)
		if in.Account == nil {
			uri = fmt.Sprintf("sip:%s@%s", in.To, a.cfg.Box)
		}
	}
	c := &Call{
		a: a, id: token(), outgoing: true, state: Calling, account: in.Account, localTag: token(),
		remote: "<" + uri + ">", target: uri, cseq: 1, user: in.From,
		events: make(chan Event, 64), done: make(chan struct{}), forks: map[string]bool{},
	}
	display := ""
	if in.Display != "" {
		display = `"` + strings.NewReplacer(`"`, "", `\`, "").Replace(in.Display) + `" `
	}
	domain := a.cfg.Domain
	if in.Account == nil {
		domain = host(a.addr.Addr())
	}
	c.local = fmt.Sprintf("%s<sip:%s@%s>", display, in.From, domain)
	c.key = dialogKey(c.id, c.localTag)
	a.calls[c.key] = c
	m := &sipmsg.Message{Method: "INVITE", URI: uri, Body: in.Body}
	m.Add("From", c.local+";tag="+c.localTag).Add("To", c.remote).Add("Call-ID", c.id).Add("CSeq", "1 INVITE")
	m.Add("Contact", a.contact(c.user)).Add("Allow", allow)
	if in.Body != nil {
		m.Add("Content-Type", "application/sdp")
	}
	m.Headers = append(m.Headers, in.Headers...)
	c.sentAt = time.Now()
	c.sendInvite(m, 0)
	return c, nil
}

const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY"

// sendInvite sends the first INVITE, or it again with credentials.
func (c *Call) sendInvite(m *sipmsg.Message, tries int) {
	c.invite = m
	c.branch = c.a.begin(m, c.a.cfg.Box, func(r *sipmsg.Message) { c.invited(m, r, tries) })
}

// invited takes the answers to the first INVITE.
func (c *Call) invited(m, r *sipmsg.Message, tries int) {
	now := time.Now()
	switch {
	case r == nil:
		c.end(Event{Kind: Failed, Reason: "no answer to the INVITE (timer B)", At: now})
	case r.Code < 200:
		if c.state == Calling {
			c.state = Proceeding
		}
		if c.state == Withdrawing {
			c.sendCancel()
		}
		c.tell(Event{Kind: Progress, Code: r.Code, Reason: r.Reason, Body: r.Body, At: now})
	case r.Code < 300:
		c.establish(r)
		if c.state == Withdrawing { // CANCEL crossed the 200 (RFC 3261 §9.1): end what was made
			c.state = Talking
			c.bye(Event{Kind: Released, Code: r.Code, Reason: "answered while being cancelled"})
			return
		}
		if c.state == Calling || c.state == Proceeding {
			c.state = Talking
			c.tell(Event{Kind: Answered, Code: r.Code, Reason: r.Reason, Body: r.Body, At: now})
		}
	case (r.Code == 401 || r.Code == 407) && c.state != Withdrawing && c.account != nil && tries < 2:
		c.cseq++
		next, err := c.a.authorize(*c.account, m, r, c.cseq, tries)
		if err != nil {
			c.end(Event{Kind: Refused, Code: r.Code, Reason: r.Reason + ": " + err.Error(), At: now})
			return
		}
		c.sendInvite(next, tries+1)
	case c.state == Withdrawing:
		c.end(Event{Kind: Released, Code: r.Code, Reason: r.Reason, At: now})
	default:
		c.end(Event{Kind: Refused, Code: r.Code, Reason: r.Reason, At: now})
	}
}

// establish learns the dialog from a 2xx (RFC 3261 §12.1.2) and acknowledges.
func (c *Call) establish(r *sipmsg.Message) {
	c.remoteTag = sipmsg.Param(r.Header("To"), "tag")
	if t := sipmsg.URI(r.Header("Contact")); t != "" {
		c.target = t
	}
	c.routes = nil
	for _, rr := range r.All("Record-Route") {
		c.routes = append([]string{rr}, c.routes...)
	}
	c.acknowledge(r)
}

// acknowledge sends the ACK of a 2xx, its own transaction (RFC 3261 §13.2.2.4).
func (c *Call) acknowledge(r *sipmsg.Message) {
	n, _ := r.CSeq()
	m := c.compose("ACK", n, nil)
	m.Headers = append([]sipmsg.Header{{Name: "Via", Value: c.a.via("z9hG4bK" + token())}, {Name: "Max-Forwards", Value: "70"}}, m.Headers...)
	c.ack, c.ackTo, c.ackSeq = m.Append(nil), c.next(), n
	c.write(c.ack, c.ackTo)
}

func (c *Call) write(b []byte, to netip.AddrPort) {
	if !c.silent {
		c.a.write(b, to)
	}
}

// lateAccept takes a 2xx outside its transaction: our ACK was lost, or another
// branch of a fork answered too.
func (c *Call) lateAccept(r *sipmsg.Message) {
	if c.silent {
		return
	}
	n, _ := r.CSeq()
	tag := sipmsg.Param(r.Header("To"), "tag")
	if tag == c.remoteTag {
		if n == c.ackSeq {
			c.write(c.ack, c.ackTo)
		}
		return
	}
	fork := &Call{
		a: c.a, id: c.id, localTag: c.localTag, local: c.local, remote: c.remote, target: c.target,
		cseq: c.cseq, account: c.account, user: c.user, outgoing: true, state: Talking,
		events: make(chan Event, 64), done: make(chan struct{}),
	}
	fork.establish(r)
	if !c.forks[tag] && len(c.forks) < 16 {
		c.forks[tag] = true
		fork.send("BYE", nil, nil)
	}
}

// compose writes a request inside the dialog (RFC 3261 §12.2.1.1).
func (c *Call) compose(method string, seq uint32, body []byte) *sipmsg.Message {
	m := &sipmsg.Message{Method: method, URI: c.target, Body: body}
	for _, r := range c.routes {
		m.Add("Route", r)
	}
	to := c.remote
	if c.remoteTag != "" {
		to += ";tag=" + c.remoteTag
	}
	m.Add("From", c.local+";tag="+c.localTag).Add("To", to).Add("Call-ID", c.id)
	m.Add("CSeq", strconv.FormatUint(uint64(seq), 10)+" "+method)
	if method == "INVITE" {
		m.Add("Contact", c.a.contact(c.user)).Add("Allow", allow)
	}
	return m
}

// next is where requests of the dialog go: the first route, or the target.
func (c *Call) next() netip.AddrPort {
	uri := c.target
	if len(c.routes) > 0 {
		uri = sipmsg.URI(c.routes[0])
	}
	if ap, ok := sipmsg.HostPort(uri); ok {
		return ap
	}
	return c.a.cfg.Box
}

// send sends a request inside the dialog; a challenge is met once.
func (c *Call) send(method string, body []byte, on func(*sipmsg.Message), headers ...sipmsg.Header) {
	if c.silent {
		return
	}
	c.cseq++
	m := c.compose(method, c.cseq, body)
	m.Headers = append(m.Headers, headers...)
	c.a.begin(m, c.next(), func(r *sipmsg.Message) {
		if r != nil && (r.Code == 401 || r.Code == 407) && c.account != nil {
			c.cseq++
			if again, err := c.a.authorize(*c.account, m, r, c.cseq, 0); err == nil {
				c.a.begin(again, c.next(), on)
				return
			}
		}
		if on != nil {
			on(r)
		}
	})
}

func (c *Call) sendCancel() {
	if c.cancelSent || c.silent {
		return
	}
	c.cancelSent = true
	m := &sipmsg.Message{Method: "CANCEL", URI: c.invite.URI}
	n, _ := c.invite.CSeq()
	for _, h := range []string{"Route", "From", "To", "Call-ID"} {
		if v := c.invite.Header(h); v != "" {
			m.Add(h, v)
		}
	}
	m.Add("CSeq", strconv.FormatUint(uint64(n), 10)+" CANCEL")
	c.a.beginAs(c.branch, m, c.a.cfg.Box, nil)
	// RFC 3261 §9.1: a far end that never answers 487 is given up on.
	c.a.after(TimeOut, func(time.Time) {
		if c.state == Withdrawing {
			c.end(Event{Kind: Released, Reason: "no 487 came after CANCEL"})
		}
	})
}

func (c *Call) bye(last Event) {
	if c.state == Over {
		return
	}
	c.state = Leaving
	c.send("BYE", nil, func(r *sipmsg.Message) {
		if r == nil {
			c.end(Event{Kind: Failed, Reason: "no answer to the BYE"})
			return
		}
		if r.Code >= 200 {
			if last.Kind == Released && last.Code == 0 {
				last.Code, last.Reason = r.Code, r.Reason
			}
			last.At = time.Time{}
			c.end(last)
		}
	})
	if c.silent {
		c.end(Event{Kind: Released, Reason: "vanished"})
	}
}
