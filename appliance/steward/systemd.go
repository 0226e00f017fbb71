package steward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	"golang.org/x/sys/unix"
)

// Booted reports whether systemd runs the machine under root, "/" on a real one (sd_booted(3)).
func Booted(root string) bool {
	st, err := os.Lstat(root + "/run/systemd/system")
	return err == nil && st.IsDir()
}

// Systemd is a box that systemd runs: Machine, Networkd, Clock and Journal in one.
type Systemd struct{}

// job has systemd begin or finish a job, and says what became of it.
func (Systemd) job(ctx context.Context, begin func(*dbus.Conn, chan<- string) (int, error), wait bool) error {
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return fmt.Errorf("systemd does not answer: %w", err)
	}
	defer conn.Close()
	var result chan string
	if wait {
		result = make(chan string, 1)
	}
	if _, err := begin(conn, result); err != nil {
		return fmt.Errorf("systemd refused: %w", err)
	}
	if !wait {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case r := <-result:
		if r != "done" {
			return fmt.Errorf("systemd says %q: see the logs", r)
		}
		return nil
	}
}

// Reboot begins the target that stops everything and restarts.
func (s Systemd) Reboot(ctx context.Context) error { return s.target(ctx, "reboot.target") }

// PowerOff begins the target that stops everything.
func (s Systemd) PowerOff(ctx context.Context) error { return s.target(ctx, "poweroff.target") }

func (s Systemd) target(ctx context.Context, name string) error {
	return s.job(ctx, func(c *dbus.Conn, ch chan<- string) (int, error) {
		return c.StartUnitContext(ctx, name, "replace-irreversibly", ch) // as systemctl does
	}, false)
}

// Restart starts a unit again and waits for it.
func (s Systemd) Restart(ctx context.Context, service string) error {
	return s.job(ctx, func(c *dbus.Conn, ch chan<- string) (int, error) {
		return c.RestartUnitContext(ctx, service, "replace", ch)
	}, true)
}

// The programs that are asked, by full path: the steward has no search path to be led astray by.
const (
	networkctl = "/usr/bin/networkctl"
	journalctl = "/usr/bin/journalctl"
)

// Reload makes networkd read its files; it sets interfaces anew whose files have changed.
func (Systemd) Reload(ctx context.Context) error {
	_, err := output(ctx, networkctl, "reload")
	return err
}

// Delete takes a VLAN's device away.
func (Systemd) Delete(ctx context.Context, name string) error {
	if _, err := os.Lstat("/sys/class/net/" + name); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	_, err := output(ctx, networkctl, "delete", name)
	return err
}

// Set moves the clock.
func (Systemd) Set(t time.Time) error {
	tv := unix.NsecToTimeval(t.UnixNano())
	if err := unix.Settimeofday(&tv); err != nil {
		return fmt.Errorf("%w: %w", ErrClock, err)
	}
	return nil
}

// Synced looks at the mark that systemd-timesyncd leaves.
func (Systemd) Synced() bool {
	_, err := os.Stat("/run/systemd/timesync/synchronized")
	return err == nil
}

// Lines asks journalctl; the library that reads the journal itself needs C.
func (Systemd) Lines(ctx context.Context, units []string, n int, after string) ([]LogLine, error) {
	out, err := output(ctx, journalctl, arguments(units, n, after)...)
	if err != nil {
		return nil, err
	}
	return parseLogs(bytes.NewReader(out), n)
}

// output runs a program without a shell, and gives what it writes, bounded.
func output(ctx context.Context, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"LC_ALL=C.UTF-8"}
	out, complaint := &bounded{limit: maxRawBytes}, &bounded{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w %s", path, err, strings.TrimSpace(complaint.b.String()))
	}
	return out.b.Bytes(), nil
}

// bounded keeps the first bytes and lets the rest go by.
type bounded struct {
	b     bytes.Buffer
	limit int
}

func (w *bounded) Write(p []byte) (int, error) {
	w.b.Write(p[:min(len(p), w.limit-w.b.Len())])
	return len(p), nil
}
