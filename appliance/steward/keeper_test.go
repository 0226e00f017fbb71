package steward

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"autocom/hwio/netif"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func oneSocket() netif.Network {
	return &netif.Fake{State: netif.State{Interfaces: []netif.Interface{{Name: "eth0", Kind: netif.Wired, Up: true, Cable: true, Mbit: 1000, MAC: "52:54:00:12:34:56"}}}}
}

// bench is a keeper on folders of its own.
type bench struct {
	*keeper
	fake *Fake
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{fake: NewFake()}
	b.keeper = b.on(t.TempDir(), t.TempDir())
	return b
}

func (b *bench) on(state, folder string) *keeper {
	return &keeper{state: state, folder: folder, networkd: b.fake, links: oneSocket(), whole: trialTime, log: slog.New(slog.DiscardHandler)}
}

// files are our files in networkd's folder, with the line that tells their settings.
func (b *bench) files(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(b.folder)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(b.folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		what := "?"
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "Address=") || strings.HasPrefix(line, "DHCP=ipv4") || strings.HasPrefix(line, "Id=") || strings.HasPrefix(line, "VLAN=") {
				what = strings.TrimSpace(line)
			}
		}
		found = append(found, e.Name()+" "+what)
	}
	return strings.Join(found, ", ")
}

var (
	first  = Settings{Mode: Static, Address: "192.168.1.10/24", Gateway: "192.168.1.1"}
	second = Settings{Mode: Static, Address: "10.0.0.2/24", Gateway: "10.0.0.1", VLAN: 20}
)

const (
	firstFiles  = "10-autocom.network Address=192.168.1.10/24"
	secondFiles = "10-autocom.netdev Id=20, 10-autocom.network VLAN=autocom20, 11-autocom-tagged.network Address=10.0.0.2/24"
)

func (b *bench) do(t *testing.T, in Input) {
	t.Helper()
	if _, err := b.ask(t.Context(), in); err != nil {
		t.Fatalf("%T: %v", in, err)
	}
}

func (b *bench) state(t *testing.T) State {
	t.Helper()
	at, err := b.ask(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return at.desk.State
}

func TestAnUnkeptChangeGoesBackAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if err := b.begin(); err != nil {
			t.Fatal(err)
		}
		defer b.close()
		b.do(t, Try{first, "a"})
		b.do(t, Keep{"a"})
		b.do(t, Try{second, "b"})
		if got := b.files(t); got != secondFiles {
			t.Errorf("on trial: %s", got)
		}
		if _, err := b.ask(t.Context(), Keep{"a"}); !errors.Is(err, ErrToken) {
			t.Errorf("an old token: %v", err)
		}
		if _, err := b.ask(t.Context(), Try{first, "c"}); !errors.Is(err, ErrBusy) {
			t.Errorf("a second trial: %v", err)
		}
		time.Sleep(trialTime - time.Millisecond)
		synctest.Wait()
		if got := b.files(t); got != secondFiles {
			t.Errorf("before its time: %s", got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := b.files(t); got != firstFiles || b.state(t) != Settled {
			t.Errorf("after a minute: %s, %s", got, b.state(t))
		}
		if _, err := b.ask(t.Context(), Keep{"b"}); !errors.Is(err, ErrNothing) {
			t.Errorf("keeping too late: %v", err)
		}
		if got, want := b.fake.Trail(), []string{"reload", "reload", "delete autocom20", "reload"}; !slices.Equal(got, want) {
			t.Errorf("networkd saw %v, want %v", got, want)
		}
	})
}

func TestAKeptChangeStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if err := b.begin(); err != nil {
			t.Fatal(err)
		}
		b.do(t, Try{second, "b"})
		b.do(t, Keep{"b"})
		time.Sleep(10 * trialTime)
		synctest.Wait()
		b.close()
		b.keeper = b.on(b.keeper.state, b.folder)
		if err := b.begin(); err != nil {
			t.Fatal(err)
		}
		defer b.close()
		if at, err := b.ask(t.Context(), nil); err != nil || b.files(t) != secondFiles || at.desk.Kept.Address != second.Address {
			t.Errorf("%s, %+v, %v", b.files(t), at.desk.Kept, err)
		}
	})
}

func TestReverseAtOnceGivesTheImagesOwnNetworkBack(t *testing.T) {
	b := newBench(t)
	if err := b.begin(); err != nil {
		t.Fatal(err)
	}
	defer b.close()
	b.do(t, Try{first, "a"})
	b.do(t, Revert{})
	if got := b.files(t); got != "" {
		t.Errorf("files of ours are left: %s", got)
	}
	if _, err := b.ask(t.Context(), Revert{}); !errors.Is(err, ErrNothing) {
		t.Errorf("reverting twice: %v", err)
	}
}

// A steward that is killed, or a box that loses its current, in the middle of a trial: at every point the disk may show.
func TestATrialDoesNotOutliveAPowerCut(t *testing.T) {
	for _, c := range []struct {
		name  string
		paper paper
		files Settings
	}{
		{"noted, files not yet written", paper{&first, &second}, first},
		{"files written", paper{&first, &second}, second},
		{"going back, files written, note not yet", paper{&first, &second}, first},
		{"no change was ever kept", paper{nil, &second}, second},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p, _ := c.files.parse()
			for name, text := range render(p, "eth0") {
				if err := os.WriteFile(filepath.Join(b.folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := writePaper(b.keeper.state, c.paper); err != nil {
				t.Fatal(err)
			}
			if err := b.begin(); err != nil {
				t.Fatal(err)
			}
			defer b.close()
			state := b.state(t)
			want := map[bool]string{true: "", false: firstFiles}[c.paper.Kept == nil]
			if got := b.files(t); got != want || state != Settled {
				t.Errorf("%s, %s; want %s", got, state, want)
			}
			if left, err := readPaper(b.keeper.state); err != nil || left.Trial != nil {
				t.Errorf("the note still knows of a trial: %+v, %v", left, err)
			}
		})
	}
}

func TestNetworkdThatRefusesIsPutBackAndToldInWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if err := b.begin(); err != nil {
			t.Fatal(err)
		}
		defer b.close()
		b.do(t, Try{first, "a"})
		b.do(t, Keep{"a"})
		refused := errors.New("networkd is not running")
		b.fake.Fail("reload", refused)
		if _, err := b.ask(t.Context(), Try{second, "b"}); !errors.Is(err, refused) {
			t.Errorf("err = %v", err)
		}
		if s := b.state(t); s != Reverting {
			t.Errorf("state %s: the network was not put back, and must be tried again", s)
		}
		if got := b.files(t); got != firstFiles {
			t.Errorf("files: %s", got)
		}
		b.fake.Fail("reload", nil)
		time.Sleep(againAfter)
		synctest.Wait()
		if s := b.state(t); s != Settled {
			t.Errorf("state %s after networkd came back", s)
		}
	})
}

func TestClosePutsATrialBack(t *testing.T) {
	b := newBench(t)
	if err := b.begin(); err != nil {
		t.Fatal(err)
	}
	b.do(t, Try{second, "b"})
	b.close()
	if got := b.files(t); got != "" {
		t.Errorf("left behind: %s", got)
	}
	if _, err := b.ask(t.Context(), nil); err == nil {
		t.Error("a closed keeper answers")
	}
}

func TestAGarbledNoteIsPutAside(t *testing.T) {
	b := newBench(t)
	if err := os.WriteFile(filepath.Join(b.keeper.state, paperFile), []byte("{torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.begin(); err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if _, err := os.Stat(filepath.Join(b.keeper.state, paperFile+".bad")); err != nil {
		t.Error(err)
	}
	b.do(t, Try{first, "a"})
}

func TestWithoutASocketNothingIsWritten(t *testing.T) {
	b := newBench(t)
	b.links = &netif.Fake{}
	if err := b.begin(); err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if _, err := b.ask(t.Context(), Try{first, "a"}); err == nil || !strings.Contains(err.Error(), "no network socket") {
		t.Errorf("err = %v", err)
	}
	if got := b.files(t); got != "" || b.state(t) != Settled {
		t.Errorf("%s, %s", got, b.state(t))
	}
}
