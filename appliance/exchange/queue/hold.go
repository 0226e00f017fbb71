package queue

// Hold is what may keep an agent from taking calls. A queue names the holds for which an agent counts as absent: when nobody is left, nobody
// is let in (join), or those who wait leave (leave).
type Hold string

// The holds.
const (
	HeldPaused      Hold = "paused"      // a pause, or paused from this queue alone
	HeldInUse       Hold = "in_use"      // dials or talks, or the phone is used otherwise
	HeldRinging     Hold = "ringing"     // reserved for a call, or the phone rings
	HeldUnavailable Hold = "unavailable" // logged in without a phone that can be called
	HeldWrapUp      Hold = "wrap_up"     // writes up the last call
)

// Holds lists them.
func Holds() []Hold { return []Hold{HeldPaused, HeldInUse, HeldRinging, HeldUnavailable, HeldWrapUp} }
