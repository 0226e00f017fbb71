package recording_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
)

// keyFiles are the files of keys in a directory of recordings.
func keyFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "recordings.key*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// opens says whether a recording can be played.
func opens(t *testing.T, a *recording.Archive, id plan.RecordingID) bool {
	t.Helper()
	s, err := a.Open(t.Context(), id)
	if err == nil {
		err = s.Close()
	}
	if err != nil && !errors.Is(err, recording.ErrKeyLost) {
		t.Errorf("%s: %v", id, err)
	}
	return err == nil
}

func locked(t *testing.T, a *recording.Archive, want int) {
	t.Helper()
	if n, err := a.Locked(t.Context()); err != nil || n != want {
		t.Errorf("%d recordings do not open (%v), want %d", n, err, want)
	}
}

// A key file that is missing, torn or another box's is never replaced in silence (FEATURES §9.5: encrypted at rest with a per-device key): what was sealed
// stays, what is new has a key of its own, and the file of before opens everything again, without a start.
func TestAKeyThatIsLostIsNotReplaced(t *testing.T) {
	for name, lose := range map[string]func(path string) error{
		"missing": os.Remove,
		"torn":    func(path string) error { return os.WriteFile(path, []byte("short"), 0o600) },
		"another's": func(path string) error {
			return os.WriteFile(path, []byte("0123456789abcdef0123456789abcdef")[:keySize(path)], 0o600)
		},
		"its beginning": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "recordings.key")
			a, err := recording.OpenArchive(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			made(t, a, "old", recording.Origin{Call: "c1", Subject: "s1"}, 2)
			cut, _, err := a.Create(t.Context(), "cut", recording.Origin{Call: "c2"}) // a power cut ends it
			if err := errors.Join(err, cut.Close()); err != nil {
				t.Fatal(err)
			}
			locked(t, a, 0)
			key, err := os.ReadFile(path)
			if err := errors.Join(err, a.Close(), lose(path)); err != nil {
				t.Fatal(err)
			}
			before, statErr := os.ReadFile(path)

			a = open(t, dir)
			locked(t, a, 2)
			if after, err := os.ReadFile(path); string(after) != string(before) || (err == nil) != (statErr == nil) {
				t.Error("the key file's place was written to")
			}
			made(t, a, "new", recording.Origin{Call: "c3"}, 1)
			if opens(t, a, "old") || !opens(t, a, "new") {
				t.Error("the old one opens without its key, or the new one does not")
			}
			// Nothing takes it for an orphan, an empty one, or what a full disk can do without.
			s, err := a.Sweep(t.Context(), func() ([]plan.RecordingID, error) { return nil, nil })
			if err != nil || len(s.Lost)+len(s.Removed)+len(s.Closed)+len(s.Missing) > 0 {
				t.Errorf("swept %+v, %v", s, err)
			}
			gone, _, err := a.MakeRoom(t.Context(), 1<<40, time.Now().Add(time.Hour))
			if err != nil || len(gone) != 1 || gone[0].ID != "new" {
				t.Errorf("for room: %+v, %v", gone, err)
			}
			made(t, a, "new2", recording.Origin{Call: "c4"}, 1)
			if r, err := a.Find(t.Context(), "cut"); err != nil || r.State != recording.Open {
				t.Errorf("what nobody can measure: %+v, %v", r, err)
			}

			if err := os.WriteFile(path, key, 0o600); err != nil {
				t.Fatal(err)
			}
			if !opens(t, a, "old") || !opens(t, a, "new2") {
				t.Error("with the file of before not everything opens")
			}
			locked(t, a, 0)
			if s, err := a.Sweep(t.Context(), func() ([]plan.RecordingID, error) { return nil, nil }); err != nil || len(s.Closed) != 1 {
				t.Errorf("the one that was cut is closed now: %+v, %v", s, err)
			}
			made(t, a, "newest", recording.Origin{Call: "c5"}, 1)

			b := open(t, dir) // another start
			for _, id := range []plan.RecordingID{"old", "new2", "newest"} {
				if !opens(t, b, id) {
					t.Errorf("after another start %s does not open", id)
				}
			}
			locked(t, b, 0)
		})
	}
}

// keySize is what a key file has.
func keySize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// The right of erasure and the days do not wait for a key: what nobody can open is a person's all the same.
func TestWhatIsLockedCanBeErased(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	made(t, a, "r1", recording.Origin{Call: "c1", Subject: "s1"}, 1)
	made(t, a, "r2", recording.Origin{Call: "c2", Subject: "s2"}, 1)
	if err := os.Remove(filepath.Join(dir, "recordings.key")); err != nil {
		t.Fatal(err)
	}
	b := open(t, dir)
	locked(t, b, 2)
	if gone, err := b.EraseSubject(t.Context(), "s1", "user:root"); err != nil || len(gone) != 1 {
		t.Errorf("%+v, %v", gone, err)
	}
	locked(t, b, 1)
	if gone, err := b.Expire(t.Context(), time.Now().Add(time.Hour)); err != nil || len(gone) != 1 {
		t.Errorf("%+v, %v", gone, err)
	}
	locked(t, b, 0)
}

// Somebody who removes the key file of a box that runs has not taken its key yet.
func TestAKeyFileThatVanishesIsWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	made(t, a, "r1", recording.Origin{Call: "c1"}, 1)
	if err := os.Remove(filepath.Join(dir, "recordings.key")); err != nil {
		t.Fatal(err)
	}
	locked(t, a, 0)
	b := open(t, dir)
	locked(t, b, 0)
	if !opens(t, b, "r1") {
		t.Error("its key was in memory, and is lost")
	}
	for _, path := range keyFiles(t, dir) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}
