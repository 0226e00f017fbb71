package exchange

import (
	"cmp"
	"slices"
	"strconv"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// Who is served next, and by whom: callers of all queues in the order of queue.Compare, each with the agent that the queue's strategy chooses
// among those who are fit. There is no turn-taking of callers: as many are served at once as there are agents.

// lane is callers of one queue and one priority, in the order in which they are served. Once its first cannot be served, nobody of it can.
type lane struct {
	q        *Queue
	priority int
	ahead    int64 // when a supervisor put its callers first; 0: nobody did
	named    bool  // one caller, who asks for one agent
	calls    []*call.Call
	next     int
}

// outlook is how callers of one queue who ask for the same see its agents now.
type outlook struct {
	q     *Queue
	asked uint64 // the levels asked for, as one number
	ask   agent.Ask
	fit   []queue.Fit
	print uint64 // fingerprint of who is not fit and why, when nobody is
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
		if w != c && w.Visit.Queue == c.Visit.Queue && queue.Compare(turnOf(w, s.queueOf(w)), mine, s.clock) < 0 {
			n++
		}
	}
	return n
}

// dispatch serves everybody who can be served. Each presentation is a scope of its own, so that a fault in one takes nothing from the others.
func (s *State) dispatch() {
	for s.dirty {
		s.dirty = false
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
	case c.Phase != call.Queued || pending(c, call.RetryOffer):
		return false
	case !more:
		return !c.Offering()
	default:
		return c.Offering() && len(c.Out) < RingAllMost && !c.Visit.Overdue && s.queueOf(c).Strategy == RingAll && s.required(c) == nil &&
			!slices.ContainsFunc(c.Out, func(o queue.Offer) bool { return o.State == queue.OfferWhispering })
	}
}

// serve goes once through those who wait: first those whom no phone rings for, then (more) those of queues that ring everybody, for whom
// further phones are free.
func (s *State) serve(more bool) {
	s.outlooks = s.outlooks[:0]
	s.lineUp(more)
	for l := s.first(); l != nil; l = s.first() {
		c := l.calls[l.next]
		l.next++
		if !s.wantsOffer(c, more) {
			continue // evicted meanwhile
		}
		served, sound := false, false
		s.guarded("dispatch", c.ID, "", func() { served = s.serveCaller(c, l.q, more); sound = true }, nil)
		switch {
		case !sound, s.dirty:
			s.dirty = true
			return // somebody was evicted: look again from the start
		case !served:
			s.passOver(l, more)
		}
	}
}

// passOver leaves a lane whose first caller can be presented to nobody. Those who joined it since are told of once; the others when they are first.
func (s *State) passOver(l *lane, more bool) {
	for _, c := range l.calls[l.next:] {
		if c.Visit.Nobody == 0 && !more {
			s.guarded("dispatch", c.ID, "", func() { s.nobody(c, s.outlookFor(c, l.q)) }, nil)
		}
	}
	l.next = len(l.calls)
}

// lineUp sorts those who wait into lanes.
func (s *State) lineUp(more bool) {
	s.lanes = s.lanes[:0]
	for _, c := range s.waiting {
		if !s.wantsOffer(c, more) {
			continue
		}
		q := s.queueOf(c)
		p := priority(c, q)
		l, named := (*lane)(nil), s.required(c) != nil
		for i := range s.lanes {
			if k := &s.lanes[i]; k.q == q && k.priority == p && k.ahead == c.Visit.First && !k.named && !named {
				l = k
				break
			}
		}
		if l == nil {
			if len(s.lanes) < cap(s.lanes) {
				s.lanes = s.lanes[:len(s.lanes)+1]
			} else {
				s.lanes = append(s.lanes, lane{})
			}
			l = &s.lanes[len(s.lanes)-1]
			*l = lane{q: q, priority: p, ahead: c.Visit.First, named: named, calls: l.calls[:0]}
		}
		l.calls = append(l.calls, c)
	}
}

// first is the lane whose next caller goes before all others; nil when all have had their turn.
func (s *State) first() *lane {
	var best *lane
	var turn queue.Turn
	for i := range s.lanes {
		l := &s.lanes[i]
		if l.next >= len(l.calls) {
			continue
		}
		if t := turnOf(l.calls[l.next], l.q); best == nil || queue.Compare(t, turn, s.clock) < 0 {
			best, turn = l, t
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
		if h := mixed(0, a.ID, seen(a, no)) | 1; h != c.Visit.Nobody {
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
func (s *State) serveCaller(c *call.Call, q *Queue, more bool) bool {
	if a := s.required(c); a != nil {
		return s.serveRequired(c, q, a)
	}
	o := s.outlookFor(c, q)
	if len(o.fit) == 0 {
		if !more {
			s.nobody(c, o)
		}
		return false
	}
	s.touch(c)
	var room [RingAllMost]int
	chosen := s.choose(q, o, RingAllMost-len(c.Out), room[:0])
	all := s.candidates(o)
	for n, i := range chosen {
		a := s.agents[o.fit[i].Agent]
		if n > 0 && s.judge(a, o.ask) != 0 {
			continue // outside, and the last line is taken by the one before
		}
		told := all
		if n > 0 || more { // who was not fit, and why, is told once
			told = []fact.Candidate{all[slices.IndexFunc(all, func(x fact.Candidate) bool { return x.Agent == a.ID })]}
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

// outlookFor looks at every agent once for all callers who ask for the same.
func (s *State) outlookFor(c *call.Call, q *Queue) *outlook {
	var room [8]agent.Skill
	asked, key, _ := askedLevels(q, c, s.clock, room[:0])
	for i := range s.outlooks {
		if o := &s.outlooks[i]; o.q == q && o.asked == key {
			return o
		}
	}
	if len(s.outlooks) < cap(s.outlooks) {
		s.outlooks = s.outlooks[:len(s.outlooks)+1]
	} else {
		s.outlooks = append(s.outlooks, outlook{})
	}
	o := &s.outlooks[len(s.outlooks)-1]
	*o = outlook{q: q, asked: key, ask: agent.Ask{Queue: q.ID, Needs: append(o.ask.Needs[:0], asked...)}, fit: o.fit[:0]}
	x, h := s.siteOf(c), uint64(14695981039346656037)
	for i, a := range s.agents {
		if !a.Serves(q.ID) {
			continue
		}
		no := s.judge(a, o.ask)
		if no != 0 {
			h = mixed(h, a.ID, seen(a, no))
			continue
		}
		f := queue.Fit{Agent: i, Rank: x.rank(q, a.ID, i), Since: a.Since}
		for _, n := range o.ask.Needs {
			f.Level += a.Level(n.Name)
		}
		o.fit = append(o.fit, f)
	}
	o.print = h | 1 // never 0
	return o
}

// judge says why an agent may not be offered a call now.
func (s *State) judge(a *agent.Agent, ask agent.Ask) agent.Unfit {
	inUse := 0
	if a.Activity == agent.Idle { // the line of who follows a call is in use by that call
		inUse = s.lines[a.Extension]
	}
	no := a.Judge(ask, s.clock, inUse)
	if no == 0 && a.Extension == "" {
		if _, there := s.lineTo(a); !there {
			no |= agent.IsCutOff
		}
	}
	return no
}

// seen is what a fingerprint keeps of why an agent is not fit. Which step of a call they are at does not matter, or each would be told of to every
// queue; the time to write up does.
func seen(a *agent.Agent, no agent.Unfit) uint64 {
	if a.Activity == agent.WrapUp {
		return uint64(no) | 1<<16
	}
	return uint64(no)
}

// mixed adds an agent and their reasons to a fingerprint (FNV-1a). Details change by themselves (a call's name, seconds), so codes alone count.
func mixed(h uint64, id string, reasons uint64) uint64 {
	const prime = 1099511628211
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * prime
	}
	return (h ^ reasons) * prime
}

// candidates puts what a queue saw into words.
func (s *State) candidates(o *outlook) []fact.Candidate {
	out := make([]fact.Candidate, 0, len(s.agents))
	words := make([]fact.Reason, 0, len(s.agents)+8)
	for _, a := range s.agents {
		if !a.Serves(o.q.ID) {
			continue
		}
		no := s.judge(a, o.ask)
		from := len(words)
		words = a.Why(words, no, o.ask, s.clock)
		out = append(out, fact.Candidate{Agent: a.ID, Fit: no == 0, Reasons: slices.Clip(words[from:])})
	}
	return out
}

// reasoned says of the one who was chosen why.
func (s *State) reasoned(all []fact.Candidate, a *agent.Agent, q *Queue, level int) []fact.Candidate {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Agent != a.ID {
			continue
		}
		why := slices.Clip(all[i].Reasons)
		if len(q.Needs) > 0 {
			why = append(why, fact.Reason{Code: "agent.skilled", Detail: strconv.Itoa(level)})
		}
		all[i].Reasons = append(why, fact.Reason{Code: q.Strategy.Reason()})
	}
	return all
}

// nobody tells that a caller can be offered to nobody, when that is new or for other reasons than before.
func (s *State) nobody(c *call.Call, o *outlook) {
	if c.Visit.Nobody == o.print {
		return
	}
	s.touch(c)
	c.Visit.Nobody = o.print
	s.tell(fact.NobodyOffered{Call: string(c.ID), Visit: c.Visit.N, Queue: c.Visit.Queue, Candidates: s.candidates(o)})
}
