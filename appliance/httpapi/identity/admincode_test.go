package identity

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var desk = netip.MustParseAddr("10.31.4.20")

// openCode opens the codes of a directory.
func openCode(t testing.TB, dir string) *AdminCode {
	t.Helper()
	a, err := OpenAdminCode(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newCode(t testing.TB, a *AdminCode) string {
	t.Helper()
	code, _, err := a.New("uid:0")
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestACodeWorksOnce(t *testing.T) {
	a := openCode(t, t.TempDir())
	code, until, err := a.New("uid:0")
	if err != nil {
		t.Fatal(err)
	}
	if len(code) != 9 || code[4] != '-' {
		t.Errorf("the code is written %q, want XXXX-XXXX", code)
	}
	if left := time.Until(until); left <= 14*time.Minute || left > 15*time.Minute {
		t.Errorf("the code is good for %s, want 15 minutes", left)
	}
	typed := " " + strings.ToLower(strings.ReplaceAll(code, "-", " ")) // as people type
	if by, err := a.Redeem(typed, desk); err != nil || by != "uid:0" {
		t.Fatalf("Redeem(%q) = %q, %v", typed, by, err)
	}
	if _, err := a.Redeem(code, desk); !errors.Is(err, ErrCodeUsed) {
		t.Errorf("a second time: %v, want ErrCodeUsed", err)
	}
}

func TestNobodyEntersWithoutACode(t *testing.T) {
	a := openCode(t, t.TempDir())
	for i, typed := range []string{"", "00000000", "0000-0000", "AAAA-AAAA", strings.Repeat("A", 10_000)} {
		if _, err := a.Redeem(typed, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})); !errors.Is(err, ErrCodeWrong) {
			t.Errorf("Redeem(%.20q): %v, want ErrCodeWrong", typed, err)
		}
	}
}

func TestANewCodeEndsTheOneBefore(t *testing.T) {
	a := openCode(t, t.TempDir())
	first := newCode(t, a)
	second := newCode(t, a)
	if _, err := a.Redeem(first, desk); !errors.Is(err, ErrCodeWrong) {
		t.Errorf("the first code: %v, want ErrCodeWrong", err)
	}
	if _, err := a.Redeem(second, desk); err != nil {
		t.Errorf("the second code: %v", err)
	}
}

func TestACodeOutlivesARestartAndSoDoesItsUse(t *testing.T) {
	dir := t.TempDir()
	code := newCode(t, openCode(t, dir))
	if by, err := openCode(t, dir).Redeem(code, desk); err != nil || by != "uid:0" {
		t.Fatalf("after a restart: %q, %v", by, err)
	}
	if _, err := openCode(t, dir).Redeem(code, desk); !errors.Is(err, ErrCodeUsed) {
		t.Errorf("after another: %v, want ErrCodeUsed", err)
	}
}

func TestACodeIsOverAfterAQuarterOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a := openCode(t, dir)
		code := newCode(t, a)
		time.Sleep(15*time.Minute - time.Millisecond)
		kept, err := os.ReadFile(filepath.Join(dir, codeFile))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Redeem(code, desk); err != nil {
			t.Errorf("in its last moment: %v", err)
		}
		if err := os.WriteFile(filepath.Join(dir, codeFile), kept, 0o600); err != nil { // as if it had not been used
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
		if _, err := openCode(t, dir).Redeem(code, desk); !errors.Is(err, ErrCodeExpired) {
			t.Errorf("after 15 minutes and a restart: %v, want ErrCodeExpired", err)
		}
		code = newCode(t, a)
		time.Sleep(15 * time.Minute)
		if _, err := a.Redeem(code, desk); !errors.Is(err, ErrCodeExpired) {
			t.Errorf("after 15 minutes: %v, want ErrCodeExpired", err)
		}
	})
}

// A box without a battery wakes in 1970: a code must not come back to life with it.
func TestACodeFromTheFutureIsOver(t *testing.T) {
	dir := t.TempDir()
	a := openCode(t, dir)
	code := newCode(t, a)
	later := a.held
	later.Issued += time.Hour.Milliseconds()
	later.Until += time.Hour.Milliseconds()
	if err := a.keep(later); err != nil {
		t.Fatal(err)
	}
	if _, err := openCode(t, dir).Redeem(code, desk); !errors.Is(err, ErrCodeExpired) {
		t.Errorf("a code made in an hour: %v, want ErrCodeExpired", err)
	}
}

func TestOnlyAHashIsKept(t *testing.T) {
	dir := t.TempDir()
	code := newCode(t, openCode(t, dir))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the directory holds %v, %v; want one file", entries, err)
	}
	path := filepath.Join(dir, entries[0].Name())
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v; want 0600", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(code)) || bytes.Contains(text, []byte(strings.ReplaceAll(code, "-", ""))) {
		t.Error("the file tells the code")
	}
}

func TestACodeThatCannotBeMarkedUsedIsNotRedeemed(t *testing.T) {
	dir := t.TempDir()
	a := openCode(t, dir)
	code := newCode(t, a)
	if err := os.Mkdir(filepath.Join(dir, codeFile+".part"), 0o700); err != nil { // the file cannot be written beside it
		t.Fatal(err)
	}
	if by, err := a.Redeem(code, desk); err == nil {
		t.Fatalf("redeemed for %q though its use could not be kept", by)
	}
	if err := os.Remove(filepath.Join(dir, codeFile+".part")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Redeem(code, desk); err != nil {
		t.Errorf("when the disk is well again: %v", err)
	}
}

func TestATornFileIsNoCode(t *testing.T) {
	dir := t.TempDir()
	code := newCode(t, openCode(t, dir))
	path := filepath.Join(dir, codeFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, torn := range [][]byte{nil, text[:len(text)/2], []byte("{}"), []byte(`{"hash":"","salt":""}`), bytes.Repeat([]byte("x"), 1<<20)} {
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openCode(t, dir).Redeem(code, desk); !errors.Is(err, ErrCodeWrong) {
			t.Errorf("with %.20q in the file: %v, want ErrCodeWrong", torn, err)
		}
	}
}

func TestWhoGuessesWaitsLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := openCode(t, t.TempDir())
		code := newCode(t, a)
		for range freeTries {
			if _, err := a.Redeem("0000-0000", desk); !errors.Is(err, ErrCodeWrong) {
				t.Fatalf("a free try: %v", err)
			}
		}
		var last time.Duration
		for range 12 {
			often, ok := errors.AsType[*TooOftenError](redeemError(a, code))
			if !ok || often.Wait < last || often.Wait > longestWait {
				t.Fatalf("the wait went from %s to %+v", last, often)
			}
			last = often.Wait
			time.Sleep(last)
			if _, err := a.Redeem("0000-0000", desk); !errors.Is(err, ErrCodeWrong) {
				t.Fatalf("after the wait: %v", err)
			}
		}
		if last != longestWait {
			t.Errorf("the wait ends at %s, want %s", last, longestWait)
		}
		if _, err := a.Redeem("0000-0000", netip.MustParseAddr("10.31.4.21")); !errors.Is(err, ErrCodeWrong) {
			t.Errorf("somebody else: %v, want only a wrong code", err)
		}
		if _, err := a.Redeem("0000-0000", netip.AddrFrom16(desk.As16())); err == nil || errors.Is(err, ErrCodeWrong) {
			t.Errorf("the same address written as IPv6: %v, want a wait", err)
		}
		time.Sleep(forgetAfter + longestWait)
		fresh := newCode(t, a)
		if _, err := a.Redeem(fresh, desk); err != nil {
			t.Errorf("after half an hour of quiet: %v", err)
		}
	})
}

func redeemError(a *AdminCode, code string) error {
	_, err := a.Redeem(code, desk)
	return err
}

func TestManyAddressesShareOneAllowance(t *testing.T) {
	tr := newTries()
	start := time.Unix(1_800_000_000, 0)
	let := 0
	for i := range 100_000 { // a hundred a second, each from elsewhere
		now := start.Add(time.Duration(i) * 10 * time.Millisecond)
		if tr.charge(now, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})) == 0 {
			let++
		}
	}
	if want := allBurst + int(1000*time.Second/allEvery); let > want || let < want-2 {
		t.Errorf("%d guesses in 1000 s, want %d", let, want)
	}
	for i := range 5 * triedMax {
		tr.charge(start.Add(time.Duration(i)*allEvery+time.Hour), netip.AddrFrom4([4]byte{11, 0, byte(i >> 8), byte(i)}))
	}
	if len(tr.by) > triedMax {
		t.Errorf("%d addresses are remembered, want at most %d", len(tr.by), triedMax)
	}
}

func TestOneOfManyWinsTheCode(t *testing.T) {
	a := openCode(t, t.TempDir())
	code := newCode(t, a)
	var all sync.WaitGroup
	won := make(chan string, 8)
	for i := range 8 {
		all.Go(func() {
			if _, err := a.Redeem(code, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})); err == nil {
				won <- fmt.Sprint(i)
			}
		})
	}
	all.Wait()
	if len(won) != 1 {
		t.Errorf("%d people entered with one code", len(won))
	}
}

func FuzzCode(f *testing.F) {
	for _, seed := range []string{"7F3K-0192", "7f3k 0192", "OIL0-1LIO", "", "\x00", "ÀÉ–—‑", strings.Repeat("0", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		letters, ok := parseCode(typed, codeLength)
		if len(letters) > codeLength || ok != (ok && len(letters) == codeLength) {
			t.Fatalf("parseCode(%q) = %q, %v", typed, letters, ok)
		}
		for _, c := range letters {
			if !strings.ContainsRune(codeLetters, rune(c)) {
				t.Fatalf("parseCode(%q) lets %q through", typed, c)
			}
		}
		if again, ok2 := parseCode(string(letters), codeLength); ok && (!ok2 || !bytes.Equal(again, letters)) {
			t.Fatalf("what parseCode(%q) reads is not what it reads again", typed)
		}
	})
}
