package exchange

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// Who is served next, and by whom: callers of all queues in the order of queue.Compare, each with the agent that the queue's strategy chooses
// among those who are fit. There is no turn-taking of callers: as many are served at once as there are agents.

// lane is callers of one queue and one priority, in the order in which they are served. Once its first cannot be served, nobody of it can.
type lane struct {
	r        *roster
	priority int
	ahead    int64      // when a supervisor put its callers first; 0: nobody did
	named    bool       // one caller, who asks for one agent
	untold   bool       // somebody in it may not have been told of
	at, last int        // the next of it and the last, among those who stand; -1: nobody is left
	turn     queue.Turn // of the next
}

// turn is who was offered a call last in a queue that takes turns.
type turn struct {
	Queue string `json:"queue"`
	Agent string `json:"agent"`
}

// ranks is the place of each agent whom the document lists among a queue's members.
type ranks map[string]int

func ranksOf(b Branch) []ranks {
	out := make([]ranks, len(b.Queues))
	for i, q := range b.Queues {
		if len(q.Members) == 0 {
			continue
		}
		out[i] = ranks{}
		for place, id := range slices.Backward(q.Members) { // of two the first counts
			out[i][id] = place
		}
	}
	return out
}

func queuesByID(b Branch) map[string]int {
	out := make(map[string]int, len(b.Queues))
	for i, q := range slices.Backward(b.Queues) {
		out[q.ID] = i
	}
	return out
}

// rank is an agent's place in a queue's order: first those whom the document lists, then the others as they stand in it.
func (x *site) rank(q *Queue, id string, place int) int {
	if r, listed := x.ranks[x.queues[q.ID]][id]; listed {
		return r
	}
	return len(q.Members) + place
}

// queueOf is the queue a caller waits in.
func (s *State) queueOf(c *call.Call) *Queue {
	x := s.siteOf(c)
	i, ok := x.queues[c.Visit.Queue]
	if !ok {
		return &Queue{ID: c.Visit.Queue}
	}
	return &x.Queues[i]
}

// priority is how urgent a caller is, of their own or by their queue.
func priority(c *call.Call, q *Queue) int {
	return cmp.Or(c.Visit.Priority, q.Priority, queue.DefaultPriority)
}

// turnOf is what decides when a caller is served.
func turnOf(c *call.Call, q *Queue) queue.Turn {
	return queue.Turn{Priority: priority(c, q), AgeingMS: q.AgeingMS, Since: c.FirstQueued, Serial: c.Serial, First: c.Visit.First}
}

// position is a caller's place in their queue, from 1.
func (s *State) position(c *call.Call) int {
	q := s.queueOf(c)
	mine := turnOf(c, q)
	n := 1
	for _, w := range s.waiting {
		if w == c || w.Visit.Queue != c.Visit.Queue {
			continue
		}
		its := q
		if w.Revision != c.Revision {
			its = s.queueOf(w)
		}
		if queue.Compare(turnOf(w, its), mine, s.clock) < 0 {
			n++
		}
	}
	return n
}

// dispatch serves everybody who can be served. Each presentation is a scope of its own, so that a fault in one takes nothing from the others.
func (s *State) dispatch() {
	for s.dirty {
		s.dirty, s.stirred = false, true
		if len(s.waiting) == 0 {
			return
		}
		s.serve(false)
		if !s.dirty {
			s.serve(true)
		}
		if !s.dirty {
			s.leaveEmptied()
		}
	}
}

// wantsOffer reports whether a caller is to be presented now: to somebody, or with more to more of those who serve a queue that rings everybody.
func (s *State) wantsOffer(c *call.Call, more bool) bool {
	switch {
	case c.Phase != call.Queued || c.Offering() != more || pending(c, call.RetryOffer) || s.pulled(c):
		return false
	case !more:
		return true
	case unreached(c) && c.Contact != "":
		return false // one agent has it
	default:
		return len(c.Out) < RingAllMost && !c.Visit.Overdue && s.queueOf(c).Strategy == RingAll && s.required(c) == nil &&
			!slices.ContainsFunc(c.Out, func(o queue.Offer) bool { return o.State == queue.OfferWhispering })
	}
}

// serve goes once through those who wait: first those whom no phone rings for, then (more) those of queues that ring everybody, for whom
// further phones are free.
func (s *State) serve(more bool) {
	s.outlooks = s.outlooks[:0]
	s.derive()
	s.lineUp(more)
	for l := s.first(); l != nil; l = s.first() {
		c := s.derived.spots[l.at].c
		s.advance(l, more)
		served, sound := false, false
		s.guarded("dispatch", c.ID, "", func() { served = s.serveCaller(c, l.r, more); sound = true }, nil)
		if sound && !served && !s.dirty {
			s.passOver(l, more)
		}
		if !sound || s.dirty {
			s.dirty = true
			return // somebody was evicted: look again from the start
		}
	}
}

// passOver leaves a lane whose first caller can be presented to nobody. Those who joined it since are told of once; the others when they are first.
func (s *State) passOver(l *lane, more bool) {
	for l.untold && !more && l.at >= 0 && !s.dirty {
		p := &s.derived.spots[l.at]
		if c := p.c; c.Visit.Nobody == 0 && s.wantsOffer(c, false) {
			s.guarded("dispatch", c.ID, "", func() { s.nobody(c, s.outlookFor(c, l.r)) }, nil)
		}
		l.at = p.next
	}
	l.at = -1
}

// lineUp sorts those who wait into lanes.
func (s *State) lineUp(more bool) {
	s.lanes = s.lanes[:0]
	spots := s.derived.spots
	for i := range spots {
		p := &spots[i]
		p.next = -1
		if more && p.r.q.Strategy != RingAll {
			continue
		}
		v := &p.c.Visit
		at, named := cmp.Or(v.Priority, p.r.q.Priority, queue.DefaultPriority), v.Required != "" && s.required(p.c) != nil
		l := s.laneOf(p.r, at, v.First, named)
		if l == nil {
			s.lanes = append(s.lanes, lane{r: p.r, priority: at, ahead: v.First, named: named, at: i, last: i})
			l = &s.lanes[len(s.lanes)-1]
		} else {
			spots[l.last].next = i
			l.last = i
		}
		l.untold = l.untold || v.Nobody == 0 && !p.c.Offering()
	}
	for i := range s.lanes {
		s.toNext(&s.lanes[i], more)
	}
}

// laneOf is the lane callers of one kind stand in, or nil.
func (s *State) laneOf(r *roster, priority int, ahead int64, named bool) *lane {
	for i := range s.lanes {
		if l := &s.lanes[i]; l.r == r && l.priority == priority && l.ahead == ahead && !l.named && !named {
			return l
		}
	}
	return nil
}

// advance lets the next of a lane go.
func (s *State) advance(l *lane, more bool) {
	l.at = s.derived.spots[l.at].next
	s.toNext(l, more)
}

// toNext passes those in a lane who are not to be presented now.
func (s *State) toNext(l *lane, more bool) {
	for l.at >= 0 {
		p := &s.derived.spots[l.at]
		if s.wantsOffer(p.c, more) {
			l.turn = turnOf(p.c, l.r.q)
			return
		}
		l.at = p.next
	}
}

// first is the lane whose next caller goes before all others; nil when all have had their turn.
func (s *State) first() *lane {
	var best *lane
	for i := range s.lanes {
		l := &s.lanes[i]
		if l.at >= 0 && (best == nil || queue.Compare(l.turn, best.turn, s.clock) < 0) {
			best = l
		}
	}
	return best
}

// serveRequired presents a caller to the one agent they wait for.
func (s *State) serveRequired(c *call.Call, q *Queue, a *agent.Agent) bool {
	ask := agent.Ask{Queue: q.ID, Named: true}
	no := s.judge(a, ask)
	told := []fact.Candidate{{Agent: a.ID, Fit: no == 0, Reasons: append(a.Why(nil, no, ask, s.clock), fact.Reason{Code: "agent.required"})}}
	s.touch(c)
	if no != 0 {
		if h := mixed(0, named(a.ID), seen(no, a.Activity == agent.WrapUp)) | 1; h != c.Visit.Nobody {
			c.Visit.Nobody = h
			s.tell(fact.NobodyOffered{Call: string(c.ID), Visit: c.Visit.N, Queue: c.Visit.Queue, Candidates: told})
		}
		return false
	}
	s.makeOffer(c, q, a, told)
	s.presented()
	s.armRing(c)
	return true
}

// presented forgets what was seen of agents who are taken now.
func (s *State) presented() {
	s.outlooks = s.outlooks[:0]
	s.hit("offered")
	s.dirty = false // taking an agent makes nobody servable
}

// serveCaller presents a caller to whom the strategy chooses, or says why to nobody.
func (s *State) serveCaller(c *call.Call, r *roster, more bool) bool {
	q := r.q
	if a := s.required(c); a != nil {
		return s.serveRequired(c, q, a)
	}
	o := s.outlookFor(c, r)
	if len(o.fit) == 0 {
		if !more {
			s.nobody(c, o)
		}
		return false
	}
	s.touch(c)
	var room [RingAllMost]int
	chosen := s.choose(q, o, RingAllMost-len(c.Out), room[:0])
	for n, i := range chosen {
		a := s.agents[o.fit[i].Agent]
		if n > 0 && s.judge(a, o.ask) != 0 {
			continue // outside, and the last line is taken by the one before
		}
		told := []fact.Candidate{{Agent: a.ID, Fit: true, Reasons: a.Why(nil, 0, o.ask, s.clock)}}
		if n == 0 && !more { // who was not fit, and why, is told once
			told = s.candidates(o)
		}
		s.makeOffer(c, q, a, s.reasoned(told, a, q, o.fit[i].Level))
	}
	s.armRing(c)
	s.presented()
	return true
}

// choose asks the strategy, and keeps what it remembers.
func (s *State) choose(q *Queue, o *outlook, most int, chosen []int) []int {
	m := queue.Memory{Last: -1, Draws: s.draws}
	i, known := slices.BinarySearchFunc(s.turns, q.ID, func(t turn, id string) int { return cmp.Compare(t.Queue, id) })
	if q.Strategy == RoundRobin && known {
		x := s.site
		if place := slices.IndexFunc(s.agents, func(a *agent.Agent) bool { return a.ID == s.turns[i].Agent }); place >= 0 {
			m.Last = x.rank(q, s.turns[i].Agent, place)
		}
	}
	chosen = queue.Choose(q.Strategy, o.fit, most, &m, chosen)
	s.draws = m.Draws
	if q.Strategy == RoundRobin && len(chosen) > 0 {
		t := turn{Queue: q.ID, Agent: s.agents[o.fit[chosen[0]].Agent].ID}
		if s.turns = slices.Clone(s.turns); known {
			s.turns[i] = t
		} else {
			s.turns = slices.Insert(s.turns, i, t)
		}
	}
	return chosen
}

// askedLevels are the skills a caller asks for now: each RelaxMS of waiting asks one level less (FEATURES §7.1). next is when that changes, in ms
// since boot; 0: never.
func askedLevels(q *Queue, c *call.Call, now int64, out []agent.Skill) (asked []agent.Skill, key uint64, next int64) {
	waited := max(0, now-c.FirstQueued)
	for _, n := range q.Needs {
		level := n.Level
		if n.RelaxMS > 0 {
			steps := waited / n.RelaxMS
			level = int(max(0, int64(n.Level)-steps))
			if at := c.FirstQueued + (steps+1)*n.RelaxMS; level > 0 && (next == 0 || at < next) {
				next = at
			}
		}
		key = key*11 + uint64(level)
		out = append(out, agent.Skill{Name: n.Skill, Level: level})
	}
	return out, key, next
}
