package exchange

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Input is one of the things that can happen to the exchange. The set is closed: the rim turns everything it hears into one of these.
//
//sumtype:decl
type Input interface{ input() }

// OriginKind says on which side of the box a leg came in.
type OriginKind string

// The origins.
const (
	FromTrunk     OriginKind = "trunk"
	FromExtension OriginKind = "extension"
)

// Origin is who sent a leg, as the rim authenticated it.
type Origin struct {
	Kind OriginKind `json:"kind"`
	Name string     `json:"name"` // the trunk's name, or the extension's number
}

// Caller is who calls, as presented. The number is for routing and display; facts name only the subject.
type Caller struct {
	Subject  fact.Subject `json:"subject,omitempty"`
	Number   string       `json:"number,omitempty"` // E.164 with "+", or an extension
	Name     string       `json:"name,omitempty"`
	Withheld bool         `json:"withheld,omitempty"`
}

// Started is the first input of a process: the numbers from which ids are made.
type Started struct {
	Epoch uint32 `json:"epoch"`
}

// SiteChanged brings a new branch to live by. It was checked by the rim. Running calls keep the revision they started with.
type SiteChanged struct {
	Branch Branch `json:"branch"`
}

// LegOffered says a call arrives.
type LegOffered struct {
	Leg     plan.LegID   `json:"leg"`
	Origin  Origin       `json:"origin"`
	Caller  Caller       `json:"caller"`
	Dialled string       `json:"dialled"`          // the user part, as it came
	Callee  fact.Subject `json:"callee,omitempty"` // subject of the dialled number when it is outside

	// Diverted is through which number the call came to us, where the carrier says so.
	Diverted Diversion `json:"diverted,omitzero"`

	// Replaces is the leg whose place this one asks to take (RFC 3891): an attended transfer completed by a phone, or a pick-up of a leg that
	// rings. The rim has found it and checked that a phone of ours asks; policy is the exchange's. Dialled means nothing then.
	Replaces plan.LegID `json:"replaces,omitempty"`
	// Hops is how many more times the call may be placed anew (Max-Forwards, RFC 3261 §20.22); 0: nobody said.
	Hops int `json:"hops,omitempty"`
}

// LegReferred says the far end of a leg asks for the call to be transferred (REFER, RFC 3515): to a number it names, or to the party of another
// leg of ours (Refer-To with Replaces, RFC 5589). ReferTold answers it: first Accepted or Refused, then what became of it.
type LegReferred struct {
	Leg      plan.LegID `json:"leg"`
	Refer    uint64     `json:"refer"`              // names the request on its leg
	To       string     `json:"to"`                 // the user part of Refer-To, as it came
	By       string     `json:"by,omitempty"`       // the user part of Referred-By (RFC 3892), as it came
	Replaces plan.LegID `json:"replaces,omitempty"` // attended: the leg of the consultation call that the referrer also holds
}

// LegRinging says the far end of a leg we placed rings.
type LegRinging struct {
	Leg        plan.LegID `json:"leg"`
	EarlyMedia bool       `json:"early_media,omitempty"` // it sends its own sound before it answers
}

// LegAnswered says the far end of a leg we placed answered, or that a leg that came in is confirmed after our Answer.
type LegAnswered struct {
	Leg plan.LegID `json:"leg"`
}

// Refusal is why a leg that was ringing or about to ring will not be answered.
type Refusal string

// The refusals.
const (
	RefusedBusy        Refusal = "busy"        // 486, 600
	RefusedDeclined    Refusal = "declined"    // 603
	RefusedUnreachable Refusal = "unreachable" // 480, 404, 408, 410, no registered phone, no response
	RefusedMedia       Refusal = "media"       // 488, 606: no codec in common, no media port
	RefusedFailed      Refusal = "failed"      // anything else
	RefusedNoNumber    Refusal = "no_number"   // 404, 484, 604 from a trunk
	RefusedCongestion  Refusal = "congestion"  // 503, no channel free
	RefusedForbidden   Refusal = "forbidden"   // 403, policy
	RefusedNoAnswer    Refusal = "no_answer"   // the ring timeout passed
	RefusedLoop        Refusal = "loop"        // 482, 483: the call came round, or was placed anew too often
	RefusedGone        Refusal = "gone"        // 481: what a REFER or a Replaces named is not there any more
)

// LegRefused says a leg we placed was refused; it is gone.
type LegRefused struct {
	Leg    plan.LegID `json:"leg"`
	Reason Refusal    `json:"reason"`
	SIP    int        `json:"sip,omitempty"`
}

// EndCause is why a dialog ended.
type EndCause string

// The causes.
const (
	EndedByPeer      EndCause = "peer"       // BYE, or CANCEL while it rang
	EndedMediaLost   EndCause = "media_lost" // no RTP for the time the site allows
	EndedNoAck       EndCause = "no_ack"     // our 2xx was never acknowledged (RFC 3261 §13.3.1.4)
	EndedTransport   EndCause = "transport"
	EndedByBox       EndCause = "box"
	EndedSessionGone EndCause = "session_gone" // 481 or 408 in the dialog
	EndedExpired     EndCause = "expired"      // the session timer ran out: nobody refreshed (RFC 4028 §10)
)

// LegEnded says a leg is over: it was hung up, cancelled, or lost. It comes exactly once for each leg that was offered or answered,
// also after our own HangUp or Refuse. An end that the box found itself is told when the peer took the BYE: AgoMS is how long it spoke no more
// by then, in ms.
type LegEnded struct {
	Leg   plan.LegID `json:"leg"`
	Cause EndCause   `json:"cause"`
	AgoMS int64      `json:"ago_ms,omitempty"`
}

// LegHeld says the far end put us on hold (Held) or took us back.
type LegHeld struct {
	Leg  plan.LegID `json:"leg"`
	Held bool       `json:"held"`
}

// DigitPressed says a key was pressed.
type DigitPressed struct {
	Leg   plan.LegID `json:"leg"`
	Digit string     `json:"digit"` // one of 0-9 * # A-D
	Via   string     `json:"via"`   // "rfc4733", "info", "inband"
	// LengthMS is how long the key was held, 0 when that is not told.
	LengthMS int64 `json:"length_ms,omitempty"`
}

// PromptDone says a sound started by Play has ended.
type PromptDone struct {
	Leg      plan.LegID `json:"leg"`
	Token    uint64     `json:"token"` // the one given in Play
	Finished bool       `json:"finished"`
	Error    string     `json:"error,omitempty"`
}

// RecordingStopped says a recording object is closed on disk.
type RecordingStopped struct {
	Recording plan.RecordingID `json:"recording"`
	SoundMS   int64            `json:"sound_ms"`
	Error     string           `json:"error,omitempty"`
}

// TimerFired says the time of a StartTimer has come.
type TimerFired struct {
	Timer TimerID `json:"timer"`
}

// PhoneReachable says whether an extension has a phone registered.
type PhoneReachable struct {
	Extension string `json:"extension"`
	Reachable bool   `json:"reachable"`
	Contacts  int    `json:"contacts"`
}

// TrunkReachable says whether a trunk can be used.
type TrunkReachable struct {
	Trunk     string `json:"trunk"`
	Reachable bool   `json:"reachable"`
	Reason    string `json:"reason,omitempty"` // why, in words; for the journal, nothing depends on it
}

// MediaRestarted says the media process lost everything it knew: ports are open again and every plan must be said again.
type MediaRestarted struct{}

// RequestID pairs a person's command with its Reply. Zero asks for none.
type RequestID uint64

// AgentLogIn logs an agent in on an extension. The last log-in wins: an agent on another extension moves, another agent on this extension is refused.
type AgentLogIn struct {
	Request   RequestID `json:"request"`
	By        string    `json:"by"` // who asked, for the audit: "agent:ana", "console"
	Agent     string    `json:"agent"`
	Extension string    `json:"extension"` // empty: the one in the site document

	Status LogInStatus `json:"status,omitempty"` // what they are then; empty: unavailable, until they pick a status
	Pause  string      `json:"pause,omitempty"`  // the reason's id, for StatusPause
}

// LogInStatus is what an agent is once logged in (FEATURES §2.3). Who moves to another extension keeps their status, and so does who is locked.
type LogInStatus string

// The statuses.
const (
	StatusLater     LogInStatus = ""          // unavailable until they pick one
	StatusAvailable LogInStatus = "available" //
	StatusPause     LogInStatus = "pause"     //
	StatusLast      LogInStatus = "last"      // as when they logged out
)

// AgentLogOut logs an agent out. A call in progress is not cut.
type AgentLogOut struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
}

// AgentDeclare sets what an agent declares. During a call it becomes what applies after it (the guide's PPA, « pause post appel »).
type AgentDeclare struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	Pause   string    `json:"pause"` // a pause reason's id; empty is Available
}

// CallHangUp ends a call, whatever it is doing.
type CallHangUp struct {
	Request RequestID   `json:"request"`
	By      string      `json:"by"`
	Call    plan.CallID `json:"call"`
}

// Storage is how much room there is for recordings, as the rim judges the disk.
type Storage string

// The steps that concern the exchange, each with what the one before stops.
const (
	StoragePlenty       Storage = ""
	StorageNoSamples    Storage = "no_samples"    // no call is recorded as a sample
	StorageNoRecordings Storage = "no_recordings" // no call is recorded at all; messages are still taken
)

// StorageChanged says how much room there is from here on. Calls go on whatever it is, and what is being recorded too.
type StorageChanged struct {
	Storage Storage `json:"storage"`
}

// MailboxesFull says which mailboxes ("queue:rouge") take no message from here on, all of them.
type MailboxesFull struct {
	Boxes []string `json:"boxes"`
}

// CallRecord starts or stops recording a call that is being talked.
type CallRecord struct {
	Request RequestID   `json:"request"`
	By      string      `json:"by"`
	Call    plan.CallID `json:"call"`
	On      bool        `json:"on"`
}

// CallPlace places a call for an agent or an extension: its phone rings first, and once it is lifted the number is dialled from it, under the
// same policy as if it had dialled itself. An emergency number is dialled whatever the agent's state.
type CallPlace struct {
	Request    RequestID `json:"request"`
	By         string    `json:"by"`
	Agent      string    `json:"agent,omitempty"`     // whose phone; or
	Extension  string    `json:"extension,omitempty"` // which phone
	Number     string    `json:"number"`              // as typed
	AutoAnswer bool      `json:"auto_answer,omitempty"`
	Queue      string    `json:"queue,omitempty"` // decides the number shown and the music (the guide: « choisir la file de compétence »)

	Callee fact.Subject `json:"callee,omitempty"` // subject of the number when it is outside
}

// NightLock opens or closes the branch's lines outside (« verrou de nuit »): while it is on, only emergency numbers and what the site document
// exempts leave the branch. The rim says it, by the site's hours or by a person's command.
type NightLock struct {
	Request RequestID `json:"request,omitempty"`
	By      string    `json:"by"`
	On      bool      `json:"on"`
}

func (LegReferred) input()      {}
func (CallPlace) input()        {}
func (NightLock) input()        {}
func (StorageChanged) input()   {}
func (MailboxesFull) input()    {}
func (Started) input()          {}
func (SiteChanged) input()      {}
func (LegOffered) input()       {}
func (LegRinging) input()       {}
func (LegAnswered) input()      {}
func (LegRefused) input()       {}
func (LegEnded) input()         {}
func (LegHeld) input()          {}
func (DigitPressed) input()     {}
func (PromptDone) input()       {}
func (RecordingStopped) input() {}
func (TimerFired) input()       {}
func (PhoneReachable) input()   {}
func (TrunkReachable) input()   {}
func (MediaRestarted) input()   {}
func (AgentLogIn) input()       {}
func (AgentLogOut) input()      {}
func (AgentDeclare) input()     {}
func (CallHangUp) input()       {}
func (CallRecord) input()       {}
