package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Linker is the link to the central console. Its methods may block until their context ends.
type Linker interface {
	Link(ctx context.Context) (LinkStatus, error)
	// Enrol makes the box one of the central console's. The error is a sentence with its remedy.
	Enrol(ctx context.Context, e Enrolment) (LinkStatus, error)
	// Leave forgets the central console; the document in force stays.
	Leave(ctx context.Context) error
}

// LinkError is a refused word with the central console, with a code by which pages find their own words for it.
type LinkError struct {
	Code     string // "claim.unknown", "server.unreachable": those of the wire, and "link.failed" for the rest
	Sentence string
	Remedy   string
	Detail   string // what shows it, in no language: an address, a certificate's issuer, a time
}

func (e *LinkError) Error() string {
	if e.Remedy == "" {
		return e.Sentence
	}
	return e.Sentence + ": " + e.Remedy
}

// Administration lets the first person in.
type Administration interface {
	// AdminCode makes a code with which one person may sign in at the box's own page, once. The one before is over.
	AdminCode(ctx context.Context, by string) (AdminCode, error)
}

// Enrolment is which central console, and the claim code an administrator got there.
type Enrolment struct {
	Server string `json:"server"` // https://host:port
	Claim  string `json:"claim"`
}

// AdminCode is a code that works once.
type AdminCode struct {
	Code  string    `json:"code"`
	Until time.Time `json:"until"`
	Page  string    `json:"page,omitempty"` // where it is typed; empty: the box shows no page
}

// LinkStatus is how the link to the central console is.
type LinkStatus struct {
	Enrolled bool      `json:"enrolled"`
	Server   string    `json:"server,omitempty"`
	Tenant   string    `json:"tenant,omitempty"` // the customer, in words
	Site     string    `json:"site,omitempty"`   // as the console calls it
	Device   string    `json:"device,omitempty"`
	Up       bool      `json:"up"`
	Since    time.Time `json:"since"`             // it is up, or not
	Trouble  string    `json:"trouble,omitempty"` // why it is not up, in words
	Code     string    `json:"code,omitempty"`    // and its stable name, as in LinkError
	Detail   string    `json:"detail,omitempty"`  // what shows it, in no language
	Revision uint64    `json:"revision"`          // of the document in force; 0: none from the console
	Trial    uint64    `json:"trial,omitempty"`   // a revision that is in force on trial
	Why      string    `json:"why,omitempty"`     // why the last revision was refused, or went back
	Waiting  uint64    `json:"waiting"`           // facts that are not in the console yet; about
	Oldest   time.Time `json:"oldest"`            // of the oldest of them
	Expires  time.Time `json:"expires"`           // the box's certificate
	Revoked  bool      `json:"revoked,omitempty"` // the console let the box go: it must be enrolled again
	Clock    string    `json:"clock,omitempty"`   // "ntp", "cloud" or "unsynced"
}

func (h handler) link(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/link", func(w http.ResponseWriter, r *http.Request) { answer(w)(h.box.Link(r.Context())) })
	mux.HandleFunc("POST /v1/link", func(w http.ResponseWriter, r *http.Request) {
		var e Enrolment
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			fail(w, http.StatusBadRequest, fmt.Errorf("enrolment: %w", err))
			return
		}
		answer(w)(h.box.Enrol(r.Context(), e))
	})
	mux.HandleFunc("DELETE /v1/link", func(w http.ResponseWriter, r *http.Request) { answer(w)(struct{}{}, h.box.Leave(r.Context())) })
	mux.HandleFunc("POST /v1/admin-code", func(w http.ResponseWriter, r *http.Request) {
		by := "uid:unknown"
		if p, ok := r.Context().Value(peerKey{}).(peer); ok {
			by = userName(p.uid)
		}
		answer(w)(h.box.AdminCode(r.Context(), by))
	})
}

// Link asks how the link to the central console is.
func (c *Client) Link(ctx context.Context) (LinkStatus, error) {
	return ask[LinkStatus](ctx, c, http.MethodGet, "/v1/link", nil)
}

// Enrol asks the box to join the central console.
func (c *Client) Enrol(ctx context.Context, e Enrolment) (LinkStatus, error) {
	return ask[LinkStatus](ctx, c, http.MethodPost, "/v1/link", e)
}

// Leave asks the box to forget the central console.
func (c *Client) Leave(ctx context.Context) error {
	_, err := ask[struct{}](ctx, c, http.MethodDelete, "/v1/link", nil)
	return err
}

// AdminCode asks for a code with which somebody may sign in at the box's own page, once.
func (c *Client) AdminCode(ctx context.Context) (AdminCode, error) {
	return ask[AdminCode](ctx, c, http.MethodPost, "/v1/admin-code", nil)
}
