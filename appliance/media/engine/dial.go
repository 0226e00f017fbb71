package engine

import (
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/dtmf"
	"autocom/dsp/events"
)

// Bounds of the digits we press.
const (
	shortestDigit = 40 * time.Millisecond
	longestDigit  = 5 * time.Second
	digitVolume   = 10 // −dBm0
)

// SendDigit presses a key for the peer after those already asked for: as telephone-events (RFC 4733), or as the two tones of the key where the
// peer agreed to none. The leg's sound is silent meanwhile.
func (e *Engine) SendDigit(id plan.LegID, digit byte, length time.Duration) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	if l.eventPT == 0 && (l.raw || !l.agreed) {
		return ErrNoEvents
	}
	if _, ok := events.OfDigit(digit); !ok {
		return ErrBadMedia
	}
	if !l.dial.press(digit, int(samples(min(max(length, shortestDigit), longestDigit)))) {
		return ErrBusy
	}
	e.schedule(l.call)
	return nil
}

// press queues a digit; the last length asked for holds for all that wait.
func (d *dialer) press(digit byte, length int) bool {
	if d.queued == len(d.waiting) {
		return false
	}
	d.waiting[d.queued] = digit
	d.queued++
	d.length = length
	return true
}

// pressing reports whether a key is held, or the pause after it lasts.
func (d *dialer) pressing() bool { return d.Busy() || d.sounding }

// report sends what is due of a key at this tick. It reports whether the leg is busy pressing keys.
func (e *Engine) report(l *leg, now time.Duration) bool {
	d := &l.dial
	if !d.pressing() {
		if d.queued == 0 {
			return false
		}
		key := d.waiting[0]
		d.queued--
		copy(d.waiting[:], d.waiting[1:])
		l.out.feed = feed{} // whatever comes after begins anew
		if l.packet = 0; l.eventPT == 0 {
			d.tones = dtmf.Generator{On: d.length}
			d.sounding = d.tones.Dial(string([]byte{key}))
		} else {
			ev, _ := events.OfDigit(key)
			d.Start(ev, l.out.ahead(now), d.length, digitVolume)
		}
	}
	if d.sounding {
		e.sound(l, now)
		return true
	}
	p, ok := d.Next()
	if !d.Busy() && d.queued == 0 {
		e.schedule(l.call)
	}
	if !ok || !l.sends() || l.eventPT == 0 {
		return ok
	}
	out := e.work.out[:headerSize+events.Size]
	copy(out[headerSize:], p.Payload[:])
	seq := l.out.seq + 1
	putHeader(out, l.eventPT, p.Marker, seq, p.Timestamp, l.out.ssrc)
	l.out.sent(seq, p.Timestamp, FrameSize, now)
	e.send(l, l.src.target(), out, now)
	return true
}

// sound sends 20 ms of a key's tones (ITU-T Q.23) in the voice.
func (e *Engine) sound(l *leg, now time.Duration) {
	d := &l.dial
	d.tones.Next(e.work.pcm[:])
	if l.sends() {
		l.law.Encode(e.work.frame[:], e.work.pcm[:])
		e.packets(l, e.work.frame[:], now)
	}
	if d.tones.Done() {
		d.sounding = false
		if d.queued == 0 {
			e.schedule(l.call)
		}
	}
}
