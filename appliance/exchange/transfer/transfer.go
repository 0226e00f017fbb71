// Package transfer hands the other party of a call to another person, and gives it back when that person cannot be had.
//
// It is the state table and values only: the exchange carries out what a move asks for.
package transfer

import "autocom/appliance/exchange/plan"

// Manner is how a party is handed over.
type Manner string

// The manners.
const (
	Blind    Manner = "blind"    // without a word with the target
	Attended Manner = "attended" // after, or while calling, the target
)

// Transfer is one party being handed over. The zero value is "none".
type Transfer struct {
	State    State      `json:"state"`
	Manner   Manner     `json:"manner,omitempty"`
	By       string     `json:"by,omitempty"`       // the extension that hands over
	Referrer plan.LegID `json:"referrer,omitempty"` // its leg; empty: it has left
	Refer    uint64     `json:"refer,omitempty"`    // its request, to be answered
	Rung     plan.LegID `json:"rung,omitempty"`     // the leg of the target, or of the recall
}

// Out reports whether a party is between two people.
func (t Transfer) Out() bool { return t.State != None && t.State != Over }

// State is where a transfer stands.
type State uint8

// The states; the zero value is no transfer at all.
const (
	None         State = iota
	Calling            // the target was called; whoever hands over still holds the line
	Ringing            // it rings, and they still hold the line
	CallingAlone       // the target was called; whoever hands over has left
	RingingAlone       // it rings, and they have left
	Recalling          // the target could not be had: the phone of whoever handed over is rung again
	Over
)

// States lists the states in order.
func States() []State { return []State{Calling, Ringing, CallingAlone, RingingAlone, Recalling, Over} }

func (s State) String() string {
	switch s {
	case Calling:
		return "calling"
	case Ringing:
		return "ringing"
	case CallingAlone:
		return "calling alone"
	case RingingAlone:
		return "ringing alone"
	case Recalling:
		return "recalling"
	case Over:
		return "over"
	default:
		return "none"
	}
}

// Alone reports whether whoever hands over has left.
func (s State) Alone() bool { return s == CallingAlone || s == RingingAlone || s == Recalling }

// Event is one thing that can happen to a transfer; the set is closed.
type Event uint8

// The events.
const (
	TargetRang Event = iota + 1
	TargetAnswered
	TargetLost     // it refused, was not to be had, or rang long enough
	Queued         // the party waits in a queue, or hears a welcome: nobody needs to be rung
	ReferrerLeft   // whoever hands over has hung up
	TakenBack      // whoever hands over wants the party back (« Reprendre »)
	RecallAnswered // they lifted again
	RecallLost     // they did not
	CallOver       // the call ends: the party hung up, or the box ends it
)

// Events lists the events in order.
func Events() []Event {
	return []Event{TargetRang, TargetAnswered, TargetLost, Queued, ReferrerLeft, TakenBack, RecallAnswered, RecallLost, CallOver}
}

func (e Event) String() string {
	switch e {
	case TargetRang:
		return "target rang"
	case TargetAnswered:
		return "target answered"
	case TargetLost:
		return "target lost"
	case Queued:
		return "queued"
	case ReferrerLeft:
		return "referrer left"
	case TakenBack:
		return "taken back"
	case RecallAnswered:
		return "recall answered"
	case RecallLost:
		return "recall lost"
	case CallOver:
		return "call over"
	default:
		return "unknown"
	}
}

// Deed is what the exchange does for a move.
type Deed uint8

// The deeds.
const (
	Nothing Deed = iota
	SayRinging
	Join     // the party and the target hear each other; whoever handed over is let go
	LetGo    // whoever handed over is let go; nobody is joined yet
	GiveBack // the party and whoever handed over hear each other again
	Recall   // their phone is rung
	Return   // the party goes back where it waited before, or is turned away
	End      // the transfer ends with the call
)

func (d Deed) String() string {
	switch d {
	case Nothing:
		return ""
	case SayRinging:
		return "say that it rings"
	case Join:
		return "join"
	case LetGo:
		return "let go"
	case GiveBack:
		return "give back"
	case Recall:
		return "recall"
	case Return:
		return "back to the queue, or turn away"
	case End:
		return "end"
	default:
		return "unknown"
	}
}

// Move is what a transfer does with an event.
type Move struct {
	Next   State
	Do     Deed
	Ignore string // why nothing happens; empty when something does
}
