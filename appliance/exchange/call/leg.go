package call

import "autocom/appliance/exchange/plan"

// Way is who began a leg.
type Way string

// The two ways.
const (
	In  Way = "in"  // the far end called us
	Out Way = "out" // we called it
)

// LegState is where one dialog stands, as the exchange knows it.
type LegState uint8

// The states of a leg.
const (
	Offered     LegState = iota + 1 // came in, nothing said yet
	Progressing                     // came in, we said that the other side rings
	Answering                       // came in, we answered, not confirmed yet
	Placed                          // goes out, nothing heard yet
	Ringing                         // goes out, the far end rings
	Early                           // goes out, the far end sends its own sound before it answers
	Up                              // answered
	Held                            // answered, the far end put us on hold
	Ending                          // we hung up or refused, the end is not confirmed yet
	Gone                            // over
)

// LegStates lists the states in order.
func LegStates() []LegState {
	return []LegState{Offered, Progressing, Answering, Placed, Ringing, Early, Up, Held, Ending, Gone}
}

func (s LegState) String() string {
	switch s {
	case Offered:
		return "offered"
	case Progressing:
		return "progressing"
	case Answering:
		return "answering"
	case Placed:
		return "placed"
	case Ringing:
		return "ringing"
	case Early:
		return "early"
	case Up:
		return "up"
	case Held:
		return "held"
	case Ending:
		return "ending"
	case Gone:
		return "gone"
	default:
		return "unknown"
	}
}

// LegEvent is one thing that can happen to a leg; the set is closed.
type LegEvent uint8

// The events: what the peer did (Peer…) and what we did (We…).
const (
	PeerRang     LegEvent = iota + 1
	PeerRangLoud          // rang with its own sound
	PeerAnswered          // answered, or confirmed our answer
	PeerRefused
	PeerEnded
	PeerHeld
	PeerTookBack
	WeProgressed
	WeAnswered
	WeEnded // hung up or refused
)

// LegEvents lists the events in order.
func LegEvents() []LegEvent {
	return []LegEvent{PeerRang, PeerRangLoud, PeerAnswered, PeerRefused, PeerEnded, PeerHeld, PeerTookBack, WeProgressed, WeAnswered, WeEnded}
}

func (e LegEvent) String() string {
	switch e {
	case PeerRang:
		return "peer rang"
	case PeerRangLoud:
		return "peer rang with sound"
	case PeerAnswered:
		return "peer answered"
	case PeerRefused:
		return "peer refused"
	case PeerEnded:
		return "peer ended"
	case PeerHeld:
		return "peer held"
	case PeerTookBack:
		return "peer took back"
	case WeProgressed:
		return "we progressed"
	case WeAnswered:
		return "we answered"
	case WeEnded:
		return "we ended"
	default:
		return "unknown"
	}
}

// LegMove is what a leg does with an event.
type LegMove struct {
	Next   LegState
	Again  bool   // hang up once more: the answer crossed our hang-up
	Ignore string // why nothing happens; empty when something does
}

// StepLeg is the whole life of a leg: the next state for every state and event.
func StepLeg(s LegState, e LegEvent) LegMove {
	if s < Offered || s > Gone || e < PeerRang || e > WeEnded {
		return LegMove{Next: s, Ignore: "no such state or event"}
	}
	m := legMoves[s][e]
	if m.Ignore != "" {
		m.Next = s
	}
	return m
}

const (
	notPlaced   = "a leg that came in is not rung by us"
	notIn       = "only a leg that came in is answered by us"
	alreadyUp   = "it is answered already: a late or repeated message"
	notAnswered = "hold is agreed only once it is answered"
	ended       = "we ended it: only its end still matters"
	gone        = "it is over"
	answeredOut = "an answered dialog is ended, not refused"
	notRefused  = "a leg that came in cannot refuse us"
	notOffered  = "it was never answered by us, so there is nothing to confirm"
)

//nolint:gochecknoglobals // the table itself; never assigned again
var legMoves = [Gone + 1][WeEnded + 1]LegMove{
	Offered: {
		PeerRang: {Ignore: notPlaced}, PeerRangLoud: {Ignore: notPlaced}, PeerAnswered: {Ignore: notOffered}, PeerRefused: {Ignore: notRefused},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: notAnswered}, PeerTookBack: {Ignore: notAnswered},
		WeProgressed: {Next: Progressing}, WeAnswered: {Next: Answering}, WeEnded: {Next: Ending},
	},
	Progressing: {
		PeerRang: {Ignore: notPlaced}, PeerRangLoud: {Ignore: notPlaced}, PeerAnswered: {Ignore: notOffered}, PeerRefused: {Ignore: notRefused},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: notAnswered}, PeerTookBack: {Ignore: notAnswered},
		WeProgressed: {Next: Progressing}, WeAnswered: {Next: Answering}, WeEnded: {Next: Ending},
	},
	Answering: {
		PeerRang: {Ignore: notPlaced}, PeerRangLoud: {Ignore: notPlaced}, PeerAnswered: {Next: Up}, PeerRefused: {Ignore: notRefused},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: "RFC 3261 §14.1: no re-INVITE before the first one is confirmed"}, PeerTookBack: {Ignore: notAnswered},
		WeProgressed: {Ignore: alreadyUp}, WeAnswered: {Ignore: alreadyUp}, WeEnded: {Next: Ending},
	},
	Placed: {
		PeerRang: {Next: Ringing}, PeerRangLoud: {Next: Early}, PeerAnswered: {Next: Up}, PeerRefused: {Next: Gone},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: notAnswered}, PeerTookBack: {Ignore: notAnswered},
		WeProgressed: {Ignore: notIn}, WeAnswered: {Ignore: notIn}, WeEnded: {Next: Ending},
	},
	Ringing: {
		PeerRang: {Ignore: "it rings already"}, PeerRangLoud: {Next: Early}, PeerAnswered: {Next: Up}, PeerRefused: {Next: Gone},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: notAnswered}, PeerTookBack: {Ignore: notAnswered},
		WeProgressed: {Ignore: notIn}, WeAnswered: {Ignore: notIn}, WeEnded: {Next: Ending},
	},
	Early: {
		PeerRang: {Ignore: "its own sound goes on (RFC 3960 §3.2)"}, PeerRangLoud: {Ignore: "it sends its own sound already"}, PeerAnswered: {Next: Up}, PeerRefused: {Next: Gone},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: notAnswered}, PeerTookBack: {Ignore: notAnswered},
		WeProgressed: {Ignore: notIn}, WeAnswered: {Ignore: notIn}, WeEnded: {Next: Ending},
	},
	Up: {
		PeerRang: {Ignore: alreadyUp}, PeerRangLoud: {Ignore: alreadyUp}, PeerAnswered: {Ignore: alreadyUp}, PeerRefused: {Ignore: answeredOut},
		PeerEnded: {Next: Gone}, PeerHeld: {Next: Held}, PeerTookBack: {Ignore: "it was not held"},
		WeProgressed: {Ignore: alreadyUp}, WeAnswered: {Ignore: alreadyUp}, WeEnded: {Next: Ending},
	},
	Held: {
		PeerRang: {Ignore: alreadyUp}, PeerRangLoud: {Ignore: alreadyUp}, PeerAnswered: {Ignore: alreadyUp}, PeerRefused: {Ignore: answeredOut},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: "it is held already"}, PeerTookBack: {Next: Up},
		WeProgressed: {Ignore: alreadyUp}, WeAnswered: {Ignore: alreadyUp}, WeEnded: {Next: Ending},
	},
	Ending: {
		// CANCEL crossed the 200 (RFC 3261 §9.1): the dialog exists after all and must be ended as one.
		PeerRang: {Ignore: ended}, PeerRangLoud: {Ignore: ended}, PeerAnswered: {Next: Ending, Again: true}, PeerRefused: {Next: Gone},
		PeerEnded: {Next: Gone}, PeerHeld: {Ignore: ended}, PeerTookBack: {Ignore: ended},
		WeProgressed: {Ignore: ended}, WeAnswered: {Ignore: ended}, WeEnded: {Ignore: ended},
	},
	Gone: {
		PeerRang: {Ignore: gone}, PeerRangLoud: {Ignore: gone}, PeerAnswered: {Ignore: gone}, PeerRefused: {Ignore: gone}, PeerEnded: {Ignore: gone},
		PeerHeld: {Ignore: gone}, PeerTookBack: {Ignore: gone}, WeProgressed: {Ignore: gone}, WeAnswered: {Ignore: gone}, WeEnded: {Ignore: gone},
	},
}

// Leg is one dialog of a call.
type Leg struct {
	ID        plan.LegID `json:"id"`
	Way       Way        `json:"way"`
	State     LegState   `json:"state"`
	Trunk     string     `json:"trunk,omitempty"`
	Extension string     `json:"extension,omitempty"`
	Since     int64      `json:"since"`             // ms since boot: when it took this state
	RangAt    int64      `json:"rang_at,omitempty"` // ms since boot, 0: has not rung

	// Holds says that whoever is at this leg put the others on hold in the toolbar. It is beside State, which knows the phone's own hold: both can
	// be true, and neither ends the other.
	Holds bool `json:"holds,omitempty"`
	// Masked says that nobody hears what is said or pressed at this leg. It is beside State: a dialog goes on as ever.
	Masked bool `json:"masked,omitempty"`
}

// Silent reports whether whoever is at this leg hears nobody by their own choice.
func (l *Leg) Silent() bool { return l.State == Held || l.Holds }

// Rings reports whether the far end rings.
func (l *Leg) Rings() bool { return l.State == Ringing || l.State == Early }

// Talks reports whether the dialog is answered and not ending.
func (l *Leg) Talks() bool { return l.State == Up || l.State == Held || l.State == Answering }
