package localapi

import (
	"context"
	"net/http"
	"time"

	"autocom/appliance/httpapi/identity"
)

// Key is a program's, as lists show it.
type Key struct {
	ID     string           `json:"id"`
	Name   string           `json:"name"`
	Scopes []identity.Scope `json:"scopes"`
	By     string           `json:"by"`
	Made   time.Time        `json:"made"`
	Until  *time.Time       `json:"until,omitempty"`
	Used   *time.Time       `json:"used,omitempty" doc:"to the hour; absent: never"`
}

// NewKey is a key as its program needs it.
type NewKey struct {
	Key
	Token string `json:"token" doc:"what the program shows as its bearer token; told this once"`
}

type keyInput struct {
	Body struct {
		Name   string           `json:"name" maxLength:"60" doc:"which program it is for"`
		Scopes []identity.Scope `json:"scopes" maxItems:"10"`
		Until  time.Time        `json:"until,omitzero"`
	}
}

func keyShown(k identity.Key) Key {
	out := Key{ID: k.ID, Name: k.Name, Scopes: k.Scopes, By: k.By, Made: k.Made}
	if !k.Until.IsZero() {
		out.Until = &k.Until
	}
	if !k.Used.IsZero() {
		out.Used = &k.Used
	}
	return out
}

func (a *api) keyRoutes(r router) {
	administers := access{administrator: true}
	handle(r, route{method: "GET", path: "keys", summary: "The keys of programs", access: administers}, func(context.Context, caller, *none) ([]Key, error) {
		out := []Key{}
		for _, k := range a.Book.Keys() {
			out = append(out, keyShown(k))
		}
		return out, nil
	})
	handle(r, route{method: "POST", path: "keys", summary: "Make a key for a program", access: administers}, func(ctx context.Context, who caller, in *keyInput) (NewKey, error) {
		k, token, err := a.Book.NewKey(in.Body.Name, in.Body.Scopes, who.name(who.role()), in.Body.Until)
		if err != nil {
			return NewKey{}, &trouble{status: http.StatusUnprocessableEntity, code: "key.refused", cause: err}
		}
		a.deed(ctx, KeyMade, who.name(who.role()), k.ID)
		return NewKey{Key: keyShown(k), Token: token}, nil
	})
	order(r, route{method: "DELETE", path: "keys/{id}", summary: "Withdraw a key", access: administers}, func(ctx context.Context, who caller, in *idInput) error {
		there, err := a.Book.Withdraw(in.ID)
		if err != nil {
			return err
		}
		if !there {
			return troubled(http.StatusNotFound, "key.unknown")
		}
		a.deed(ctx, KeyWithdrawn, who.name(who.role()), in.ID)
		return nil
	})
}
