package engine

import (
	"encoding/binary"
	"net/netip"
	"time"

	"autocom/dsp/quality"
)

// RTCP packet types (RFC 3550 §12.1).
const (
	typeSR   = 200
	typeRR   = 201
	typeSDES = 202
	typeBYE  = 203
	typeXR   = 207 // RFC 3611 §2
)

// ntpEpoch is 1 January 1970 in NTP seconds.
const ntpEpoch = 2_208_988_800

// control is what a leg remembers for RTCP.
type control struct {
	sentAtReport uint64        // packets sent when we last reported
	lastSR       uint32        // middle 32 bits of the peer's last NTP timestamp
	lastSRAt     time.Duration // when it came
	peerLost     int64
	peerJitter   uint32
	peerMOS      uint8 // tenths
	extended     bool  // the peer sends XR, and so understands it
	roundTrip    time.Duration
}

// ntp is the wall clock as RFC 3550 §4 wants it.
func (e *Engine) ntp(now time.Duration) uint64 {
	t := now
	seconds := uint64(0)
	if !e.cfg.Epoch.IsZero() {
		at := e.cfg.Epoch.Add(now)
		seconds = uint64(at.Unix() + ntpEpoch)
		t = time.Duration(at.Nanosecond())
	} else {
		seconds, t = uint64(t/time.Second), t%time.Second
	}
	return seconds<<32 | uint64(t)<<32/uint64(time.Second)
}

// controlTarget is where RTCP goes.
func (l *leg) controlTarget() netip.AddrPort {
	to := l.src.target()
	switch {
	case !to.IsValid(), l.mux:
		return to
	case l.rtcp.IsValid() && l.src.state == seeking:
		return l.rtcp
	case l.rtcp.IsValid() && l.rtcp.Addr() == to.Addr():
		return l.rtcp
	case to.Port() == 65535:
		return netip.AddrPort{}
	default:
		return netip.AddrPortFrom(to.Addr(), to.Port()+1)
	}
}

// sendReport sends SR (or RR, when nothing was sent since the last one) and SDES to a leg (RFC 3550 §6.4).
func (e *Engine) sendReport(l *leg, now time.Duration) {
	to := l.controlTarget()
	if !l.agreed || !to.IsValid() || (!l.in.known && !l.out.live) {
		return
	}
	b := e.putReport(l, e.work.out[:0], now)
	b = putSDES(b, l.out.ssrc)
	if l.ctl.extended && l.in.known {
		b = quality.AppendPacket(b, l.out.ssrc, l.report())
	}
	e.sendControl(l, to, b)
}

// sendControl uses the RTP port when the peer wants both on one (RFC 5761).
func (e *Engine) sendControl(l *leg, to netip.AddrPort, b []byte) {
	if l.mux {
		e.sink.SendRTP(l.slot, to, b)
		return
	}
	e.sink.SendRTCP(l.slot, to, b)
}

// sendBye says goodbye to a leg that was sent something (RFC 3550 §6.6).
func (e *Engine) sendBye(l *leg, now time.Duration) {
	to := l.controlTarget()
	if !l.agreed || !to.IsValid() || !l.out.live {
		return
	}
	b := e.putReport(l, e.work.out[:0], now)
	b = putSDES(b, l.out.ssrc)
	b = append(b, version<<6|1, typeBYE, 0, 1)
	b = binary.BigEndian.AppendUint32(b, l.out.ssrc)
	e.sendControl(l, to, b)
}

func (e *Engine) putReport(l *leg, b []byte, now time.Duration) []byte {
	blocks, words, kind := byte(0), uint16(1), byte(typeRR)
	sender := l.out.live && l.out.packets != l.ctl.sentAtReport
	if sender {
		kind, words = typeSR, words+5
	}
	if l.in.known {
		blocks, words = 1, words+6
	}
	b = append(b, version<<6|blocks, kind)
	b = binary.BigEndian.AppendUint16(b, words)
	b = binary.BigEndian.AppendUint32(b, l.out.ssrc)
	if sender {
		l.ctl.sentAtReport = l.out.packets
		b = binary.BigEndian.AppendUint64(b, e.ntp(now))
		b = binary.BigEndian.AppendUint32(b, l.out.ts+uint32(samples(now-l.out.at)))
		b = binary.BigEndian.AppendUint32(b, uint32(l.out.packets))
		b = binary.BigEndian.AppendUint32(b, uint32(l.out.octets))
	}
	if l.in.known {
		b = l.putBlock(b, now)
	}
	return b
}

// putBlock writes one reception report (RFC 3550 §6.4.1, A.3).
func (l *leg) putBlock(b []byte, now time.Duration) []byte {
	r := &l.in
	lost := int64(r.expected()) - int64(r.received)
	expected, received := r.expected()-r.expectedPrior, r.received-r.receivedPrior
	r.expectedPrior, r.receivedPrior = r.expected(), r.received
	fraction := uint32(0)
	if missed := int64(expected) - int64(received); expected != 0 && missed > 0 {
		fraction = min(uint32(missed<<8)/expected, 255)
	}
	lost = min(max(lost, -0x800000), 0x7FFFFF)
	b = binary.BigEndian.AppendUint32(b, r.ssrc)
	b = binary.BigEndian.AppendUint32(b, fraction<<24|uint32(lost)&0xFFFFFF)
	b = binary.BigEndian.AppendUint32(b, r.extended())
	b = binary.BigEndian.AppendUint32(b, r.jitter>>4)
	b = binary.BigEndian.AppendUint32(b, l.ctl.lastSR)
	delay := uint32(0)
	if l.ctl.lastSR != 0 {
		delay = uint32((now - l.ctl.lastSRAt) * 65536 / time.Second)
	}
	return binary.BigEndian.AppendUint32(b, delay)
}

// putSDES writes the canonical name (RFC 3550 §6.5.1): the stream's SSRC, which says nothing of a person (RFC 7022).
func putSDES(b []byte, ssrc uint32) []byte {
	const hex = "0123456789abcdef"
	b = append(b, version<<6|1, typeSDES, 0, 4)
	b = binary.BigEndian.AppendUint32(b, ssrc)
	b = append(b, 1, 8)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, hex[ssrc>>shift&0xF])
	}
	return append(b, 0, 0) // the end of the items, and padding to 32 bits
}

// Control takes one datagram that came in on a leg's RTCP port.
func (e *Engine) Control(s Slot, from netip.AddrPort, b []byte, now time.Duration) {
	if int(s) < 0 || int(s) >= len(e.legs) || e.legs[s] == nil {
		return
	}
	e.receiveControl(e.legs[s], from, b, now)
}

// receiveControl reads a compound packet. Only the host that sends RTP, or may, is believed; nothing in RTCP can move
// or end a stream.
func (e *Engine) receiveControl(l *leg, from netip.AddrPort, b []byte, now time.Duration) {
	if !l.agreed || (l.src.state == locked && from.Addr() != l.src.peer.Addr()) ||
		(l.src.state == seeking && !l.src.trusted(from.Addr())) {
		l.count.Strangers++
		return
	}
	for len(b) >= 8 {
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if b[0]>>6 != version || size > len(b) || size < 8 {
			l.count.Malformed++
			return
		}
		blocks := b[8:size]
		switch b[1] {
		case typeSR:
			if len(blocks) < 20 {
				l.count.Malformed++
				return
			}
			l.quiet = now // a phone that suppresses silence sends no RTP for long, but is there
			l.ctl.lastSR, l.ctl.lastSRAt = binary.BigEndian.Uint32(blocks[2:]), now
			e.readBlocks(l, blocks[20:], int(b[0]&0x1F), now)
		case typeRR:
			l.quiet = now
			e.readBlocks(l, blocks, int(b[0]&0x1F), now)
		case typeXR:
			if !l.judged(b[:size]) {
				l.count.Malformed++
				return
			}
		}
		b = b[size:]
	}
	if len(b) != 0 {
		l.count.Malformed++
	}
}

// judged takes what the peer says of how our stream sounds (RFC 3611 §4.7).
func (l *leg) judged(b []byte) bool {
	var room [2]quality.Report
	_, reports, err := quality.ParsePacket(b, room[:0])
	if err != nil {
		return false
	}
	l.ctl.extended = true
	for i := range reports {
		if r := &reports[i]; r.SSRC == l.out.ssrc && r.MOSCQ != quality.Unavailable {
			l.ctl.peerMOS = r.MOSCQ
		}
	}
	return true
}

// readBlocks takes what the peer says of our stream.
func (e *Engine) readBlocks(l *leg, b []byte, n int, now time.Duration) {
	for ; n > 0 && len(b) >= 24; n, b = n-1, b[24:] {
		if binary.BigEndian.Uint32(b) != l.out.ssrc {
			continue
		}
		l.ctl.peerLost = int64(int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8)
		l.ctl.peerJitter = binary.BigEndian.Uint32(b[12:])
		lsr, dlsr := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
		if lsr == 0 {
			continue
		}
		// RFC 3550 §6.4.1: in units of 1/65536 s, modulo 2^32.
		if trip := uint32(e.ntp(now)>>16) - lsr - dlsr; trip < 1<<22 {
			l.ctl.roundTrip = time.Duration(trip) * time.Second / 65536
		}
	}
}
