// Package tone makes the sounds a telephone line speaks with (dial tone,
// ringing, busy) and measures whether a tone is present in what is heard.
//
// Tones are data: a Plan is one country's table, a Tone a list of segments, and
// a Generator plays any of them. Durations are samples at 8 kHz, levels dBm0
// per frequency. The packet path (Next, Write) allocates nothing.
package tone

// Rate is the sampling rate of everything in this package, in Hz.
const Rate = 8000

// A Segment is one stretch of a tone.
type Segment struct {
	// Hz are the frequencies heard together; none is silence. At most
	// MaxFrequencies are played.
	Hz []float64
	// DBm0 is the level of each frequency.
	DBm0 float64
	// Samples is the length of the stretch; 0 means without end.
	Samples int
}

// MaxFrequencies bounds the frequencies of one segment.
const MaxFrequencies = 4

// A Tone is a list of segments. Its value is read, never written, by this
// package, so one Tone may be played by any number of generators.
type Tone struct {
	Segments []Segment
	// Times is how often the list is played; 0 means without end.
	Times int
}

// Sine is one frequency without end.
func Sine(hz, dBm0 float64) Tone {
	return Tone{Segments: []Segment{{Hz: []float64{hz}, DBm0: dBm0}}}
}

// Cadence is one frequency, on and off by turns without end; on and off are
// milliseconds.
func Cadence(hz, dBm0 float64, on, off int) Tone {
	return Tone{Segments: []Segment{
		{Hz: []float64{hz}, DBm0: dBm0, Samples: ms(on)},
		{Samples: ms(off)},
	}}
}

func ms(n int) int { return n * Rate / 1000 }

// A Kind is a meaning a tone has for the person who hears it (ITU-T E.182).
type Kind uint8

const (
	// Dial invites to dial.
	Dial Kind = iota
	// Ringback says that the called telephone rings.
	Ringback
	// Busy says that the called person is on the telephone.
	Busy
	// Congestion says that the network has no way through.
	Congestion
	// CallWaiting tells someone on a call that another one waits.
	CallWaiting
	// Special is the special information tone before a recorded announcement.
	Special
	// Routing is heard while the network seeks its way (acheminement).
	Routing
	// SecondDial invites to dial on: behind a prefix, or where a service such
	// as a diversion is in force.
	SecondDial
	// Record tells the parties of a call that it is being recorded.
	Record
	// Beep invites to speak after it.
	Beep

	kinds
)

// String names the kind.
func (k Kind) String() string {
	names := [kinds]string{"dial", "ringback", "busy", "congestion", "call waiting", "special information", "routing", "second dial", "record", "beep"}
	if k < kinds {
		return names[k]
	}
	return "unknown tone"
}

// A Plan is one country's table of tones.
type Plan [kinds]Tone

// Tone gives the plan's tone of that kind; an unknown kind is silence.
func (p *Plan) Tone(k Kind) Tone {
	if k < kinds {
		return p[k]
	}
	return Tone{}
}

// France is the French plan: 440 Hz throughout. Make it once and keep it: the
// call allocates.
func France() Plan {
	p, _ := In("FR")
	return p
}
