package identity

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func openSessions(t testing.TB, dir string) *Sessions {
	t.Helper()
	s, err := OpenSessions(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func begin(t testing.TB, s *Sessions, who ID) string {
	t.Helper()
	token, err := s.Begin(Session{Person: who})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestASessionOutlivesTheProgramAndItsFileLetsNobodyIn(t *testing.T) {
	dir := t.TempDir()
	token := begin(t, openSessions(t, dir), "ana")
	s := openSessions(t, dir)
	if who, ok := s.Find(token); !ok || who.Person != "ana" {
		t.Errorf("%+v, %v", who, ok)
	}
	path := filepath.Join(dir, sessionFile)
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), token) {
		t.Errorf("the token stands in the file (%v)", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want 0600", info.Mode(), err)
	}
	for _, bad := range []string{"", token + "x", strings.ToLower(token), tokenKey(token)} {
		if _, ok := s.Find(bad); ok {
			t.Errorf("%q lets somebody in", bad)
		}
	}
}

func TestASessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSessions(t, t.TempDir())
		idle, busy := begin(t, s, "ana"), begin(t, s, "ben")
		for range 7 {
			time.Sleep(2*time.Hour - time.Second)
			if _, ok := s.Find(busy); !ok {
				t.Fatal("who works is signed out")
			}
		}
		if _, ok := s.Find(idle); ok {
			t.Error("idle for a day, and still signed in")
		}
		time.Sleep(time.Minute)
		if _, ok := s.Find(busy); ok {
			t.Error("a session without end")
		}
	})
}

// Before is what a clock says that was put back: a session is not made longer by it.
func TestAClockThatGoesBackEndsASession(t *testing.T) {
	s := openSessions(t, t.TempDir())
	token := begin(t, s, "ana")
	o := s.all[tokenKey(token)]
	o.Opened += time.Hour.Milliseconds()
	s.all[tokenKey(token)] = o
	if _, ok := s.Find(token); ok {
		t.Error("a session of the future lets somebody in")
	}
}

func TestOnePersonSignsOutHereOrEverywhere(t *testing.T) {
	dir := t.TempDir()
	s := openSessions(t, dir)
	a1, a2, a3, b := begin(t, s, "ana"), begin(t, s, "ana"), begin(t, s, "ana"), begin(t, s, "ben")
	if err := s.End(a1); err != nil {
		t.Fatal(err)
	}
	if err := s.EndOf("ana", a2); err != nil {
		t.Fatal(err)
	}
	s = openSessions(t, dir)
	for token, want := range map[string]bool{a1: false, a2: true, a3: false, b: true} {
		if _, ok := s.Find(token); ok != want {
			t.Errorf("signed in: %v, want %v", ok, want)
		}
	}
}

func TestAPersonHasEightSessionsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSessions(t, t.TempDir())
		other := begin(t, s, "ben")
		var tokens []string
		for range sessionsOne + 2 {
			tokens = append(tokens, begin(t, s, "ana"))
			time.Sleep(time.Second)
		}
		for i, token := range tokens {
			if _, ok := s.Find(token); ok != (i >= 2) {
				t.Errorf("session %d: %v", i, ok)
			}
		}
		if _, ok := s.Find(other); !ok {
			t.Error("somebody else was signed out for it")
		}
	})
}

func TestAFileOfSessionsThatIsNotUnderstoodSignsEverybodyOut(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":9,"all":{}}`, `{"version":1}`, strings.Repeat("x", sessionBytes+1)} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, sessionFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openSessions(t, dir)
		token := begin(t, s, "ana")
		if _, ok := s.Find(token); !ok {
			t.Errorf("%.20q: nobody can sign in any more", text)
		}
	}
}
