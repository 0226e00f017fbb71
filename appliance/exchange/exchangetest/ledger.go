// Package exchangetest drives an exchange through random days of telephone calls, from a seed, and keeps the books on what it tells.
//
// It is pure as the exchange is: the same seed gives the same day on every machine.
package exchangetest

import (
	"fmt"
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// Ledger reads facts in their order and names what does not add up: a call without exactly one outcome, a visit or offer left open,
// a negative duration, a refusal without a reason.
type Ledger struct {
	calls    map[string]*account
	offered  map[string]string // the call an agent is being offered
	Problems []string
	Outcomes map[fact.CallOutcome]int
	Offers   map[fact.OfferOutcome]int
	Visits   map[fact.VisitOutcome]int
	Faults   int
	Most     int // phones that rang for one call at once

	Transfers map[string]int // by manner and by how they ended; legs that took others' places; calls placed for somebody
}

// account is what is open in one call.
type account struct {
	ended  bool
	legs   map[string]bool
	visit  int
	offers map[int]string // presentations that are out, and to whom
	bridge bool
	prompt bool
	tapes  int

	transfer bool
	listened string          // the supervisor who takes part
	parked   string          // at which parking place it waits
	silent   map[string]bool // recordings that are paused
}

// cutCause is the cause of calls that ended because the core that held them died.
const cutCause = "the core stopped under it"

// NewLedger opens the books.
func NewLedger() *Ledger {
	return &Ledger{
		calls: map[string]*account{}, offered: map[string]string{}, Outcomes: map[fact.CallOutcome]int{},
		Offers: map[fact.OfferOutcome]int{}, Visits: map[fact.VisitOutcome]int{}, Transfers: map[string]int{},
	}
}

func (l *Ledger) say(format string, args ...any) {
	l.Problems = append(l.Problems, fmt.Sprintf(format, args...))
}

// open finds the account of a call that is not over.
func (l *Ledger) open(call string, f fact.Fact) *account {
	a := l.calls[call]
	switch {
	case a == nil:
		l.say("%s for call %q, which was never opened", f.Kind(), call)
		a = &account{legs: map[string]bool{}, offers: map[int]string{}}
		l.calls[call] = a
	case a.ended:
		l.say("%s for call %s after its end", f.Kind(), call)
	}
	return a
}

func (l *Ledger) positive(f fact.Fact, ms ...int64) {
	for _, x := range ms {
		if x < 0 {
			l.say("%s %+v: negative duration", f.Kind(), f)
		}
	}
}

// Take reads one fact.
func (l *Ledger) Take(f fact.Fact) {
	switch f := f.(type) {
	case fact.CallOpened:
		if l.calls[f.Call] != nil {
			l.say("call %s opened twice", f.Call)
		}
		l.calls[f.Call] = &account{legs: map[string]bool{}, offers: map[int]string{}}
	case fact.CallRouted:
		l.open(f.Call, f)
		if len(f.Reasons) == 0 {
			l.say("call %s routed to %s without a reason", f.Call, f.To)
		}
	case fact.CallEnded:
		l.endCall(f)
	case fact.TransferStarted:
		a := l.open(f.Call, f)
		if a.transfer || !a.legs[f.Leg] {
			l.say("call %s: two transfers at once, or by a stranger: %+v", f.Call, f)
		}
		a.transfer = true
		l.Transfers[f.Manner]++
	case fact.TransferCompleted:
		a := l.open(f.Call, f)
		if !a.transfer || f.Leg != "" && !a.legs[f.Leg] {
			l.say("call %s: a transfer completed that never began, or by nobody: %+v", f.Call, f)
		}
		a.transfer = false
		l.Transfers["completed"]++
	case fact.TransferFailed:
		a := l.open(f.Call, f)
		if !a.transfer || f.Cause == "" || f.Then == "" {
			l.say("call %s: a transfer failed that never began, or without a cause: %+v", f.Call, f)
		}
		a.transfer = false
		l.Transfers["failed, "+f.Then]++
	case fact.CallMerged:
		from, into := l.open(f.Call, f), l.open(f.Into, f)
		for _, leg := range f.Legs {
			if !from.legs[leg] || from.bridge {
				l.say("call %s: leg %s moves that was not free to", f.Call, leg)
			}
			delete(from.legs, leg)
			into.legs[leg] = true
		}
		l.Transfers["merged"]++
	case fact.LegReplaced:
		a := l.open(f.Call, f)
		if !a.legs[f.Leg] || !a.legs[f.By] {
			l.say("call %s: leg %s takes the place of %s, and one is not there", f.Call, f.By, f.Leg)
		}
		l.Transfers["replaced"]++
		if f.Early {
			l.Transfers["picked up"]++
		}
	case fact.CallPlaced:
		l.open(f.Call, f)
		l.Transfers["placed"]++
	case fact.CallFaulted:
		l.Faults++
	case fact.AnnouncementStarted:
		a := l.open(f.Call, f)
		if a.prompt {
			l.say("call %s: two announcements", f.Call)
		}
		a.prompt = true
	case fact.AnnouncementEnded:
		a := l.open(f.Call, f)
		if !a.prompt {
			l.say("call %s: announcement ended that never began", f.Call)
		}
		a.prompt = false
	case fact.LegOpened:
		a := l.open(f.Call, f)
		if a.legs[f.Leg] {
			l.say("leg %s opened twice", f.Leg)
		}
		a.legs[f.Leg] = true
	case fact.LegEnded:
		a := l.open(f.Call, f)
		if !a.legs[f.Leg] {
			l.say("leg %s ended that was not open", f.Leg)
		}
		delete(a.legs, f.Leg)
	case fact.LegRinging:
		l.leg(f.Call, f.Leg, f)
	case fact.LegAnswered:
		l.leg(f.Call, f.Leg, f)
	case fact.LegHeld:
		l.leg(f.Call, f.Leg, f)
	case fact.DigitPressed:
		l.leg(f.Call, f.Leg, f)
	case fact.BridgeJoined:
		l.joined(f)
	case fact.BridgeParted:
		a := l.open(f.Call, f)
		if !a.bridge {
			l.say("call %s: no bridge to part", f.Call)
		}
		a.bridge = false
		l.positive(f, f.TalkMS)
	default:
		if !l.takeControls(f) {
			l.takeQueue(f)
		}
	}
}

func (l *Ledger) leg(call, leg string, f fact.Fact) {
	if a := l.open(call, f); !a.legs[leg] {
		l.say("%s for leg %s, which is not open", f.Kind(), leg)
	}
}

func (l *Ledger) endCall(f fact.CallEnded) {
	a := l.open(f.Call, f)
	a.ended = true
	l.Outcomes[f.Outcome]++
	l.positive(f, f.TotalMS, f.WaitMS, f.RingMS, f.TalkMS, f.HoldMS)
	if f.WaitMS+f.TalkMS > f.TotalMS || f.HoldMS > f.TalkMS {
		l.say("call %s: durations do not fit: %+v", f.Call, f)
	}
	switch {
	case f.Outcome == "":
		l.say("call %s ended without an outcome", f.Call)
	case (f.TalkMS > 0) && f.Outcome != fact.CallAnswered && !sentOut(f):
		l.say("call %s: talked, and is %s", f.Call, f.Outcome)
	case f.Outcome == fact.CallFailed && len(f.Reasons) == 0 && f.Cause == "":
		l.say("call %s failed without a cause", f.Call)
	}
	cut := f.HungUpBy == "box" && f.Cause == cutCause // nobody was there to tell of its legs
	if a.visit != 0 || len(a.offers) > 0 || !cut && (len(a.legs) > 0 || a.transfer || a.bridge || a.prompt || a.listened != "") {
		l.say("call %s ended with something open: %+v", f.Call, *a)
	}
}

// sentOut reports whether a call ended with somebody outside, where an extension sent it.
func sentOut(f fact.CallEnded) bool {
	return f.Outcome == fact.CallForwarded && slices.ContainsFunc(f.Reasons, func(r fact.Reason) bool { return r.Code == "extension.forwarded" })
}

// takeQueue reads the facts of queues, agents and recordings.
func (l *Ledger) takeQueue(f fact.Fact) {
	switch f := f.(type) {
	case fact.VisitEntered:
		a := l.open(f.Call, f)
		if a.visit != 0 || f.Position < 1 {
			l.say("call %s entered a queue from within another, or at no place: %+v", f.Call, f)
		}
		a.visit = f.Visit
	case fact.VisitEnded:
		a := l.open(f.Call, f)
		if a.visit != f.Visit || len(a.offers) > 0 {
			l.say("call %s: visit %d ended, open is visit %d with %d offers", f.Call, f.Visit, a.visit, len(a.offers))
		}
		a.visit = 0
		l.Visits[f.Outcome]++
		l.positive(f, f.WaitMS)
	case fact.OfferMade:
		a := l.open(f.Call, f)
		if a.visit != f.Visit || a.offers[f.Offer] != "" || len(a.offers) >= exchange.RingAllMost {
			l.say("call %s: offer made in visit %d with visit %d and %d offers open", f.Call, f.Visit, a.visit, len(a.offers))
		}
		if other := l.offered[f.Agent]; other != "" {
			l.say("agent %s is offered calls %s and %s at once", f.Agent, other, f.Call)
		}
		a.offers[f.Offer], l.offered[f.Agent] = f.Agent, f.Call
		l.Most = max(l.Most, len(a.offers))
		l.candidates(f.Call, f.Agent, f.Candidates)
	case fact.NobodyOffered:
		l.open(f.Call, f)
		l.candidates(f.Call, "", f.Candidates)
	case fact.OfferEnded:
		a := l.open(f.Call, f)
		if a.offers[f.Offer] != f.Agent {
			l.say("call %s: offer %d to %s ended, open are %v", f.Call, f.Offer, f.Agent, a.offers)
		}
		delete(a.offers, f.Offer)
		delete(l.offered, f.Agent)
		l.Offers[f.Outcome]++
		l.positive(f, f.RingMS)
	case fact.AgentChanged:
		if len(f.Reasons) == 0 {
			l.say("agent %s changed without a reason", f.Agent)
		}
	case fact.ReservationHealed:
		if len(f.Reasons) == 0 {
			l.say("agent %s healed without a reason", f.Agent)
		}
	case fact.RecordingStarted:
		l.open(f.Call, f).tapes++
	case fact.RecordingEnded:
		if a := l.calls[f.Call]; a == nil || a.tapes == 0 { // it may end after its call
			l.say("recording %s ended that never began", f.Recording)
		} else {
			a.tapes--
		}
	case fact.CommandRefused:
		if len(f.Reasons) == 0 {
			l.say("command %s refused without a reason", f.Command)
		}
	default: // take reads the others
	}
}

// candidates holds a decision to its reasons: exactly those who are not fit, or the one who was chosen, say why.
func (l *Ledger) candidates(call, chosen string, all []fact.Candidate) {
	found := chosen == ""
	for _, c := range all {
		if len(c.Reasons) == 0 {
			l.say("call %s: candidate %s without a reason", call, c.Agent)
		}
		if c.Fit && chosen == "" {
			l.say("call %s: nobody offered although %s was fit", call, c.Agent)
		}
		found = found || c.Agent == chosen && c.Fit
	}
	if !found {
		l.say("call %s: %s was chosen and is not a fit candidate", call, chosen)
	}
}

// Close names what is still open at the end of a day.
func (l *Ledger) Close() {
	open := 0
	for _, a := range l.calls {
		if !a.ended || a.tapes > 0 {
			open++
		}
	}
	if open > 0 {
		l.say("%d calls or recordings never ended", open)
	}
}

// Calls is how many calls there were.
func (l *Ledger) Calls() int { return len(l.calls) }
