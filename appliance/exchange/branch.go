package exchange

import (
	"time"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// Branch is what the exchange needs to know of a site: a value made and checked by the rim from the site document. Slices are in document order.
type Branch struct {
	Revision   string      `json:"revision"`           // content hash of the site document
	Country    string      `json:"country"`            // ISO 3166: how national numbers are read
	Zone       string      `json:"zone,omitempty"`     // IANA: the clock on its wall; empty: the country's
	Outside    string      `json:"outside"`            // prefix for an outside line, may be empty: "0"
	MaxCalls   int         `json:"max_calls"`          // calls at once, emergency calls beside; 0: no limit
	PauseMS    int64       `json:"pause_ms,omitempty"` // a recording that somebody paused goes on by itself after this; 0: never
	Extensions []Extension `json:"extensions"`
	Trunks     []Trunk     `json:"trunks"`
	Services   []Service   `json:"services"`
	Queues     []Queue     `json:"queues"`
	Agents     []Agent     `json:"agents"`
	Emergency  Emergency   `json:"emergency"`
	Toll       Toll        `json:"toll"`
	Transfer   Transfer    `json:"transfer,omitzero"`

	Outbound    Outbound     `json:"outbound,omitzero"`
	Supervisors []Supervisor `json:"supervisors,omitempty"`
	Sections    []Section    `json:"sections,omitempty"`
	Pauses      []Pause      `json:"pauses,omitempty"` // the reasons an agent may give; none: any
	Parking     Parking      `json:"parking,omitzero"`
	Listening   Listening    `json:"listening,omitzero"`
	Desk        Desk         `json:"desk,omitzero"`

	Campaigns []campaign.Campaign `json:"campaigns,omitempty"` // each begins when somebody starts it
}

// Prefixes allows or denies numbers by how they begin (« Transfert interdit vers n° externes »): E.164 with "+", or a short number's digits. What is denied is refused; when
// anything is allowed, the rest is refused too. Emergency numbers know neither.
type Prefixes struct {
	Allow []string `json:"allow,omitempty"`
	Deny  []string `json:"deny,omitempty"`
}

// Outbound is what may be called outside, and handed over to outside, whoever asks.
type Outbound struct {
	Dial     Prefixes `json:"dial,omitzero"`
	Transfer Prefixes `json:"transfer,omitzero"`
	Requests int      `json:"requests,omitempty"` // callbacks asked for on web pages that are taken in an hour, of all queues; 0: sixty
}

// Supervisor is a person who watches queues and may act on what happens there.
type Supervisor struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Extension string   `json:"extension,omitempty"` // their phone
	Queues    []string `json:"queues"`              // which they see: their agents are those who serve one of them
	Rights    []Right  `json:"rights"`
}

// Right is one thing a supervisor may do.
type Right string

// The rights.
const (
	MayListen  Right = "listen"
	MayWhisper Right = "whisper"
	MayBarge   Right = "barge"
	MayForce   Right = "force" // status, lock, log-out, message
	MayMove    Right = "move"  // pull, move and take over calls
)

// Section is an addressable entry of the branch's menu (« rubrique »): what an agent may send a caller to.
type Section struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Welcome plan.Sound `json:"welcome,omitempty"`
	Queue   string     `json:"queue,omitempty"` // exactly one of Queue and Extension
	Exten   string     `json:"extension,omitempty"`
}

// Pause is a reason for a pause (« motif de pause »). Its id is stable; its name is the branch's.
type Pause struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Parking is where parties are parked.
type Parking struct {
	First string `json:"first,omitempty"` // the first slot's number; empty: nobody is parked
	Slots int    `json:"slots,omitempty"`
	MaxMS int64  `json:"max_ms,omitempty"` // after this the party goes back to who parked it; 0: two minutes
}

// Listening is the branch's rule for supervisors who listen (FEATURES §14 f).
type Listening struct {
	Silent bool `json:"silent,omitempty"` // the agent is not told; announced is the default
}

// Desk is what an agent's day is made of.
type Desk struct {
	GraceMS int64  `json:"grace_ms,omitempty"` // how long a lost toolbar leaves an idle agent available; 0: one minute
	LogIn   string `json:"log_in,omitempty"`   // dialled at a phone before an agent's code: "*11"; empty: no log-in from phones
	LogOut  string `json:"log_out,omitempty"`
}

// Extension is a desk phone's short number.
type Extension struct {
	Number    string `json:"number"`
	Name      string `json:"name"`
	Presented string `json:"presented,omitempty"` // E.164 shown outside; empty: the trunk's
	RingMS    int64  `json:"ring_ms"`             // how long it rings when dialled
	Outside   bool   `json:"outside"`             // may call outside

	Kind      Kind `json:"kind,omitempty"`      // KindPhone when empty
	Unlimited bool `json:"unlimited,omitempty"` // no toll limit and no night lock holds for it
	Unwatched bool `json:"unwatched,omitempty"` // its lamp is grey: nobody may watch it

	KeepInside bool `json:"keep_inside,omitempty"` // hands nobody to somebody outside, though it may call there itself
	NoWaiting  bool `json:"no_waiting,omitempty"`  // a second call is busy: no call waiting
}

// Transfer is how callers may be handed to somebody outside.
type Transfer struct {
	Outside    OutsideTransfer `json:"outside,omitempty"`
	MaxAloneMS int64           `json:"max_alone_ms,omitempty"` // two parties outside, left alone on our lines; 0: two hours
}

// OutsideTransfer is a named policy: without one, no party outside is ever joined with another.
type OutsideTransfer string

// The policies.
const (
	TransferByRight    OutsideTransfer = ""            // who may call outside may hand anybody to somebody outside
	TransferOneOutside OutsideTransfer = "one_outside" // never two parties outside
	TransferNever      OutsideTransfer = "never"       // nobody is handed to somebody outside
)

// Kind is what stands at an extension.
type Kind string

// The kinds. What is no telephone speaks in tones that must not be changed: a fixed buffer, no processing, no recording.
const (
	KindPhone    Kind = "phone"
	KindFax      Kind = "fax"
	KindTerminal Kind = "terminal" // a payment terminal
	KindLift     Kind = "lift"     // a lift's alarm: no toll limit and no night lock holds for it
)

// Raw reports whether its sound must be left as it is.
func (k Kind) Raw() bool { return k == KindFax || k == KindTerminal || k == KindLift }

// Toll is what the box lets out, whatever the cloud and the carrier say: a stolen password must not cost more than this.
type Toll struct {
	Calls     int      `json:"calls"`      // calls outside at once, placed from here; 0: no limit but the channels
	CallsEach int      `json:"calls_each"` // the same for one extension
	Forbidden []string `json:"forbidden"`  // classes of policy.Class that nobody may call
	Abroad    []string `json:"abroad"`     // E.164 prefixes of other countries that may be called; none: every country
	Alert     int      `json:"alert"`      // refusals of one extension within AlertMS that tell somebody; 0: never
	AlertMS   int64    `json:"alert_ms"`
}

// Trunk is a carrier's SIP line.
type Trunk struct {
	Name      string   `json:"name"`
	Channels  int      `json:"channels"`  // at most this many calls at once
	Presented string   `json:"presented"` // E.164 shown when nothing else is asked for
	Allowed   []string `json:"allowed"`   // numbers the carrier lets us present; Presented is always one of them
	Prefixes  []string `json:"prefixes"`  // E.164 prefixes it serves, longest match; empty serves all
}

// Service is a number that outside callers dial.
type Service struct {
	Number  string     `json:"number"`            // E.164
	Name    string     `json:"name"`              //
	Welcome plan.Sound `json:"welcome,omitempty"` // played after the answer, before the queue
	Queue   string     `json:"queue,omitempty"`   // exactly one of Queue and Extension
	Exten   string     `json:"extension,omitempty"`
	Active  bool       `json:"active"`
}

// Queue is a skill queue (« file de compétence »).
type Queue struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	RingMS     int64      `json:"ring_ms"`     // how long one agent's phone rings
	RetryMS    int64      `json:"retry_ms"`    // music between an offer that failed and the next
	CoolDownMS int64      `json:"cooldown_ms"` // how long an agent who did not answer is left in peace by this queue
	MaxWaitMS  int64      `json:"max_wait_ms"` // 0: no limit
	MaxLength  int        `json:"max_length"`  // 0: no limit
	WrapUpMS   int64      `json:"wrapup_ms"`
	Overflow   string     `json:"overflow,omitempty"` // the queue that takes over after MaxWait or when full
	Music      plan.Sound `json:"music"`
	Record     bool       `json:"record"` // record every call that is answered from here

	Colour     string     `json:"colour,omitempty"`    // #rrggbb, in the toolbar
	Strategy   Strategy   `json:"strategy,omitempty"`  // LongestAvailable when empty
	Members    []string   `json:"members,omitempty"`   // agents in the order of a linear queue; the others follow in document order
	Priority   int        `json:"priority,omitempty"`  // 1–100, 0: 50
	AgeingMS   int64      `json:"ageing_ms,omitempty"` // each such wait counts as one more of priority, so that nobody starves; 0: one minute
	Needs      []Need     `json:"needs,omitempty"`
	ServiceMS  int64      `json:"service_ms,omitempty"`  // answered so fast is in time
	JoinEmpty  []Hold     `json:"join_empty,omitempty"`  // agents who hold for these count as absent: a caller whom nobody could serve is not let in
	LeaveEmpty []Hold     `json:"leave_empty,omitempty"` // the same while waiting
	OnEmpty    string     `json:"on_empty,omitempty"`    // the queue that takes over then; empty: Overflow
	Announce   Announce   `json:"announce,omitzero"`
	Exits      []Exit     `json:"exits,omitempty"`
	AutoPause  AutoPause  `json:"auto_pause,omitzero"`
	Whisper    plan.Sound `json:"whisper,omitempty"` // what the agent hears on answer, before the caller
	Callback   Callback   `json:"callback,omitzero"`

	OwnMS       int64 `json:"own_ms,omitempty"`        // how long a caller waits for who spoke with them last, before anybody else; 0: for nobody
	OwnWithinMS int64 `json:"own_within_ms,omitempty"` // of a call no older than this; 0: 30 days

	Presented  string   `json:"presented,omitempty"`   // E.164 shown on calls an agent places from here
	OnTransfer string   `json:"on_transfer,omitempty"` // E.164 shown when a caller is handed over outside; empty: the caller's, where the trunk lets it
	Sampled    int      `json:"sampled,omitempty"`     // of 100 calls, how many are recorded; Record is all of them
	RecordOut  bool     `json:"record_out,omitempty"`  // record calls placed from here
	Discard    bool     `json:"discard,omitempty"`     // a recording is not kept unless the agent says so
	AgentStops bool     `json:"agent_stops,omitempty"` // agents may stop and pause recordings of Record
	AgentKeeps bool     `json:"agent_keeps,omitempty"` // agents may keep and discard
	Transfer   Prefixes `json:"transfer,omitzero"`     // numbers its callers may be handed to
	Dial       Prefixes `json:"dial,omitzero"`         // numbers that may be called for it
}

// Strategy is how a queue chooses among agents who are fit (FEATURES §7.1).
type Strategy = queue.Strategy

// The strategies.
const (
	LongestAvailable = queue.LongestAvailable
	Linear           = queue.Linear
	Random           = queue.Random
	RoundRobin       = queue.RoundRobin
	RingAll          = queue.RingAll
)

// RingAllMost is how many phones ring at once (FEATURES §7.1).
const RingAllMost = queue.RingAllMost

// Need is a skill a queue asks of its agents. An agent with a higher level is preferred.
type Need struct {
	Skill   string `json:"skill"`
	Level   int    `json:"level"`              // 1–10, at least this
	RelaxMS int64  `json:"relax_ms,omitempty"` // each such wait of the caller asks one level less; 0: never
}

// Skill is what an agent can do, and how well.
type Skill struct {
	Name  string `json:"name"`
	Level int    `json:"level"` // 1–10
}

// Hold is what may keep an agent from taking calls, for JoinEmpty and LeaveEmpty.
type Hold = queue.Hold

// The holds.
const (
	HeldPaused      = queue.HeldPaused
	HeldInUse       = queue.HeldInUse
	HeldRinging     = queue.HeldRinging
	HeldUnavailable = queue.HeldUnavailable
	HeldWrapUp      = queue.HeldWrapUp
)

// Announce is what waiting callers are told. An agent never waits for it: it is cut short when one answers.
type Announce struct {
	Welcome  plan.Sound `json:"welcome,omitempty"`  // once, on entering
	Periodic plan.Sound `json:"periodic,omitempty"` // again and again
	EveryMS  int64      `json:"every_ms,omitempty"` // how often position, wait and Periodic are told; 0: never
	Position bool       `json:"position,omitempty"`
	Wait     bool       `json:"wait,omitempty"`      // estimated; never first shorter and then longer
	MostWait int64      `json:"most_wait,omitempty"` // ms: a longer wait is not told; 0: every wait is
}

// Exit is a key that leaves the queue.
type Exit struct {
	Key    string `json:"key"` // one of 0-9 * #
	To     ExitTo `json:"to"`
	Target string `json:"target,omitempty"`
}

// ExitTo is where an exit key leads.
type ExitTo string

// The exits.
const (
	ExitCallback  ExitTo = "callback"
	ExitVoicemail ExitTo = "voicemail" // Target: a mailbox, empty: the queue's
	ExitQueue     ExitTo = "queue"
	ExitSection   ExitTo = "section"
	ExitExtension ExitTo = "extension"
)

// AutoPause is what follows when an agent does not answer.
type AutoPause struct {
	Scope AutoPauseScope `json:"scope,omitempty"`
	After int            `json:"after,omitempty"` // misses in a row; 0: one
	Pause string         `json:"pause,omitempty"` // the reason shown
}

// AutoPauseScope is for which queues an agent who does not answer is paused.
type AutoPauseScope string

// The scopes.
const (
	AutoPauseNone  AutoPauseScope = ""
	AutoPauseQueue AutoPauseScope = "queue"
	AutoPauseAll   AutoPauseScope = "all"
)

// Callback is how callers of a queue are called back (FEATURES §8, Callback).
type Callback struct {
	Tries   int        `json:"tries,omitempty"`    // 0: three
	RetryMS int64      `json:"retry_ms,omitempty"` // between tries; 0: ten minutes
	KeepMS  int64      `json:"keep_ms,omitempty"`  // given up after this; 0: a day
	Confirm plan.Sound `json:"confirm,omitempty"`  // what a caller who asked for it hears; empty: goodbye
	RingMS  int64      `json:"ring_ms,omitempty"`  // how long the caller's phone rings; 0: 40 s
	PerDay  int        `json:"per_day,omitempty"`  // requests of one number by the web within a day; 0: three

	Days  []time.Weekday `json:"days,omitempty"`  // on which people are called back, by the branch's clock; none: every day
	Daily []hours.Range  `json:"daily,omitempty"` // of such a day; none: all day
}

// Agent is a person who answers.
type Agent struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Extension string   `json:"extension"` // the phone they log in on when they say nothing else
	Queues    []string `json:"queues"`
	LoggedIn  bool     `json:"logged_in"` // logged in and available from the start

	Skills     []Skill   `json:"skills,omitempty"`
	Code       string    `json:"code,omitempty"`        // digits: to log in from a phone
	Outside    string    `json:"outside,omitempty"`     // E.164: answers there, by pressing a key, instead of at an extension
	Pauses     []string  `json:"pauses,omitempty"`      // the reasons they may give; none: every one of the branch
	Presented  Presented `json:"presented,omitempty"`   // shown on calls they place without a queue
	Custom     string    `json:"custom,omitempty"`      // E.164, for PresentCustom: one of the trunk's allowed numbers
	NoOutside  bool      `json:"no_outside,omitempty"`  // places no calls outside, but for help
	NoTransfer bool      `json:"no_transfer,omitempty"` // hands nobody to a number outside
	NoRecord   bool      `json:"no_record,omitempty"`   // may not start recordings
	Transfer   Prefixes  `json:"transfer,omitzero"`     // numbers they may hand callers to
	Dial       Prefixes  `json:"dial,omitzero"`         // numbers they may call
}

// Presented is which number an agent's call shows when no queue was chosen (FEATURES §1).
type Presented string

// The numbers.
const (
	PresentExtension Presented = ""          // what the extension shows they call from
	PresentTrunk     Presented = "trunk"     // the trunk's: a number of the branch
	PresentAnonymous Presented = "anonymous" // withheld
	PresentDirect    Presented = "direct"    // the number by which the agent is called from outside: of their own extension, wherever they sit
	PresentCustom    Presented = "custom"    // Agent.Custom
)

// Emergency is how emergency calls leave this branch: by the local trunk, with a local number, before everything else.
type Emergency struct {
	Numbers   []string `json:"numbers"`
	Trunk     string   `json:"trunk"`
	Presented string   `json:"presented"` // E.164, a geographic number of this branch

	// CallBackMS is how long after an emergency call a call to Presented rings the phone that placed it first: the rescuers call back.
	CallBackMS int64 `json:"call_back_ms"`
}
