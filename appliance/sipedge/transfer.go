package sipedge

import (
	"net/url"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
)

// Transfers that phones ask for: what REFER (RFC 3515) and Replaces (RFC 3891) name is found among the legs of the box.

// named is a dialog as a Replaces header names it, from the box's side.
type named struct {
	callID, ours, theirs string // tags
	earlyOnly            bool
}

// readReplaces reads the value of a Replaces header (RFC 3891 §6.1).
func readReplaces(v string) (n named, ok bool) {
	id, params, _ := strings.Cut(v, ";")
	n.callID = strings.TrimSpace(id)
	for p := range strings.SplitSeq(params, ";") {
		name, is, _ := strings.Cut(p, "=")
		name, is = strings.TrimSpace(name), strings.TrimSpace(is)
		switch {
		case strings.EqualFold(name, "to-tag"):
			if n.ours != "" {
				return named{}, false
			}
			n.ours = is
		case strings.EqualFold(name, "from-tag"):
			if n.theirs != "" {
				return named{}, false
			}
			n.theirs = is
		case strings.EqualFold(name, "early-only"):
			n.earlyOnly = true
		}
	}
	return n, n.callID != "" && n.ours != "" && n.theirs != ""
}

// target is whom a Refer-To names.
type target struct {
	user     string
	replaces string // the value of the Replaces header of its URI
	status   int    // why it cannot be followed, 0 when it can
}

// readReferTo reads the value of Refer-To (RFC 3515 §2.1): a SIP or tel URI for an INVITE, perhaps with Replaces.
func readReferTo(v string) target {
	v = strings.TrimSpace(v)
	if strings.HasPrefix(v, `"`) { // a display name may have any sign in it
		if end := strings.LastIndexByte(v, '"'); end > 0 {
			v = v[end+1:]
		}
	}
	if _, in, ok := strings.Cut(v, "<"); ok {
		if v, _, ok = strings.Cut(in, ">"); !ok {
			return target{status: 400}
		}
	}
	scheme, rest, ok := strings.Cut(v, ":")
	switch scheme = strings.ToLower(strings.TrimSpace(scheme)); {
	case !ok || rest == "" || scheme == "":
		return target{status: 400}
	case scheme == "tel":
		return target{user: user(rest)}
	case scheme != "sip" && scheme != "sips":
		return target{status: 416}
	}
	var t target
	rest, headers, _ := strings.Cut(rest, "?")
	if name, host, ok := strings.Cut(rest, "@"); ok {
		name, _, _ = strings.Cut(name, ":") // a password
		t.user, rest = user(name), host
	}
	for p := range strings.SplitSeq(rest, ";") {
		if name, is, _ := strings.Cut(p, "="); strings.EqualFold(name, "method") && !strings.EqualFold(is, "INVITE") {
			return target{status: 403} // only calls are transferred
		}
	}
	for h := range strings.SplitSeq(headers, "&") {
		name, is, _ := strings.Cut(h, "=")
		if !strings.EqualFold(name, "Replaces") {
			continue
		}
		plain, err := url.PathUnescape(is)
		if err != nil || t.replaces != "" || plain == "" {
			return target{status: 400}
		}
		t.replaces = plain
	}
	if t.user == "" && t.replaces == "" {
		return target{status: 400}
	}
	return t
}

// both is the values of a header under its name and its compact form.
func both(m headed, name, compact string) []string {
	return append(values(m, name), values(m, compact)...)
}

// referred reads a REFER inside a dialog.
func (e *Edge) referred(r *stack.Request, tx leg.Tx, m leg.Request) leg.ReferReceived {
	in := leg.ReferReceived{Tx: tx, Msg: m}
	to := both(r.Request, "Refer-To", "r")
	if len(to) != 1 { // RFC 3515 §2.4.1
		in.Status = 400
		return in
	}
	t := readReferTo(to[0])
	in.To, in.Status = t.user, t.status
	if by := both(r.Request, "Referred-By", "b"); len(by) == 1 {
		in.By = readReferTo(by[0]).user
	}
	if t.replaces == "" || in.Status != 0 {
		return in
	}
	n, ok := readReplaces(t.replaces)
	if !ok {
		in.Status = 400
		return in
	}
	// The phone names its own dialog with us as the one it refers to would: our tag is the To tag (RFC 5589 §7.3).
	l, at := e.standing(n)
	in.Gone = l == nil || at.Over
	if !in.Gone {
		in.Replaces = l.id
	}
	return in
}

// standing finds the leg of a Replaces, and where it stands.
func (e *Edge) standing(n named) (*line, leg.Standing) {
	l := e.find(n.callID, n.ours)
	if l == nil {
		return nil, leg.Standing{}
	}
	at := l.actor.Standing()
	if !at.Has(n.theirs) {
		return nil, leg.Standing{}
	}
	return l, at
}

// replaces finds the leg whose place an INVITE asks to take (RFC 3891 §3). status is its refusal, 0 when there is nothing to refuse.
func (e *Edge) replaces(r *stack.Request, from exchange.OriginKind) (id plan.LegID, status int) {
	list := values(r.Request, "Replaces")
	switch {
	case len(list) == 0:
		return "", 0
	case len(list) > 1 || len(values(r.Request, "Join")) > 0:
		return "", 400
	case from != exchange.FromExtension:
		return "", 403 // a carrier takes over no call of the branch
	}
	n, ok := readReplaces(list[0])
	if !ok {
		return "", 400
	}
	l, at := e.standing(n)
	if l == nil { // a key that watches names the dialog as the phone that rings has it (RFC 4235 §4.1.2)
		l, at = e.standing(named{callID: n.callID, ours: n.theirs, theirs: n.ours, earlyOnly: n.earlyOnly})
	}
	switch {
	case l == nil:
		return "", 481
	case at.Over:
		return "", 603
	case at.Confirmed && n.earlyOnly:
		return "", 486
	case !at.Confirmed && !at.Placed:
		return "", 481
	}
	return l.id, 0
}

// ReferTold says what became of a REFER.
func (e *Edge) ReferTold(r exchange.ReferTold) {
	e.post(r.Leg, leg.ReferTold{Refer: r.Refer, State: r.State, Reason: r.Reason})
}
