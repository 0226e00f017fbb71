package exchange

import (
	"hash/fnv"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
)

// choice is how one queue sees its agents now.
type choice struct {
	queue      string
	best       *agent.Agent
	candidates []fact.Candidate
	print      uint64 // fingerprint of who is not fit and why
}

// dispatch serves everybody who can be served: the longest waiting caller first, over all queues, each with the agent who has been
// available longest. Each presentation is a scope of its own, so that a fault in one takes nothing from the others.
func (s *State) dispatch() {
	for s.dirty {
		s.dirty = false
		var seen []choice // agents as each queue sees them, until one of them is taken
		for _, c := range s.waiting {
			if c.Phase != call.Queued || c.Offering() || pending(c, call.RetryOffer) {
				continue
			}
			s.guarded("dispatch", c.ID, "", func() {
				s.touch(c)
				var ch choice
				ch, seen = s.choose(c.Visit.Queue, seen)
				if ch.best == nil {
					s.nobody(c, ch)
					return
				}
				seen = nil
				s.makeOffer(c, ch.best, ch.candidates)
				s.hit("offered")
				s.dirty = false // taking an agent makes nobody servable
			}, nil)
			if s.dirty {
				break // somebody was evicted: look again from the start
			}
		}
	}
}

func (s *State) choose(queue string, seen []choice) (choice, []choice) {
	for _, ch := range seen {
		if ch.queue == queue {
			return ch, seen
		}
	}
	ch := choice{queue: queue}
	best := -1
	for _, a := range s.agents {
		if !a.Serves(queue) {
			continue
		}
		if ch.candidates == nil {
			ch.candidates = make([]fact.Candidate, 0, len(s.agents))
		}
		fit, reasons := a.Fit(queue, s.clock, s.lines[a.Extension])
		ch.candidates = append(ch.candidates, fact.Candidate{Agent: a.ID, Fit: fit, Reasons: reasons})
		if fit && (ch.best == nil || a.Since < ch.best.Since) {
			ch.best, best = a, len(ch.candidates)-1
		}
	}
	if ch.best != nil {
		why := &ch.candidates[best].Reasons
		*why = append(*why, fact.Reason{Code: "agent.longest_available"})
	} else {
		ch.print = fingerprint(ch.candidates)
	}
	return ch, append(seen, ch)
}

// nobody tells that a caller can be offered to nobody, when that is new or for other reasons than before.
func (s *State) nobody(c *call.Call, ch choice) {
	if c.Visit.Nobody == ch.print {
		return
	}
	c.Visit.Nobody = ch.print
	s.tell(fact.NobodyOffered{Call: string(c.ID), Visit: c.Visit.N, Queue: c.Visit.Queue, Candidates: ch.candidates})
}

// fingerprint tells two sets of reasons apart. Details change by themselves (a call's name, seconds), so codes alone count. It is never 0.
func fingerprint(all []fact.Candidate) uint64 {
	h := fnv.New64a()
	for _, x := range all {
		_, _ = h.Write([]byte(x.Agent)) // never fails (hash.Hash)
		for _, r := range x.Reasons {
			_, _ = h.Write([]byte{0})
			_, _ = h.Write([]byte(r.Code))
		}
		_, _ = h.Write([]byte{1})
	}
	return h.Sum64() | 1
}
