package console

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"autocom/appliance/exchange/fact"
)

// CallOf is the call a fact belongs to, empty for box facts.
func CallOf(f fact.Fact) string {
	switch f := f.(type) {
	case fact.CallOpened:
		return f.Call
	case fact.CallRouted:
		return f.Call
	case fact.CallEnded:
		return f.Call
	case fact.CallFaulted:
		return f.Call
	case fact.TransferStarted:
		return f.Call
	case fact.TransferCompleted:
		return f.Call
	case fact.TransferFailed:
		return f.Call
	case fact.CallMerged:
		return f.Call
	case fact.CallPlaced:
		return f.Call
	case fact.CallLimited:
		return f.Call
	case fact.LegReplaced:
		return f.Call
	case fact.AnnouncementStarted:
		return f.Call
	case fact.AnnouncementEnded:
		return f.Call
	case fact.LegOpened:
		return f.Call
	case fact.LegRinging:
		return f.Call
	case fact.LegAnswered:
		return f.Call
	case fact.LegHeld:
		return f.Call
	case fact.LegEnded:
		return f.Call
	case fact.BridgeJoined:
		return f.Call
	case fact.BridgeParted:
		return f.Call
	case fact.DigitPressed:
		return f.Call
	case fact.VisitEntered:
		return f.Call
	case fact.VisitEnded:
		return f.Call
	case fact.OfferMade:
		return f.Call
	case fact.NobodyOffered:
		return f.Call
	case fact.OfferEnded:
		return f.Call
	case fact.AgentChanged:
		return f.Call
	case fact.ReservationHealed:
		return f.Call
	case fact.RecordingStarted:
		return f.Call
	case fact.RecordingEnded:
		return f.Call
	case fact.CommandRefused:
		return f.Call
	case fact.CallParked:
		return f.Call
	case fact.CallUnparked:
		return f.Call
	case fact.DigitsSent:
		return f.Call
	case fact.RecordingPaused:
		return f.Call
	case fact.RecordingKept:
		return f.Call
	case fact.VoicemailLeft:
		return f.Call
	case fact.CallbackRequested:
		return f.Call
	case fact.CallbackEnded:
		return f.Call
	case fact.ContactChanged:
		return f.Call
	case fact.SupervisionStarted:
		return f.Call
	case fact.SupervisionChanged:
		return f.Call
	case fact.SupervisionEnded:
		return f.Call
	case fact.CommandTaken:
		return f.Call
	case fact.TollRefused:
		return f.Call
	case fact.LegQuality:
		return f.Call
	case fact.TrunkReachable, fact.TollAlert, fact.NightLocked, fact.CallTurnedAway:
		return ""
	case fact.RecordingErased:
		return f.Call
	case fact.RecordingRead:
		return f.Call
	case fact.AgentMessaged, fact.ExtensionSet, fact.VoicemailMarked, fact.SubjectErased, fact.SubjectRead, fact.StorageChanged, fact.KeyChanged, fact.ClockJudged:
		return ""
	case fact.SiteApplied, fact.PhoneReachable, fact.BoxStarted, fact.BoxStopped, fact.FactsLost, fact.MediaChanged:
		return ""
	case fact.LinkChanged, fact.SiteRefused, fact.SiteReverted, fact.BoxEnrolled:
		return ""
	default:
		return ""
	}
}

// Words tells one fact as a person would, with the reasons it carries.
func Words(f fact.Fact) (words string, why []string) {
	switch f := f.(type) {
	case fact.CallOpened:
		return opened(f), nil
	case fact.CallRouted:
		return "routed to " + strings.TrimSpace(f.To+" "+f.Target), reasons(f.Reasons)
	case fact.CallEnded:
		return ended(f), reasons(f.Reasons)
	case fact.CallFaulted:
		return fmt.Sprintf("the exchange failed in this call and dropped it (%s at %s)", f.StackHash, f.Input), nil
	case fact.TransferStarted:
		return fmt.Sprintf("%s hands the other party over (%s) to %s", f.By, cmp.Or(f.As, f.Manner), strings.TrimSpace(f.To+" "+f.Target)), reasons(f.Reasons)
	case fact.TransferCompleted:
		return "handed over by " + f.By, nil
	case fact.TransferFailed:
		return fmt.Sprintf("could not be handed over by %s: %s, %s", f.By, f.Cause, map[string]string{
			"back": "they have each other again", "recall": "their phone is rung again", "over": "the call is over",
			"held": "the other party waits on hold",
		}[f.Then]), reasons(f.Reasons)
	case fact.CallMerged:
		return fmt.Sprintf("goes on as call %s", f.Into), nil
	case fact.CallPlaced:
		return fmt.Sprintf("%s asked for this call at extension %s", f.By, f.Extension), nil
	case fact.CallLimited:
		return fmt.Sprintf("ended: two parties outside were alone for %s", seconds(f.LimitMS)), nil
	case fact.LegReplaced:
		return fmt.Sprintf("extension %s takes the place of %s", f.Extension, f.Leg), nil
	case fact.AnnouncementStarted:
		return fmt.Sprintf("%s hears %s", f.Leg, f.Sound), nil
	case fact.AnnouncementEnded:
		return announced(f), nil
	case fact.LegOpened:
		return fmt.Sprintf("leg %s %s %s", f.Leg, f.Way, strings.TrimSpace(f.Trunk+" "+f.Extension)), nil
	case fact.LegRinging:
		return f.Leg + " rings", nil
	case fact.LegAnswered:
		return f.Leg + " answered", nil
	case fact.LegHeld:
		if f.Held {
			return f.Leg + " puts the other side on hold", nil
		}
		return f.Leg + " takes the other side back", nil
	case fact.LegEnded:
		return legEnded(f), nil
	case fact.BridgeJoined:
		return strings.Join(f.Legs, " and ") + " hear each other", nil
	case fact.BridgeParted:
		return fmt.Sprintf("%s no longer hear each other, after %s", strings.Join(f.Legs, " and "), seconds(f.TalkMS)), nil
	case fact.DigitPressed:
		return fmt.Sprintf("%s presses a key (%s)", f.Leg, f.Via), nil
	case fact.VisitEntered:
		return fmt.Sprintf("enters queue %s at place %d", f.Queue, f.Position), nil
	case fact.VisitEnded:
		return visitEnded(f), nil
	case fact.OfferMade:
		return fmt.Sprintf("offered to %s on %s after %s of waiting", f.Agent, f.Extension, seconds(f.WaitedMS)), candidates(f.Candidates)
	case fact.NobodyOffered:
		return "nobody in queue " + f.Queue + " can take the call", candidates(f.Candidates)
	case fact.OfferEnded:
		return offerEnded(f), nil
	case fact.AgentChanged:
		return agentChanged(f), reasons(f.Reasons)
	case fact.ReservationHealed:
		return fmt.Sprintf("agent %s was stuck as %s and is free again", f.Agent, f.Was), reasons(f.Reasons)
	case fact.RecordingStarted:
		return "recording " + f.Recording + " begins", reasons(f.Reasons)
	case fact.RecordingEnded:
		if f.Error != "" {
			return fmt.Sprintf("recording %s ended after %s: %s", f.Recording, seconds(f.SoundMS), f.Error), nil
		}
		return fmt.Sprintf("recording %s holds %s", f.Recording, seconds(f.SoundMS)), nil
	case fact.CommandRefused:
		return fmt.Sprintf("%s asked to %s and was refused", f.By, f.Command), reasons(f.Reasons)
	case fact.CallParked:
		return fmt.Sprintf("parked at %s by %s", f.Slot, f.By), nil
	case fact.CallUnparked:
		return fmt.Sprintf("taken from %s by %s", f.Slot, f.By), nil
	case fact.DigitsSent:
		return fmt.Sprintf("%d keys are sent to %s by %s", f.Count, f.Leg, f.By), nil
	case fact.RecordingPaused:
		if f.Paused {
			return fmt.Sprintf("recording %s pauses (%s)", f.Recording, f.Why), nil
		}
		return fmt.Sprintf("recording %s goes on", f.Recording), nil
	case fact.RecordingKept:
		if f.Keep {
			return fmt.Sprintf("recording %s is kept, by %s", f.Recording, f.By), nil
		}
		return fmt.Sprintf("recording %s is not kept, by %s", f.Recording, f.By), nil
	case fact.RecordingErased:
		return fmt.Sprintf("recording %s%s is erased%s (%s)", f.Recording, ofBox(f.Box), byWhom(f.By), f.Why), nil
	case fact.RecordingRead:
		return fmt.Sprintf("recording %s%s is given out%s (%s)", f.Recording, ofBox(f.Box), byWhom(f.By), f.How), nil
	case fact.VoicemailMarked:
		return fmt.Sprintf("message %s of %s is %s, by %s", f.Recording, f.Box, f.State, f.By), nil
	case fact.SubjectErased:
		return fmt.Sprintf("%s is forgotten, by %s: %d recordings and %d messages erased", f.Subject, f.By, f.Recordings, f.Messages), nil
	case fact.SubjectRead:
		return fmt.Sprintf("%s had everything of %s: %d recordings and %d messages", f.By, f.Subject, f.Recordings, f.Messages), nil
	case fact.StorageChanged:
		return fmt.Sprintf("the disk of recordings: %s, before %s; %d MiB free of %d", f.Level, f.Was, f.FreeBytes>>20, f.SizeBytes>>20), nil
	case fact.KeyChanged:
		if f.State == fact.KeyBack {
			return "the key of " + f.Of + " is back", nil
		}
		return fmt.Sprintf("the key of %s is lost or changed: %d do not open; none is erased", f.Of, f.Locked), nil
	case fact.ClockJudged:
		return clockWords(f), nil
	case fact.VoicemailLeft:
		return fmt.Sprintf("leaves a message for %s (recording %s)", f.Box, f.Recording), nil
	case fact.CallbackRequested:
		return fmt.Sprintf("a callback is asked for in queue %s (%s)", f.Queue, f.Source), nil
	case fact.CallbackEnded:
		return fmt.Sprintf("the callback is over: %s after %d attempts", f.Outcome, f.Attempts), reasons(f.Reasons)
	case fact.CampaignChanged:
		return fmt.Sprintf("campaign %s is %s, says %s", f.Campaign, f.State, f.By), nil
	case fact.CampaignImported:
		return fmt.Sprintf("%d contacts for campaign %s by %s, %d lines refused", f.Taken, f.Campaign, f.By, f.Rejected), nil
	case fact.ContactChanged:
		return strings.TrimSpace(fmt.Sprintf("contact %s of %s is %s, attempt %d, %s %s", f.Contact, f.Campaign, f.State, f.Attempts, f.Result, f.Agent)), reasons(f.Reasons)
	case fact.ContactMarked:
		return fmt.Sprintf("%s notes %s of contact %s of %s", f.By, f.Mark, f.Contact, f.Campaign), nil
	case fact.ConsentChanged:
		if f.Revoked {
			return fmt.Sprintf("a person took the consent to be called back, says %s", f.By), nil
		}
		return fmt.Sprintf("a person consents to be called (%s), says %s", f.Source, f.By), nil
	case fact.SupervisionStarted:
		return fmt.Sprintf("%s listens to %s (%s)", f.By, f.Agent, f.Mode), nil
	case fact.SupervisionChanged:
		return fmt.Sprintf("%s goes on with %s (%s)", f.By, f.Agent, f.Mode), nil
	case fact.SupervisionEnded:
		return fmt.Sprintf("%s no longer listens to %s, after %s: %s", f.By, f.Agent, seconds(f.LastedMS), f.Cause), nil
	case fact.AgentMessaged:
		return fmt.Sprintf("%s writes to %s", f.By, f.Agent), nil
	case fact.CommandTaken:
		return strings.TrimSpace(fmt.Sprintf("%s: %s %s", f.By, f.Command, f.Detail)), nil
	case fact.ExtensionSet:
		return fmt.Sprintf("extension %s: do not disturb %v, forwards %s to %s", f.Extension, f.DND, f.When, f.Forward), nil
	case fact.SiteApplied:
		return "the box lives by site document " + f.Revision, nil
	case fact.PhoneReachable:
		if f.Reachable {
			return fmt.Sprintf("extension %s has a phone", f.Extension), nil
		}
		return fmt.Sprintf("extension %s has no phone", f.Extension), nil
	case fact.TrunkReachable:
		return strings.TrimSuffix(fmt.Sprintf("trunk %s %s: %s", f.Trunk, map[bool]string{true: "can be used", false: "cannot be used"}[f.Reachable], f.Reason), ": "), nil
	case fact.CallTurnedAway:
		return fmt.Sprintf("a call of %s was turned away with %d before it began: %s", strings.TrimSpace(f.Trunk+" "+f.Extension), f.Status, f.Reason), nil
	case fact.TollRefused:
		return fmt.Sprintf("extension %s may not call there: limit %s", f.Extension, strings.TrimSpace(f.Limit+" "+f.Detail)), nil
	case fact.TollAlert:
		return fmt.Sprintf("ALERT: extension %s ran into toll limits %d times within %s", f.Extension, f.Refused, seconds(f.WithinMS)), nil
	case fact.NightLocked:
		if f.On {
			return "the lines outside are locked for the night, by " + f.By, nil
		}
		return "the lines outside are open again, by " + f.By, nil
	case fact.BoxStarted:
		return boxStarted(f), nil
	case fact.BoxStopped:
		if f.Planned {
			return "the core stops and hands its calls over", nil
		}
		return "the core stops", nil
	case fact.FactsLost:
		return fmt.Sprintf("facts %s to %s could not be kept: %s", f.From, f.To, f.Cause), nil
	case fact.MediaChanged:
		if f.Up {
			return fmt.Sprintf("the media process is there, with %d legs", f.Legs), nil
		}
		return "the media process is gone: " + f.Reason, nil
	case fact.LegQuality:
		return quality(f), nil
	case fact.LinkChanged:
		return strings.TrimSuffix(map[bool]string{true: "the cloud is there: ", false: "the cloud is out of reach: "}[f.Up]+f.Reason, ": "), nil
	case fact.SiteRefused:
		return siteRefused(f), nil
	case fact.SiteReverted:
		if f.Returned == 0 {
			return fmt.Sprintf("revision %d was taken back, the document from before the cloud is in force: %s", f.Revision, f.Reason), nil
		}
		return fmt.Sprintf("revision %d was taken back, revision %d is in force: %s", f.Revision, f.Returned, f.Reason), nil
	case fact.BoxEnrolled:
		return fmt.Sprintf("the box belongs to site %s of tenant %s", f.Site, f.Tenant), nil
	default:
		return string(f.Kind()), nil
	}
}

func siteRefused(f fact.SiteRefused) string {
	words := fmt.Sprintf("revision %d was refused", f.Revision)
	if f.Revision == 0 {
		words = "a document from the cloud was refused"
	}
	if f.Problems > 0 {
		words += fmt.Sprintf(", it has %d mistakes", f.Problems)
	}
	if f.Reason != "" {
		words += ": " + f.Reason
	}
	return words
}

func seconds(ms int64) string {
	if ms < 10_000 {
		return fmt.Sprintf("%d.%d s", ms/1000, ms%1000/100)
	}
	return fmt.Sprintf("%d s", ms/1000)
}

func reasons(all []fact.Reason) []string {
	out := make([]string, 0, len(all))
	for _, r := range all {
		if r.Detail == "" {
			out = append(out, r.Code)
		} else {
			out = append(out, r.Code+": "+r.Detail)
		}
	}
	return out
}

func candidates(all []fact.Candidate) []string {
	out := make([]string, 0, len(all))
	for _, c := range all {
		words := c.Agent + " is not fit"
		if c.Fit {
			words = c.Agent + " is fit"
		}
		if why := reasons(c.Reasons); len(why) > 0 {
			words += ": " + strings.Join(why, ", ")
		}
		out = append(out, words)
	}
	return out
}

func opened(f fact.CallOpened) string {
	from := "extension " + f.Extension
	if f.Trunk != "" {
		from = "trunk " + f.Trunk
	}
	if f.Withheld {
		from += ", number withheld"
	}
	to := f.Dialled
	if to == "" {
		to = "an outside number"
	}
	return fmt.Sprintf("%s call from %s dials %s", f.Flow, from, to)
}

func ended(f fact.CallEnded) string {
	words := "call ended: " + string(f.Outcome)
	if f.Stage != fact.StageNone {
		words += ", at the stage " + string(f.Stage)
	}
	if f.LastOffer != "" && f.Outcome != fact.CallAnswered {
		words += ", last offer " + string(f.LastOffer)
	}
	if f.Cause != "" {
		words += ", " + f.Cause
	}
	if f.HungUpBy != "" {
		words += ", hung up by the " + f.HungUpBy
	}
	return fmt.Sprintf("%s (waited %s, rang %s, talked %s, held %s)", words, seconds(f.WaitMS), seconds(f.RingMS), seconds(f.TalkMS), seconds(f.HoldMS))
}

func announced(f fact.AnnouncementEnded) string {
	switch {
	case f.Error != "":
		return fmt.Sprintf("%s could not be played to %s: %s", f.Sound, f.Leg, f.Error)
	case f.Finished:
		return fmt.Sprintf("%s heard %s to its end", f.Leg, f.Sound)
	default:
		return fmt.Sprintf("%s is cut short for %s", f.Sound, f.Leg)
	}
}

func legEnded(f fact.LegEnded) string {
	if f.SIP != 0 {
		return fmt.Sprintf("leg %s ended: %s (SIP %d)", f.Leg, f.Cause, f.SIP)
	}
	return fmt.Sprintf("leg %s ended: %s", f.Leg, f.Cause)
}

func visitEnded(f fact.VisitEnded) string {
	words := fmt.Sprintf("leaves queue %s: %s after %s and %d offer(s)", f.Queue, f.Outcome, seconds(f.WaitMS), f.Offers)
	if f.To != "" {
		words += ", goes on to " + f.To
	}
	return words
}

func offerEnded(f fact.OfferEnded) string {
	words := fmt.Sprintf("offer to %s: %s after %s of ringing", f.Agent, strings.ReplaceAll(string(f.Outcome), "_", " "), seconds(f.RingMS))
	if f.SIP != 0 {
		words += fmt.Sprintf(" (SIP %d)", f.SIP)
	}
	return words
}

func agentChanged(f fact.AgentChanged) string {
	words := fmt.Sprintf("agent %s is %s, %s, %s, line %s", f.Agent, strings.ReplaceAll(f.Session, "_", " "), f.Declared, f.Activity, f.Line)
	if f.Pause != "" {
		words += ", pause " + f.Pause
	}
	if f.Lock != "" {
		words += ", locked by " + f.LockBy
	}
	if f.Next != "" {
		words += strings.TrimRight(", next "+f.Next+" "+f.NextPause, " ")
	}
	if f.Forced {
		words += " (forced)"
	}
	return words
}

func boxStarted(f fact.BoxStarted) string {
	words := "the core " + f.Program + " starts"
	if !f.Clean {
		words += " after one that did not stop properly"
	}
	if f.Resumed > 0 {
		words += fmt.Sprintf(" and takes over %d call(s)", f.Resumed)
	}
	return words
}

func quality(f fact.LegQuality) string {
	words := fmt.Sprintf("leg %s, %s: %d packets received (%d lost, %d late, jitter %d.%d ms, %d from strangers), %d sent",
		f.Leg, f.Codec, f.Received, f.Lost, f.Late, f.JitterUS/1000, f.JitterUS%1000/100, f.Strangers, f.Sent)
	if f.RFactorX10 > 0 {
		words += fmt.Sprintf(", R %s, opinion %s of 5", tenths(f.RFactorX10), tenths(f.MOSX10))
	}
	if f.SpeechPercent > 0 {
		words += fmt.Sprintf(", speech at %s dBm0", tenths(f.LevelX10))
	}
	if f.PeerMOSX10 > 0 {
		words += fmt.Sprintf("; the peer hears us at %s of 5", tenths(f.PeerMOSX10))
	}
	return words
}

func tenths(x int) string { return strconv.FormatFloat(float64(x)/10, 'f', 1, 64) }

// ofBox names the mailbox of a message, to be put behind it.
func ofBox(box string) string {
	if box == "" {
		return ""
	}
	return " of " + box
}

// byWhom names who did something; nobody is the box itself.
func byWhom(by string) string {
	if by == "" {
		return ""
	}
	return " by " + by
}

func clockWords(f fact.ClockJudged) string {
	if f.State != fact.ClockSure {
		return fmt.Sprintf("the clock is not sure (%s): nothing is erased for its age", f.State)
	}
	if f.By != "" {
		return "the clock is sure again: " + f.By + " says so"
	}
	return "the clock is sure"
}
