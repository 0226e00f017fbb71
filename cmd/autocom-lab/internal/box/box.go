// Package box starts the real box as a child process, asks it how it is, reads
// its facts, and reads from /proc what it costs.
package box

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// A Box is a running `autocom run`. Close ends it and waits.
type Box struct {
	bin, dir string
	cmd      *exec.Cmd
	ended    chan struct{}
	err      error // how it ended; valid after ended
	log      *tail
}

// Program finds the autocom program: that of AUTOCOM_BIN, or the one beside
// this program.
func Program() (string, error) {
	if p := os.Getenv("AUTOCOM_BIN"); p != "" {
		return p, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	p := filepath.Join(filepath.Dir(self), "autocom")
	if _, err := os.Stat(p); err != nil {
		return "", fmt.Errorf("the box's program is not at %s: build it with `make build`, or name it in AUTOCOM_BIN", p)
	}
	return p, nil
}

// Start runs the box of that site document with its state in dir. Its log goes
// to dir/box.log. more are further flags of `autocom run`.
func Start(bin, dir, document, level string, more ...string) (*Box, error) {
	logFile, err := os.OpenFile(filepath.Join(dir, "box.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	b := &Box{bin: bin, dir: dir, ended: make(chan struct{}), log: &tail{to: logFile}}
	b.cmd = exec.Command(bin, append([]string{"run", "--dir", dir, "--site", document, "--log", level}, more...)...)
	b.cmd.Stdout, b.cmd.Stderr = b.log, b.log
	// Its own group: Ctrl-C reaches us, and we stop it. It dies with us, however we die.
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	b.cmd.WaitDelay = 5 * time.Second
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // Pdeathsig follows the thread that started the child
		defer runtime.UnlockOSThread()
		defer close(b.ended)
		defer func() { _ = logFile.Close() }() // a log that lost its end is still a log
		if err := b.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		b.err = b.cmd.Wait()
	}()
	if err := <-started; err != nil {
		<-b.ended
		return nil, fmt.Errorf("cannot start %s: %w", bin, err)
	}
	return b, nil
}

// Attach makes a client of a box that somebody else started in dir.
func Attach(bin, dir string) *Box { return &Box{bin: bin, dir: dir} }

// Close stops the box as Ctrl-C would, and by force after 15 s.
func (b *Box) Close() {
	if b.cmd == nil {
		return
	}
	_ = b.cmd.Process.Signal(os.Interrupt) // it may have ended
	select {
	case <-b.ended:
	case <-time.After(15 * time.Second):
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
		<-b.ended
	}
}

// Ended is closed when a box started here has ended.
func (b *Box) Ended() <-chan struct{} { return b.ended }

// LastWords is the end of its log.
func (b *Box) LastWords() string {
	if b.log == nil {
		return ""
	}
	return b.log.String()
}

// command runs one of the box's own commands.
func (b *Box) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.bin, append(args, "--dir", b.dir, "--json")...)
	cmd.WaitDelay = time.Second
	return cmd
}

// Ready waits until the box answers and its media process is up.
func (b *Box) Ready(ctx context.Context) (Status, error) {
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for {
		s, err := b.Status(ctx)
		if err == nil && s.Media.Up {
			return s, nil
		}
		select {
		case <-b.ended:
			return s, fmt.Errorf("the box ended at its start: %w\n%s", errors.Join(b.err), b.LastWords())
		case <-ctx.Done():
			return s, fmt.Errorf("the box was not ready in time (%w)\n%s", errors.Join(context.Cause(ctx), err), b.LastWords())
		case <-pause.C:
		}
	}
}

// Status is what `autocom status --json` says, as far as the lab reads it.
type Status struct {
	SIP  string `json:"sip"`
	Site struct {
		Name string `json:"name"`
	} `json:"site"`
	Media struct {
		Up   bool `json:"up"`
		Legs int  `json:"legs"`
	} `json:"media"`
	Trunks []struct {
		Name  string `json:"name"`
		Up    bool   `json:"up"`
		InUse int    `json:"in_use"`
	} `json:"trunks"`
	Extensions []struct {
		Number    string `json:"number"`
		Reachable bool   `json:"reachable"`
	} `json:"extensions"`
	Queues []struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Waiting   int    `json:"waiting"`
		LongestMS int64  `json:"longest_ms"`
		Talking   int    `json:"talking"`
	} `json:"queues"`
	Agents []struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Extension string `json:"extension"`
		Session   string `json:"session"`
		Activity  string `json:"activity"`
		Call      string `json:"call"`
		SinceMS   int64  `json:"since_ms"`
	} `json:"agents"`
	Calls []struct {
		ID      string `json:"id"`
		Flow    string `json:"flow"`
		Caller  string `json:"caller"`
		Dialled string `json:"dialled"`
		State   string `json:"state"`
		Queue   string `json:"queue"`
		Agent   string `json:"agent"`
		AgeMS   int64  `json:"age_ms"`
	} `json:"calls"`
	Warnings []string `json:"warnings"`
}

// Status asks the box.
func (b *Box) Status(ctx context.Context) (Status, error) {
	var s Status
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := b.command(ctx, "status")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("autocom status: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, fmt.Errorf("autocom status: %w", err)
	}
	return s, nil
}

// A Fact is one line of `autocom calls --facts --json`.
type Fact struct {
	Kind    string          `json:"kind"`
	Body    json.RawMessage `json:"body"`
	Address struct {
		Stream string `json:"stream"`
		Epoch  uint32 `json:"epoch"`
		N      uint64 `json:"n"`
	} `json:"address"`
	At struct {
		UTC int64 `json:"utc"`
	} `json:"at"`
}

// Field gives a text field of the fact, "" without one.
func (f Fact) Field(name string) string {
	var all map[string]any
	if json.Unmarshal(f.Body, &all) != nil {
		return ""
	}
	switch v := all[name].(type) {
	case string:
		return v
	case float64:
		return fmt.Sprintf("%.0f", v)
	case nil:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// Follow gives every fact from now on to each until the context ends or the
// box does.
func (b *Box) Follow(ctx context.Context, each func(Fact)) error {
	cmd := b.command(ctx, "calls", "--follow")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = read(out, each)
	if werr := cmd.Wait(); err == nil || errors.Is(err, io.EOF) {
		err = werr
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Facts gives every fact there is.
func (b *Box) Facts(ctx context.Context) ([]Fact, error) {
	out, err := b.command(ctx, "calls", "--facts").Output()
	if err != nil {
		return nil, fmt.Errorf("autocom calls: %w", err)
	}
	var all []Fact
	err = read(bytes.NewReader(out), func(f Fact) { all = append(all, f) })
	return all, err
}

func read(r io.Reader, each func(Fact)) error {
	d := json.NewDecoder(r)
	for {
		var f Fact
		if err := d.Decode(&f); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("reading facts: %w", err)
		}
		each(f)
	}
}

// tail passes a log on and keeps its end.
type tail struct {
	to  io.Writer
	mu  sync.Mutex
	end []byte
}

const tailBytes = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, b...)
	if over := len(t.end) - tailBytes; over > 0 {
		t.end = append(t.end[:0], t.end[over:]...)
	}
	return t.to.Write(b)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.end)
}
