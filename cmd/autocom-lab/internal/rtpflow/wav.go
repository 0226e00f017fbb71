package rtpflow

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A Recording is a source that plays samples over and over.
type Recording struct {
	Samples []int16
	at      int
}

// Next fills dst.
func (r *Recording) Next(dst []int16) {
	for i := range dst {
		if len(r.Samples) == 0 {
			dst[i] = 0
			continue
		}
		dst[i] = r.Samples[r.at]
		r.at = (r.at + 1) % len(r.Samples)
	}
}

// ReadWAV takes a mono 8 kHz file of 16-bit samples.
func ReadWAV(b []byte) (*Recording, error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, errors.New("rtpflow: not a WAV file")
	}
	right := false
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		if size < 0 || size > len(b) {
			size = len(b) // a file cut short still plays
		}
		switch id {
		case "fmt ":
			if size < 16 {
				return nil, errors.New("rtpflow: torn WAV header")
			}
			format, channels := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
			rate, bits := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint16(b[14:])
			if format != 1 || channels != 1 || rate != 8000 || bits != 16 {
				return nil, fmt.Errorf("rtpflow: the WAV file has %d channel(s), %d Hz, %d bits; mono 8 kHz 16-bit PCM is played", channels, rate, bits)
			}
			right = true
		case "data":
			if !right {
				return nil, errors.New("rtpflow: WAV data before its format")
			}
			s := make([]int16, size/2)
			for i := range s {
				s[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
			}
			if len(s) == 0 {
				return nil, errors.New("rtpflow: the WAV file holds no sound")
			}
			return &Recording{Samples: s}, nil
		}
		b = b[min(size+size&1, len(b)):]
	}
	return nil, errors.New("rtpflow: no sound in the WAV file")
}
