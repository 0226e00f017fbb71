package engine

import (
	"slices"
	"time"

	"autocom/dsp/events"
)

// Tick does what is due at a quantum. The owner calls it every Quantum, also for those it was late for.
func (e *Engine) Tick(now time.Duration) {
	e.quanta++
	if len(e.holding) > 0 {
		e.expire(now)
	}
	calls := e.busy[e.quanta%phases]
	for i, call := range slices.Backward(calls) { // backwards: a call that falls idle takes itself out
		if i < len(calls) {
			e.frame(call, now)
		}
		calls = e.busy[e.quanta%phases]
	}
	// Each leg is looked at once a second, a few at each quantum.
	for i := e.quanta % second; i < len(e.legs); i += second {
		if l := e.legs[i]; l != nil {
			e.look(l, now)
		}
	}
}

// frame makes 20 ms of one call.
func (e *Engine) frame(c *call, now time.Duration) {
	e.mix(c)
	for i := 0; i < len(c.legs); i++ {
		l := c.legs[i]
		pressing := e.report(l, now)
		switch l.mode {
		case mute, forward:
			if l.prompt.sound != nil { // it cannot be heard now, but it has an end
				e.advance(l, now, true)
			}
		case quiet:
			l.law.Fill(e.work.frame[:])
			e.emit(l, e.work.frame[:], pressing, now)
		case looping:
			e.advance(l, now, pressing)
		case mixing:
			l.law.Encode(e.work.frame[:], l.hears[:])
			e.emit(l, e.work.frame[:], pressing, now)
		}
		e.tapFrame(l)
	}
}

// advance plays the next frame of a leg that hears sounds alone.
func (e *Engine) advance(l *leg, now time.Duration, pressing bool) {
	f := e.work.frame[:]
	if l.prompt.sound != nil {
		if l.prompt.read(f, l.law) {
			e.emit(l, f, pressing, now)
			return
		}
		e.endPrompt(l, true)
		e.settle(l.call)
	}
	if l.mode == mute || l.mode == forward {
		return
	}
	if !l.loop.read(f, l.law) {
		l.law.Fill(f)
	}
	e.emit(l, f, pressing, now)
}

// emit sends 20 ms of encoded sound in packets of the length that was agreed. While a key is pressed, events take its
// place.
func (e *Engine) emit(l *leg, frame []byte, pressing bool, now time.Duration) {
	if l.dial.sounding {
		return // what is pending is a part of its tones
	}
	if pressing || !l.sends() || l.mode == mute || l.mode == forward {
		l.packet = 0
		return
	}
	e.packets(l, frame, now)
}

// packets cuts frames into packets and sends those that are whole.
func (e *Engine) packets(l *leg, frame []byte, now time.Duration) {
	for len(frame) > 0 {
		n := copy(l.pend[l.packet:l.ptime], frame)
		l.packet, frame = l.packet+n, frame[n:]
		if l.packet < l.ptime {
			return
		}
		l.packet = 0
		seq, ts, marker := l.out.generate(l.ptime, now)
		out := e.work.out[:headerSize+l.ptime]
		copy(out[headerSize:], l.pend[:l.ptime])
		putHeader(out, l.pt, marker, seq, ts, l.out.ssrc)
		e.send(l, l.src.target(), out, now)
	}
}

// look is the housekeeping of one leg, once a second.
func (e *Engine) look(l *leg, now time.Duration) {
	if now-l.reported >= e.cfg.Report {
		l.reported = now
		e.sendReport(l, now)
	}
	if !l.agreed || !l.dir.Receives() || l.lost {
		return
	}
	limit := e.cfg.Initial
	if l.in.known {
		limit = e.cfg.Lost
	}
	if silent := now - l.quiet; silent >= limit {
		l.lost = true
		e.sink.Event(Event{Kind: MediaLost, Leg: l.id, Duration: silent})
	}
}

// expire ends the keys whose last reports were all lost.
func (e *Engine) expire(now time.Duration) {
	var room [2]events.Notice
	kept := e.holding[:0]
	for _, l := range e.holding {
		for _, n := range l.keys.Expire(room[:0], samples(now)) {
			e.pressed(l, n)
		}
		if _, l.holding = l.keys.Held(); l.holding {
			kept = append(kept, l)
		}
	}
	clear(e.holding[len(kept):])
	e.holding = kept
}
