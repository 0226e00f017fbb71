package engine

import (
	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
)

// maskFrames is how many frames a mask holds back. A key is told at the latest 34 ms after it began (three whole blocks of 8.5 ms, wherever they
// fall), noticed with the next frame of 20 ms, and silenced from one block earlier: 62.5 ms, in whole frames.
const maskFrames = 4

// mask silences keys in what is recorded: a card's digits must be in no recording (PCI DSS 3.3.1, FEATURES §9.5). It hears both sides, since what a
// caller types may come back from the other one, and holds sound back for as long as it takes to know a key.
type mask struct {
	held  [maskFrames][TapFrame]byte // a ring
	hide  [maskFrames][2]bool        // beside it: which side is silenced
	n     int                        // frames that ever came
	kept  int                        // of them, those that are held
	sides [2]ear
	pcm   [FrameSize]int16
}

// ear is one side's receiver of keys.
type ear struct {
	dtmf.Receiver
	quiet [FrameSize]byte // one side of a frame
}

// take holds back a frame and lets the oldest go.
func (m *mask) take(t *Tap, frame *[TapFrame]byte) {
	if m.kept == maskFrames {
		m.release(t)
	}
	at := m.n % maskFrames
	m.held[at], m.hide[at] = *frame, [2]bool{}
	m.n++
	m.kept++
	for side := range m.sides {
		m.listen(side, frame)
	}
}

// listen hides the frames of one side in which a key sounds.
func (m *mask) listen(side int, frame *[TapFrame]byte) {
	e := &m.sides[side]
	for i := range e.quiet {
		e.quiet[i] = frame[2*i+side]
	}
	g711.ALaw.Decode(m.pcm[:], e.quiet[:])
	_, held := e.Held()
	var room [8]dtmf.Notice
	from := -1 // sample from which it is hidden; -1: nothing is
	if held {
		from = (m.n - 1) * FrameSize
	}
	for _, n := range e.Listen(room[:0], m.pcm[:]) {
		if n.Phase == dtmf.Began && from < 0 {
			from = max(0, int(n.At)-dtmf.Block)
		}
	}
	if from < 0 {
		return
	}
	for i := max(from/FrameSize, m.n-m.kept); i < m.n; i++ {
		m.hide[i%maskFrames][side] = true
	}
}

// release lets the oldest frame go.
func (m *mask) release(t *Tap) {
	at := (m.n - m.kept) % maskFrames
	f := &m.held[at]
	for side, hidden := range m.hide[at] {
		if !hidden {
			continue
		}
		for i := side; i < TapFrame; i += 2 {
			f[i] = g711.ALaw.Silence()
		}
	}
	t.put(f)
	m.kept--
}

// flush lets everything go. A key that was not known yet is less than 34 ms of it.
func (m *mask) flush(t *Tap) {
	for m.kept > 0 {
		m.release(t)
	}
}
