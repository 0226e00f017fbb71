// Package queue is a caller's passage in a queue: how long it waits, and each presentation of the call to one agent.
package queue

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Visit is one passage of a caller in one queue. The zero value is "in no queue".
type Visit struct {
	N       int    `json:"n"` // from 1 in its call
	Queue   string `json:"queue"`
	Entered int64  `json:"entered"` // ms since boot
	Offers  int    `json:"offers"`
	Overdue bool   `json:"overdue,omitempty"` // MaxWait passed while a phone rang
	Nobody  uint64 `json:"nobody,omitempty"`  // fingerprint of the last NobodyOffered, so that it is written only when it changes

	Priority int         `json:"priority,omitempty"` // of this caller, 1 to 100; 0: the queue's
	Required string      `json:"required,omitempty"` // the agent they wait for before anybody else, until a timer ends that
	Pulled   plan.CallID `json:"pulled,omitempty"`   // the call that rings a phone to have them, past the order: until it is over they are offered to nobody
	First    int64       `json:"first,omitempty"`    // ms since boot: when a supervisor put them first in line; 0: nobody did

	ToldPlace int   `json:"told_place,omitempty"` // what the caller was told last
	ToldWait  int64 `json:"told_wait,omitempty"`  // minutes
}

// Offer is one presentation to one agent.
type Offer struct {
	N      int        `json:"n"` // from 1 in its call
	State  OfferState `json:"state"`
	Agent  string     `json:"agent"`
	Leg    plan.LegID `json:"leg"`
	Made   int64      `json:"made"`              // ms since boot
	RangAt int64      `json:"rang_at,omitempty"` // 0: has not rung
	Due    int64      `json:"due"`               // ms since boot: when its state has lasted long enough
	Lifted int64      `json:"lifted,omitempty"`  // ms since boot, 0: not yet, or nothing was told to the agent
	Token  uint64     `json:"token,omitempty"`   // what is being told to the agent
}

// RingMS is how long the phone has rung.
func (o Offer) RingMS(now int64) int64 {
	if o.RangAt == 0 {
		return 0
	}
	if o.Lifted != 0 {
		now = o.Lifted
	}
	return max(0, now-o.RangAt)
}

// OfferState is where an offer stands.
type OfferState uint8

// The states of an offer; the zero value is no offer at all.
const (
	OfferPlaced     OfferState = iota + 1 // the agent is reserved and the phone was called
	OfferRinging                          // the phone rings
	OfferAsking                           // somebody or something lifted outside, and is asked to press a key
	OfferWhispering                       // the agent lifted and hears who calls
	OfferOver
)

// OfferStates lists the states in order.
func OfferStates() []OfferState {
	return []OfferState{OfferPlaced, OfferRinging, OfferAsking, OfferWhispering, OfferOver}
}

func (s OfferState) String() string {
	switch s {
	case OfferPlaced:
		return "placed"
	case OfferRinging:
		return "ringing"
	case OfferAsking:
		return "asking"
	case OfferWhispering:
		return "whispering"
	case OfferOver:
		return "over"
	default:
		return "none"
	}
}

// OfferEvent is one thing that can happen to an offer; the set is closed.
type OfferEvent uint8

// The events of an offer.
const (
	PhoneRang          OfferEvent = iota + 1
	PhoneAnswered                 // lifted, and nothing stands between the agent and the caller, or no longer
	PhoneLifted                   // lifted, and the agent is told who calls first
	PhoneLiftedOutside            // lifted outside, where it may be a mailbox
	PhoneBusy                     // 486, 600
	PhoneDeclined                 // 603
	PhoneUnreachable              // 480, 404, 408, 410, no phone
	PhoneFailed                   // anything else
	RingOver                      // its state has lasted long enough
	CallerLeft
	OtherFaster // another agent answered
	Withdrawn   // by the box: a restart, an eviction, a lease that ran out
)

// OfferEvents lists the events in order.
func OfferEvents() []OfferEvent {
	return []OfferEvent{
		PhoneRang, PhoneAnswered, PhoneLifted, PhoneLiftedOutside, PhoneBusy, PhoneDeclined, PhoneUnreachable, PhoneFailed, RingOver, CallerLeft, OtherFaster, Withdrawn,
	}
}

func (e OfferEvent) String() string {
	switch e {
	case PhoneRang:
		return "phone rang"
	case PhoneAnswered:
		return "phone answered"
	case PhoneLifted:
		return "phone lifted, whisper"
	case PhoneLiftedOutside:
		return "phone lifted outside"
	case PhoneBusy:
		return "phone busy"
	case PhoneDeclined:
		return "phone declined"
	case PhoneUnreachable:
		return "phone unreachable"
	case PhoneFailed:
		return "phone failed"
	case RingOver:
		return "ring time over"
	case CallerLeft:
		return "caller left"
	case OtherFaster:
		return "other agent faster"
	case Withdrawn:
		return "withdrawn"
	default:
		return "unknown"
	}
}

// OfferMove is what an offer does with an event.
type OfferMove struct {
	Next    OfferState
	Outcome fact.OfferOutcome // when Next is OfferOver
	Ignore  string            // why nothing happens; empty when something does
}

// StepOffer is the whole life of an offer: the next state for every state and event.
func StepOffer(s OfferState, e OfferEvent) OfferMove {
	if s < OfferPlaced || s > OfferOver || e < PhoneRang || e > Withdrawn {
		return OfferMove{Next: s, Ignore: "no such state or event"}
	}
	m := offerMoves[s][e]
	if m.Ignore != "" {
		m.Next = s
	}
	return m
}

const (
	over   = "the offer has its outcome: the first event won"
	lifted = "it was lifted already"
)

//nolint:gochecknoglobals // the table itself; never assigned again
var offerMoves = [OfferOver + 1][Withdrawn + 1]OfferMove{
	OfferPlaced: {
		PhoneRang:          {Next: OfferRinging},
		PhoneAnswered:      {Next: OfferOver, Outcome: fact.OfferAnswered},
		PhoneLifted:        {Next: OfferWhispering},
		PhoneLiftedOutside: {Next: OfferAsking},
		PhoneBusy:          {Next: OfferOver, Outcome: fact.OfferBusy},
		PhoneDeclined:      {Next: OfferOver, Outcome: fact.OfferDeclined},
		PhoneUnreachable:   {Next: OfferOver, Outcome: fact.OfferUnreachable},
		PhoneFailed:        {Next: OfferOver, Outcome: fact.OfferUnreachable},
		RingOver:           {Next: OfferOver, Outcome: fact.OfferUnreachable}, // it never rang, so nobody missed it
		CallerLeft:         {Next: OfferOver, Outcome: fact.OfferCancelled},
		OtherFaster:        {Next: OfferOver, Outcome: fact.OfferLostRace},
		Withdrawn:          {Next: OfferOver, Outcome: fact.OfferCancelled},
	},
	OfferRinging: {
		PhoneRang:          {Ignore: "it rings already"},
		PhoneAnswered:      {Next: OfferOver, Outcome: fact.OfferAnswered},
		PhoneLifted:        {Next: OfferWhispering},
		PhoneLiftedOutside: {Next: OfferAsking},
		PhoneBusy:          {Next: OfferOver, Outcome: fact.OfferBusy},
		PhoneDeclined:      {Next: OfferOver, Outcome: fact.OfferDeclined},
		PhoneUnreachable:   {Next: OfferOver, Outcome: fact.OfferNotAnswered}, // it did ring: a phone that gives up by itself says 480 or 408
		PhoneFailed:        {Next: OfferOver, Outcome: fact.OfferUnreachable},
		RingOver:           {Next: OfferOver, Outcome: fact.OfferNotAnswered},
		CallerLeft:         {Next: OfferOver, Outcome: fact.OfferCancelled},
		OtherFaster:        {Next: OfferOver, Outcome: fact.OfferLostRace},
		Withdrawn:          {Next: OfferOver, Outcome: fact.OfferCancelled},
	},
	OfferAsking: {
		PhoneRang:          {Ignore: lifted},
		PhoneAnswered:      {Next: OfferOver, Outcome: fact.OfferAnswered}, // the key
		PhoneLifted:        {Next: OfferWhispering},                        // the key, and then the whisper
		PhoneLiftedOutside: {Ignore: lifted},
		PhoneBusy:          {Next: OfferOver, Outcome: fact.OfferNotAnswered}, // whatever ends it: nobody pressed the key
		PhoneDeclined:      {Next: OfferOver, Outcome: fact.OfferNotAnswered},
		PhoneUnreachable:   {Next: OfferOver, Outcome: fact.OfferNotAnswered},
		PhoneFailed:        {Next: OfferOver, Outcome: fact.OfferNotAnswered},
		RingOver:           {Next: OfferOver, Outcome: fact.OfferNotAnswered}, // a mailbox
		CallerLeft:         {Next: OfferOver, Outcome: fact.OfferCancelled},
		OtherFaster:        {Next: OfferOver, Outcome: fact.OfferLostRace},
		Withdrawn:          {Next: OfferOver, Outcome: fact.OfferCancelled},
	},
	OfferWhispering: {
		PhoneRang:          {Ignore: lifted},
		PhoneAnswered:      {Next: OfferOver, Outcome: fact.OfferAnswered}, // the whisper is over
		PhoneLifted:        {Ignore: lifted},
		PhoneLiftedOutside: {Ignore: lifted},
		PhoneBusy:          {Next: OfferOver, Outcome: fact.OfferNotAnswered}, // hung up before the caller was heard
		PhoneDeclined:      {Next: OfferOver, Outcome: fact.OfferNotAnswered},
		PhoneUnreachable:   {Next: OfferOver, Outcome: fact.OfferNotAnswered},
		PhoneFailed:        {Next: OfferOver, Outcome: fact.OfferNotAnswered},
		RingOver:           {Next: OfferOver, Outcome: fact.OfferAnswered}, // long enough: nobody waits for a sound
		CallerLeft:         {Next: OfferOver, Outcome: fact.OfferCancelled},
		OtherFaster:        {Next: OfferOver, Outcome: fact.OfferLostRace},
		Withdrawn:          {Next: OfferOver, Outcome: fact.OfferCancelled},
	},
	OfferOver: {
		PhoneRang: {Ignore: over}, PhoneAnswered: {Ignore: over}, PhoneLifted: {Ignore: over}, PhoneLiftedOutside: {Ignore: over}, PhoneBusy: {Ignore: over}, PhoneDeclined: {Ignore: over},
		PhoneUnreachable: {Ignore: over}, PhoneFailed: {Ignore: over}, RingOver: {Ignore: over}, CallerLeft: {Ignore: over},
		OtherFaster: {Ignore: over}, Withdrawn: {Ignore: over},
	},
}
