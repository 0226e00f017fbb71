package led

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"autocom/hwio/sysfs"
)

// Pattern is what a lamp does.
type Pattern string

// The patterns.
const (
	Off    Pattern = "off"
	Steady Pattern = "steady"
	Slow   Pattern = "slow" // one second lit, one second dark
	Fast   Pattern = "fast" // five times a second
)

// halfPeriod is how long a blinking lamp is lit, and how long dark.
func (p Pattern) halfPeriod() time.Duration {
	switch p {
	case Slow:
		return time.Second
	case Fast:
		return 100 * time.Millisecond
	case Off, Steady:
	}
	return 0
}

// Front is the lamps of the box. Its methods may be called on any goroutine and do not block for longer than the kernel takes to write a file.
type Front interface {
	// Names lists the lamps there are, sorted.
	Names() []string
	// Show makes a lamp do a pattern until the next Show. The error is ErrNoLamp for one the box does not have.
	Show(lamp string, p Pattern) error
}

// ErrNoLamp is in the error for a lamp that the box does not have.
var ErrNoLamp = errors.New("the box has no such lamp")

// maxLamps bounds how many lamps are looked at.
const maxLamps = 64

// Sysfs is the lamps of the machine we run on.
type Sysfs struct {
	dir   string
	names []string
}

// Open finds the lamps under sys, which is "/sys" on a real machine. A box without lamps is no error: Names is then empty.
func Open(sys string) (*Sysfs, error) {
	dir := filepath.Join(sys, "class", "leds")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("lamps: %w", err)
	}
	s := &Sysfs{dir: dir}
	for _, e := range entries {
		if len(s.names) < maxLamps && !strings.HasPrefix(e.Name(), "input") { // a keyboard's lights are not the front's
			s.names = append(s.names, e.Name())
		}
	}
	return s, nil
}

// Names lists the lamps.
func (s *Sysfs) Names() []string { return slices.Clone(s.names) }

// Show writes the lamp's trigger and brightness.
func (s *Sysfs) Show(lamp string, p Pattern) error {
	if !slices.Contains(s.names, lamp) {
		return fmt.Errorf("%q: %w", lamp, ErrNoLamp)
	}
	write := func(file, word string) error {
		if err := os.WriteFile(filepath.Join(s.dir, lamp, file), []byte(word), 0o644); err != nil {
			return fmt.Errorf("lamp %s: %w", lamp, err)
		}
		return nil
	}
	if half := p.halfPeriod(); half > 0 {
		// The kernel makes delay_on and delay_off appear with the trigger, so the order matters.
		ms := strconv.FormatInt(half.Milliseconds(), 10)
		if err := write("trigger", "timer"); err != nil {
			return err
		}
		return errors.Join(write("delay_on", ms), write("delay_off", ms))
	}
	if err := write("trigger", "none"); err != nil {
		return err
	}
	if p == Off {
		return write("brightness", "0")
	}
	full, err := sysfs.Number(filepath.Join(s.dir, lamp, "max_brightness"))
	if err != nil || full < 1 {
		full = 1 // a lamp that does not say how bright it can be is lit or dark
	}
	return write("brightness", strconv.FormatInt(full, 10))
}

// Fake is lamps in memory for tests. The zero value has no lamps.
type Fake struct {
	mu    sync.Mutex
	lamps []string
	shown map[string]Pattern
	trail []string
}

// NewFake makes dark lamps with these names.
func NewFake(lamps ...string) *Fake {
	slices.Sort(lamps)
	return &Fake{lamps: lamps, shown: map[string]Pattern{}}
}

// Names lists the lamps.
func (f *Fake) Names() []string { return slices.Clone(f.lamps) }

// Show remembers what the lamp does.
func (f *Fake) Show(lamp string, p Pattern) error {
	if !slices.Contains(f.lamps, lamp) {
		return fmt.Errorf("%q: %w", lamp, ErrNoLamp)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown[lamp] = p
	f.trail = append(f.trail, lamp+" "+string(p))
	return nil
}

// Shown is what a lamp does now.
func (f *Fake) Shown(lamp string) Pattern {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.shown[lamp]; ok {
		return p
	}
	return Off
}

// Trail is everything that was shown, oldest first, as "lamp pattern".
func (f *Fake) Trail() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.trail)
}
