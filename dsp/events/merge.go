package events

// A Source is a way in which the press of a key becomes known.
type Source uint8

const (
	// Packets are the telephone-events of RFC 4733.
	Packets Source = iota
	// Sound is the key's two tones, heard in the voice (package dtmf).
	Sound
	// Signalling is a SIP INFO request (RFC 6086 §9: application/dtmf-relay).
	Signalling
	sources
)

// String gives the word that the exchange's inputs have for the source.
func (s Source) String() string {
	switch s {
	case Packets:
		return "rfc4733"
	case Sound:
		return "inband"
	case Signalling:
		return "info"
	default:
		return "unknown source"
	}
}

// SourceNamed gives the source that String calls so.
func SourceNamed(name string) (Source, bool) {
	for s := range sources {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

// A Report is one press as one source tells it.
type Report struct {
	Source Source
	Digit  byte // 0–9, *, #, A–D
	// Start and End are when the key was pressed and released, in samples of
	// 8 kHz by one clock for all sources. Where only the arrival and the length
	// are known, End is the arrival and Start is that much before; a source that
	// tells no length has Start and End alike.
	Start, End int64
}

// A Merge counts each press once, however many sources tell of it. A peer that
// does not know what the other end understands often presses a key in all
// three ways at once.
//
// There is one for each leg, and it belongs to whoever owns the leg's keys:
// in the box that is the core, where the media process's digits (Packets and
// Sound) and the signalling's (Signalling) come together on their way to the
// exchange. Give every report to Add as it comes, in the order of its source,
// and pass on the digits for which Add says true. The zero value is ready; it
// allocates nothing, needs no timer and may be copied.
//
// Each source tells every press of one digit in order, so the n-th report of a
// digit from one source is the n-th from another: a report belongs to the
// oldest press of its digit of which its source has not yet told, provided the
// two may have begun together (see Skew). Two quick presses of one digit are
// thus two whatever the delays, as long as a source tells all of what it tells;
// when it loses some, presses of one digit farther apart than the skew are
// still told apart.
type Merge struct {
	presses [32]press // a ring, by the order in which they became known
	next    int
}

type press struct {
	digit    byte
	told     uint8 // a bit for each source
	from, to int64 // when it may have begun
	// What Packets said, which is exact.
	start, end int64
}

// Skew says by how much a source's Start may be before and after the true
// start of the press, in samples. Packets and Sound are 125 ms either way: what
// a jitter buffer, the detection (34 ms) and the release after it amount to.
// Signalling may be 1.5 s late, which is a request sent three times (RFC 3261
// §17.1.2.1: after 500 ms and 1 s more).
func (s Source) Skew() (before, after int64) {
	if s == Signalling {
		return 2000, 12000
	}
	return 1000, 1000
}

// Add takes a report and says whether its press is new. Reports of no known
// source or digit are not.
func (m *Merge) Add(r Report) bool {
	e, ok := OfDigit(r.Digit)
	if !ok || r.Source >= sources {
		return false
	}
	digit := keys[e]
	before, after := r.Source.Skew()
	from, to := r.Start-after, r.Start+before
	bit := uint8(1) << r.Source
	for i := range m.presses {
		p := &m.presses[(m.next+i)%len(m.presses)]
		if p.told == 0 || p.digit != digit {
			continue
		}
		if p.told&bit != 0 {
			if p.leaked(r) {
				return false
			}
			continue
		}
		if from > p.to || to < p.from {
			continue
		}
		p.told |= bit
		p.from, p.to = max(p.from, from), min(p.to, to)
		p.note(r)
		return false
	}
	p := &m.presses[m.next]
	*p = press{digit: digit, told: bit, from: from, to: to}
	p.note(r)
	m.next = (m.next + 1) % len(m.presses)
	return true
}

// note keeps what Packets say of a press.
func (p *press) note(r Report) {
	if r.Source == Packets {
		p.start, p.end = r.Start, r.End
	}
}

// leaked reports whether a sound is what a gateway let through of a press that
// it had muted and sent as packets: the tones are heard at its beginning and
// again before its end. The two share a stream, in which sound is rather late
// than early, so the sound of another press lies behind.
func (p *press) leaked(r Report) bool {
	middle := r.Start + (r.End-r.Start)/2
	return r.Source == Sound && p.told&(1<<Packets) != 0 && middle > p.start && middle <= p.end
}
