package exchange

import (
	"cmp"
	"slices"
	"strings"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
)

// Who may act on what happens to others (FEATURES §6: the right and the queues are both needed: a supervisor may hear only those he manages).

// bySupervisor is how a supervisor's name begins in By: "supervisor:sam".
const bySupervisor = "supervisor:"

// mayAct says why somebody may not do something to an agent, to a call of a queue, or to both; nil when they may. A supervisor needs the right,
// the queue among theirs, and an agent who serves one of theirs; an empty agent or queue is not asked for. The installer's console and the
// cloud's administrators are not limited: their own rights were checked where they signed in. An agent is nobody's supervisor.
func (s *State) mayAct(by string, right Right, who, queue string) []fact.Reason {
	if strings.HasPrefix(by, byAgent) {
		return []fact.Reason{{Code: "rights.no_supervisor", Detail: by}}
	}
	id, limited := strings.CutPrefix(by, bySupervisor)
	if !limited {
		return nil
	}
	v, ok := s.site.supervisor(id)
	switch {
	case !ok:
		return []fact.Reason{{Code: "supervisor.unknown", Detail: id}}
	case !slices.Contains(v.Rights, right):
		return []fact.Reason{{Code: "rights.missing", Detail: string(right)}}
	case queue != "" && !slices.Contains(v.Queues, queue):
		return []fact.Reason{{Code: "rights.other_queue", Detail: queue}}
	}
	if who == "" {
		return nil
	}
	a := s.agent(who)
	if a == nil {
		return []fact.Reason{{Code: "agent.unknown", Detail: who}}
	}
	if !slices.ContainsFunc(v.Queues, a.Serves) {
		return []fact.Reason{{Code: "rights.other_agent", Detail: who}}
	}
	return nil
}

// mayActAs says why somebody may not act in an agent's place, with their phone or in their call; nil when they may. Agents act for themselves.
func (s *State) mayActAs(by, who string) []fact.Reason {
	switch {
	case by == byAgent+who:
		return nil
	case strings.HasPrefix(by, byAgent):
		return []fact.Reason{{Code: "rights.other_agent", Detail: who}}
	}
	return s.mayAct(by, MayMove, who, "")
}

// mayActOn says why somebody may not do something to a call of others; nil when they may. A call of no queue is its agent's, and one of neither is
// no supervisor's.
func (s *State) mayActOn(c *call.Call, by string, right Right) []fact.Reason {
	queue, who := cmp.Or(c.Visit.Queue, c.AnsweredIn, c.PlacedIn, c.Target.Queue), ""
	if i := slices.IndexFunc(s.agents, func(a *agent.Agent) bool { return a.Call == c.ID }); queue == "" && i >= 0 {
		who = s.agents[i].ID
	}
	if queue == "" && who == "" && strings.HasPrefix(by, bySupervisor) {
		return []fact.Reason{{Code: "rights.other_queue"}}
	}
	return s.mayAct(by, right, who, queue)
}

// byAgent is how an agent's name begins in By: "agent:ana".
const byAgent = "agent:"

// supervisor finds a supervisor of the branch.
func (x *site) supervisor(id string) (Supervisor, bool) {
	i := slices.IndexFunc(x.Supervisors, func(v Supervisor) bool { return v.ID == id })
	if i < 0 {
		return Supervisor{}, false
	}
	return x.Supervisors[i], true
}
