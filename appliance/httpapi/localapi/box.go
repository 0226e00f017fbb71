package localapi

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/httpapi/identity"
)

// Person is somebody whom the site document names.
type Person struct {
	ID            identity.ID `json:"id"`
	Name          string      `json:"name"`
	Agent         bool        `json:"agent,omitempty"`         // takes calls
	Supervisor    bool        `json:"supervisor,omitempty"`    //
	Administrator bool        `json:"administrator,omitempty"` // may do everything here
	Queues        []string    `json:"queues,omitempty"`        // those they serve as an agent
	Watches       []string    `json:"watches,omitempty"`       // those they see as a supervisor, with the agents who serve one of them
	Rights        []string    `json:"rights,omitempty"`        // of a supervisor
}

// State is the call centre at one moment.
type State struct {
	At     time.Time
	Agents []exchange.AgentView
	Queues []exchange.QueueView
	Calls  []exchange.CallView
}

// Order is a command as exchange.ReadCommand reads it, and who gives it: "agent:ana", "supervisor:sam", "administrator:claire", "key:k3".
type Order struct {
	Name   string
	By     string
	Fields json.RawMessage
}

// Done is what came of an order.
type Done struct {
	Call string          `json:"call,omitempty" doc:"the call it made"`
	Slot string          `json:"slot,omitempty" doc:"where a party was parked"`
	Card json.RawMessage `json:"card,omitempty" doc:"the contact an agent was given"`
	List json.RawMessage `json:"list,omitempty" doc:"what became of a list of contacts"`
}

// RefusedError is why the exchange did not do what it was asked.
type RefusedError struct{ Reasons []fact.Reason }

func (e *RefusedError) Error() string { return "the exchange refused: " + e.Reasons[0].Code }

// MalformedError is an order that cannot be one. Its sentence is for whoever wrote the program.
type MalformedError struct{ Err error }

func (e *MalformedError) Error() string { return e.Err.Error() }

// Box is asked on goroutines of requests, several at once, and may block until their context ends.
type Box interface {
	People() []Person // whom the document in force names, each once, in its order
	State(ctx context.Context) (State, error)
	Order(ctx context.Context, o Order) (Done, error) // the error may be a *RefusedError or a *MalformedError
	// Because is a reason in words, in "fr" or "en".
	Because(language string, r fact.Reason) string
}

// Codes lets in who knows the one-time code of the serial console: *identity.AdminCode does.
type Codes interface {
	Redeem(typed string, from netip.Addr) (by string, err error)
}

// Deed is what somebody did here, for the box's records.
type Deed struct {
	Kind DeedKind
	By   string // "agent:ana", "guest:uid:0"; who tried to be somebody: "ana"
	Of   string // whom or what it is about
	From netip.Addr
}

// DeedKind is one of the kinds of deeds.
type DeedKind string

// The deeds.
const (
	SignedIn        DeedKind = "sign_in"
	SignInRefused   DeedKind = "sign_in.refused"
	SignedOut       DeedKind = "sign_out"
	PasswordChosen  DeedKind = "password.chosen"
	PasswordChanged DeedKind = "password.changed"
	PersonInvited   DeedKind = "person.invited"
	PersonForgotten DeedKind = "person.forgotten"
	KeyMade         DeedKind = "key.made"
	KeyWithdrawn    DeedKind = "key.withdrawn"
	RightMissing    DeedKind = "right.missing" // somebody asked for what is not theirs
)
