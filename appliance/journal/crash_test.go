package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/store"
)

// helperDir is the environment variable that turns the test binary into the program to be killed.
const helperDir = "AUTOCOM_JOURNAL_CRASH_DIR"

// crashHelper appends facts as fast as it can and prints the address of each that is given, and how far the journal is committed, until it
// is killed.
func crashHelper() {
	dir := os.Getenv(helperDir)
	if dir == "" {
		return
	}
	j, err := Open(context.Background(), dir, stream, moment(0), Options{Window: time.Millisecond})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	for n := 1; ; n++ {
		who := j.Subject(fmt.Sprintf("+3361234%04d", n%50), "")
		a := j.Append(moment(n), fact.CallOpened{Call: fmt.Sprintf("c%d", n), Leg: strings.Repeat("l", n%200), Caller: who})
		fmt.Fprintln(out, "given", a.Epoch, a.N)
		if n%100 == 0 {
			if err := j.Sync(context.Background()); err != nil {
				os.Exit(1)
			}
			fmt.Fprintln(out, "committed", a.Epoch, a.N)
		}
		if err := out.Flush(); err != nil {
			os.Exit(1)
		}
	}
}

// killed runs the helper until it has committed some facts, kills it, and returns what it had given and committed.
func killed(t *testing.T, dir string, commits int) (given, committed []fact.Address) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), helperDir+"="+dir)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		a := fact.Address{Stream: stream}
		var what string
		if n, err := fmt.Sscan(lines.Text(), &what, &a.Epoch, &a.N); n != 3 {
			if len(committed) >= commits {
				break // the line the kill tore
			}
			t.Fatalf("helper says %q: %v", lines.Text(), err)
		}
		if what == "given" {
			given = append(given, a)
			continue
		}
		if committed = append(committed, a); len(committed) == commits {
			if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || ctx.Err() != nil {
		t.Fatalf("the helper ended by itself: %v", err)
	}
	return given, committed
}

func TestKilledAgainAndAgainNoCommittedFactIsLostAndNoAddressGivenTwice(t *testing.T) {
	dir := t.TempDir()
	seen := map[fact.Address]bool{}
	var committed []fact.Address
	for round := range 12 {
		given, done := killed(t, dir, 1+round%4)
		for _, a := range given {
			if seen[a] {
				t.Fatalf("round %d: %s was given twice", round, a)
			}
			seen[a] = true
		}
		committed = append(committed, done...)
	}
	j := reopen(t, dir, Options{})
	settle(t, j)
	got := all(t, j)
	contiguous(t, got)
	there := map[fact.Address]int{}
	for _, e := range got {
		there[e.Address]++
	}
	for _, last := range committed {
		for n := uint64(1); n <= last.N; n++ {
			a := fact.Address{Stream: stream, Epoch: last.Epoch, N: n}
			if there[a] != 1 {
				t.Fatalf("%s, which was committed, is there %d times", a, there[a])
			}
		}
	}
	if j.Start().Epoch != 13 || j.Start().Cause != causeUnclean {
		t.Errorf("start %+v after 12 kills", j.Start())
	}
	for _, e := range got {
		if opened, is := e.Fact.(fact.CallOpened); is {
			if p, err := j.Reveal(t.Context(), opened.Caller); err != nil || !strings.HasPrefix(p.Number, "+3361234") {
				t.Fatalf("%s: caller %q: %+v, %v", e.Address, opened.Caller, p, err)
			}
		}
	}
}

// told are the addresses that FactsLost facts speak for.
func told(entries []fact.Entry) func(fact.Address) bool {
	var holes []fact.FactsLost
	for _, e := range entries {
		if lost, is := e.Fact.(fact.FactsLost); is {
			holes = append(holes, lost)
		}
	}
	return func(a fact.Address) bool {
		for _, h := range holes {
			if !a.Before(h.From) && !h.To.Before(a) {
				return true
			}
		}
		return false
	}
}

// accounted fails unless each of the first n facts of epoch 1 is there as it was, or told lost, and never both.
func accounted(t *testing.T, j *Journal, n int) (kept int) {
	t.Helper()
	settle(t, j)
	got := all(t, j)
	lost := told(got)
	there := map[uint64]fact.Fact{}
	for i, e := range got {
		if i > 0 && !got[i-1].Address.Before(e.Address) {
			t.Fatalf("%s after %s", e.Address, got[i-1].Address)
		}
		if e.Address.Epoch == 1 {
			there[e.Address.N] = e.Fact
		}
	}
	for i := 1; i <= n; i++ {
		f, is := there[uint64(i)]
		if is && f != ringing(i) {
			t.Fatalf("fact %d is now %v", i, f)
		}
		if is == lost(fact.Address{Stream: stream, Epoch: 1, N: uint64(i)}) {
			t.Fatalf("fact %d: there %v, told lost %v", i, is, !is)
		}
		if is {
			kept++
		}
	}
	return kept
}

func damage(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(raw), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flip(from, to float64) func([]byte) []byte {
	return func(raw []byte) []byte {
		for i := int(from * float64(len(raw))); i < int(to*float64(len(raw))); i++ {
			raw[i] ^= 0xa5
		}
		return raw
	}
}

func TestATornFileIsSetAsideAndWhatCanBeReadGoesOn(t *testing.T) {
	const facts = 1500
	for name, c := range map[string]struct {
		clean  bool
		change func([]byte) []byte
		least  int // facts that must survive
	}{
		"flipped in the middle":            {true, flip(0.5, 0.55), facts * 8 / 10},
		"flipped twice, unclean":           {false, func(b []byte) []byte { return flip(0.7, 0.72)(flip(0.3, 0.32)(b)) }, facts * 8 / 10},
		"flipped near the end":             {true, flip(0.9, 0.95), facts * 8 / 10},
		"cut in the middle":                {true, func(b []byte) []byte { return b[:len(b)/2/4096*4096] }, facts * 3 / 10},
		"cut inside a page, unclean":       {false, func(b []byte) []byte { return b[:len(b)*2/3+77] }, facts * 4 / 10},
		"the head overwritten":             {true, flip(0, 0.01), 0},
		"nothing but zeros":                {false, func(b []byte) []byte { return make([]byte, len(b)) }, 0},
		"one byte of one fact, unclean":    {false, oneByte, facts - 1},
		"empty":                            {false, func([]byte) []byte { return nil }, 0},
		"empty although it closed cleanly": {true, func([]byte) []byte { return nil }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := reopen(t, dir, Options{})
			fill(t, j, 1, facts)
			if err := j.file.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.clean {
				closeIt(t, j)
			} else {
				abandon(t, j)
			}
			path := filepath.Join(dir, fileName)
			damage(t, path, c.change)
			torn, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}

			j = reopen(t, dir, Options{})
			if s := j.Start(); s.Epoch != 2 || s.Clean {
				t.Errorf("start %+v", s)
			} else if s.Broken != "" {
				if kept, err := os.ReadFile(s.Broken); err != nil || !bytes.Equal(kept, torn) {
					t.Errorf("the broken file was not kept as it was: %d bytes of %d, %v", len(kept), len(torn), err)
				}
				if h := j.Health(); len(h.Broken) != 1 || h.Broken[0] != s.Broken {
					t.Errorf("health %+v", h)
				}
			} else if len(torn) > 0 {
				t.Errorf("nothing was set aside: %+v", s)
			}
			if kept := accounted(t, j, facts); kept < c.least {
				t.Errorf("%d of %d facts survived, want %d", kept, facts, c.least)
			} else {
				t.Logf("%d of %d facts survived", kept, facts)
			}
			// It works as ever afterwards.
			if a := j.Append(moment(1), ringing(1)); a.Epoch != 2 {
				t.Errorf("address %v", a)
			}
			settle(t, j)
			closeIt(t, j)
			if s := reopen(t, dir, Options{}).Start(); !s.Clean || s.Epoch != 2 {
				t.Errorf("the start after: %+v", s)
			}
		})
	}
}

// oneByte changes the content of one fact, which leaves the file's structure in order: only the row's own sum can tell.
func oneByte(raw []byte) []byte {
	at := bytes.Index(raw, []byte(`"leg":"1234"`))
	raw[at+8] = '7'
	return raw
}

func TestATornLogLosesItsEndAndSaysSo(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"flipped": flip(0.5, 0.51),
		"cut":     func(b []byte) []byte { return b[:len(b)/2+100] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := reopen(t, dir, Options{Window: time.Millisecond})
			fill(t, j, 1, 200)
			if err := j.file.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			for n := 201; n <= 400; n++ {
				fill(t, j, n, n) // a commit each, so that the log is long
				if n == 300 {
					break
				}
			}
			// As a power cut leaves it: the files as they are, copied while the journal is open.
			crashed := t.TempDir()
			for _, end := range []string{"", "-wal"} {
				raw, err := os.ReadFile(filepath.Join(dir, fileName+end))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(crashed, fileName+end), raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			mark, err := os.ReadFile(filepath.Join(dir, epochName))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(crashed, epochName), mark, 0o600); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(crashed, fileName+"-wal"), change)

			j = reopen(t, crashed, Options{})
			kept := accounted(t, j, 300)
			if kept < 200 || kept == 300 {
				t.Errorf("%d facts survived a log torn in the middle", kept)
			}
			if j.Start().Epoch != 2 || j.Start().Broken != "" {
				t.Errorf("start %+v", j.Start())
			}
		})
	}
}

func TestAnOlderCopyPutBackRaisesTheEpochAndTellsExactlyWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	fill(t, j, 1, 50)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := j.file.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	fill(t, j, 51, 80)
	closeIt(t, j)
	if err := os.Rename(copied, filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	j = reopen(t, dir, Options{})
	if s := j.Start(); s.Epoch != 2 || s.Cause != causeRestored {
		t.Errorf("start %+v", s)
	}
	if kept := accounted(t, j, 80); kept != 50 {
		t.Errorf("%d facts", kept)
	}
	want := fact.FactsLost{From: fact.Address{Stream: stream, Epoch: 1, N: 51}, To: fact.Address{Stream: stream, Epoch: 1, N: 80}, Cause: causeRestored}
	if got := all(t, j); got[len(got)-1].Fact != want {
		t.Errorf("got %v, want %v", got[len(got)-1].Fact, want)
	}
}

func TestALostOrTornEpochFileNeverLeadsToAnAddressGivenTwice(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"lost":  os.Remove,
		"empty": func(path string) error { return os.Truncate(path, 0) },
		"torn":  func(path string) error { return os.Truncate(path, 9) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := reopen(t, dir, Options{})
			fill(t, j, 1, 10)
			closeIt(t, j)
			if err := spoil(filepath.Join(dir, epochName)); err != nil {
				t.Fatal(err)
			}
			j = reopen(t, dir, Options{})
			if s := j.Start(); s.Epoch != 1+lostEpochStep+1 || s.Cause != causeNoEpoch {
				t.Errorf("start %+v", s)
			}
		})
	}
}

func TestALostFileIsToldLostWhole(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	fill(t, j, 1, 10)
	closeIt(t, j)
	if err := os.Remove(filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	j = reopen(t, dir, Options{})
	if s := j.Start(); s.Epoch != 2 || s.Cause != causeNoFile {
		t.Errorf("start %+v", s)
	}
	if kept := accounted(t, j, 10); kept != 0 {
		t.Errorf("%d facts", kept)
	}
}

func TestTheCloudCanAskForALaterEpoch(t *testing.T) {
	dir := t.TempDir()
	closeIt(t, reopen(t, dir, Options{}))
	j := reopen(t, dir, Options{MinEpoch: 7})
	if s := j.Start(); s.Epoch != 7 || s.Cause != causeAsked {
		t.Errorf("start %+v", s)
	}
	closeIt(t, j)
	if s := reopen(t, dir, Options{MinEpoch: 7}).Start(); s.Epoch != 7 || !s.Clean {
		t.Errorf("asked again: %+v", s)
	}
}

func TestASalvageThatWasInterruptedIsTakenUp(t *testing.T) {
	dir := t.TempDir()
	j := reopen(t, dir, Options{})
	fill(t, j, 1, 10)
	abandon(t, j)
	path := filepath.Join(dir, fileName)
	// The power went between the two renames: the old file is aside, the new one complete but not in place; and a half-built one lies about.
	if err := errors.Join(os.Rename(path, path+readyEnd), os.WriteFile(path+partEnd, []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	j = reopen(t, dir, Options{})
	if kept := accounted(t, j, 10); kept != 10 {
		t.Errorf("%d facts", kept)
	}
	if _, err := os.Stat(path + partEnd); err == nil {
		t.Error("the half-built file is still there")
	}
}

// TestWritesThatFailBelowSQLite lets the operating system refuse to grow the file, in a process of its own: the limit is a process's.
func TestWritesThatFailBelowSQLite(t *testing.T) {
	if os.Getenv("AUTOCOM_JOURNAL_LIMIT") == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWritesThatFailBelowSQLite$", "-test.v")
		cmd.Env = append(os.Environ(), "AUTOCOM_JOURNAL_LIMIT=1", "TMPDIR="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS")) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	j := reopen(t, dir, Options{Window: time.Millisecond})
	fill(t, j, 1, 20)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	j.Append(moment(21), ringing(21))
	waitFor(t, j, func(h Health) bool { return h.Failing != nil })
	for n := 22; n <= 200; n++ {
		j.Append(moment(n), ringing(n))
	}
	failing := j.Health().Failing
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if kind := store.KindOf(failing); kind != store.Device && kind != store.Full {
		t.Errorf("%v: %v", kind, failing)
	}
	if kept := accounted(t, j, 200); kept != 200 {
		t.Errorf("%d facts after the disk works again", kept)
	}
}

func TestReadersGoOnWhileTheDiskIsFull(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Window: time.Millisecond, Live: 4})
	fill(t, j, 1, 50)
	if err := j.file.Limit(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	var follower sync.WaitGroup
	follower.Go(func() {
		n := 0
		for e, err := range j.Follow(t.Context(), fact.Address{}) {
			if n++; err != nil || e.Address.N != uint64(n) {
				t.Errorf("entry %d: %v, %v", n, e.Address, err)
				return
			}
			if n == 500 {
				return
			}
		}
	})
	for n := 51; n <= 500; n++ {
		j.Append(moment(n), fact.CallRouted{Call: fmt.Sprint(n), Target: strings.Repeat("x", 2000)})
	}
	follower.Wait()
	if err := j.file.Limit(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	settle(t, j)
	if len(all(t, j)) != 500 {
		t.Errorf("%d facts", len(all(t, j)))
	}
}
