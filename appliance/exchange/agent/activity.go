package agent

import "strings"

// Activity is what an agent does on the telephone.
type Activity uint8

// The activities.
const (
	Idle     Activity = iota + 1
	Reserved          // chosen, the phone was called, it does not ring yet
	Ringing
	Dialing // the agent calls somebody
	Talking
	Holding      // talks, and keeps the other party on hold
	Consulting   // has a word with somebody to whom the party shall be handed over; the party hears music
	Conferencing // three talk with each other
	Transferring // handed the party over without a word, and may take it back until the target lifts
	WrapUp
)

// Activities lists them in order.
func Activities() []Activity {
	return []Activity{Idle, Reserved, Ringing, Dialing, Talking, Holding, Consulting, Conferencing, Transferring, WrapUp}
}

// Talks reports whether the agent has been speaking in the call: what a wrap-up follows.
func (a Activity) Talks() bool { return a >= Talking && a <= Transferring }

// Busy reports whether the agent is tied to a call.
func (a Activity) Busy() bool { return a != Idle && a != WrapUp }

func (a Activity) String() string { return strings.TrimPrefix(a.Reason(), "agent.") }

// Reason is the code of why an agent who does that is offered no call: a constant, because it is asked of every agent at every choice.
func (a Activity) Reason() string {
	switch a {
	case Idle:
		return "agent.idle"
	case Reserved:
		return "agent.reserved"
	case Ringing:
		return "agent.ringing"
	case Dialing:
		return "agent.dialing"
	case Talking:
		return "agent.talking"
	case Holding:
		return "agent.holding"
	case Consulting:
		return "agent.consulting"
	case Conferencing:
		return "agent.conferencing"
	case Transferring:
		return "agent.transferring"
	case WrapUp:
		return "agent.wrapup"
	default:
		return "agent.unknown"
	}
}

// Event is one thing that changes an agent's activity; the set is closed.
type Event uint8

// The events.
const (
	Chosen       Event = iota + 1 // a call is being presented on the agent's phone
	PhoneRang                     //
	PhoneDialled                  // the agent called from the phone
	Lifted                        // the agent lifted for a call they asked for, whose number is dialled now
	Connected                     // the two of a conversation hear each other, also after a transfer or a conference
	Held                          // the agent put the other on hold
	TookBack                      //
	Consulted                     // a consultation begins: somebody is called to whom the party shall be handed over
	HandedOver                    // the party is handed over: the target is called, and the agent waits
	Conferred                     // party, agent and target hear each other; it is told to each agent of the three
	Over                          // the presentation or the call is over, nothing follows
	OverWrapUp                    // the call is over and the queue gives time to write it up
	WrapUpOver                    // that time is over, or the agent said so
	Healed                        // found without a live leg
)

// Events lists them in order.
func Events() []Event {
	return []Event{Chosen, PhoneRang, PhoneDialled, Lifted, Connected, Held, TookBack, Consulted, HandedOver, Conferred, Over, OverWrapUp, WrapUpOver, Healed}
}

func (e Event) String() string {
	switch e {
	case Chosen:
		return "chosen"
	case PhoneRang:
		return "phone rang"
	case PhoneDialled:
		return "phone dialled"
	case Lifted:
		return "lifted"
	case Connected:
		return "connected"
	case Held:
		return "held"
	case TookBack:
		return "took back"
	case Consulted:
		return "consulted"
	case HandedOver:
		return "handed over"
	case Conferred:
		return "conferred"
	case Over:
		return "over"
	case OverWrapUp:
		return "over, wrap-up"
	case WrapUpOver:
		return "wrap-up over"
	case Healed:
		return "healed"
	default:
		return "unknown"
	}
}

// Move is what an activity does with an event.
type Move struct {
	Next   Activity
	Ignore string // why nothing happens; empty when something does
}

// Step is the whole day of an agent's telephone: the next activity for every activity and event.
func Step(a Activity, e Event) Move {
	if a < Idle || a > WrapUp || e < Chosen || e > Healed {
		return Move{Next: a, Ignore: "no such activity or event"}
	}
	m := moves[a][e]
	if m.Ignore != "" {
		m.Next = a
	}
	return m
}

const (
	oneCall   = "the agent follows one call; another on the same phone is the phone's affair"
	noCall    = "the agent has no call"
	noTalk    = "nobody talks yet, so there is nothing to hold"
	noParty   = "nobody talks yet, so there is nobody to hand over"
	noWrapUp  = "there is no wrap-up running"
	neverTalk = "wrap-up follows a conversation only"
	talking   = "a conversation runs already"
	theirs    = "whom the agent holds meanwhile is the transfer's affair: the party hears music already"
	three     = "three talk; who holds is heard by nobody, and the others go on"
	waits     = "the agent waits for the target: there is nobody to hold"
)

//nolint:gochecknoglobals // the table itself; never assigned again
var moves = [WrapUp + 1][Healed + 1]Move{
	Idle: {
		Chosen: {Next: Reserved}, PhoneRang: {Ignore: noCall}, PhoneDialled: {Next: Dialing}, Lifted: {Ignore: noCall}, Connected: {Next: Talking},
		Held: {Ignore: noTalk}, TookBack: {Ignore: noTalk}, Consulted: {Ignore: noCall}, HandedOver: {Ignore: noCall}, Conferred: {Ignore: noCall},
		Over: {Ignore: noCall}, OverWrapUp: {Ignore: noCall}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Ignore: "idle needs no leg"},
	},
	Reserved: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Next: Ringing}, PhoneDialled: {Ignore: oneCall}, Lifted: {Next: Dialing}, Connected: {Next: Talking},
		Held: {Ignore: noTalk}, TookBack: {Ignore: noTalk}, Consulted: {Ignore: noParty}, HandedOver: {Ignore: noParty}, Conferred: {Ignore: noParty},
		Over: {Next: Idle}, OverWrapUp: {Ignore: neverTalk}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	Ringing: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Ignore: "it rings already"}, PhoneDialled: {Ignore: oneCall}, Lifted: {Next: Dialing}, Connected: {Next: Talking},
		Held: {Ignore: noTalk}, TookBack: {Ignore: noTalk}, Consulted: {Ignore: noParty}, HandedOver: {Ignore: noParty}, Conferred: {Ignore: noParty},
		Over: {Next: Idle}, OverWrapUp: {Ignore: neverTalk}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	Dialing: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Ignore: "the agent calls: it is the other's phone that rings"}, PhoneDialled: {Ignore: oneCall},
		Lifted: {Ignore: "it dials already"}, Connected: {Next: Talking},
		Held: {Ignore: noTalk}, TookBack: {Ignore: noTalk}, Consulted: {Ignore: noParty}, HandedOver: {Ignore: noParty}, Conferred: {Ignore: noParty},
		Over: {Next: Idle}, OverWrapUp: {Ignore: neverTalk}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	Talking: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Ignore: talking}, PhoneDialled: {Ignore: oneCall}, Lifted: {Ignore: talking}, Connected: {Ignore: talking},
		Held: {Next: Holding}, TookBack: {Ignore: "nobody is held"}, Consulted: {Next: Consulting}, HandedOver: {Next: Transferring}, Conferred: {Next: Conferencing},
		Over: {Next: Idle}, OverWrapUp: {Next: WrapUp}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	Holding: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Ignore: talking}, PhoneDialled: {Ignore: oneCall}, Lifted: {Ignore: talking}, Connected: {Ignore: talking},
		Held: {Ignore: "held already"}, TookBack: {Next: Talking}, Consulted: {Next: Consulting}, HandedOver: {Next: Transferring}, Conferred: {Next: Conferencing},
		Over: {Next: Idle}, OverWrapUp: {Next: WrapUp}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	Consulting: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Ignore: "it is the target's phone that rings"}, PhoneDialled: {Ignore: oneCall}, Lifted: {Ignore: talking}, Connected: {Next: Talking},
		Held: {Ignore: theirs}, TookBack: {Ignore: theirs}, Consulted: {Ignore: "consults already"}, HandedOver: {Next: Transferring}, Conferred: {Next: Conferencing},
		Over: {Next: Idle}, OverWrapUp: {Next: WrapUp}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	Conferencing: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Ignore: talking}, PhoneDialled: {Ignore: oneCall}, Lifted: {Ignore: talking}, Connected: {Next: Talking},
		Held: {Ignore: three}, TookBack: {Ignore: three}, Consulted: {Ignore: "three talk already"}, HandedOver: {Ignore: "two parties at once are handed over to nobody"},
		Conferred: {Ignore: "three talk already"},
		Over:      {Next: Idle}, OverWrapUp: {Next: WrapUp}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	Transferring: {
		Chosen: {Ignore: oneCall}, PhoneRang: {Ignore: "it is the target's phone that rings"}, PhoneDialled: {Ignore: oneCall}, Lifted: {Ignore: talking}, Connected: {Next: Talking},
		Held: {Ignore: waits}, TookBack: {Ignore: waits}, Consulted: {Ignore: "the party is being handed over already"}, HandedOver: {Ignore: "the party is being handed over already"},
		Conferred: {Ignore: "nobody has lifted with whom to confer"},
		Over:      {Next: Idle}, OverWrapUp: {Next: WrapUp}, WrapUpOver: {Ignore: noWrapUp}, Healed: {Next: Idle},
	},
	WrapUp: {
		Chosen: {Ignore: "the agent writes up the last call; a colleague's call rings the phone all the same"}, PhoneRang: {Ignore: noCall},
		PhoneDialled: {Next: Dialing}, Lifted: {Ignore: noCall}, Connected: {Next: Talking},
		Held: {Ignore: noTalk}, TookBack: {Ignore: noTalk}, Consulted: {Ignore: noCall}, HandedOver: {Ignore: noCall}, Conferred: {Ignore: noCall},
		Over: {Ignore: noCall}, OverWrapUp: {Ignore: noCall}, WrapUpOver: {Next: Idle}, Healed: {Next: Idle},
	},
}
