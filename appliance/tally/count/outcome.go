package count

import "autocom/appliance/exchange/fact"

// End counts how a visit ended: once.
func (v *Visits) End(o fact.VisitOutcome) {
	switch o {
	case fact.VisitAnswered:
		v.Answered++
	case fact.VisitAbandoned:
		v.Abandoned++
	case fact.VisitCancelled:
		v.Cancelled++
	case fact.VisitClosed:
		v.Closed++
	case fact.VisitFull:
		v.Full++
	case fact.VisitNobodyFit:
		v.NobodyFit++
	case fact.VisitWaitedTooLong:
		v.WaitedTooLong++
	case fact.VisitExited: // by which way is counted apart
	case fact.VisitMoved:
		v.Moved++
	case fact.VisitFailed:
		v.Failed++
	case fact.VisitInterrupted:
		v.Interrupted++
	default:
		v.Other++
	}
}

// Exit is a way out of a queue that the queue offers.
type Exit string

// The ways; any other is by a key, to a queue or an extension.
const (
	Callback  Exit = "callback"
	Voicemail Exit = "voicemail"
)

// Exit counts who left by a way, or takes it back.
func (v *Visits) Exit(how Exit, by int64) {
	switch how {
	case Callback:
		v.ExitedCallback += by
	case Voicemail:
		v.ExitedVoicemail += by
	default:
		v.ExitedKey += by
	}
}

// End counts how a presentation ended: once.
func (o *Offers) End(out fact.OfferOutcome) {
	switch out {
	case fact.OfferAnswered:
		o.Answered++
	case fact.OfferNotAnswered:
		o.NotAnswered++
	case fact.OfferBusy:
		o.Busy++
	case fact.OfferDeclined:
		o.Declined++
	case fact.OfferUnreachable:
		o.Unreachable++
	case fact.OfferCancelled:
		o.Cancelled++
	case fact.OfferLostRace:
		o.LostRace++
	default:
		o.Other++
	}
}

// End counts how a call ended: once.
func (c *Calls) End(o fact.CallOutcome, stage fact.Stage) {
	switch o {
	case fact.CallAnswered:
		c.Answered++
	case fact.CallAbandoned:
		switch stage {
		case fact.StageSVI:
			c.AbandonedSVI++
		case fact.StageQueue:
			c.AbandonedQueue++
		case fact.StageAnnouncement:
			c.AbandonedAnnounce++
		default:
			c.Abandoned++
		}
	case fact.CallCancelled:
		c.Cancelled++
	case fact.CallClosed:
		c.Closed++
	case fact.CallDeterred:
		c.Deterred++
	case fact.CallVoicemail:
		c.Voicemail++
	case fact.CallCallbackRequested:
		c.Callback++
	case fact.CallSelfServed:
		c.SelfServed++
	case fact.CallForwarded:
		c.Forwarded++
	case fact.CallFailed:
		c.Failed++
	case fact.CallInterrupted:
		c.Interrupted++
	default:
		c.Other++
	}
}

// End counts how a callback ended: once.
func (w *Wishes) End(outcome string) { *w.ended(outcome)++ }

// Reopen takes an end back.
func (w *Wishes) Reopen(outcome string) { *w.ended(outcome)-- }

func (w *Wishes) ended(outcome string) *int64 {
	switch outcome {
	case "reached":
		return &w.Reached
	case "unreached":
		return &w.Unreached
	case "cancelled":
		return &w.Cancelled
	case "expired":
		return &w.Expired
	default:
		return &w.Other
	}
}
