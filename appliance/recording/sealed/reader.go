package sealed

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Reader gives the sound of a sealed recording as one stream of interleaved A-law. It is used by one goroutine.
type Reader struct {
	in    io.Reader
	aead  cipher.AEAD
	place *place
	chunk uint32
	raw   [1<<16 - 1]byte
	rest  []byte // of the chunk that is being read
	given int64  // bytes of sound in the chunks opened so far
	marks []Mark // met so far
	hash  [hashSize]byte
	part  uint32
	good  int64 // bytes of the file that are genuine
	err   error
}

// NewReader reads the header and checks that it is this recording's.
func NewReader(in io.Reader, id string, key Key) (*Reader, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	var h [headerSize]byte
	switch _, err := io.ReadFull(in, h[:]); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("sealed recording: %w", ErrTruncated)
	case err != nil:
		return nil, fmt.Errorf("sealed recording: %w", err)
	}
	hash := hashOf(id)
	if err := parseHeader(h[:], hash, 0); err != nil {
		return nil, fmt.Errorf("sealed recording: %w", err)
	}
	return &Reader{in: in, aead: aead, place: newPlace(h[:]), hash: hash, good: headerSize}, nil
}

// another begins the next part, of whose header the first bytes were read. Where the part before was not paused, a gap begins: what was said until the
// next writer was there is lost.
func (r *Reader) another(begun []byte) error {
	var h [headerSize]byte
	n := copy(h[:], begun)
	if err := r.fill(h[n:]); err != nil {
		return err
	}
	if err := parseHeader(h[:], r.hash, r.part+1); err != nil {
		return r.damaged()
	}
	r.part, r.chunk, r.place = r.part+1, 0, newPlace(h[:])
	r.good += headerSize
	if n := len(r.marks); n > 0 && !r.marks[n-1].Paused {
		last, at := r.marks[n-1], r.SoundMS()
		r.marks = append(r.marks, Mark{At: last.At.Add(time.Duration(at-last.OffsetMS) * time.Millisecond), Paused: true, Why: WriterLost, OffsetMS: at})
	}
	return nil
}

// over looks whether anything follows the last chunk of a part: nothing, or another part.
func (r *Reader) over() error {
	var prefix [prefixSize]byte
	n, err := io.ReadFull(r.in, prefix[:])
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), err == nil && string(prefix[:]) != magic[:prefixSize]:
		return io.EOF
	case err != nil:
		return err
	}
	return r.another(prefix[:n])
}

// Read gives sound. It ends with io.EOF when the recording is whole, with ErrTruncated when its end was never written and with ErrDamaged when a
// part is not genuine; all sound before that was given by then.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.rest, r.err = r.next()
		r.given += int64(len(r.rest))
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// SoundMS is how much sound the chunks opened so far hold, in ms.
func (r *Reader) SoundMS() int64 { return r.given / Channels * 1000 / Rate }

// Marks are those met so far.
func (r *Reader) Marks() []Mark { return r.marks }

// next opens one chunk. With the last one it returns io.EOF; a mark gives no sound.
func (r *Reader) next() ([]byte, error) {
	var prefix [prefixSize]byte
	if err := r.fill(prefix[:]); err != nil {
		return nil, err
	}
	if string(prefix[:]) == magic[:prefixSize] { // longer than any chunk
		return nil, r.another(prefix[:])
	}
	size, flags := int(binary.BigEndian.Uint16(prefix[:])), prefix[2]
	if size == 0 && flags == 0 {
		// A file system may leave zeros where a power cut came before the content.
		return nil, fmt.Errorf("sealed recording: %w", ErrTruncated)
	}
	empty, marked := size == tagSize && flags == flagLast, flags == flagMark
	if size > Second+tagSize || size <= tagSize && !empty || (size-tagSize)%Channels != 0 && !marked || flags > flagMark {
		return nil, r.damaged()
	}
	sealed := r.raw[:size]
	if err := r.fill(sealed); err != nil {
		return nil, err
	}
	r.place.set(r.chunk, flags)
	sound, err := r.aead.Open(sealed[:0], r.place.nonce[:], sealed, r.place.addition[:])
	if err != nil {
		return nil, r.damaged()
	}
	r.good += int64(prefixSize + size)
	if flags == flagLast {
		return sound, r.over()
	}
	if r.chunk == mostChunks {
		return sound, r.damaged()
	}
	r.chunk++
	if marked {
		m, err := openMark(sound)
		if err != nil {
			return nil, r.damaged()
		}
		m.OffsetMS = r.SoundMS()
		r.marks = append(r.marks, m)
		return nil, nil
	}
	return sound, nil
}

func (r *Reader) damaged() error {
	return fmt.Errorf("sealed recording: after %d ms: %w", r.SoundMS(), ErrDamaged)
}

func (r *Reader) fill(p []byte) error {
	switch _, err := io.ReadFull(r.in, p); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("sealed recording: after %d ms: %w", r.SoundMS(), ErrTruncated)
	default:
		return err
	}
}
