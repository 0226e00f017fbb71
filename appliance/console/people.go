package console

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// People are those who may sign in at the box's own page. Methods may block until their context ends; the error is ErrNotFound for somebody whom the
// site document does not name.
type People interface {
	People(ctx context.Context) ([]Person, error)
	// Invite makes a code with which a person chooses a password. The invitation before is over.
	Invite(ctx context.Context, id, by string) (Invitation, error)
	// Forget takes a person's password and invitation away, and signs them out.
	Forget(ctx context.Context, id, by string) error
}

// Person is somebody whom the site document names.
type Person struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Roles    []string  `json:"roles"`    // "agent", "supervisor", "administrator"
	Password time.Time `json:"password"` // chosen then; zero: none
	Invited  time.Time `json:"invited"`  // until then; zero: no invitation that is still good
}

// Invitation is what is handed to a person. It is told once.
type Invitation struct {
	ID    string    `json:"id"`
	Code  string    `json:"code"`
	Until time.Time `json:"until"`
	Page  string    `json:"page,omitempty"` // where it is typed
}

func (h handler) people(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/people", func(w http.ResponseWriter, r *http.Request) { answer(w)(h.box.People(r.Context())) })
	mux.HandleFunc("POST /v1/people/{id}/invitation", func(w http.ResponseWriter, r *http.Request) {
		answer(w)(h.box.Invite(r.Context(), r.PathValue("id"), asker(r)))
	})
	mux.HandleFunc("DELETE /v1/people/{id}/password", func(w http.ResponseWriter, r *http.Request) {
		answer(w)(struct{}{}, h.box.Forget(r.Context(), r.PathValue("id"), asker(r)))
	})
}

// People asks who may sign in at the box's own page.
func (c *Client) People(ctx context.Context) ([]Person, error) {
	return ask[[]Person](ctx, c, http.MethodGet, "/v1/people", nil)
}

// Invite asks for a code with which a person chooses a password.
func (c *Client) Invite(ctx context.Context, id string) (Invitation, error) {
	return ask[Invitation](ctx, c, http.MethodPost, "/v1/people/"+url.PathEscape(id)+"/invitation", nil)
}

// Forget takes a person's password and invitation away.
func (c *Client) Forget(ctx context.Context, id string) error {
	_, err := ask[struct{}](ctx, c, http.MethodDelete, "/v1/people/"+url.PathEscape(id)+"/password", nil)
	return err
}
