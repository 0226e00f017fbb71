package presence

import "sync"

// cell is what one input does in one phase. A cell without do is ignored, for the reason in why.
type cell struct {
	do  func(*step, Input)
	why string
}

type cells = [kinds][phases]cell

// on adapts a handler of one input type to a cell.
func on[T Input](why string, do func(*step, T)) cell {
	return cell{why: why, do: func(s *step, in Input) {
		if t, ok := in.(T); ok {
			do(s, t)
		}
	}}
}

func ignored(why string) cell { return cell{why: why} }

// row sets what one input does: in the phases that are named, and in the rest.
func row(t *cells, k Kind, rest cell, some ...group) {
	for p := range phases {
		t[k][p] = rest
	}
	for _, g := range some {
		for _, p := range g.in {
			t[k][p] = g.cell
		}
	}
}

// group is some phases that share a cell.
type group struct {
	cell
	in []Phase
}

func in(c cell, ps ...Phase) group { return group{c, ps} }

// table is every phase and every input. It is printed to docs/subscription-states.md.
//
//nolint:gochecknoglobals // a function value computed once; never assigned again
var table = sync.OnceValue(func() *cells {
	t := &cells{}
	requests(t)
	answers(t)
	rim(t)
	return t
})

func requests(t *cells) {
	row(t, KindSubscribed, ignored("the owner makes a new subscription for each SUBSCRIBE without a To tag"),
		in(on("200 and full state at once (RFC 6665 §4.2.1.2)", (*step).subscribed), Pending))
	row(t, KindRefreshed, on("481: it has ended (RFC 6665 §4.2.1.4)", func(s *step, in Refreshed) { s.refuse(in.Tx, 481) }),
		in(on("200 and full state at once (RFC 6665 §4.2.1.2)", (*step).refreshed), Active, Spacing),
		in(on("200 and full state at once: the phone is back", (*step).refreshed), Waiting),
		in(on("200; full state as soon as the NOTIFY that is out is answered", (*step).refreshedBusy), Notifying, Behind))
	row(t, KindUnsubscribed, on("481: it has ended", func(s *step, in Unsubscribed) { s.refuse(in.Tx, 481) }),
		in(on("200 and full state once: a fetch (RFC 6665 §4.4.3)", (*step).fetched), Pending),
		in(on("200 and the last NOTIFY, reason timeout (RFC 6665 §4.2.1.4)", (*step).unsubscribed), Active, Spacing, Waiting),
		in(on("200; the last NOTIFY as soon as the one that is out is answered", (*step).unsubscribedBusy), Notifying, Behind))
}

func answers(t *cells) {
	row(t, KindNotifyAnswered, ignored("no NOTIFY is out: the answer is that of an old one"),
		in(on("2xx: the phone knows; 481 and its like: over (RFC 6665 §4.2.2); others: again later, Retry-After honoured", (*step).notifyAnswered), Notifying),
		in(on("2xx: send the newer state; 481 and its like: over; others: again later, Retry-After honoured", (*step).behindAnswered), Behind),
		in(on("now the last NOTIFY; 481 and its like: over", (*step).leavingAnswered), Leaving),
		in(on("over, whatever the answer", (*step).lastAnswered), Terminating))
	row(t, KindNotifyFailed, ignored("no NOTIFY is out: the failure is that of an old one"),
		in(on("408, silence or a broken network never end it: again later, with full state", (*step).notifyFailed), Notifying, Behind),
		in(on("the last NOTIFY is tried all the same", (*step).leavingFailed), Leaving),
		in(on("over: the phone finds out when it refreshes", (*step).lastFailed), Terminating))
}

func rim(t *cells) {
	ended := ignored("it has ended already")
	none := ignored("nothing was subscribed yet")
	row(t, KindStateChanged, ended,
		in(none, Pending),
		in(on("NOTIFY at once, or when the interval since the last one is over", (*step).changed), Active),
		in(ignored("the NOTIFY that waits will carry the newest state"), Spacing),
		in(on("one NOTIFY at a time: the newest state goes when it is answered", func(s *step, _ StateChanged) { s.Phase = Behind }), Notifying),
		in(ignored("the newest state goes when the NOTIFY that is out is answered"), Behind),
		in(ignored("the newest state goes with the next try"), Waiting))
	row(t, KindExpired, ended,
		in(none, Pending),
		in(on("the last NOTIFY, reason timeout (RFC 6665 §4.4.1)", (*step).expired), Active, Spacing, Waiting),
		in(on("the last NOTIFY as soon as the one that is out is answered", func(s *step, _ Expired) { s.leave(ReasonTimeout) }), Notifying, Behind))
	row(t, KindFlowClosed, ended,
		in(none, Pending),
		in(ignored("nothing is to be sent now; the next NOTIFY finds the phone's new connection"), Active),
		in(on("again later: the phone comes back by another connection", (*step).later), Spacing, Notifying, Behind),
		in(ignored("the next try finds the phone's new connection"), Waiting),
		in(on("over: nobody is there to be told", func(s *step, _ FlowClosed) { s.over() }), Leaving, Terminating))
	row(t, KindRestarted, ended,
		in(ignored("nothing was written down yet"), Pending),
		in(on("full state after a moment, with numbers above all that were used", (*step).restarted), Active, Spacing, Notifying, Behind, Waiting),
		in(on("over: the phone finds out when it refreshes", func(s *step, _ Restarted) { s.over() }), Leaving, Terminating))
	row(t, KindStopped, ended,
		in(on("over: nobody knows of it", func(s *step, _ Stopped) { s.over() }), Pending),
		in(on("the last NOTIFY, with the reason", (*step).stopped), Active, Spacing, Waiting),
		in(on("the last NOTIFY as soon as the one that is out is answered", func(s *step, in Stopped) { s.leave(in.Reason) }), Notifying, Behind))
	row(t, KindTimer, ignored("no timer runs"),
		in(on("NOTIFY with the newest state", (*step).fired), Spacing),
		in(on("NOTIFY with full state", (*step).fired), Waiting))
}
