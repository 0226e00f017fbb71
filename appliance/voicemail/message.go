package voicemail

import (
	"errors"
	"fmt"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/vault"
)

// State is where a message stands.
type State string

// The states of a message.
const (
	Open   State = "open"   // being left
	New    State = "new"    // nobody has heard it
	Heard  State = "heard"  // somebody has
	Saved  State = "saved"  // somebody wants it kept as long as it may be
	Erased State = "erased" // gone: its key is dropped
)

// Message is what a caller left in a box. It is a recording of the party alone, so it may be cut like one: Error says why.
type Message struct {
	ID        plan.RecordingID `json:"id"`
	Box       string           `json:"box"` // "queue:rouge", "extension:204"
	Call      plan.CallID      `json:"call"`
	Subject   fact.Subject     `json:"subject,omitempty"`
	Left      time.Time        `json:"left"`
	SoundMS   int64            `json:"sound_ms"`
	State     State            `json:"state"`
	Error     string           `json:"error,omitempty"`
	HeardBy   string           `json:"heard_by,omitempty"` // the first who did
	HeardAt   time.Time        `json:"heard_at,omitzero"`
	ErasedBy  string           `json:"erased_by,omitempty"`
	ErasedWhy string           `json:"erased_why,omitempty"`
}

// Limits bound one box. What is erased does not count.
type Limits struct {
	Messages int
	Seconds  int64 // of all its messages
}

var (
	// ErrUnknown says there is no such message.
	ErrUnknown = errors.New("no such message")
	// ErrErased says it was erased: its key is gone, and nobody can bring it back.
	ErrErased = vault.ErrErased
	// ErrExists says the id was used already.
	ErrExists = errors.New("this message exists already")
	// ErrOpen says the message is still being left.
	ErrOpen = errors.New("this message is still being left")
)

// FullError says a box takes no more messages, and what to do.
type FullError struct {
	Box      string
	Messages int
	Seconds  int64
	Limits   Limits
}

func (e *FullError) Error() string {
	return fmt.Sprintf("the mailbox %s is full: %d of %d messages, %d of %d s: hear and erase some, or raise voicemail.messages or voicemail.seconds",
		e.Box, e.Messages, e.Limits.Messages, e.Seconds, e.Limits.Seconds)
}

// Why a message is erased.
const (
	WhyCommand = "command"  // a person asked
	WhySubject = "subject"  // the caller asked to be forgotten (RGPD)
	WhyShort   = "short"    // the caller said nothing: they hung up as the tone sounded
	WhyExpired = "expired"  // it was kept as long as it may be
	WhyDisk    = "disk"     // the disk needed its place
	WhyNothing = "no_sound" // no sound of it reached the disk
)

// Shortest is the length below which a message holds nothing but a hang-up, in ms.
const Shortest = 1000
