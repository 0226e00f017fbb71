package localapi

import (
	"context"
	"net/http"
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/httpapi/identity"
)

// Colleague is an agent as other agents see them: enough to hand a call over.
type Colleague struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Extension string `json:"extension,omitempty"`
	Free      bool   `json:"free" doc:"available, and in no call"`
}

type idInput struct {
	ID string `path:"id" maxLength:"100"`
}

func (a *api) stateRoutes(r router) {
	sees := access{scope: identity.ReadState}
	handle(r, route{method: "GET", path: "agents", summary: "The agents one may watch: all of them, those of one's queues, or oneself", access: sees}, a.agents)
	handle(r, route{method: "GET", path: "agents/{id}", summary: "One agent", access: sees}, a.agent)
	handle(r, route{method: "GET", path: "colleagues", summary: "Every agent, as much as another agent needs to know", access: sees}, a.colleagues)
	handle(r, route{method: "GET", path: "queues", summary: "The queues one serves or watches", access: sees}, a.queues)
	handle(r, route{method: "GET", path: "calls", summary: "The calls one may see: all of them, those of one's queues, or one's own", access: sees}, a.calls)
}

func (a *api) agents(ctx context.Context, who caller, _ *none) ([]exchange.AgentView, error) {
	s, err := a.Box.State(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(s.Agents), func(v exchange.AgentView) bool { return !who.sees(v) }), nil
}

// agent is one of those. Somebody else's is answered as one who is not there: who may not know does not learn that either.
func (a *api) agent(ctx context.Context, who caller, in *idInput) (exchange.AgentView, error) {
	all, err := a.agents(ctx, who, nil)
	if err != nil {
		return exchange.AgentView{}, err
	}
	i := slices.IndexFunc(all, func(v exchange.AgentView) bool { return v.ID == in.ID })
	if i < 0 {
		return exchange.AgentView{}, troubled(http.StatusNotFound, "not_found")
	}
	return all[i], nil
}

func (a *api) colleagues(ctx context.Context, _ caller, _ *none) ([]Colleague, error) {
	s, err := a.Box.State(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Colleague, 0, len(s.Agents))
	for _, v := range s.Agents {
		out = append(out, Colleague{ID: v.ID, Name: v.Name, Extension: v.Extension, Free: v.Session == "logged_in" && v.Declared == "available" && v.Activity == "idle"})
	}
	return out, nil
}

func (a *api) queues(ctx context.Context, who caller, _ *none) ([]exchange.QueueView, error) {
	s, err := a.Box.State(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(s.Queues), func(v exchange.QueueView) bool {
		return !who.all() && !slices.Contains(who.person.Queues, v.ID) && !slices.Contains(who.person.Watches, v.ID)
	}), nil
}

func (a *api) calls(ctx context.Context, who caller, _ *none) ([]exchange.CallView, error) {
	s, err := a.Box.State(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(s.Calls), func(v exchange.CallView) bool { return !who.seesCall(v, s.Agents) }), nil
}

// sees is whether they may know what an agent does.
func (c caller) sees(v exchange.AgentView) bool {
	return c.all() || c.person.Agent && v.ID == string(c.person.ID) ||
		c.person.Supervisor && slices.ContainsFunc(v.Queues, func(q string) bool { return slices.Contains(c.person.Watches, q) })
}

// seesCall is whether they may know of a call: their own, or one of a queue they watch, or of an agent of it.
func (c caller) seesCall(v exchange.CallView, agents []exchange.AgentView) bool {
	if c.all() || c.person.Agent && v.Agent == string(c.person.ID) {
		return true
	}
	if !c.person.Supervisor {
		return false
	}
	if v.Queue != "" {
		return slices.Contains(c.person.Watches, v.Queue)
	}
	i := slices.IndexFunc(agents, func(w exchange.AgentView) bool { return w.ID == v.Agent })
	return v.Agent != "" && i >= 0 && c.sees(agents[i])
}
