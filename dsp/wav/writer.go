package wav

import (
	"encoding/binary"
	"io"
)

// A Writer writes one file as its samples come. A file cut short by a crash at
// any moment can be read: until the first Checkpoint or Close the sizes in the
// header say "to the end of the file", and after it they name samples that are
// there. Mend makes the sizes right afterwards.
type Writer struct {
	w      io.WriteSeeker
	format Format
	data   int64 // bytes of samples written
	buf    [1280]byte
}

// The header: RIFF, size, WAVE; fmt; fact, which the standard asks of every
// format but PCM; data.
const (
	riffSizeAt  = 4
	factCountAt = 46 // in companded files
)

func (f Format) headerSize() int64 {
	if f.Encoding == PCM16 {
		return 44
	}
	return 58
}

// NewWriter writes the header of a file in format f at w's beginning.
func NewWriter(w io.WriteSeeker, f Format) (*Writer, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	wr := &Writer{w: w, format: f}
	if _, err := w.Write(header(f)); err != nil {
		return nil, err
	}
	return wr, nil
}

func header(f Format) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, 58)
	b = le.AppendUint32(append(b, "RIFF"...), unknown)
	b = append(b, "WAVEfmt "...)
	if f.Encoding == PCM16 {
		b = le.AppendUint32(b, 16)
	} else {
		b = le.AppendUint32(b, 18)
	}
	b = le.AppendUint16(b, uint16(f.Encoding))
	b = le.AppendUint16(b, uint16(f.Channels))
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint32(b, uint32(Rate*f.FrameBytes()))
	b = le.AppendUint16(b, uint16(f.FrameBytes()))
	b = le.AppendUint16(b, uint16(8*f.sampleBytes()))
	if f.Encoding != PCM16 {
		b = le.AppendUint16(b, 0) // no extension
		b = le.AppendUint32(append(b, "fact"...), 4)
		b = le.AppendUint32(b, unknown)
	}
	return le.AppendUint32(append(b, "data"...), unknown)
}

// WriteSamples encodes and writes samples, those of two channels by turns; an
// odd one out of a pair is refused with io.ErrShortBuffer.
func (w *Writer) WriteSamples(samples []int16) error {
	if len(samples)%w.format.Channels != 0 {
		return io.ErrShortBuffer
	}
	law, companded := w.format.Encoding.Law()
	for len(samples) > 0 {
		n := min(len(samples), len(w.buf)/w.format.sampleBytes())
		raw := w.buf[:n*w.format.sampleBytes()]
		if companded {
			law.Encode(raw, samples[:n])
		} else {
			for i, s := range samples[:n] {
				binary.LittleEndian.PutUint16(raw[2*i:], uint16(s))
			}
		}
		if _, err := w.Write(raw); err != nil {
			return err
		}
		samples = samples[n:]
	}
	return nil
}

// Write writes samples that are already in the file's encoding.
func (w *Writer) Write(raw []byte) (int, error) {
	if w.data+int64(len(raw)) > unknown-w.format.headerSize()-1 {
		return 0, ErrTooLong
	}
	n, err := w.w.Write(raw)
	w.data += int64(n)
	return n, err
}

// Checkpoint writes the sizes so far into the header and goes on at the end, for
// programs that take "to the end of the file" for a mistake.
func (w *Writer) Checkpoint() error {
	if err := w.sizes(); err != nil {
		return err
	}
	_, err := w.w.Seek(w.format.headerSize()+w.data, io.SeekStart)
	return err
}

// Close writes the sizes into the header. It does not close what it writes to.
func (w *Writer) Close() error {
	if w.data&1 != 0 {
		if _, err := w.w.Write([]byte{0}); err != nil {
			return err
		}
	}
	if err := w.sizes(); err != nil {
		return err
	}
	_, err := w.w.Seek(0, io.SeekEnd)
	return err
}

// sizes patches the header. A crash between two of them leaves older, smaller
// ones, or those of a file still being written.
func (w *Writer) sizes() error {
	head := w.format.headerSize()
	if err := w.patch(riffSizeAt, head-8+w.data+w.data&1); err != nil {
		return err
	}
	if w.format.Encoding != PCM16 {
		if err := w.patch(factCountAt, w.data/int64(w.format.FrameBytes())); err != nil {
			return err
		}
	}
	return w.patch(head-4, w.data)
}

func (w *Writer) patch(at, size int64) error {
	if _, err := w.w.Seek(at, io.SeekStart); err != nil {
		return err
	}
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(size))
	_, err := w.w.Write(b[:])
	return err
}
