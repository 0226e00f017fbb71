package upload

// An mp3Packer rewrites frames of MPEG-2 and 2.5 so that each holds its own sound. The decoder misreads the length of their padded frames, and does not know the
// rates of MPEG-2.5, whose frames at 11,025 and 12,000 Hz are otherwise those of MPEG-2 at 16 kHz (the scale factor bands are the same, ISO/IEC 13818-3 table
// B.8 and its 2.5 extension); 8 kHz has bands of its own.
type mp3Packer struct {
	main []byte // the sound's bytes not older than a frame may point back
	out  [720]byte
}

// mostBack is how far back a frame's sound may begin, in bytes (ISO/IEC 13818-3, 2.4.1.7: main_data_begin has 8 bits).
const mostBack = 255

// pack gives a frame of 160 kbit/s with the same sound, or silence where its beginning is lost.
func (p *mp3Packer) pack(frame []byte, h mp3Header) []byte {
	side := 9
	if h.channels == 2 {
		side = 17
	}
	begin := 4
	if frame[1]&1 == 0 {
		begin = 6 // a checksum follows the header
	}
	as := h
	if h.version == mpeg25 {
		as.version, as.rateIndex = mpeg2, 2
	}
	size := 72000 * 160 / as.rate()
	out := p.out[:size]
	clear(out)
	out[0], out[1] = 0xFF, 0xE0|byte(as.version<<3)|1<<1|1
	out[2], out[3] = 14<<4|byte(as.rateIndex<<2), frame[3]
	if len(frame) < begin+side {
		return out
	}
	head, data := frame[begin:begin+side], frame[begin+side:]
	back, bits := int(head[0]), 0
	at := 8 + h.channels // past the pointer and the private bits
	for range h.channels {
		bits += readBits(head, at, 12) // part2_3_length
		at += 63
	}
	length := (bits + 7) / 8
	start := len(p.main) - back
	p.main = append(p.main, data...)
	if start >= 0 && start+length <= len(p.main) && 4+side+length <= size {
		copy(out[4:], head)
		out[4] = 0 // its sound begins here
		copy(out[4+side:], p.main[start:start+length])
	}
	if keep := len(p.main) - mostBack; keep > 0 {
		p.main = p.main[:copy(p.main, p.main[keep:])]
	}
	return out
}

// readBits reads n bits from bit at on, the highest first.
func readBits(b []byte, at, n int) (v int) {
	for i := at; i < at+n; i++ {
		v = v<<1 | int(b[i>>3]>>(7-i&7)&1)
	}
	return v
}
