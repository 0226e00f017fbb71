package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
	"autocom/appliance/recording/sealed"
	"autocom/dsp/g711"
	"autocom/dsp/wav"
)

func open(t *testing.T, dir string, live ...plan.RecordingID) *recording.Archive {
	t.Helper()
	a, err := recording.OpenArchive(t.Context(), dir, live...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// sound is n stereo samples of A-law, different in each channel.
func sound(n int) []byte {
	b := make([]byte, 2*n)
	for i := range n {
		b[2*i], b[2*i+1] = byte(i*3), byte(255-i*5)
	}
	return b
}

// record writes n samples as the media process would; done closes the recording.
func record(t *testing.T, a *recording.Archive, id plan.RecordingID, n int, done bool) []byte {
	t.Helper()
	file, key, err := a.Create(t.Context(), id, recording.Origin{Call: "call-1", Leg: "leg-1"})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := file.Stat(); err != nil || info.Mode().Perm() != 0o600 || info.Size() != 0 {
		t.Errorf("file %v, %v; want empty and 0600", info, err)
	}
	w, err := sealed.NewWriter(file, string(id), key)
	if err != nil {
		t.Fatal(err)
	}
	all := sound(n)
	for rest := all; len(rest) > 0; {
		part := rest[:min(len(rest), sealed.Second)]
		if err := w.WriteInterleaved(part); err != nil {
			t.Fatal(err)
		}
		rest = rest[len(part):]
	}
	if done {
		err := w.Close()
		_, finishErr := a.Finish(t.Context(), id, int64(n)/8, "")
		if err := errors.Join(err, finishErr); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestARecordingIsMadePlayedAndExported(t *testing.T) {
	a := open(t, t.TempDir())
	want := record(t, a, "r1", 20003, true)
	r, err := a.Find(t.Context(), "r1")
	if err != nil || r.State != recording.Closed || r.SoundMS != 2500 || r.Call != "call-1" || r.Leg != "leg-1" || r.Ended.Before(r.Started) {
		t.Fatalf("index %+v, %v", r, err)
	}
	s, err := a.Open(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(s)
	if err := errors.Join(err, s.Close()); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}

	var law, pcm bytes.Buffer
	if done, err := a.Export(t.Context(), "r1", wav.ALaw, &law); err != nil || done.Cut != nil || done.SoundMS != 2500 {
		t.Fatalf("%+v, %v", done, err)
	}
	f, data, err := wav.Parse(law.Bytes())
	if err != nil || f != (wav.Format{Encoding: wav.ALaw, Channels: 2}) || !bytes.Equal(data, want) {
		t.Errorf("A-law file: %+v, %d bytes, %v", f, len(data), err)
	}
	if _, err := a.Export(t.Context(), "r1", wav.PCM16, &pcm); err != nil {
		t.Fatal(err)
	}
	f, data, err = wav.Parse(pcm.Bytes())
	if err != nil || f.Encoding != wav.PCM16 || len(data) != 2*len(want) {
		t.Fatalf("PCM file: %+v, %d bytes, %v", f, len(data), err)
	}
	for _, i := range []int{0, 1, 777, len(want) - 1} {
		if got := int16(binary.LittleEndian.Uint16(data[2*i:])); got != g711.ALaw.DecodeSample(want[i]) {
			t.Errorf("sample %d: %d, want %d", i, got, g711.ALaw.DecodeSample(want[i]))
		}
	}
	// The sizes in the header are the real ones although the writer could not be rewound.
	if size := binary.LittleEndian.Uint32(law.Bytes()[4:]); int(size) != law.Len()-8 {
		t.Errorf("RIFF size %d in a file of %d bytes", size, law.Len())
	}
}

func TestErasingDropsTheKeyForGood(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	record(t, a, "r1", 8000, true)
	record(t, a, "r2", 8000, true)
	stolen, err := os.ReadFile(filepath.Join(dir, "sound", "r1.sealed"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Erase(t.Context(), "r1", "user:root", recording.WhyCommand); err != nil {
		t.Fatal(err)
	}
	// Even with the file put back nobody can read it.
	if err := os.WriteFile(filepath.Join(dir, "sound", "r1.sealed"), stolen, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Export(t.Context(), "r1", wav.ALaw, io.Discard); !errors.Is(err, recording.ErrErased) || !strings.Contains(err.Error(), "r1") {
		t.Errorf("export: %v", err)
	}
	if _, err := a.Open(t.Context(), "r1"); !errors.Is(err, recording.ErrErased) {
		t.Errorf("open: %v", err)
	}
	if r, err := a.Find(t.Context(), "r1"); err != nil || r.State != recording.Erased {
		t.Errorf("index %+v, %v", r, err)
	}
	if _, err := a.Export(t.Context(), "r2", wav.ALaw, io.Discard); err != nil {
		t.Errorf("another recording: %v", err)
	}
	if err := a.Erase(t.Context(), "r1", "user:root", recording.WhyCommand); err != nil {
		t.Errorf("erasing twice: %v", err)
	}
	if err := a.Erase(t.Context(), "r9", "user:root", recording.WhyCommand); !errors.Is(err, recording.ErrUnknown) {
		t.Errorf("erasing what is not there: %v", err)
	}
}

func TestErasedWhileBeingMadeStaysErased(t *testing.T) {
	a := open(t, t.TempDir())
	record(t, a, "r1", 100, false)
	if err := a.Erase(t.Context(), "r1", "user:root", recording.WhyCommand); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Finish(t.Context(), "r1", 12, ""); err != nil {
		t.Fatal(err)
	}
	if r, err := a.Find(t.Context(), "r1"); err != nil || r.State != recording.Erased {
		t.Errorf("index %+v, %v", r, err)
	}
}

func TestAfterACrashTheSoundThatIsThereIsKept(t *testing.T) {
	dir := t.TempDir()
	a, err := recording.OpenArchive(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := record(t, a, "cut", 20000, false)
	record(t, a, "whole", 8000, true)
	record(t, a, "live", 8000, false)
	record(t, a, "erased", 8000, true)
	if err := os.Truncate(filepath.Join(dir, "sound", "cut.sealed"), 48+2*(3+16000+16)+500); err != nil {
		t.Fatal(err)
	}
	for _, id := range []plan.RecordingID{"empty", "gone"} {
		file, _, err := a.Create(t.Context(), id, recording.Origin{Call: "call-2", Leg: "leg-2"})
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	relic, err := os.ReadFile(filepath.Join(dir, "sound", "erased.sealed"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		a.Erase(t.Context(), "erased", "user:root", recording.WhyCommand), a.Close(), os.Remove(filepath.Join(dir, "sound", "gone.sealed")),
		os.WriteFile(filepath.Join(dir, "sound", "erased.sealed"), relic, 0o600), // the crash came before it was removed
		os.WriteFile(filepath.Join(dir, "sound", "orphan.sealed"), []byte("x"), 0o600),
	); err != nil {
		t.Fatal(err)
	}

	a = open(t, dir, "live")
	for id, want := range map[plan.RecordingID]struct {
		state recording.State
		ms    int64
	}{
		"cut": {recording.Cut, 2000}, "whole": {recording.Closed, 1000}, "live": {recording.Open, 0}, "empty": {recording.Cut, 0}, "gone": {recording.Cut, 0},
		"erased": {recording.Erased, 1000},
	} {
		r, err := a.Find(t.Context(), id)
		if err != nil || r.State != want.state || r.SoundMS != want.ms || (r.State == recording.Cut) != (r.Error != "") {
			t.Errorf("%s: %+v, %v; want %+v", id, r, err, want)
		}
	}
	var out bytes.Buffer
	done, err := a.Export(t.Context(), "cut", wav.ALaw, &out)
	if err != nil || !errors.Is(done.Cut, sealed.ErrTruncated) || done.SoundMS != 2000 {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, data, err := wav.Parse(out.Bytes()); err != nil || !bytes.Equal(data, want[:32000]) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	for path, there := range map[string]bool{"sound/orphan.sealed": false, "lost/orphan.sealed": true, "sound/erased.sealed": false, "sound/live.sealed": true} {
		if _, err := os.Stat(filepath.Join(dir, path)); (err == nil) != there {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAnIDIsUsedOnceAndStaysInItsDirectory(t *testing.T) {
	a := open(t, t.TempDir())
	record(t, a, "r1", 10, true)
	if _, _, err := a.Create(t.Context(), "r1", recording.Origin{Call: "c", Leg: "l"}); !errors.Is(err, recording.ErrExists) {
		t.Errorf("used twice: %v", err)
	}
	for _, id := range []plan.RecordingID{"", "../r", "a/b", ".r", "a b", plan.RecordingID(strings.Repeat("x", 101))} {
		if _, _, err := a.Create(t.Context(), id, recording.Origin{Call: "c", Leg: "l"}); err == nil {
			t.Errorf("took %q", id)
		}
	}
	if _, err := a.Finish(t.Context(), "r2", 1, ""); !errors.Is(err, recording.ErrUnknown) {
		t.Errorf("finish: %v", err)
	}
}

func TestAWriterThatFailedIsCut(t *testing.T) {
	a := open(t, t.TempDir())
	record(t, a, "r1", 8000, false)
	if _, err := a.Finish(t.Context(), "r1", 1000, "disk full"); err != nil {
		t.Fatal(err)
	}
	if r, err := a.Find(t.Context(), "r1"); err != nil || r.State != recording.Cut || r.Error != "disk full" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAWriterThatSaidNothingIsMeasured(t *testing.T) {
	a := open(t, t.TempDir())
	record(t, a, "r1", 20_000, false)
	held, err := a.Finish(t.Context(), "r1", recording.LengthUnknown, "")
	why := held.Error
	if err != nil || held.SoundMS != 2500 || why == "" {
		t.Fatalf("found %+v, %v", held, err)
	}
	if r, err := a.Find(t.Context(), "r1"); err != nil || r.State != recording.Cut || r.SoundMS != 2500 || r.Error != why {
		t.Fatalf("the index says %+v, %v", r, err)
	}
}

func TestOldRecordingsAreErasedAndYoungOnesKept(t *testing.T) {
	a := open(t, t.TempDir())
	record(t, a, "old", 8000, true)
	if n, err := a.Expire(t.Context(), time.Now().Add(-time.Hour)); len(n) != 0 || err != nil {
		t.Fatalf("erased %v, %v", n, err)
	}
	if n, err := a.Expire(t.Context(), time.Now().Add(time.Hour)); len(n) != 1 || err != nil {
		t.Fatalf("erased %v, %v", n, err)
	}
	if _, err := a.Export(t.Context(), "old", wav.PCM16, io.Discard); !errors.Is(err, recording.ErrErased) {
		t.Fatalf("export said %v", err)
	}
	if n, err := a.Expire(t.Context(), time.Now().Add(time.Hour)); len(n) != 0 || err != nil {
		t.Fatalf("erased again %v, %v", n, err)
	}
}

func TestListIsNewestFirstAndFiltered(t *testing.T) {
	a := open(t, t.TempDir())
	for _, id := range []plan.RecordingID{"a", "b", "c"} {
		record(t, a, id, 10, true)
	}
	all, err := a.List(t.Context(), recording.Query{})
	if err != nil || len(all) != 3 || all[0].Started.Before(all[2].Started) {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, c := range []struct {
		q    recording.Query
		want int
	}{
		{recording.Query{Call: "call-1"}, 3},
		{recording.Query{Call: "call-9"}, 0},
		{recording.Query{Most: 2}, 2},
		{recording.Query{Until: all[2].Started}, 0},
		{recording.Query{Since: all[2].Started}, 3},
	} {
		if got, err := a.List(t.Context(), c.q); err != nil || len(got) != c.want {
			t.Errorf("%+v: %d, %v; want %d", c.q, len(got), err, c.want)
		}
	}
}

func TestTheBoxKey(t *testing.T) {
	dir := t.TempDir()
	a, err := recording.OpenArchive(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	record(t, a, "r1", 10, true)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "recordings.key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if names := keyFiles(t, dir); len(names) != 1 {
		t.Errorf("a new box has one key file: %v", names)
	}
}
