package exchange

import (
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/routing"
)

// newSite makes a branch ready for look-ups.
func newSite(b Branch) *site {
	d := routing.Directory{Country: b.Country, Outside: b.Outside, Emergency: b.Emergency.Numbers}
	if len(d.Emergency) == 0 {
		d.Emergency = policy.Emergency(b.Country)
	} else if !slices.Contains(d.Emergency, "112") { // owed whatever the document says
		d.Emergency = append(slices.Clip(d.Emergency), "112")
	}
	numbers := make(map[string]int, len(b.Extensions))
	for i, x := range slices.Backward(b.Extensions) { // of two the first counts
		numbers[x.Number] = i
	}
	for _, x := range b.Extensions {
		d.Extensions = append(d.Extensions, routing.Extension{Number: x.Number, Outside: x.Outside})
	}
	for _, t := range b.Trunks {
		d.Trunks = append(d.Trunks, routing.Trunk{Name: t.Name, Prefixes: t.Prefixes})
	}
	for _, v := range b.Services {
		d.Services = append(d.Services, routing.Service{Number: v.Number, Active: v.Active})
	}
	return &site{Branch: b, table: routing.New(d), numbers: numbers, queues: queuesByID(b), ranks: ranksOf(b)}
}

// started takes the numbers of this process. A resumed state keeps counting when the epoch is the same.
func (s *State) started(in Started) {
	if in.Epoch != s.epoch {
		s.epoch = in.Epoch
		s.nextCall, s.nextLeg, s.nextRec = 0, 0, 0
		s.draws = uint64(in.Epoch)
	}
}

// siteChanged lives by a new branch from here on. Calls that run keep theirs; agents keep what they do and are told of their new queues.
func (s *State) siteChanged(in SiteChanged) {
	previous := s.site.Revision
	x := newSite(in.Branch)
	kept := make([]*site, 0, len(s.sites)+1)
	for _, o := range s.sites {
		if o.Revision != x.Revision {
			kept = append(kept, o)
		}
	}
	s.sites = append(kept, x)
	s.site = x
	s.tell(fact.SiteApplied{Revision: x.Revision, Previous: previous})
	s.staff(x)
	s.campaigns(x)
	s.forgetSites()
	s.lookAll()
	s.dirty = true
}

// staff brings the agents in line with the document, in its order.
func (s *State) staff(x *site) {
	var now []*agent.Agent
	for _, d := range x.Agents {
		a := s.agent(d.ID)
		if a == nil {
			a = &agent.Agent{ID: d.ID, Session: agent.LoggedOut, Declared: agent.Available, Activity: agent.Idle, Line: agent.Registered, Since: s.clock, SeenFrom: s.clock}
			if d.LoggedIn && d.Extension == "" && d.Outside != "" {
				a.Session = agent.LoggedIn
			} else if _, ok := x.extension(d.Extension); ok && d.LoggedIn && !slices.ContainsFunc(now, func(o *agent.Agent) bool {
				return o.Extension == d.Extension && o.Session == agent.LoggedIn
			}) && s.agentAt(d.Extension) == nil {
				a.Session, a.Extension, a.Line = agent.LoggedIn, d.Extension, s.lineOf(d.Extension, false)
			}
			a.Name, a.Queues, a.Skills, a.Outside = d.Name, d.Queues, skillsOf(d), d.Outside
			now = append(now, a)
			s.tell(s.changed(a, fact.Reason{Code: "site.applied", Detail: x.Revision}))
			continue
		}
		s.touchAgent(a)
		a.Name, a.Queues, a.Skills, a.Outside = d.Name, d.Queues, skillsOf(d), d.Outside
		if a.Session == agent.Leaving {
			a.Session = agent.LoggedOut
			s.tell(s.changed(a, fact.Reason{Code: "site.applied", Detail: x.Revision}))
		}
		now = append(now, a)
	}
	gone := slices.DeleteFunc(slices.Clone(s.agents), func(a *agent.Agent) bool { return slices.Contains(now, a) })
	s.agents = slices.Concat(now, gone)
	for _, a := range gone {
		s.touchAgent(a)
		if a.Session != agent.Leaving {
			a.Session, a.Next = agent.Leaving, agent.Next{}
			s.tell(s.changed(a, fact.Reason{Code: "site.agent_removed", Detail: x.Revision}))
		}
		s.letGo(a)
	}
}

func skillsOf(d Agent) []agent.Skill {
	out := make([]agent.Skill, 0, len(d.Skills))
	for _, k := range d.Skills {
		out = append(out, agent.Skill(k))
	}
	return slices.Clip(out)
}
