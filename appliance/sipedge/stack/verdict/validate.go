package verdict

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Rules are what a judge goes by.
type Rules struct {
	Allow     []sip.RequestMethod         // methods that may go on; Methods when nil
	Supported []string                    // option tags that a Require may name
	MaxBody   int                         // bytes of a body
	Needs     func(*sip.Request) []string // option tags without which a request is answered 421; may be nil
	Looped    func(*sip.Request) bool     // a request was here before (RFC 3261 §16.3 step 4); may be nil
}

// Methods is the methods a telephone exchange handles.
func Methods() []sip.RequestMethod {
	return []sip.RequestMethod{
		sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.OPTIONS, sip.REGISTER, sip.INFO, sip.UPDATE,
		sip.PRACK, sip.REFER, sip.NOTIFY, sip.SUBSCRIBE, sip.MESSAGE,
	}
}

// Judge judges messages. It never changes, so that many goroutines may ask it at once.
type Judge struct {
	rules   Rules
	allow   map[sip.RequestMethod]bool
	support map[string]bool
	allowed string // as Allow says it
}

// New makes a judge.
func New(rules Rules) *Judge {
	if rules.Allow == nil {
		rules.Allow = Methods()
	}
	j := &Judge{rules: rules, allow: make(map[sip.RequestMethod]bool), support: make(map[string]bool), allowed: allowed(rules.Allow)}
	for _, m := range rules.Allow {
		j.allow[m] = true
	}
	for _, o := range rules.Supported {
		j.support[strings.ToLower(o)] = true
	}
	return j
}

// Refusal is the answer to a request that goes no further. The zero value lets it pass.
type Refusal struct {
	Status  int
	Reason  string // the standard phrase when empty
	Headers []sip.Header
}

// Missing names a mandatory header that is not there or was not understood (RFC 3261 §8.1.1). Max-Forwards is not asked for:
// old phones leave it out.
func Missing(m sip.Message) string {
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

// Unusable tells a response that cannot be matched, or that no dialog could use. More than one Via says that it was meant for
// somebody else (RFC 3261 §8.1.3.3).
func (j *Judge) Unusable(res *sip.Response) bool {
	return res.Via() == nil || Missing(res) != "" || res.StatusCode < 100 || res.StatusCode > 699 || len(res.Body()) > j.rules.MaxBody ||
		twice(res) != ""
}

// Request looks at a request in the order of RFC 3261 §8.2: can it be understood at all, method (§8.2.1), headers (§8.2.2), content (§8.2.3),
// extensions (§8.2.4). An ACK that fails is dropped, never answered.
func (j *Judge) Request(req *sip.Request) Refusal {
	if !strings.EqualFold(req.SipVersion, "SIP/2.0") { // RFC 3261 §21.5.7
		return Refusal{Status: 505}
	}
	if bad := twice(req); bad != "" { // RFC 3261 §7.3.1, RFC 4475 §3.3.8, §3.3.9
		return Refusal{Status: 400, Reason: "Multiple " + bad}
	}
	if !j.allow[req.Method] { // RFC 3261 §8.2.1, §21.5.2; ahead of the CSeq's method, RFC 4475 §3.1.2.18
		status := 501
		if knownMethod(req.Method) {
			status = 405
		}
		return Refusal{Status: status, Headers: []sip.Header{j.allowHeader()}}
	}
	if req.CSeq().MethodName != req.Method { // RFC 3261 §8.1.1.5
		return Refusal{Status: 400, Reason: "CSeq Method Mismatch"}
	}
	if bad := malformed(req); bad != "" {
		return Refusal{Status: 400, Reason: "Malformed " + bad}
	}
	if no := j.validateHeaders(req); no.Status != 0 {
		return no
	}
	if no := j.validateBody(req); no.Status != 0 {
		return no
	}
	return j.validateExtensions(req)
}

// validateHeaders is RFC 3261 §8.2.2.
func (j *Judge) validateHeaders(req *sip.Request) Refusal {
	switch req.Recipient.Scheme { // §8.2.2.1
	case "sip", "sips", "tel":
	default:
		return Refusal{Status: 416}
	}
	inDialog := req.To().Params.Has("tag")
	// RFC 3261 §16.3: a request that may not go further is not placed anew on another leg. OPTIONS is meant for whoever holds it then (§11).
	if hops := req.MaxForwards(); hops != nil && hops.Val() == 0 && !inDialog && req.Method != sip.OPTIONS {
		return Refusal{Status: 483}
	}
	if req.Method == sip.ACK || req.Method == sip.CANCEL {
		return Refusal{} // §8.2.2.3: Require is not looked at
	}
	if !inDialog && j.rules.Looped != nil && j.rules.Looped(req) { // §16.3 step 4
		return Refusal{Status: 482}
	}
	if unknown := j.unsupported(req); len(unknown) > 0 { // §8.2.2.3
		return Refusal{Status: 420, Headers: []sip.Header{sip.NewHeader("Unsupported", strings.Join(unknown, ", "))}}
	}
	return Refusal{}
}

// validateExtensions is RFC 3261 §8.2.4: 421 to who lacks an extension without which the box will not go on.
func (j *Judge) validateExtensions(req *sip.Request) Refusal {
	if j.rules.Needs == nil || req.Method == sip.ACK || req.Method == sip.CANCEL {
		return Refusal{}
	}
	var lacking []string
	for _, tag := range j.rules.Needs(req) {
		if !tagged(req, "Supported", "k", tag) && !tagged(req, "Require", "", tag) {
			lacking = append(lacking, tag)
		}
	}
	if len(lacking) == 0 {
		return Refusal{}
	}
	return Refusal{Status: 421, Headers: []sip.Header{sip.NewHeader("Require", strings.Join(lacking, ", "))}}
}

// tagged reports whether a list of option tags holds one.
func tagged(req *sip.Request, name, compact, tag string) bool {
	for _, h := range req.Headers() {
		if !strings.EqualFold(h.Name(), name) && (compact == "" || !strings.EqualFold(h.Name(), compact)) {
			continue
		}
		for t := range strings.SplitSeq(h.Value(), ",") {
			if strings.EqualFold(strings.TrimSpace(t), tag) {
				return true
			}
		}
	}
	return false
}

// The headers that may come once, as bits.
const (
	onceFrom = 1 << iota
	onceTo
	onceCallID
	onceCSeq
	onceMaxForwards
	onceContentLength
	onceContentType
	onceExpires
	onceEvent
	onceReferTo
	onceReplaces
	onceSessionExpires
	onceMinSE
	onceRAck
	onceRSeq
)

// twice names a header that comes more often than it may (RFC 3261 §7.3.1), or nothing. In a response Via is one of them.
func twice(m sip.Message) string {
	_, response := m.(*sip.Response)
	seen, vias := 0, 0
	for _, h := range headersOf(m) {
		bit := 0
		switch h := h.(type) {
		case *sip.ViaHeader:
			if vias++; response && vias > 1 {
				return "Via"
			}
		case *sip.FromHeader:
			bit = onceFrom
		case *sip.ToHeader:
			bit = onceTo
		case *sip.CallIDHeader:
			bit = onceCallID
		case *sip.CSeqHeader:
			bit = onceCSeq
		case *sip.MaxForwardsHeader:
			bit = onceMaxForwards
		case *sip.ContentLengthHeader:
			bit = onceContentLength
		case *sip.ContentTypeHeader:
			bit = onceContentType
		case *sip.ReferToHeader:
			bit = onceReferTo
		default:
			bit = onceNamed(h.Name())
		}
		if seen&bit != 0 {
			return h.Name()
		}
		seen |= bit
	}
	return ""
}

// onceNamed is the bit of a header that sipgo leaves as text.
func onceNamed(name string) int {
	switch {
	case strings.EqualFold(name, "Expires"):
		return onceExpires
	case strings.EqualFold(name, "Event"), strings.EqualFold(name, "o"):
		return onceEvent
	case strings.EqualFold(name, "Replaces"):
		return onceReplaces
	case strings.EqualFold(name, "Session-Expires"), strings.EqualFold(name, "x"):
		return onceSessionExpires
	case strings.EqualFold(name, "Min-SE"):
		return onceMinSE
	case strings.EqualFold(name, "RAck"):
		return onceRAck
	case strings.EqualFold(name, "RSeq"):
		return onceRSeq
	default:
		return 0
	}
}

func headersOf(m sip.Message) []sip.Header {
	switch m := m.(type) {
	case *sip.Request:
		return m.Headers()
	case *sip.Response:
		return m.Headers()
	default:
		return nil
	}
}

// malformed names a part of a request that breaks the grammar where sipgo's parser lets it through.
func malformed(req *sip.Request) string {
	switch uri := &req.Recipient; {
	case len(uri.Headers) > 0: // RFC 3261 §19.1.1, RFC 4475 §3.1.2.11
		return "Request-URI: headers in it"
	case uri.Scheme == "sip" || uri.Scheme == "sips":
		if uri.Host == "" || strings.ContainsAny(uri.Host, " \t<>\"") || !escaped(uri.User) {
			return "Request-URI"
		}
	}
	if hops := req.MaxForwards(); hops != nil && hops.Val() > 255 { // RFC 3261 §20.22
		return "Max-Forwards"
	}
	for _, h := range req.Headers() {
		switch h := h.(type) {
		case *sip.FromHeader:
			if brokenURI(&h.Address) {
				return "From"
			}
		case *sip.ToHeader:
			if brokenURI(&h.Address) {
				return "To"
			}
		case *sip.ContactHeader:
			if brokenURI(&h.Address) {
				return "Contact"
			}
		}
	}
	return ""
}

// brokenURI finds white space or brackets in a SIP URI (RFC 3261 §25.1, RFC 4475 §3.1.2.14).
func brokenURI(u *sip.Uri) bool {
	if u.Wildcard || u.Scheme != "sip" && u.Scheme != "sips" {
		return strings.ContainsAny(u.Scheme, " \t<>\"")
	}
	return u.Host == "" || strings.ContainsAny(u.Host, " \t<>\"") || strings.ContainsAny(u.User, " \t<>\"")
}

// escaped reports whether every % stands before two hexadecimal digits (RFC 3261 §25.1).
func escaped(s string) bool {
	for {
		_, after, found := strings.Cut(s, "%")
		if !found {
			return true
		}
		if len(after) < 2 || !isHex(after[0]) || !isHex(after[1]) {
			return false
		}
		s = after[2:]
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// unsupported lists the option tags a request requires and we do not have.
func (j *Judge) unsupported(req *sip.Request) []string {
	var unknown []string
	for _, h := range req.Headers() {
		if !strings.EqualFold(h.Name(), "Require") {
			continue
		}
		for tag := range strings.SplitSeq(h.Value(), ",") {
			if tag = strings.TrimSpace(tag); tag != "" && !j.support[strings.ToLower(tag)] {
				unknown = append(unknown, tag)
			}
		}
	}
	return unknown
}

func (j *Judge) allowHeader() sip.Header { return sip.NewHeader("Allow", j.Allow()) }

// Allow is the value of our Allow header.
func (j *Judge) Allow() string { return j.allowed }

func allowed(methods []sip.RequestMethod) string {
	names := make([]string, 0, len(methods))
	for _, m := range methods {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// knownMethod tells the methods that are SIP, whether or not we have them.
func knownMethod(m sip.RequestMethod) bool {
	return m == sip.PUBLISH || slices.Contains(Methods(), m)
}
