package engine

import "encoding/binary"

const (
	headerSize = 12
	version    = 2

	payloadPCMU = 0
	payloadPCMA = 8
	payloadCN   = 13 // comfort noise, RFC 3389 §4
)

// header is what the engine reads of an RTP packet (RFC 3550 §5.1).
type header struct {
	pt     uint8
	marker bool
	seq    uint16
	ts     uint32
	ssrc   uint32
	start  int // of the payload, in the packet
	end    int
}

// parseRTP reads a header. CSRCs, extensions and padding are stepped over.
func parseRTP(b []byte) (h header, ok bool) {
	if len(b) < headerSize || len(b) > MaxPacket || b[0]>>6 != version {
		return h, false
	}
	h = header{
		pt:     b[1] & 0x7F,
		marker: b[1]&0x80 != 0,
		seq:    binary.BigEndian.Uint16(b[2:]),
		ts:     binary.BigEndian.Uint32(b[4:]),
		ssrc:   binary.BigEndian.Uint32(b[8:]),
		start:  headerSize + 4*int(b[0]&0x0F),
		end:    len(b),
	}
	if b[0]&0x10 != 0 {
		if h.start+4 > len(b) {
			return h, false
		}
		h.start += 4 + 4*int(binary.BigEndian.Uint16(b[h.start+2:]))
	}
	if b[0]&0x20 != 0 {
		pad := int(b[len(b)-1])
		if pad == 0 {
			return h, false
		}
		h.end -= pad
	}
	return h, h.start <= h.end
}

// putHeader writes twelve bytes: no CSRC, extension or padding.
func putHeader(b []byte, pt uint8, marker bool, seq uint16, ts, ssrc uint32) {
	b[0] = version << 6
	b[1] = pt
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], ssrc)
}

// isRTCP tells RTCP from RTP on a shared port (RFC 5761 §4).
func isRTCP(b []byte) bool { return len(b) >= 2 && b[1] >= 192 && b[1] <= 223 }
