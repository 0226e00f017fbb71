package campaign

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
)

// State is where a contact stands.
type State uint8

// The states.
const (
	Waiting   State = iota + 1 // to be called
	Allocated                  // an agent has the card
	Dialling                   // a call is under way
	Resting                    // missed; not to be called before Until
	Done                       // reached, or given up
	Refused                    // the person said no, or took a consent back
	Cancelled                  // not to be called any more, by our own choice
)

// States lists the states in their order.
func States() []State {
	return []State{Waiting, Allocated, Dialling, Resting, Done, Refused, Cancelled}
}

func (s State) String() string {
	switch s {
	case Waiting:
		return "waiting"
	case Allocated:
		return "allocated"
	case Dialling:
		return "dialling"
	case Resting:
		return "resting"
	case Done:
		return "done"
	case Refused:
		return "refused"
	case Cancelled:
		return "cancelled"
	default:
		return "unknown"
	}
}

// Event is what happens to a contact.
type Event uint8

// The events.
const (
	Given    Event = iota + 1 // to an agent
	Back                      // the agent did not call in time, or is gone
	Launched                  // the call is placed
	Missed                    // it reached nobody; there are attempts left
	GivenUp                   // it reached nobody; that was the last attempt, or there is nobody to reach
	Reached                   // somebody talked
	RestOver                  //
	No                        // the person said no, or took the consent back
	Dropped                   // the person was reached otherwise, or somebody of ours took the contact out
	Skipped                   // the agent who has it wants another one first
	Again                     // the agent says after the call that there must be another one
)

// Events lists the events in their order.
func Events() []Event {
	return []Event{Given, Back, Launched, Missed, GivenUp, Reached, RestOver, No, Dropped, Skipped, Again}
}

func (e Event) String() string {
	switch e {
	case Given:
		return "given"
	case Back:
		return "given back"
	case Launched:
		return "launched"
	case Missed:
		return "missed"
	case GivenUp:
		return "given up"
	case Reached:
		return "reached"
	case RestOver:
		return "rest over"
	case No:
		return "no"
	case Dropped:
		return "dropped"
	case Skipped:
		return "skipped"
	case Again:
		return "again"
	default:
		return "unknown"
	}
}

// Move is what an event does to a contact.
type Move struct {
	Next   State  // the same when nothing changes
	HangUp bool   // the call under way must end at once
	Ignore string // why nothing changes
}

// Step is the state machine of a contact.
func Step(s State, e Event) Move {
	stay := func(why string) Move { return Move{Next: s, Ignore: why} }
	switch s {
	case Waiting:
		switch e {
		case Given:
			return Move{Next: Allocated}
		case No:
			return Move{Next: Refused}
		case Dropped:
			return Move{Next: Cancelled}
		case Back, Launched, Missed, GivenUp, Reached, RestOver, Skipped, Again:
			return stay("nobody has it")
		}
	case Allocated:
		switch e {
		case Back:
			return Move{Next: Waiting}
		case Launched:
			return Move{Next: Dialling}
		case Skipped:
			return Move{Next: Resting}
		case No:
			return Move{Next: Refused}
		case Dropped:
			return Move{Next: Cancelled}
		case Given:
			return stay("an agent has it already")
		case Missed, GivenUp, Reached, RestOver, Again:
			return stay("it is not being called")
		}
	case Dialling:
		switch e {
		case Missed:
			return Move{Next: Resting}
		case GivenUp, Reached:
			return Move{Next: Done}
		case No:
			return Move{Next: Refused, HangUp: true}
		case Dropped:
			return Move{Next: Cancelled, HangUp: true}
		case Given, Launched:
			return stay("it is being called")
		case Back, RestOver, Skipped, Again:
			return stay("the call decides")
		}
	case Resting:
		switch e {
		case RestOver:
			return Move{Next: Waiting}
		case No:
			return Move{Next: Refused}
		case Dropped:
			return Move{Next: Cancelled}
		case Given, Launched:
			return stay("it rests")
		case Back, Missed, GivenUp, Reached, Skipped, Again:
			return stay("nobody has it")
		}
	case Done:
		switch e {
		case No: // the agent says so after the call
			return Move{Next: Refused}
		case Again:
			return Move{Next: Resting}
		case Given, Back, Launched, Missed, GivenUp, Reached, RestOver, Dropped, Skipped:
		}
		return stay("it is over")
	case Refused, Cancelled:
		return stay("it is over")
	}
	return stay("unknown")
}

// Contact is one person to be called.
type Contact struct {
	ID      string       `json:"id"` // of the desk, "p17"
	Subject fact.Subject `json:"subject,omitempty"`
	Number  string       `json:"number"` // E.164, or a short number
	Name    string       `json:"name,omitempty"`
	Custom  []Var        `json:"custom,omitempty"`

	State State  `json:"state"`
	Since int64  `json:"since"`           // Unix ms: when it took this state
	Agent string `json:"agent,omitempty"` // who has it: Allocated and Dialling alone
	Until int64  `json:"until,omitempty"` // Unix ms: given back (Allocated) or called again (Resting) then

	Last  string `json:"last,omitempty"`  // the agent of the last attempt, who may say how it went
	Mark  Mark   `json:"mark,omitempty"`  // what they said
	Later int64  `json:"later,omitempty"` // Unix ms: when the person wants to be called again, said during the call

	Attempts int     `json:"attempts,omitempty"`
	Most     int     `json:"most,omitempty"`  // attempts that were allowed when the last one was made, or when the campaign was stopped during it
	Past     []int64 `json:"past,omitempty"`  // Unix ms of each attempt
	Spoke    int64   `json:"spoke,omitempty"` // Unix ms: when its own last conversation ended, which is no interaction elsewhere
	Result   Result  `json:"result,omitempty"`
	Why      string  `json:"why,omitempty"` // code, of a contact that was refused or cancelled

	Consent policy.Consent `json:"consent,omitzero"`
}

// last reports whether the campaign allows no attempt after the last one.
func (c *Contact) last(k *Campaign) bool { return c.Attempts >= min(c.Most, k.attempts()) }

// Open reports whether it may still be called.
func (c *Contact) Open() bool {
	switch c.State {
	case Waiting, Allocated, Dialling, Resting:
		return true
	case Done, Refused, Cancelled:
	}
	return false
}
