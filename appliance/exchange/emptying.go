package exchange

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// Queues without anybody: a caller whom nobody could serve is not let in (join_empty), or leaves (leave_empty). What that means is in the room queue.

// holding is what keeps an agent from taking calls of a queue, and whether they count at all.
func (s *State) holding(a *agent.Agent, queueID string) queue.Holding {
	var h queue.Holding
	if a.Session != agent.LoggedIn {
		return h.With(queue.HeldAway)
	}
	if a.Declared == agent.Pause || a.PausedHere(queueID) != nil {
		h = h.With(queue.HeldPaused)
	}
	if a.Declared == agent.Unavailable {
		h = h.With(queue.HeldUnavailable)
	}
	switch a.Activity {
	case agent.Idle:
		if s.lines[a.Extension] > 0 {
			h = h.With(queue.HeldInUse)
		}
		if a.Extension == "" { // at a number outside
			if _, held := s.lineTo(a); held != "" {
				h = h.With(held)
			}
		}
	case agent.Reserved, agent.Ringing:
		h = h.With(queue.HeldRinging)
	case agent.WrapUp:
		h = h.With(queue.HeldWrapUp)
	default:
		h = h.With(queue.HeldInUse)
	}
	switch a.Line {
	case agent.Registered:
	case agent.OffPlatform:
		h = h.With(queue.HeldInUse)
	default:
		h = h.With(queue.HeldUnavailable)
	}
	return h
}

// deserted reports whether nobody is there for callers of a queue, when those who are held so count as absent. Without any hold that question is
// not asked. Who lacks a skill that is never relaxed is not there either.
func (s *State) deserted(q *Queue, absent []Hold) bool {
	if len(absent) == 0 {
		return false
	}
	return !slices.ContainsFunc(s.agents, func(a *agent.Agent) bool {
		if !a.Serves(q.ID) || s.holding(a, q.ID).Absent(absent) {
			return false
		}
		return !slices.ContainsFunc(q.Needs, func(n Need) bool { return n.RelaxMS == 0 && a.Level(n.Skill) < n.Level })
	})
}

// notLetIn reports whether a caller may not stand in a queue for want of agents. Where they would leave at once, they do not begin to wait: so
// queues that send each other their callers come to an end.
func (s *State) notLetIn(q *Queue) bool {
	return s.deserted(q, q.JoinEmpty) || s.deserted(q, q.LeaveEmpty)
}

// whenEmpty is the queue that takes over from one without agents; empty: none.
func whenEmpty(q *Queue) string { return cmp.Or(q.OnEmpty, q.Overflow) }

// leavesWhenEmpty reports whether a caller may not stay where nobody is. Whoever is being presented waits for what comes of it; who is to be called
// back waits for nobody on the line.
func leavesWhenEmpty(c *call.Call) bool {
	return c.Phase == call.Queued && !c.Offering() && !unreached(c)
}

// leaveEmptied sends callers on whose queue nobody is there for any more.
func (s *State) leaveEmptied() {
	s.derive()
	var known *Queue // the answer of one queue holds for all its callers
	gone := false
	for i, n := 0, len(s.derived.spots); i < n; i++ { // as they stood: whoever leaves is not among those who come after
		c, q := s.derived.spots[i].c, s.derived.spots[i].r.q
		if len(q.LeaveEmpty) == 0 || !leavesWhenEmpty(c) || s.pulled(c) {
			continue
		}
		if q != known {
			known, gone = q, s.deserted(q, q.LeaveEmpty)
		}
		if gone {
			s.guarded("dispatch", c.ID, "", func() { s.leavesEmptied(s.touch(c), q) }, nil)
			s.dirty = true
		}
	}
}

func (s *State) leavesEmptied(c *call.Call, q *Queue) {
	to := whenEmpty(q)
	s.endVisit(c, fact.VisitNobodyFit, to, "")
	if to == "" {
		s.turnAway(c, RefusedBusy, call.Verdict{
			Outcome: fact.CallDeterred, Stage: fact.StageQueue, Reasons: []fact.Reason{{Code: "queue.nobody_there", Detail: q.ID}},
		})
		return
	}
	s.enterQueue(c, to, q.ID)
}
