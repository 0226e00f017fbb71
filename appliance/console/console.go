// Package console is the box's command socket: what an installer types reaches the box here, and the answers come back.
//
// It speaks HTTP with JSON over a Unix socket. Only the box's own user, root, and users named to [Serve] may connect: the kernel says who
// is there (SO_PEERCRED), so there is no password to lose. The command line and the serial console are its clients.
package console

import (
	"context"
	"time"

	"autocom/appliance/exchange/fact"
)

// Box is what the commands ask of a running core. Its methods are called on the goroutine of each request, at most MaxRequests at once, and
// may block until their context ends. An error is a sentence for the person who typed the command; a *Refused carries reasons.
type Box interface {
	Status(ctx context.Context) (Status, error)
	// Facts gives committed and then, with follow, live facts after an address until yield says no or the context ends.
	Facts(ctx context.Context, after fact.Address, follow bool, yield func(fact.Entry) bool) error
	Command(ctx context.Context, c Command) error
	// Order does what an agent or a supervisor asks for, and says what came of it.
	Order(ctx context.Context, o Order) (Done, error)
	// Trace tells one call's story: its facts in words and its SIP ladder.
	Trace(ctx context.Context, call string) (Trace, error)
	// Reload reads the site document again.
	Reload(ctx context.Context) (Reloaded, error)
	Records
	Waiters
	Counter
	Door
	Doctor
	Prover
	Linker
	Administration
	People
}

// Verb is what a Command does.
type Verb string

// The verbs.
const (
	VerbLogIn   Verb = "login"
	VerbLogOut  Verb = "logout"
	VerbPause   Verb = "pause"
	VerbReady   Verb = "ready"
	VerbHangUp  Verb = "hangup"
	VerbRecord  Verb = "record"
	VerbUnrecd  Verb = "unrecord"
	VerbRestart Verb = "restart" // planned: calls are handed to the next core
	VerbDial    Verb = "dial"    // ring a phone, and once it is lifted dial a number from it
	VerbNight   Verb = "night"   // lock the lines outside (on), open them (off), or leave it to the site document (auto)
	VerbClock   Verb = "clock"   // a person vouches for the box's clock (confirm)
)

// Command is something a person asks the box to do.
type Command struct {
	Verb      Verb   `json:"verb"`
	By        string `json:"by,omitempty"` // filled by the server from the peer's user
	Agent     string `json:"agent,omitempty"`
	Extension string `json:"extension,omitempty"`
	Pause     string `json:"pause,omitempty"` // a pause reason's id
	Call      string `json:"call,omitempty"`
	Number    string `json:"number,omitempty"`
	Mode      string `json:"mode,omitempty"` // of VerbNight and VerbClock
}

// Refused is a command the exchange would not carry out.
type Refused struct {
	Reasons []fact.Reason `json:"reasons"`
}

func (r *Refused) Error() string { return r.In(English) }

// Status is the box at a glance.
type Status struct {
	Version    string            `json:"version"`
	Started    time.Time         `json:"started"`
	Site       SiteStatus        `json:"site"`
	SIP        string            `json:"sip"` // the address phones use
	Journal    JournalStatus     `json:"journal"`
	Media      MediaStatus       `json:"media"`
	Trunks     []TrunkStatus     `json:"trunks"`
	Extensions []ExtensionStatus `json:"extensions"`
	Queues     []QueueStatus     `json:"queues"`
	Agents     []AgentStatus     `json:"agents"`
	Campaigns  []CampaignStatus  `json:"campaigns"`
	Calls      []CallStatus      `json:"calls"`
	Firewall   map[string]uint64 `json:"firewall,omitempty"` // messages dropped, by reason
	Warnings   []string          `json:"warnings,omitempty"`
}

// SiteStatus says which document is in force.
type SiteStatus struct {
	Name     string `json:"name"`
	Zone     string `json:"zone"` // whose clocks people there read: times are shown by them, whatever the machine's own zone is
	Revision string `json:"revision"`
	LastGood bool   `json:"last_good,omitempty"` // the document itself could not be used; the last good one is in force
}

// JournalStatus says how the journal is.
type JournalStatus struct {
	Last    fact.Address `json:"last"`
	Healthy bool         `json:"healthy"`
	Trouble string       `json:"trouble,omitempty"`
}

// MediaStatus says how the media process is.
type MediaStatus struct {
	Up   bool `json:"up"`
	Legs int  `json:"legs"`
}

// TrunkStatus is one carrier's line.
type TrunkStatus struct {
	Name     string `json:"name"`
	Up       bool   `json:"up"`
	Channels int    `json:"channels"`
	InUse    int    `json:"in_use"`
}

// ExtensionStatus is one short number and its phones.
type ExtensionStatus struct {
	Number    string `json:"number"`
	Name      string `json:"name"`
	Reachable bool   `json:"reachable"`
}

// QueueStatus is one queue now.
type QueueStatus struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Waiting   int    `json:"waiting"`
	LongestMS int64  `json:"longest_ms"`
	Talking   int    `json:"talking"`
	Free      int    `json:"free"`   // agents who may be offered a call now
	Agents    int    `json:"agents"` // logged in
}

// CampaignStatus is one outbound campaign now, and how far its list is.
type CampaignStatus struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Mode    string `json:"mode"`    // manual, preview, progressive
	Running bool   `json:"running"` // somebody has started it, and nobody held it since
	Now     bool   `json:"now"`     // it may call at this hour: its own days and hours, not yet the law's
	Open    int    `json:"open"`    // contacts who may still be called
	Calling int    `json:"calling"` // whom an agent has or calls
	Done    int    `json:"done"`    // reached or given up
	Refused int    `json:"refused"` // said no
}

// AgentStatus is one agent now.
type AgentStatus struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Extension string        `json:"extension,omitempty"`
	Session   string        `json:"session"`
	Declared  string        `json:"declared"`
	Pause     string        `json:"pause,omitempty"`
	Activity  string        `json:"activity"`
	Line      string        `json:"line"`
	Call      string        `json:"call,omitempty"`
	SinceMS   int64         `json:"since_ms"`
	Fit       bool          `json:"fit"`
	WhyNot    []fact.Reason `json:"why_not,omitempty"`
}

// CallStatus is one call now.
type CallStatus struct {
	ID      string   `json:"id"`
	Flow    string   `json:"flow"`
	Caller  string   `json:"caller,omitempty"`
	Dialled string   `json:"dialled,omitempty"`
	State   string   `json:"state"`
	Queue   string   `json:"queue,omitempty"`
	Agent   string   `json:"agent,omitempty"`
	AgeMS   int64    `json:"age_ms"`
	TalkMS  int64    `json:"talk_ms,omitempty"`
	Legs    []string `json:"legs,omitempty"`
}

// Trace is one call's story.
type Trace struct {
	Call    string       `json:"call"`
	Story   []TraceLine  `json:"story"`
	Ladder  []LadderLine `json:"ladder,omitempty"`
	Quality []string     `json:"quality,omitempty"`
}

// TraceLine is one thing that happened, in words.
type TraceLine struct {
	At    time.Time `json:"at"`
	MS    int64     `json:"ms"` // since the call opened
	Words string    `json:"words"`
	Why   []string  `json:"why,omitempty"`
}

// LadderLine is one SIP message, secrets and bodies left out.
type LadderLine struct {
	At   time.Time `json:"at"`
	Leg  string    `json:"leg,omitempty"`
	Peer string    `json:"peer"`
	In   bool      `json:"in"`
	Line string    `json:"line"`
}

// Reloaded says what reading the document again brought.
type Reloaded struct {
	Revision string `json:"revision"`
	Previous string `json:"previous"`
	Changed  bool   `json:"changed"`
}
