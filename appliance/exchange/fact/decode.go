package fact

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Kinds lists every kind of fact, in the order of this file. It is what golden tests and documents walk over.
func Kinds() []Kind {
	return []Kind{
		CallOpened{}.Kind(),
		CallRouted{}.Kind(),
		CallEnded{}.Kind(),
		CallFaulted{}.Kind(),
		TransferStarted{}.Kind(),
		TransferCompleted{}.Kind(),
		TransferFailed{}.Kind(),
		CallMerged{}.Kind(),
		CallPlaced{}.Kind(),
		CallLimited{}.Kind(),
		LegReplaced{}.Kind(),
		AnnouncementStarted{}.Kind(),
		AnnouncementEnded{}.Kind(),
		LegOpened{}.Kind(),
		LegRinging{}.Kind(),
		LegAnswered{}.Kind(),
		LegHeld{}.Kind(),
		LegEnded{}.Kind(),
		BridgeJoined{}.Kind(),
		BridgeParted{}.Kind(),
		DigitPressed{}.Kind(),
		VisitEntered{}.Kind(),
		VisitEnded{}.Kind(),
		OfferMade{}.Kind(),
		NobodyOffered{}.Kind(),
		OfferEnded{}.Kind(),
		AgentChanged{}.Kind(),
		ReservationHealed{}.Kind(),
		RecordingStarted{}.Kind(),
		RecordingEnded{}.Kind(),
		CommandRefused{}.Kind(),
		CallParked{}.Kind(),
		CallUnparked{}.Kind(),
		DigitsSent{}.Kind(),
		RecordingPaused{}.Kind(),
		RecordingKept{}.Kind(),
		VoicemailLeft{}.Kind(),
		CallbackRequested{}.Kind(),
		CallbackEnded{}.Kind(),
		CampaignChanged{}.Kind(),
		CampaignImported{}.Kind(),
		ContactChanged{}.Kind(),
		ContactMarked{}.Kind(),
		ConsentChanged{}.Kind(),
		SupervisionStarted{}.Kind(),
		SupervisionChanged{}.Kind(),
		SupervisionEnded{}.Kind(),
		AgentMessaged{}.Kind(),
		CommandTaken{}.Kind(),
		ExtensionSet{}.Kind(),
		SiteApplied{}.Kind(),
		PhoneReachable{}.Kind(),
		CallTurnedAway{}.Kind(),
		TrunkReachable{}.Kind(),
		TollRefused{}.Kind(),
		TollAlert{}.Kind(),
		NightLocked{}.Kind(),
		BoxStarted{}.Kind(),
		BoxStopped{}.Kind(),
		FactsLost{}.Kind(),
		MediaChanged{}.Kind(),
		LegQuality{}.Kind(),
		LinkChanged{}.Kind(),
		SiteRefused{}.Kind(),
		SiteReverted{}.Kind(),
		BoxEnrolled{}.Kind(),
		StorageChanged{}.Kind(),
		KeyChanged{}.Kind(),
		ClockJudged{}.Kind(),
		RecordingErased{}.Kind(),
		RecordingRead{}.Kind(),
		VoicemailMarked{}.Kind(),
		SubjectErased{}.Kind(),
		SubjectRead{}.Kind(),
	}
}

// Decode reads one payload. Unknown fields are kept out without complaint (a newer box may add some); an unknown kind or a later
// payload version is an error that says so.
func Decode(k Kind, version int, body json.RawMessage) (Fact, error) {
	switch k {
	case CallOpened{}.Kind():
		return decode[CallOpened](version, body)
	case CallRouted{}.Kind():
		return decode[CallRouted](version, body)
	case CallEnded{}.Kind():
		return decode[CallEnded](version, body)
	case CallFaulted{}.Kind():
		return decode[CallFaulted](version, body)
	case TransferStarted{}.Kind():
		return decode[TransferStarted](version, body)
	case TransferCompleted{}.Kind():
		return decode[TransferCompleted](version, body)
	case TransferFailed{}.Kind():
		return decode[TransferFailed](version, body)
	case CallMerged{}.Kind():
		return decode[CallMerged](version, body)
	case CallPlaced{}.Kind():
		return decode[CallPlaced](version, body)
	case CallLimited{}.Kind():
		return decode[CallLimited](version, body)
	case LegReplaced{}.Kind():
		return decode[LegReplaced](version, body)
	case AnnouncementStarted{}.Kind():
		return decode[AnnouncementStarted](version, body)
	case AnnouncementEnded{}.Kind():
		return decode[AnnouncementEnded](version, body)
	case LegOpened{}.Kind():
		return decode[LegOpened](version, body)
	case LegRinging{}.Kind():
		return decode[LegRinging](version, body)
	case LegAnswered{}.Kind():
		return decode[LegAnswered](version, body)
	case LegHeld{}.Kind():
		return decode[LegHeld](version, body)
	case LegEnded{}.Kind():
		return decode[LegEnded](version, body)
	case BridgeJoined{}.Kind():
		return decode[BridgeJoined](version, body)
	case BridgeParted{}.Kind():
		return decode[BridgeParted](version, body)
	case DigitPressed{}.Kind():
		return decode[DigitPressed](version, body)
	case VisitEntered{}.Kind():
		return decode[VisitEntered](version, body)
	case VisitEnded{}.Kind():
		return decode[VisitEnded](version, body)
	case OfferMade{}.Kind():
		return decode[OfferMade](version, body)
	case NobodyOffered{}.Kind():
		return decode[NobodyOffered](version, body)
	case OfferEnded{}.Kind():
		return decode[OfferEnded](version, body)
	case AgentChanged{}.Kind():
		return decode[AgentChanged](version, body)
	case ReservationHealed{}.Kind():
		return decode[ReservationHealed](version, body)
	case RecordingStarted{}.Kind():
		return decode[RecordingStarted](version, body)
	case RecordingEnded{}.Kind():
		return decode[RecordingEnded](version, body)
	case CommandRefused{}.Kind():
		return decode[CommandRefused](version, body)
	case CallParked{}.Kind():
		return decode[CallParked](version, body)
	case CallUnparked{}.Kind():
		return decode[CallUnparked](version, body)
	case DigitsSent{}.Kind():
		return decode[DigitsSent](version, body)
	case RecordingPaused{}.Kind():
		return decode[RecordingPaused](version, body)
	case RecordingKept{}.Kind():
		return decode[RecordingKept](version, body)
	case VoicemailLeft{}.Kind():
		return decode[VoicemailLeft](version, body)
	case CallbackRequested{}.Kind():
		return decode[CallbackRequested](version, body)
	case CallbackEnded{}.Kind():
		return decode[CallbackEnded](version, body)
	case CampaignChanged{}.Kind():
		return decode[CampaignChanged](version, body)
	case CampaignImported{}.Kind():
		return decode[CampaignImported](version, body)
	case ContactChanged{}.Kind():
		return decode[ContactChanged](version, body)
	case ContactMarked{}.Kind():
		return decode[ContactMarked](version, body)
	case ConsentChanged{}.Kind():
		return decode[ConsentChanged](version, body)
	case SupervisionStarted{}.Kind():
		return decode[SupervisionStarted](version, body)
	case SupervisionChanged{}.Kind():
		return decode[SupervisionChanged](version, body)
	case SupervisionEnded{}.Kind():
		return decode[SupervisionEnded](version, body)
	case AgentMessaged{}.Kind():
		return decode[AgentMessaged](version, body)
	case CommandTaken{}.Kind():
		return decode[CommandTaken](version, body)
	case ExtensionSet{}.Kind():
		return decode[ExtensionSet](version, body)
	case SiteApplied{}.Kind():
		return decode[SiteApplied](version, body)
	case CallTurnedAway{}.Kind():
		return decode[CallTurnedAway](version, body)
	case PhoneReachable{}.Kind():
		return decode[PhoneReachable](version, body)
	case TrunkReachable{}.Kind():
		return decode[TrunkReachable](version, body)
	case TollRefused{}.Kind():
		return decode[TollRefused](version, body)
	case TollAlert{}.Kind():
		return decode[TollAlert](version, body)
	case NightLocked{}.Kind():
		return decode[NightLocked](version, body)
	case BoxStarted{}.Kind():
		return decode[BoxStarted](version, body)
	case BoxStopped{}.Kind():
		return decode[BoxStopped](version, body)
	case FactsLost{}.Kind():
		return decode[FactsLost](version, body)
	case MediaChanged{}.Kind():
		return decode[MediaChanged](version, body)
	case LegQuality{}.Kind():
		return decode[LegQuality](version, body)
	case LinkChanged{}.Kind():
		return decode[LinkChanged](version, body)
	case SiteRefused{}.Kind():
		return decode[SiteRefused](version, body)
	case SiteReverted{}.Kind():
		return decode[SiteReverted](version, body)
	case BoxEnrolled{}.Kind():
		return decode[BoxEnrolled](version, body)
	case StorageChanged{}.Kind():
		return decode[StorageChanged](version, body)
	case KeyChanged{}.Kind():
		return decode[KeyChanged](version, body)
	case ClockJudged{}.Kind():
		return decode[ClockJudged](version, body)
	case RecordingErased{}.Kind():
		return decode[RecordingErased](version, body)
	case RecordingRead{}.Kind():
		return decode[RecordingRead](version, body)
	case VoicemailMarked{}.Kind():
		return decode[VoicemailMarked](version, body)
	case SubjectErased{}.Kind():
		return decode[SubjectErased](version, body)
	case SubjectRead{}.Kind():
		return decode[SubjectRead](version, body)
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownKind, k)
}

func decode[F Fact](version int, body json.RawMessage) (Fact, error) {
	var f F
	if known := f.Version(); version < 1 || version > known {
		return nil, fmt.Errorf("%s: %w: it is %d, this program knows 1 to %d", f.Kind(), ErrVersion, version, known)
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&f); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Kind(), err)
	}
	return f, nil
}

// Kind is the stable name of this fact.
func (CallOpened) Kind() Kind { return "call.opened" }

// Version is the version of its payload.
func (CallOpened) Version() int { return 1 }
func (CallOpened) fact()        {}

// Kind is the stable name of this fact.
func (CallRouted) Kind() Kind { return "call.routed" }

// Version is the version of its payload.
func (CallRouted) Version() int { return 1 }
func (CallRouted) fact()        {}

// Kind is the stable name of this fact.
func (CallEnded) Kind() Kind { return "call.ended" }

// Version is the version of its payload.
func (CallEnded) Version() int { return 1 }
func (CallEnded) fact()        {}

// Kind is the stable name of this fact.
func (CallFaulted) Kind() Kind { return "call.faulted" }

// Version is the version of its payload.
func (CallFaulted) Version() int { return 1 }
func (CallFaulted) fact()        {}

// Kind is the stable name of this fact.
func (TransferStarted) Kind() Kind { return "call.transfer_started" }

// Version is the version of its payload.
func (TransferStarted) Version() int { return 1 }
func (TransferStarted) fact()        {}

// Kind is the stable name of this fact.
func (TransferCompleted) Kind() Kind { return "call.transfer_completed" }

// Version is the version of its payload.
func (TransferCompleted) Version() int { return 1 }
func (TransferCompleted) fact()        {}

// Kind is the stable name of this fact.
func (TransferFailed) Kind() Kind { return "call.transfer_failed" }

// Version is the version of its payload.
func (TransferFailed) Version() int { return 1 }
func (TransferFailed) fact()        {}

// Kind is the stable name of this fact.
func (CallMerged) Kind() Kind { return "call.merged" }

// Version is the version of its payload.
func (CallMerged) Version() int { return 1 }
func (CallMerged) fact()        {}

// Kind is the stable name of this fact.
func (CallPlaced) Kind() Kind { return "call.placed" }

// Version is the version of its payload.
func (CallPlaced) Version() int { return 1 }
func (CallPlaced) fact()        {}

// Kind is the stable name of this fact.
func (CallLimited) Kind() Kind { return "call.limited" }

// Version is the version of its payload.
func (CallLimited) Version() int { return 1 }
func (CallLimited) fact()        {}

// Kind is the stable name of this fact.
func (LegReplaced) Kind() Kind { return "leg.replaced" }

// Version is the version of its payload.
func (LegReplaced) Version() int { return 1 }
func (LegReplaced) fact()        {}

// Kind is the stable name of this fact.
func (AnnouncementStarted) Kind() Kind { return "announcement.started" }

// Version is the version of its payload.
func (AnnouncementStarted) Version() int { return 1 }
func (AnnouncementStarted) fact()        {}

// Kind is the stable name of this fact.
func (AnnouncementEnded) Kind() Kind { return "announcement.ended" }

// Version is the version of its payload.
func (AnnouncementEnded) Version() int { return 1 }
func (AnnouncementEnded) fact()        {}

// Kind is the stable name of this fact.
func (LegOpened) Kind() Kind { return "leg.opened" }

// Version is the version of its payload.
func (LegOpened) Version() int { return 1 }
func (LegOpened) fact()        {}

// Kind is the stable name of this fact.
func (LegRinging) Kind() Kind { return "leg.ringing" }

// Version is the version of its payload.
func (LegRinging) Version() int { return 1 }
func (LegRinging) fact()        {}

// Kind is the stable name of this fact.
func (LegAnswered) Kind() Kind { return "leg.answered" }

// Version is the version of its payload.
func (LegAnswered) Version() int { return 1 }
func (LegAnswered) fact()        {}

// Kind is the stable name of this fact.
func (LegHeld) Kind() Kind { return "leg.held" }

// Version is the version of its payload.
func (LegHeld) Version() int { return 1 }
func (LegHeld) fact()        {}

// Kind is the stable name of this fact.
func (LegEnded) Kind() Kind { return "leg.ended" }

// Version is the version of its payload.
func (LegEnded) Version() int { return 1 }
func (LegEnded) fact()        {}

// Kind is the stable name of this fact.
func (BridgeJoined) Kind() Kind { return "bridge.joined" }

// Version is the version of its payload.
func (BridgeJoined) Version() int { return 1 }
func (BridgeJoined) fact()        {}

// Kind is the stable name of this fact.
func (BridgeParted) Kind() Kind { return "bridge.parted" }

// Version is the version of its payload.
func (BridgeParted) Version() int { return 1 }
func (BridgeParted) fact()        {}

// Kind is the stable name of this fact.
func (DigitPressed) Kind() Kind { return "digit.pressed" }

// Version is the version of its payload.
func (DigitPressed) Version() int { return 1 }
func (DigitPressed) fact()        {}

// Kind is the stable name of this fact.
func (VisitEntered) Kind() Kind { return "visit.entered" }

// Version is the version of its payload.
func (VisitEntered) Version() int { return 1 }
func (VisitEntered) fact()        {}

// Kind is the stable name of this fact.
func (VisitEnded) Kind() Kind { return "visit.ended" }

// Version is the version of its payload.
func (VisitEnded) Version() int { return 1 }
func (VisitEnded) fact()        {}

// Kind is the stable name of this fact.
func (OfferMade) Kind() Kind { return "offer.made" }

// Version is the version of its payload.
func (OfferMade) Version() int { return 1 }
func (OfferMade) fact()        {}

// Kind is the stable name of this fact.
func (NobodyOffered) Kind() Kind { return "offer.nobody" }

// Version is the version of its payload.
func (NobodyOffered) Version() int { return 1 }
func (NobodyOffered) fact()        {}

// Kind is the stable name of this fact.
func (OfferEnded) Kind() Kind { return "offer.ended" }

// Version is the version of its payload.
func (OfferEnded) Version() int { return 1 }
func (OfferEnded) fact()        {}

// Kind is the stable name of this fact.
func (AgentChanged) Kind() Kind { return "agent.changed" }

// Version is the version of its payload.
func (AgentChanged) Version() int { return 1 }
func (AgentChanged) fact()        {}

// Kind is the stable name of this fact.
func (ReservationHealed) Kind() Kind { return "reservation.healed" }

// Version is the version of its payload.
func (ReservationHealed) Version() int { return 1 }
func (ReservationHealed) fact()        {}

// Kind is the stable name of this fact.
func (RecordingStarted) Kind() Kind { return "recording.started" }

// Version is the version of its payload.
func (RecordingStarted) Version() int { return 1 }
func (RecordingStarted) fact()        {}

// Kind is the stable name of this fact.
func (RecordingEnded) Kind() Kind { return "recording.ended" }

// Version is the version of its payload.
func (RecordingEnded) Version() int { return 1 }
func (RecordingEnded) fact()        {}

// Kind is the stable name of this fact.
func (CommandRefused) Kind() Kind { return "command.refused" }

// Version is the version of its payload.
func (CommandRefused) Version() int { return 1 }
func (CommandRefused) fact()        {}

// Kind is the stable name of this fact.
func (SiteApplied) Kind() Kind { return "site.applied" }

// Version is the version of its payload.
func (SiteApplied) Version() int { return 1 }
func (SiteApplied) fact()        {}

// Kind is the stable name of this fact.
func (CallTurnedAway) Kind() Kind { return "call.turned_away" }

// Version is the version of its payload.
func (CallTurnedAway) Version() int { return 1 }
func (CallTurnedAway) fact()        {}

// Kind is the stable name of this fact.
func (PhoneReachable) Kind() Kind { return "phone.reachable" }

// Version is the version of its payload.
func (PhoneReachable) Version() int { return 1 }
func (PhoneReachable) fact()        {}

// Kind is the stable name of this fact.
func (TrunkReachable) Kind() Kind { return "trunk.reachable" }

// Version is the version of its payload.
func (TrunkReachable) Version() int { return 1 }
func (TrunkReachable) fact()        {}

// Kind is the stable name of this fact.
func (TollRefused) Kind() Kind { return "toll.refused" }

// Version is the version of its payload.
func (TollRefused) Version() int { return 1 }
func (TollRefused) fact()        {}

// Kind is the stable name of this fact.
func (TollAlert) Kind() Kind { return "toll.alert" }

// Version is the version of its payload.
func (TollAlert) Version() int { return 1 }
func (TollAlert) fact()        {}

// Kind is the stable name of this fact.
func (NightLocked) Kind() Kind { return "night.locked" }

// Version is the version of its payload.
func (NightLocked) Version() int { return 1 }
func (NightLocked) fact()        {}

// Kind is the stable name of this fact.
func (BoxStarted) Kind() Kind { return "box.started" }

// Version is the version of its payload.
func (BoxStarted) Version() int { return 1 }
func (BoxStarted) fact()        {}

// Kind is the stable name of this fact.
func (BoxStopped) Kind() Kind { return "box.stopped" }

// Version is the version of its payload.
func (BoxStopped) Version() int { return 1 }
func (BoxStopped) fact()        {}

// Kind is the stable name of this fact.
func (FactsLost) Kind() Kind { return "facts.lost" }

// Version is the version of its payload.
func (FactsLost) Version() int { return 1 }
func (FactsLost) fact()        {}

// Kind is the stable name of this fact.
func (MediaChanged) Kind() Kind { return "media.changed" }

// Version is the version of its payload.
func (MediaChanged) Version() int { return 1 }
func (MediaChanged) fact()        {}

// Kind is the stable name of this fact.
func (LegQuality) Kind() Kind { return "leg.quality" }

// Version is the version of its payload.
func (LegQuality) Version() int { return 1 }
func (LegQuality) fact()        {}

// Kind is the stable name of this fact.
func (LinkChanged) Kind() Kind { return "link.changed" }

// Version is the version of its payload.
func (LinkChanged) Version() int { return 1 }
func (LinkChanged) fact()        {}

// Kind is the stable name of this fact.
func (SiteRefused) Kind() Kind { return "site.refused" }

// Version is the version of its payload.
func (SiteRefused) Version() int { return 1 }
func (SiteRefused) fact()        {}

// Kind is the stable name of this fact.
func (SiteReverted) Kind() Kind { return "site.reverted" }

// Version is the version of its payload.
func (SiteReverted) Version() int { return 1 }
func (SiteReverted) fact()        {}

// Kind is the stable name of this fact.
func (BoxEnrolled) Kind() Kind { return "box.enrolled" }

// Version is the version of its payload.
func (BoxEnrolled) Version() int { return 1 }
func (BoxEnrolled) fact()        {}

// Kind is the stable name of this fact.
func (CallParked) Kind() Kind { return "call.parked" }

// Version is the version of its payload.
func (CallParked) Version() int { return 1 }
func (CallParked) fact()        {}

// Kind is the stable name of this fact.
func (CallUnparked) Kind() Kind { return "call.unparked" }

// Version is the version of its payload.
func (CallUnparked) Version() int { return 1 }
func (CallUnparked) fact()        {}

// Kind is the stable name of this fact.
func (DigitsSent) Kind() Kind { return "digits.sent" }

// Version is the version of its payload.
func (DigitsSent) Version() int { return 1 }
func (DigitsSent) fact()        {}

// Kind is the stable name of this fact.
func (RecordingPaused) Kind() Kind { return "recording.paused" }

// Version is the version of its payload.
func (RecordingPaused) Version() int { return 1 }
func (RecordingPaused) fact()        {}

// Kind is the stable name of this fact.
func (RecordingKept) Kind() Kind { return "recording.kept" }

// Version is the version of its payload.
func (RecordingKept) Version() int { return 1 }
func (RecordingKept) fact()        {}

// Kind is the stable name of this fact.
func (VoicemailLeft) Kind() Kind { return "voicemail.left" }

// Version is the version of its payload.
func (VoicemailLeft) Version() int { return 1 }
func (VoicemailLeft) fact()        {}

// Kind is the stable name of this fact.
func (CallbackRequested) Kind() Kind { return "callback.requested" }

// Version is the version of its payload.
func (CallbackRequested) Version() int { return 1 }
func (CallbackRequested) fact()        {}

// Kind is the stable name of this fact.
func (CallbackEnded) Kind() Kind { return "callback.ended" }

// Version is the version of its payload.
func (CallbackEnded) Version() int { return 1 }
func (CallbackEnded) fact()        {}

// Kind is the stable name of this fact.
func (CampaignChanged) Kind() Kind { return "campaign.changed" }

// Version is the version of its payload.
func (CampaignChanged) Version() int { return 1 }
func (CampaignChanged) fact()        {}

// Kind is the stable name of this fact.
func (CampaignImported) Kind() Kind { return "campaign.imported" }

// Version is the version of its payload.
func (CampaignImported) Version() int { return 1 }
func (CampaignImported) fact()        {}

// Kind is the stable name of this fact.
func (ContactChanged) Kind() Kind { return "contact.changed" }

// Version is the version of its payload.
func (ContactChanged) Version() int { return 1 }
func (ContactChanged) fact()        {}

// Kind is the stable name of this fact.
func (ContactMarked) Kind() Kind { return "contact.marked" }

// Version is the version of its payload.
func (ContactMarked) Version() int { return 1 }
func (ContactMarked) fact()        {}

// Kind is the stable name of this fact.
func (ConsentChanged) Kind() Kind { return "consent.changed" }

// Version is the version of its payload.
func (ConsentChanged) Version() int { return 1 }
func (ConsentChanged) fact()        {}

// Kind is the stable name of this fact.
func (SupervisionStarted) Kind() Kind { return "supervision.started" }

// Version is the version of its payload.
func (SupervisionStarted) Version() int { return 1 }
func (SupervisionStarted) fact()        {}

// Kind is the stable name of this fact.
func (SupervisionChanged) Kind() Kind { return "supervision.changed" }

// Version is the version of its payload.
func (SupervisionChanged) Version() int { return 1 }
func (SupervisionChanged) fact()        {}

// Kind is the stable name of this fact.
func (SupervisionEnded) Kind() Kind { return "supervision.ended" }

// Version is the version of its payload.
func (SupervisionEnded) Version() int { return 1 }
func (SupervisionEnded) fact()        {}

// Kind is the stable name of this fact.
func (AgentMessaged) Kind() Kind { return "agent.messaged" }

// Version is the version of its payload.
func (AgentMessaged) Version() int { return 1 }
func (AgentMessaged) fact()        {}

// Kind is the stable name of this fact.
func (CommandTaken) Kind() Kind { return "command.taken" }

// Version is the version of its payload.
func (CommandTaken) Version() int { return 1 }
func (CommandTaken) fact()        {}

// Kind is the stable name of this fact.
func (ExtensionSet) Kind() Kind { return "extension.set" }

// Version is the version of its payload.
func (ExtensionSet) Version() int { return 1 }
func (ExtensionSet) fact()        {}

// Kind is the stable name of this fact.
func (StorageChanged) Kind() Kind { return "storage.changed" }

// Version is the version of its payload.
func (StorageChanged) Version() int { return 1 }
func (StorageChanged) fact()        {}

// Kind is the stable name of this fact.
func (KeyChanged) Kind() Kind { return "storage.key" }

// Version is the version of its payload.
func (KeyChanged) Version() int { return 1 }
func (KeyChanged) fact()        {}

// Kind is the stable name of this fact.
func (ClockJudged) Kind() Kind { return "clock.judged" }

// Version is the version of its payload.
func (ClockJudged) Version() int { return 1 }
func (ClockJudged) fact()        {}

// Kind is the stable name of this fact.
func (RecordingErased) Kind() Kind { return "recording.erased" }

// Version is the version of its payload.
func (RecordingErased) Version() int { return 1 }
func (RecordingErased) fact()        {}

// Kind is the stable name of this fact.
func (RecordingRead) Kind() Kind { return "recording.read" }

// Version is the version of its payload.
func (RecordingRead) Version() int { return 1 }
func (RecordingRead) fact()        {}

// Kind is the stable name of this fact.
func (VoicemailMarked) Kind() Kind { return "voicemail.marked" }

// Version is the version of its payload.
func (VoicemailMarked) Version() int { return 1 }
func (VoicemailMarked) fact()        {}

// Kind is the stable name of this fact.
func (SubjectErased) Kind() Kind { return "subject.erased" }

// Version is the version of its payload.
func (SubjectErased) Version() int { return 1 }
func (SubjectErased) fact()        {}

// Kind is the stable name of this fact.
func (SubjectRead) Kind() Kind { return "subject.read" }

// Version is the version of its payload.
func (SubjectRead) Version() int { return 1 }
func (SubjectRead) fact()        {}
