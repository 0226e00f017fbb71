package sipedge

import (
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// Dialog is where the call of a phone that rings can be taken over by an INVITE with Replaces (RFC 3891): the ids as the phone that rings has
// them, its own tag being the local one.
func (e *Edge) Dialog(id plan.LegID) (callID, localTag, remoteTag string, ok bool) {
	l := e.leg(id)
	if l == nil {
		return "", "", "", false
	}
	if at := l.actor.Standing(); !at.Placed || at.Confirmed || at.Over {
		return "", "", "", false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rings.callID, l.peerTag, l.rings.localTag, l.peerTag != ""
}

// hear notes the dialog that a response to an INVITE makes or ends, for Dialog.
func (l *line) hear(r *stack.Response) {
	if r.CSeq().MethodName != sip.INVITE {
		return
	}
	k, tag := dialogKey{r.CallID().Value(), tagOf(r.From().Params)}, tagOf(r.To().Params)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case r.StatusCode >= 300 && k == l.rings:
		l.rings, l.peerTag = dialogKey{}, ""
	case r.StatusCode > 100 && r.StatusCode < 300 && tag != "":
		l.rings, l.peerTag = k, tag
	}
}
