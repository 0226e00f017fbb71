package wav_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"autocom/dsp/wav"
)

// A disk keeps what was written to it, and every state it went through: after each write, and in the middle of each that was longer than a size.
type disk struct {
	b      []byte
	at     int64
	states [][]byte
}

func (d *disk) Write(p []byte) (int, error) {
	keep := func(p []byte) {
		end := int(d.at) + len(p)
		if end > len(d.b) {
			d.b = append(d.b, make([]byte, end-len(d.b))...)
		}
		copy(d.b[d.at:], p)
		d.states = append(d.states, bytes.Clone(d.b))
	}
	if len(p) > 4 { // sizes lie in the file's first sector, which is written whole or not
		keep(p[:len(p)/2])
	}
	keep(p)
	d.at += int64(len(p))
	return len(p), nil
}

func (d *disk) Read(p []byte) (int, error) {
	if d.at >= int64(len(d.b)) {
		return 0, io.EOF
	}
	n := copy(p, d.b[d.at:])
	d.at += int64(n)
	return n, nil
}

func (d *disk) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		d.at = offset
	case io.SeekCurrent:
		d.at += offset
	default:
		d.at = int64(len(d.b)) + offset
	}
	return d.at, nil
}

// TestAFileCanBeReadWhereverTheMachineStopped stops at every write of a recording with checkpoints.
func TestAFileCanBeReadWhereverTheMachineStopped(t *testing.T) {
	for _, f := range formats {
		d := &disk{}
		w, err := wav.NewWriter(d, f)
		if err != nil {
			t.Fatal(err)
		}
		all := samples(1998)
		heard := through(f.Encoding, all)
		for i := 0; i < len(all); i += 222 {
			if err := w.WriteSamples(all[i : i+222]); err != nil {
				t.Fatal(err)
			}
			if i%444 == 0 {
				if err := w.Checkpoint(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		begun := false
		for n, state := range d.states {
			r, err := wav.NewReader(bytes.NewReader(state))
			if err != nil {
				if begun || !errors.Is(err, wav.ErrNotWAVE) && !errors.Is(err, wav.ErrNoFormat) && !errors.Is(err, wav.ErrNoData) && !errors.Is(err, wav.ErrMalformed) {
					t.Fatalf("%+v state %d: %v", f, n, err)
				}
				continue // the header itself was cut
			}
			begun = true
			got := make([]int16, 0, len(all))
			buf := make([]int16, 100)
			for {
				k, err := r.Read(buf)
				got = append(got, buf[:k]...)
				if err != nil {
					break
				}
			}
			if len(got) > len(heard) {
				t.Fatalf("%+v state %d: %d samples", f, n, len(got))
			}
			equal(t, "a prefix", got, heard[:len(got)])

			mended := &disk{b: bytes.Clone(state)}
			if _, err := wav.Mend(mended); err != nil {
				t.Fatalf("%+v state %d: %v", f, n, err)
			}
			_, data, err := wav.Parse(mended.b)
			if err != nil {
				t.Fatal(err)
			}
			head := 44
			if f.Encoding != wav.PCM16 {
				head = 58
			}
			if want := min((len(state)-head)/f.FrameBytes()*f.FrameBytes(), len(all)*f.FrameBytes()/f.Channels); len(data) != want {
				t.Fatalf("%+v state %d: %d bytes after mending, want %d", f, n, len(data), want)
			}
			if again, err := wav.Mend(mended); again || err != nil {
				t.Fatalf("%+v state %d: mended twice, %v", f, n, err)
			}
		}
		if !bytes.Equal(d.b, write(t, f, all, true)) {
			t.Errorf("%+v: checkpoints show in the finished file", f)
		}
	}
}

func TestMendLeavesForeignFilesAlone(t *testing.T) {
	for _, b := range [][]byte{
		[]byte("ID3 no WAVE at all, but long enough to look at"),
		file(chunk("LIST", "title!"), format(6, 1, 8000, 8, ""), chunk("data", "\xd5\xd5")),
		file(format(1, 1, 44100, 16, ""), chunk("data", "\x00\x00")),
	} {
		d := &disk{b: bytes.Clone(b)}
		if mended, err := wav.Mend(d); err == nil || mended || !bytes.Equal(d.b, b) {
			t.Errorf("%.12q: mended %v, %v", b, mended, err)
		}
	}
}
