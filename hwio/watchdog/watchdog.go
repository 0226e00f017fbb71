package watchdog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"autocom/hwio/sysfs"
)

// State is what the kernel says of the watchdog, without opening it: to open it is to start it.
type State struct {
	Identity string        // "i6300ESB timer", "iTCO_wdt"
	Active   bool          // somebody feeds it, and the box restarts when that stops
	Timeout  time.Duration // without food until the restart
	Left     time.Duration // until the restart, when the hardware tells; else 0
	Forever  bool          // once started, it cannot be stopped (nowayout)
	Bit      bool          // the last restart was the watchdog's (WDIOF_CARDRESET)
}

// ErrNone is in the error when the box has no watchdog.
var ErrNone = errors.New("this box has no watchdog")

// cardReset is WDIOF_CARDRESET of linux/watchdog.h: the card previously reset the machine.
const cardReset = 0x20

// Read looks at the first watchdog under sys, which is "/sys" on a real machine.
func Read(sys string) (State, error) {
	dir := filepath.Join(sys, "class", "watchdog", "watchdog0")
	var s State
	name, err := sysfs.Word(filepath.Join(dir, "identity"))
	if errors.Is(err, os.ErrNotExist) {
		return s, ErrNone
	}
	if err != nil {
		return s, fmt.Errorf("watchdog: %w", err)
	}
	s.Identity = sysfs.Printable(name, 40)
	state, err := sysfs.Word(filepath.Join(dir, "state"))
	if err != nil {
		return s, fmt.Errorf("watchdog: %w", err)
	}
	s.Active = state == "active"
	// The rest is there or not, by driver.
	number := func(file string) int64 {
		n, err := sysfs.Number(filepath.Join(dir, file))
		if err != nil {
			return 0
		}
		return n
	}
	s.Timeout = time.Duration(number("timeout")) * time.Second
	s.Left = time.Duration(number("timeleft")) * time.Second
	s.Forever = number("nowayout") == 1
	s.Bit = number("bootstatus")&cardReset != 0
	return s, nil
}

// Dog is a watchdog that runs. Feed and Close may be called on any goroutine; they do not block.
type Dog interface {
	// Feed puts the restart off by the whole timeout.
	Feed() error
	// Close stops the watchdog; one that cannot be stopped goes on, and restarts the box.
	Close() error
}

// Limits of the timeout.
const (
	Shortest = 5 * time.Second
	Longest  = 5 * time.Minute
)

// Device is the kernel's watchdog, opened.
type Device struct {
	mu   sync.Mutex
	file *os.File
}

// Open starts the watchdog at path, "/dev/watchdog" on a real machine, with a timeout. It does so only when nobody else feeds it.
func Open(path string, timeout time.Duration) (*Device, error) {
	if timeout < Shortest || timeout > Longest {
		return nil, fmt.Errorf("watchdog: a timeout of %s: choose between %s and %s", timeout, Shortest, Longest)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, ErrNone
	case errors.Is(err, unix.EBUSY):
		return nil, fmt.Errorf("watchdog: somebody else feeds it, such as systemd: %w", err)
	case err != nil:
		return nil, fmt.Errorf("watchdog: %w", err)
	}
	d := &Device{file: f}
	if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.WDIOC_SETTIMEOUT, int(timeout/time.Second)); err != nil {
		return nil, errors.Join(fmt.Errorf("watchdog: its timeout cannot be set: %w", err), d.Close())
	}
	return d, nil
}

// Feed writes one byte.
func (d *Device) Feed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.file.Write([]byte{0}); err != nil {
		return fmt.Errorf("watchdog: %w", err)
	}
	return nil
}

// Close writes the magic V of linux/Documentation/watchdog: without it, closing leaves the watchdog running.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.file.Write([]byte{'V'})
	return errors.Join(err, d.file.Close())
}

// Fake is a watchdog for tests. The zero value has just been fed.
type Fake struct {
	mu     sync.Mutex
	meals  int
	closed bool
}

// Feed counts.
func (f *Fake) Feed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return os.ErrClosed
	}
	f.meals++
	return nil
}

// Close stops it.
func (f *Fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return os.ErrClosed
	}
	f.closed = true
	return nil
}

// Meals is how often it was fed.
func (f *Fake) Meals() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.meals
}

// Closed says whether the watchdog was stopped.
func (f *Fake) Closed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}
