// Program mutate plants small faults in the exchange, one at a time, and counts those that no test notices. Nothing is changed on disk: the
// compiler gets the faulty files as an overlay, with all faults in them, of which a test program is asked to have one. A fault is put before the
// tests of its own room first, then before those of the whole exchange, then before the call stories, the statistics and the long tests that
// "make test" runs, and is a survivor when all of them pass.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := runner{out: os.Stdout, equivalents: ".ci/mutate/equivalent.txt"}
	var dir string
	var stories bool
	flag.IntVar(&r.sample, "n", 60, "how many faults that compile to try")
	flag.Uint64Var(&r.seed, "seed", 1, "chooses the faults; the same ones each time")
	flag.DurationVar(&r.least, "timeout", 90*time.Second, "for the tests of one fault, at the least: they get ten times what they take without a fault; a fault that makes them hang was noticed")
	flag.IntVar(&r.workers, "workers", 2, "faults tried at the same time")
	flag.StringVar(&dir, "dir", "appliance/exchange", "where faults are planted and whose tests are asked")
	flag.StringVar(&r.only, "only", "", "plant faults only in files whose path contains this")
	flag.BoolVar(&stories, "stories", true, "ask the call stories too, and what takes long")
	flag.Float64Var(&r.want, "want", 90, "per cent that must be noticed")
	flag.Parse()
	r.dir = dir
	r.stages = []stage{
		{name: "by the tests of their own room"},
		{name: "by others of the exchange", packages: "./" + dir + "/..."},
	}
	if stories {
		r.stages = append(r.stages,
			stage{name: "by call stories", packages: "./appliance/sim", run: "^TestStories$"},
			stage{name: "by the tallies", packages: "./appliance/tally/ledger"},
			stage{name: "by long tests of the exchange", packages: "./" + dir, whole: true},
		)
	}
	if err := errors.Join(bound(), r.run(ctx)); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// most is what a compiler or a test may take of addresses, in bytes: a fault that makes a loop collect for ever ends there and not with the machine.
const most = 8 << 30

// bound holds for the programs started from here too.
func bound() error {
	return syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most})
}
