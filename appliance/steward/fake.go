package steward

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Fake is a box for tests: Networkd, Machine, Clock and Journal in one, which remembers what was done to it.
type Fake struct {
	mu    sync.Mutex
	trail []string
	fails map[string]error
	lines []LogLine
}

// NewFake makes a box with these log lines.
func NewFake(lines ...LogLine) *Fake { return &Fake{fails: map[string]error{}, lines: lines} }

// Fail makes a deed, such as "reload" or "reboot", fail from now on; nil heals it.
func (f *Fake) Fail(deed string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails[deed] = err
}

// Trail is what was done, oldest first: "reload", "delete autocom20", "reboot", "poweroff", "restart autocom-core.service", "time 2026-…", "lines".
func (f *Fake) Trail() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.trail)
}

func (f *Fake) did(deed, detail string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fails[deed]; err != nil {
		return err
	}
	if detail != "" {
		deed += " " + detail
	}
	f.trail = append(f.trail, deed)
	return nil
}

// Reload is of Networkd.
func (f *Fake) Reload(context.Context) error { return f.did("reload", "") }

// Delete is of Networkd.
func (f *Fake) Delete(_ context.Context, device string) error { return f.did("delete", device) }

// Reboot is of Machine.
func (f *Fake) Reboot(context.Context) error { return f.did("reboot", "") }

// PowerOff is of Machine.
func (f *Fake) PowerOff(context.Context) error { return f.did("poweroff", "") }

// Restart is of Machine.
func (f *Fake) Restart(_ context.Context, service string) error { return f.did("restart", service) }

// Set is of Clock.
func (f *Fake) Set(t time.Time) error { return f.did("time", t.UTC().Format(time.RFC3339)) }

// Synced is of Clock.
func (f *Fake) Synced() bool { return f.did("synced", "") == nil }

// Lines is of Journal.
func (f *Fake) Lines(_ context.Context, _ []string, n int, _ string) ([]LogLine, error) {
	if err := f.did("lines", ""); err != nil {
		return nil, err
	}
	return f.lines[max(0, len(f.lines)-n):], nil
}
