package journal

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
)

func reveals(t *testing.T, j *Journal, s fact.Subject, want Person, wantErr error) {
	t.Helper()
	if p, err := j.Reveal(t.Context(), s); p != want || !errors.Is(err, wantErr) {
		t.Errorf("%s: %+v, %v; want %+v, %v", s, p, err, want, wantErr)
	}
}

func TestTheSameNumberIsTheSameSubjectAcrossStarts(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	ada := j.Subject("+33612345678", "Ada")
	if ada == "" || strings.Contains(string(ada), "612345678") || j.Subject(" +33612345678 ", "") != ada || j.Subject("+33612345679", "") == ada {
		t.Errorf("subject %q", ada)
	}
	if s := j.Subject("", "Withheld"); s != "" {
		t.Errorf("no number gave %q", s)
	}
	reveals(t, j, ada, Person{"+33612345678", "Ada"}, nil) // at once, written or not
	closeIt(t, j)
	j = reopen(t, dir, Options{})
	if s := j.Subject("+33612345678", ""); s != ada {
		t.Errorf("after a start %q, before %q", s, ada)
	}
	reveals(t, j, ada, Person{"+33612345678", "Ada"}, nil)
	if s := j.Subject("+33612345678", "Ada L."); s != ada {
		t.Errorf("under another name %q", s)
	}
	reveals(t, j, ada, Person{"+33612345678", "Ada L."}, nil)
	reveals(t, j, "s0", Person{}, ErrUnknownSubject)
	if info, err := os.Stat(filepath.Join(dir, keyName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file %v, %v", info, err)
	}
}

func TestErasureIsForGoodAndTheNextCallIsSomebodyElse(t *testing.T) {
	for _, written := range []bool{true, false} {
		t.Run(fmt.Sprintf("written %v", written), func(t *testing.T) {
			dir := t.TempDir()
			window := time.Hour // nothing is written by itself
			if written {
				window = time.Millisecond
			}
			j := reopen(t, dir, Options{Window: window})
			ada, bob := j.Subject("+33612345678", "Ada"), j.Subject("+33600000000", "Bob")
			if written {
				fill(t, j, 1, 1)
			}
			var wrapped []byte
			if written {
				if err := j.file.Read(t.Context(), readWrapped(t, ada, &wrapped)); err != nil {
					t.Fatal(err)
				}
			}
			if err := j.Erase(t.Context(), ada); err != nil {
				t.Fatal(err)
			}
			reveals(t, j, ada, Person{}, ErrErased)
			reveals(t, j, bob, Person{"+33600000000", "Bob"}, nil)
			again := j.Subject("+33612345678", "Ada")
			if again == ada {
				t.Error("the erased person was recognised")
			}
			closeIt(t, j)
			for _, name := range []string{fileName, fileName + "-wal"} {
				if raw, err := os.ReadFile(filepath.Join(dir, name)); err == nil && written && bytes.Contains(raw, wrapped) {
					t.Errorf("the key is still in %s", name)
				}
			}
			j = reopen(t, dir, Options{})
			reveals(t, j, ada, Person{}, ErrErased)
			reveals(t, j, again, Person{"+33612345678", "Ada"}, nil)
			if s := j.Subject("+33612345678", ""); s != again {
				t.Errorf("%q, want %q", s, again)
			}
			if err := j.Erase(t.Context(), "s0"); !errors.Is(err, ErrUnknownSubject) {
				t.Errorf("erasing nobody: %v", err)
			}
			if err := j.Erase(t.Context(), ada); err != nil {
				t.Errorf("erasing twice: %v", err)
			}
		})
	}
}

func TestCallsByOneNumberAtOnceAgree(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Window: time.Millisecond})
	ids := make([]fact.Subject, 16)
	var calls sync.WaitGroup
	for i := range ids {
		calls.Go(func() {
			for n := range 50 {
				s := j.Subject(fmt.Sprintf("+331%08d", n), "")
				if n == 49 {
					ids[i] = s
				}
			}
		})
	}
	calls.Wait()
	for _, s := range ids {
		if s != ids[0] {
			t.Errorf("%q and %q", s, ids[0])
		}
		reveals(t, j, s, Person{Number: "+33100000049"}, nil)
	}
}

func TestNoNumberIsInTheFilesInClear(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	j.Append(moment(1), fact.CallOpened{Call: "c", Caller: j.Subject("+33612345678", "Zacharie")})
	closeIt(t, j)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("612345678")) || bytes.Contains(raw, []byte("Zacharie")) {
			t.Errorf("%s names the caller", f.Name())
		}
	}
}

func TestALostKeyIsSaidAndCallsGoOn(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	ada := j.Subject("+33612345678", "Ada")
	closeIt(t, j)
	if err := os.Truncate(filepath.Join(dir, keyName), 7); err != nil {
		t.Fatal(err)
	}
	j = reopen(t, dir, Options{})
	if !j.Health().KeyLost {
		t.Error("health does not say that the key is lost")
	}
	reveals(t, j, ada, Person{}, ErrKeyLost)
	s := j.Subject("+33612345678", "Ada")
	reveals(t, j, s, Person{"+33612345678", "Ada"}, nil)
}

func TestAKnownCallerAllocatesLittleAndNeverWaits(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{})
	want := j.Subject("+33612345678", "Ada")
	if n := testing.AllocsPerRun(100, func() {
		if s := j.Subject("+33612345678", "Ada"); s != want {
			t.Fatal(s)
		}
	}); n > 20 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSubjectKnown(b *testing.B) {
	j, err := Open(b.Context(), b.TempDir(), stream, moment(0), Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		j.Subject("+33612345678", "Ada")
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

// Two rows may carry one number, of which memory knows the later alone: both are found, and forgotten.
func TestEverySubjectOfANumberIsFound(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{})
	s, twin := j.Subject("+33612345678", "Paul"), j.Subject("0612345678", "Paul")
	fill(t, j, 1, 1) // committed with them
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := j.file.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "UPDATE subject SET lookup = (SELECT lookup FROM subject WHERE id = ?) WHERE id = ?", string(s), string(twin))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []fact.Subject{s, twin}
	slices.Sort(want)
	if all, err := j.Subjects(t.Context(), " +33612345678 ", ""); err != nil || !slices.Equal(all, want) {
		t.Errorf("%v, %v; want %v", all, err, want)
	}
	for _, x := range want {
		if err := j.Erase(t.Context(), x); err != nil {
			t.Error(err)
		}
	}
	if all, err := j.Subjects(t.Context(), "+33612345678", "0612345678"); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
	fresh := j.Subject("+33612345678", "") // not on the disk yet, perhaps
	if all, err := j.Subjects(t.Context(), "+33612345678"); err != nil || !slices.Equal(all, []fact.Subject{fresh}) {
		t.Errorf("%v, %v", all, err)
	}
}
