package fact

// Reason is why something was decided: a stable code, and the words that make it concrete for this case.
// A decision carries all its reasons, so that "why was this agent not offered the call?" has an answer.
type Reason struct {
	Code   string `json:"code"`             // stable, e.g. "agent.talking", "number.emergency"
	Detail string `json:"detail,omitempty"` // names and figures, e.g. "queue sales, waited 31 s"
}

// CallOpened says a call came into being. It is the first fact of every call.
type CallOpened struct {
	Call      string  `json:"call"`
	Leg       string  `json:"leg"`
	Flow      string  `json:"flow"` // "inbound" from a trunk, "internal" between extensions, "outbound" to a trunk
	Trunk     string  `json:"trunk,omitempty"`
	Extension string  `json:"extension,omitempty"` // who dialled, for internal and outbound
	Caller    Subject `json:"caller,omitempty"`
	Withheld  bool    `json:"withheld,omitempty"`
	Dialled   string  `json:"dialled,omitempty"` // our own numbers and emergency numbers in clear; others only as Callee
	Callee    Subject `json:"callee,omitempty"`
	Callback  string  `json:"callback,omitempty"` // the callback it is an attempt of
	Campaign  string  `json:"campaign,omitempty"` // the campaign it is placed for
	Contact   string  `json:"contact,omitempty"`  // whom of it
	Revision  string  `json:"revision"`           // the site document this call lives by
}

// CallRouted says where a call was sent and why.
type CallRouted struct {
	Call    string   `json:"call"`
	To      string   `json:"to"` // "service", "extension", "trunk", "emergency", "refused"
	Target  string   `json:"target,omitempty"`
	Reasons []Reason `json:"reasons"`
}

// CallEnded closes a call; nothing of that call follows it but RecordingEnded, since the writer may be slower than the call.
type CallEnded struct {
	Call      string       `json:"call"`
	Outcome   CallOutcome  `json:"outcome"`
	Stage     Stage        `json:"stage,omitempty"`
	LastOffer OfferOutcome `json:"last_offer,omitempty"` // kept for a caller who was missed and then left
	Cause     string       `json:"cause,omitempty"`      // for failed and interrupted
	HungUpBy  string       `json:"hung_up_by,omitempty"` // "caller", "agent", "called", "box"
	TotalMS   int64        `json:"total_ms"`
	WaitMS    int64        `json:"wait_ms"` // all visits, from queue entry
	RingMS    int64        `json:"ring_ms"`
	TalkMS    int64        `json:"talk_ms"`
	HoldMS    int64        `json:"hold_ms"`
	Reasons   []Reason     `json:"reasons,omitempty"`
}

// CallFaulted says the exchange failed inside this call; the call was evicted and the others went on.
type CallFaulted struct {
	Call      string `json:"call"`
	StackHash string `json:"stack_hash"` // of the panic's value and the input's kind: equal faults are equal
	Input     string `json:"input"`      // the kind of input that was being taken, never its content
}

// TransferStarted says somebody hands the other party of a call to another person or queue. TransferCompleted or TransferFailed follows once.
type TransferStarted struct {
	Call    string   `json:"call"`
	Manner  string   `json:"manner"`            // "blind", or "attended": after a word with the target
	By      string   `json:"by"`                // the extension that hands over
	Agent   string   `json:"agent,omitempty"`   // who sits there
	Leg     string   `json:"leg"`               // its leg
	As      string   `json:"as,omitempty"`      // which of the guide's eight, when the toolbar asked
	To      string   `json:"to"`                // as in CallRouted
	Target  string   `json:"target,omitempty"`  // an extension or a number of ours; for an outside number the trunk
	Consult string   `json:"consult,omitempty"` // attended: the call in which the two had a word
	Reasons []Reason `json:"reasons,omitempty"`
}

// TransferCompleted says the party has somebody else now.
type TransferCompleted struct {
	Call  string `json:"call"`
	By    string `json:"by"`
	Leg   string `json:"leg,omitempty"`   // who took over
	Queue string `json:"queue,omitempty"` // or where the party waits
}

// TransferFailed says the target could not be had, and where the party is now.
type TransferFailed struct {
	Call    string   `json:"call"`
	By      string   `json:"by"`
	Cause   string   `json:"cause"` // "busy", "no_answer", …; "left": the party hung up
	Then    string   `json:"then"`  // "back": it has who handed it over, "recall": their phone rings, "over": the call is over
	Reasons []Reason `json:"reasons,omitempty"`
}

// CallMerged says legs of a call go on in another one; what remains of this one ends.
type CallMerged struct {
	Call string   `json:"call"`
	Into string   `json:"into"`
	Legs []string `json:"legs"`
}

// CallPlaced says a call was asked for at a telephone, which is rung before the number is dialled.
type CallPlaced struct {
	Call       string `json:"call"`
	By         string `json:"by"` // who asked
	Agent      string `json:"agent,omitempty"`
	Extension  string `json:"extension"`
	Queue      string `json:"queue,omitempty"` // it is placed from
	AutoAnswer bool   `json:"auto_answer,omitempty"`
}

// CallLimited says two parties outside were left alone on lines of ours for as long as that may be, and that their call is ended for it.
type CallLimited struct {
	Call    string `json:"call"`
	LimitMS int64  `json:"limit_ms"`
}

// LegReplaced says a leg took the place of another (RFC 3891): a pick-up, or a call taken over.
type LegReplaced struct {
	Call      string `json:"call"`
	Leg       string `json:"leg"` // which leaves
	By        string `json:"by"`  // which takes its place
	Extension string `json:"extension"`
	Early     bool   `json:"early,omitempty"` // it rang: a pick-up
}

// AnnouncementStarted says a prompt began for a leg.
type AnnouncementStarted struct {
	Call  string `json:"call"`
	Leg   string `json:"leg"`
	Sound string `json:"sound"`
}

// AnnouncementEnded says how a prompt ended.
type AnnouncementEnded struct {
	Call     string `json:"call"`
	Leg      string `json:"leg"`
	Sound    string `json:"sound"`
	Finished bool   `json:"finished"` // false: cut short, or it could not be played
	Error    string `json:"error,omitempty"`
}

// LegOpened says a dialog joined a call.
type LegOpened struct {
	Call      string `json:"call"`
	Leg       string `json:"leg"`
	Way       string `json:"way"` // "in" or "out"
	Trunk     string `json:"trunk,omitempty"`
	Extension string `json:"extension,omitempty"`
}

// LegRinging says the far end rings.
type LegRinging struct {
	Call string `json:"call"`
	Leg  string `json:"leg"`
}

// LegAnswered says the far end, or the box itself for a leg that came in, answered.
type LegAnswered struct {
	Call string `json:"call"`
	Leg  string `json:"leg"`
}

// LegHeld says the far end put the box on hold, or took it back.
type LegHeld struct {
	Call string `json:"call"`
	Leg  string `json:"leg"`
	Held bool   `json:"held"`
	By   string `json:"by,omitempty"` // who asked for it in the toolbar; empty: the phone did it
}

// LegEnded says a dialog is over.
type LegEnded struct {
	Call  string `json:"call"`
	Leg   string `json:"leg"`
	Cause string `json:"cause"`
	SIP   int    `json:"sip,omitempty"` // the final SIP status when it was refused
}

// BridgeJoined says these legs began to hear each other.
type BridgeJoined struct {
	Call string   `json:"call"`
	Legs []string `json:"legs"`
}

// BridgeParted says they stopped.
type BridgeParted struct {
	Call   string   `json:"call"`
	Legs   []string `json:"legs"`
	TalkMS int64    `json:"talk_ms"`
}

// DigitPressed says a key was pressed in a call. The digit itself is not told: it may be part of a secret.
type DigitPressed struct {
	Call string `json:"call"`
	Leg  string `json:"leg"`
	Via  string `json:"via"` // "rfc4733", "info", "inband"
}

// VisitEntered says a caller entered a queue.
type VisitEntered struct {
	Call     string `json:"call"`
	Visit    int    `json:"visit"` // from 1 in its call
	Queue    string `json:"queue"`
	Position int    `json:"position"`           // from 1
	Priority int    `json:"priority,omitempty"` // 1 to 100, of the queue or of this caller
	From     string `json:"from,omitempty"`
}

// VisitEnded closes a visit.
type VisitEnded struct {
	Call    string       `json:"call"`
	Visit   int          `json:"visit"`
	Queue   string       `json:"queue"`
	Outcome VisitOutcome `json:"outcome"`
	Key     string       `json:"key,omitempty"`
	To      string       `json:"to,omitempty"` // the queue it overflowed or moved to
	WaitMS  int64        `json:"wait_ms"`
	Offers  int          `json:"offers"`
	Agent   string       `json:"agent,omitempty"`
}

// Candidate is an agent as the queue saw them when it chose.
type Candidate struct {
	Agent   string   `json:"agent"`
	Fit     bool     `json:"fit"`
	Reasons []Reason `json:"reasons,omitempty"` // why not fit, or why preferred
}

// OfferMade says a call was presented to an agent, among which candidates and why.
type OfferMade struct {
	Call       string      `json:"call"`
	Visit      int         `json:"visit"`
	Offer      int         `json:"offer"` // from 1 in its call
	Queue      string      `json:"queue"`
	Agent      string      `json:"agent"`
	Extension  string      `json:"extension"`
	Leg        string      `json:"leg"`
	WaitedMS   int64       `json:"waited_ms"`
	Candidates []Candidate `json:"candidates"`
}

// NobodyOffered says a waiting caller could be offered to nobody, and why for each agent. It is written when the answer changes, not at each try.
type NobodyOffered struct {
	Call       string      `json:"call"`
	Visit      int         `json:"visit"`
	Queue      string      `json:"queue"`
	Candidates []Candidate `json:"candidates"`
}

// OfferEnded closes an offer.
type OfferEnded struct {
	Call    string       `json:"call"`
	Visit   int          `json:"visit"`
	Offer   int          `json:"offer"`
	Agent   string       `json:"agent"`
	Outcome OfferOutcome `json:"outcome"`
	RingMS  int64        `json:"ring_ms"`
	SIP     int          `json:"sip,omitempty"`
}

// AgentChanged says an agent's state in its five dimensions after a change, and why it changed.
type AgentChanged struct {
	Agent     string   `json:"agent"`
	Session   string   `json:"session"`
	Extension string   `json:"extension,omitempty"`
	Declared  string   `json:"declared"`
	Pause     string   `json:"pause,omitempty"`
	Activity  string   `json:"activity"`
	Line      string   `json:"line"`
	Lock      string   `json:"lock,omitempty"`
	LockBy    string   `json:"lock_by,omitempty"`
	LockNote  string   `json:"lock_note,omitempty"`
	Next      string   `json:"next,omitempty"`       // declared after the call (PPA): "available" or "pause"
	NextPause string   `json:"next_pause,omitempty"` // its reason
	Forced    bool     `json:"forced,omitempty"`     // Next was chosen by a supervisor
	Call      string   `json:"call,omitempty"`
	Reasons   []Reason `json:"reasons"`
}

// ReservationHealed says an agent was found reserved, ringing or talking without a live leg, and was freed.
type ReservationHealed struct {
	Agent   string   `json:"agent"`
	Was     string   `json:"was"`
	Call    string   `json:"call,omitempty"`
	Reasons []Reason `json:"reasons"`
}

// RecordingStarted says a recording object opened.
type RecordingStarted struct {
	Call      string   `json:"call"`
	Recording string   `json:"recording"`
	Leg       string   `json:"leg"`           // the outside leg it follows
	Box       string   `json:"box,omitempty"` // a message for this mailbox
	Reasons   []Reason `json:"reasons"`
}

// RecordingEnded says it closed, and how much sound it holds.
type RecordingEnded struct {
	Call      string `json:"call"`
	Recording string `json:"recording"`
	SoundMS   int64  `json:"sound_ms"`
	Error     string `json:"error,omitempty"`
}

// CommandRefused says what a person asked for could not be done, and why.
type CommandRefused struct {
	Command string   `json:"command"`
	By      string   `json:"by"`
	Call    string   `json:"call,omitempty"`
	Agent   string   `json:"agent,omitempty"`
	Reasons []Reason `json:"reasons"`
}

// SiteApplied says the exchange lives by another site document from here on; running calls keep theirs.
type SiteApplied struct {
	Revision string `json:"revision"`
	Previous string `json:"previous,omitempty"`
}

// CallTurnedAway is a box fact: a call that was refused before there was a call, such as one whose sound the box cannot take.
type CallTurnedAway struct {
	Trunk     string `json:"trunk,omitempty"`
	Extension string `json:"extension,omitempty"` // whose phone called
	Status    int    `json:"status"`
	Reason    string `json:"reason"` // "media.refused", "media.type", "media.unreadable", "media.port", "session.short", "reliable.missing", "contact.missing", "box.full"
}

// PhoneReachable is a box fact: whether an extension has a phone registered.
type PhoneReachable struct {
	Extension string `json:"extension"`
	Reachable bool   `json:"reachable"`
	Contacts  int    `json:"contacts"`
}

// TrunkReachable is a box fact: whether a carrier's line can be used, and why not.
type TrunkReachable struct {
	Trunk     string `json:"trunk"`
	Reachable bool   `json:"reachable"`
	Reason    string `json:"reason,omitempty"` // "registration refused (403)", "no answer"
}

// TollRefused says a call outside was not let out by a limit of the box.
type TollRefused struct {
	Call      string `json:"call"`
	Extension string `json:"extension"` // on whose account
	Limit     string `json:"limit"`     // "calls", "calls_each", "class", "country", "night"
	Detail    string `json:"detail,omitempty"`
}

// TollAlert says an extension ran into limits so often that somebody should look: a stolen password calls like this.
type TollAlert struct {
	Extension string `json:"extension"`
	Refused   int    `json:"refused"`
	WithinMS  int64  `json:"within_ms"`
}

// NightLocked says the lines outside were closed for the night, or opened again.
type NightLocked struct {
	On bool   `json:"on"`
	By string `json:"by"`
}

// BoxStarted is a box fact: a core began to write in this epoch.
type BoxStarted struct {
	Program string `json:"program"` // version
	Clean   bool   `json:"clean"`   // the one before had closed the journal properly
	Resumed int    `json:"resumed"` // calls that were taken over from before
}

// BoxStopped is a box fact: the core closed the journal properly.
type BoxStopped struct {
	Planned bool `json:"planned"` // calls go on and wait for the next core
}

// FactsLost is a box fact that fills the hole left by facts which could not be kept: all from From to To, both included. When To is number 0 of a
// later epoch, how many there were is unknown.
type FactsLost struct {
	From  Address `json:"from"`
	To    Address `json:"to"`
	Cause string  `json:"cause"`
}

// MediaChanged is a box fact: the media process came or went.
type MediaChanged struct {
	Up     bool   `json:"up"`
	Legs   int    `json:"legs"`
	Reason string `json:"reason,omitempty"`
}

// LinkChanged is a box fact: the cloud can be reached again, or no longer.
type LinkChanged struct {
	Up     bool   `json:"up"`
	Reason string `json:"reason,omitempty"` // a sentence
}

// SiteRefused is a box fact: a site document of the cloud never took effect here.
type SiteRefused struct {
	Revision uint64 `json:"revision"`           // of the cloud; 0 when its envelope could not be opened
	Problems int    `json:"problems,omitempty"` // how many mistakes it has
	Reason   string `json:"reason,omitempty"`   // a sentence
}

// SiteReverted is a box fact: a site document of the cloud was in force on trial, and the one before is back.
type SiteReverted struct {
	Revision uint64 `json:"revision"`
	Returned uint64 `json:"returned,omitempty"` // the revision in force now; 0: the document the box had before the cloud's first
	Reason   string `json:"reason,omitempty"`   // a sentence
}

// BoxEnrolled is a box fact: the box belongs to a tenant's site from here on.
type BoxEnrolled struct {
	Tenant string `json:"tenant"`
	Site   string `json:"site"`
}

// LegQuality is a box fact: what a leg's media port counted, written when the port closes.
type LegQuality struct {
	Call       string `json:"call,omitempty"` // empty when the core started anew while the leg was up
	Leg        string `json:"leg"`
	Codec      string `json:"codec"`
	Received   uint64 `json:"received"` // packets
	Sent       uint64 `json:"sent"`
	Lost       uint64 `json:"lost"`
	Late       uint64 `json:"late,omitempty"`         // received, but too late to be played
	LossRuns   uint64 `json:"loss_runs,omitempty"`    // runs of packets lost or late, 0 not counted
	JitterUS   int64  `json:"jitter_us"`              // RFC 3550 §6.4.1, µs
	Strangers  uint64 `json:"strangers"`              // packets from an address that was not locked in
	Forged     uint64 `json:"forged,omitempty"`       // SRTP packets that nobody with the peer's key made
	Replayed   uint64 `json:"replayed,omitempty"`     // SRTP packets that had come before
	RoundTrip  int64  `json:"rtt_us"`                 // from RTCP, 0 unknown
	RFactorX10 int    `json:"r_factor_x10"`           // G.107, tenths
	MOSX10     int    `json:"mos_x10,omitempty"`      // G.107 Annex B, tenths; 0 when nothing was received
	PeerMOSX10 int    `json:"peer_mos_x10,omitempty"` // what the peer says of our stream (RTCP XR), tenths; 0 when it says nothing

	LevelX10      int `json:"level_x10,omitempty"`      // of the speech received, tenths of dBm0
	SpeechPercent int `json:"speech_percent,omitempty"` // of the voice received; without any, LevelX10 says nothing
}
