package exchange

import (
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// move puts a waiting caller in another queue, or first in line (FEATURES §6: « order changes, wait time kept »). It needs the right over both
// queues. A phone that rings for them is let go without blame, and a queue that is full takes them all the same: a person decided so.
func (s *State) move(in CallMove) {
	c := s.calls[in.Call]
	var why []fact.Reason
	to := in.Queue
	switch {
	case c == nil:
		why = []fact.Reason{{Code: "call.unknown"}}
	case unreached(c) && c.Contact != "":
		why = []fact.Reason{{Code: "call.of_campaign", Detail: c.Contact}}
	case c.Phase != call.Queued:
		why = []fact.Reason{{Code: "call.not_waiting", Detail: c.Phase.String()}}
	default:
		if to == "" {
			to = c.Visit.Queue
		}
		if why = s.mayAct(in.By, MayMove, "", c.Visit.Queue); why == nil {
			why = s.mayAct(in.By, MayMove, "", to)
		}
	}
	var q Queue
	if why == nil {
		known := false
		switch q, known = s.siteOf(c).queue(to); {
		case !known:
			why = []fact.Reason{{Code: "queue.unknown", Detail: to}}
		case to == c.Visit.Queue && !in.First:
			why = []fact.Reason{{Code: "queue.same", Detail: to}}
		}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.touch(c)
	first := int64(0)
	if in.First {
		first = max(1, s.clock)
	}
	detail := to
	if in.First {
		detail += ", first"
	}
	s.audit(in, detail)
	if to == c.Visit.Queue {
		c.Visit.First = first
	} else {
		c.Visit.Overdue = false // it goes where it is sent, not to the overflow
		s.offersEvent(c, queue.Withdrawn)
		from := c.Visit.Queue
		s.endVisit(c, fact.VisitMoved, to, "")
		s.standAt(c, q, from, first)
	}
	s.dirty = true
	s.done(in)
}
