package sipedge

import (
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// wire carries the messages of legs. It is called on their goroutines.
type wire struct{ e *Edge }

var (
	errGone = errors.New("sipedge: the leg is gone")
	errAway = errors.New("sipedge: the phone's connection is gone; it is told when it comes back")
)

func (w wire) SendRequest(id plan.LegID, m leg.Request, f leg.Flow) error {
	l := w.e.leg(id)
	if l == nil {
		return errGone
	}
	f = w.e.footing(f)
	if m.To.Tag != "" && l.trunk == nil { // to a carrier the box connects itself
		if f = w.e.reconnected(m.URI, f); w.e.partings.wait(time.Now(), m, f) {
			return errAway
		}
	}
	m.Contact = w.e.reached(id, m.Contact, f)
	req, err := build(m, f, w.e.host(f))
	if err != nil {
		return err
	}
	if m.Method == "INVITE" || m.Method == "UPDATE" {
		w.e.capabilities(req)
		f = w.e.roomier(l.trunk, req, f)
	}
	t, err := w.e.stack.Send(req, f)
	if err != nil {
		return err
	}
	if m.Method == "INVITE" {
		l.mu.Lock()
		l.clients[m.Via] = t
		l.mu.Unlock()
		if l.trunk != nil && m.To.Tag == "" {
			w.e.carriers.called(l, m.Via, f)
		}
	}
	return nil
}

// footing is a flow from a listener that there is: a carrier may name another transport for what follows in a call than its calls go by.
func (e *Edge) footing(f leg.Flow) leg.Flow {
	e.mu.Lock()
	known := slices.ContainsFunc(e.ways, func(w way) bool { return w.transport == f.Transport && w.local == f.Local })
	e.mu.Unlock()
	if known {
		return f
	}
	for _, by := range []flow.Transport{f.Transport, flow.UDP} {
		if g, ok := e.way(by, f.Remote); ok {
			return g
		}
	}
	return f
}

func (w wire) SendAck(m leg.Request, f leg.Flow) {
	f = w.e.footing(f)
	if m.To.Tag != "" {
		f = w.e.reconnected(m.URI, f)
	}
	req, err := build(m, f, w.e.host(f))
	if err == nil {
		err = w.e.stack.SendDirect(req, f)
	}
	if err != nil {
		w.e.log.Warn("ACK not sent", "call_id", m.CallID, "error", err)
	}
}

func (w wire) SendCancel(id plan.LegID, via string, extra []leg.Header) {
	l := w.e.leg(id)
	if l == nil {
		return
	}
	l.mu.Lock()
	t := l.clients[via]
	l.mu.Unlock()
	if t == nil {
		return
	}
	if _, err := t.Cancel(headersOf(extra)...); err != nil && !errors.Is(err, stack.ErrAnswered) {
		w.e.log.Warn("CANCEL not sent", "leg", id, "error", err)
	}
}

func (w wire) Abandon(id plan.LegID, via string) {
	l := w.e.leg(id)
	if l == nil {
		return
	}
	l.mu.Lock()
	t := l.clients[via]
	delete(l.clients, via)
	l.mu.Unlock()
	if t != nil {
		t.Abandon()
	}
}

func (w wire) SendResponse(id plan.LegID, tx leg.Tx, m leg.Response) {
	l := w.e.leg(id)
	if l == nil {
		return
	}
	l.mu.Lock()
	r := l.servers[tx]
	if m.Status >= 300 || m.Status >= 200 && r != nil && !r.IsInvite() {
		delete(l.servers, tx)
	}
	l.mu.Unlock()
	if r == nil {
		return
	}
	headers := headersOf(m.Extra)
	m.Contact = w.e.reached(id, m.Contact, r.Flow)
	if m.Contact != "" {
		headers = append(headers, sip.NewHeader("Contact", "<"+m.Contact+">"))
	}
	if m.BodyType != "" && len(m.Body) > 0 {
		headers = append(headers, sip.NewHeader("Content-Type", m.BodyType))
	}
	able := m.Status > 100 && m.Status < 300 && (r.IsInvite() || r.Method == sip.OPTIONS || r.Method == sip.UPDATE)
	if able || m.Status == 405 {
		headers = append(headers, sip.NewHeader("Allow", w.e.stack.Allow()))
	}
	if able {
		headers = append(headers, sip.NewHeader("Supported", supports))
	}
	if err := r.Respond(m.Status, m.Reason, headers, m.Body); err != nil && !errors.Is(err, stack.ErrAnswered) {
		w.e.log.Warn("SIP response not sent", "leg", id, "status", m.Status, "error", err)
	}
}

func (w wire) Authorize(id plan.LegID, a leg.Authenticate) leg.Header {
	l := w.e.leg(id)
	if l == nil || l.trunk == nil || l.trunk.Username == "" {
		return leg.Header{}
	}
	c, err := digest.Answer(a.Challenge, l.trunk.Username, string(l.trunk.Password), a.Method, a.URI, rand.Text())
	if err != nil {
		w.e.log.Warn("the carrier asks for a password in a way that is not understood", "leg", id, "trunk", l.trunk.Name, "error", err)
		return leg.Header{}
	}
	name := "Authorization"
	if a.Proxy {
		name = "Proxy-Authorization"
	}
	return leg.Header{Name: name, Value: c.String()}
}

// capabilities says what the box understands (RFC 3261 §13.2.1).
func (e *Edge) capabilities(req *sip.Request) {
	req.AppendHeader(sip.NewHeader("Allow", e.stack.Allow()))
	req.AppendHeader(sip.NewHeader("Supported", supports))
}

// supports is the option tags a dialog of the box may be asked for: RFC 3262, RFC 4028, RFC 3891, RFC 4488.
const supports = "100rel, timer, replaces, norefersub"
