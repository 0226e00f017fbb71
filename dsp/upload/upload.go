// Package upload turns the sound file an administrator uploads into telephone sound: 8 kHz, one channel.
//
// It reads WAVE files of every kind, MP3, Ogg Vorbis, FLAC and Ogg Opus, of any rate and number of channels, within bounds of bytes, seconds and
// memory. What it refuses, it refuses with an error that says what the file is and what to do.
package upload

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"

	"autocom/dsp/level"
	"autocom/dsp/resample"
)

// Rate is the telephone's sampling rate, in Hz.
const Rate = 8000

// Limits bound what one file may take.
type Limits struct {
	Bytes   int64 // of the file; 0: MaxBytes
	Samples int   // of the sound at 8 kHz; 0: MaxSamples
}

// The limits where none are given: 128 MiB, in which ten minutes of stereo at 48 kHz and 16 bits find room, and ten minutes.
const (
	MaxBytes   = 128 << 20
	MaxSamples = 10 * 60 * Rate
)

func (l Limits) orDefault() Limits {
	if l.Bytes <= 0 {
		l.Bytes = MaxBytes
	}
	if l.Samples <= 0 {
		l.Samples = MaxSamples
	}
	return l
}

// A Format is what the file was.
type Format struct {
	Kind     Kind
	Rate     int // Hz
	Channels int
	Bits     int   // of a sample, 0 where the format has none
	Frames   int64 // samples of each channel at Rate
}

// Seconds is how long the file plays.
func (f Format) Seconds() float64 {
	if f.Rate == 0 {
		return 0
	}
	return float64(f.Frames) / float64(f.Rate)
}

// A Sound is what became of it.
type Sound struct {
	Samples []int16 // 8 kHz, one channel
	Source  Format
}

// Read decodes a file to 8 kHz and mixes its channels evenly; its level is kept.
func Read(r io.Reader, limits Limits) (Sound, error) {
	samples, f, err := read(r, limits)
	if err != nil {
		return Sound{}, err
	}
	s := Sound{Samples: make([]int16, len(samples)), Source: f}
	for i, v := range samples {
		s.Samples[i] = level.Clip(float64(v) * level.FullScale)
	}
	return s, nil
}

// A decoder gives the samples of a file, full scale at ±1, channels by turns. The end is io.EOF. It may panic on a file made with ill intent.
type decoder interface {
	format() Format // Frames is not filled
	// read gives the next samples, whole frames only, good until the next call.
	read() ([]float32, error)
}

// The bounds of every format.
const (
	maxChannels = 8
	minRate     = 4000
	maxRate     = 192000
)

// read decodes, mixes and resamples.
func read(r io.Reader, limits Limits) (samples []float32, f Format, err error) {
	limits = limits.orDefault()
	bounded := &bounded{r: r, left: limits.Bytes}
	in := bufio.NewReaderSize(bounded, 8192)
	kind, err := tell(in)
	if err != nil {
		return nil, Format{}, err
	}
	f.Kind = kind
	defer func() {
		if p := recover(); p != nil {
			samples, err = nil, &DamagedError{Kind: kind, Err: fmt.Errorf("its decoder gave up: %v", p)}
		}
		if bounded.over {
			samples, err = nil, &TooBigError{Kind: kind, Bytes: limits.Bytes}
		}
	}()
	d, err := open(kind, in)
	if err != nil {
		return nil, f, err
	}
	f = d.format()
	switch {
	case f.Channels < 1 || f.Channels > maxChannels:
		return nil, f, &ChannelsError{Kind: kind, Channels: f.Channels}
	case f.Rate < minRate || f.Rate > maxRate:
		return nil, f, &RateError{Kind: kind, Rate: f.Rate}
	}
	c, err := resample.New(f.Rate, Rate)
	if err != nil {
		return nil, f, err
	}
	var mono []float32
	for {
		block, err := d.read()
		if err != nil && !errors.Is(err, io.EOF) {
			if bad := bounded.err; bad != nil { // the reader's own trouble is not the file's
				return nil, f, bad
			}
			return nil, f, &DamagedError{Kind: kind, Err: err}
		}
		n := len(block) / f.Channels
		f.Frames += int64(n)
		if f.Frames*Rate > int64(limits.Samples)*int64(f.Rate) {
			return nil, f, &TooLongError{Kind: kind, Samples: limits.Samples}
		}
		mono = slices.Grow(mono[:0], n)[:n]
		mix(mono, block, f.Channels)
		samples = c.Append(samples, mono)
		if err != nil {
			break
		}
	}
	samples = c.Flush(samples)
	if len(samples) == 0 {
		return nil, f, &EmptyError{Kind: kind}
	}
	return samples, f, nil
}

// tell says what kind of file it is. An ID3 tag, which may stand before MP3 and FLAC, is passed over.
func tell(in *bufio.Reader) (Kind, error) {
	tagged := false
	for {
		head, err := in.Peek(4096)
		if err != nil && !errors.Is(err, io.EOF) {
			return Unknown, err
		}
		if len(head) >= 10 && string(head[:3]) == "ID3" {
			tagged = true
			if err := skipID3(in); err != nil && !errors.Is(err, io.EOF) {
				return Unknown, err
			}
			continue
		}
		kind := sniff(head)
		if tagged && kind != FLAC {
			kind = MP3
		}
		return kind, nil
	}
}

// mix averages the channels: a voice in both stays as loud as it is, and nothing overloads.
func mix(dst, src []float32, channels int) {
	if channels == 1 {
		copy(dst, src)
		return
	}
	share := 1 / float32(channels)
	for i := range dst {
		var sum float32
		for _, v := range src[i*channels : (i+1)*channels] {
			sum += v
		}
		dst[i] = sum * share
	}
}

// open makes the decoder of a kind.
func open(kind Kind, in *bufio.Reader) (decoder, error) {
	switch kind {
	case WAV:
		return openWAV(in)
	case MP3:
		return openMP3(in)
	case Vorbis:
		return openVorbis(in)
	case FLAC:
		return openFLAC(in)
	case Opus:
		return openOpus(in)
	default:
		return nil, &KindError{Kind: kind}
	}
}

// A bounded reader reads no more than it may and remembers why it stopped.
type bounded struct {
	r    io.Reader
	left int64
	over bool
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.r.Read(one[:]); n == 0 {
			return 0, err
		}
		b.over = true
		return 0, io.EOF
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}
