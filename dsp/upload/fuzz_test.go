package upload_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"autocom/dsp/upload"
)

// few keeps fuzzing fast.
var few = upload.Limits{Bytes: 1 << 20, Samples: 2 * upload.Rate}

func seed(f *testing.F) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if !file.IsDir() {
			f.Add(read(f, file.Name()))
		}
	}
}

func try(t *testing.T, b []byte) {
	s, err := upload.Read(bytes.NewReader(b), few)
	switch {
	case err != nil && err.Error() == "":
		t.Error("an error without a word")
	case err == nil && len(s.Samples) > few.Samples+1:
		t.Errorf("%d samples", len(s.Samples))
	}
}

// FuzzRead feeds every decoder.
func FuzzRead(f *testing.F) {
	seed(f)
	f.Add([]byte("ID3\x04\x00\x10\x00\x00\x00\x00fLaC"))
	f.Fuzz(try)
}

// FuzzOgg mends the checksums of pages first, so that the decoders behind them see what is wrong inside.
func FuzzOgg(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if !bytes.HasPrefix(b, []byte("OggS")) {
			return
		}
		mend(b)
		try(t, b)
	})
}

// FuzzPrompt is the whole way.
func FuzzPrompt(f *testing.F) {
	f.Add([]byte("0123456789"), uint32(8000), false)
	f.Add(bytes.Repeat([]byte{0xff, 0x7f, 0, 0x80}, 2000), uint32(44100), true)
	f.Fuzz(func(t *testing.T, b []byte, rate uint32, music bool) {
		samples := make([]int16, len(b)/2)
		for i := range samples {
			samples[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
		target := upload.Speech
		if music {
			target = upload.Music
		}
		s, done, err := upload.Prompt(bytes.NewReader(wave(int(rate%200000), 1, samples)), few, target)
		if err == nil && (len(s.Samples) == 0 || done.TruePeak > upload.PeakLimit+0.3) {
			t.Errorf("%d samples, %+v", len(s.Samples), done)
		}
	})
}

// mend writes the right checksum into each page (RFC 3533 section 6).
func mend(b []byte) {
	for len(b) >= 27 && bytes.HasPrefix(b, []byte("OggS")) {
		end := 27 + int(b[26])
		if end > len(b) {
			return
		}
		for _, n := range b[27 : 27+int(b[26])] {
			end += int(n)
		}
		if end > len(b) {
			return
		}
		clear(b[22:26])
		var sum uint32
		for _, v := range b[:end] {
			sum ^= uint32(v) << 24
			for range 8 {
				carry := sum >> 31
				sum = sum<<1 ^ carry*0x04c11db7
			}
		}
		binary.LittleEndian.PutUint32(b[22:], sum)
		b = b[end:]
	}
}
