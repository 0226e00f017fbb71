package wav_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/wav"
)

func samples(n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(i*37%60000 - 30000)
	}
	return s
}

// write makes a file and gives its bytes; done says whether it is closed.
func write(t testing.TB, f wav.Format, s []int16, done bool) []byte {
	file, err := os.Create(filepath.Join(t.TempDir(), "a.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, err := wav.NewWriter(file, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteSamples(s); err != nil {
		t.Fatal(err)
	}
	if done {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readAll(t testing.TB, b []byte, step int) (wav.Format, []int16) {
	r, err := wav.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out []int16
	buf := make([]int16, step)
	for {
		n, err := r.Read(buf)
		out = append(out, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return r.Format, out
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

var formats = []wav.Format{
	{Encoding: wav.PCM16, Channels: 1},
	{Encoding: wav.PCM16, Channels: 2},
	{Encoding: wav.ALaw, Channels: 1},
	{Encoding: wav.ALaw, Channels: 2},
	{Encoding: wav.ULaw, Channels: 1},
	{Encoding: wav.ULaw, Channels: 2},
}

func through(e wav.Encoding, s []int16) []int16 {
	law, ok := e.Law()
	if !ok {
		return s
	}
	out := make([]int16, len(s))
	for i, x := range s {
		out[i] = law.DecodeSample(law.EncodeSample(x))
	}
	return out
}

func equal(t *testing.T, what string, got, want []int16) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d samples, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: sample %d is %d, want %d", what, i, got[i], want[i])
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, f := range formats {
		for _, n := range []int{0, 2, 1001 * f.Channels, 5000} {
			for _, done := range []bool{true, false} { // false: cut short by a crash
				what := fmt.Sprintf("%v ×%d, %d samples, closed %v", f.Encoding, f.Channels, n, done)
				b := write(t, f, samples(n), done)
				got, s := readAll(t, b, 160)
				if got != f {
					t.Errorf("%s: read %+v", what, got)
				}
				equal(t, what, s, through(f.Encoding, samples(n)))
				pf, data, err := wav.Parse(b)
				if err != nil || pf != f || len(data) != n/f.Channels*f.FrameBytes() {
					t.Errorf("%s: parsed %+v, %d bytes, %v", what, pf, len(data), err)
				}
				if done && int(binary.LittleEndian.Uint32(b[4:]))+8 != len(b) {
					t.Errorf("%s: the RIFF size is wrong", what)
				}
				if len(b)%2 != 0 && done {
					t.Errorf("%s: odd length", what)
				}
			}
		}
	}
}

func TestHeaderBytes(t *testing.T) {
	b := write(t, wav.Format{Encoding: wav.ALaw, Channels: 2}, samples(4), true)
	want := "RIFF\x36\x00\x00\x00WAVEfmt \x12\x00\x00\x00\x06\x00\x02\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x08\x00\x00\x00" +
		"fact\x04\x00\x00\x00\x02\x00\x00\x00data\x04\x00\x00\x00"
	if got := string(b[:58]); got != want {
		t.Errorf("header %q\nwant   %q", got, want)
	}
}

// file puts a file together by hand.
func file(chunks ...string) []byte {
	return []byte("RIFF\xff\xff\xff\xffWAVE" + strings.Join(chunks, ""))
}

func chunk(id, body string) string {
	s := id + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
	if len(body)%2 != 0 {
		s += "\x00"
	}
	return s
}

func format(tag, channels uint16, rate uint32, wide uint16, more string) string {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, tag)
	b = le.AppendUint16(b, channels)
	b = le.AppendUint32(b, rate)
	b = le.AppendUint32(b, rate*uint32(channels)*uint32(wide)/8)
	b = le.AppendUint16(b, channels*wide/8)
	b = le.AppendUint16(b, wide)
	return chunk("fmt ", string(b)+more)
}

const guid = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

func TestReadExtensibleAndForeignChunks(t *testing.T) {
	for _, tag := range []string{"\x01", "\x06"} {
		wide := uint16(8)
		if tag == "\x01" {
			wide = 16
		}
		b := file(chunk("LIST", "odd"), format(0xFFFE, 1, 8000, wide, "\x16\x00\x10\x00\x04\x00\x00\x00"+tag+"\x00"+guid),
			chunk("cue ", ""), chunk("data", "\xd5\xd5\xd5\xd5"), chunk("LIST", "after"))
		f, data, err := wav.Parse(b)
		if err != nil || uint16(f.Encoding) != uint16(tag[0]) || len(data) != 4 {
			t.Errorf("%q: %+v %d bytes, %v", tag, f, len(data), err)
		}
	}
}

func TestReadRefusesWithReasons(t *testing.T) {
	var rate wav.RateError
	_, _, err := wav.Parse(file(format(1, 1, 44100, 16, ""), chunk("data", "")))
	if !errors.As(err, &rate) || rate != 44100 || !strings.Contains(err.Error(), "44100") || !strings.Contains(err.Error(), "sox") {
		t.Errorf("44.1 kHz: %v", err)
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"nothing", nil, "not a WAVE"},
		{"mp3", []byte("ID3\x03 this is music, not a WAVE file"), "not a WAVE"},
		{"no format", file(chunk("data", "aa")), "no format"},
		{"format only", file(format(6, 1, 8000, 8, "")), "no samples"},
		{"header only", file(), "no format"},
		{"8-bit PCM", file(format(1, 1, 8000, 8, ""), chunk("data", "")), "8-bit PCM"},
		{"24-bit PCM", file(format(1, 1, 8000, 24, ""), chunk("data", "")), "24-bit PCM"},
		{"float", file(format(3, 1, 8000, 32, ""), chunk("data", "")), "floating point"},
		{"GSM", file(format(0x31, 1, 8000, 0, ""), chunk("data", "")), "GSM 06.10"},
		{"six channels", file(format(1, 6, 8000, 16, ""), chunk("data", "")), "6 channels"},
		{"no channel", file(format(1, 0, 8000, 16, ""), chunk("data", "")), "0 channels"},
		{"short format", file(chunk("fmt ", "abc")), "malformed"},
		{"short extensible", file(format(0xFFFE, 1, 8000, 16, "\x00\x00")), "malformed"},
		{"endless chunk", file("JUNK\xff\xff\xff\xff"), "malformed"},
		{"huge format", file("fmt \x00\x00\xff\x00"), "malformed"},
	} {
		_, err := wav.NewReader(bytes.NewReader(c.b))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := wav.NewReader(io.MultiReader(bytes.NewReader(file()), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("a true error became %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestWriterRefuses(t *testing.T) {
	for _, f := range []wav.Format{{}, {Encoding: wav.ALaw}, {Encoding: wav.ALaw, Channels: 3}, {Encoding: 85, Channels: 1}} {
		if _, err := wav.NewWriter(nil, f); err == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
	w, err := wav.NewWriter(nowhere{}, wav.Format{Encoding: wav.PCM16, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteSamples(make([]int16, 3)); err == nil {
		t.Error("half a stereo sample was accepted")
	}
	big := make([]byte, 1<<24)
	for range 255 {
		if _, err := w.Write(big); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Write(big); !errors.Is(err, wav.ErrTooLong) {
		t.Errorf("4 GiB: %v", err)
	}
}

type nowhere struct{}

func (nowhere) Write(b []byte) (int, error)    { return len(b), nil }
func (nowhere) Seek(int64, int) (int64, error) { return 0, nil }

func TestStreamingDoesNotAllocate(t *testing.T) {
	w, err := wav.NewWriter(nowhere{}, wav.Format{Encoding: wav.ALaw, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	r, err := wav.NewReader(io.MultiReader(bytes.NewReader(write(t, formats[2], nil, false)), zeros{}))
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]int16, 320)
	if n := testing.AllocsPerRun(100, func() {
		_ = w.WriteSamples(buf)
		_, _ = r.Read(buf)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func FuzzRead(f *testing.F) {
	for _, fm := range formats {
		f.Add(write(f, fm, samples(8), true))
	}
	f.Add(file(format(0xFFFE, 2, 8000, 8, "\x16\x00\x10\x00\x04\x00\x00\x00\x07\x00"+guid), chunk("data", "abc")))
	f.Fuzz(func(t *testing.T, b []byte) {
		pf, data, err := wav.Parse(b)
		r, err2 := wav.NewReader(bytes.NewReader(b))
		if (err == nil) != (err2 == nil) {
			t.Fatalf("Parse: %v, NewReader: %v", err, err2)
		}
		if err != nil {
			return
		}
		n := 0
		buf := make([]int16, 33)
		for {
			k, err := r.Read(buf)
			n += k
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if n*pf.FrameBytes() != len(data)*pf.Channels {
			t.Fatalf("%+v: %d samples read, %d bytes parsed", pf, n, len(data))
		}
	})
}

func ExampleParse() {
	var b []byte
	b = append(b, "RIFF\x32\x00\x00\x00WAVEfmt \x12\x00\x00\x00\x06\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00\x00\x00"...)
	b = append(b, "data\x04\x00\x00\x00"...)
	b = append(b, g711.ALaw.Silence(), 0x2A, 0xAA, 0xD5)
	f, data, err := wav.Parse(b)
	fmt.Println(f.Encoding, f.Channels, len(data), err)
	// Output: A-law 1 4 <nil>
}

func BenchmarkWriteSamples(b *testing.B) { // a stereo frame, A-law
	w, err := wav.NewWriter(nowhere{}, wav.Format{Encoding: wav.ALaw, Channels: 2})
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]int16, 320)
	for b.Loop() {
		if w.WriteSamples(buf) != nil {
			b.StopTimer()
			w, _ = wav.NewWriter(nowhere{}, wav.Format{Encoding: wav.ALaw, Channels: 2})
			b.StartTimer()
		}
	}
}
