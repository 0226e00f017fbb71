package vault

import (
	"context"
	"errors"
	"io"
	"math"
	"os"

	"autocom/appliance/recording/sealed"
	"autocom/dsp/g711"
	"autocom/dsp/wav"
)

// Sound is an open sound: interleaved A-law at 8 kHz, left the outside party, right what our side sends. Read ends with io.EOF when it is
// whole, with sealed.ErrTruncated when it was cut.
type Sound struct {
	*sealed.Reader
	file *os.File
}

// Close closes the file.
func (s *Sound) Close() error { return s.file.Close() }

// Open opens a sound for playing. One that is still being made gives what is on the disk so far.
func (v *Vault) Open(id string, wrapped []byte) (*Sound, error) {
	if wrapped == nil {
		return nil, ErrErased
	}
	key, err := v.box.unwrap(id, wrapped)
	if err != nil {
		return nil, err
	}
	path, err := v.path(id)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	reader, err := sealed.NewReader(file, id, key)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Sound{Reader: reader, file: file}, nil
}

// Exported says what Export wrote.
type Exported struct {
	SoundMS int64
	Cut     error // why there is no more sound; nil when the recording is whole
}

// Export writes a sound as a stereo WAV file. The sizes in its header are right although w cannot be rewound: the sound is read twice. One that was
// cut is exported as far as it goes.
func (v *Vault) Export(ctx context.Context, id string, wrapped []byte, encoding wav.Encoding, w io.Writer) (Exported, error) {
	// First only the sizes: the header of a file of this length is kept, its sound is thrown away.
	head := &header{}
	first, size, err := v.pass(ctx, id, wrapped, encoding, head, math.MaxInt64)
	if err != nil {
		return Exported{}, err
	}
	if _, err := w.Write(head.kept); err != nil {
		return Exported{}, err
	}
	// Then the sound without the header; no more of it than was counted, in case the recording grew meanwhile.
	_, _, err = v.pass(ctx, id, wrapped, encoding, &body{out: w, skip: int64(len(head.kept))}, size)
	return first, err
}

// pass decrypts at most so many bytes of sound into a WAV file, and counts them.
func (v *Vault) pass(ctx context.Context, id string, wrapped []byte, encoding wav.Encoding, w io.WriteSeeker, most int64) (done Exported, size int64, err error) {
	sound, err := v.Open(id, wrapped)
	if err != nil {
		return Exported{}, 0, err
	}
	defer func() { err = errors.Join(err, sound.Close()) }()
	out, err := wav.NewWriter(w, wav.Format{Encoding: encoding, Channels: sealed.Channels})
	if err != nil {
		return Exported{}, 0, err
	}
	if h, is := w.(*header); is {
		h.complete = true
	}
	var second [sealed.Second]byte
	var samples [sealed.Second]int16
	in := io.LimitReader(sound, most)
	for {
		if err := ctx.Err(); err != nil {
			return Exported{}, 0, err
		}
		n, readErr := io.ReadFull(in, second[:])
		size += int64(n)
		if encoding == wav.ALaw {
			_, err = out.Write(second[:n])
		} else {
			g711.ALaw.Decode(samples[:n], second[:n])
			err = out.WriteSamples(samples[:n])
		}
		switch {
		case err != nil:
			return Exported{}, 0, err
		case errors.Is(readErr, sealed.ErrTruncated), errors.Is(readErr, sealed.ErrDamaged):
			done.Cut = readErr
		case readErr != nil && !errors.Is(readErr, io.EOF) && !errors.Is(readErr, io.ErrUnexpectedEOF):
			return Exported{}, 0, readErr
		}
		if readErr != nil {
			done.SoundMS = sound.SoundMS()
			return done, size, out.Close()
		}
	}
}

// header keeps the head of what is written through it and forgets the rest.
type header struct {
	kept     []byte
	complete bool // the head is written; what follows is sound
	at       int64
}

func (h *header) Write(p []byte) (int, error) {
	if !h.complete {
		h.kept = append(h.kept, p...)
	} else if h.at < int64(len(h.kept)) {
		copy(h.kept[h.at:], p)
	}
	h.at += int64(len(p))
	return len(p), nil
}

func (h *header) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekStart {
		h.at = offset
	}
	return h.at, nil
}

// body writes all but the head, and nothing after a seek, which only comes to mend the head.
type body struct {
	out   io.Writer
	skip  int64
	ended bool
}

func (b *body) Write(p []byte) (int, error) {
	if b.ended {
		return len(p), nil
	}
	head := min(b.skip, int64(len(p)))
	b.skip -= head
	n, err := b.out.Write(p[head:])
	return n + int(head), err
}

func (b *body) Seek(offset int64, _ int) (int64, error) {
	b.ended = true
	return offset, nil
}
