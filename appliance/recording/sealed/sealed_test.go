package sealed_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"autocom/appliance/recording/sealed"
)

var testKey = sealed.Key{1, 2, 3, 31: 9}

// channel makes n samples that are told apart by channel and place.
func channel(seed byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = seed + byte(i*7)
	}
	return b
}

// record seals seconds full seconds and some more samples; done closes it.
func record(t testing.TB, id string, key sealed.Key, seconds, more int, done bool) (file, sound []byte) {
	t.Helper()
	var out bytes.Buffer
	w, err := sealed.NewWriter(&out, id, key)
	if err != nil {
		t.Fatal(err)
	}
	for s := range seconds + 1 {
		n := sealed.Rate
		if s == seconds {
			n = more
		}
		if n == 0 {
			continue
		}
		left, right := channel(byte(s), n), channel(byte(s)+100, n)
		if err := w.WriteSecond(left, right); err != nil {
			t.Fatal(err)
		}
		for i := range left {
			sound = append(sound, left[i], right[i])
		}
	}
	if done {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes(), sound
}

func play(file []byte, id string, key sealed.Key) ([]byte, error) {
	r, err := sealed.NewReader(bytes.NewReader(file), id, key)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestRoundTrip(t *testing.T) {
	for _, c := range []struct{ seconds, more int }{{0, 0}, {0, 1}, {1, 0}, {3, 4321}} {
		file, sound := record(t, "r1", testKey, c.seconds, c.more, true)
		got, err := play(file, "r1", testKey)
		if err != nil || !bytes.Equal(got, sound) {
			t.Errorf("%+v: %d bytes of %d, %v", c, len(got), len(sound), err)
		}
	}
}

func TestInterleavedIsTheSameSound(t *testing.T) {
	var out bytes.Buffer
	w, err := sealed.NewWriter(&out, "r", testKey)
	if err != nil {
		t.Fatal(err)
	}
	sound := channel(5, sealed.Second)
	if err := errors.Join(w.WriteInterleaved(sound), w.WriteInterleaved(sound[:2]), w.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := play(out.Bytes(), "r", testKey); err != nil || !bytes.Equal(got, append(sound, sound[:2]...)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := w.WriteInterleaved(sound); err == nil {
		t.Error("wrote after Close")
	}
}

func TestEveryCutGivesWhatIsWholeAndSaysSo(t *testing.T) {
	file, sound := record(t, "r", testKey, 2, 100, true)
	const chunk = 3 + sealed.Second + 16
	for cut := range len(file) {
		if cut > 60 && cut%997 != 0 && cut < len(file)-60 {
			continue
		}
		got, err := play(file[:cut], "r", testKey)
		if !errors.Is(err, sealed.ErrTruncated) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		whole := max(0, cut-48) / chunk * sealed.Second
		if cut >= 48+2*chunk+3+200+16 {
			whole = len(sound)
		}
		if len(got) != whole || !bytes.HasPrefix(sound, got) {
			t.Fatalf("cut at %d: %d bytes, want %d", cut, len(got), whole)
		}
		// Zeros where the rest should be are a torn end too.
		if got, err := play(append(bytes.Clone(file[:cut]), make([]byte, 64)...), "r", testKey); cut >= 48 && (cut-48)%chunk == 0 && (!errors.Is(err, sealed.ErrTruncated) || len(got) != whole) {
			t.Fatalf("cut at %d and zeros: %d bytes, %v", cut, len(got), err)
		}
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	file, sound := record(t, "r", testKey, 1, 3, true)
	for i := range file {
		if i > 80 && i < len(file)-80 && i%211 != 0 {
			continue
		}
		bad := bytes.Clone(file)
		bad[i] ^= 1 << (i % 8)
		got, err := play(bad, "r", testKey)
		if err == nil || !bytes.HasPrefix(sound, got) {
			t.Fatalf("byte %d flipped: %d bytes, %v", i, len(got), err)
		}
	}
}

func TestChunksCannotBeMovedDroppedOrExchanged(t *testing.T) {
	file, _ := record(t, "r", testKey, 3, 0, true)
	const chunk = 3 + sealed.Second + 16
	head, one, two, three, end := file[:48], file[48:48+chunk], file[48+chunk:48+2*chunk], file[48+2*chunk:48+3*chunk], file[48+3*chunk:]
	other, _ := record(t, "r", testKey, 3, 0, true)
	for name, parts := range map[string][][]byte{
		"swapped":         {head, two, one, three, end},
		"dropped":         {head, one, three, end},
		"doubled":         {head, one, one, two, three, end},
		"ended early":     {head, one, end},
		"another's chunk": {head, one, other[48+chunk : 48+2*chunk], three, end},
		"another's head":  {other[:48], one, two, three, end},
	} {
		if _, err := play(bytes.Join(parts, nil), "r", testKey); !errors.Is(err, sealed.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongKeyAndWrongRecording(t *testing.T) {
	file, _ := record(t, "r", testKey, 1, 0, true)
	if got, err := play(file, "r", sealed.Key{}); !errors.Is(err, sealed.ErrDamaged) || len(got) > 0 {
		t.Errorf("wrong key: %v", err)
	}
	if _, err := play(file, "other", testKey); !errors.Is(err, sealed.ErrOther) {
		t.Errorf("wrong recording: %v", err)
	}
	if _, err := play(bytes.Repeat([]byte("RIFF"), 20), "r", testKey); !errors.Is(err, sealed.ErrNotRecording) {
		t.Errorf("a WAV file: %v", err)
	}
	later := bytes.Clone(file)
	later[9] = 3
	if _, err := play(later, "r", testKey); !errors.Is(err, sealed.ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
}

func TestWriterRefusesWhatIsNoSecond(t *testing.T) {
	w, err := sealed.NewWriter(io.Discard, "r", testKey)
	if err != nil {
		t.Fatal(err)
	}
	long := make([]byte, sealed.Second+2)
	for _, err := range []error{
		w.WriteSecond(nil, nil), w.WriteSecond(long[:2], long[:3]), w.WriteSecond(long[:8001], long[:8001]),
		w.WriteInterleaved(nil), w.WriteInterleaved(long), w.WriteInterleaved(long[:3]),
	} {
		if err == nil {
			t.Error("took what is no second")
		}
	}
}

// full fails after a number of writes, in the middle of one.
type full struct {
	bytes.Buffer
	left int
}

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		n, _ := f.Buffer.Write(p[:len(p)/2])
		return n, errFull
	}
	return f.Buffer.Write(p)
}

func TestAFailedWriteEndsTheRecordingThere(t *testing.T) {
	f := &full{left: 2}
	w, err := sealed.NewWriter(f, "r", testKey)
	if err != nil {
		t.Fatal(err)
	}
	second := channel(0, sealed.Rate)
	if err := w.WriteSecond(second, second); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.WriteSecond(second, second); !errors.Is(err, errFull) {
			t.Errorf("got %v", err)
		}
		f.left = 10
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("close: %v", err)
	}
	if got, err := play(f.Bytes(), "r", testKey); !errors.Is(err, sealed.ErrTruncated) || len(got) != sealed.Second {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestWritingAllocatesNothing(t *testing.T) {
	w, err := sealed.NewWriter(io.Discard, "r", testKey)
	if err != nil {
		t.Fatal(err)
	}
	second := channel(0, sealed.Rate)
	if n := testing.AllocsPerRun(50, func() {
		if err := w.WriteSecond(second, second); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per second of sound", n)
	}
}

func TestAKeyDoesNotPrint(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb, testKey); bytes.Contains([]byte(text), []byte("1 2 3")) || bytes.Contains([]byte(text), []byte("010203")) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, c := range []struct{ seconds, more int }{{0, 0}, {0, 5}, {1, 1}} {
		file, _ := record(f, "r", testKey, c.seconds, c.more, true)
		f.Add(file)
		f.Add(file[:len(file)-1])
	}
	f.Add([]byte("AUTOCREC"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := sealed.NewReader(bytes.NewReader(file), "r", testKey)
		if err != nil {
			return
		}
		got, err := io.ReadAll(r)
		if len(got) > len(file) {
			t.Errorf("%d bytes of sound out of %d", len(got), len(file))
		}
		if err != nil && !errors.Is(err, sealed.ErrTruncated) && !errors.Is(err, sealed.ErrDamaged) {
			t.Errorf("an error without a name: %v", err)
		}
		if r.SoundMS() != int64(len(got))/16 {
			t.Errorf("%d ms for %d bytes", r.SoundMS(), len(got))
		}
	})
}

func BenchmarkWriteSecond(b *testing.B) {
	w, err := sealed.NewWriter(io.Discard, "r", testKey)
	if err != nil {
		b.Fatal(err)
	}
	second := channel(0, sealed.Rate)
	b.SetBytes(sealed.Second)
	for b.Loop() {
		if err := w.WriteSecond(second, second); err != nil {
			b.Fatal(err)
		}
	}
}
