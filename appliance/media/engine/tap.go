package engine

import (
	"sync/atomic"
	"time"

	"autocom/appliance/exchange/plan"
)

// TapFrame is the size of one frame of a Tap: 20 ms of two A-law channels, interleaved, left first.
const TapFrame = 2 * FrameSize

// tapFrames is how many frames a Tap holds: 5.12 s, the longest a disk may stall before sound is lost.
const tapFrames = 256

// tapMarks is how many marks a Tap holds: more pauses than a person makes while a disk stalls.
const tapMarks = 64

// A Mark is where a recording was paused or went on: between two frames of its Tap. A paused Tap gets no frames, so that nothing that is said
// meanwhile exists anywhere; the mark is what tells the gap from a splice (FEATURES §9.5).
type Mark struct {
	At     time.Duration // of the engine's time
	Paused bool          // false: it goes on
	Why    string
	frame  uint32 // the one that comes next
}

// A Tap carries the sound of a recorded leg from the engine to a writer: left what the peer says, right everything we
// send to it. It is a ring without locks for exactly one writing goroutine (the engine's owner) and one reading one.
type Tap struct {
	head     atomic.Uint32 // frames written
	tail     atomic.Uint32 // frames read
	markHead atomic.Uint32 // marks written
	markTail atomic.Uint32 // marks read
	lost     atomic.Uint64
	ended    atomic.Bool
	frames   [tapFrames][TapFrame]byte
	marks    [tapMarks]Mark

	// The engine's alone.
	started bool
	paused  bool
	mask    *mask // nil: keys are recorded as they sound
}

// Pause makes a tap that has not been started begin with a pause; it has no mark.
func (t *Tap) Pause() { t.paused = true }

// MaskKeys makes a tap that has not been started keep keys that are pressed in the voice out of the recording: silence takes their place on the side
// they are heard on. Its sound comes to the reader 80 ms later. Lines that carry no voice (Raw) are recorded as they are.
func (t *Tap) MaskKeys() { t.mask = new(mask) }

// Read copies the oldest frame into dst, which has room for TapFrame bytes; ok is false when there is none, or when a mark comes before it.
func (t *Tap) Read(dst []byte) (ok bool) {
	tail := t.tail.Load()
	if tail == t.head.Load() || t.marked(tail) {
		return false
	}
	copy(dst[:TapFrame], t.frames[tail%tapFrames][:])
	t.tail.Store(tail + 1)
	return true
}

// Mark gives the oldest mark once every frame before it was read.
func (t *Tap) Mark() (m Mark, ok bool) {
	if !t.marked(t.tail.Load()) {
		return m, false
	}
	at := t.markTail.Load()
	m = t.marks[at%tapMarks]
	t.markTail.Store(at + 1)
	return m, true
}

// marked reports whether a mark stands before a frame. Who asks has loaded head before: a mark is there before the frames after it are.
func (t *Tap) marked(frame uint32) bool {
	at := t.markTail.Load()
	return at != t.markHead.Load() && t.marks[at%tapMarks].frame == frame
}

// Ended reports whether the engine writes no more; what is in the ring can still be read.
func (t *Tap) Ended() bool { return t.ended.Load() }

// Lost is the number of frames the reader was too slow for.
func (t *Tap) Lost() uint64 { return t.lost.Load() }

// put writes one frame, or counts it as lost when the ring is full.
func (t *Tap) put(frame *[TapFrame]byte) {
	head := t.head.Load()
	if head-t.tail.Load() == tapFrames {
		t.lost.Add(1)
		return
	}
	t.frames[head%tapFrames] = *frame
	t.head.Store(head + 1)
}

// take takes in 20 ms of both sides.
func (t *Tap) take(frame *[TapFrame]byte) {
	switch {
	case t.paused:
	case t.mask == nil:
		t.put(frame)
	default:
		t.mask.take(t, frame)
	}
}

// flush lets go what the mask held back.
func (t *Tap) flush() {
	if t.mask != nil {
		t.mask.flush(t)
	}
}

// StartRecording lets a tap hear a leg. A leg has one tap at a time.
func (e *Engine) StartRecording(id plan.LegID, t *Tap) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	if l.tap != nil || t.started {
		return ErrBusy
	}
	if t.started = true; l.raw {
		t.mask = nil
	}
	l.tap = t
	l.told.begin()
	e.settle(l.call)
	return nil
}

// PauseRecording keeps everything out of the tap of a leg until it goes on, and marks the place. To pause what is paused does nothing. When there is
// no room for the mark, the pause holds all the same: what must not be heard weighs more than where it was.
func (e *Engine) PauseRecording(id plan.LegID, paused bool, why string, now time.Duration) error {
	l := e.byID[id]
	switch {
	case l == nil:
		return ErrUnknownLeg
	case l.tap == nil:
		return ErrNotRecorded
	case l.tap.paused == paused:
		return nil
	}
	t := l.tap
	t.flush()
	t.paused = paused
	at := t.markHead.Load()
	if at-t.markTail.Load() == tapMarks {
		return ErrBusy
	}
	t.marks[at%tapMarks] = Mark{At: now, Paused: paused, Why: why, frame: t.head.Load()}
	t.markHead.Store(at + 1)
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
	l.tap.flush()
	l.tap.ended.Store(true)
	l.tap, l.told.ring = nil, nil
}
