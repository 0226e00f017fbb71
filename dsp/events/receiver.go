package events

// A Phase is what a Notice tells of an event.
type Phase uint8

const (
	// Began says that a key was pressed. Every event has exactly one.
	Began Phase = iota + 1
	// Ended says that it was released. Every event has exactly one, after its
	// Began.
	Ended
)

// A Notice is one thing a Receiver understood.
type Notice struct {
	Phase     Phase
	Event     Event
	Volume    uint8  // −dBm0
	Timestamp uint32 // RTP timestamp of the event's start
	Duration  int    // samples so far
}

// DefaultTimeout is the silence after which an event whose end was lost is
// held to be over, in samples (200 ms, ten reports).
const DefaultTimeout = 1600

// stale is the silence after which a report cannot be a late copy, in samples
// (2 s).
const stale = 16000

// slack is how far from MaxDuration a sender may begin a long event's next
// segment: some do it at the last whole report before, as after 65,440.
const slack = 480

// MaxReports bounds the reports read from one packet (RFC 4733 §2.5.1.5).
const MaxReports = 8

// A Receiver turns the reports of one RTP source into one Began and one Ended
// an event, whatever was lost, repeated or reordered on the way. An event's
// identity is its RTP timestamp; one that was overtaken as a whole by the next
// is dropped, because digits in the wrong order are worse than one too few.
// The zero value is ready.
type Receiver struct {
	// Timeout is how long an event may go unreported before it is held to be
	// over, in samples; 0 means DefaultTimeout.
	Timeout int

	state   receiving
	event   Event
	volume  uint8
	start   uint32 // of the event
	segment uint32 // timestamp of its present segment
	before  int    // samples in earlier segments
	span    int    // samples in the present segment
	heard   int64  // when the last report came
}

// A receiving is where a Receiver stands.
type receiving uint8

const (
	fresh  receiving = iota // nothing heard yet
	open                    // an event goes on
	shut                    // the last event is over; late copies may come
	lapsed                  // the last event went unreported for too long, and was told to be over; the rest of it may come
)

// Reset forgets everything, as after a change of SSRC.
func (r *Receiver) Reset() { *r = Receiver{Timeout: r.Timeout} }

// Receive takes one packet's timestamp, marker and payload and the time of its
// arrival (any count of samples that only rises), and appends to dst what it
// newly says: at most two notices a report. Give dst room for 4.
func (r *Receiver) Receive(dst []Notice, ts uint32, marker bool, payload []byte, now int64) ([]Notice, error) {
	if len(payload) == 0 || len(payload)%Size != 0 {
		return dst, ErrShort
	}
	for i := 0; i < MaxReports && len(payload) >= Size; i++ {
		p, err := Parse(payload)
		if err != nil {
			return dst, err
		}
		payload = payload[Size:]
		dst = r.report(dst, ts, marker && i == 0, p, now)
		// RFC 4733 §2.5.1.5: further reports in a packet follow without a gap.
		ts += uint32(p.Duration)
	}
	return dst, nil
}

// Expire appends the end of an event that has gone unreported for longer than
// Timeout. Call it now and then, as every tick.
func (r *Receiver) Expire(dst []Notice, now int64) []Notice {
	limit := r.Timeout
	if limit <= 0 {
		limit = DefaultTimeout
	}
	if r.state == open && now-r.heard > int64(limit) {
		dst = r.end(dst)
		r.state = lapsed
	}
	return dst
}

// Held reports the event that goes on now.
func (r *Receiver) Held() (Event, bool) { return r.event, r.state == open }

func (r *Receiver) report(dst []Notice, ts uint32, marker bool, p Payload, now int64) []Notice {
	switch r.relation(ts, marker, p, now-r.heard > stale) {
	case older:
		return dst
	case same:
		if r.state != open {
			return dst
		}
		r.span = max(r.span, min(int(ts-r.segment)+int(p.Duration), MaxDuration))
	case continued:
		r.before += int(ts - r.segment)
		r.segment, r.span = ts, int(p.Duration)
		if r.state != open {
			r.heard = now
			return dst
		}
	case another:
		if r.state == open {
			dst = r.end(dst) // every copy of its end was lost
		}
		r.state, r.event, r.volume = open, p.Event, p.Volume
		r.start, r.segment, r.before, r.span = ts, ts, 0, int(p.Duration)
		dst = append(dst, r.notice(Began))
	}
	r.heard = now
	if p.End {
		dst = r.end(dst)
	}
	return dst
}

// A relation is how a report stands to the event last heard.
type relation uint8

const (
	older relation = iota
	same
	continued // the next segment of a long event
	another
)

func (r *Receiver) relation(ts uint32, marker bool, p Payload, quiet bool) relation {
	if r.state == fresh {
		return another
	}
	ahead := int(int32(ts - r.segment))
	switch {
	case ahead < 0 && !quiet:
		return older
	case ahead < 0:
		return another // the sender's clock was set back
	case p.Event != r.event:
		return another
	case ahead == 0 && quiet && marker && r.state != open:
		return another // the sender's clock stands still between keys
	case ahead == 0:
		return same
	case r.state != shut && !marker && ahead >= MaxDuration-slack && ahead <= MaxDuration+slack:
		return continued
	case r.state == open && !marker && ahead <= r.span:
		// A new event cannot begin within this one: the sender moves the
		// timestamp while the key is held, against §2.2.
		return same
	default:
		return another
	}
}

func (r *Receiver) end(dst []Notice) []Notice {
	r.state = shut
	return append(dst, r.notice(Ended))
}

func (r *Receiver) notice(ph Phase) Notice {
	return Notice{Phase: ph, Event: r.event, Volume: r.volume, Timestamp: r.start, Duration: r.before + r.span}
}
