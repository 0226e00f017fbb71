// Package cloud starts the real central console as a child process and speaks
// to it as an administrator's browser would.
package cloud

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A Cloud is a running `autocom-cloud serve`. Close ends it and waits.
type Cloud struct {
	Console string // http://host:port, for browsers
	Devices string // https://host:port, for boxes

	bin, dir string
	more     []string
	at       [2]netip.AddrPort
	cmd      *exec.Cmd
	ended    chan struct{}
	log      *os.File
}

// Program finds the autocom-cloud program: that of AUTOCOM_CLOUD_BIN, or the
// one beside this program.
func Program() (string, error) {
	if p := os.Getenv("AUTOCOM_CLOUD_BIN"); p != "" {
		return p, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	p := filepath.Join(filepath.Dir(self), "autocom-cloud")
	if _, err := os.Stat(p); err != nil {
		return "", fmt.Errorf("the console's program is not at %s: build it with `make build`, or name it in AUTOCOM_CLOUD_BIN", p)
	}
	return p, nil
}

// Start runs the console with its files in dir and its log in dir/cloud.log.
// A port 0, or one that is taken, becomes a free one. more are further flags
// of `autocom-cloud serve`.
func Start(ctx context.Context, bin, dir string, console, devices netip.AddrPort, more ...string) (*Cloud, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c := &Cloud{bin: bin, dir: dir, more: more}
	for i, want := range []netip.AddrPort{console, devices} {
		at, err := freePort(want)
		if err != nil {
			return nil, err
		}
		c.at[i] = at
	}
	c.Console, c.Devices = "http://"+c.at[0].String(), "https://"+c.at[1].String()
	return c, c.Run(ctx)
}

// freePort gives at when its TCP port is free, else another one on it.
func freePort(at netip.AddrPort) (netip.AddrPort, error) {
	var errs []error
	for _, try := range []netip.AddrPort{at, netip.AddrPortFrom(at.Addr(), 0)} {
		l, err := net.Listen("tcp", try.String())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		got := l.Addr().(*net.TCPAddr).AddrPort()
		return got, l.Close()
	}
	return at, fmt.Errorf("no free port on %s: %w", at.Addr(), errors.Join(errs...))
}

// Run starts the program, at first or again after Kill, and waits until it answers.
func (c *Cloud) Run(ctx context.Context) error {
	var err error
	if c.log, err = os.OpenFile(filepath.Join(c.dir, "cloud.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return err
	}
	cmd := exec.Command(c.bin, append([]string{"serve", "--dir", c.dir, "--console", c.at[0].String(), "--devices", c.at[1].String()}, c.more...)...)
	cmd.Stdout, cmd.Stderr = c.log, c.log
	// Its own group: Ctrl-C reaches us, and we stop it. It dies with us, however we die.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	c.cmd, c.ended = cmd, make(chan struct{})
	started := make(chan error, 1)
	go func(ended chan struct{}) {
		runtime.LockOSThread() // Pdeathsig follows the thread that started the child
		defer runtime.UnlockOSThread()
		defer close(ended)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		_ = cmd.Wait() // how it ended stands in its log
	}(c.ended)
	if err := <-started; err != nil {
		<-c.ended
		return fmt.Errorf("cannot start %s: %w", c.bin, err)
	}
	return c.ready(ctx)
}

// ready waits until both listeners take connections.
func (c *Cloud) ready(ctx context.Context) error {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	var d net.Dialer
	for _, at := range c.at {
		for {
			conn, err := d.DialContext(ctx, "tcp", at.String())
			if err == nil {
				_ = conn.Close()
				break
			}
			select {
			case <-c.ended:
				return fmt.Errorf("the console ended at once:\n%s", c.LastWords())
			case <-ctx.Done():
				return fmt.Errorf("the console does not listen on %s: %w\n%s", at, ctx.Err(), c.LastWords())
			case <-pause.C:
			}
		}
	}
	return nil
}

// LastWords is the end of its log.
func (c *Cloud) LastWords() string {
	text, err := os.ReadFile(filepath.Join(c.dir, "cloud.log"))
	if err != nil {
		return err.Error()
	}
	if len(text) > 4000 {
		text = text[len(text)-4000:]
	}
	return string(text)
}

// Kill ends the program as a power cut would.
func (c *Cloud) Kill() {
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // it may have ended
	<-c.ended
	_ = c.log.Close()
}

// Close stops the program as Ctrl-C would, and by force after 10 s.
func (c *Cloud) Close() {
	_ = c.cmd.Process.Signal(os.Interrupt) // it may have ended
	select {
	case <-c.ended:
		_ = c.log.Close()
	case <-time.After(10 * time.Second):
		c.Kill()
	}
}

// AddTenant makes a customer and gives the code with which its first
// administrator signs in. The program may be running.
func (c *Cloud) AddTenant(ctx context.Context, name string) (code string, err error) {
	cmd := exec.CommandContext(ctx, c.bin, "tenant", "add", name, "--dir", c.dir, "--json")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("autocom-cloud tenant add: %w: %s", err, stderrOf(err))
	}
	return codeIn(out)
}

func stderrOf(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return strings.TrimSpace(string(exit.Stderr))
	}
	return ""
}

// Password makes an administrator's password.
func Password() string { return rand.Text()[:20] }
