// Package fact is the closed list of what can have happened on a box: the words of the journal, which statistics, screens and the cloud all read.
//
// A fact is immutable. Its Kind is stable for ever and its payload is versioned. It imports nothing of ours.
package fact

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Moment is when something happened, twice: by the wall clock, and by the time since the box booted, which never jumps.
type Moment struct {
	UTC  int64 `json:"utc"`  // Unix time in ms
	Boot int64 `json:"boot"` // ms since boot; durations are differences of this one
}

// Time is the wall-clock time in UTC.
func (m Moment) Time() time.Time { return time.UnixMilli(m.UTC).UTC() }

// Since is how many ms passed from an earlier moment to this one, by the clock that never jumps.
func (m Moment) Since(earlier Moment) int64 { return m.Boot - earlier.Boot }

// Add is the moment ms later.
func (m Moment) Add(ms int64) Moment { return Moment{UTC: m.UTC + ms, Boot: m.Boot + ms} }

// Address is where a fact stands: the box's stream, the epoch (which rises on every unclean start, restore or rollback) and a number from 1.
// It is never given twice.
type Address struct {
	Stream string `json:"stream"`
	Epoch  uint32 `json:"epoch"`
	N      uint64 `json:"n"`
}

// Before reports whether a stands before b in the same stream.
func (a Address) Before(b Address) bool {
	return a.Epoch < b.Epoch || a.Epoch == b.Epoch && a.N < b.N
}

func (a Address) String() string { return fmt.Sprintf("%s/%d/%d", a.Stream, a.Epoch, a.N) }

// Subject names a person outside (a caller, a called party) without naming them: the number and the name are sealed elsewhere under a key of
// this subject, and erasure drops that key. Empty means the number was withheld or unknown.
type Subject string

// Kind is a fact's stable name ("call.opened").
type Kind string

// Fact is one of the types of this package.
//
//sumtype:decl
type Fact interface {
	Kind() Kind
	Version() int
	fact()
}

// Entry is a fact with its address and moment: one row of the journal.
type Entry struct {
	Address Address
	At      Moment
	Fact    Fact
}

// envelope is an entry as it is written.
type envelope struct {
	Address Address         `json:"address"`
	At      Moment          `json:"at"`
	Kind    Kind            `json:"kind"`
	V       int             `json:"v"`
	Body    json.RawMessage `json:"body"`
}

// ErrUnknownKind is in the error of Decode for a kind this version does not know: written by a later version of the box.
var ErrUnknownKind = errors.New("unknown kind of fact")

// ErrVersion is in the error of Decode for a payload version this program does not know: a later version of the box wrote it.
var ErrVersion = errors.New("unknown version of a fact")

// MarshalJSON writes the entry with its kind and payload version.
func (e Entry) MarshalJSON() ([]byte, error) {
	body, err := json.Marshal(e.Fact)
	if err != nil {
		return nil, fmt.Errorf("fact %s: %w", e.Address, err)
	}
	return json.Marshal(envelope{Address: e.Address, At: e.At, Kind: e.Fact.Kind(), V: e.Fact.Version(), Body: body})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Entry) UnmarshalJSON(data []byte) error {
	var env envelope
	if err := json.Unmarshal(data, &env); err != nil {
		return err
	}
	f, err := Decode(env.Kind, env.V, env.Body)
	if err != nil {
		return fmt.Errorf("fact %s: %w", env.Address, err)
	}
	*e = Entry{Address: env.Address, At: env.At, Fact: f}
	return nil
}
