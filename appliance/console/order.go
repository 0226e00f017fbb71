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
