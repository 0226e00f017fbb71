package engine

import (
	"time"

	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
)

// inband looks for keys in the voice of a peer that agreed to no telephone-events.
type inband struct {
	dtmf.Receiver
	next  uint16 // number of the packet that comes next
	begun bool
	since int64 // when the key that is held was pressed, as the receiver counts
}

// longestHole bounds the silence that stands for lost packets, in samples: longer, and it is another sound.
const longestHole = 800

// listenIn gives the leg an ear for keys, or takes it away.
func (l *leg) listenIn() {
	switch wanted := l.agreed && l.eventPT == 0 && !l.raw; {
	case !wanted:
		l.inband = nil
	case l.inband == nil:
		l.inband = new(inband)
	}
}

// search looks for keys in one packet of voice.
func (e *Engine) search(l *leg, seq uint16, law g711.Law, payload []byte) {
	in := l.inband
	if !in.begun {
		in.begun, in.next = true, seq
	}
	missing := int(int16(seq - in.next))
	if missing < 0 {
		return // it is late: what came after it has been heard
	}
	in.next = seq + 1
	pcm := e.work.pcm[:]
	if hole := missing * len(payload); hole > longestHole {
		in.Reset()
		in.since = 0
	} else if hole > 0 {
		clear(pcm)
		for ; hole > 0; hole -= FrameSize {
			e.notice(l, pcm[:min(hole, FrameSize)])
		}
	}
	for len(payload) > 0 {
		n := law.Decode(pcm, payload)
		e.notice(l, pcm[:n])
		payload = payload[n:]
	}
}

// notice tells each key when it is released, as it does of those that come beside the voice.
func (e *Engine) notice(l *leg, pcm []int16) {
	var room [8]dtmf.Notice
	for _, n := range l.inband.Listen(room[:0], pcm) {
		if n.Phase == dtmf.Began {
			l.inband.since = n.At
			continue
		}
		e.sink.Event(Event{Kind: Digit, Leg: l.id, Digit: n.Key, InVoice: true, Duration: time.Duration(n.At-l.inband.since) * time.Second / 8000})
	}
}
