package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Float keeps IEEE 754 samples of 32 or 64 bits, full scale at ±1. A Source reads it; a Writer does not write it.
const Float Encoding = 3

// The bounds of what a Source reads.
const (
	MaxChannels = 32
	MaxRate     = 768000 // Hz
)

// A Header is what a WAVE file says of itself.
type Header struct {
	Encoding Encoding
	Bits     int // of a container of one sample: 8 to 64
	Channels int
	Rate     int   // Hz
	Frames   int64 // samples of each channel announced; −1 where it is unknown
}

// String says it in words.
func (h Header) String() string {
	kind := h.Encoding.String()
	switch h.Encoding {
	case PCM16:
		kind = fmt.Sprintf("%d-bit PCM", h.Bits)
	case Float:
		kind = fmt.Sprintf("%d-bit float", h.Bits)
	default: // its name says it all
	}
	return fmt.Sprintf("%s, %d Hz, %d channels", kind, h.Rate, h.Channels)
}

func (h Header) frameBytes() int { return h.Bits / 8 * h.Channels }

// check says whether a Source reads it.
func (h Header) check() error {
	ok := false
	switch h.Encoding {
	case PCM16:
		ok = h.Bits == 8 || h.Bits == 16 || h.Bits == 24 || h.Bits == 32
	case Float:
		ok = h.Bits == 32 || h.Bits == 64
	case ALaw, ULaw:
		ok = h.Bits == 8
	default: // not read
	}
	switch {
	case !ok:
		return &EncodingError{Encoding: h.Encoding, Bits: h.Bits}
	case h.Channels < 1 || h.Channels > MaxChannels:
		return ChannelsError(h.Channels)
	case h.Rate < 1 || h.Rate > MaxRate:
		return RateError(h.Rate)
	}
	return nil
}

// A Source reads any WAVE file: every rate, up to MaxChannels channels, PCM of 8, 16, 24 and 32 bits, float of 32 and 64, A-law and µ-law.
type Source struct {
	Header

	r    io.Reader
	left int64 // bytes of data still to read; <0: to the end
	buf  [4096]byte
}

// NewSource reads the file's header and stops at its first sample.
func NewSource(r io.Reader) (*Source, error) {
	h, size, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	h.Frames = -1
	if size >= 0 {
		h.Frames = size / int64(h.frameBytes())
	}
	return &Source{Header: h, r: r, left: size}, nil
}

// Read fills dst with samples, full scale at ±1, the channels by turns, and gives their number, always a multiple of the channels. The end is io.EOF; a
// file cut short gives its whole frames first. A value that is no number reads as silence.
func (s *Source) Read(dst []float32) (int, error) {
	width, frame := s.Bits/8, s.frameBytes()
	n := min(len(dst)/s.Channels*frame, len(s.buf)/frame*frame)
	if n == 0 {
		return 0, io.ErrShortBuffer
	}
	if s.left >= 0 {
		n = int(min(int64(n), s.left/int64(frame)*int64(frame)))
	}
	if n == 0 {
		return 0, io.EOF
	}
	got, err := io.ReadFull(s.r, s.buf[:n])
	if s.left >= 0 {
		s.left -= int64(got)
	}
	raw := s.buf[:got-got%frame]
	if errors.Is(err, io.ErrUnexpectedEOF) {
		s.left, err = 0, nil
		if len(raw) == 0 {
			err = io.EOF
		}
	}
	s.decode(dst, raw)
	return len(raw) / width, err
}

func (s *Source) decode(dst []float32, raw []byte) {
	le := binary.LittleEndian
	switch law, companded := s.Encoding.Law(); {
	case companded:
		for i, b := range raw {
			dst[i] = float32(law.DecodeSample(b)) / (1 << 15)
		}
	case s.Encoding == Float && s.Bits == 32:
		for i := 0; i < len(raw); i += 4 {
			dst[i/4] = finite(float64(math.Float32frombits(le.Uint32(raw[i:]))))
		}
	case s.Encoding == Float:
		for i := 0; i < len(raw); i += 8 {
			dst[i/8] = finite(math.Float64frombits(le.Uint64(raw[i:])))
		}
	case s.Bits == 8: // the only width that is unsigned
		for i, b := range raw {
			dst[i] = float32(int(b)-128) / (1 << 7)
		}
	case s.Bits == 16:
		for i := 0; i < len(raw); i += 2 {
			dst[i/2] = float32(int16(le.Uint16(raw[i:]))) / (1 << 15)
		}
	case s.Bits == 24:
		for i := 0; i < len(raw); i += 3 {
			v := int32(uint32(raw[i])<<8|uint32(raw[i+1])<<16|uint32(raw[i+2])<<24) >> 8
			dst[i/3] = float32(v) / (1 << 23)
		}
	default:
		for i := 0; i < len(raw); i += 4 {
			dst[i/4] = float32(float64(int32(le.Uint32(raw[i:]))) / (1 << 31))
		}
	}
}

// loudest bounds float samples: 40 dB over full scale is no sound but an accident.
const loudest = 100

func finite(v float64) float32 {
	if math.IsNaN(v) {
		return 0
	}
	return float32(max(-loudest, min(loudest, v)))
}
