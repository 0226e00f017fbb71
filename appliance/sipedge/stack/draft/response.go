package draft

import (
	"hash/maphash"
	"strconv"

	"autocom/appliance/sipedge/stack/verdict"

	"github.com/emiago/sipgo/sip"
)

// Head is what every response to a request repeats of it. It never changes.
type Head struct {
	tag    string
	inside bool         // it came inside a dialog
	makes  bool         // its responses may make one
	lines  []sip.Header // Via, From, To with our tag, Call-ID, CSeq
	route  []sip.Header // Record-Route, for responses that make a dialog
}

// HeadOf copies from a request what its responses repeat; seed is that of our tags.
func HeadOf(req *sip.Request, seed maphash.Seed) Head {
	h := Head{makes: makesDialog(req.Method)}
	h.lines = make([]sip.Header, 0, 5) // Via, From, To, Call-ID, CSeq
	for _, line := range req.Headers() {
		switch line.(type) {
		case *sip.ViaHeader:
			h.lines = append(h.lines, sip.HeaderClone(line))
		case *sip.RecordRouteHeader:
			h.route = append(h.route, sip.HeaderClone(line))
		}
	}
	if line := req.From(); line != nil {
		h.lines = append(h.lines, sip.HeaderClone(line))
	}
	if line := req.To(); line != nil {
		to, _ := sip.HeaderClone(line).(*sip.ToHeader)
		tag, has := to.Params.Get("tag")
		h.inside = has
		if !has {
			tag = Tag(seed, req)
			to.Params.Add("tag", tag)
		}
		h.tag = tag
		h.lines = append(h.lines, to)
	}
	if line := req.CallID(); line != nil {
		h.lines = append(h.lines, sip.HeaderClone(line))
	}
	if line := req.CSeq(); line != nil {
		h.lines = append(h.lines, sip.HeaderClone(line))
	}
	return h
}

// Tag is our To tag: the dialog's local tag. For a request inside a dialog it is the one it came with.
func (h *Head) Tag() string { return h.tag }

// Response builds a response; an empty reason is the standard phrase, and server names us when it is not empty. It touches nothing but copies,
// so that any goroutine may do it.
func (h *Head) Response(status int, reason string, headers []sip.Header, server string, body []byte) *sip.Response {
	if reason == "" {
		reason = verdict.Phrase(status)
	}
	res := sip.NewResponse(status, reason)
	for _, line := range h.lines {
		line = sip.HeaderClone(line)
		if to, ok := line.(*sip.ToHeader); ok && status == 100 && !h.inside {
			to.Params.Remove("tag") // RFC 3261 §8.2.6.2 lets a 100 go without
		}
		res.AppendHeader(line)
	}
	if status > 100 && status < 300 && h.makes {
		for _, line := range h.route {
			res.AppendHeader(sip.HeaderClone(line))
		}
	}
	for _, line := range headers {
		res.AppendHeader(line)
	}
	if server != "" {
		res.AppendHeader(sip.NewHeader("Server", server))
	}
	SetBody(res, body)
	return res
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

// Tag is our To tag for a request. It follows from the request, so that a stateless response to each repetition carries the same one
// (RFC 3261 §8.2.7), and the CANCEL's is that of its INVITE (§9.2); the seed makes it unguessable.
func Tag(seed maphash.Seed, req *sip.Request) string {
	var h maphash.Hash
	h.SetSeed(seed)
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
