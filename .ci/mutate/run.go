package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// runner tries faults until enough of them compiled.
type runner struct {
	root            string // where the go command runs; empty: here
	dir, only       string // faults are planted in dir, below root
	equivalents     string
	stages          []stage
	sample, workers int
	seed            uint64
	least           time.Duration
	want            float64
	out             io.Writer

	tmp string
	mu  sync.Mutex
}

// stage is a set of tests a fault is put before once the stages before it passed.
type stage struct {
	name  string   // how its count is printed
	args  []string // of go test
	limit time.Duration
}

// ownRoom among a stage's arguments stands for the package the fault is planted in.
const ownRoom = "own room"

// verdict is what became of a fault at one stage.
type verdict int

const (
	invalid  verdict = iota // it does not compile
	noticed                 // a test failed
	hung                    // a test did not come to its end in ten times the time it needs: noticed too
	survived                // nobody noticed
	unclear                 // the go command was ended from outside
)

var errInterrupted = errors.New("interrupted")

// count is what came out so far.
type count struct {
	tried, noticed, hung, excused, unclear int
	by                                     []int // of each stage
}

func (c count) share() float64 { return 100 * float64(c.noticed) / float64(c.tried) }

func (r *runner) run(ctx context.Context) error {
	all, err := mutants(r.root, r.dir, r.only)
	if err != nil {
		return err
	}
	equal, err := readEquivalents(r.equivalents)
	if err != nil {
		return err
	}
	if r.tmp, err = os.MkdirTemp("", "mutate"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(r.tmp) }() // a temporary directory
	if err := r.measure(ctx); err != nil {
		return err
	}
	rand.New(rand.NewPCG(r.seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })

	// The next fault is taken until enough compiled: which ones those are does not depend on how fast each worker is, save for the last few.
	n := count{by: make([]int, len(r.stages))}
	next := 0
	var wg sync.WaitGroup
	for w := range r.workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				r.mu.Lock()
				if next >= len(all) || n.tried >= r.sample {
					r.mu.Unlock()
					return
				}
				m := all[next]
				next++
				if equal[m.key()] {
					n.excused++
					r.mu.Unlock()
					continue
				}
				r.mu.Unlock()
				v, at := r.judge(ctx, w, m)
				r.mu.Lock()
				if ctx.Err() == nil && n.tried < r.sample {
					r.note(&n, m, v, at)
				}
				r.mu.Unlock()
			}
		})
	}
	wg.Wait()
	return r.close(ctx, n, len(all))
}

// note counts one fault and says how it went. The caller holds mu.
func (r *runner) note(n *count, m mutant, v verdict, at int) {
	word := ""
	switch v {
	case invalid:
		return
	case unclear:
		n.unclear++
		return
	case hung:
		n.hung++
		fallthrough
	case noticed:
		n.tried++
		n.noticed++
		n.by[at]++
		word = "noticed " + r.stages[at].name
	case survived:
		n.tried++
		word = "SURVIVED"
	}
	fmt.Fprintf(r.out, "%d of %d, %.1f %% noticed: %s %s:%d: %s\n", n.tried, r.sample, n.share(), word, m.file, m.line, m.what)
	if v == survived {
		fmt.Fprintf(r.out, "\t%s\n", m.source)
	}
}

// close prints the sum, and is an error when too few were noticed.
func (r *runner) close(ctx context.Context, n count, places int) error {
	if n.tried == 0 {
		return errors.Join(errors.New("no fault was judged"), ctx.Err())
	}
	var by []string
	for i, st := range r.stages {
		by = append(by, fmt.Sprintf("%d %s", n.by[i], st.name))
	}
	fmt.Fprintf(r.out, "mutate: %d of %d faults noticed, %.1f %%: %s; %d of them made a test hang (%d places, %d excused as equivalent, %d unclear, seed %d)\n",
		n.noticed, n.tried, n.share(), strings.Join(by, ", "), n.hung, places, n.excused, n.unclear, r.seed)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if n.share() < r.want {
		return fmt.Errorf("less than %.0f %%", r.want)
	}
	return nil
}

// measure runs every stage without a fault. Ten times what it takes is what it may take with one: on a machine that is busy with something else
// for a while no fault counts as noticed because of that.
func (r *runner) measure(ctx context.Context) error {
	for i := range r.stages {
		st := &r.stages[i]
		args := append([]string{"test", "-short", "-vet=off", "-count=1"}, st.args...)
		for k := range args {
			if args[k] == ownRoom {
				args[k] = "./" + r.dir + "/..."
			}
		}
		start := time.Now()
		out, err := r.tool(ctx, args)
		if err != nil {
			return fmt.Errorf("the tests fail without a fault: %w\n%s", err, out)
		}
		took := time.Since(start)
		st.limit = max(r.least, 10*took)
		fmt.Fprintf(r.out, "without a fault, %s: %.0f s\n", strings.Join(args[4:], " "), took.Seconds())
	}
	return nil
}

// judge puts a fault before one stage after the other until one notices it, and says which did.
func (r *runner) judge(ctx context.Context, worker int, m mutant) (verdict, int) {
	file := filepath.Join(r.tmp, fmt.Sprintf("%d.go", worker))
	overlay := filepath.Join(r.tmp, fmt.Sprintf("%d.json", worker))
	path, err := filepath.Abs(filepath.Join(r.root, m.file))
	if err != nil {
		return unclear, 0
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	if err := errors.Join(err, os.WriteFile(file, m.text(), 0o600), os.WriteFile(overlay, text, 0o600)); err != nil {
		return unclear, 0
	}
	room := "./" + filepath.Dir(m.file)
	if _, err := r.tool(ctx, []string{"build", "-overlay", overlay, room}); err != nil {
		return invalid, 0
	}
	for i, st := range r.stages {
		args := []string{"test", "-short", "-vet=off", "-failfast", "-timeout", st.limit.String(), "-overlay", overlay}
		for _, a := range st.args {
			if a == ownRoom {
				a = room
			}
			args = append(args, a)
		}
		out, err := r.tool(ctx, args)
		if v := verdictOf(out, err); v != survived {
			return v, i
		}
	}
	return survived, 0
}

// verdictOf reads what go test said.
func verdictOf(out string, err error) verdict {
	switch {
	case err == nil:
		return survived
	case strings.Contains(out, "panic: test timed out after"):
		return hung
	case strings.Contains(out, "[build failed]") && !strings.Contains(out, "--- FAIL"):
		return invalid
	case strings.Contains(out, "FAIL\t"):
		return noticed
	default:
		return unclear
	}
}

// tool runs the go command. Tests end by themselves at their limit; nothing else may take as long as this.
func (r *runner) tool(ctx context.Context, args []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	// The tests are children of the go command: they end together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}
