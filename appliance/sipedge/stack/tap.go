package stack

import (
	"net/netip"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/draft"
	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/verdict"

	"github.com/emiago/sipgo/sip"
)

// ear is where messages come in, on the one goroutine that reads a socket or a connection. Its fields belong to that goroutine.
type ear struct {
	stack     *Stack
	transport flow.Transport
	local     netip.AddrPort // the listener
	out       outlet         // where answers go
	remote    netip.AddrPort // where the message in hand came from
	raw       []byte         // the message in hand
}

// flow is the flow of a message that came from an address.
func (l *ear) flow(from netip.AddrPort) Flow {
	return Flow{Transport: l.transport, Local: l.local, Remote: from}
}

// write puts bytes on the wire, back to where the message in hand came from.
func (l *ear) write(data []byte, to netip.AddrPort) error { return l.out.write(data, to) }

// back is the way of the responses to a request.
func (l *ear) back(r *Request) path {
	return path{l.out, hop.Back(l.transport, r.Via(), r.Flow.Remote)}
}

// receive is the ordered tap: it gets each message in the order of the wire, on the goroutine that reads it.
func (l *ear) receive(msg sip.Message) {
	s := l.stack
	defer s.recovered("receive", nil)
	from, raw := l.remote, l.raw
	s.counters.received.Add(1)
	s.ladder.Note(time.Now(), false, from, raw)
	switch m := msg.(type) {
	case *sip.Request:
		l.receiveRequest(m, from)
	case *sip.Response:
		l.receiveResponse(m, from)
	}
}

func (l *ear) receiveRequest(req *sip.Request, from netip.AddrPort) {
	s := l.stack
	if req.Via() == nil {
		s.counters.drop(DropHeaders) // nothing says where an answer would go
		return
	}
	r := l.newRequest(req, from)
	if bad := verdict.Missing(req); bad != "" {
		l.refuse(r, verdict.Refusal{Status: 400, Reason: "Missing " + bad})
		return
	}
	key := hop.Key(req, req.CSeq().MethodName)
	if l.known(req, key) {
		return
	}
	if no := s.judge.Request(req); no.Status != 0 {
		l.refuse(r, no)
		return
	}
	if no := s.merged(r, key); no.Status != 0 {
		l.refuse(r, no)
		return
	}
	switch req.Method {
	case sip.ACK:
		l.deliver(r)
	case sip.CANCEL:
		l.cancel(r)
	default:
		if no := s.overload(r); no.Status != 0 {
			l.refuse(r, no)
			return
		}
		if l.begin(r, key) {
			l.deliver(r)
		}
	}
}

// known runs a message through the transaction it belongs to. It reports true when the transaction has dealt with it.
func (l *ear) known(req *sip.Request, key string) bool {
	s := l.stack
	s.mu.Lock()
	known := s.servers[key]
	s.mu.Unlock()
	if known == nil {
		return false
	}
	if req.IsAck() && is2xx(known.Status()) {
		return false // an old peer that acknowledges a 2xx with the INVITE's branch: the dialog wants it
	}
	s.counters.repeated.Add(1)
	// The error says that the method does not fit the transaction: someone else's message, ignored.
	_ = known.tx.Receive(req)
	return true
}

// begin makes the server transaction of a new request.
func (l *ear) begin(r *Request, key string) bool {
	s := l.stack
	r.tx = sip.NewServerTx(key, r.Request, l.back(r), discard)
	r.tx.OnTerminate(func(string, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.servers[key] == r {
			delete(s.servers, key)
		}
	})
	s.mu.Lock()
	switch {
	case s.closed:
		s.mu.Unlock()
		return false
	case s.servers[key] != nil: // the same request by way of another listener, this very moment
		s.mu.Unlock()
		return false
	case len(s.servers) >= s.cfg.MaxTransactions:
		s.mu.Unlock()
		l.refuse(r, s.busy())
		return false
	}
	s.servers[key] = r
	s.mu.Unlock()
	if err := r.tx.Init(); err != nil {
		r.tx.Terminate()
		return false
	}
	if r.IsInvite() {
		// At once, not after sipgo's 200 ms: its timer could otherwise put a 100 in the place of a final response that is sent that moment.
		// A write that fails here fails again with the response that matters.
		_ = r.Respond(100, "", nil, nil)
	}
	return true
}

// cancel answers a CANCEL and hands it over when its INVITE still waits (RFC 3261 §9.2). There is no transaction for it: sipgo's would forget
// the answer and never end. Each repetition gets the same answer again, and only the first reaches the Sink.
func (l *ear) cancel(r *Request) {
	s := l.stack
	s.mu.Lock()
	invite := s.servers[hop.Key(r.Request, sip.INVITE)]
	s.mu.Unlock()
	if invite == nil || !invite.IsInvite() {
		l.refuse(r, verdict.Refusal{Status: 481})
		return
	}
	l.answer(r, verdict.Refusal{Status: 200})
	if invite.cancelled() {
		s.counters.repeated.Add(1)
		return
	}
	r.status, r.Cancels = 200, invite
	l.deliver(r)
}

func (l *ear) deliver(r *Request) {
	defer l.stack.recovered("request", r)
	l.stack.cfg.Sink.Request(r)
}

func (l *ear) receiveResponse(res *sip.Response, from netip.AddrPort) {
	s := l.stack
	if s.judge.Unusable(res) {
		s.counters.drop(DropHeaders)
		return
	}
	key, err := sip.ClientTxKeyMake(res)
	if err != nil {
		s.counters.drop(DropHeaders)
		return
	}
	s.mu.Lock()
	t := s.clients[key]
	s.mu.Unlock()
	verdict.Unwrap(res)
	out := &Response{Response: res, Flow: l.flow(from), Transaction: t}
	if t == nil {
		if res.CSeq().MethodName == sip.INVITE && res.IsSuccess() {
			out.Repeated = true
			l.deliverResponse(out)
			return
		}
		s.counters.drop(DropStray)
		return
	}
	<-t.ready
	switch {
	case res.IsProvisional():
		if t.over.Load() {
			s.counters.repeated.Add(1)
			return
		}
		t.rang.Store(true)
		t.run(res)
	case t.over.CompareAndSwap(false, true):
		t.run(res)
		if !t.origin.IsInvite() {
			// sipgo would keep it 32 s to absorb repetitions (timer K); what matches nothing is dropped just as well.
			t.tx.Load().Terminate()
		} else if !res.IsSuccess() {
			t.ack.Store(draft.Sibling(t.origin, sip.ACK, res.To()))
		}
	case t.origin.IsInvite() && res.IsSuccess():
		out.Repeated = true
	default:
		s.counters.repeated.Add(1)
		if ack := t.ack.Load(); ack != nil {
			// sipgo would hold the transaction's lock for T2 = 4 s here, and this goroutine with it.
			ack.SetBody(nil)
			w := t.way.Load()
			_ = path{w.out, w.to}.WriteMsg(ack)
		}
		return
	}
	l.deliverResponse(out)
}

// run puts a response through sipgo's state machine, which stops its timers and acknowledges a failure. It hands the response
// up through an unbuffered channel; taking it there tells only that it was not a repetition, which we know.
func (t *Transaction) run(res *sip.Response) {
	tx := t.tx.Load()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tx.Receive(res)
	}()
	for {
		select {
		case <-tx.Responses():
		case <-done:
			return
		}
	}
}

func (l *ear) deliverResponse(r *Response) {
	defer l.stack.recovered("response", nil)
	l.stack.cfg.Sink.Response(r)
}

// refuse turns a request away without making a transaction. An ACK is never answered.
func (l *ear) refuse(r *Request, no verdict.Refusal) {
	l.stack.counters.drop(why(no))
	if !r.IsAck() {
		l.answer(r, no)
	}
}

// answer writes a response without a transaction (RFC 3261 §8.2.7).
func (l *ear) answer(r *Request, with verdict.Refusal) {
	res := r.response(with.Status, with.Reason, with.Headers, nil)
	// A write that fails is the peer's loss: it repeats the request.
	_ = l.back(r).WriteMsg(res)
}

// why is what a refusal is counted as.
func why(no verdict.Refusal) Drop {
	if no.Status == 503 {
		return DropOverload
	}
	return DropInvalid
}
