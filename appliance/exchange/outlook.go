package exchange

import (
	"slices"
	"strconv"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// How callers see the agents of their queue. 200 callers and 100 agents are looked at with almost everything that happens, so each agent is judged
// once for all queues, and what follows from the document alone is kept as long as the document holds.

// standing is what keeps an agent from every queue's calls, as agent.Unfit, and how they must be looked at further.
type standing uint32

const (
	apart     standing = 1 << (iota + 16) // something that concerns single queues keeps them
	writesUp                              // after a call
	outside                               // they answer outside, by a line that may be cut
	lineKnown                             // whether it is was looked up: lineCut
	lineCut
)

// roster is the agents of one queue.
type roster struct {
	q       *Queue
	members []member
	levels  []int // of each member, how well they have each skill that the queue asks for
}

// member is an agent among those of a queue.
type member struct {
	place int    // among all agents
	rank  int    // in the queue's order
	name  uint64 // in fingerprints
}

// spot is a caller who waits.
type spot struct {
	c    *call.Call
	r    *roster
	next int // the one behind in the same lane, -1: nobody
}

// derived is what follows from lists that are replaced and never changed in place: it holds while they are the same ones, however it came to that,
// so that nothing of it need be taken back.
type derived struct {
	site    *site
	agents  []*agent.Agent
	waiting []*call.Call
	rosters []*roster
	spots   []spot
	spare   []spot
	stood   []standing      // of each agent, in the moment that is looked at
	why     [][]fact.Reason // what was said of it so far in that moment, where it is the same for every queue
}

// same reports whether two slices are one.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// derive brings what is derived up to date, and looks at the agents anew.
func (s *State) derive() {
	d := &s.derived
	if d.site != s.site || !same(d.agents, s.agents) {
		*d = derived{site: s.site, agents: s.agents, stood: d.stood[:0], why: make([][]fact.Reason, len(s.agents))}
	}
	if same(d.waiting, s.waiting) {
		return
	}
	was, now, from := d.spots, d.spare[:0], 0
	for _, c := range s.waiting { // those who were there before are in the order they were in
		i := from
		for i < len(was) && was[i].c != c {
			i++
		}
		if i == len(was) || was[i].r.q.ID != c.Visit.Queue {
			now = append(now, spot{c: c, r: s.rosterOf(c)})
			continue
		}
		now = append(now, was[i])
		from = i + 1
	}
	d.waiting, d.spots, d.spare = s.waiting, now, was
}

// rosterOf is the roster of the queue a caller waits in.
func (s *State) rosterOf(c *call.Call) *roster {
	q := s.queueOf(c)
	for _, r := range s.derived.rosters {
		if r.q == q {
			return r
		}
	}
	x := s.siteOf(c)
	_, known := x.queues[q.ID]
	r := &roster{q: q}
	for i, a := range s.agents {
		if !a.Serves(q.ID) {
			continue
		}
		m := member{place: i, rank: i, name: named(a.ID)}
		if known {
			m.rank = x.rank(q, a.ID, i)
		}
		r.members = append(r.members, m)
		for _, n := range q.Needs {
			r.levels = append(r.levels, a.Level(n.Skill))
		}
	}
	if known {
		s.derived.rosters = append(s.derived.rosters, r)
	}
	return r
}

// lookAround judges every agent for whatever queue.
func (s *State) lookAround() {
	all := s.derived.stood[:0]
	for _, a := range s.agents {
		w := standing(a.Held(s.inUse(a)))
		if len(a.CoolDowns) > 0 || len(a.PausedIn) > 0 {
			w |= apart
		}
		if a.Activity == agent.WrapUp {
			w |= writesUp
		}
		if a.Extension == "" {
			w |= outside
		}
		all = append(all, w)
	}
	s.derived.stood = all
	clear(s.derived.why)
}

// inUse is how many calls of others an agent's line carries: that of who follows a call is in use by that call.
func (s *State) inUse(a *agent.Agent) int {
	if a.Activity != agent.Idle {
		return 0
	}
	return s.lines[a.Extension]
}

// judge says why an agent may not be offered a call now.
func (s *State) judge(a *agent.Agent, ask agent.Ask) agent.Unfit {
	no := a.Judge(ask, s.clock, s.inUse(a))
	if no == 0 && a.Extension == "" {
		if _, held := s.lineTo(a); held != "" {
			no |= agent.IsCutOff
		}
	}
	return no
}

// judgeHere is judge for a member of a roster, from what is known of them already. levels are theirs.
func (s *State) judgeHere(m member, levels []int, ask agent.Ask) agent.Unfit {
	w := &s.derived.stood[m.place]
	no := agent.Unfit(*w) //nolint:gosec // the lower half is what it was made from
	if *w&apart != 0 {
		no |= s.agents[m.place].HeldFrom(ask, s.clock)
	} else {
		for i, n := range ask.Needs {
			if levels[i] < n.Level {
				no |= agent.IsUnskilled
			}
		}
	}
	if no == 0 && *w&outside != 0 {
		if *w&lineKnown == 0 {
			*w |= lineKnown
			if _, held := s.lineTo(s.agents[m.place]); held != "" {
				*w |= lineCut
			}
		}
		if *w&lineCut != 0 {
			no = agent.IsCutOff
		}
	}
	return no
}

// outlook is how callers of one queue who ask for the same see its agents now.
type outlook struct {
	r     *roster
	asked uint64 // the levels asked for, as one number
	ask   agent.Ask
	unfit []agent.Unfit // of each member
	fit   []queue.Fit
	print uint64 // fingerprint of who is not fit and why, when nobody is
}

// outlookFor looks at every agent once for all callers who ask for the same.
func (s *State) outlookFor(c *call.Call, r *roster) *outlook {
	var room [8]agent.Skill
	asked, key, _ := askedLevels(r.q, c, s.clock, room[:0])
	for i := range s.outlooks {
		if o := &s.outlooks[i]; o.r == r && o.asked == key {
			return o
		}
	}
	if len(s.outlooks) == 0 {
		s.lookAround()
	}
	if len(s.outlooks) < cap(s.outlooks) {
		s.outlooks = s.outlooks[:len(s.outlooks)+1]
	} else {
		s.outlooks = append(s.outlooks, outlook{})
	}
	o := &s.outlooks[len(s.outlooks)-1]
	*o = outlook{r: r, asked: key, ask: agent.Ask{Queue: r.q.ID, Needs: append(o.ask.Needs[:0], asked...)}, unfit: o.unfit[:0], fit: o.fit[:0]}
	h, each := printBegin, len(r.q.Needs)
	for n, m := range r.members {
		levels := r.levels[n*each : (n+1)*each]
		no := s.judgeHere(m, levels, o.ask)
		o.unfit = append(o.unfit, no)
		if no != 0 {
			h = mixed(h, m.name, seen(no, s.derived.stood[m.place]&writesUp != 0))
			continue
		}
		f := queue.Fit{Agent: m.place, Rank: m.rank, Since: s.agents[m.place].Since}
		for _, l := range levels {
			f.Level += l
		}
		o.fit = append(o.fit, f)
	}
	o.print = h | 1 // never 0
	return o
}

// seen is what a fingerprint keeps of why an agent is not fit. Which step of a call they are at does not matter, or each would be told of to every
// queue; the time to write up does.
func seen(no agent.Unfit, writesUp bool) uint64 {
	if writesUp {
		return uint64(no) | 1<<16
	}
	return uint64(no)
}

// Fingerprints are FNV-1a: of an agent's name by bytes, of what is seen of agents by words.
const (
	printBegin uint64 = 14695981039346656037
	printPrime uint64 = 1099511628211
)

func named(id string) uint64 {
	h := printBegin
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * printPrime
	}
	return h
}

// mixed adds an agent and their reasons to a fingerprint. Details change by themselves (a call's name, seconds), so codes alone count.
func mixed(h, name, reasons uint64) uint64 {
	return ((h^name)*printPrime ^ reasons) * printPrime
}

// candidates puts what a queue saw into words. Facts are never changed, so that those of one moment share them.
func (s *State) candidates(o *outlook) []fact.Candidate {
	out := make([]fact.Candidate, 0, len(o.unfit))
	var words []fact.Reason
	for n, no := range o.unfit {
		at := o.r.members[n].place
		a := s.agents[at]
		held := no != 0 && no == agent.Unfit(s.derived.stood[at]) //nolint:gosec // the lower half is what it was made from
		why := s.derived.why[at]
		if !held || why == nil {
			if words == nil {
				words = make([]fact.Reason, 0, len(o.unfit)-n+8)
			}
			from := len(words)
			words = a.Why(words, no, o.ask, s.clock)
			why = slices.Clip(words[from:])
		}
		if held {
			s.derived.why[at] = why
		}
		out = append(out, fact.Candidate{Agent: a.ID, Fit: no == 0, Reasons: why})
	}
	return out
}

// reasoned says of the one who was chosen why, among all or alone.
func (s *State) reasoned(all []fact.Candidate, a *agent.Agent, q *Queue, level int) []fact.Candidate {
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
