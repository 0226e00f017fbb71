package recording

// Pressure is how near the disk is to full, in the order in which things are done without (docs/recordings.md). None of it ever stops a call.
type Pressure int

// The levels, each with what those before it do.
const (
	Plenty        Pressure = iota
	Warned                 // people are told
	NoSamples              // no call is recorded as a sample
	NoRecordings           // no call is recorded at all; what is being recorded goes on
	ShortMessages          // messages of the voicemail are short
	Erasing                // what nobody wants kept is erased beyond its least days, oldest first
)

func (p Pressure) String() string {
	switch p {
	case Plenty:
		return "plenty"
	case Warned:
		return "warned"
	case NoSamples:
		return "no_samples"
	case NoRecordings:
		return "no_recordings"
	case ShortMessages:
		return "short_messages"
	case Erasing:
		return "erasing"
	default:
		return "unknown"
	}
}

// Thresholds are the free bytes below which each level begins: [0] is Warned's, [4] Erasing's. They fall.
type Thresholds [Erasing]int64

// ThresholdsOf are those of a disk: a share of its size, but on a large disk not more than is of use. The least is what the journal and an update need.
func ThresholdsOf(size int64) (t Thresholds) {
	const mib = 1 << 20
	shares := Thresholds{20, 15, 10, 7, 5} // percent of the disk
	most := Thresholds{4096 * mib, 2048 * mib, 1024 * mib, 512 * mib, 256 * mib}
	for i := range t {
		t[i] = min(size/100*shares[i], most[i])
	}
	return t
}

// Begin is the free bytes below which a level begins.
func (t Thresholds) Begin(p Pressure) int64 { return t[p-1] }

// End is the free bytes from which a level ends: a quarter more than where it begins, so that a disk on the edge does not change its mind with every file.
func (t Thresholds) End(p Pressure) int64 { return t[p-1] + t[p-1]/4 }

// Judge is the level with so many bytes free, when it was another before. It rises at once and falls past the thresholds' ends only.
func Judge(was Pressure, free int64, t Thresholds) Pressure {
	level := Plenty
	for p := Warned; p <= Erasing; p++ {
		if free < t.Begin(p) || p <= was && free < t.End(p) {
			level = p
		}
	}
	return level
}
