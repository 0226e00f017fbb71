package recording

import (
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// State is where a recording stands.
type State string

// The states of a recording.
const (
	Open   State = "open"   // being written
	Closed State = "closed" // whole
	Cut    State = "cut"    // its writer died or its disk failed; it ends earlier than the conversation
	Erased State = "erased"
)

// Keeping is what somebody wants to become of a recording. Whatever it is, none is kept longer than the site document allows (recording.days: CNIL, six
// months at most).
type Keeping string

// The ways of keeping.
const (
	AsAny   Keeping = ""        // until its days are over, or the disk needs its place
	Keep    Keeping = "keep"    // until its days are over
	Discard Keeping = "discard" // erased as soon as it is closed
)

// Recording is one line of the index.
type Recording struct {
	ID        plan.RecordingID `json:"id"`
	Call      plan.CallID      `json:"call"`
	Leg       plan.LegID       `json:"leg"` // the outside leg it follows
	Subject   fact.Subject     `json:"subject,omitempty"`
	Queues    []string         `json:"queues,omitempty"` // the call stood in, sorted
	Agents    []string         `json:"agents,omitempty"` // who talked, sorted
	Started   time.Time        `json:"started"`
	Ended     time.Time        `json:"ended,omitzero"`
	SoundMS   int64            `json:"sound_ms"`
	Segments  []Segment        `json:"segments,omitempty"`
	State     State            `json:"state"`
	Error     string           `json:"error,omitempty"`      // why it was cut
	StartedBy string           `json:"started_by,omitempty"` // empty: the queue's rule
	StoppedBy string           `json:"stopped_by,omitempty"` // empty: with the conversation
	Reason    string           `json:"reason,omitempty"`     // code of why it began
	Basis     string           `json:"basis,omitempty"`      // the legal basis at the time, in words
	Keep      Keeping          `json:"keep,omitempty"`
	KeepBy    string           `json:"keep_by,omitempty"`
	ErasedBy  string           `json:"erased_by,omitempty"`
	ErasedWhy string           `json:"erased_why,omitempty"`
}

// Segment is a stretch of a recording without a gap. Their lengths add up to the recording's.
type Segment struct {
	Start    time.Time `json:"start,omitzero"`  // on the wall
	OffsetMS int64     `json:"offset_ms"`       // where it begins in the sound
	SoundMS  int64     `json:"sound_ms"`        // how long it is
	Why      string    `json:"why,omitempty"`   // what the gap before it was ended for
	Until    string    `json:"until,omitempty"` // what it was paused for
}

// Origin is what is known of a recording when it begins.
type Origin struct {
	Call      plan.CallID
	Leg       plan.LegID
	Subject   fact.Subject
	Queue     string
	Agent     string
	StartedBy string
	Reason    string
	Basis     string
	Undated   bool // the clock is not sure: its days count from the moment it is (Date)
}
