package fact

// CallOutcome is how a caller's journey ended. A call has exactly one, and it is final.
type CallOutcome string

// The outcomes of a call (docs/decisions/0003): the guide's « répondu », « abandon » and « annulé », and what they leave out.
const (
	CallAnswered          CallOutcome = "answered"  // « répondu »: spoke with somebody, even for a second
	CallAbandoned         CallOutcome = "abandoned" // « abandon »: left while nobody's phone rang; Stage says where
	CallCancelled         CallOutcome = "cancelled" // « annulé »: left while somebody's phone rang
	CallClosed            CallOutcome = "closed"
	CallDeterred          CallOutcome = "deterred" // turned away by design: queue full, nobody there
	CallVoicemail         CallOutcome = "voicemail"
	CallCallbackRequested CallOutcome = "callback_requested"
	CallSelfServed        CallOutcome = "self_served"
	CallForwarded         CallOutcome = "forwarded"   // it went to a number outside by an extension's own rule, and nobody else was spoken with; or it became part of another call
	CallFailed            CallOutcome = "failed"      // refused or broken: no such number, trunk or media fault
	CallInterrupted       CallOutcome = "interrupted" // the box restarted under it
)

// Stage is where an abandoning caller was.
type Stage string

// The stages of an abandonment.
const (
	StageNone         Stage = ""
	StageSVI          Stage = "svi"
	StageQueue        Stage = "queue"
	StageAnnouncement Stage = "announcement"
)

// VisitOutcome is how one passage in one queue ended.
type VisitOutcome string

// The outcomes of a visit.
const (
	VisitAnswered      VisitOutcome = "answered"
	VisitAbandoned     VisitOutcome = "abandoned"
	VisitCancelled     VisitOutcome = "cancelled"
	VisitClosed        VisitOutcome = "closed"
	VisitFull          VisitOutcome = "full"
	VisitNobodyFit     VisitOutcome = "nobody_fit"
	VisitWaitedTooLong VisitOutcome = "waited_too_long"
	VisitExited        VisitOutcome = "exited"
	VisitMoved         VisitOutcome = "moved"
	VisitFailed        VisitOutcome = "failed"
	VisitInterrupted   VisitOutcome = "interrupted"
)

// OfferOutcome is how one presentation of a call to one agent ended; after most of them the caller is back on hold music.
type OfferOutcome string

// The outcomes of an offer: the guide's « non répondu » and « occupé » live here.
const (
	OfferAnswered    OfferOutcome = "answered"
	OfferNotAnswered OfferOutcome = "not_answered" // « non répondu »
	OfferBusy        OfferOutcome = "busy"         // « occupé »
	OfferDeclined    OfferOutcome = "declined"
	OfferUnreachable OfferOutcome = "unreachable"
	OfferCancelled   OfferOutcome = "cancelled" // the caller left while this phone rang
	OfferLostRace    OfferOutcome = "lost_race" // another agent was faster
)
