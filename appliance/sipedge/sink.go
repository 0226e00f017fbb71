package sipedge

import (
	"errors"
	"fmt"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// sink is the edge as the stack sees it: messages come in the order of the wire, on the goroutine that reads it, and go to the mailbox of
// their leg.
type sink struct{ e *Edge }

func (s sink) Request(r *stack.Request) {
	e := s.e
	if e.frozen.Load() {
		return
	}
	e.pulse.heard(r.Flow)
	switch {
	case r.IsAck():
		if l := e.find(r.CallID().Value(), tagOf(r.To().Params)); l != nil && e.belongs(l, r) {
			l.actor.Post(leg.AckReceived{Msg: requestOf(r)})
		}
	case r.IsCancel():
		if l := e.find(r.CallID().Value(), r.Cancels.Tag()); l != nil && e.belongs(l, r) {
			l.actor.Post(leg.CancelReceived{Msg: requestOf(r)})
		}
	case tagOf(r.To().Params) != "":
		e.inDialog(r)
	default:
		e.outOfDialog(r)
	}
}

func (s sink) Response(r *stack.Response) {
	e := s.e
	if e.frozen.Load() {
		return
	}
	e.observeResponse(r)
	callID := r.CallID().Value()
	if l := e.find(callID, tagOf(r.From().Params)); l != nil {
		if r.CSeq().MethodName == sip.CANCEL {
			return // the INVITE's own response is what counts (RFC 3261 §9.1)
		}
		l.hear(r)
		branch, _ := r.Via().Params.Get("branch")
		if l.trunk != nil && r.CSeq().MethodName == sip.INVITE {
			e.carriers.answered(l, branch, r)
		}
		l.actor.Post(leg.ResponseReceived{Via: branch, Msg: responseOf(r)})
		return
	}
	if e.pulse.answered(r) {
		return
	}
	if e.watchers.answered(r) {
		return
	}
	e.carriers.response(r)
}

func (s sink) TransactionFailed(tx *stack.Transaction, err error) {
	if tx.Method() == sip.CANCEL {
		return // the leg waits for the INVITE's own end
	}
	if l := s.e.find(tx.CallID(), tx.FromTag()); l != nil {
		l.actor.Post(leg.TransactionFailed{Via: tx.Branch(), Timeout: errors.Is(err, stack.ErrTimeout)})
		return
	}
	if s.e.pulse.failed(tx.CallID()) {
		return
	}
	if s.e.watchers.failed(tx, errors.Is(err, stack.ErrTimeout)) {
		return
	}
	s.e.carriers.failed(tx, err)
}

// FlowClosed is called by the stack when a connection is gone.
func (s sink) FlowClosed(f stack.Flow) {
	s.e.registrar.FlowClosed(f)
	s.e.partings.lose(time.Now(), f)
	s.e.carriers.flowClosed(f)
	s.e.watchers.flowClosed(f)
}

// respond answers a request that belongs to no leg. A response that cannot be sent is the peer's loss: it asks again.
func (e *Edge) respond(r *stack.Request, status int, reason string, headers ...sip.Header) {
	if err := r.Respond(status, reason, headers, nil); err != nil {
		e.log.Debug("SIP response not sent", "status", status, "error", err)
	}
}

// take numbers a request that a leg will answer.
func (l *line) take(r *stack.Request) leg.Tx {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.IsInvite() {
		for n, old := range l.servers { // answered INVITEs were kept for their 2xx to be repeated
			if old.IsInvite() && old.Status() >= 200 {
				delete(l.servers, n)
			}
		}
	}
	l.next++
	l.servers[l.next] = r
	return l.next
}

func (l *line) drop(tx leg.Tx) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.servers, tx)
}

func (e *Edge) inDialog(r *stack.Request) {
	l := e.find(r.CallID().Value(), r.Tag())
	if l == nil && r.Method == sip.SUBSCRIBE {
		e.subscribed(r)
		return
	}
	if l == nil {
		e.respond(r, 481, "") // RFC 3261 §12.2.2
		return
	}
	if !e.belongs(l, r) {
		return
	}
	r.Vouch()
	m := requestOf(r)
	tx := l.take(r)
	var in leg.Input
	switch r.Method {
	case sip.INVITE:
		in = leg.ReinviteReceived{Tx: tx, Msg: m}
	case sip.BYE:
		in = leg.ByeReceived{Tx: tx, Msg: m}
	case sip.UPDATE:
		in = leg.UpdateReceived{Tx: tx, Msg: m}
	case sip.INFO:
		in = leg.InfoReceived{Tx: tx, Msg: m}
	case sip.OPTIONS:
		in = leg.OptionsReceived{Tx: tx, Msg: m}
	case sip.PRACK:
		in = leg.PrackReceived{Tx: tx, Msg: m}
	case sip.REFER:
		in = e.referred(r, tx, m)
	default:
		in = leg.OtherReceived{Tx: tx, Msg: m}
	}
	if !l.actor.Post(in) {
		l.drop(tx)
		e.respond(r, 503, "", sip.NewHeader("Retry-After", "5"))
	}
}

func (e *Edge) outOfDialog(r *stack.Request) {
	switch r.Method {
	case sip.INVITE:
		e.invited(r)
	case sip.REGISTER:
		e.registered(r)
	case sip.OPTIONS:
		e.optioned(r)
	case sip.SUBSCRIBE:
		e.subscribed(r)
	case sip.BYE, sip.UPDATE, sip.INFO, sip.PRACK, sip.NOTIFY, sip.REFER: // a REFER too belongs to a call here
		e.respond(r, 481, "")
	default:
		e.respond(r, 405, "", sip.NewHeader("Allow", e.stack.Allow()))
	}
}

// invited is a new call: from a carrier by its address, from a phone by its password, else from a stranger.
func (e *Edge) invited(r *stack.Request) {
	if e.draining.Load() {
		e.respond(r, 503, "", sip.NewHeader("Retry-After", "30"))
		return
	}
	offer := exchange.LegOffered{}
	var t *trunk.Config
	if found, ok := e.carriers.whose(r); ok {
		t = found
		r.Vouch()
		heard := t.Hear(said(r))
		offer.Origin = exchange.Origin{Kind: exchange.FromTrunk, Name: t.Name}
		offer.Caller, offer.Dialled, offer.Diverted = heard.Caller, heard.Dialled, heard.Diverted
	} else {
		who, ok := e.authenticate(r)
		if !ok {
			return
		}
		e.observeRequest(r, who)
		offer.Origin = exchange.Origin{Kind: exchange.FromExtension, Name: who}
		offer.Caller = exchange.Caller{Number: who, Name: plain(r.From().DisplayName)}
		offer.Dialled = user(stack.Dialled(&r.Recipient))
	}
	var refused int
	if offer.Replaces, refused = e.replaces(r, offer.Origin.Kind); refused != 0 {
		e.respond(r, refused, "")
		return
	}
	if hops := r.MaxForwards(); hops != nil {
		offer.Hops = int(min(hops.Val(), 255))
	}
	merge := mergeKey{r.CallID().Value(), tagOf(r.From().Params), r.CSeq().SeqNo}
	e.mu.Lock()
	_, twice := e.merged[merge]
	e.mu.Unlock()
	if twice {
		e.respond(r, 482, "") // RFC 3261 §8.2.2.2
		return
	}
	offer.Leg = plan.LegID(fmt.Sprintf("i%d-%06d", e.cfg.Epoch, e.serial.Add(1)))
	l := newLine(offer.Leg, t)
	l.comes(r.Flow.Remote.Addr())
	if t == nil {
		l.who = offer.Origin.Name
	}
	l.keys = []dialogKey{{r.CallID().Value(), r.Tag()}}
	l.merge = merge
	policy := leg.Policy{Sound: e.sound(t, offer.Origin.Name)}
	if t != nil {
		policy.SessionExpires = t.SessionExpires
	}
	tx := l.take(r)
	if !e.open(l, &leg.State{}) {
		e.turnedAway(l, 503, "box.full")
		e.respond(r, 503, "", sip.NewHeader("Retry-After", "10"))
		return
	}
	l.actor.Post(leg.InviteReceived{
		Tx: tx, Msg: requestOf(r), LocalTag: r.Tag(), Contact: e.contact(offer.Leg, r.Flow), Flow: r.Flow,
		Routed: t != nil, AnyPeer: t == nil && e.cfg.AnySource, Seed: seed(), Offer: offer, Policy: policy,
	})
}

// authenticate asks the sender of a request for a password. ok says that it gave the right one; else the request is answered.
func (e *Edge) authenticate(r *stack.Request) (who string, ok bool) {
	now, from := time.Now(), r.Flow.Remote.Addr()
	headers := append(values(r.Request, "Authorization"), values(r.Request, "Proxy-Authorization")...)
	verdict, who := e.guard.Check(now, from, string(r.Method), headers)
	switch verdict {
	case registrar.Known:
		r.Vouch()
		return who, true
	case registrar.Refuse:
		e.stack.Strike(from)
		e.refused(from)
		e.respond(r, 403, "")
	case registrar.Ask, registrar.AskOnce:
		var list []sip.Header
		for _, c := range e.guard.Challenges(now, value(r.Request, "User-Agent"), verdict == registrar.AskOnce) {
			list = append(list, sip.NewHeader("WWW-Authenticate", c))
		}
		if len(headers) > 0 && verdict == registrar.Ask {
			e.stack.Strike(from)
			e.refused(from)
		}
		e.respond(r, 401, "", list...)
	}
	return "", false
}
