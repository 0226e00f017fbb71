package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/recording/sealed"
	"autocom/appliance/recording/vault"
)

// keep makes a sound of one second.
func keep(t *testing.T, v *vault.Vault, id string) (wrapped []byte) {
	t.Helper()
	key, wrapped := v.Key(id)
	file, err := v.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sealed.NewWriter(file, id, key)
	if err := errors.Join(err, w.WriteInterleaved(make([]byte, sealed.Second)), w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func TestASoundNeedsItsOwnKey(t *testing.T) {
	v, err := vault.New(t.TempDir(), "box.key")
	if err != nil {
		t.Fatal(err)
	}
	one, two := keep(t, v, "one"), keep(t, v, "two")
	if m := v.Measure("one", one); m.SoundMS != 1000 || m.Why != "" || len(m.Segments) != 1 {
		t.Errorf("%+v", m)
	}
	if _, err := v.Open("one", two); !errors.Is(err, vault.ErrKeyLost) {
		t.Errorf("another's key: %v", err)
	}
	if _, err := v.Open("one", nil); !errors.Is(err, vault.ErrErased) {
		t.Errorf("no key: %v", err)
	}
	if segments, err := v.Segments("one", one); err != nil || len(segments) != 1 || segments[0].SoundMS != 1000 {
		t.Errorf("%+v, %v", segments, err)
	}
	if _, err := v.Segments("two", nil); !errors.Is(err, vault.ErrErased) {
		t.Errorf("segments without a key: %v", err)
	}
	if n, err := v.Size("one"); err != nil || n < sealed.Second {
		t.Errorf("%d bytes, %v", n, err)
	}
	if _, err := v.Create("one"); !errors.Is(err, os.ErrExist) {
		t.Errorf("made twice: %v", err)
	}
	if err := errors.Join(v.Remove("one"), v.Remove("one")); err != nil {
		t.Errorf("removed twice: %v", err)
	}
}

func TestASweepMovesStrangersAside(t *testing.T) {
	dir := t.TempDir()
	v, err := vault.New(dir, "box.key")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"known", "keyless", "stranger"} {
		keep(t, v, id)
	}
	s, err := v.Sweep(func(id string) (bool, bool) { return id != "stranger", id == "known" })
	if diff := cmp.Diff(vault.Swept{Lost: []string{"stranger"}, Removed: []string{"keyless"}}, s); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if gone, err := v.Missing([]string{"known", "keyless", "never"}); err != nil || !cmp.Equal(gone, []string{"keyless", "never"}) {
		t.Errorf("%v, %v", gone, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lost", "stranger.sealed")); err != nil {
		t.Error(err)
	}
	if freed, err := v.DropLost(); err != nil || freed < sealed.Second {
		t.Errorf("%d bytes, %v", freed, err)
	}
	if freed, err := v.DropLost(); err != nil || freed != 0 {
		t.Errorf("again %d bytes, %v", freed, err)
	}
}
