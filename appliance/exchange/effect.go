package exchange

import (
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Effect is one of the things the exchange asks of the rim. The set is closed. Effects are carried out in the order they come;
// what comes of them returns as inputs.
//
//sumtype:decl
type Effect interface{ effect() }

// TimerID names one timer of the exchange. It is never used twice.
type TimerID uint64

// Destination is where a leg is placed: an extension, or a number on a trunk.
type Destination struct {
	Extension string `json:"extension,omitempty"`
	Trunk     string `json:"trunk,omitempty"`
	Number    string `json:"number,omitempty"` // as the trunk wants it dialled: E.164 with "+", or an emergency number as it is
}

// Ring places a leg. Answers: LegRinging, LegAnswered, LegRefused, LegEnded.
type Ring struct {
	Leg       plan.LegID  `json:"leg"`
	Call      plan.CallID `json:"call"`
	To        Destination `json:"to"`
	Caller    Caller      `json:"caller"`              // whom to present
	Label     string      `json:"label,omitempty"`     // what a desk phone shows beside it: the queue's name
	Emergency bool        `json:"emergency,omitempty"` // goes before everything else on its trunk

	AutoAnswer bool      `json:"auto_answer,omitempty"` // the phone shall lift by itself: a person asked for this call at that phone
	Diverted   Diversion `json:"diverted,omitzero"`     // through whom the call comes, when it was forwarded or transferred outside
	Hops       int       `json:"hops,omitempty"`        // Max-Forwards of the INVITE; 0: the usual 70
	More       bool      `json:"more,omitempty"`        // there is another line to try: silence is not waited for any longer than two seconds
	Raw        bool      `json:"raw,omitempty"`         // for a fax, a payment terminal or a lift: its tones must arrive as they are
}

// Diversion is through whom a call comes that leaves the box again (RFC 5806, RFC 7044).
type Diversion struct {
	Number string `json:"number,omitempty"` // E.164: ours, through which it came
	Reason string `json:"reason,omitempty"` // "unconditional", "no-answer", "user-busy", "deflection"
}

// ReferState is what became of a REFER.
type ReferState string

// The states of a REFER.
const (
	ReferAccepted ReferState = "accepted" // 202; the transfer is under way
	ReferRefused  ReferState = "refused"  // the final response of Reason; nothing changed
	ReferRinging  ReferState = "ringing"  // NOTIFY 180
	ReferDone     ReferState = "done"     // NOTIFY 200; the leg of the referrer is ended by the box afterwards
	ReferFailed   ReferState = "failed"   // NOTIFY with the status of Reason; the referrer has its caller back
)

// ReferTold answers a LegReferred: Accepted or Refused first, and after Accepted, Done or Failed once.
type ReferTold struct {
	Leg    plan.LegID `json:"leg"`
	Refer  uint64     `json:"refer"`
	State  ReferState `json:"state"`
	Reason Refusal    `json:"reason,omitempty"`
}

// Lamp is what an extension's lamp (« pastille ») shows.
type Lamp string

// The lamps. Grey and none are two kinds of "don't know": one is a choice, the other missing data.
const (
	LampRed    Lamp = "red"    // talks, or dials
	LampGreen  Lamp = "green"  // free
	LampOrange Lamp = "orange" // cannot be called: no phone registered, or it takes no calls by choice
	LampGrey   Lamp = "grey"   // not watched, by choice
	LampNone   Lamp = "none"   // no information
)

// ShowLamp says what an extension's lamp shows from here on. It is said once for each extension after SiteChanged, then at each change.
type ShowLamp struct {
	Extension string       `json:"extension"`
	Lamp      Lamp         `json:"lamp"`
	Dialogs   []LampDialog `json:"dialogs,omitempty"` // its calls, oldest first
}

// LampDialog is one call of a watched extension, as BLF keys of phones show it (RFC 4235).
type LampDialog struct {
	Leg      plan.LegID `json:"leg"`
	State    string     `json:"state"` // "trying", "early", "confirmed"
	Outgoing bool       `json:"outgoing,omitempty"`
	With     string     `json:"with,omitempty"` // the other party's extension; outside numbers are told to nobody
}

// Progress tells a leg that came in that the other side rings (180). With Sound, it hears it before the answer (183).
type Progress struct {
	Leg   plan.LegID `json:"leg"`
	Early bool       `json:"early,omitempty"` // open early media: plans and plays on this leg are heard before the answer
}

// Answer accepts a leg that came in. LegAnswered says it is confirmed.
type Answer struct {
	Leg plan.LegID `json:"leg"`
}

// Refuse ends a leg that came in and was not answered.
type Refuse struct {
	Leg    plan.LegID `json:"leg"`
	Reason Refusal    `json:"reason"`
}

// HangUp ends a leg in any state: BYE, or CANCEL while it rings. LegEnded follows when the peer has taken it, within two seconds: until then
// its line is in use. HangUp may come twice for one leg (an answer that crossed a CANCEL, a restart), and for a leg that is over: that one is
// ignored.
type HangUp struct {
	Leg               plan.LegID `json:"leg"`
	AnsweredElsewhere bool       `json:"answered_elsewhere,omitempty"` // RFC 3326: cause 200, so that the phone shows no missed call
}

// SetPlan says who hears whom in a call from here on.
type SetPlan struct {
	Plan plan.Plan `json:"plan"`
}

// Play plays a sound once to a leg, over what the plan gives it. PromptDone follows, once.
type Play struct {
	Leg   plan.LegID `json:"leg"`
	Sound plan.Sound `json:"sound"`
	Token uint64     `json:"token"`
}

// StopPlay cuts a sound short.
type StopPlay struct {
	Leg   plan.LegID `json:"leg"`
	Token uint64     `json:"token"`
}

// StartRecording records an outside leg: left is that party, right is everything our side sends to it.
type StartRecording struct {
	Recording plan.RecordingID `json:"recording"`
	Call      plan.CallID      `json:"call"`
	Leg       plan.LegID       `json:"leg"`
	Box       string           `json:"box,omitempty"` // a message for this mailbox ("queue:rouge", "extension:204"): the party alone
	Paused    bool             `json:"paused,omitempty"`
	Again     bool             `json:"again,omitempty"` // the media process that recorded is gone: the same recording goes on, after what there is of it
}

// PauseRecording lets a recording write nothing, or go on: one object, several segments (FEATURES §9.5: a marker, not spliced sound).
type PauseRecording struct {
	Recording plan.RecordingID `json:"recording"`
	Paused    bool             `json:"paused"`
	Why       string           `json:"why"` // as in fact.RecordingPaused
}

// KeepRecording says what becomes of a recording when it is closed.
type KeepRecording struct {
	Recording plan.RecordingID `json:"recording"`
	Keep      bool             `json:"keep"`
}

// SendDigits plays keys to the far end of a leg, in the way it takes them.
type SendDigits struct {
	Leg    plan.LegID `json:"leg"`
	Digits string     `json:"digits"`
}

// MaskDigits keeps the keys a leg presses from everybody: they are told as DigitPressed to the exchange alone, and their tones are heard in no
// leg and no recording.
type MaskDigits struct {
	Leg    plan.LegID `json:"leg"`
	Masked bool       `json:"masked"`
}

// StopRecording closes it. RecordingStopped follows.
type StopRecording struct {
	Recording plan.RecordingID `json:"recording"`
}

// StartTimer asks for TimerFired at a time since boot.
type StartTimer struct {
	Timer TimerID `json:"timer"`
	At    int64   `json:"at"` // ms since boot
}

// StopTimer takes it back. A TimerFired that was already under way is ignored by the exchange.
type StopTimer struct {
	Timer TimerID `json:"timer"`
}

// Reply answers a person's command. Reasons are empty when it was done.
type Reply struct {
	Request RequestID     `json:"request"`
	Refused []fact.Reason `json:"refused,omitempty"`
	Call    plan.CallID   `json:"call,omitempty"` // the call it made
	Slot    string        `json:"slot,omitempty"` // where a party was parked

	Card   *Card            `json:"card,omitempty"`   // the contact an agent was given
	Report *campaign.Report `json:"report,omitempty"` // what became of a list
}

// Card is what an agent sees of a contact of a campaign.
type Card struct {
	Contact  string         `json:"contact"`
	Campaign string         `json:"campaign"`
	Name     string         `json:"name,omitempty"`
	Number   string         `json:"number"` // E.164
	Attempts int            `json:"attempts"`
	Custom   []campaign.Var `json:"custom,omitempty"` // the campaign's, then the contact's
	Until    int64          `json:"until"`            // Unix ms: given to somebody else then
}

func (ReferTold) effect()      {}
func (ShowLamp) effect()       {}
func (Ring) effect()           {}
func (Progress) effect()       {}
func (Answer) effect()         {}
func (Refuse) effect()         {}
func (HangUp) effect()         {}
func (SetPlan) effect()        {}
func (Play) effect()           {}
func (StopPlay) effect()       {}
func (StartRecording) effect() {}
func (StopRecording) effect()  {}
func (PauseRecording) effect() {}
func (KeepRecording) effect()  {}
func (SendDigits) effect()     {}
func (MaskDigits) effect()     {}
func (StartTimer) effect()     {}
func (StopTimer) effect()      {}
func (Reply) effect()          {}
