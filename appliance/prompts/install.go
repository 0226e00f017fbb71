package prompts

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"autocom/dsp/g711"
	"autocom/dsp/upload"
	"autocom/dsp/wav"
)

// treatment is part of every name a site's sound is kept under, and changes when what is done to sounds does.
const treatment = "1"

// install makes A-law samples of a site's file and gives the path they are kept at. A file that was installed before is not decoded again: its samples are kept
// under the name of its content, so that a box with an hour of music starts as fast as one without.
func (l *Library) install(s Source) (string, error) {
	f, err := os.Open(s.File)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	kind := "speech"
	if s.Music {
		kind = "music"
	}
	sum := sha256.New()
	_, _ = io.WriteString(sum, treatment+" "+kind+"\n") // a hash never fails
	if n, err := io.Copy(sum, io.LimitReader(f, upload.MaxBytes+1)); err != nil {
		return "", err
	} else if n > upload.MaxBytes {
		return "", fmt.Errorf("%s is of more than %d MiB: shorten it, or save it with one channel at a lower rate", s.File, upload.MaxBytes>>20)
	}
	path := filepath.Join(l.dir, "site-"+hex.EncodeToString(sum.Sum(nil)[:12])+".al")
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return path, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	text, err := telephone(f, s.Music)
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.File, err)
	}
	return path, write(path, text)
}

// telephone makes A-law samples of any sound file. One that is A-law at 8 kHz with one channel already, as a recording studio delivers for telephones or as it was
// kept here, is taken as it is; everything else is cleaned and brought to its level.
func telephone(f io.ReadSeeker, music bool) ([]byte, error) {
	if text, ok, err := ready(f); err != nil || ok {
		return text, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	target := upload.Speech
	if music {
		target = upload.Music
	}
	sound, _, err := upload.Prompt(f, upload.Limits{Samples: MaxSamples}, target)
	if err != nil {
		return nil, err
	}
	return encode(sound.Samples), nil
}

// ready reads A-law telephone sound; ok is false where the file holds anything else.
func ready(f io.Reader) (text []byte, ok bool, err error) {
	s, err := wav.NewSource(bufio.NewReader(f))
	if err != nil || s.Encoding != wav.ALaw || s.Rate != wav.Rate || s.Channels != 1 {
		return nil, false, nil //nolint:nilerr // who decodes it says what is wrong
	}
	block := make([]float32, 8000)
	samples := make([]int16, len(block))
	for {
		n, err := s.Read(block)
		for i, v := range block[:n] {
			samples[i] = int16(v * (1 << 15)) // exact: it was 16 bits
		}
		text = append(text, encode(samples[:n])...)
		if errors.Is(err, io.EOF) {
			return text, len(text) > 0, nil
		}
		if err != nil {
			return nil, false, err
		}
		if len(text) > MaxSamples {
			return nil, false, &upload.TooLongError{Kind: upload.WAV, Samples: MaxSamples}
		}
	}
}

func encode(samples []int16) []byte {
	text := make([]byte, len(samples))
	g711.ALaw.Encode(text, samples)
	return text
}
