package engine

import (
	"sync/atomic"

	"autocom/appliance/exchange/plan"
)

// TapFrame is the size of one frame of a Tap: 20 ms of two A-law channels, interleaved, left first.
const TapFrame = 2 * FrameSize

// tapFrames is how many frames a Tap holds: 5.12 s, the longest a disk may stall before sound is lost.
const tapFrames = 256

// A Tap carries the sound of a recorded leg from the engine to a writer: left what the peer says, right everything we
// send to it. It is a ring without locks for exactly one writing goroutine (the engine's owner) and one reading one.
type Tap struct {
	head    atomic.Uint32 // frames written
	tail    atomic.Uint32 // frames read
	lost    atomic.Uint64
	ended   atomic.Bool
	frames  [tapFrames][TapFrame]byte
	started bool // the engine's
}

// Read copies the oldest frame into dst, which has room for TapFrame bytes; ok is false when there is none.
func (t *Tap) Read(dst []byte) (ok bool) {
	tail := t.tail.Load()
	if tail == t.head.Load() {
		return false
	}
	copy(dst[:TapFrame], t.frames[tail%tapFrames][:])
	t.tail.Store(tail + 1)
	return true
}

// Ended reports whether the engine writes no more; what is in the ring can still be read.
func (t *Tap) Ended() bool { return t.ended.Load() }

// Lost is the number of frames the reader was too slow for.
func (t *Tap) Lost() uint64 { return t.lost.Load() }

// next gives the frame to be written, nil when the ring is full.
func (t *Tap) next() *[TapFrame]byte {
	if t.head.Load()-t.tail.Load() == tapFrames {
		t.lost.Add(1)
		return nil
	}
	return &t.frames[t.head.Load()%tapFrames]
}

func (t *Tap) done() { t.head.Add(1) }

// StartRecording lets a tap hear a leg. A leg has one tap at a time.
func (e *Engine) StartRecording(id plan.LegID, t *Tap) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	if l.tap != nil || t.started {
		return ErrBusy
	}
	t.started = true
	l.tap = t
	l.told.begin()
	e.settle(l.call)
	return nil
}

// StopRecording takes the tap from a leg and marks its end; without one it does nothing.
func (e *Engine) StopRecording(id plan.LegID) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	e.endTap(l)
	e.settle(l.call)
	return nil
}

func (e *Engine) endTap(l *leg) {
	if l.tap == nil {
		return
	}
	l.tap.ended.Store(true)
	l.tap, l.told.ring = nil, nil
}
