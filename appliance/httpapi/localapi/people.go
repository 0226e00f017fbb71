package localapi

import (
	"context"
	"net/http"
	"time"

	"autocom/appliance/httpapi/identity"
)

// Entry is a person in the list of those who may sign in.
type Entry struct {
	Person
	Password *time.Time `json:"password,omitempty" doc:"chosen then; absent: none yet"`
	Invited  *time.Time `json:"invited,omitempty" doc:"an invitation lasts until then"`
}

// Invitation is what an administrator hands to a person. It is shown once.
type Invitation struct {
	ID    identity.ID `json:"id"`
	Code  string      `json:"code"`
	Until time.Time   `json:"until"`
}

func (a *api) peopleRoutes(r router) {
	administers := access{administrator: true}
	handle(r, route{method: "GET", path: "people", summary: "Who may sign in, and how far they are", access: administers}, func(context.Context, caller, *none) ([]Entry, error) {
		out := []Entry{}
		for _, p := range a.Box.People() {
			e, s := Entry{Person: p}, a.Book.State(p.ID)
			if !s.Password.IsZero() {
				e.Password = &s.Password
			}
			if !s.Invited.IsZero() {
				e.Invited = &s.Invited
			}
			out = append(out, e)
		}
		return out, nil
	})
	handle(r, route{method: "POST", path: "people/{id}/invitation", summary: "Invite a person to choose a password", access: administers}, func(ctx context.Context, who caller, in *idInput) (Invitation, error) {
		id := identity.ID(in.ID)
		if _, named := a.person(id); !named {
			return Invitation{}, troubled(http.StatusNotFound, "person.unknown")
		}
		code, until, err := a.Book.Invite(id, who.name(who.role()))
		if err != nil {
			return Invitation{}, err
		}
		a.deed(ctx, PersonInvited, who.name(who.role()), in.ID)
		return Invitation{ID: id, Code: code, Until: until}, nil
	})
	order(r, route{method: "DELETE", path: "people/{id}/password", summary: "Take a person's password and invitation away, and sign them out", access: administers}, func(ctx context.Context, who caller, in *idInput) error {
		if err := a.Book.Forget(identity.ID(in.ID)); err != nil {
			return err
		}
		a.deed(ctx, PersonForgotten, who.name(who.role()), in.ID)
		return a.Sessions.EndOf(identity.ID(in.ID), "")
	})
}
