package localapi

import (
	"context"
	"encoding/json"
	"net/http"

	"autocom/appliance/httpapi/identity"
)

type commandInput struct {
	Body struct {
		Command string          `json:"command" maxLength:"60" doc:"its name: call.hold, agent.declare, …"`
		As      string          `json:"as,omitempty" enum:"agent,supervisor,administrator" doc:"in which role, for who has several"`
		Fields  json.RawMessage `json:"fields,omitempty" doc:"an object with what the command needs"`
	}
}

func (a *api) commandRoutes(r router) {
	handle(r, route{
		method: "POST", path: "commands", summary: "Give a command of the call centre; the answer comes when the exchange has done it", body: listMost,
		access: access{scope: identity.GiveCommands},
	}, a.command)
}

func (a *api) command(ctx context.Context, who caller, in *commandInput) (Done, error) {
	by, err := who.gives(in.Body.As)
	if err != nil {
		return Done{}, err
	}
	return a.Box.Order(ctx, Order{Name: in.Body.Command, By: by, Fields: in.Body.Fields})
}

// gives is the name under which somebody gives a command: one of their own roles, never what the request says they are.
func (c caller) gives(as string) (string, error) {
	if c.isKey() || c.guest != "" {
		if as != "" && as != roleAdministrator {
			return "", troubled(http.StatusForbidden, "right.missing")
		}
		return c.name(roleAdministrator), nil
	}
	has := map[string]bool{roleAgent: c.person.Agent, roleSupervisor: c.person.Supervisor, roleAdministrator: c.person.Administrator}
	if as != "" {
		if !has[as] {
			return "", troubled(http.StatusForbidden, "right.missing")
		}
		return c.name(as), nil
	}
	var only string
	for role, is := range has {
		if is && only != "" {
			return "", troubled(http.StatusUnprocessableEntity, "role.unclear")
		}
		if is {
			only = role
		}
	}
	return c.name(only), nil
}
