// Package transfer hands the other party of a call to another person, and gives it back when that person cannot be had.
//
// It is the state table and values only: the exchange carries out what a move asks for.
package transfer

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

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
	Rung     plan.LegID `json:"rung,omitempty"`     // the leg of the target, or of the recall; empty: the target is gone

	As     string       `json:"as,omitempty"`     // which of the guide's eight; empty: a phone asked (REFER)
	Callee fact.Subject `json:"callee,omitempty"` // of a target outside
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
	CallingFirst       // the target was called for a word; the party hears music
	RingingFirst       // it rings for a word
	Consulting         // whoever hands over and the target talk; the party hears music
	Keeping            // the target could not be had, or left: the party still hears music, and waits for whoever wanted to hand it over
	Conferring         // all three talk
	Recalling          // the target could not be had: the phone of whoever handed over is rung again
	Over
)

// States lists the states in order.
func States() []State {
	return []State{Calling, Ringing, CallingAlone, RingingAlone, CallingFirst, RingingFirst, Consulting, Keeping, Conferring, Recalling, Over}
}

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
	case CallingFirst:
		return "calling first"
	case RingingFirst:
		return "ringing first"
	case Consulting:
		return "consulting"
	case Keeping:
		return "keeping"
	case Conferring:
		return "conferring"
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

// Joined reports whether whoever hands over talks with the target.
func (s State) Joined() bool { return s == Consulting || s == Conferring }

// Rings reports whether the target, or the phone that is rung back, has not answered yet.
func (s State) Rings() bool { return s >= Calling && s <= RingingFirst || s == Recalling }

// Event is one thing that can happen to a transfer; the set is closed.
type Event uint8

// The events.
const (
	TargetRang Event = iota + 1
	TargetAnswered
	TargetLost     // it refused, was not to be had, or rang long enough
	Queued         // the party waits in a queue, or hears a welcome: nobody needs to be rung
	ReferrerLeft   // whoever hands over has hung up
	Completed      // they leave the party with the target: the second click, or a hang-up where that is the gesture
	Conferred      // they take the party in (« Conférence »)
	PartyLeft      // the party has hung up while they talk with the target
	TargetLeft     // the target has hung up after it answered
	TakenBack      // whoever hands over wants the party back (« Reprendre »)
	RecallAnswered // they lifted again
	RecallLost     // they did not
	CallOver       // the call ends: the party hung up, or the box ends it
)

// Events lists the events in order.
func Events() []Event {
	return []Event{
		TargetRang, TargetAnswered, TargetLost, Queued, ReferrerLeft, Completed, Conferred, PartyLeft, TargetLeft, TakenBack, RecallAnswered, RecallLost, CallOver,
	}
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
	case Completed:
		return "completed"
	case Conferred:
		return "conferred"
	case PartyLeft:
		return "party left"
	case TargetLeft:
		return "target left"
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
	Consult  // whoever hands over and the target hear each other
	Keep     // the target is given up; whoever wanted to hand over hears that, and has the party on hold
	GoBlind  // whoever hands over waits for no word any more
	Confer   // all three hear each other
	Split    // the party's call ends; the two others go on in a call of their own
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
	case Consult:
		return "let the two talk"
	case Keep:
		return "give the target up"
	case GoBlind:
		return "no word first"
	case Confer:
		return "let the three talk"
	case Split:
		return "the two go on in a call of their own"
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
