package sealed

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Writer seals one recording into a file. It is used by one goroutine, which may block in its calls; it allocates only when it is made.
type Writer struct {
	out    io.Writer
	aead   cipher.AEAD
	place  *place
	chunk  uint32
	sound  [Second]byte
	sealed []byte // prefix, ciphertext, tag: written by one call, so that a crash tears at most the last chunk
	err    error
	closed bool
}

// NewWriter writes the header of a recording to an empty file.
func NewWriter(out io.Writer, id string, key Key) (*Writer, error) { return NewPart(out, id, key, 0) }

// NewPart writes the header of a part of a recording, from 0, behind the parts before it: where Resume said.
func NewPart(out io.Writer, id string, key Key, part uint32) (*Writer, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	var h [headerSize]byte
	copy(h[:], magic)
	binary.BigEndian.PutUint16(h[8:], version)
	h[10], h[11] = payloadPCMA, Channels
	binary.BigEndian.PutUint32(h[12:], Rate)
	hash := hashOf(id)
	copy(h[16:], hash[:])
	_, _ = rand.Read(h[headerSize-8-nonceBase : headerSize-8]) // never fails (crypto/rand)
	binary.BigEndian.PutUint32(h[partAt:], part)
	if _, err := out.Write(h[:]); err != nil {
		return nil, fmt.Errorf("sealed recording: %w", err)
	}
	return &Writer{out: out, aead: aead, place: newPlace(h[:]), sealed: make([]byte, prefixSize, prefixSize+Second+tagSize)}, nil
}

// WriteSecond seals up to one second of both channels, equally long: at most Rate A-law octets each. After an error nothing more can be written:
// where the file stands is then unknown.
func (w *Writer) WriteSecond(left, right []byte) error {
	if len(left) != len(right) || len(left) > Rate || len(left) == 0 {
		return fmt.Errorf("sealed recording: %d samples left and %d right, want the same, 1 to %d", len(left), len(right), Rate)
	}
	for i, l := range left {
		w.sound[2*i], w.sound[2*i+1] = l, right[i]
	}
	return w.seal(w.sound[:2*len(left)], 0)
}

// WriteInterleaved seals up to one second that is interleaved already, left first.
func (w *Writer) WriteInterleaved(stereo []byte) error {
	if len(stereo) == 0 || len(stereo) > Second || len(stereo)%Channels != 0 {
		return fmt.Errorf("sealed recording: %d interleaved bytes, want a multiple of %d up to %d", len(stereo), Channels, Second)
	}
	return w.seal(stereo, 0)
}

func (w *Writer) seal(sound []byte, flags byte) error {
	switch {
	case w.err != nil:
		return w.err
	case w.closed:
		return errors.New("sealed recording: closed")
	case w.chunk == mostChunks:
		return errors.New("sealed recording: full") // 136 years
	}
	w.place.set(w.chunk, flags)
	out := w.sealed[:prefixSize]
	binary.BigEndian.PutUint16(out, uint16(len(sound)+tagSize))
	out[2] = flags
	out = w.aead.Seal(out, w.place.nonce[:], sound, w.place.addition[:])
	// The number is used up even when the write fails: a nonce must never seal two contents.
	w.chunk++
	if _, err := w.out.Write(out); err != nil {
		w.err = fmt.Errorf("sealed recording: %w", err)
	}
	return w.err
}

// Close writes the last chunk, which says that nothing is missing. It does not close the file.
func (w *Writer) Close() error {
	if w.closed {
		return w.err
	}
	err := w.seal(nil, flagLast)
	w.closed = true
	return err
}
