package stack

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"

	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/spelling"
	"autocom/appliance/sipedge/stack/verdict"

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
	tag   string
	head  []sip.Header // what every response repeats: Via, From, To with our tag, Call-ID, CSeq
	route []sip.Header // Record-Route, for responses that make a dialog

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
func (r *Request) Tag() string { return r.tag }

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

// response builds a response. It touches nothing but copies, so that any goroutine may do it.
func (r *Request) response(status int, reason string, headers []sip.Header, body []byte) *sip.Response {
	if reason == "" {
		reason = verdict.Phrase(status)
	}
	res := sip.NewResponse(status, reason)
	for _, h := range r.head {
		h = sip.HeaderClone(h)
		if to, ok := h.(*sip.ToHeader); ok && status == 100 && !r.inDialog() {
			to.Params.Remove("tag") // RFC 3261 §8.2.6.2 lets a 100 go without
		}
		res.AppendHeader(h)
	}
	if status > 100 && status < 300 && makesDialog(r.Method) {
		for _, h := range r.route {
			res.AppendHeader(sip.HeaderClone(h))
		}
	}
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if s := r.stack.cfg.Server; s != "" && r.known.Load() {
		res.AppendHeader(sip.NewHeader("Server", s))
	}
	setBody(res, body)
	return res
}

// setBody gives a message its body and its Content-Length, which sipgo's SetBody alone would look for in a costly way.
func setBody(m interface {
	spelling.Headed
	AppendHeader(h sip.Header)
	SetBody(body []byte)
}, body []byte,
) {
	if spelling.First(m, "Content-Length") == nil {
		n := sip.ContentLengthHeader(len(body))
		m.AppendHeader(&n)
	}
	m.SetBody(body)
}

func (r *Request) inDialog() bool {
	to := r.To()
	return to != nil && to.Params.Has("tag")
}

// makesDialog tells the methods whose responses carry Record-Route (RFC 3261 §12.1.1, RFC 6665, RFC 3515).
func makesDialog(m sip.RequestMethod) bool {
	switch m {
	case sip.INVITE, sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.UPDATE:
		return true
	default:
		return false
	}
}

// newRequest takes over a request from the wire. It stamps the Via and copies what responses repeat while only this goroutine knows it.
func (l *ear) newRequest(req *sip.Request, from netip.AddrPort) *Request {
	r := &Request{Request: req, Flow: l.flow(from), stack: l.stack}
	if via := req.Via(); via != nil {
		hop.Stamp(via, from)
	}
	r.head = make([]sip.Header, 0, 5) // Via, From, To, Call-ID, CSeq
	for _, h := range req.Headers() {
		switch h.(type) {
		case *sip.ViaHeader:
			r.head = append(r.head, sip.HeaderClone(h))
		case *sip.RecordRouteHeader:
			r.route = append(r.route, sip.HeaderClone(h))
		}
	}
	if h := req.From(); h != nil {
		r.head = append(r.head, sip.HeaderClone(h))
	}
	if h := req.To(); h != nil {
		to, _ := sip.HeaderClone(h).(*sip.ToHeader)
		tag, has := to.Params.Get("tag")
		if !has {
			tag = l.stack.localTag(req)
			to.Params.Add("tag", tag)
		}
		r.tag = tag
		r.head = append(r.head, to)
	}
	if h := req.CallID(); h != nil {
		r.head = append(r.head, sip.HeaderClone(h))
	}
	if h := req.CSeq(); h != nil {
		r.head = append(r.head, sip.HeaderClone(h))
	}
	return r
}

// localTag is our To tag for a request. It follows from the request, so that a stateless response to each repetition carries the same one
// (RFC 3261 §8.2.7), and the CANCEL's is that of its INVITE (§9.2); the seed makes it unguessable.
func (s *Stack) localTag(req *sip.Request) string {
	var h maphash.Hash
	h.SetSeed(s.tagSeed)
	if id := req.CallID(); id != nil {
		h.WriteString(id.Value())
	}
	h.WriteByte(0)
	if from := req.From(); from != nil {
		h.WriteString(from.Params.GetOr("tag", ""))
	}
	h.WriteByte(0)
	if c := req.CSeq(); c != nil {
		h.WriteString(strconv.FormatUint(uint64(c.SeqNo), 10))
	}
	h.WriteByte(0)
	if via := req.Via(); via != nil {
		h.WriteString(via.Params.GetOr("branch", ""))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}
