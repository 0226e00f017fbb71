package events

// A Packet is what a Sender asks to be sent: the RTP marker bit, timestamp and
// payload. The caller adds sequence number, SSRC and payload type.
type Packet struct {
	Marker    bool
	Timestamp uint32
	Payload   [Size]byte
}

// Interval is the usual time between two reports of one event, in samples.
const Interval = 160

// Copies is how often the end of an event is sent (RFC 4733 §2.5.1.4).
const Copies = 3

// A sending is where a Sender stands.
type sending uint8

const (
	idle    sending = iota
	opening         // started, nothing sent
	going           // reporting a growing duration
	ending          // repeating the end
)

// A Sender reports one event at a time. Call Next every Interval samples from
// Start on. The zero value reports every 160 samples (20 ms).
type Sender struct {
	// Interval is the time between two calls of Next, in samples; 0 means 160.
	Interval int

	state     sending
	event     Event
	volume    uint8
	timestamp uint32 // of the segment
	elapsed   int    // in the segment
	left      int    // of the event, at the segment's start; <0: until Release
	copies    int    // of the end still to send
}

// Start begins an event of that length at RTP timestamp ts. A duration of 0
// holds the key until Release. It reports false, and changes nothing, while
// another event is being sent.
func (s *Sender) Start(e Event, ts uint32, duration int, volume uint8) bool {
	if s.state != idle {
		return false
	}
	if duration <= 0 {
		duration = -1
	}
	*s = Sender{Interval: s.Interval, state: opening, event: e, volume: volume, timestamp: ts, left: duration}
	return true
}

// Release ends the event at the next report, whatever its length was to be.
// A key released before its first report still sends one.
func (s *Sender) Release() {
	if s.state == opening || s.state == going {
		s.left = s.elapsed + s.interval()
	}
}

// Busy reports whether an event is being sent, its repeated end included.
func (s *Sender) Busy() bool { return s.state != idle }

// Stop forgets the event under way, unreported.
func (s *Sender) Stop() { s.state = idle }

func (s *Sender) interval() int {
	if s.Interval > 0 {
		return min(s.Interval, MaxDuration)
	}
	return Interval
}

// Next gives the report due now; ok is false when there is none.
func (s *Sender) Next() (p Packet, ok bool) {
	switch s.state {
	case opening, going:
		return s.report(), true
	case ending:
		p = s.packet(true)
		if s.copies--; s.copies == 0 {
			s.state = idle
		}
		return p, true
	default:
		return Packet{}, false
	}
}

func (s *Sender) report() Packet {
	first := s.state == opening
	s.state = going
	if s.elapsed == MaxDuration {
		// RFC 4733 §2.5.1.3: the segment that reached the longest duration had
		// no end bit; the next one starts where it stopped, without marker.
		s.timestamp += MaxDuration
		s.elapsed = 0
		if s.left > 0 {
			s.left -= MaxDuration
		}
	}
	s.elapsed = min(s.elapsed+s.interval(), MaxDuration)
	if s.left < 0 || s.elapsed < s.left {
		p := s.packet(false)
		p.Marker = first
		return p
	}
	s.elapsed = s.left
	p := s.packet(true)
	p.Marker = first
	s.state, s.copies = ending, Copies-1
	return p
}

func (s *Sender) packet(end bool) Packet {
	return Packet{
		Timestamp: s.timestamp,
		Payload:   Payload{Event: s.event, End: end, Volume: s.volume, Duration: uint16(s.elapsed)}.Bytes(),
	}
}
