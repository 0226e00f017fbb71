package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// The bounds of what may stand before the samples.
const (
	maxFormat = 4096    // bytes of the fmt chunk
	maxHeader = 1 << 20 // bytes of all other chunks (titles, cue points, padding)
)

// unknown is the size written while a file is still being recorded: it means
// "to the end of the file", so a recording cut short can be read.
const unknown = 0xFFFFFFFF

// A Reader reads the samples of one file as they come.
type Reader struct {
	Format Format

	r    io.Reader
	left int64 // bytes of data still to read; <0: to the end
	buf  [1280]byte
}

// NewReader reads the file's header and stops at its first sample. The errors
// are those of this package and what r says.
func NewReader(r io.Reader) (*Reader, error) {
	f, size, err := readTelephone(r)
	if err != nil {
		return nil, err
	}
	return &Reader{Format: f, r: r, left: size}, nil
}

// Parse finds the samples in a whole file held in memory. data shares b's
// memory and holds whole frames only; a file cut short gives what it has.
func Parse(b []byte) (f Format, data []byte, err error) {
	r := bytes.NewReader(b)
	f, size, err := readTelephone(r)
	if err != nil {
		return Format{}, nil, err
	}
	data = b[len(b)-r.Len():]
	if size >= 0 && size < int64(len(data)) {
		data = data[:size]
	}
	return f, data[:len(data)-len(data)%f.FrameBytes()], nil
}

// Read fills dst with samples, those of two channels by turns, and gives their
// number, always a multiple of the channels. dst must have room for one sample
// of every channel. The end is io.EOF; a last frame that is cut is left out.
func (r *Reader) Read(dst []int16) (int, error) {
	width, frame := r.Format.sampleBytes(), r.Format.FrameBytes()
	n := min(len(dst)/r.Format.Channels*frame, len(r.buf)/frame*frame)
	if n == 0 {
		return 0, io.ErrShortBuffer
	}
	if r.left >= 0 {
		n = int(min(int64(n), r.left/int64(frame)*int64(frame)))
	}
	if n == 0 {
		return 0, io.EOF
	}
	got, err := io.ReadFull(r.r, r.buf[:n])
	if r.left >= 0 {
		r.left -= int64(got)
	}
	raw := r.buf[:got-got%frame]
	if errors.Is(err, io.ErrUnexpectedEOF) {
		r.left = 0
		err = nil
		if len(raw) == 0 {
			err = io.EOF
		}
	}
	if law, ok := r.Format.Encoding.Law(); ok {
		law.Decode(dst, raw)
	} else {
		for i := 0; i < len(raw); i += 2 {
			dst[i/2] = int16(binary.LittleEndian.Uint16(raw[i:]))
		}
	}
	return len(raw) / width, err
}

// readTelephone reads the header of a file that is kept as the telephone keeps it.
func readTelephone(r io.Reader) (Format, int64, error) {
	h, size, err := readHeader(r)
	if err != nil {
		return Format{}, 0, err
	}
	f := Format{Encoding: h.Encoding, Channels: h.Channels}
	if err := f.check(); err != nil {
		if _, channels := errors.AsType[ChannelsError](err); !channels {
			return Format{}, 0, &EncodingError{Encoding: h.Encoding, Bits: h.Bits}
		}
		return Format{}, 0, err
	}
	if h.Bits != 8*f.sampleBytes() {
		return Format{}, 0, &EncodingError{Encoding: h.Encoding, Bits: h.Bits}
	}
	if h.Rate != Rate {
		return Format{}, 0, RateError(h.Rate)
	}
	return f, size, nil
}

// readHeader reads up to the first byte of samples and gives their size, −1
// where it is unknown.
func readHeader(r io.Reader) (Header, int64, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Header{}, 0, short(err, ErrNotWAVE)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return Header{}, 0, ErrNotWAVE
	}
	riff := binary.LittleEndian.Uint32(head[4:])
	var h Header
	found := false
	skipped := int64(0)
	for {
		var ch [8]byte
		if _, err := io.ReadFull(r, ch[:]); err != nil {
			if !found {
				return Header{}, 0, short(err, ErrNoFormat)
			}
			return Header{}, 0, short(err, ErrNoData)
		}
		size := int64(binary.LittleEndian.Uint32(ch[4:]))
		switch string(ch[:4]) {
		case "fmt ":
			var err error
			if h, err = readFormat(r, size); err != nil {
				return Header{}, 0, err
			}
			found = true
		case "data":
			if !found {
				return Header{}, 0, ErrNoFormat
			}
			if size == unknown || size == 0 && riff == 0 {
				size = -1 // never filled in
			}
			return h, size, nil
		default:
			size += size & 1 // chunks are padded to an even length
			if skipped += size + 8; skipped > maxHeader {
				return Header{}, 0, ErrMalformed
			}
			if _, err := io.CopyN(io.Discard, r, size); err != nil {
				return Header{}, 0, short(err, ErrMalformed)
			}
		}
	}
}

// short puts a plain word in the place of an early end, and keeps true errors.
func short(err, instead error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return instead
	}
	return err
}

func readFormat(r io.Reader, size int64) (Header, error) {
	if size < 16 || size > maxFormat {
		return Header{}, ErrMalformed
	}
	var b [maxFormat + 1]byte
	chunk := b[:size+size&1]
	if _, err := io.ReadFull(r, chunk); err != nil {
		return Header{}, short(err, ErrMalformed)
	}
	le := binary.LittleEndian
	h := Header{
		Encoding: Encoding(le.Uint16(chunk)), Channels: int(le.Uint16(chunk[2:])),
		Rate: int(le.Uint32(chunk[4:])), Bits: int(le.Uint16(chunk[14:])),
	}
	if h.Encoding == extensible {
		// The true tag is the first half word of the sub-format's GUID.
		if size < 40 {
			return Header{}, ErrMalformed
		}
		h.Encoding = Encoding(le.Uint16(chunk[24:]))
	}
	// A width that does not fill its bytes, such as 20 bits, is kept in the upper bits of whole ones; the alignment says in how many.
	if align := int(le.Uint16(chunk[12:])); h.Bits > 0 && h.Channels > 0 && (h.Encoding == PCM16 || h.Encoding == Float) {
		if wide := align / h.Channels; align%h.Channels == 0 && wide*8 >= h.Bits && wide <= 8 {
			h.Bits = 8 * wide
		}
	}
	return h, nil
}
