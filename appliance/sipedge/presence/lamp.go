package presence

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Shown is the sum of what a phone was shown of an extension.
type Shown string

// What may be shown. Nothing is the zero value: the phone has no picture of ours.
const (
	Nothing   Shown = ""
	Idle      Shown = "idle"
	Ringing   Shown = "ringing"
	Talking   Shown = "talking"
	Away      Shown = "away"
	NoTidings Shown = "no information"
)

// Known is what is known of an extension: the newest, and all of it. The zero value is a lamp that is out for want of information.
type Known struct {
	Lamp    exchange.Lamp
	Dialogs []exchange.LampDialog

	Mailbox  bool // there are tidings of it
	New, Old int  // messages
}

// maxDialogs bounds the calls of one extension that are shown.
const maxDialogs = 16

// Dialog is where the call of a leg can be taken over by an INVITE with Replaces (RFC 3891): the ids of the dialog between the box and the watched
// phone, as that phone has them. ok is false when there is nothing to take.
type Dialog func(leg plan.LegID) (callID, localTag, remoteTag string, ok bool)

// name is a dialog's id in documents: the same for the life of a leg, and telling nothing else (RFC 4235 §4.1.2).
func name(id plan.LegID) string {
	sum := sha256.Sum256([]byte("dialog of " + string(id)))
	return hex.EncodeToString(sum[:8])
}

// state is a dialog's state in the words of RFC 4235 §3.7.1. A call on its way to the phone is shown as ringing from the start: keys know no
// other word for it, and some would not believe the ringing that follows. What is not known to be a call that only begins is one.
func state(d exchange.LampDialog) string {
	switch {
	case d.State == "trying" && !d.Outgoing:
		return "early"
	case d.State == "trying", d.State == "early":
		return d.State
	default:
		return "confirmed"
	}
}

// weight orders states by what a person at the watching phone wants to see: a call that rings can be taken, so it goes first.
func weight(s string) int {
	switch s {
	case "early":
		return 3
	case "confirmed":
		return 2
	default:
		return 1
	}
}

// calls is an extension's calls as they are shown: a red lamp without a call is one all the same.
func (k Known) calls(q Quirks) []exchange.LampDialog {
	var list []exchange.LampDialog
	switch k.Lamp {
	case exchange.LampGrey, exchange.LampNone, "":
		return nil // no information is no call either
	case exchange.LampOrange:
		if q.AwayAsBusy && len(k.Dialogs) == 0 {
			return []exchange.LampDialog{{State: "confirmed"}}
		}
	case exchange.LampRed:
		if len(k.Dialogs) == 0 {
			return []exchange.LampDialog{{State: "confirmed"}}
		}
	case exchange.LampGreen:
	}
	list = slices.Clone(k.Dialogs[:min(len(k.Dialogs), maxDialogs)])
	for i := range list {
		list[i].State = state(list[i])
	}
	if q.OneDialog && len(list) > 1 {
		slices.SortStableFunc(list, func(a, b exchange.LampDialog) int { return weight(b.State) - weight(a.State) })
		list = list[:1]
	}
	return list
}

// sum is what a phone makes of a list of calls.
func sum(lamp exchange.Lamp, calls []exchange.LampDialog) Shown {
	rings := func(d exchange.LampDialog) bool { return d.State == "early" && !d.Outgoing }
	switch {
	case slices.ContainsFunc(calls, rings):
		return Ringing
	case len(calls) > 0:
		return Talking
	}
	switch lamp {
	case exchange.LampGreen, exchange.LampRed:
		return Idle
	case exchange.LampOrange:
		return Away
	case exchange.LampGrey, exchange.LampNone:
		return NoTidings
	default:
		return NoTidings
	}
}
