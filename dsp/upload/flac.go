package upload

import (
	"bufio"
	"errors"

	"github.com/mewkiz/flac"
)

var errFlacFrame = errors.New("a frame is not of the file's own kind")

// A flacFile decodes FLAC (RFC 9639).
type flacFile struct {
	stream *flac.Stream
	scale  float32
	block  []float32
}

func openFLAC(in *bufio.Reader) (decoder, error) {
	// The first block describes the stream (RFC 9639 section 8.2); the decoder would also read any other there, with the lengths that stand in it.
	if head, err := in.Peek(8); err != nil || string(head[4:8]) != "\x00\x00\x00\x22" && string(head[4:8]) != "\x80\x00\x00\x22" {
		return nil, &DamagedError{Kind: FLAC, Err: errHeaders}
	}
	s, err := flac.New(in)
	if err != nil {
		return nil, &DamagedError{Kind: FLAC, Err: err}
	}
	bits := s.Info.BitsPerSample
	if bits < 4 || bits > 32 {
		return nil, &DamagedError{Kind: FLAC, Err: errFlacFrame}
	}
	return &flacFile{stream: s, scale: 1 / float32(uint64(1)<<(bits-1))}, nil
}

func (f *flacFile) format() Format {
	i := f.stream.Info
	return Format{Kind: FLAC, Rate: int(i.SampleRate), Channels: int(i.NChannels), Bits: int(i.BitsPerSample)}
}

func (f *flacFile) read() ([]float32, error) {
	frame, err := f.stream.ParseNext()
	if err != nil {
		return nil, endOf(err)
	}
	channels := int(f.stream.Info.NChannels)
	if len(frame.Subframes) != channels {
		return nil, errFlacFrame
	}
	n := len(frame.Subframes[0].Samples)
	if cap(f.block) < n*channels {
		f.block = make([]float32, n*channels)
	}
	f.block = f.block[:n*channels]
	for c, sub := range frame.Subframes {
		if len(sub.Samples) != n {
			return nil, errFlacFrame
		}
		for i, v := range sub.Samples {
			f.block[i*channels+c] = float32(v) * f.scale
		}
	}
	return f.block, nil
}
