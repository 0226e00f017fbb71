// Package call is one caller's journey: its legs, whom it waits for, who talks with whom, and how it ended.
//
// It is values only. The exchange decides; a call remembers.
package call

import (
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/transfer"
)

// Flow is between which sides of the box a call runs.
type Flow string

// The flows.
const (
	Inbound  Flow = "inbound"
	Internal Flow = "internal"
	Outbound Flow = "outbound"
)

// Phase is what the call does now.
type Phase uint8

// The phases of a call.
const (
	Lifting      Phase = iota + 1 // we ring the phone of whoever asked for this call
	Accepting                     // we answered the caller and wait for the confirmation
	Announcing                    // the caller hears the welcome
	Queued                        // the caller waits in a queue; an offer may be out
	Dialling                      // we ring one extension or one outside number for the caller
	Talking                       // two legs are bridged
	Transferring                  // the party is handed over: somebody else is rung for it
	Messaging                     // the caller leaves a message
	Parked                        // the party waits at a parking place until somebody of the house wants it
	Dismissing                    // an answered caller is turned away and hears why
	Closing                       // the outcome is known; legs are being ended
)

func (p Phase) String() string {
	switch p {
	case Lifting:
		return "lifting"
	case Accepting:
		return "accepting"
	case Announcing:
		return "announcing"
	case Queued:
		return "queued"
	case Dialling:
		return "dialling"
	case Talking:
		return "talking"
	case Transferring:
		return "transferring"
	case Messaging:
		return "messaging"
	case Parked:
		return "parked"
	case Dismissing:
		return "dismissing"
	case Closing:
		return "closing"
	default:
		return "unknown"
	}
}

// Party is who calls, as presented.
type Party struct {
	Subject  fact.Subject `json:"subject,omitempty"`
	Number   string       `json:"number,omitempty"`
	Name     string       `json:"name,omitempty"`
	Withheld bool         `json:"withheld,omitempty"`
}

// Target is where the call goes.
type Target struct {
	Kind      string     `json:"kind"` // as in fact.CallRouted.To
	Service   string     `json:"service,omitempty"`
	Welcome   plan.Sound `json:"welcome,omitempty"`
	Queue     string     `json:"queue,omitempty"`
	Extension string     `json:"extension,omitempty"`
	Number    string     `json:"number,omitempty"`  // outside: E.164 or an emergency number
	Lines     []string   `json:"lines,omitempty"`   // trunks still to try, best first
	Round     int        `json:"round,omitempty"`   // emergency: how often all lines were tried
	Via       []string   `json:"via,omitempty"`     // extensions that forwarded it, in their order
	Forward   string     `json:"forward,omitempty"` // why the last of them did: as in exchange.ForwardWhen
	Aside     string     `json:"aside,omitempty"`   // it rings who called for help; this is what it dialled, for its usual way
}

// Emergency reports whether the caller wants help.
func (t Target) Emergency() bool { return t.Kind == "emergency" }

// Verdict is how the call ended, decided once.
type Verdict struct {
	Outcome  fact.CallOutcome `json:"outcome,omitempty"`
	Stage    fact.Stage       `json:"stage,omitempty"`
	Cause    string           `json:"cause,omitempty"`
	HungUpBy string           `json:"hung_up_by,omitempty"`
	Reasons  []fact.Reason    `json:"reasons,omitempty"`
	At       int64            `json:"at"` // ms since boot
}

// Purpose is what a timer of a call is for.
type Purpose string

// The purposes.
const (
	RingTimeout   Purpose = "ring"     // the phone or the far end has rung long enough
	RingAgain     Purpose = "again"    // after a restart, the phone that rang is rung again
	RetryOffer    Purpose = "retry"    // music between two offers is over
	MaxWait       Purpose = "max_wait" // the caller has waited long enough in this queue
	PromptGuard   Purpose = "prompt"   // an announcement whose end was never told
	DismissalOver Purpose = "dismiss"  // the tone for a caller turned away has played
	Announce      Purpose = "announce" // a waiting caller is told more
	MessageOver   Purpose = "message"  // a message has been long enough
	AloneOver     Purpose = "alone"    // two parties outside have been alone on our lines long enough
	ParkOver      Purpose = "park"     // a party has been parked long enough
	MonitorRing   Purpose = "monitor"  // a supervisor's phone has rung long enough
	RequiredOver  Purpose = "required" // the caller has waited long enough for one agent
	MaskOver      Purpose = "mask"     // keys have been hidden long enough
	PauseOver     Purpose = "pause"    // a person has paused the recording long enough
	NeedsRelax    Purpose = "relax"    // the caller has waited long enough to ask less of the agents
)

// Timer is one timer of a call that is running.
type Timer struct {
	ID  uint64  `json:"id"`
	For Purpose `json:"for"`
}

// Recording is what is being recorded now.
type Recording struct {
	ID  plan.RecordingID `json:"id"`
	Leg plan.LegID       `json:"leg"`

	Talk    bool   `json:"talk,omitempty"`    // it is of a conversation: it writes while people of the two sides hear each other
	Queue   string `json:"queue,omitempty"`   // the queue that asked for it; empty: a person did
	Paused  string `json:"paused,omitempty"`  // why it writes nothing now; empty: it writes
	Halted  bool   `json:"halted,omitempty"`  // a person paused it
	By      string `json:"by,omitempty"`      // who did, or let it go on
	Discard bool   `json:"discard,omitempty"` // it is erased when it is closed
}

// Monitor is a supervisor who takes part in a conversation. The zero value is nobody.
type Monitor struct {
	By    string     `json:"by"`              // who they are: "supervisor:sam"
	Asked string     `json:"asked,omitempty"` // who asked for it
	Agent string     `json:"agent"`           // who is listened to
	Whom  plan.LegID `json:"whom"`            // that agent's leg
	Leg   plan.LegID `json:"leg"`             // the supervisor's
	Mode  Mode       `json:"mode"`
	Since int64      `json:"since"`           // ms since boot: when they lifted, 0: their phone rings
	Shown bool       `json:"shown,omitempty"` // the agent is told
}

// Slot is where a party is parked. The zero value is nowhere.
type Slot struct {
	Slot string `json:"slot"`         // the number that is dialled to have it
	By   string `json:"by,omitempty"` // the extension that parked it, which has it back; empty: none of ours
}

// Fetch is the call of others that a phone will have once it is lifted. The zero value is none.
type Fetch struct {
	Call plan.CallID `json:"call"`
	Rang string      `json:"rang,omitempty"` // the extension where it rang when it was asked for
	By   string      `json:"by"`             // who asked
	Past bool        `json:"past,omitempty"` // past the order of its queue
}

// Call is one caller's journey.
type Call struct {
	ID       plan.CallID `json:"id"`
	Serial   uint64      `json:"serial"` // order of arrival on this box
	Flow     Flow        `json:"flow"`
	Phase    Phase       `json:"phase"`
	Revision string      `json:"revision"`
	Opened   int64       `json:"opened"` // all times: ms since boot
	Caller   Party       `json:"caller"`
	Target   Target      `json:"target"`
	Payer    string      `json:"payer,omitempty"` // extension on whose account it leaves the box; empty: the caller's
	Legs     []Leg       `json:"legs"`            // the caller's first, then in order of placing

	Hops     int               `json:"hops,omitempty"`     // Max-Forwards of what is placed for it
	Callback string            `json:"callback,omitempty"` // the callback it is an attempt of
	Contact  string            `json:"contact,omitempty"`  // the contact of a campaign it is for
	Asked    plan.LegID        `json:"asked,omitempty"`    // the leg of whoever asked for this call, which was rung first
	Party    plan.LegID        `json:"party,omitempty"`    // whom the call is for since a transfer; empty: whoever called
	Transfer transfer.Transfer `json:"transfer,omitzero"`  // the party being handed over
	Was      Target            `json:"was,omitzero"`       // where the call went before that
	Typed    string            `json:"typed,omitempty"`    // the number to dial once Asked has lifted

	Placer    string `json:"placer,omitempty"`    // the agent who placed it
	Presented string `json:"presented,omitempty"` // E.164, by the campaign it is for; empty: the line's
	PlacedIn  string `json:"placed_in,omitempty"` // the queue they placed it from

	Visit  queue.Visit   `json:"visit"`
	Visits int           `json:"visits"`           // how many so far
	Served string        `json:"served,omitempty"` // the queue from which it was answered last
	Out    []queue.Offer `json:"out,omitempty"`    // presentations that are out, in the order they were made: one, or up to ten at once
	Offers int           `json:"offers"`           // made so far

	Bridged    []plan.LegID      `json:"bridged,omitempty"` // who talk with each other: two, or three in a conference
	Monitor    Monitor           `json:"monitor,omitzero"`
	Parked     Slot              `json:"parked,omitzero"`
	Fetch      Fetch             `json:"fetch,omitzero"`
	TalkFrom   int64             `json:"talk_from,omitempty"`
	Had        Had               `json:"had,omitempty"`
	Agent      string            `json:"agent,omitempty"`       // who talks with the caller, when it is an agent
	AnsweredIn string            `json:"answered_in,omitempty"` // the queue the agent answered from
	HeldFrom   int64             `json:"held_from,omitempty"`
	Music      plan.Sound        `json:"music,omitempty"` // for a party on hold
	Plan       plan.Plan         `json:"plan"`
	Token      uint64            `json:"token,omitempty"` // the announcement being played, the first of Saying
	Saying     []plan.Sound      `json:"saying,omitempty"`
	Recording  Recording         `json:"recording"`
	Box        string            `json:"box,omitempty"` // the mailbox of the message being left
	Timers     []Timer           `json:"timers,omitempty"`
	LastOffer  fact.OfferOutcome `json:"last_offer,omitempty"`

	FirstQueued int64 `json:"first_queued,omitempty"`
	WaitMS      int64 `json:"wait_ms"`
	RingFrom    int64 `json:"ring_from,omitempty"` // 0: no phone rings
	RingMS      int64 `json:"ring_ms"`
	TalkMS      int64 `json:"talk_ms"`
	HoldMS      int64 `json:"hold_ms"`

	Verdict Verdict `json:"verdict"`
}

// Clone copies everything of a call that can change in place.
func (c *Call) Clone() Call {
	d := *c
	d.Legs = slices.Clone(c.Legs)
	d.Timers = slices.Clone(c.Timers)
	d.Out = slices.Clone(c.Out)
	return d
}

// Leg finds a leg by name.
func (c *Call) Leg(id plan.LegID) *Leg {
	for i := range c.Legs {
		if c.Legs[i].ID == id {
			return &c.Legs[i]
		}
	}
	return nil
}

// CallerLeg is the leg of whom the call is for, or nil when it is gone: the party of a transfer, or whoever asked for the call, or who called.
func (c *Call) CallerLeg() *Leg {
	switch {
	case c.Party != "":
		return c.Leg(c.Party)
	case c.Asked != "":
		return c.Leg(c.Asked)
	}
	for i := range c.Legs {
		if c.Legs[i].Way == In {
			return &c.Legs[i]
		}
	}
	return nil
}

// Other is the leg bridged with one, or nil.
func (c *Call) Other(id plan.LegID) *Leg {
	if len(c.Bridged) != 2 || !slices.Contains(c.Bridged, id) {
		return nil
	}
	if c.Bridged[0] == id {
		return c.Leg(c.Bridged[1])
	}
	return c.Leg(c.Bridged[0])
}

// Talks reports whether a leg is one of those who talk with each other.
func (c *Call) Talks(id plan.LegID) bool { return slices.Contains(c.Bridged, id) }

// Offering reports whether the call is being presented to anybody.
func (c *Call) Offering() bool { return len(c.Out) > 0 }

// Offer finds the presentation on a leg, or nil.
func (c *Call) Offer(id plan.LegID) *queue.Offer {
	for i := range c.Out {
		if c.Out[i].Leg == id {
			return &c.Out[i]
		}
	}
	return nil
}

// OfferTo finds the presentation to an agent, or nil.
func (c *Call) OfferTo(who string) *queue.Offer {
	for i := range c.Out {
		if c.Out[i].Agent == who {
			return &c.Out[i]
		}
	}
	return nil
}

// OfferRings reports whether any phone it is presented on rings, or was lifted by somebody who does not hear the caller yet.
func (c *Call) OfferRings() bool {
	return slices.ContainsFunc(c.Out, func(o queue.Offer) bool { return o.State != queue.OfferPlaced })
}

// Spoke reports whether two people have heard each other in this call.
func (c *Call) Spoke() bool { return c.TalkFrom != 0 }

// Placed is the leg being rung for a call in the phase Dialling, or nil.
func (c *Call) Placed() *Leg {
	for i := range c.Legs {
		if l := &c.Legs[i]; l.Way == Out && (l.State == Placed || l.Rings()) {
			return l
		}
	}
	return nil
}

// LegsOn is how many of its legs are at an extension.
func (c *Call) LegsOn(extension string) (n int) {
	for i := range c.Legs {
		if c.Legs[i].Extension == extension {
			n++
		}
	}
	return n
}

// Drop takes a leg out.
func (c *Call) Drop(id plan.LegID) {
	c.Legs = slices.DeleteFunc(c.Legs, func(l Leg) bool { return l.ID == id })
}

// OutsideLeg is the leg on a trunk that is answered, or nil.
func (c *Call) OutsideLeg() *Leg {
	for i := range c.Legs {
		if l := &c.Legs[i]; l.Trunk != "" && l.Talks() {
			return l
		}
	}
	return nil
}
