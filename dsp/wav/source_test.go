package wav_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/wav"
)

// everything reads a Source to its end.
func everything(t testing.TB, b []byte) (wav.Header, []float32) {
	t.Helper()
	s, err := wav.NewSource(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var all []float32
	buf := make([]float32, 7*s.Channels)
	for {
		n, err := s.Read(buf)
		all = append(all, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return s.Header, all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSourceReadsEveryWidth(t *testing.T) {
	values := []float64{0, 0.5, -0.5, 0.25, -1, 0.125}
	le := binary.LittleEndian
	for _, c := range []struct {
		name string
		tag  uint16
		bits uint16
		put  func(b []byte, v float64) []byte
	}{
		{"8", 1, 8, func(b []byte, v float64) []byte { return append(b, byte(128+128*v)) }},
		{"16", 1, 16, func(b []byte, v float64) []byte { return le.AppendUint16(b, uint16(int16(v*32768))) }},
		{"24", 1, 24, func(b []byte, v float64) []byte {
			x := int32(v * (1 << 23))
			return append(b, byte(x), byte(x>>8), byte(x>>16))
		}},
		{"32", 1, 32, func(b []byte, v float64) []byte { return le.AppendUint32(b, uint32(int32(v*(1<<31)))) }},
		{"float 32", 3, 32, func(b []byte, v float64) []byte { return le.AppendUint32(b, math.Float32bits(float32(v))) }},
		{"float 64", 3, 64, func(b []byte, v float64) []byte { return le.AppendUint64(b, math.Float64bits(v)) }},
	} {
		for _, channels := range []uint16{1, 2, 3} {
			var data []byte
			for _, v := range values {
				data = c.put(data, v)
			}
			for _, cut := range []int{0, 1, len(data) / 2} {
				kept := data[:len(data)-cut]
				whole := len(kept) / (int(c.bits/8) * int(channels)) * int(channels)
				plain := append(file(format(c.tag, channels, 44100, c.bits, "")), "data"+string(le.AppendUint32(nil, uint32(len(data))))...)
				guidTag := string(le.AppendUint16(nil, c.tag))
				extended := append(file(format(0xFFFE, channels, 44100, c.bits, "\x16\x00"+string(le.AppendUint16(nil, c.bits))+"\x04\x00\x00\x00"+guidTag+guid)),
					"data"+string(le.AppendUint32(nil, uint32(len(data))))...)
				for _, b := range [][]byte{plain, extended} {
					h, got := everything(t, append(b, kept...))
					if h.Rate != 44100 || h.Channels != int(channels) || h.Bits != int(c.bits) || uint16(h.Encoding) != c.tag || h.Frames != int64(len(values)/int(channels)) {
						t.Errorf("%s: %+v", c.name, h)
					}
					if len(got) != whole {
						t.Errorf("%s ×%d cut by %d: %d samples, want %d", c.name, channels, cut, len(got), whole)
					}
					for i, v := range got {
						if float64(v) != values[i] {
							t.Errorf("%s: sample %d is %v, want %v", c.name, i, v, values[i])
						}
					}
				}
			}
		}
	}
}

func TestSourceReadsCompandedSamples(t *testing.T) {
	for tag, law := range map[uint16]g711.Law{6: g711.ALaw, 7: g711.ULaw} {
		_, got := everything(t, file(format(tag, 1, 16000, 8, ""), chunk("data", "\x00\x55\xd5\xff")))
		for i, b := range []byte{0x00, 0x55, 0xd5, 0xff} {
			if want := float32(law.DecodeSample(b)) / 32768; got[i] != want {
				t.Errorf("%v %#x: %v, want %v", law, b, got[i], want)
			}
		}
	}
}

func TestSourceReadsWhatRecordersLeaveBehind(t *testing.T) {
	f := format(1, 1, 48000, 16, "")
	for name, b := range map[string][]byte{
		"never filled in":        []byte("RIFF\x00\x00\x00\x00WAVE" + f + "data\x00\x00\x00\x00\x01\x00\x02\x00"),
		"of unknown length":      file(f, "data\xff\xff\xff\xff\x01\x00\x02\x00"),
		"as sox writes to pipes": file(f, "data\x00\xff\xff\x7f\x01\x00\x02\x00"),
		"odd chunk before":       file(chunk("bext", "abc"), f, chunk("LIST", "x"), chunk("data", "\x01\x00\x02\x00"), chunk("id3 ", "tail")),
		"half a sample":          file(f, "data\x05\x00\x00\x00\x01\x00\x02\x00\x03"),
	} {
		if _, got := everything(t, b); len(got) != 2 || got[1] != 2.0/32768 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, got := everything(t, file(f, chunk("data", ""))); len(got) != 0 {
		t.Errorf("an empty file: %v", got)
	}
}

func TestSourceReadsWidthsThatDoNotFillTheirBytes(t *testing.T) {
	f := format(1, 1, 8000, 24, "")
	b := []byte(f)
	b[8+14] = 20 // 20 bits in three bytes
	h, got := everything(t, file(string(b), chunk("data", "\x00\x00\x40\x00\x00\xc0")))
	if h.Bits != 24 || len(got) != 2 || got[0] != 0.5 || got[1] != -0.5 {
		t.Errorf("%+v %v", h, got)
	}
}

func TestSourceTamesFloats(t *testing.T) {
	le := binary.LittleEndian
	var data []byte
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1.5} {
		data = le.AppendUint64(data, math.Float64bits(v))
	}
	_, got := everything(t, file(format(3, 1, 8000, 64, ""), chunk("data", string(data))))
	if got[0] != 0 || got[1] != 100 || got[2] != -100 || got[3] != 1.5 {
		t.Errorf("%v", got)
	}
}

func TestSourceRefusesWithReasons(t *testing.T) {
	for name, b := range map[string][]byte{
		"4-bit PCM":    file(format(1, 1, 8000, 4, ""), chunk("data", "")),
		"40-bit float": file(format(3, 1, 8000, 40, ""), chunk("data", "")),
		"GSM":          file(format(0x31, 1, 8000, 0, ""), chunk("data", "")),
		"MP3 inside":   file(format(0x55, 1, 8000, 0, ""), chunk("data", "")),
		"no rate":      file(format(1, 1, 0, 16, ""), chunk("data", "")),
		"huge rate":    file(format(1, 1, 1<<30, 16, ""), chunk("data", "")),
		"no channel":   file(format(1, 0, 8000, 16, ""), chunk("data", "")),
		"33 channels":  file(format(1, 33, 8000, 16, ""), chunk("data", "")),
	} {
		if s, err := wav.NewSource(bytes.NewReader(b)); err == nil {
			t.Errorf("%s was accepted: %v", name, s.Header)
		}
	}
}

func FuzzSource(f *testing.F) {
	for _, bits := range []uint16{8, 16, 24, 32} {
		f.Add(file(format(1, 2, 44100, bits, ""), chunk("data", "0123456789ab")))
	}
	f.Add(file(format(3, 1, 8000, 64, ""), chunk("data", "0123456789abcdef")))
	f.Add(file(format(0xFFFE, 1, 8000, 32, "\x16\x00\x10\x00\x04\x00\x00\x00\x03\x00"+guid), chunk("data", "0123456789ab")))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := wav.NewSource(bytes.NewReader(b))
		if err != nil {
			return
		}
		buf := make([]float32, 32*s.Channels)
		total := 0
		for {
			n, err := s.Read(buf)
			total += n
			if n%s.Channels != 0 {
				t.Fatalf("%d samples of %d channels", n, s.Channels)
			}
			for _, v := range buf[:n] {
				if v != v || v > 100 || v < -100 {
					t.Fatalf("a sample of %v", v)
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if total*s.Bits/8 > len(b) {
			t.Fatalf("%d samples of %d bits from %d bytes", total, s.Bits, len(b))
		}
	})
}
