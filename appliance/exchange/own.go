package exchange

import (
	"cmp"
	"maps"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
)

// A caller's own agent: who spoke with them last, whom the queue lets them wait for a while before anybody else (FEATURES §7.1 « required agent first »,
// §8 Redirection: « priority = initial agent with a waiting time, then group »). It is known by the caller's subject, so that no number is kept here,
// of queues that ask for it alone, and for as long as they say.

// Acquaintance is that somebody spoke with an agent of the branch.
type Acquaintance struct {
	Subject fact.Subject `json:"subject"`
	Agent   string       `json:"agent"`
	At      int64        `json:"at"` // when their call ended, Unix time in ms
}

const (
	mostAcquaintances = 4096 // then the oldest eighth is forgotten
	longestOwn        = 30 * 24 * 3_600_000
)

// acquaint notes who spoke with a caller last, when the call ends: a transfer to another queue is no reason to come back to who handed over.
func (s *State) acquaint(c *call.Call) {
	q, ok := s.siteOf(c).queue(c.AnsweredIn)
	if !ok || q.OwnMS == 0 || c.Agent == "" || c.Caller.Subject == "" || c.Caller.Withheld {
		return
	}
	s.know(Acquaintance{Subject: c.Caller.Subject, Agent: c.Agent, At: s.utc})
	if len(s.known) > mostAcquaintances {
		all := s.acquaintances()
		slices.SortStableFunc(all, func(a, b Acquaintance) int { return cmp.Compare(a.At, b.At) })
		for _, k := range all[:mostAcquaintances/8] {
			delete(s.known, k.Subject)
			s.undo = append(s.undo, func() { s.known[k.Subject] = k })
		}
	}
}

// know takes an acquaintance in, in the place of an older one.
func (s *State) know(k Acquaintance) {
	was, had := s.known[k.Subject]
	s.known[k.Subject] = k
	s.undo = append(s.undo, func() {
		if delete(s.known, k.Subject); had {
			s.known[k.Subject] = was
		}
	})
}

// acquaintances lists them by subject.
func (s *State) acquaintances() []Acquaintance {
	return slices.SortedFunc(maps.Values(s.known), func(a, b Acquaintance) int { return cmp.Compare(a.Subject, b.Subject) })
}

// ownFirst lets a caller who enters their first queue wait for their own agent, where the queue says so. Not for one who could not come now: who is
// logged out, in a pause, or no longer serves the queue.
func (s *State) ownFirst(c *call.Call, q *Queue) {
	if q.OwnMS == 0 || c.Callback != "" || c.Caller.Withheld {
		return
	}
	k, known := s.known[c.Caller.Subject]
	if !known || s.utc-k.At > cmp.Or(q.OwnWithinMS, longestOwn) {
		return
	}
	if a := s.agent(k.Agent); a != nil && a.Serves(q.ID) && a.Session == agent.LoggedIn && a.Declared == agent.Available {
		s.require(c, a.ID, q.OwnMS)
	}
}
