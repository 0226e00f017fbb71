package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
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
	name     string // how its count is printed
	packages string // whose tests; empty: those of the package the fault is in
	run      string // only these tests; empty: all
	whole    bool   // all of them, not in short mode
}

// verdict is what became of a fault.
type verdict int

const (
	invalid  verdict = iota // it does not compile
	noticed                 // a test failed
	hung                    // a test did not come to its end in ten times the time it needs: noticed too
	survived                // nobody noticed
	unclear                 // the tests were ended from outside
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
	rand.New(rand.NewPCG(r.seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })

	n := count{by: make([]int, len(r.stages))}
	for rest := all; len(rest) > 0 && n.tried < r.sample && ctx.Err() == nil; {
		// Some do not compile: rather more than are missing.
		var batch []mutant
		for most := (r.sample-n.tried)*3/2 + 10; len(rest) > 0 && len(batch) < most; rest = rest[1:] {
			if equal[rest[0].key()] {
				n.excused++
				continue
			}
			batch = append(batch, rest[0])
		}
		b, err := r.build(ctx, batch)
		if err != nil {
			return errors.Join(err, r.close(ctx, n, len(all)))
		}
		r.try(ctx, b, &n)
	}
	return r.close(ctx, n, len(all))
}

// try judges the faults of a batch in their order until the sample is whole: which ones those are does not depend on how fast each worker is, save
// for the last few.
func (r *runner) try(ctx context.Context, b *batch, n *count) {
	next := 0
	var wg sync.WaitGroup
	for w := range r.workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				r.mu.Lock()
				if next >= len(b.faults) || n.tried >= r.sample {
					r.mu.Unlock()
					return
				}
				no := next
				next++
				r.mu.Unlock()
				v, at := r.judge(ctx, b, w, no)
				r.mu.Lock()
				if ctx.Err() == nil && n.tried < r.sample {
					r.note(n, b.faults[no], v, at)
				}
				r.mu.Unlock()
			}
		})
	}
	wg.Wait()
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
	_, _ = fmt.Fprintf(r.out, "%d of %d, %.1f %% noticed: %s: %s:%d: %s\n", n.tried, r.sample, n.share(), word, m.file, m.line, m.what)
	if v == survived {
		_, _ = fmt.Fprintf(r.out, "\t%s\n", m.source)
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
	_, _ = fmt.Fprintf(r.out, "mutate: %d of %d faults noticed, %.1f %%: %s; %d of them made a test hang (%d places, %d excused as equivalent, %d unclear, seed %d)\n",
		n.noticed, n.tried, n.share(), strings.Join(by, ", "), n.hung, places, n.excused, n.unclear, r.seed)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if n.share() < r.want {
		return fmt.Errorf("less than %.0f %%", r.want)
	}
	return nil
}
