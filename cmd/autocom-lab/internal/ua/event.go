package ua

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A Kind is what happened to a call.
type Kind uint8

// The kinds of events.
const (
	Progress     Kind = iota // an answer below 200 came; Body may describe early media
	Answered                 // 200 came, or ours was acknowledged
	Refused                  // the far end will not: Code says why
	Cancelled                // the caller gave up before we answered
	HungUp                   // the far end ended the call
	Released                 // our own CANCEL or BYE is done
	Failed                   // no answer in time, or nonsense
	Reoffered                // the far end changed the session (re-INVITE); Body is its offer
	Agreed                   // our re-INVITE was accepted; Body is the answer
	Rejected                 // our re-INVITE was refused; Code says why, the call goes on
	Digit                    // INFO with a digit
	Transferring             // our REFER was answered; Code says how
	Notified                 // NOTIFY of a REFER: Code is what its sipfrag says, Reason the state of the subscription
)

var kindNames = [...]string{"progress", "answered", "refused", "cancelled", "hung up", "released", "failed", "reoffered", "agreed", "rejected", "digit", "transferring", "notified"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Final reports whether nothing follows the event.
func (k Kind) Final() bool {
	switch k {
	case Refused, Cancelled, HungUp, Released, Failed:
		return true
	default:
		return false
	}
}

// An Event is one thing that happened to a call.
type Event struct {
	Kind   Kind
	Code   int
	Reason string
	Body   []byte
	Digit  byte
	At     time.Time // when its datagram was read
}

func (e Event) String() string {
	switch {
	case e.Code != 0:
		return fmt.Sprintf("%s (%d %s)", e.Kind, e.Code, e.Reason)
	case e.Reason != "":
		return fmt.Sprintf("%s (%s)", e.Kind, e.Reason)
	}
	return e.Kind.String()
}

// Events delivers what happens to the call, in order; it is closed after the
// last event. Beyond 64 unread ones, events that are not final are dropped.
func (c *Call) Events() <-chan Event { return c.events }

// Done is closed when the call is over.
func (c *Call) Done() <-chan struct{} { return c.done }

// Last is the event that ended the call; valid after Done.
func (c *Call) Last() Event {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	return c.last
}

// Wait reads events until one of those kinds comes. The end of the call, or of
// the context, before that is an error.
func (c *Call) Wait(ctx context.Context, kinds ...Kind) (Event, error) {
	for {
		select {
		case e, ok := <-c.events:
			if !ok {
				return c.Last(), fmt.Errorf("ua: the call is over: %s", c.Last())
			}
			if slices.Contains(kinds, e.Kind) {
				return e, nil
			}
			if e.Kind.Final() {
				return e, fmt.Errorf("ua: waiting for %v, but: %s", kinds, e)
			}
		case <-ctx.Done():
			return Event{}, fmt.Errorf("ua: waiting for %v: %w", kinds, context.Cause(ctx))
		}
	}
}

func (c *Call) tell(e Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if c.state == Over {
		return
	}
	if len(c.events) < cap(c.events)-1 { // the last place is the final event's
		c.events <- e
		return
	}
	c.a.lost++
}

// end is the last thing a call does.
func (c *Call) end(e Event) {
	if c.state == Over {
		return
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	c.state, c.last = Over, e
	c.events <- e // tell always leaves one place
	close(c.events)
	close(c.done)
	c.acceptTimer.stop()
	if c.a.closed {
		return
	}
	// A repeated 2xx or BYE may still come for a while (RFC 3261 §13.3.1.4).
	c.a.after(min(c.a.cfg.Linger, TimeOut), func(time.Time) { delete(c.a.calls, c.key) })
}
