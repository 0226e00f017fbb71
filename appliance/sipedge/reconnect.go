package sipedge

import (
	"slices"
	"sync"
	"time"

	"autocom/appliance/sipedge/leg"
)

// A phone over TCP whose connection was cut opens another and registers along it; its calls go on meanwhile (RFC 5626 §4.4.2 asks the same of
// its flows). What the box has to say in them follows the phone to its newest connection. A BYE that finds the phone not back yet waits for it:
// else the phone would believe in a call that nobody holds any more.

const (
	partingTime = 2 * time.Minute // a phone that is not back by then ends the call by itself
	maxPartings = 1000
)

// parting is a BYE that waits for its phone.
type parting struct {
	msg   leg.Request
	from  leg.Flow // that was cut
	until time.Time
}

// partings are the connections that were cut and the BYEs that wait for their phones.
type partings struct {
	mu   sync.Mutex
	cut  map[leg.Flow]time.Time // until when it is remembered
	list []parting
}

// lose notes that a connection is gone.
func (p *partings) lose(now time.Time, f leg.Flow) {
	if !f.Transport.Stream() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut == nil {
		p.cut = make(map[leg.Flow]time.Time)
	}
	for old, until := range p.cut {
		if now.After(until) {
			delete(p.cut, old)
		}
	}
	if len(p.cut) < maxPartings {
		p.cut[f] = now.Add(longestCall)
	}
}

// longestCall bounds how long a connection that was cut is remembered: a call on it may end so late.
const longestCall = 12 * time.Hour

// wait keeps a BYE for a phone whose connection is gone. It reports false for any other request.
func (p *partings) wait(now time.Time, m leg.Request, f leg.Flow) bool {
	if m.Method != "BYE" || !f.Transport.Stream() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, gone := p.cut[f]; !gone {
		return false
	}
	p.list = slices.DeleteFunc(p.list, func(x parting) bool { return now.After(x.until) })
	if len(p.list) >= maxPartings {
		return false
	}
	p.list = append(p.list, parting{m, f, now.Add(partingTime)})
	return true
}

// due takes the BYEs that waited for a contact at an address. The phone speaks along f now: what was cut there stands again.
func (p *partings) due(now time.Time, contact string, f leg.Flow) (ready []leg.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.cut, f)
	p.list = slices.DeleteFunc(p.list, func(x parting) bool {
		mine := x.msg.URI == contact && x.from.Remote.Addr() == f.Remote.Addr()
		if mine && !now.After(x.until) {
			ready = append(ready, x.msg)
		}
		return mine || now.After(x.until)
	})
	return ready
}

// reconnected is where a phone on a connection is now: where its last registration came from, if that was the same machine.
func (e *Edge) reconnected(target string, f leg.Flow) leg.Flow {
	if !f.Transport.Stream() {
		return f
	}
	if now, ok := e.registrar.FlowOf(time.Now(), target); ok && now.Transport == f.Transport && now.Remote.Addr() == f.Remote.Addr() {
		return now
	}
	return f
}

// part says to a phone that is back what it missed.
func (e *Edge) part(contact string, f leg.Flow) {
	for _, m := range e.partings.due(time.Now(), contact, f) {
		req, err := build(m, f, e.host(f))
		if err == nil {
			_, err = e.stack.Send(req, f)
		}
		if err != nil {
			e.log.Warn("BYE not sent", "call_id", m.CallID, "error", err)
		}
	}
}
