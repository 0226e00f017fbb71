// Program mutate plants small faults in the exchange, one at a time, and counts those that no test notices. Nothing is changed on disk: the
// compiler gets the faulty file as an overlay.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := runner{}
	flag.IntVar(&r.sample, "n", 60, "how many faults that compile to try")
	flag.Uint64Var(&r.seed, "seed", 1, "chooses the faults; the same ones each time")
	flag.DurationVar(&r.limit, "timeout", 90*time.Second, "for the tests of one fault; a fault that makes them hang was noticed")
	flag.IntVar(&r.workers, "workers", 2, "faults tried at the same time")
	flag.StringVar(&r.dir, "dir", "appliance/exchange", "where faults are planted and whose tests have to notice")
	flag.StringVar(&r.only, "only", "", "plant faults only in files whose path contains this")
	flag.Float64Var(&r.want, "want", 90, "per cent that must be noticed")
	flag.Parse()
	if err := r.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

type runner struct {
	sample, workers int
	seed            uint64
	limit           time.Duration
	dir, only       string
	want            float64

	tmp string
	mu  sync.Mutex
}

// verdict is what became of a fault.
type verdict int

const (
	invalid  verdict = iota // it does not compile
	noticed                 // a test failed, or hung
	survived                // nobody noticed
)

var errInterrupted = errors.New("interrupted")

func (r *runner) run(ctx context.Context) error {
	all, err := mutants(r.dir, r.only)
	if err != nil {
		return err
	}
	equal, err := readEquivalents(".ci/mutate/equivalent.txt")
	if err != nil {
		return err
	}
	if r.tmp, err = os.MkdirTemp("", "mutate"); err != nil {
		return err
	}
	defer os.RemoveAll(r.tmp)
	if v, out := r.try(ctx, 0, nil); v != survived {
		return fmt.Errorf("the tests fail without a fault:\n%s", out)
	}
	rand.New(rand.NewPCG(r.seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })

	// The next fault is taken until enough compiled: which ones those are does not depend on how fast each worker is, save for the last few.
	var killed, lived, excused, next int
	var wg sync.WaitGroup
	for w := range r.workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				r.mu.Lock()
				if next >= len(all) || killed+lived >= r.sample {
					r.mu.Unlock()
					return
				}
				m := all[next]
				next++
				r.mu.Unlock()
				if equal[m.key()] {
					r.mu.Lock()
					excused++
					r.mu.Unlock()
					continue
				}
				v, _ := r.try(ctx, w+1, &m)
				r.mu.Lock()
				switch {
				case ctx.Err() != nil || v == invalid || killed+lived >= r.sample:
				case v == noticed:
					killed++
				default:
					lived++
					fmt.Printf("survived: %s:%d: %s\n\t%s\n", m.file, m.line, m.what, m.source)
				}
				r.mu.Unlock()
			}
		})
	}
	wg.Wait()
	if killed+lived == 0 {
		return errors.New("no fault compiled")
	}
	share := 100 * float64(killed) / float64(killed+lived)
	fmt.Printf("mutate: %d of %d faults noticed, %.1f %% (%d places, %d excused as equivalent, seed %d)\n", killed, killed+lived, share, len(all), excused, r.seed)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if share < r.want {
		return fmt.Errorf("less than %.0f %%", r.want)
	}
	return nil
}

// try runs the tests with one fault, or with none.
func (r *runner) try(ctx context.Context, worker int, m *mutant) (verdict, string) {
	args := []string{}
	if m != nil {
		file := filepath.Join(r.tmp, fmt.Sprintf("%d.go", worker))
		overlay := filepath.Join(r.tmp, fmt.Sprintf("%d.json", worker))
		path, err := filepath.Abs(m.file)
		if err != nil {
			return invalid, err.Error()
		}
		text, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
		if err == nil {
			err = errors.Join(os.WriteFile(file, m.text(), 0o600), os.WriteFile(overlay, text, 0o600))
		}
		if err != nil {
			return invalid, err.Error()
		}
		args = append(args, "-overlay", overlay)
		if out, err := r.tool(ctx, append([]string{"build"}, append(args, "./"+filepath.Dir(m.file))...)); err != nil {
			return invalid, out
		}
	}
	args = append(append([]string{"test", "-short", "-vet=off", "-failfast", "-timeout", r.limit.String()}, args...), "./"+r.dir+"/...")
	out, err := r.tool(ctx, args)
	switch {
	case err == nil:
		return survived, out
	case strings.Contains(out, "[build failed]") && !strings.Contains(out, "--- FAIL"):
		return invalid, out
	default:
		return noticed, out
	}
}

func (r *runner) tool(ctx context.Context, args []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.limit+2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	// The tests are children of the go command: they end together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}
