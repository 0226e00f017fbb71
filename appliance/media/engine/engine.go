// Package engine moves the sound of telephone calls: packets come in, packets go out, and a plan says who hears whom.
//
// It is pure: no socket, clock, goroutine, lock or logger. The owner calls it from one goroutine with the time as an
// argument (a [time.Duration] since the engine was made, never falling) and gives it a [Sink] for what comes out.
// Two paths lead through it. A leg that hears one other leg and nothing else is forwarded packet by packet on receipt;
// everything else (conferences, prompts over a call, unlike packet lengths) is mixed from jitter rings every 20 ms.
// Either way the far end sees one stream of ours for the whole life of its leg: one SSRC, sequence numbers without
// holes we made, timestamps that follow the clock. Nothing allocates between two commands.
package engine

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/g711"
	"autocom/dsp/tone"
)

// Times of the engine.
const (
	Quantum = 5 * time.Millisecond  // how often Tick is called
	Frame   = 20 * time.Millisecond // how often each call is mixed
	phases  = int(Frame / Quantum)  // calls are spread over as many quanta, so that bursts are flat
	second  = int(time.Second / Quantum)
)

// FrameSize is the number of samples in a Frame.
const FrameSize = g711.FrameSize

// MaxPacket is the longest datagram the engine reads or writes, in bytes.
const MaxPacket = 1500

// Errors of commands.
var (
	ErrUnknownLeg   = errors.New("no such leg")
	ErrLegOpen      = errors.New("the leg is open already")
	ErrUnknownSound = errors.New("no such sound is loaded")
	ErrBadMedia     = errors.New("media parameters are not usable")
	ErrNoEvents     = errors.New("the peer takes no telephone-events")
	ErrBusy         = errors.New("the leg is busy with another one")
	ErrTooMany      = errors.New("a call has too many legs")
	ErrOldPlan      = errors.New("a newer plan of the call is in force")
	ErrNotRecorded  = errors.New("the leg is not recorded")
)

// A Slot names an open leg to the packet path: an index, so that no packet needs a map.
type Slot int32

// Sink takes what the engine gives out. The engine calls it on its owner's goroutine, from within any method; it must
// not block, and must copy the bytes if it keeps them.
type Sink interface {
	SendRTP(leg Slot, to netip.AddrPort, packet []byte)
	SendRTCP(leg Slot, to netip.AddrPort, packet []byte)
	Event(e Event)
}

// Config is what an engine needs to know once. Zero durations mean the default.
type Config struct {
	Seed    [2]uint64     // of SSRCs and first sequence numbers; must be unpredictable in service (RFC 3550 §5.1)
	Epoch   time.Time     // the wall clock at time zero, for the NTP timestamps of RTCP; zero is allowed (RFC 3550 §6.4.1)
	Initial time.Duration // silence before MediaLost on a leg that was never heard; default 30 s
	Lost    time.Duration // silence before MediaLost on a leg that was heard; default 15 s
	Relock  time.Duration // silence of the locked source after which another trusted one may take its place; default 2 s
	Report  time.Duration // between two RTCP reports; default 5 s
	Tones   tone.Plan     // of the country; France when it is empty
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.Initial, 30*time.Second)
	def(&c.Lost, 15*time.Second)
	def(&c.Relock, 2*time.Second)
	def(&c.Report, 5*time.Second)
	if len(c.Tones.Tone(tone.Ringback).Segments) == 0 {
		c.Tones = tone.France()
	}
	return c
}

// An Engine owns a set of legs and the calls they belong to. It belongs to one goroutine.
type Engine struct {
	cfg   Config
	sink  Sink
	rng   *rand.Rand
	legs  []*leg // by Slot; nil where free
	free  []Slot
	byID  map[plan.LegID]*leg
	calls map[plan.CallID]*call
	busy  [phases][]*call // calls that need a tick, by phase
	next  int             // phase of the next new call

	holding []*leg // legs whose peer holds a key

	sounds map[plan.Sound]*Sound
	quanta int
	work   workspace
}

// workspace is scratch memory of the packet path; it lives in the engine so that nothing escapes to the heap.
type workspace struct {
	out   [MaxPacket]byte
	frame [FrameSize]byte
	heard [MaxPacket]byte
	pcm   [FrameSize]int16

	tapped [TapFrame]byte
}

// New makes an engine that gives its packets and events to sink.
func New(cfg Config, sink Sink) *Engine {
	e := &Engine{
		cfg:    cfg.withDefaults(),
		sink:   sink,
		rng:    rand.New(rand.NewPCG(cfg.Seed[0], cfg.Seed[1])), //nolint:gosec // seeded from the system's source by the owner
		byID:   map[plan.LegID]*leg{},
		calls:  map[plan.CallID]*call{},
		sounds: map[plan.Sound]*Sound{},

		holding: make([]*leg, 0, 64),
	}
	e.loadTones()
	return e
}

// Legs is the number of open legs.
func (e *Engine) Legs() int { return len(e.byID) }

// OpenLeg makes a leg that sends nothing and hears nobody until UpdateLeg and SetPlan.
func (e *Engine) OpenLeg(id plan.LegID, now time.Duration) (Slot, error) {
	if e.byID[id] != nil {
		return 0, ErrLegOpen
	}
	l := newLeg(id, e.rng, now)
	e.adopt(l)
	e.join(e.newCall(""), l)
	return l.slot, nil
}

func (e *Engine) adopt(l *leg) {
	if n := len(e.free); n > 0 {
		l.slot, e.free = e.free[n-1], e.free[:n-1]
		e.legs[l.slot] = l
	} else {
		l.slot = Slot(len(e.legs))
		e.legs = append(e.legs, l)
	}
	e.byID[l.id] = l
}

// CloseLeg ends a leg. Its last Stats event comes before CloseLeg returns.
func (e *Engine) CloseLeg(id plan.LegID, now time.Duration) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	e.stopPlay(l)
	e.endTap(l)
	e.sendBye(l, now)
	e.sink.Event(Event{Kind: Stats, Leg: id, Stats: l.statistics()})
	e.drop(l)
	return nil
}

// drop takes a leg out of its call and out of the engine.
func (e *Engine) drop(l *leg) {
	c := l.call
	e.leave(l)
	e.settle(c)
	e.holding = slices.DeleteFunc(e.holding, func(o *leg) bool { return o == l })
	l.holding = false
	delete(e.byID, l.id)
	e.legs[l.slot] = nil
	e.free = append(e.free, l.slot)
}

// A Moving is a leg between two engines: everything it is, belonging to neither.
type Moving struct{ leg *leg }

// Detach takes a leg out of this engine so that another one (of the same seed epoch and clock) can Attach it, with its
// stream, its lock and its counts: the peer notices nothing. The leg belongs to no call until a plan names it.
func (e *Engine) Detach(id plan.LegID) (Moving, error) {
	l := e.byID[id]
	if l == nil {
		return Moving{}, ErrUnknownLeg
	}
	e.drop(l)
	return Moving{l}, nil
}

// Attach takes in a leg that another engine gave up.
func (e *Engine) Attach(m Moving) (Slot, error) {
	if m.leg == nil {
		return 0, ErrUnknownLeg
	}
	if e.byID[m.leg.id] != nil {
		return 0, ErrLegOpen
	}
	e.adopt(m.leg)
	e.join(e.newCall(""), m.leg)
	e.settle(m.leg.call)
	return m.leg.slot, nil
}

// UpdateLeg gives a leg what offer and answer agreed.
func (e *Engine) UpdateLeg(id plan.LegID, m plan.Media, now time.Duration) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	if err := l.update(m, now); err != nil {
		return err
	}
	e.settle(l.call)
	return nil
}

// Statistics gives a leg's counts so far.
func (e *Engine) Statistics(id plan.LegID) (Statistics, error) {
	l := e.byID[id]
	if l == nil {
		return Statistics{}, ErrUnknownLeg
	}
	return l.statistics(), nil
}

// SetPlan says who hears whom in one call. Legs that are named but not open are passed over; a leg that another call
// had moves over to this one. A plan older than the one in force is refused.
func (e *Engine) SetPlan(p plan.Plan) error {
	if len(p.Legs) > MaxLegs {
		return ErrTooMany
	}
	c := e.calls[p.Call]
	if c != nil && p.Version < c.plan.Version {
		return ErrOldPlan
	}
	if c == nil {
		c = e.newCall(p.Call)
	}
	c.plan = p
	for _, l := range slices.Clone(c.legs) {
		if !names(p, l.id) {
			e.leave(l)
			e.join(e.newCall(""), l)
			e.settle(l.call)
		}
	}
	for i := range p.Legs {
		l := e.byID[p.Legs[i].Leg]
		if l == nil || l.call == c {
			continue
		}
		was := l.call
		e.leave(l)
		e.join(c, l)
		e.settle(was)
	}
	e.settle(c)
	return nil
}

func names(p plan.Plan, id plan.LegID) bool {
	return slices.ContainsFunc(p.Legs, func(h plan.Hearing) bool { return h.Leg == id })
}
