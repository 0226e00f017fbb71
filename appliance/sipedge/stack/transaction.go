package stack

import (
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"

	"autocom/appliance/sipedge/stack/draft"

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
	key    string
	branch string
	callID string
	origin *sip.Request // private: sipgo writes it again from its timers
	way    atomic.Pointer[way]
	udp    *Flow // where it goes when nobody takes the connection that its size asks for
	tx     atomic.Pointer[sip.ClientTx]
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
func (t *Transaction) Flow() Flow { return t.way.Load().flow }

// Method is the request's method.
func (t *Transaction) Method() sip.RequestMethod { return t.origin.Method }

// Send sends a request in a client transaction of its own. req is copied; what it lacks of Via, Max-Forwards and Content-Length is filled in.
// It must carry From, To, Call-ID and CSeq. The response may reach the Sink before Send returns; an error means that it never will.
func (s *Stack) Send(req *sip.Request, f Flow) (*Transaction, error) {
	if req.IsAck() {
		return nil, errors.New("stack: an ACK has no transaction, use SendDirect")
	}
	origin, w, err := s.prepare(req, f, false)
	if err != nil {
		return nil, err
	}
	return s.begin(origin, w)
}

func (s *Stack) begin(origin *sip.Request, w way) (*Transaction, error) {
	key, err := sip.ClientTxKeyMake(origin)
	if err != nil {
		return nil, fmt.Errorf("stack: send %s: %w", origin.Method, err)
	}
	t := &Transaction{
		stack:  s,
		udp:    w.udp,
		key:    key,
		branch: origin.Via().Params.GetOr("branch", ""),
		callID: origin.CallID().Value(),
		origin: origin,
		ready:  make(chan struct{}),
	}
	t.way.Store(&w)
	tx := t.machine()
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
	err = tx.Init()
	close(t.ready)
	if err != nil {
		t.over.Store(true)
		tx.Terminate()
		return nil, fmt.Errorf("%w: %w", ErrTransport, err)
	}
	return t, nil
}

// SendDirect sends a request once, without a transaction: the ACK of a 2xx, which the dialog repeats for each 2xx that comes again
// (RFC 3261 §13.2.2.4). A missing Via is filled in with a branch of its own.
func (s *Stack) SendDirect(req *sip.Request, f Flow) error {
	msg, w, err := s.prepare(req, f, true)
	if err != nil {
		return err
	}
	return path{w.out, w.to}.WriteMsg(msg)
}

// way is how a request leaves.
type way struct {
	flow Flow
	out  outlet
	to   netip.AddrPort // as out wants it
	udp  *Flow          // as Transaction has it
}

// way finds how a flow's requests leave. On a stream that makes the connection, without waiting for it.
func (s *Stack) way(f Flow) (way, error) {
	if !f.Transport.Stream() {
		l, err := s.listener(f.Local)
		return way{flow: f, out: l, to: f.Remote}, err
	}
	c, err := s.connection(f)
	return way{flow: f, out: c}, err
}

// prepare copies a request and completes it.
func (s *Stack) prepare(req *sip.Request, f Flow, direct bool) (*sip.Request, way, error) {
	ours, err := s.Advertised(f.Local, f.Transport)
	if err != nil {
		return nil, way{}, err
	}
	if !f.Remote.IsValid() || f.Remote.Port() == 0 {
		return nil, way{}, fmt.Errorf("stack: send %s: no address to send to", req.Method)
	}
	if req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
		return nil, way{}, fmt.Errorf("stack: send %s: From, To, Call-ID and CSeq are needed", req.Method)
	}
	msg := draft.Request(req, ours, s.cfg.Server)
	by, err := s.fit(msg, f, direct)
	if err != nil {
		return nil, way{}, err
	}
	draft.Carry(msg, by.Transport)
	w, err := s.way(by)
	if by != f {
		udp := f // f itself stays off the heap
		w.udp = &udp
	}
	return msg, w, err
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
	cancel := draft.Sibling(t.origin, sip.CANCEL, t.origin.To())
	for _, h := range headers {
		cancel.AppendHeader(h)
	}
	draft.SetBody(cancel, nil)
	w := *t.way.Load()
	w.udp = nil
	return t.stack.begin(cancel, w)
}

// Abandon forgets the transaction: no more retransmissions, nothing more of it reaches the Sink, save a late 2xx to an INVITE.
func (t *Transaction) Abandon() {
	t.over.Store(true)
	t.tx.Load().Terminate()
}

// machine makes the sipgo transaction of the request.
func (t *Transaction) machine() *sip.ClientTx {
	w := t.way.Load()
	tx := sip.NewClientTx(t.key, t.origin, path{w.out, w.to}, discard)
	tx.OnTerminate(func(_ string, cause error) { t.ended(tx, cause) })
	t.tx.Store(tx)
	return tx
}

// lost ends the transaction since its connection did.
func (t *Transaction) lost() {
	<-t.ready
	// Ends with an error that is not a timeout: that is ErrTransport.
	t.tx.Load().Terminate()
}

// ended is called by sipgo when a machine is over, with its lock held: it only takes notes.
func (t *Transaction) ended(tx *sip.ClientTx, cause error) {
	s := t.stack
	if t.tx.Load() != tx {
		return // another has taken its place
	}
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
