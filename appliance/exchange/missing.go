package exchange

import (
	"cmp"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// What follows for an agent to whom a call was presented in vain.

// missed frees the agent and leaves them in peace according to what happened.
func (s *State) missed(c *call.Call, id string, o fact.OfferOutcome, e queue.OfferEvent) {
	a := s.agent(id)
	if a == nil {
		return
	}
	q := s.queueOf(c)
	why := []fact.Reason{{Code: "offer." + string(o), Detail: string(c.ID)}}
	s.touchAgent(a)
	keep := true
	switch o {
	case fact.OfferNotAnswered:
		s.coolDown(a, q.ID, q.CoolDownMS, string(o))
		why = append(why, s.autoPause(a, q)...)
		keep = false
	case fact.OfferDeclined:
		s.coolDown(a, q.ID, max(q.CoolDownMS, shortCoolDown), string(o))
		why = append(why, s.autoPause(a, q)...)
		keep = false
	case fact.OfferBusy:
		s.coolDown(a, q.ID, shortCoolDown, string(o))
	case fact.OfferUnreachable:
		// Not the agent's fault. Unless the registrar knows of a phone, the line is down until it says otherwise.
		if p, known := s.phone(a.Extension); e == queue.PhoneUnreachable && a.Extension != "" && (!known || !p.Reachable) {
			a.Line = agent.Unregistered
		} else {
			s.coolDown(a, q.ID, max(q.CoolDownMS, shortCoolDown), string(o))
		}
	default:
	}
	s.agentOver(a, agent.Over, 0, keep, why...)
}

// autoPause counts a call that the agent let ring or refused (FEATURES §2.3: a busy phone and one that cannot be reached are no fault of theirs),
// and pauses them after as many in a row as their queue says, from it or from all. A status chosen for afterwards or locked by a supervisor
// goes before (FEATURES §2.3: precedence when a call ends). What it did is told as reasons.
func (s *State) autoPause(a *agent.Agent, q *Queue) []fact.Reason {
	a.Misses++
	if a.Misses < cmp.Or(q.AutoPause.After, 1) || !a.Next.Yields(agent.ByAutoPause) || agent.Weigh(a.Standing(), agent.MissedTooOften).Ignore != "" {
		return nil
	}
	switch q.AutoPause.Scope {
	case AutoPauseQueue:
		if a.PausedHere(q.ID) != nil {
			return nil
		}
		a.Misses = 0
		a.PausedIn = append(a.PausedIn, agent.QueuePause{Queue: q.ID, Pause: q.AutoPause.Pause})
		return []fact.Reason{{Code: "agent.auto_paused_in_queue", Detail: q.ID}}
	case AutoPauseAll:
		a.Misses = 0
		a.Next = agent.Next{Declared: agent.Pause, Pause: q.AutoPause.Pause, By: agent.ByAutoPause}
		return []fact.Reason{{Code: "agent.auto_paused", Detail: q.ID}}
	default:
		return nil
	}
}

// missedRecall counts a caller whom an agent handed over and left, and whom they let ring when nobody else took them: a call of the queue it was
// answered from that rang in vain, as any other (FEATURES §2.3: « ringing, ring timeout: optional auto-pause »). What it did is told as reasons.
func (s *State) missedRecall(c *call.Call, leg plan.LegID, r Refusal) []fact.Reason {
	a := s.agentOn(leg)
	q, ok := s.siteOf(c).queue(c.AnsweredIn)
	if a == nil || !ok || a.Declared != agent.Available || r != RefusedNoAnswer && r != RefusedDeclined {
		return nil
	}
	s.touchAgent(a)
	return s.autoPause(a, &q)
}

// backToAll ends what auto-pause holds against an agent who declares themselves available.
func (s *State) backToAll(a *agent.Agent) {
	if len(a.PausedIn) > 0 || a.Misses > 0 {
		s.touchAgent(a)
		a.PausedIn, a.Misses = nil, 0
		s.dirty = true
	}
}
