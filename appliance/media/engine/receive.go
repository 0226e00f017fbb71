package engine

import (
	"net/netip"
	"time"

	"autocom/dsp/cng"
	"autocom/dsp/events"
	"autocom/dsp/g711"
)

// Packet takes one datagram that came in on a leg's RTP port. It may write into b.
func (e *Engine) Packet(s Slot, from netip.AddrPort, b []byte, now time.Duration) {
	if int(s) < 0 || int(s) >= len(e.legs) || e.legs[s] == nil {
		return
	}
	l := e.legs[s]
	if l.mux && isRTCP(b) {
		e.receiveControl(l, from, b, now)
		return
	}
	h, ok := parseRTP(b)
	if !ok {
		l.count.Malformed++
		return
	}
	if !l.agreed || !l.src.admit(from, now, e.cfg.Relock) {
		l.count.Strangers++
		return
	}
	if l.quiet, l.lost = now, false; !l.in.known {
		e.sink.Event(Event{Kind: FirstPacket, Leg: l.id})
	}
	payload := b[h.start:h.end]
	l.count.Octets += uint64(len(payload))
	switch {
	case h.pt == payloadPCMA || h.pt == payloadPCMU || h.pt == l.pt:
		if l.in.take(&h, now) {
			l.renew()
		}
		l.got.slots.Take(h.seq)
		e.voice(l, &h, b, now)
	case h.pt == l.eventPT && l.eventPT != 0:
		if l.in.still(&h, now) {
			l.renew()
		}
		l.got.slots.Take(h.seq)
		e.key(l, &h, b, now)
	case h.pt == payloadCN:
		if l.in.still(&h, now) {
			l.renew()
		}
		l.got.slots.Take(h.seq)
		e.comfort(l, &h, payload, now)
	default:
		l.in.still(&h, now)
		l.got.slots.Take(h.seq)
		l.count.Unknown++
		e.passOver(l, &h, now)
	}
}

// voice hands on one packet of sound. The law is the packet's own: a peer may change between the agreed ones at will.
func (e *Engine) voice(l *leg, h *header, b []byte, now time.Duration) {
	if !l.heard() || h.start == h.end {
		e.passOver(l, h, now)
		return
	}
	law := g711.ALaw
	if h.pt == payloadPCMU || (h.pt == l.pt && l.law == g711.ULaw) {
		law = g711.ULaw
	}
	l.got.hear(law, b[h.start:h.end])
	if l.inband != nil {
		e.search(l, h.seq, law, b[h.start:h.end])
	}
	if l.masked {
		e.passOver(l, h, now)
		return
	}
	if l.needsRing {
		e.store(l, h, law, b[h.start:h.end], now)
	}
	for _, o := range l.hearers {
		if o.mode != forward {
			continue
		}
		if h.end-h.start == o.ptime || o.plain() {
			l.odd = 0
		} else if l.odd++; l.odd >= oddLimit {
			e.unlike(l)
			return
		}
		e.forward(o, l, h, law, b, now)
	}
}

// comfort takes a peer's description of its silence. It is heard where the leg is mixed or recorded; who hears the packets themselves makes
// a silence of its own of their pause.
func (e *Engine) comfort(l *leg, h *header, payload []byte, now time.Duration) {
	if d, err := cng.Parse(payload); err != nil {
		l.count.Malformed++
	} else if l.needsRing && l.heard() && !l.masked {
		l.says.comfort(d)
	}
	e.passOver(l, h, now)
}

// oddLimit is how many packets of another length than agreed are forwarded as they are: a gateway may send a short one
// now and then, a peer that sends so many means it.
const oddLimit = 10

// unlike moves the hearers of a leg to the mixed path, because its packets are longer or shorter than theirs.
func (e *Engine) unlike(l *leg) {
	l.unlike = true
	e.settle(l.call)
}

// forward renumbers one packet of l into the stream of o. The payload stays where it is: the header is written in front.
func (e *Engine) forward(o, l *leg, h *header, law g711.Law, b []byte, now time.Duration) {
	to := o.src.target()
	if !to.IsValid() || o.dial.pressing() {
		o.out.skip(l, h, now)
		return
	}
	seq, ts, f := o.out.place(l, h, now)
	if f == dropped {
		l.count.Late++
		return
	}
	p := b[h.start-headerSize : h.end]
	if law != o.law || len(l.hearers) > 1 {
		p = e.work.out[:headerSize+h.end-h.start] // another hearer may still want the original
		g711.Transcode(p[headerSize:], o.law, b[h.start:h.end], law)
	}
	putHeader(p, o.pt, h.marker || f == began, seq, ts, o.out.ssrc)
	o.out.sent(seq, ts, uint32(h.end-h.start), now)
	e.send(o, to, p, now)
}

// send gives a packet of a leg's stream to the sink and counts it.
func (e *Engine) send(o *leg, to netip.AddrPort, p []byte, now time.Duration) {
	o.out.packets++
	o.out.octets += uint64(len(p) - headerSize)
	e.overhear(o, p, now)
	e.sink.SendRTP(o.slot, to, p)
}

// renew prepares for another source of the same peer.
func (l *leg) renew() {
	l.keys.Reset()
	l.got.slots.Flush()
	if l.inband != nil {
		*l.inband = inband{}
	}
	if l.says.ring != nil {
		l.says.renew()
	}
}

// passOver tells the streams fed by l that a packet of it will never come.
func (e *Engine) passOver(l *leg, h *header, now time.Duration) {
	if l.needsRing {
		l.says.skip(h.seq)
	}
	for _, o := range l.hearers {
		if o.mode == forward {
			o.out.skip(l, h, now)
		}
	}
}

// key takes a telephone-event: one Digit for the exchange, and the event itself for a leg that is bridged to this one.
func (e *Engine) key(l *leg, h *header, b []byte, now time.Duration) {
	if !l.heard() {
		e.passOver(l, h, now)
		return
	}
	var room [2 * events.MaxReports]events.Notice
	said, err := l.keys.Receive(room[:0], h.ts, h.marker, b[h.start:h.end], samples(now))
	if err != nil {
		l.count.Malformed++
		e.passOver(l, h, now)
		return
	}
	if l.needsRing {
		l.says.skip(h.seq)
	}
	for _, n := range said {
		e.pressed(l, n)
	}
	if _, held := l.keys.Held(); held && !l.holding {
		l.holding = true
		e.holding = append(e.holding, l)
	}
	if l.masked {
		for _, o := range l.hearers {
			if o.mode == forward {
				o.out.skip(l, h, now)
			}
		}
		return
	}
	for _, o := range l.hearers {
		if o.mode != forward {
			continue
		}
		to := o.src.target()
		if o.eventPT == 0 || !to.IsValid() || o.dial.pressing() {
			o.out.skip(l, h, now)
			continue
		}
		seq, ts, f := o.out.place(l, h, now)
		if f == dropped {
			l.count.Late++
			continue
		}
		p := e.work.out[:headerSize+h.end-h.start]
		copy(p[headerSize:], b[h.start:h.end])
		putHeader(p, o.eventPT, h.marker, seq, ts, o.out.ssrc)
		o.out.sent(seq, ts, 0, now)
		e.send(o, to, p, now)
	}
}

// pressed says one Digit for each key, when it is released. Hearers on the mixed path press it again themselves, and so do those who take no
// events: to them a key is two tones.
func (e *Engine) pressed(l *leg, n events.Notice) {
	if n.Phase != events.Ended {
		return
	}
	digit, ok := n.Event.Digit()
	if !ok {
		return
	}
	e.sink.Event(Event{Kind: Digit, Leg: l.id, Digit: digit, Duration: time.Duration(n.Duration) * time.Second / 8000})
	for _, o := range l.hearers {
		if l.masked || len(o.from) != 1 || o.raw || o.mode != mixing && (o.mode != forward || o.eventPT != 0) {
			continue
		}
		o.dial.press(digit, min(max(n.Duration, int(samples(shortestDigit))), int(samples(longestDigit))))
		e.schedule(o.call)
	}
}
