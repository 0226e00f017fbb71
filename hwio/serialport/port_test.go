package serialport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// terminals gives the two ends of a pair: what the installer holds, and the path of the box's end.
func terminals(t *testing.T) (*os.File, string) {
	t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	path := near.Name()
	t.Cleanup(func() { far.Close(); near.Close() })
	return far, path
}

func TestALineCarriesBytesBothWays(t *testing.T) {
	far, path := terminals(t)
	p, err := Open(path, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	every := make([]byte, 256) // a raw line must not eat ^C, XON or CR
	for i := range every {
		every[i] = byte(i)
	}
	for _, way := range []struct {
		name string
		from io.Writer
		to   io.Reader
	}{{"out", p, far}, {"in", far, p}} {
		if _, err := way.from.Write(every); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 256)
		if _, err := io.ReadFull(way.to, got); err != nil || !bytes.Equal(got, every) {
			t.Errorf("%s: %d bytes differ, %v", way.name, len(got), err)
		}
	}
}

func TestCloseEndsARead(t *testing.T) {
	_, path := terminals(t)
	p, err := Open(path, Settings{Baud: 9600})
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() {
		_, err := p.Read(make([]byte, 1))
		read <- err
	}()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, ErrClosed) {
		t.Errorf("read ended with %v, want ErrClosed", err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestAPulledCableIsNamed(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(near.Name(), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := errors.Join(near.Close(), far.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, ErrHungUp) {
		t.Errorf("read: %v, want ErrHungUp", err)
	}
	if _, err := p.Write([]byte("x")); !errors.Is(err, ErrHungUp) {
		t.Errorf("write: %v, want ErrHungUp", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "ttyS9"), Settings{}); !errors.Is(err, ErrNoPort) {
		t.Errorf("absent: %v, want ErrNoPort", err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(plain, Settings{}); err == nil {
		t.Error("a plain file opened as a line")
	}
	for in, want := range map[error]error{unix.EIO: ErrHungUp, unix.ENODEV: ErrHungUp, os.ErrNotExist: ErrNoPort} {
		if got := inWords(in); !errors.Is(got, want) {
			t.Errorf("%v is %v, want %v", in, got, want)
		}
	}
	if _, err := List(); err != nil {
		t.Error(err)
	}
}

func TestKeepServesOverAPairOfTerminals(t *testing.T) {
	far, path := terminals(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done, open := make(chan struct{}), make(chan struct{}, 1)
	go func() {
		defer close(done)
		Keep(ctx, path, func(err error) { t.Errorf("the line was not served: %v", err) }, func(_ context.Context, p Port) error {
			open <- struct{}{}
			_, err := io.Copy(p, p)
			return err
		})
	}()
	<-open // before, the terminal itself would echo
	if _, err := far.Write([]byte("AT\r")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "AT\r" {
		t.Fatalf("came back: %q, %v", got, err)
	}
	stop()
	<-done
}

func TestKeepOpensAgainWithGrowingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began := time.Now()
		var opened []time.Duration
		var said []error
		lines := []*Fake{nil, nil, NewFake(), NewFake()}
		var serving *Fake
		done := make(chan struct{})
		go func() {
			defer close(done)
			KeepOpen(ctx, func() (Port, error) {
				opened = append(opened, time.Since(began))
				next := lines[0]
				lines = lines[1:]
				if next == nil {
					return nil, ErrNoPort
				}
				serving = next
				return next.Port(), nil
			}, func(err error) { said = append(said, err) }, func(_ context.Context, p Port) error {
				_, err := io.Copy(io.Discard, p)
				return err
			})
		}()
		time.Sleep(time.Minute) // of the bubble's clock: two failures, then a line that holds
		synctest.Wait()
		serving.HangUp()
		time.Sleep(FirstWait)
		synctest.Wait()
		stop()
		<-done
		want := []time.Duration{0, FirstWait, 3 * FirstWait, time.Minute + FirstWait}
		if len(opened) != len(want) {
			t.Fatalf("opened at %v, want %v", opened, want)
		}
		for i := range want {
			if opened[i] != want[i] {
				t.Errorf("opened at %v, want %v", opened, want)
			}
		}
		if len(said) != 3 || !errors.Is(said[0], ErrNoPort) || !errors.Is(said[2], ErrHungUp) {
			t.Errorf("said %v", said)
		}
	})
}

func TestFakeHoldsWhatWasSent(t *testing.T) {
	f := NewFake()
	p, term := f.Port(), f.Terminal()
	if _, err := io.WriteString(term, "hello"); err != nil {
		t.Fatal(err)
	}
	f.HangUp()
	got, err := io.ReadAll(p)
	if string(got) != "hello" || !errors.Is(err, ErrHungUp) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := p.Write([]byte("x")); !errors.Is(err, ErrHungUp) {
		t.Errorf("write: %v", err)
	}
	if _, err := term.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("terminal: %v", err)
	}
}
