package engine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/dtmf"
	"autocom/dsp/events"
	"autocom/dsp/g711"
)

// leg is everything the engine knows of one peer.
type leg struct {
	id   plan.LegID
	slot Slot
	call *call // never nil between two methods of the engine

	// What offer and answer agreed.
	agreed  bool
	law     g711.Law
	pt      uint8 // payload type of law
	raw     bool  // the line carries no voice: nothing is done to its sound
	ptime   int   // samples per packet we send
	eventPT uint8
	dir     plan.Direction
	rtcp    netip.AddrPort // where SDP says RTCP goes; not valid: the RTP address, one port up
	mux     bool

	src    source
	in     receiver
	got    measure
	inband *inband // nil: keys come beside the voice
	out    stream
	keys   events.Receiver // what the peer presses
	ctl    control         // RTCP's own state

	// What this leg hears.
	mode    mode
	from    []*leg // legs it hears and that may be heard
	hearers []*leg // legs that hear this one
	loop    player // the plan's sound
	prompt  player // what Play started
	packet  int    // bytes in pend
	pend    [maxFrame]byte
	dial    dialer // digits we press for it

	// What others hear of it.
	odd       uint8  // packets in a row that are not as long as its hearer expects
	unlike    bool   // so many that the mixed path must cut them anew
	needsRing bool   // somebody needs its samples
	holding   bool   // it is among those that hold a key
	masked    bool   // what it says and presses is for nobody
	party     int    // its place in the call's mixer
	says      strand // in law
	hears     [FrameSize]int16

	// Its recording.
	tap  *Tap
	told strand // what we sent, in A-law

	quiet    time.Duration // since when the peer owes us a packet
	lost     bool          // MediaLost was said of this silence
	reported time.Duration // when RTCP was last sent
	count    Statistics
}

// maxFrame is the longest packet we send: 60 ms, in bytes.
const maxFrame = 3 * FrameSize

// dialer sends digits as telephone-events, or in the voice.
type dialer struct {
	events.Sender
	tones    dtmf.Generator
	sounding bool // tones is not done
	waiting  [32]byte
	queued   int
	length   int // of each digit, in samples
}

func newLeg(id plan.LegID, rng *rand.Rand, now time.Duration) *leg {
	return &leg{id: id, dir: plan.Inactive, ptime: FrameSize, out: newStream(rng), quiet: now, reported: now}
}

func lawOf(c plan.Codec) (g711.Law, error) {
	switch c {
	case plan.PCMA:
		return g711.ALaw, nil
	case plan.PCMU:
		return g711.ULaw, nil
	default:
		return 0, fmt.Errorf("codec %d: %w", uint8(c), ErrBadMedia)
	}
}

// endpoint reads an address; "none yet" and the black hole 0.0.0.0 of RFC 2543 holds are no address.
func endpoint(e plan.Endpoint) (netip.AddrPort, error) {
	if !e.Known() {
		return netip.AddrPort{}, nil
	}
	a, err := netip.ParseAddr(e.Host)
	if err != nil || e.Port < 1 || e.Port > 65535 {
		return netip.AddrPort{}, fmt.Errorf("address %q port %d: %w", e.Host, e.Port, ErrBadMedia)
	}
	if a.IsUnspecified() {
		return netip.AddrPort{}, nil
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(e.Port)), nil
}

// update checks everything before it changes anything.
func (l *leg) update(m plan.Media, now time.Duration) error {
	law, err := lawOf(m.Codec)
	if err != nil {
		return err
	}
	remote, err := endpoint(m.Remote)
	if err != nil {
		return err
	}
	rtcp, err := endpoint(m.RTCP)
	if err != nil {
		return err
	}
	var signal netip.Addr
	if m.Signalled != "" {
		if signal, err = netip.ParseAddr(m.Signalled); err != nil {
			return fmt.Errorf("signalled %q: %w", m.Signalled, ErrBadMedia)
		}
		signal = signal.Unmap()
	}
	ptime := m.Ptime
	if ptime == 0 {
		ptime = 20
	}
	if ptime < 10 || ptime > maxFrame/8 || ptime%10 != 0 || m.EventPT > 127 || m.Direction > plan.Inactive {
		return fmt.Errorf("ptime %d ms, event type %d, direction %d: %w", m.Ptime, m.EventPT, m.Direction, ErrBadMedia)
	}
	pt := law.PayloadType()
	if m.DynamicPT != 0 {
		if pt = m.DynamicPT; pt < 96 || pt > 127 || pt == m.EventPT { // RFC 3551 §6
			return fmt.Errorf("payload type %d beside %d: %w", pt, m.EventPT, ErrBadMedia)
		}
	}
	// The peer owes us packets from now on, unless it owed them already and was not given up.
	if m.Direction.Receives() && (!l.agreed || !l.dir.Receives() || l.lost) {
		l.quiet, l.lost = now, false
	}
	if law != l.law && l.says.ring != nil {
		l.says.renew() // it holds bytes of the other law
	}
	l.law, l.pt, l.ptime, l.eventPT, l.dir = law, pt, 8*ptime, m.EventPT, m.Direction
	if l.raw = m.Raw; l.says.ring != nil {
		l.says.Fix(l.delay())
	}
	l.rtcp, l.mux, l.agreed = rtcp, m.RTCPMux, true
	l.unlike, l.odd, l.packet = false, 0, 0
	l.listenIn()
	l.src.expect(remote, signal, m.AnyPeer)
	return nil
}

// sends reports whether the leg may be sent to now.
func (l *leg) sends() bool { return l.agreed && l.dir.Sends() && l.src.target().IsValid() }

// rawDelay is the delay of a line that carries no voice, in samples: 60 ms, of which a modem sees nothing change.
const rawDelay = 480

// delay is what the leg's jitter ring holds back, in samples; 0 is as much as the network needs.
func (l *leg) delay() int {
	if l.raw {
		return rawDelay
	}
	return 0
}

// plain reports whether the leg hears packets as they are or not at all: a modem or a lift is at one of its two ends.
func (l *leg) plain() bool {
	return len(l.from) > 0 && l.raw || len(l.from) == 1 && l.from[0].raw
}

// heard reports whether what the peer sends is for others to hear.
func (l *leg) heard() bool { return l.agreed && l.dir.Receives() }

func (l *leg) statistics() Statistics {
	s := l.count
	s.Sent, s.SentBytes = l.out.packets, l.out.octets
	l.in.addTo(&s)
	s.PeerLost, s.PeerJitter, s.RoundTrip = l.ctl.peerLost, l.ctl.peerJitter, l.ctl.roundTrip
	s.PeerMOSX10 = l.ctl.peerMOS
	s.LossRuns = l.got.slots.Counts().Runs
	s.Level, s.Speech = l.got.level()
	return s
}
