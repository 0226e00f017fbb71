package queue

// Hold is what may keep an agent from taking calls. A queue names the holds for which an agent counts as absent: when nobody is left, nobody is let
// in (join_empty), or those who wait leave (leave_empty). An agent who is logged out is absent whatever is named; a queue that names nothing
// lets everybody in, and lets them wait.
type Hold string

// The holds.
const (
	HeldPaused      Hold = "paused"      // a pause, or paused from this queue alone
	HeldInUse       Hold = "in_use"      // dials or talks, or the phone is used otherwise
	HeldRinging     Hold = "ringing"     // reserved for a call, or the phone rings
	HeldUnavailable Hold = "unavailable" // logged in without a phone that can be called, or without having said that they are available
	HeldWrapUp      Hold = "wrap_up"     // writes up the last call
)

// HeldAway is being logged out; no queue names it, it always counts.
const HeldAway Hold = "logged_out"

// Holds lists those a queue may name.
func Holds() []Hold { return []Hold{HeldPaused, HeldInUse, HeldRinging, HeldUnavailable, HeldWrapUp} }

// Holding is all that keeps one agent from taking calls. The zero value is nothing.
type Holding uint8

func (h Hold) bit() Holding {
	switch h {
	case HeldAway:
		return 1
	case HeldPaused:
		return 2
	case HeldInUse:
		return 4
	case HeldRinging:
		return 8
	case HeldUnavailable:
		return 16
	case HeldWrapUp:
		return 32
	default:
		return 0
	}
}

// With adds a hold.
func (g Holding) With(h Hold) Holding { return g | h.bit() }

// Absent reports whether an agent so held counts as absent where these holds are named. One named hold is enough: an agent who is in a pause and
// without a phone is absent where either is named.
func (g Holding) Absent(named []Hold) bool {
	if g&HeldAway.bit() != 0 {
		return true
	}
	for _, h := range named {
		if g&h.bit() != 0 {
			return true
		}
	}
	return false
}
