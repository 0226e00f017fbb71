package sealed_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"autocom/appliance/recording/sealed"
)

// partly writes a part of so many seconds into a file, each of its own octet, and leaves it as a writer would: closed, or killed.
func partly(t *testing.T, f *os.File, part uint32, closed bool, at time.Time, octets ...byte) {
	t.Helper()
	w, err := sealed.NewPart(f, "r", testKey, part)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Mark(sealed.Mark{At: at})
	for _, o := range octets {
		err = errors.Join(err, w.WriteInterleaved(bytes.Repeat([]byte{o}, sealed.Second)))
	}
	if closed {
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func sealedFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "r.sealed"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// heard reads a file from its beginning.
func heard(t *testing.T, f *os.File) (sound []byte, segments []sealed.Segment, err error) {
	t.Helper()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	r, err := sealed.NewReader(f, "r", testKey)
	if err != nil {
		return nil, nil, err
	}
	sound, err = io.ReadAll(r)
	return sound, sealed.Segments(r.Marks(), r.SoundMS()), err
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A recording whose writer is killed goes on in another part of the same file: what was torn is gone, what was sealed stays, the gap is told, and the lengths
// of the segments add up (FEATURES §4.4: segments of one recording object).
func TestARecordingOutlivesItsWriters(t *testing.T) {
	for name, torn := range map[string]int{"between two chunks": 0, "in a chunk": 900, "in a prefix": 2, "a length alone": sealed.Second + 17} {
		t.Run(name, func(t *testing.T) {
			f := sealedFile(t)
			partly(t, f, 0, false, noon, 1, 2, 3)
			if torn > 0 { // the writer dies in the middle of its last write
				end, err := f.Seek(0, io.SeekEnd)
				if err == nil {
					err = f.Truncate(end - int64(sealed.Second+19) + int64(torn))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			want := []byte{1, 2, 3}
			if torn > 0 {
				want = want[:2]
			}
			part, err := sealed.Resume(f, "r", testKey)
			if err != nil || part != 1 {
				t.Fatalf("part %d, %v", part, err)
			}
			partly(t, f, 1, true, noon.Add(10*time.Second), 4) // its writer was stopped, and closed it
			if part, err = sealed.Resume(f, "r", testKey); err != nil || part != 2 {
				t.Fatalf("part %d, %v", part, err)
			}
			partly(t, f, 2, true, noon.Add(20*time.Second), 5, 6)
			want = append(want, 4, 5, 6)
			sound, segments, err := heard(t, f)
			if err != nil || len(sound) != len(want)*sealed.Second {
				t.Fatalf("%d bytes, %v", len(sound), err)
			}
			for i, o := range want {
				if sound[i*sealed.Second] != o || sound[(i+1)*sealed.Second-1] != o {
					t.Errorf("second %d begins with %d", i, sound[i*sealed.Second])
				}
			}
			sum := int64(0)
			for _, s := range segments {
				sum += s.SoundMS
			}
			if len(segments) != 3 || sum != int64(len(want))*1000 || segments[0].Until != sealed.WriterLost || segments[1].Until != sealed.WriterLost || segments[2].Until != "" || !segments[1].Start.Equal(noon.Add(10*time.Second)) {
				t.Errorf("%+v", segments)
			}
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if marks, ms, err := sealed.Skim(f, "r", testKey); err != nil || ms != sum || len(sealed.Segments(marks, ms)) != 3 {
				t.Errorf("skimmed: %d ms, %+v, %v", ms, marks, err)
			}
		})
	}
}

// Who takes a part out, exchanges two, cuts the last one or brings one of elsewhere is noticed.
func TestPartsAreInTheirOrder(t *testing.T) {
	var at [4]int64
	f := sealedFile(t)
	for part := range 3 {
		at[part], _ = f.Seek(0, io.SeekEnd)
		partly(t, f, uint32(part), part == 2, noon, byte(part+1))
	}
	at[3], _ = f.Seek(0, io.SeekEnd)
	whole, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	piece := func(i int) []byte { return whole[at[i]:at[i+1]] }
	for name, c := range map[string]struct {
		text []byte
		want error
	}{
		"as it was":        {whole, nil},
		"without its 2nd":  {bytes.Join([][]byte{piece(0), piece(2)}, nil), sealed.ErrDamaged},
		"exchanged":        {bytes.Join([][]byte{piece(0), piece(2), piece(1)}, nil), sealed.ErrDamaged},
		"twice":            {bytes.Join([][]byte{piece(0), piece(1), piece(1), piece(2)}, nil), sealed.ErrDamaged},
		"without its end":  {bytes.Join([][]byte{piece(0), piece(1)}, nil), sealed.ErrTruncated},
		"half a header":    {whole[:at[1]+20], sealed.ErrTruncated},
		"not from its 1st": {piece(1), sealed.ErrDamaged},
	} {
		g := sealedFile(t)
		if _, err := g.Write(c.text); err != nil {
			t.Fatal(err)
		}
		if _, _, err := heard(t, g); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A file that is another recording's, or damaged, is not written to; one whose header never came begins anew.
func TestWhatCannotBeResumed(t *testing.T) {
	f := sealedFile(t)
	if part, err := sealed.Resume(f, "r", testKey); err != nil || part != 0 {
		t.Errorf("an empty file: %d, %v", part, err)
	}
	if _, err := f.Write([]byte("AUTOC")); err != nil {
		t.Fatal(err)
	}
	if part, err := sealed.Resume(f, "r", testKey); err != nil || part != 0 {
		t.Errorf("a torn header: %d, %v", part, err)
	}
	partly(t, f, 0, false, noon, 1)
	before, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealed.Resume(f, "other", testKey); !errors.Is(err, sealed.ErrOther) {
		t.Errorf("another recording's: %v", err)
	}
	if _, err := sealed.Resume(f, "r", sealed.Key{9}); !errors.Is(err, sealed.ErrDamaged) {
		t.Errorf("another key: %v", err)
	}
	if after, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was written to: %v", err)
	}
}
