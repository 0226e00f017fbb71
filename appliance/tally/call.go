package tally

import "autocom/appliance/exchange/fact"

// CallOf is the call a fact speaks of; ok is false for box facts and for those about an agent alone. A fact that names another call besides
// belongs to the one it happened in.
func CallOf(f fact.Fact) (id string, ok bool) {
	switch f := f.(type) {
	case fact.CallOpened:
		id = f.Call
	case fact.CallRouted:
		id = f.Call
	case fact.CallEnded:
		id = f.Call
	case fact.CallFaulted:
		id = f.Call
	case fact.TransferStarted:
		id = f.Call
	case fact.TransferCompleted:
		id = f.Call
	case fact.TransferFailed:
		id = f.Call
	case fact.CallMerged:
		id = f.Call
	case fact.CallPlaced:
		id = f.Call
	case fact.CallLimited:
		id = f.Call
	case fact.LegReplaced:
		id = f.Call
	case fact.AnnouncementStarted:
		id = f.Call
	case fact.AnnouncementEnded:
		id = f.Call
	case fact.LegOpened:
		id = f.Call
	case fact.LegRinging:
		id = f.Call
	case fact.LegAnswered:
		id = f.Call
	case fact.LegHeld:
		id = f.Call
	case fact.LegEnded:
		id = f.Call
	case fact.BridgeJoined:
		id = f.Call
	case fact.BridgeParted:
		id = f.Call
	case fact.DigitPressed:
		id = f.Call
	case fact.VisitEntered:
		id = f.Call
	case fact.VisitEnded:
		id = f.Call
	case fact.OfferMade:
		id = f.Call
	case fact.NobodyOffered:
		id = f.Call
	case fact.OfferEnded:
		id = f.Call
	case fact.RecordingStarted:
		id = f.Call
	case fact.CallParked:
		id = f.Call
	case fact.CallUnparked:
		id = f.Call
	case fact.DigitsSent:
		id = f.Call
	case fact.RecordingPaused:
		id = f.Call
	case fact.RecordingKept:
		id = f.Call
	case fact.VoicemailLeft:
		id = f.Call
	case fact.CallbackRequested:
		id = f.Call
	case fact.CallbackEnded:
		id = f.Call
	case fact.ContactChanged:
		id = f.Call
	case fact.SupervisionStarted:
		id = f.Call
	case fact.SupervisionChanged:
		id = f.Call
	case fact.SupervisionEnded:
		id = f.Call
	case fact.CommandTaken:
		id = f.Call
	case fact.TollRefused:
		id = f.Call
	case fact.RecordingEnded:
		id = f.Call
	case fact.LegQuality:
		id = f.Call
	default: // of the box, of an agent alone, or of a recording of a call that is long over
	}
	return id, id != ""
}
