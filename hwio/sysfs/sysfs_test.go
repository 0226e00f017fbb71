package sysfs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWordTrimsWhatTheKernelAdds(t *testing.T) {
	for in, want := range map[string]string{"up\n": "up", "linux,dummy-virt\x00": "linux,dummy-virt", "": "", " a b \n\n": "a b"} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(in), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Word(path); err != nil || got != want {
			t.Errorf("Word(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestWordIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", MaxWord+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Word(path); !errors.Is(err, ErrTooLong) {
		t.Errorf("err = %v, want ErrTooLong", err)
	}
	if _, err := Word(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v, want ErrNotExist", err)
	}
}

func TestNumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "temp")
	for in, ok := range map[string]bool{"48250\n": true, "-5\n": true, "N/A\n": false, "": false} {
		if err := os.WriteFile(path, []byte(in), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Number(path); (err == nil) != ok {
			t.Errorf("Number(%q): err = %v, want ok = %v", in, err, ok)
		}
	}
}

func TestPrintableKeepsTheTerminalSafe(t *testing.T) {
	if got := Printable("Evil\x1b[2J Board\x00", 40); got != "Evil[2J Board" {
		t.Errorf("got %q", got)
	}
	if got := Printable(strings.Repeat("é", 100), 5); got != "ééééé" {
		t.Errorf("got %q", got)
	}
}
