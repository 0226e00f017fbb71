package engine

import (
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/events"
)

// Bounds of the digits we press.
const (
	shortestDigit = 40 * time.Millisecond
	longestDigit  = 5 * time.Second
	digitVolume   = 10 // −dBm0
)

// SendDigit presses a key for the peer as telephone-events (RFC 4733), after those already asked for. The leg's sound
// is silent meanwhile.
func (e *Engine) SendDigit(id plan.LegID, digit byte, length time.Duration) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	if l.eventPT == 0 {
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

// report sends the telephone-event report that is due at this tick. It reports whether the leg is busy pressing keys.
func (e *Engine) report(l *leg, now time.Duration) bool {
	d := &l.dial
	if !d.Busy() {
		if d.queued == 0 {
			return false
		}
		ev, _ := events.OfDigit(d.waiting[0])
		d.queued--
		copy(d.waiting[:], d.waiting[1:])
		d.Start(ev, l.out.ahead(now), d.length, digitVolume)
		l.out.feed = feed{} // whatever comes after begins anew
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
