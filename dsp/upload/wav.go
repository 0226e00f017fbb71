package upload

import (
	"errors"
	"io"

	"autocom/dsp/wav"
)

type waveFile struct {
	source *wav.Source
	block  [4096]float32
}

func openWAV(in io.Reader) (decoder, error) {
	s, err := wav.NewSource(in)
	var encoding *wav.EncodingError
	var channels wav.ChannelsError
	var rate wav.RateError
	switch {
	case errors.As(err, &encoding):
		return nil, &EncodingError{Kind: WAV, Err: err}
	case errors.As(err, &channels):
		return nil, &ChannelsError{Kind: WAV, Channels: int(channels)}
	case errors.As(err, &rate):
		return nil, &RateError{Kind: WAV, Rate: int(rate)}
	case err != nil:
		return nil, &DamagedError{Kind: WAV, Err: err}
	}
	return &waveFile{source: s}, nil
}

func (w *waveFile) format() Format {
	return Format{Kind: WAV, Rate: w.source.Rate, Channels: w.source.Channels, Bits: w.source.Bits}
}

func (w *waveFile) read() ([]float32, error) {
	n, err := w.source.Read(w.block[:])
	return w.block[:n], err
}
