package qemu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"autocom/image/tool"
)

// A Machine is a virtual machine that runs. Whoever started it stops it, with PowerCut or Shutdown.
type Machine struct {
	options  Options
	cmd      *exec.Cmd
	words    bytes.Buffer // QEMU's own, read when it ended
	console  *Line
	log      *Line
	monitor  *monitor
	drainers sync.WaitGroup
	ended    chan struct{}
	err      error // of the process, when ended is closed
}

// startTime is how long QEMU may take to open its sockets.
const startTime = 30 * time.Second

// Start starts a machine; the context's end is a power cut.
func Start(ctx context.Context, o Options) (*Machine, error) {
	program, args, err := o.command()
	if err != nil {
		return nil, err
	}
	if err := tool.Need("qemu-system-x86_64=qemu-system-x86", "qemu-system-aarch64=qemu-system-arm"); err != nil {
		return nil, err
	}
	if err := o.prepare(); err != nil {
		return nil, err
	}
	m := &Machine{options: o, ended: make(chan struct{})}
	m.cmd = exec.CommandContext(ctx, program, args...)
	m.cmd.Stdout, m.cmd.Stderr = &m.words, &m.words
	// A Ctrl-C is for the program that started the machine, which cuts the power itself.
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := m.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go func() {
		m.err = m.cmd.Wait()
		close(m.ended)
	}()
	if err := m.connect(ctx); err != nil {
		_ = m.cmd.Process.Kill()
		<-m.ended
		m.drainers.Wait()
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(m.words.Bytes()))
	}
	return m, nil
}

func (m *Machine) connect(ctx context.Context) error {
	var conn net.Conn
	var err error
	if !m.options.LeaveConsole {
		if conn, err = m.dial(ctx, "console.sock"); err != nil {
			return err
		}
		m.console = m.drained(newLine(conn, nil))
		m.log = m.console
	}
	if m.options.Arch != "arm64" {
		if conn, err = m.dial(ctx, "words.sock"); err != nil {
			return err
		}
		m.log = m.drained(newLine(conn, m.options.Log))
	}
	if conn, err = m.dial(ctx, "monitor.sock"); err != nil {
		return err
	}
	m.monitor, err = newMonitor(conn)
	return err
}

func (m *Machine) drained(l *Line) *Line {
	m.drainers.Go(l.drain)
	return l
}

// dial waits for a socket of QEMU.
func (m *Machine) dial(ctx context.Context, name string) (net.Conn, error) {
	end := time.Now().Add(startTime)
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", m.options.path(name))
		if err == nil {
			return conn, nil
		}
		select {
		case <-m.ended:
			return nil, fmt.Errorf("%w at once", ErrEnded)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("the machine's socket: %w", err)
		}
	}
}

// Console is the first serial line, the installer's.
func (m *Machine) Console() *Line { return m.console }

// Log is the second serial line: the kernel, systemd, and READY. On arm64 it is the first.
func (m *Machine) Log() *Line { return m.log }

// Ended is closed when the machine has stopped.
func (m *Machine) Ended() <-chan struct{} { return m.ended }

// Wait waits until the machine has stopped by itself.
func (m *Machine) Wait() error {
	<-m.ended
	m.drainers.Wait()
	_ = m.monitor.conn.Close()
	for _, l := range []*Line{m.console, m.log} {
		if l != nil {
			_ = l.conn.Close()
		}
	}
	if _, is := errors.AsType[*exec.ExitError](m.err); is {
		return fmt.Errorf("%w: %s", m.err, bytes.TrimSpace(m.words.Bytes()))
	}
	return m.err
}

// PowerCut ends the machine at once, as when the plug is pulled. Its disk keeps what was written; Start with the same directory powers it on again.
func (m *Machine) PowerCut() error {
	if err := m.monitor.do("quit"); err != nil {
		select {
		case <-m.ended:
		default:
			_ = m.cmd.Process.Kill()
			_ = m.Wait()
			return err
		}
	}
	return m.Wait()
}

// Reset starts the machine again without a warning. It needs Options.KeepOn.
func (m *Machine) Reset() error { return m.monitor.do("system_reset") }

// Shutdown presses the power button and waits; a machine that does not stop in time loses its power, and that is an error.
func (m *Machine) Shutdown(limit time.Duration) error {
	if err := m.monitor.do("system_powerdown"); err != nil {
		return err
	}
	select {
	case <-m.ended:
		return m.Wait()
	case <-time.After(limit):
		return errors.Join(fmt.Errorf("the machine did not stop in %s; its last words: %q", limit, tail(m.log.All())), m.PowerCut())
	}
}

func tail(s string) string { return s[max(0, len(s)-800):] }

// prepare makes the machine's directory: a copy of the disk, the firmware's variables, no old sockets.
func (o Options) prepare() error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"console.sock", "words.sock", "monitor.sock"} {
		if err := os.Remove(o.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if o.Disk == "" {
		return nil
	}
	for to, from := range map[string]string{"disk.img": o.Disk, "vars.fd": firmwareVars} {
		if _, err := os.Stat(o.path(to)); err == nil {
			continue
		}
		if err := copySparse(o.path(to), from); err != nil {
			return fmt.Errorf("%s: %w", to, err)
		}
	}
	return nil
}

// copySparse copies a file and leaves holes where it holds nothing, so that the built image stays clean and its copy small.
func copySparse(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	info, err := in.Stat()
	if err != nil {
		return err
	}
	part := to + ".part"
	out, err := os.Create(part)
	if err != nil {
		return err
	}
	err = out.Truncate(info.Size())
	b, empty := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); err == nil; {
		n, readErr := in.ReadAt(b, at)
		if !bytes.Equal(b[:n], empty[:n]) {
			_, err = out.WriteAt(b[:n], at)
		}
		at += int64(n)
		if errors.Is(readErr, io.EOF) {
			break
		}
		err = errors.Join(err, readErr)
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(part, to)
}
