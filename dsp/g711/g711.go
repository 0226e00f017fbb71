// Package g711 turns the telephone's 8-bit samples (A-law in Europe, µ-law in
// America) into 16-bit samples and back.
//
// Samples run at 8 kHz; a frame is 160 samples (20 ms). 16-bit samples use the
// whole range: full scale is ±32,768 and a sine at full scale is +3.14 dBm0.
// Nothing here allocates. The tables are built once from github.com/zaf/g711,
// which is bit-exact with the ITU-T G.191 sweep vectors.
package g711

import zaf "github.com/zaf/g711"

// FrameSize is the number of samples, and of encoded bytes, in 20 ms at 8 kHz.
const FrameSize = 160

// A Law is one of the two companding laws of ITU-T G.711. The zero value is
// A-law, Europe's.
type Law uint8

const (
	// ALaw is RTP payload type 8, PCMA.
	ALaw Law = iota
	// ULaw is RTP payload type 0, PCMU.
	ULaw
)

// String gives the law's RTP encoding name (RFC 3551 §6).
func (l Law) String() string {
	if l == ULaw {
		return "PCMU"
	}
	return "PCMA"
}

// PayloadType gives the law's static RTP payload type (RFC 3551 §6).
func (l Law) PayloadType() uint8 {
	if l == ULaw {
		return 0
	}
	return 8
}

// Silence is the byte that stands for the quietest positive sample.
func (l Law) Silence() byte {
	if l == ULaw {
		return 0xFF
	}
	return 0xD5
}

// The tables never change after the program has started.
var (
	decodeA = tabulateDecode(zaf.DecodeAlawFrame)
	decodeU = tabulateDecode(zaf.DecodeUlawFrame)

	// A-law ignores the 4 low bits of a sample and µ-law the 2 low ones, so
	// 4 KiB and 16 KiB replace two tables of 64 KiB and stay in the smallest
	// first-level caches. The tests compare all 65,536 inputs.
	encodeA = func() (t [1 << 12]byte) {
		for i := range t {
			t[i] = zaf.EncodeAlawFrame(int16(uint16(i) << 4))
		}
		return t
	}()
	encodeU = func() (t [1 << 14]byte) {
		for i := range t {
			t[i] = zaf.EncodeUlawFrame(int16(uint16(i) << 2))
		}
		return t
	}()

	aToU = tabulateCode(zaf.Alaw2UlawFrame)
	uToA = tabulateCode(zaf.Ulaw2AlawFrame)
)

func tabulateDecode(f func(uint8) int16) (t [256]int16) {
	for i := range t {
		t[i] = f(uint8(i))
	}
	return t
}

func tabulateCode(f func(uint8) uint8) (t [256]byte) {
	for i := range t {
		t[i] = f(uint8(i))
	}
	return t
}

// Decode turns src into samples in dst and gives their number, that of the
// shorter slice.
func (l Law) Decode(dst []int16, src []byte) int {
	n := min(len(dst), len(src))
	t := &decodeA
	if l == ULaw {
		t = &decodeU
	}
	dst, src = dst[:n], src[:n]
	for len(src) >= stride && len(dst) >= stride {
		d, s := (*[stride]int16)(dst), (*[stride]byte)(src)
		d[0], d[1], d[2], d[3] = t[s[0]], t[s[1]], t[s[2]], t[s[3]]
		d[4], d[5], d[6], d[7] = t[s[4]], t[s[5]], t[s[6]], t[s[7]]
		dst, src = dst[stride:], src[stride:]
	}
	for i, c := range src {
		dst[i] = t[c]
	}
	return n
}

// stride is how many samples the loops take at a time: the processor then
// spends its time on the tables rather than on counting.
const stride = 8

// Encode turns the samples of src into bytes in dst and gives their number,
// that of the shorter slice.
func (l Law) Encode(dst []byte, src []int16) int {
	n := min(len(dst), len(src))
	dst, src = dst[:n], src[:n]
	if l == ULaw {
		for len(src) >= stride && len(dst) >= stride {
			d, s := (*[stride]byte)(dst), (*[stride]int16)(src)
			t := &encodeU
			d[0], d[1], d[2], d[3] = t[uint16(s[0])>>2], t[uint16(s[1])>>2], t[uint16(s[2])>>2], t[uint16(s[3])>>2]
			d[4], d[5], d[6], d[7] = t[uint16(s[4])>>2], t[uint16(s[5])>>2], t[uint16(s[6])>>2], t[uint16(s[7])>>2]
			dst, src = dst[stride:], src[stride:]
		}
		for i, s := range src {
			dst[i] = encodeU[uint16(s)>>2]
		}
		return n
	}
	for len(src) >= stride && len(dst) >= stride {
		d, s := (*[stride]byte)(dst), (*[stride]int16)(src)
		t := &encodeA
		d[0], d[1], d[2], d[3] = t[uint16(s[0])>>4], t[uint16(s[1])>>4], t[uint16(s[2])>>4], t[uint16(s[3])>>4]
		d[4], d[5], d[6], d[7] = t[uint16(s[4])>>4], t[uint16(s[5])>>4], t[uint16(s[6])>>4], t[uint16(s[7])>>4]
		dst, src = dst[stride:], src[stride:]
	}
	for i, s := range src {
		dst[i] = encodeA[uint16(s)>>4]
	}
	return n
}

// DecodeSample turns one byte into a sample.
func (l Law) DecodeSample(c byte) int16 {
	if l == ULaw {
		return decodeU[c]
	}
	return decodeA[c]
}

// EncodeSample turns one sample into a byte.
func (l Law) EncodeSample(s int16) byte {
	if l == ULaw {
		return encodeU[uint16(s)>>2]
	}
	return encodeA[uint16(s)>>4]
}

// Transcode rewrites src from one law to another into dst (ITU-T G.711 tables
// 3 and 4) and gives the number of bytes, that of the shorter slice. The two
// slices may be the same; equal laws copy.
func Transcode(dst []byte, to Law, src []byte, from Law) int {
	n := min(len(dst), len(src))
	if to == from {
		return copy(dst[:n], src[:n])
	}
	t := &aToU
	if to == ALaw {
		t = &uToA
	}
	dst, src = dst[:n], src[:n]
	for len(src) >= stride && len(dst) >= stride {
		d, s := (*[stride]byte)(dst), (*[stride]byte)(src)
		d[0], d[1], d[2], d[3] = t[s[0]], t[s[1]], t[s[2]], t[s[3]]
		d[4], d[5], d[6], d[7] = t[s[4]], t[s[5]], t[s[6]], t[s[7]]
		dst, src = dst[stride:], src[stride:]
	}
	for i, c := range src {
		dst[i] = t[c]
	}
	return n
}

// Fill writes silence over dst.
func (l Law) Fill(dst []byte) {
	c := l.Silence()
	for i := range dst {
		dst[i] = c
	}
}
