package box

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// ErrNoTrace says that system calls cannot be counted on this machine.
var ErrNoTrace = errors.New("system calls are counted by strace, which is not installed")

// A Trace counts the system calls of the box's processes from its start on.
type Trace struct{ running []tracing }

type tracing struct {
	name string
	cmd  *exec.Cmd
	out  *bytes.Buffer
	read chan struct{} // closed when all was read
}

// Trace begins to count. It slows the box down, so nothing else can be measured meanwhile.
func (b *Box) Trace() (*Trace, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return nil, ErrNoTrace
	}
	procs, err := b.Processes()
	if err != nil {
		return nil, err
	}
	t := &Trace{}
	for _, p := range procs {
		r, err := attach(strace, p)
		if err != nil {
			_, _ = t.Stop() // the first error is the one to tell
			return nil, err
		}
		t.running = append(t.running, r)
	}
	return t, nil
}

const attachIn = 10 * time.Second

func attach(strace string, p Process) (tracing, error) {
	r := tracing{name: p.Name, out: &bytes.Buffer{}, read: make(chan struct{})}
	r.cmd = exec.Command(strace, "-f", "-c", "-o", "/dev/stdout", "-p", strconv.Itoa(p.PID))
	r.cmd.Stdout = r.out
	r.cmd.WaitDelay = time.Second
	said, err := r.cmd.StderrPipe()
	if err != nil {
		return r, err
	}
	if err := r.cmd.Start(); err != nil {
		return r, fmt.Errorf("box: cannot count system calls: %w", err)
	}
	attached := make(chan struct{})
	go func() {
		defer close(r.read)
		lines := bufio.NewReader(said)
		for known := false; ; {
			line, err := lines.ReadString('\n')
			if !known && strings.Contains(line, "attached") {
				known = true
				close(attached)
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case <-attached:
		return r, nil
	case <-r.read:
		err = fmt.Errorf("box: strace may not look at the box's %s process", p.Name)
	case <-time.After(attachIn):
		err = fmt.Errorf("box: strace did not reach the box's %s process in %s", p.Name, attachIn)
	}
	_ = r.cmd.Process.Kill() // it may have ended
	<-r.read
	_ = r.cmd.Wait() // killed
	return r, err
}

// Calls is how often a process made each system call.
type Calls map[string]int

// Total is the number of all of them.
func (c Calls) Total() (n int) {
	for _, k := range c {
		n += k
	}
	return n
}

// Stop ends the counting and gives each process's calls by its name.
func (t *Trace) Stop() (map[string]Calls, error) {
	all := map[string]Calls{}
	var errs []error
	for _, r := range t.running {
		_ = r.cmd.Process.Signal(os.Interrupt) // it lets the box go and prints what it counted
	}
	for _, r := range t.running {
		<-r.read
		_ = r.cmd.Wait() // strace ends by the signal
		calls, err := counted(r.out)
		if err != nil {
			errs = append(errs, fmt.Errorf("box: counting %s: %w", r.name, err))
		}
		all[r.name] = calls
	}
	return all, errors.Join(errs...)
}

// counted reads the table of `strace -c`: share, seconds, µs a call, calls, errors if any, name.
func counted(table io.Reader) (Calls, error) {
	c := Calls{}
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 5 || f[len(f)-1] == "total" {
			continue
		}
		n, err := strconv.Atoi(f[3])
		if err != nil {
			continue // its heading and rules
		}
		c[f[len(f)-1]] += n
	}
	if len(c) == 0 {
		return c, errors.New("strace printed nothing")
	}
	return c, lines.Err()
}
