package identity

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const phrase = "quatre chevaux verts"

// light is a cost for tests of what happens around the hash.
var light = cost{time: 1, memory: 8}

func openBook(t testing.TB, dir string) *Book {
	t.Helper()
	b, err := open(dir, light)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func invite(t testing.TB, b *Book, who ID) string {
	t.Helper()
	code, _, err := b.Invite(who, "installer:paul")
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// join invites a person who chooses the phrase.
func join(t testing.TB, b *Book, who ID) {
	t.Helper()
	if err := b.Accept(who, invite(t, b, who), phrase, desk); err != nil {
		t.Fatal(err)
	}
}

// from is an address of its own for each try, so that waiting is no part of a test.
func from(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}) }

func TestAPersonChoosesTheirPasswordOnce(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir)
	code, until, err := b.Invite("ana", "installer:paul")
	if err != nil {
		t.Fatal(err)
	}
	if len(code) != 11 || code[5] != '-' {
		t.Errorf("the code is written %q, want XXXXX-XXXXX", code)
	}
	if left := time.Until(until); left <= 6*24*time.Hour || left > 7*24*time.Hour {
		t.Errorf("the invitation lasts %s, want a week", left)
	}
	if err := b.Check("ana", "", desk); !errors.Is(err, ErrWrong) {
		t.Errorf("before a password was chosen: %v, want ErrWrong", err)
	}
	if err := b.Accept("ana", strings.ToLower(code), phrase, desk); err != nil {
		t.Fatal(err)
	}
	b = openBook(t, dir) // a restart
	if err := b.Check("ana", phrase, desk); err != nil {
		t.Errorf("their password: %v", err)
	}
	if err := b.Accept("ana", code, "another long password", desk); !errors.Is(err, ErrInvitation) {
		t.Errorf("the code a second time: %v, want ErrInvitation", err)
	}
	if err := b.Check("ana", phrase, desk); err != nil {
		t.Errorf("their password after that: %v", err)
	}
}

func TestWhoIsKeptOut(t *testing.T) {
	b := openBook(t, t.TempDir())
	join(t, b, "ana")
	code := invite(t, b, "ben")
	n := 0
	wrong := func(what string, got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	next := func() netip.Addr { n++; return from(n) }
	for _, password := range []string{"", "quatre chevaux vert", phrase + " ", strings.ToUpper(phrase), strings.Repeat("x", 5000)} {
		wrong(fmt.Sprintf("ana with %.30q", password), b.Check("ana", password, next()), ErrWrong)
	}
	wrong("somebody unknown", b.Check("eve", phrase, next()), ErrWrong)
	wrong("an invited person without a password", b.Check("ben", code, next()), ErrWrong)
	wrong("ben's code for eve", b.Accept("eve", code, phrase, next()), ErrInvitation)
	wrong("no code", b.Accept("eve", "", phrase, next()), ErrInvitation)
	wrong("a code for ana, who has none", b.Accept("ana", code, phrase, next()), ErrInvitation)
	wrong("a short password", b.Accept("ben", code, "short", next()), ErrPasswordShort)
	wrong("one character", b.Accept("ben", code, strings.Repeat("é", 20), next()), ErrPasswordSimple)
	wrong("their own name", b.Accept("ben-le-grand", code, "BEN-le-grand", next()), ErrPasswordSimple)
	wrong("without end", b.Accept("ben", code, strings.Repeat("ab", 2000), next()), ErrPasswordLong)
	if err := b.Accept("ben", code, phrase, next()); err != nil {
		t.Errorf("none of that used ben's code up: %v", err)
	}
}

func TestAnInvitationIsOverAfterAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := openBook(t, t.TempDir())
		code := invite(t, b, "ana")
		time.Sleep(7*24*time.Hour - time.Second)
		if b.State("ana").Invited.IsZero() {
			t.Error("it is over too early")
		}
		time.Sleep(time.Second)
		if err := b.Accept("ana", code, phrase, desk); !errors.Is(err, ErrInvitation) {
			t.Errorf("after a week: %v, want ErrInvitation", err)
		}
		if s := b.State("ana"); !s.Invited.IsZero() || !s.Password.IsZero() {
			t.Errorf("%+v, want nothing", s)
		}
	})
}

func TestANewInvitationEndsTheOneBeforeAndNotThePassword(t *testing.T) {
	b := openBook(t, t.TempDir())
	join(t, b, "ana")
	first := invite(t, b, "ana")
	second := invite(t, b, "ana")
	if err := b.Accept("ana", first, "another long password", from(1)); !errors.Is(err, ErrInvitation) {
		t.Errorf("the first code: %v, want ErrInvitation", err)
	}
	if err := b.Check("ana", phrase, from(2)); err != nil {
		t.Errorf("the password they have: %v", err)
	}
	if err := b.Accept("ana", second, "another long password", from(3)); err != nil {
		t.Fatal(err)
	}
	if err := b.Check("ana", phrase, from(4)); !errors.Is(err, ErrWrong) {
		t.Errorf("the password they had: %v, want ErrWrong", err)
	}
}

func TestAPasswordIsChangedByWhoKnowsIt(t *testing.T) {
	b := openBook(t, t.TempDir())
	join(t, b, "ana")
	const better = "cinq chevaux bleus"
	if err := b.Change("ana", "not the password", better, from(1)); !errors.Is(err, ErrWrong) {
		t.Errorf("%v, want ErrWrong", err)
	}
	if err := b.Change("ana", phrase, "short", from(2)); !errors.Is(err, ErrPasswordShort) {
		t.Errorf("%v, want ErrPasswordShort", err)
	}
	if err := b.Change("ana", phrase, better, from(3)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Check("ana", better, from(4)), b.Forget("ana")); err != nil {
		t.Error(err)
	}
	if err := b.Check("ana", better, from(5)); !errors.Is(err, ErrWrong) {
		t.Errorf("forgotten: %v, want ErrWrong", err)
	}
}

// Five people of one address may mistype; whoever guesses waits longer each time, and the right password does not get around the wait.
func TestWhoGuessesWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := openBook(t, t.TempDir())
		join(t, b, "ana")
		var waited time.Duration
		for range 40 {
			err := b.Check("ana", "not the password", desk)
			if often, ok := errors.AsType[*TooOftenError](err); ok {
				if err := b.Check("ana", phrase, desk); !errors.As(err, &often) {
					t.Fatalf("the right password within the wait: %v", err)
				}
				waited += often.Wait
				time.Sleep(often.Wait)
			}
		}
		if waited < time.Hour/2 {
			t.Errorf("40 guesses took %s", waited)
		}
		if err := b.Check("ana", phrase, from(1)); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
	})
}

func TestOnePersonOfManyWinsAnInvitation(t *testing.T) {
	b := openBook(t, t.TempDir())
	code := invite(t, b, "ana")
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if b.Accept("ana", code, fmt.Sprintf("password number %d", i), from(i)) == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d people entered with one invitation", won.Load())
	}
}

func TestTheFileHoldsNoSecretAndIsItsOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir)
	join(t, b, "ana")
	code := invite(t, b, "ben")
	_, token, err := b.NewKey("CRM", []Scope{ReadState}, "administrator:claire", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, bookFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{phrase, code, strings.ReplaceAll(code, "-", ""), token, strings.TrimPrefix(token, keyMark)} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q stands in the file", secret)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want 0600", info.Mode(), err)
	}
}

func TestAFileThatIsNotUnderstoodIsSaid(t *testing.T) {
	for name, text := range map[string]string{"torn": `{"version":1,"people":[`, "newer": `{"version":2}`, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, bookFile)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%v: want an error that names the file", err)
			}
			if kept, err := os.ReadFile(path); err != nil || string(kept) != text {
				t.Errorf("the file was changed: %q, %v", kept, err)
			}
		})
	}
}

// What the disk refuses did not happen.
func TestAFullDiskChangesNothing(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir)
	join(t, b, "ana")
	if err := os.Mkdir(filepath.Join(dir, bookFile+".part"), 0o700); err != nil { // nothing can be written there now
		t.Fatal(err)
	}
	if _, _, err := b.Invite("ben", "x"); err == nil {
		t.Error("an invitation that is kept nowhere was given")
	}
	if err := b.Change("ana", phrase, "another long password", desk); err == nil {
		t.Error("a password that is kept nowhere was taken")
	}
	if err := b.Check("ana", phrase, desk); err != nil {
		t.Errorf("the password of before: %v", err)
	}
	if !b.State("ben").Invited.IsZero() {
		t.Error("ben is invited")
	}
}

// The figures in use are those the box promises, and a hash of before keeps its own.
func TestWhatAGuessCosts(t *testing.T) {
	h := cost{argonTime, argonMemory}.hash(phrase)
	if h.Time != 2 || h.Memory != 19456 || h.Threads != 1 || len(h.Salt) != 16 || len(h.Key) != 32 {
		t.Errorf("%d rounds, %d KiB, %d threads, %d and %d bytes", h.Time, h.Memory, h.Threads, len(h.Salt), len(h.Key))
	}
	if !h.is(phrase, light) || h.is("x", light) {
		t.Error("what was kept with other figures is not read with its own")
	}
	h.Memory = 1 << 30
	if h.is(phrase, light) {
		t.Error("a file can make the box reckon without end")
	}
}

func TestAKeyLetsAProgramIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := openBook(t, dir)
		made, token, err := b.NewKey(" CRM ", []Scope{ReadState, GiveCommands}, "administrator:claire", time.Now().Add(30*24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if made.ID != "k1" || made.Name != "CRM" || made.By != "administrator:claire" || !made.Used.IsZero() {
			t.Errorf("%+v", made)
		}
		b = openBook(t, dir)
		time.Sleep(time.Hour)
		got, err := b.Key(token)
		if err != nil || got.ID != made.ID || len(got.Scopes) != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		if used := b.Keys()[0].Used; !used.Equal(time.Now()) {
			t.Errorf("last used %s, want %s", used, time.Now())
		}
		for _, bad := range []string{"", keyMark, token + "x", strings.ToLower(token), token[:len(token)-1]} {
			if _, err := b.Key(bad); !errors.Is(err, ErrKey) {
				t.Errorf("%q: %v, want ErrKey", bad, err)
			}
		}
		time.Sleep(30 * 24 * time.Hour)
		if _, err := b.Key(token); !errors.Is(err, ErrKey) {
			t.Errorf("over: %v, want ErrKey", err)
		}
	})
}

func TestAWithdrawnKeyIsOverAndItsNumberIsNotGivenAgain(t *testing.T) {
	b := openBook(t, t.TempDir())
	k, token, err := b.NewKey("CRM", []Scope{ReadState}, "x", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if there, err := b.Withdraw(k.ID); !there || err != nil {
		t.Fatal(there, err)
	}
	if there, _ := b.Withdraw(k.ID); there {
		t.Error("it was there twice")
	}
	if _, err := b.Key(token); !errors.Is(err, ErrKey) {
		t.Errorf("%v, want ErrKey", err)
	}
	if again, _, err := b.NewKey("CRM", []Scope{ReadState}, "x", time.Time{}); err != nil || again.ID != "k2" {
		t.Errorf("%s, %v: want k2", again.ID, err)
	}
}

func TestWhichKeysAreRefused(t *testing.T) {
	b := openBook(t, t.TempDir())
	for what, make := range map[string]func() error{
		"without a name": func() error { _, _, err := b.NewKey("  ", []Scope{ReadState}, "x", time.Time{}); return err },
		"a long name": func() error {
			_, _, err := b.NewKey(strings.Repeat("é", 61), []Scope{ReadState}, "x", time.Time{})
			return err
		},
		"without a scope": func() error { _, _, err := b.NewKey("CRM", nil, "x", time.Time{}); return err },
		"any scope":       func() error { _, _, err := b.NewKey("CRM", []Scope{"root"}, "x", time.Time{}); return err },
	} {
		if make() == nil {
			t.Errorf("a key %s was made", what)
		}
	}
	for i := range keysMax {
		if _, _, err := b.NewKey(fmt.Sprint(i), []Scope{ReadState}, "x", time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := b.NewKey("one more", []Scope{ReadState}, "x", time.Time{}); err == nil {
		t.Error("keys without end")
	}
}
