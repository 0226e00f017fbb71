package upload

import "fmt"

// Every refusal is one of these types: its Kind says what the file is, and its sentence what to do. A caller who speaks another language switches on the
// type and the Kind.

// A KindError is a file of a kind that is not read.
type KindError struct{ Kind Kind }

func (e *KindError) Error() string {
	switch e.Kind {
	case Empty:
		return "the file is empty: export it again"
	case MIDI, ZIP, PDF, Picture, Page:
		return fmt.Sprintf("this is %s: choose the sound itself, as WAV, MP3, FLAC, Ogg Vorbis or Opus", e.Kind.Name())
	default:
		return fmt.Sprintf("this is %s, which is not read: save it as WAV, MP3, FLAC, Ogg Vorbis or Opus", e.Kind.Name())
	}
}

// An EncodingError is a file of a known kind whose samples are kept in a way that is not read.
type EncodingError struct {
	Kind Kind
	Err  error
}

func (e *EncodingError) Error() string { return e.Err.Error() }
func (e *EncodingError) Unwrap() error { return e.Err }

// A RateError is a sampling rate out of bounds.
type RateError struct {
	Kind Kind
	Rate int // Hz
}

func (e *RateError) Error() string {
	if e.Kind == MP3 {
		return fmt.Sprintf("this is an MP3 file sampled at %d Hz, which is too rare a kind: save it at 16000 Hz or more, or as WAV", e.Rate)
	}
	return fmt.Sprintf("this is %s sampled at %d Hz: save it at a rate between %d and %d Hz", e.Kind.Name(), e.Rate, minRate, maxRate)
}

// A ChannelsError is a number of channels out of bounds.
type ChannelsError struct {
	Kind     Kind
	Channels int
}

func (e *ChannelsError) Error() string {
	return fmt.Sprintf("this is %s of %d channels: save it with one or two", e.Kind.Name(), e.Channels)
}

// A DamagedError is a file that does not keep to its own format.
type DamagedError struct {
	Kind Kind
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("this is %s and it is damaged (%v): export it again", e.Kind.Name(), e.Err)
}
func (e *DamagedError) Unwrap() error { return e.Err }

// A TooBigError is a file of more bytes than allowed.
type TooBigError struct {
	Kind  Kind
	Bytes int64 // allowed
}

func (e *TooBigError) Error() string {
	return fmt.Sprintf("this is %s of more than %d MiB: shorten it, or save it with one channel at a lower rate", e.Kind.Name(), e.Bytes>>20)
}

// A TooLongError is a sound of more samples than allowed.
type TooLongError struct {
	Kind    Kind
	Samples int // allowed, at 8 kHz
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("this is %s that plays for more than %d seconds: cut it", e.Kind.Name(), e.Samples/Rate)
}

// An EmptyError is a sound file without a sample.
type EmptyError struct{ Kind Kind }

func (e *EmptyError) Error() string {
	return fmt.Sprintf("this is %s without a sound in it: export it again", e.Kind.Name())
}
