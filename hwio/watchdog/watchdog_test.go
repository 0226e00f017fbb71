package watchdog

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadDoesNotOpenTheDevice(t *testing.T) {
	sys := t.TempDir()
	if _, err := Read(sys); !errors.Is(err, ErrNone) {
		t.Errorf("err = %v, want ErrNone", err)
	}
	dir := filepath.Join(sys, "class", "watchdog", "watchdog0")
	write(t, dir, map[string]string{"identity": "i6300ESB timer\n", "state": "active\n", "timeout": "30\n", "nowayout": "0\n", "bootstatus": "32\n", "timeleft": "22\n"})
	got, err := Read(sys)
	want := State{Identity: "i6300ESB timer", Active: true, Timeout: 30 * time.Second, Left: 22 * time.Second, Bit: true}
	if err != nil || got != want {
		t.Errorf("state = %+v, %v, want %+v", got, err, want)
	}
	write(t, dir, map[string]string{"state": "inactive\n", "bootstatus": "0\n", "timeout": "rubbish\n", "nowayout": "1\n"})
	if got, err = Read(sys); err != nil || got.Active || got.Bit || got.Timeout != 0 || !got.Forever {
		t.Errorf("state = %+v, %v", got, err)
	}
}

func TestCloseWritesTheMagicV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	d := &Device{file: f}
	if err := errors.Join(d.Feed(), d.Feed(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "\x00\x00V" {
		t.Errorf("the driver was told %q, %v", got, err)
	}
	if err := d.Feed(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("feeding a closed one: %v", err)
	}
}

// A regular file stands for a driver without timeouts: the watchdog must not be left running behind an error.
func TestADriverWithoutTimeoutsIsStoppedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	write(t, filepath.Dir(path), map[string]string{"watchdog": ""})
	if _, err := Open(path, 30*time.Second); err == nil {
		t.Fatal("a file took a timeout")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "V" {
		t.Errorf("the driver was told %q, %v", got, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none"), 30*time.Second); !errors.Is(err, ErrNone) {
		t.Errorf("err = %v, want ErrNone", err)
	}
	for _, timeout := range []time.Duration{0, time.Second, time.Hour} {
		if _, err := Open(filepath.Join(t.TempDir(), "none"), timeout); err == nil || errors.Is(err, ErrNone) {
			t.Errorf("a timeout of %s: %v", timeout, err)
		}
	}
}

func TestFake(t *testing.T) {
	var f Fake
	var d Dog = &f
	if err := errors.Join(d.Feed(), d.Feed(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if f.Meals() != 2 || !f.Closed() || d.Feed() == nil || d.Close() == nil {
		t.Errorf("meals %d, closed %v", f.Meals(), f.Closed())
	}
}
