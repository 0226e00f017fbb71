package stack

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"autocom/appliance/sipedge/stack/draft"
	"autocom/appliance/sipedge/stack/hop"

	"github.com/emiago/sipgo/sip"
)

// Request is a request that came from the wire, with the means to answer it. The message belongs to the Sink from now on.
type Request struct {
	*sip.Request
	Flow    Flow     // where it came from; requests to that peer are best sent back along it
	Cancels *Request // for a CANCEL: the INVITE that the Sink must now answer (487)

	stack *Stack
	tx    *sip.ServerTx // nil for an ACK
	known atomic.Bool   // the sender may learn what the box is, see Vouch
	head  draft.Head

	mu     sync.Mutex
	status int  // the last one sent, 0 when none
	ending bool // a CANCEL for it has been handed over
}

// cancelled notes that a CANCEL came. It reports true when that changes nothing: it came before, or the final response is out.
func (r *Request) cancelled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.ending || r.status >= 200
	r.ending = true
	return known
}

// Tag is our To tag in every response to this request: the dialog's local tag. For a request inside a dialog it is the one it came with.
func (r *Request) Tag() string { return r.head.Tag() }

// Status is the last status code that was sent, 0 when there is none yet.
func (r *Request) Status() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Respond sends a response: Via, From, To with our tag, Call-ID, CSeq and, where a dialog may come of it, Record-Route are filled in;
// headers adds the rest (Contact, Content-Type, …). An empty reason is the standard phrase.
//
// It may be called from any goroutine. A final response can be given once (ErrAnswered), save that the 2xx of an INVITE is repeated by
// calling Respond again: the transaction leaves that to the dialog (RFC 6026 §7.1). An ACK gives ErrNoAnswer. The error of a write that
// failed is returned too.
func (r *Request) Respond(status int, reason string, headers []sip.Header, body []byte) error {
	if status < 100 || status > 699 {
		return fmt.Errorf("stack: %d is no SIP status", status)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// sipgo's transaction keeps the last response it was given, even one its state ignores, and would retransmit that.
	again := r.IsInvite() && is2xx(r.status) && is2xx(status)
	if r.status >= 200 && !again {
		return ErrAnswered
	}
	if r.tx == nil {
		return ErrNoAnswer
	}
	if err := r.tx.Respond(r.response(status, reason, headers, body)); err != nil {
		return fmt.Errorf("stack: respond %d: %w", status, err)
	}
	r.status = status
	return nil
}

func is2xx(status int) bool { return status >= 200 && status < 300 }

// response builds a response.
func (r *Request) response(status int, reason string, headers []sip.Header, body []byte) *sip.Response {
	server := ""
	if r.known.Load() {
		server = r.stack.cfg.Server
	}
	return r.head.Response(status, reason, headers, server, body)
}

func (r *Request) inDialog() bool {
	to := r.To()
	return to != nil && to.Params.Has("tag")
}

// newRequest takes over a request from the wire. It stamps the Via and copies what responses repeat while only this goroutine knows it.
func (l *ear) newRequest(req *sip.Request, from netip.AddrPort) *Request {
	r := &Request{Request: req, Flow: l.flow(from), stack: l.stack}
	if via := req.Via(); via != nil {
		hop.Stamp(via, from)
	}
	r.head = draft.HeadOf(req, l.stack.tagSeed)
	return r
}
