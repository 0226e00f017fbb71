// Package wav reads every kind of WAVE sound file and writes those the telephone
// keeps: 8 kHz, one or two channels, A-law, µ-law or 16-bit.
//
// A Reader takes what the telephone plays as it is; a Source takes any rate,
// number of channels and width, for what is to be converted.
//
// Files are RIFF WAVE (RFC 2361 for the companded formats). Whatever is read is
// bounded, and a file that cannot be used is refused with a sentence that says
// what it holds and what to do.
package wav

import (
	"errors"
	"fmt"

	"autocom/dsp/g711"
)

// Rate is the only sampling rate read and written, in Hz.
const Rate = 8000

// An Encoding says how samples are kept. Its values are the WAVE format tags.
type Encoding uint16

const (
	// PCM16 keeps 16-bit samples, the low byte first.
	PCM16 Encoding = 1
	// ALaw keeps ITU-T G.711 A-law bytes.
	ALaw Encoding = 6
	// ULaw keeps ITU-T G.711 µ-law bytes.
	ULaw Encoding = 7

	extensible = 0xFFFE
)

// String names the encoding.
func (e Encoding) String() string {
	switch e {
	case PCM16:
		return "16-bit PCM"
	case ALaw:
		return "A-law"
	case ULaw:
		return "µ-law"
	case Float:
		return "floating point"
	case adpcm:
		return "Microsoft ADPCM"
	case imaADPCM:
		return "IMA ADPCM"
	case gsm610:
		return "GSM 06.10"
	case mpeg, mpegLayer3:
		return "MPEG audio in a WAVE file"
	default:
		return fmt.Sprintf("WAVE format %#x", uint16(e))
	}
}

// Encodings that are often met and not read (RFC 2361).
const (
	adpcm      Encoding = 0x02
	imaADPCM   Encoding = 0x11
	gsm610     Encoding = 0x31
	mpeg       Encoding = 0x50
	mpegLayer3 Encoding = 0x55
)

// Law gives the companding law of the encoding; ok is false for PCM16.
func (e Encoding) Law() (law g711.Law, ok bool) {
	switch e {
	case ALaw:
		return g711.ALaw, true
	case ULaw:
		return g711.ULaw, true
	default:
		return 0, false
	}
}

// A Format is what a file holds.
type Format struct {
	Encoding Encoding
	Channels int // 1 or 2; left is the first
}

// sampleBytes is the size of one sample of one channel.
func (f Format) sampleBytes() int {
	if f.Encoding == PCM16 {
		return 2
	}
	return 1
}

// FrameBytes is the size of one sample of every channel, in bytes.
func (f Format) FrameBytes() int { return f.sampleBytes() * f.Channels }

func (f Format) check() error {
	switch f.Encoding {
	case PCM16, ALaw, ULaw:
	default:
		return &EncodingError{Encoding: f.Encoding}
	}
	if f.Channels != 1 && f.Channels != 2 {
		return ChannelsError(f.Channels)
	}
	return nil
}

// The ways in which a file is not a sound file at all.
var (
	ErrNotWAVE   = errors.New("not a WAVE file: it does not begin with RIFF and WAVE")
	ErrNoFormat  = errors.New("the WAVE file says no format before its samples")
	ErrNoData    = errors.New("the WAVE file holds no samples: it ends before its data chunk")
	ErrMalformed = errors.New("the WAVE file is malformed: a chunk is too long or too short")
	ErrTooLong   = errors.New("a WAVE file holds at most 4 GiB")
)

// A RateError is a sampling rate, in Hz, other than 8,000.
type RateError int

func (e RateError) Error() string {
	return fmt.Sprintf("the file is sampled at %d Hz and the telephone needs 8000 Hz: convert it first, for instance with \"sox in.wav -r 8000 -c 1 -e a-law out.wav\"", int(e))
}

// A ChannelsError is a number of channels other than one or two.
type ChannelsError int

func (e ChannelsError) Error() string {
	return fmt.Sprintf("the file has %d channels: mix it down to one first, for instance with \"sox in.wav -c 1 out.wav\"", int(e))
}

// An EncodingError is a way to keep samples that is not read here.
type EncodingError struct {
	Encoding Encoding
	Bits     int // of a sample, as the file says
}

func (e *EncodingError) Error() string {
	if (e.Encoding == PCM16 || e.Encoding == extensible) && e.Bits > 0 {
		return fmt.Sprintf("the file holds %d-bit PCM samples: save it as 16-bit PCM or A-law", e.Bits)
	}
	return fmt.Sprintf("the file is kept as %v: save it as 16-bit PCM or A-law", e.Encoding)
}
