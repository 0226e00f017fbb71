package stack

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// refusal is the answer to a request that goes no further. The zero value lets it pass.
type refusal struct {
	status  int
	reason  string
	headers []sip.Header
}

func (r refusal) why() Drop {
	if r.status == 503 {
		return DropOverload
	}
	return DropInvalid
}

// headersMissing names a mandatory header that is not there or was not understood (RFC 3261 §8.1.1). Max-Forwards is not asked for:
// old phones leave it out.
func (s *Stack) headersMissing(m sip.Message) string {
	switch {
	case m.CSeq() == nil:
		return "CSeq"
	case m.CallID() == nil || m.CallID().Value() == "":
		return "Call-ID"
	case m.From() == nil:
		return "From"
	case m.To() == nil:
		return "To"
	default:
		return ""
	}
}

// responseUnusable tells a response that cannot be matched, or that no dialog could use.
func (s *Stack) responseUnusable(res *sip.Response) bool {
	return res.Via() == nil || s.headersMissing(res) != "" || res.StatusCode < 100 || res.StatusCode > 699 || len(res.Body()) > s.cfg.MaxBody
}

// validate looks at a request in the order of RFC 3261 §8.2: method, headers, content. An ACK that fails is dropped, never answered.
func (s *Stack) validate(req *sip.Request) refusal {
	inDialog := req.To().Params.Has("tag")
	switch {
	case !strings.EqualFold(req.SipVersion, "SIP/2.0"): // RFC 3261 §21.5.7
		return refusal{status: 505}
	case req.CSeq().MethodName != req.Method: // RFC 3261 §8.1.1.5
		return refusal{status: 400, reason: "CSeq Method Mismatch"}
	}
	if !s.allow[req.Method] { // RFC 3261 §8.2.1, §21.5.2
		status := 501
		if knownMethod(req.Method) {
			status = 405
		}
		return refusal{status: status, headers: []sip.Header{s.allowHeader()}}
	}
	switch req.Recipient.Scheme { // RFC 3261 §8.2.2.1
	case "sip", "sips", "tel":
	default:
		return refusal{status: 416}
	}
	// RFC 3261 §16.3: a request that may not go further is not placed anew on another leg. OPTIONS is meant for whoever holds it then (§11).
	if hops := req.MaxForwards(); hops != nil && hops.Val() == 0 && !inDialog && req.Method != sip.OPTIONS {
		return refusal{status: 483}
	}
	if req.Method != sip.ACK && req.Method != sip.CANCEL {
		if unknown := s.unsupported(req); len(unknown) > 0 { // RFC 3261 §8.2.2.3
			return refusal{status: 420, headers: []sip.Header{sip.NewHeader("Unsupported", strings.Join(unknown, ", "))}}
		}
	}
	return s.validateBody(req)
}

func (s *Stack) validateBody(req *sip.Request) refusal {
	if len(req.Body()) == 0 {
		return refusal{}
	}
	if len(req.Body()) > s.cfg.MaxBody {
		return refusal{status: 413}
	}
	if e := header(req, "Content-Encoding", "e"); e != "" && !strings.EqualFold(e, "identity") { // RFC 3261 §8.2.3
		return refusal{status: 415, headers: []sip.Header{sip.NewHeader("Accept-Encoding", "identity")}}
	}
	switch req.Method {
	case sip.INVITE, sip.UPDATE, sip.PRACK:
		kind := ""
		if h := req.ContentType(); h != nil {
			kind, _, _ = strings.Cut(h.Value(), ";")
		}
		if !strings.EqualFold(strings.TrimSpace(kind), "application/sdp") && !optionalBody(req) {
			return refusal{status: 415, headers: []sip.Header{sip.NewHeader("Accept", "application/sdp")}}
		}
	}
	return refusal{}
}

// optionalBody tells a body that may be ignored (RFC 3261 §20.11).
func optionalBody(req *sip.Request) bool {
	return strings.Contains(strings.ToLower(header(req, "Content-Disposition", "")), "handling=optional")
}

// unsupported lists the option tags a request requires and we do not have.
func (s *Stack) unsupported(req *sip.Request) []string {
	var unknown []string
	for _, h := range req.GetHeaders("Require") {
		for tag := range strings.SplitSeq(h.Value(), ",") {
			if tag = strings.TrimSpace(tag); tag != "" && !s.support[tag] {
				unknown = append(unknown, tag)
			}
		}
	}
	return unknown
}

func (s *Stack) allowHeader() sip.Header { return sip.NewHeader("Allow", s.Allow()) }

// Allow is the value of our Allow header.
func (s *Stack) Allow() string {
	names := make([]string, 0, len(s.cfg.Allow))
	for _, m := range s.cfg.Allow {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// knownMethod tells the methods that are SIP, whether or not we have them.
func knownMethod(m sip.RequestMethod) bool {
	return m == sip.PUBLISH || slices.Contains(DefaultAllow(), m)
}

// header is the value of a header that sipgo leaves as text, by its name or its compact form.
func header(m *sip.Request, name, compact string) string {
	h := m.GetHeader(name)
	if h == nil && compact != "" {
		h = m.GetHeader(compact)
	}
	if h == nil {
		return ""
	}
	return strings.TrimSpace(h.Value())
}

// phrase is the reason phrase of a status (RFC 3261 §21).
func phrase(status int) string {
	switch status {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 181:
		return "Call Is Being Forwarded"
	case 182:
		return "Queued"
	case 183:
		return "Session Progress"
	case 200:
		return "OK"
	case 202:
		return "Accepted"
	case 302:
		return "Moved Temporarily"
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 407:
		return "Proxy Authentication Required"
	case 408:
		return "Request Timeout"
	case 413:
		return "Request Entity Too Large"
	case 415:
		return "Unsupported Media Type"
	case 416:
		return "Unsupported URI Scheme"
	case 420:
		return "Bad Extension"
	case 423:
		return "Interval Too Brief"
	case 480:
		return "Temporarily Unavailable"
	case 481:
		return "Call/Transaction Does Not Exist"
	case 482:
		return "Loop Detected"
	case 483:
		return "Too Many Hops"
	case 484:
		return "Address Incomplete"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 488:
		return "Not Acceptable Here"
	case 489:
		return "Bad Event"
	case 491:
		return "Request Pending"
	case 500:
		return "Server Internal Error"
	case 501:
		return "Not Implemented"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Server Time-out"
	case 505:
		return "Version Not Supported"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	case 606:
		return "Not Acceptable"
	}
	switch status / 100 {
	case 1:
		return "Progress"
	case 2:
		return "OK"
	case 3:
		return "Redirection"
	case 4:
		return "Request Failure"
	case 5:
		return "Server Failure"
	default:
		return "Global Failure"
	}
}
