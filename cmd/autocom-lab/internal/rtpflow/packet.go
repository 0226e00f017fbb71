package rtpflow

import (
	"encoding/binary"
	"strings"
)

// A packet is one RTP packet (RFC 3550 §5.1).
type packet struct {
	pt      uint8
	marker  bool
	seq     uint16
	ts      uint32
	ssrc    uint32
	payload []byte
}

// parse reads an RTP packet; it refuses RTCP and anything torn.
func parse(b []byte) (packet, bool) {
	if len(b) < 12 || b[0]>>6 != 2 {
		return packet{}, false
	}
	p := packet{
		pt: b[1] & 0x7F, marker: b[1]&0x80 != 0, seq: binary.BigEndian.Uint16(b[2:]),
		ts: binary.BigEndian.Uint32(b[4:]), ssrc: binary.BigEndian.Uint32(b[8:]),
	}
	if p.marker && p.pt >= 64 && p.pt <= 95 { // RFC 5761 §4: these are RTCP
		return packet{}, false
	}
	at := 12 + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 { // header extension
		if len(b) < at+4 {
			return packet{}, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 { // padding
		end -= int(b[end-1])
	}
	if at > end {
		return packet{}, false
	}
	p.payload = b[at:end]
	return p, true
}

// The keys in the order of their event codes (RFC 4733 §3.2).
const keys = "0123456789*#ABCD"

func eventOf(key byte) (byte, bool) {
	i := strings.IndexByte(keys, key)
	return byte(i), i >= 0
}

const (
	pressFrames = 5 // 100 ms
	endRepeats  = 3 // RFC 4733 §2.5.1.4
	pauseFrames = 4 // 80 ms between digits
)

// pressing is the state of the digit being sent.
type pressing struct {
	code   byte
	at     int // frames since its start; 0 when none is under way
	ts     uint32
	pauses int
}

// next makes the packet of the digit under way, or says that sound may go.
func (p *pressing) next(f *Flow, b []byte) ([]byte, bool) {
	if p.at == 0 {
		if p.pauses > 0 {
			p.pauses--
			return b, false
		}
		if len(f.keys) == 0 || f.event == 0 {
			return b, false
		}
		p.code, _ = eventOf(f.keys[0])
		f.keys = f.keys[1:]
		p.ts = f.ts
	}
	p.at++
	duration := uint16(min(p.at, pressFrames) * Frame)
	volume := byte(10) // −10 dBm0
	if p.at >= pressFrames {
		volume |= 0x80 // the end bit
	}
	b = f.header(b, f.event, p.at == 1, p.ts)
	b = append(b, p.code, volume, byte(duration>>8), byte(duration))
	if p.at == pressFrames+endRepeats-1 {
		p.at, p.pauses = 0, pauseFrames
	}
	return b, true
}
