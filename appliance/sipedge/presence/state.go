package presence

import (
	"fmt"
	"time"

	"autocom/appliance/sipedge/leg"
)

// StateVersion is the version of State as it is written down. Subscriptions of another version are left to their phones, which ask again.
const StateVersion = 1

// Phase is where a subscription is in its life.
type Phase uint8

// The phases of a subscription.
const (
	Pending     Phase = iota // nothing happened yet
	Active                   // the phone was shown the newest state
	Spacing                  // a newer state waits, so that NOTIFYs do not come too fast
	Notifying                // a NOTIFY with the newest state is out
	Behind                   // a NOTIFY is out, and a newer state waits for its answer
	Waiting                  // a NOTIFY was lost or put off: full state goes out later
	Leaving                  // it ended while a NOTIFY was out: the last one waits for its answer
	Terminating              // the last NOTIFY is out
	Over                     // nothing is left
	phases
)

func (p Phase) String() string {
	if p >= phases {
		return "unknown phase"
	}
	return [phases]string{"Pending", "Active", "Spacing", "Notifying", "Behind", "Waiting", "Leaving", "Terminating", "Over"}[p]
}

// MarshalText writes the phase's name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads it.
func (p *Phase) UnmarshalText(b []byte) error {
	for q := range phases {
		if q.String() == string(b) {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("presence: unknown phase %q", b)
}

// Reason is why a subscription ended, as Subscription-State has it (RFC 6665 §4.1.3).
type Reason string

// The reasons.
const (
	ReasonTimeout    Reason = "timeout"    // it ran out, or the phone ended it
	ReasonRejected   Reason = "rejected"   // the extension is not watched, by choice: the phone shall not ask again
	ReasonNoResource Reason = "noresource" // there is no such extension any more
)

// The times of a subscription.
const (
	MinExpires     = 60   // s; less is answered 423 (RFC 6665 §4.2.1.1)
	MaxExpires     = 3600 // s
	DefaultExpires = 3600 // s

	// Interval is the least time between two NOTIFYs of one subscription: short enough that a lamp seems instant, long enough that a call that is
	// set up, rings and is answered in one breath is one NOTIFY or two. Some phones take no more than ten a second
	// (https://wiki.auerswald.de/comfortel-d-series/developer/keys/types/presence).
	Interval = 100 * time.Millisecond

	firstRetry = 2 * time.Second // after the first NOTIFY that was not taken; doubled each time
	lastRetry  = time.Minute     // never longer, unless the phone asked for it: a lamp may not freeze
)

// State is one subscription.
type State struct {
	Version int    `json:"v"`
	Phase   Phase  `json:"phase"`
	Seed    string `json:"seed"` // unguessable: names our transactions

	Watcher string `json:"watcher"` // the extension whose phone asked
	Watched string `json:"watched"` // the extension it watches
	Entity  string `json:"entity"`  // the URI it asked for
	Topic   Topic  `json:"topic"`
	Agent   string `json:"agent,omitempty"` // User-Agent of the phone

	Dialog  leg.Dialog `json:"dialog"`
	Expires time.Time  `json:"expires"`
	Sent    time.Time  `json:"sent,omitzero"`       // when the last NOTIFY left
	Via     string     `json:"via,omitempty"`       // the branch of the NOTIFY that is out
	Edition uint32     `json:"edition,omitempty"`   // of the last document (RFC 4235 §4.1.1 calls it version)
	Tries   int        `json:"tries,omitempty"`     // NOTIFYs in a row that were not taken
	Reason  Reason     `json:"reason,omitempty"`    // why it ended
	Shown   Shown      `json:"shown_now,omitempty"` // what the phone was shown last
}

// Restorable reports whether a state that was written down can be taken up again.
func (s *State) Restorable(now time.Time) bool {
	return s.Version == StateVersion && s.Phase != Pending && s.Phase < Leaving && s.Topic.known() &&
		now.Before(s.Expires) && s.Expires.Sub(now) <= MaxExpires*time.Second &&
		s.Watcher != "" && s.Watched != "" && s.Seed != "" && s.Dialog.CallID != "" && s.Dialog.Local.Tag != "" && s.Dialog.Target != ""
}

// Grant is how long a subscription is granted that asks for so many seconds (-1: it does not say). Zero ends it, or fetches once. ok is false
// when it is too brief: 423 with Min-Expires.
func Grant(asked int) (seconds int, ok bool) {
	switch {
	case asked < 0:
		return DefaultExpires, true
	case asked > 0 && asked < MinExpires:
		return 0, false
	default:
		return min(asked, MaxExpires), true
	}
}
