package ua

import (
	"context"
	"fmt"
	"strconv"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// A Watch is one subscription (RFC 6665): a lamp, a buddy, a mailbox.
type Watch struct {
	a         *Agent
	acc       Account
	event     string
	uri       string
	id, tag   string
	remoteTag string
	target    string
	routes    []string
	cseq      uint32
	notices   chan Notice
	done      chan struct{}
	over      bool
}

// A Notice is one NOTIFY.
type Notice struct {
	State string // Subscription-State
	Type  string // of the body
	Body  []byte
}

// Subscribe asks to be told of event at an extension for that many seconds, and waits for the answer.
func (a *Agent) Subscribe(ctx context.Context, acc Account, extension, event string, seconds int) (*Watch, error) {
	a.mu.Lock()
	w := &Watch{
		a: a, acc: acc, event: event, uri: fmt.Sprintf("sip:%s@%s", extension, a.cfg.Domain), id: token(), tag: token(),
		notices: make(chan Notice, 64), done: make(chan struct{}),
	}
	w.target = w.uri
	a.watches[dialogKey(w.id, w.tag)] = w
	a.mu.Unlock()
	if err := w.ask(ctx, seconds); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.watches, dialogKey(w.id, w.tag))
		return nil, err
	}
	return w, nil
}

// Notices delivers what the subscription tells, in order; beyond 64 unread ones they are lost.
func (w *Watch) Notices() <-chan Notice { return w.notices }

// Refresh prolongs the subscription; 0 seconds end it.
func (w *Watch) Refresh(ctx context.Context, seconds int) error { return w.ask(ctx, seconds) }

func (w *Watch) ask(ctx context.Context, seconds int) error {
	a := w.a
	answered := make(chan error, 1)
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return fmt.Errorf("ua: the agent is closed")
	}
	w.cseq++
	m := &sipmsg.Message{Method: "SUBSCRIBE", URI: w.target}
	for _, r := range w.routes {
		m.Add("Route", r)
	}
	to := "<" + w.uri + ">"
	if w.remoteTag != "" {
		to += ";tag=" + w.remoteTag
	}
	m.Add("From", fmt.Sprintf("<sip:%s@%s>;tag=%s", w.acc.User, a.cfg.Domain, w.tag)).Add("To", to).Add("Call-ID", w.id)
	m.Add("CSeq", strconv.FormatUint(uint64(w.cseq), 10)+" SUBSCRIBE").Add("Contact", a.contact(w.acc.User))
	m.Add("Event", w.event).Add("Expires", strconv.Itoa(seconds))
	a.ask(w.acc, m, &w.cseq, 0, func(r *sipmsg.Message, err error) {
		if err == nil {
			w.established(r)
		}
		answered <- err
	})
	a.mu.Unlock()
	select {
	case err := <-answered:
		return err
	case <-w.done:
		return fmt.Errorf("ua: the agent was closed")
	case <-ctx.Done():
		return fmt.Errorf("ua: SUBSCRIBE of %s: %w", w.acc.User, context.Cause(ctx))
	}
}

// established learns the dialog from the 2xx (RFC 6665 §4.1.2.1).
func (w *Watch) established(r *sipmsg.Message) {
	w.remoteTag = sipmsg.Param(r.Header("To"), "tag")
	if t := sipmsg.URI(r.Header("Contact")); t != "" {
		w.target = t
	}
	w.routes = nil
	for _, rr := range r.All("Record-Route") {
		w.routes = append([]string{rr}, w.routes...)
	}
}

// noticed takes a NOTIFY; it may come before the 2xx (RFC 6665 §4.1.2.4).
func (w *Watch) noticed(m *sipmsg.Message) {
	if w.over {
		return
	}
	select {
	case w.notices <- Notice{State: m.Header("Subscription-State"), Type: m.Header("Content-Type"), Body: m.Body}:
	default:
		w.a.lost++
	}
}

func (w *Watch) end() {
	if !w.over {
		w.over = true
		close(w.done)
	}
}
