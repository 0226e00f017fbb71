package exchange

import "autocom/appliance/exchange/plan"

// Branch is what the exchange needs to know of a site: a value made and checked by the rim from the site document. Slices are in document order.
type Branch struct {
	Revision   string      `json:"revision"`  // content hash of the site document
	Country    string      `json:"country"`   // ISO 3166: how national numbers are read
	Outside    string      `json:"outside"`   // prefix for an outside line, may be empty: "0"
	MaxCalls   int         `json:"max_calls"` // calls at once, emergency calls beside; 0: no limit
	Extensions []Extension `json:"extensions"`
	Trunks     []Trunk     `json:"trunks"`
	Services   []Service   `json:"services"`
	Queues     []Queue     `json:"queues"`
	Agents     []Agent     `json:"agents"`
	Emergency  Emergency   `json:"emergency"`
	Toll       Toll        `json:"toll"`
	Transfer   Transfer    `json:"transfer,omitzero"`
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
}

// Agent is a person who answers.
type Agent struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Extension string   `json:"extension"` // the phone they log in on when they say nothing else
	Queues    []string `json:"queues"`
	LoggedIn  bool     `json:"logged_in"` // logged in and available from the start
}

// Emergency is how emergency calls leave this branch: by the local trunk, with a local number, before everything else.
type Emergency struct {
	Numbers   []string `json:"numbers"`
	Trunk     string   `json:"trunk"`
	Presented string   `json:"presented"` // E.164, a geographic number of this branch

	// CallBackMS is how long after an emergency call a call to Presented rings the phone that placed it first: the rescuers call back.
	CallBackMS int64 `json:"call_back_ms"`
}
