package menu

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// quickCode keeps a code that is checked in no time.
func quickCode(t *testing.T, digits, first string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "code")
	hash, err := hashCode(digits, []byte("salt"), 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(keptCode{Salt: []byte("salt"), Rounds: 1, Hash: hash, First: first})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *Code {
	t.Helper()
	c, err := OpenCode(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCodeIsDrawnOnceAndShownUntilUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "code")
	first := open(t, path).First()
	if len(first) != 9 || first[4] != ' ' {
		t.Fatalf("the drawn code reads %q", first)
	}
	c := open(t, path) // a power cut before anybody wrote it down
	if c.First() != first {
		t.Fatalf("after a restart the code is %q, it was %q", c.First(), first)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
	if ok, _ := c.Check(strings.ReplaceAll(first, " ", "-")); !ok {
		t.Fatal("the drawn code is not taken")
	}
	if c.First() != "" || open(t, path).First() != "" {
		t.Error("a used code is still shown")
	}
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), strings.ReplaceAll(first, " ", "")) {
		t.Error("a used code is still in the file")
	}
}

func TestCodeOfTheFactory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "code")
	if _, err := CreateCode(path, "12ab5678"); !errors.Is(err, ErrCode) {
		t.Errorf("letters were taken: %v", err)
	}
	c, err := CreateCode(path, "1234 5678")
	if err != nil {
		t.Fatal(err)
	}
	if c.First() != "" {
		t.Error("a printed code is shown")
	}
	if ok, _ := c.Check("12345678"); !ok {
		t.Error("the printed code is not taken")
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCode(path); err == nil {
		t.Error("a garbled file gave a code: anybody could make one")
	}
}

func TestCodeMakesGuessingSlow(t *testing.T) {
	path := quickCode(t, "12345678", "")
	synctest.Test(t, func(t *testing.T) {
		c := open(t, path)
		guess := func() time.Duration {
			t.Helper()
			ok, wait := c.Check("00000000")
			if ok {
				t.Fatal("a wrong code is taken")
			}
			return wait
		}
		for i, want := range []time.Duration{0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
			if wait := guess(); wait != want {
				t.Fatalf("after %d wrong codes the pause is %s, want %s", i+1, wait, want)
			}
			if want == 0 {
				continue
			}
			time.Sleep(want - time.Second)
			if ok, wait := c.Check("12345678"); ok || wait != time.Second {
				t.Fatalf("during the pause the right code gives %v, %s", ok, wait)
			}
			time.Sleep(time.Second)
		}
		c = open(t, path) // pulling the plug
		if ok, wait := c.Check("12345678"); ok || wait != codeLongest {
			t.Fatalf("after a restart the right code gives %v, pause %s", ok, wait)
		}
		time.Sleep(codeLongest)
		if ok, _ := c.Check("12345678"); !ok {
			t.Fatal("the right code is not taken after the pause")
		}
		if wait := guess(); wait != 0 {
			t.Errorf("the right code did not end the suspicion: pause %s", wait)
		}
	})
}

func TestCodeThatCannotBeKeptStillCounts(t *testing.T) {
	path := quickCode(t, "12345678", "")
	synctest.Test(t, func(t *testing.T) {
		c := open(t, path)
		c.path = filepath.Join(t.TempDir(), "gone", "code")
		c.Check("00000000")
		c.Check("00000000")
		if _, wait := c.Check("00000000"); wait != codePause {
			t.Errorf("the third wrong code gives a pause of %s", wait)
		}
	})
}
