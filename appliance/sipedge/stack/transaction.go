package stack

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// Response is an answer that came from the wire. The message belongs to the Sink from now on.
type Response struct {
	*sip.Response
	Flow        Flow         // where it came from
	Transaction *Transaction // what it answers; nil for a 2xx to an INVITE whose transaction is gone (end it with ACK and BYE)
	Repeated    bool         // a 2xx to an INVITE after the first final response: a retransmission (same To tag) or another fork
}

// Transaction is a request that was sent and waits for its answer.
type Transaction struct {
	stack  *Stack
	flow   Flow
	key    string
	branch string
	callID string
	origin *sip.Request // private: sipgo writes it again from its timers
	tx     *sip.ClientTx
	ready  chan struct{} // closed when sipgo has armed its timers: a response that overtakes that would leave timer B running
	rang   atomic.Bool   // a provisional response came
	over   atomic.Bool   // a final response or a failure was claimed
	ack    atomic.Pointer[sip.Request]
}

// Branch names the transaction in its Via.
func (t *Transaction) Branch() string { return t.branch }

// CallID is the Call-ID it was sent with.
func (t *Transaction) CallID() string { return t.callID }

// FromTag is the From tag it was sent with: the dialog's local tag.
func (t *Transaction) FromTag() string { return t.origin.From().Params.GetOr("tag", "") }

// Flow is where it was sent.
func (t *Transaction) Flow() Flow { return t.flow }

// Method is the request's method.
func (t *Transaction) Method() sip.RequestMethod { return t.origin.Method }

// Send sends a request in a client transaction of its own. req is copied; what it lacks of Via, Max-Forwards and Content-Length is filled in.
// It must carry From, To, Call-ID and CSeq. The response may reach the Sink before Send returns; an error means that it never will.
func (s *Stack) Send(req *sip.Request, flow Flow) (*Transaction, error) {
	if req.IsAck() {
		return nil, errors.New("stack: an ACK has no transaction, use SendDirect")
	}
	l, origin, err := s.prepare(req, flow)
	if err != nil {
		return nil, err
	}
	return s.begin(l, origin, flow)
}

func (s *Stack) begin(l *listener, origin *sip.Request, flow Flow) (*Transaction, error) {
	key, err := sip.ClientTxKeyMake(origin)
	if err != nil {
		return nil, fmt.Errorf("stack: send %s: %w", origin.Method, err)
	}
	t := &Transaction{
		stack:  s,
		flow:   flow,
		key:    key,
		branch: origin.Via().Params.GetOr("branch", ""),
		callID: origin.CallID().Value(),
		origin: origin,
		ready:  make(chan struct{}),
	}
	t.tx = sip.NewClientTx(key, origin, path{l, flow.Remote}, discard)
	t.tx.OnTerminate(t.ended)
	s.mu.Lock()
	switch {
	case s.closed:
		s.mu.Unlock()
		return nil, ErrClosed
	case s.clients[key] != nil:
		s.mu.Unlock()
		return nil, fmt.Errorf("stack: send %s: branch %s is in use", origin.Method, t.branch)
	}
	s.clients[key] = t
	s.mu.Unlock()
	err = t.tx.Init()
	close(t.ready)
	if err != nil {
		t.over.Store(true)
		t.tx.Terminate()
		return nil, fmt.Errorf("%w: %w", ErrTransport, err)
	}
	return t, nil
}

// SendDirect sends a request once, without a transaction: the ACK of a 2xx, which the dialog repeats for each 2xx that comes again
// (RFC 3261 §13.2.2.4). A missing Via is filled in with a branch of its own.
func (s *Stack) SendDirect(req *sip.Request, flow Flow) error {
	l, msg, err := s.prepare(req, flow)
	if err != nil {
		return err
	}
	return path{l, flow.Remote}.WriteMsg(msg)
}

// prepare copies a request and completes it.
func (s *Stack) prepare(req *sip.Request, flow Flow) (*listener, *sip.Request, error) {
	l, err := s.listener(flow.Local)
	if err != nil {
		return nil, nil, err
	}
	if !flow.Remote.IsValid() || flow.Remote.Port() == 0 {
		return nil, nil, fmt.Errorf("stack: send %s: no address to send to", req.Method)
	}
	if req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
		return nil, nil, fmt.Errorf("stack: send %s: From, To, Call-ID and CSeq are needed", req.Method)
	}
	msg := sip.NewRequest(req.Method, req.Recipient)
	if req.Via() == nil {
		via := &sip.ViaHeader{
			ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP",
			Host: l.advertise.Addr().String(), Port: int(l.advertise.Port()),
		}
		via.Params.Add("branch", sip.GenerateBranchN(16))
		via.Params.Add("rport", "")
		msg.AppendHeader(via)
	}
	if req.MaxForwards() == nil {
		hops := sip.MaxForwardsHeader(70)
		msg.AppendHeader(&hops)
	}
	for _, h := range req.CloneHeaders() {
		msg.AppendHeader(h)
	}
	if s.cfg.Server != "" && msg.GetHeader("User-Agent") == nil {
		msg.AppendHeader(sip.NewHeader("User-Agent", s.cfg.Server))
	}
	msg.SetBody(append([]byte(nil), req.Body()...))
	msg.SetTransport("UDP")
	return l, msg, nil
}

// Cancel cancels an INVITE that rings (RFC 3261 §9.1): same Request-URI, Call-ID, From, To, CSeq number, Route and topmost Via, along the same
// flow. Before a provisional response it gives ErrTooEarly (send it when one comes), after a final one ErrAnswered. The INVITE's own
// final response (487, or the 200 that crossed) still follows; a peer that never sends one is ended with [Transaction.Abandon] after
// 64*T1. headers may add a Reason.
func (t *Transaction) Cancel(headers ...sip.Header) (*Transaction, error) {
	switch {
	case !t.origin.IsInvite():
		return nil, fmt.Errorf("stack: cancel: %s cannot be cancelled", t.origin.Method)
	case t.over.Load():
		return nil, ErrAnswered
	case !t.rang.Load():
		return nil, ErrTooEarly
	}
	l, err := t.stack.listener(t.flow.Local)
	if err != nil {
		return nil, err
	}
	cancel := sibling(t.origin, sip.CANCEL, t.origin.To())
	for _, h := range headers {
		cancel.AppendHeader(h)
	}
	cancel.SetBody(nil)
	return t.stack.begin(l, cancel, t.flow)
}

// Abandon forgets the transaction: no more retransmissions, nothing more of it reaches the Sink, save a late 2xx to an INVITE.
func (t *Transaction) Abandon() {
	t.over.Store(true)
	t.tx.Terminate()
}

// sibling builds the CANCEL or the ACK that belongs to an INVITE's transaction (RFC 3261 §9.1, §17.1.1.3).
func sibling(invite *sip.Request, method sip.RequestMethod, to *sip.ToHeader) *sip.Request {
	req := sip.NewRequest(method, invite.Recipient)
	req.AppendHeader(sip.HeaderClone(invite.Via()))
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	for _, h := range invite.GetHeaders("Route") {
		req.AppendHeader(sip.HeaderClone(h))
	}
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(sip.HeaderClone(to))
	req.AppendHeader(sip.HeaderClone(invite.CallID()))
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: method})
	req.SetTransport("UDP")
	return req
}

// ended is called by sipgo when the transaction is over, with its lock held: it only takes notes.
func (t *Transaction) ended(_ string, cause error) {
	s := t.stack
	s.mu.Lock()
	if s.clients[t.key] == t {
		delete(s.clients, t.key)
	}
	s.mu.Unlock()
	if !t.over.CompareAndSwap(false, true) {
		return
	}
	err := ErrTransport
	if errors.Is(cause, sip.ErrTransactionTimeout) {
		err = ErrTimeout
	}
	s.spawn(func() {
		defer s.recovered("transaction failed", nil)
		s.cfg.Sink.TransactionFailed(t, err)
	})
}
