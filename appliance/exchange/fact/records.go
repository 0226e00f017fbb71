package fact

// StorageChanged says how near the disk is to full, as recordings see it. It never stops a call.
type StorageChanged struct {
	Level     string `json:"level"` // "plenty", "warned", "no_samples", "no_recordings", "short_messages", "erasing"
	Was       string `json:"was"`
	FreeBytes int64  `json:"free_bytes"`
	SizeBytes int64  `json:"size_bytes"` // of the disk
}

// What becomes of a key.
const (
	KeyLost = "lost"
	KeyBack = "back"
)

// KeyChanged says that recordings or messages cannot be opened because the box's key for them is lost, or that they can again. None was erased.
type KeyChanged struct {
	Of     string `json:"of"`     // "recordings", "messages"
	State  string `json:"state"`  // "lost", "back"
	Locked int    `json:"locked"` // how many do not open
}

// What the box believes of its clock.
const (
	ClockSure   = "sure"
	ClockBehind = "behind" // it stands before moments that were sure
	ClockAhead  = "ahead"  // it stands long after the last moment that was sure
)

// ClockJudged says whether the box lets its clock decide what is old enough to be erased. While it is not sure nothing is erased for its age.
type ClockJudged struct {
	State string `json:"state"`         // "sure", "behind", "ahead"
	Was   string `json:"was,omitempty"` // empty: at the start
	Known int64  `json:"known_ms"`      // the last moment that was sure, UTC ms; 0: none
	By    string `json:"by,omitempty"`  // who vouches for it: a person, or empty: a time server, or its own steady course
}

// RecordingErased says the key of a recording or of a message was dropped: nobody can bring it back.
type RecordingErased struct {
	Recording string `json:"recording"`
	Call      string `json:"call,omitempty"`
	Box       string `json:"box,omitempty"` // a message of this mailbox
	By        string `json:"by,omitempty"`  // the person who asked; empty: the box
	Why       string `json:"why"`           // "command", "subject", "not_kept", "expired", "disk", "short", "no_sound"
}

// RecordingRead says somebody had a recording or a message: every access is told (FEATURES §9.5).
type RecordingRead struct {
	Recording string `json:"recording"`
	Call      string `json:"call,omitempty"`
	Box       string `json:"box,omitempty"`
	By        string `json:"by"`
	How       string `json:"how"` // "play", "export", "access": with everything of its caller
}

// VoicemailMarked says a message was heard for the first time, or is to be kept.
type VoicemailMarked struct {
	Box       string `json:"box"`
	Recording string `json:"recording"`
	State     string `json:"state"` // "heard", "saved"
	By        string `json:"by"`
}

// SubjectErased says a person was forgotten: their number and name in every fact, and every recording and message of them.
type SubjectErased struct {
	Subject    Subject `json:"subject"`
	By         string  `json:"by"`
	Recordings int     `json:"recordings"`
	Messages   int     `json:"messages"`
}

// SubjectRead says somebody was given everything the box keeps of a person (the person's right of access, RGPD art. 15).
type SubjectRead struct {
	Subject    Subject `json:"subject"`
	By         string  `json:"by"`
	Recordings int     `json:"recordings"`
	Messages   int     `json:"messages"`
}
