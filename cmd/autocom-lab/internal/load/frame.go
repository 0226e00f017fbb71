package load

import "encoding/binary"

// A stamp is what a numbered frame carries in its sound: who sent it, which
// one it is, and when. It passes any box that forwards G.711 unchanged.
type stamp struct {
	side   uint8  // 0 the callers', 1 the phones'
	stream uint32 // of that side
	number uint32 // from 1 within a window of measurement; 0 outside
	sent   int64  // ns, CLOCK_REALTIME, as the kernel stamps arrivals
}

const (
	headerBytes = 12
	frameBytes  = headerBytes + 160
	magic       = 0x41_4C_41_42 // "ALAB"
)

// put writes the stamp into the sound of a frame.
func (s stamp) put(sound []byte) {
	binary.BigEndian.PutUint32(sound, magic)
	sound[4] = s.side
	binary.BigEndian.PutUint32(sound[5:], s.stream)
	binary.BigEndian.PutUint32(sound[9:], s.number)
	binary.BigEndian.PutUint64(sound[13:], uint64(s.sent))
}

// read finds the stamp of a whole RTP packet; hold music has none.
func read(packet []byte) (stamp, bool) {
	if len(packet) < headerBytes+21 || packet[0] != 0x80 || binary.BigEndian.Uint32(packet[headerBytes:]) != magic {
		return stamp{}, false
	}
	b := packet[headerBytes:]
	return stamp{b[4], binary.BigEndian.Uint32(b[5:]), binary.BigEndian.Uint32(b[9:]), int64(binary.BigEndian.Uint64(b[13:]))}, true
}
