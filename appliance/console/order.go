package console

import (
	"encoding/json"
	"fmt"
)

// Order is what an agent or a supervisor asks for, as programs write it at POST /v1/command:
//
//	{"command": "call.hold", "agent": "ana", "on": true}
//
// The names and the fields are those of exchange.ReadCommand.
type Order struct {
	Name   string
	By     string          // the peer's user
	Fields json.RawMessage // the object without its "command"
}

// Done is what came of an order.
type Done struct {
	Call string `json:"call,omitempty"` // the call it made
	Slot string `json:"slot,omitempty"` // where a party was parked
	Card *Card  `json:"card,omitempty"` // the contact an agent was given
	List *List  `json:"list,omitempty"` // what became of a list of contacts
}

// Card is a contact of a campaign, as its agent sees it.
type Card struct {
	Contact  string `json:"contact"`
	Campaign string `json:"campaign"`
	Name     string `json:"name,omitempty"`
	Number   string `json:"number"` // E.164
	Attempts int    `json:"attempts"`
	Custom   []Var  `json:"custom,omitempty"`
	Until    int64  `json:"until"` // Unix ms: somebody else's then
}

// Var is something the customer's own application knows of a contact.
type Var struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// List is what became of a list of contacts. It holds no number.
type List struct {
	Taken    int    `json:"taken"`
	Rejected []Line `json:"rejected,omitempty"`
}

// Line is a line that was not taken, and why.
type Line struct {
	Line   int    `json:"line"` // from 1
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// readOrder reads a body that names its command. isOrder is false for the commands of [Verb].
func readOrder(text []byte, by string) (o Order, isOrder bool, err error) {
	all := map[string]json.RawMessage{}
	if json.Unmarshal(text, &all) != nil {
		return o, false, nil // the other reader says what is wrong
	}
	name, isOrder := all["command"]
	if !isOrder {
		return o, false, nil
	}
	o.By = by
	if err := json.Unmarshal(name, &o.Name); err != nil {
		return o, true, fmt.Errorf("command: its name is no text: %w", err)
	}
	delete(all, "command")
	if o.Fields, err = json.Marshal(all); err != nil {
		return o, true, fmt.Errorf("command %s: %w", o.Name, err)
	}
	return o, true, nil
}
