package fact

// CallParked says a party was parked: anybody of the house who dials the slot has it.
type CallParked struct {
	Call string `json:"call"`
	Leg  string `json:"leg"`  // who waits there
	Slot string `json:"slot"` // the number dialled to take the party back
	By   string `json:"by"`
}

// CallUnparked says a parked party has somebody again.
type CallUnparked struct {
	Call string `json:"call"`
	Slot string `json:"slot"`
	By   string `json:"by"` // the extension that took it back; "box" when it waited too long and goes back to who parked it
}

// DigitsSent says keys were sent to the far end for somebody.
type DigitsSent struct {
	Call  string `json:"call"`
	Leg   string `json:"leg"`   // which hears them
	Count int    `json:"count"` // how many keys; never which
	By    string `json:"by"`
}

// RecordingPaused says a recording writes nothing from here on, or goes on: one object, several segments.
type RecordingPaused struct {
	Call      string `json:"call"`
	Recording string `json:"recording"`
	Paused    bool   `json:"paused"`       // false: it goes on
	Why       string `json:"why"`          // "hold", "transfer", "command", "masked": nothing is written meanwhile
	By        string `json:"by,omitempty"` // who asked, for a command
}

// RecordingKept says whether a recording is kept after its call.
type RecordingKept struct {
	Call      string `json:"call"`
	Recording string `json:"recording"`
	Keep      bool   `json:"keep"` // false: it is erased when it is closed
	By        string `json:"by"`
}

// VoicemailLeft says a caller leaves a message; RecordingEnded says how long it is.
type VoicemailLeft struct {
	Call      string `json:"call"`
	Box       string `json:"box"` // "queue:rouge" or "extension:204"
	Recording string `json:"recording"`
}

// CallbackRequested says somebody is to be called back from a queue.
type CallbackRequested struct {
	Callback string  `json:"callback"`       // its id
	Call     string  `json:"call,omitempty"` // the call in which it was asked for; empty: by the web or a person
	Queue    string  `json:"queue"`
	Subject  Subject `json:"subject"`            // whom to call
	Source   string  `json:"source"`             // "queue", "web", "campaign", "command"
	SinceMS  int64   `json:"since_ms,omitempty"` // how long they had waited already: that place is kept
}

// CallbackEnded closes a callback.
type CallbackEnded struct {
	Callback string   `json:"callback"`
	Call     string   `json:"call,omitempty"` // the attempt that decided it
	Outcome  string   `json:"outcome"`        // "reached", "unreached" after all attempts, "cancelled", "expired"
	Attempts int      `json:"attempts"`
	Reasons  []Reason `json:"reasons,omitempty"`
}

// SupervisionStarted says a supervisor listens to a conversation.
type SupervisionStarted struct {
	Call      string `json:"call"`
	By        string `json:"by"`        // the supervisor
	Agent     string `json:"agent"`     // who is listened to
	Leg       string `json:"leg"`       // the supervisor's
	Mode      string `json:"mode"`      // "listen", "whisper", "barge"
	Announced bool   `json:"announced"` // the agent sees it
}

// SupervisionChanged says a supervisor speaks to the agent, to both, or to nobody any more.
type SupervisionChanged struct {
	Call  string `json:"call"`
	By    string `json:"by"`
	Agent string `json:"agent"`
	Mode  string `json:"mode"`
}

// SupervisionEnded says a supervisor no longer listens, and how long they did.
type SupervisionEnded struct {
	Call     string `json:"call"`
	By       string `json:"by"`
	Agent    string `json:"agent"`
	LastedMS int64  `json:"lasted_ms"`
	Cause    string `json:"cause"`
}

// AgentMessaged is a word of a supervisor to an agent.
type AgentMessaged struct {
	Agent string `json:"agent"`
	By    string `json:"by"`
	Text  string `json:"text"`
}

// CommandTaken says what a person asked for was done, where nothing else tells who asked: a supervisor's acts on the calls and states of others.
type CommandTaken struct {
	Command string `json:"command"`
	By      string `json:"by"`
	Call    string `json:"call,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// ExtensionSet says what an extension does with its calls from here on.
type ExtensionSet struct {
	Extension string  `json:"extension"`
	By        string  `json:"by"`
	DND       bool    `json:"dnd"`               // do not disturb
	Forward   string  `json:"forward,omitempty"` // where its calls go; an outside number is told by its subject only
	When      string  `json:"when,omitempty"`    // "always", "busy", "no_answer", "unreachable"
	Subject   Subject `json:"subject,omitempty"` // of an outside number
}
