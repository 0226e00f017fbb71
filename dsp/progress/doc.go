// Package progress recognises what a line plays back: dial tone, ringing,
// busy, congestion, a special information tone, a fax machine, or the beep of
// an answering machine.
//
// A Detector is made of national tone plans (package tone) and listens to one
// leg. It works on hops of 10 ms: a hop that is one sine is found by the
// exactness with which each sample follows from two others, whatever the
// frequency; a hop of a tone of two frequencies by how much of 50 ms those two
// explain. Hops of one sound make a burst, bursts and the silence between make
// a cadence, and cadences are compared with the plan.
package progress

import "fmt"

// A Kind is what was recognised.
type Kind uint8

const (
	// Dial is the dial tone, or the special one where a service is in force.
	Dial Kind = iota
	// Ringback says that the called telephone rings.
	Ringback
	// Busy says that the called person is on the telephone.
	Busy
	// Congestion says that the network has no way through.
	Congestion
	// Routing is heard while the network seeks its way (France).
	Routing
	// Special is the special information tone before a recorded announcement:
	// three rising tones of a third of a second (ITU-T E.180 clause 5.4).
	Special
	// CNG is the calling tone of a fax machine: 1,100 ± 38 Hz, 0.5 s in every
	// 3.5 s (ITU-T T.30 clause 4.3.3.4).
	CNG
	// CED is the answer tone of a fax machine or a modem: 2,100 ± 15 Hz, with
	// phase reversals or a modulation of amplitude or neither (ITU-T T.30
	// clause 4.3.3.3, V.8 and V.25).
	CED
	// Reversal is an answer tone that asks for echo cancellers to be off: two
	// phase reversals 450 ± 25 ms apart (ITU-T G.168 clause 7, V.25).
	Reversal
	// Beep is a single tone of 400 to 2,000 Hz and 200 ms or more that ends in
	// something else than a tone: an answering machine begins to record.
	Beep

	kinds
)

// String names the kind.
func (k Kind) String() string {
	names := [kinds]string{
		"dial tone", "ringing", "busy", "congestion", "routing", "special information", "fax calling", "fax answering",
		"phase reversals", "beep",
	}
	if k < kinds {
		return names[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// A Report is one thing recognised. A tone that goes on is reported once.
type Report struct {
	Kind Kind
	// Began and Ended are samples since the detector's start: of the sound that
	// was recognised, as far as it was heard when the report was made.
	Began, Ended int64
	// DBm0 is the level while it sounds, of all frequencies together.
	DBm0 float64
	// Hz is the frequency measured; 0 for a sound of more than one.
	Hz float64
}
