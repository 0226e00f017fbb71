// Package against holds our sample code against spandsp, the telephone DSP
// library of Debian, in the same run on the same machine. Only benchmarks use
// it.
package against

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Spandsp compiles a C program against libspandsp, runs it with args and gives
// the number it prints, the least of three runs: nanoseconds of processor time
// a sample. ok is false,
// with the reason in the benchmark's log, where the compiler, the library
// (Debian's libspandsp-dev) or the program fails.
//
// The program may use double least(void (*f)(void), long samples): the least
// processor time a sample of many calls of f, each of which handles that many.
func Spandsp(b *testing.B, source string, args ...string) (nsPerSample float64, ok bool) {
	b.Helper()
	dir := b.TempDir()
	in, out := filepath.Join(dir, "against.c"), filepath.Join(dir, "against")
	if err := os.WriteFile(in, []byte(prelude+source), 0o600); err != nil {
		b.Log("no comparison with spandsp:", err)
		return 0, false
	}
	if text, err := exec.CommandContext(b.Context(), "gcc", "-O2", "-w", "-o", out, in, "-lspandsp", "-lm").CombinedOutput(); err != nil {
		b.Logf("no comparison with spandsp, which needs the Debian packages gcc and libspandsp-dev: %v\n%s", err, bytes.TrimSpace(text))
		return 0, false
	}
	for range 3 {
		text, err := exec.CommandContext(b.Context(), out, args...).Output()
		if err != nil {
			b.Log("no comparison with spandsp:", err)
			return 0, false
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		ns, err := strconv.ParseFloat(strings.TrimSpace(lines[len(lines)-1]), 64)
		if err != nil {
			b.Log("no comparison with spandsp:", err)
			return 0, false
		}
		if !ok || ns < nsPerSample {
			nsPerSample, ok = ns, true
		}
	}
	return nsPerSample, ok
}

const prelude = `
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <time.h>
#include <spandsp.h>

static double cpu_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec*1e9 + t.tv_nsec;
}

static double spent(void (*f)(void), long n)
{
	double from = cpu_now();
	for (long i = 0; i < n; i++)
		f();
	return cpu_now() - from;
}

static double least(void (*f)(void), long samples)
{
	double best = 1e18;
	long n = 1;
	while (spent(f, n) < 2e6)
		n *= 2;
	for (int chunk = 0; chunk < 60; chunk++) {
		double ns = spent(f, n)/n/samples;
		if (ns < best)
			best = ns;
	}
	return best;
}
`

// Least gives the least processor time a sample, in ns, of many calls of f,
// each of which handles that many samples: measured as the C programs measure
// theirs, so that a busy machine disturbs both alike.
func Least(f func(), samples int) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	spent := func(n int) time.Duration {
		from := cpu()
		for range n {
			f()
		}
		return cpu() - from
	}
	n := 1
	for spent(n) < 2*time.Millisecond {
		n *= 2
	}
	best := 1e18
	for range 180 { // as often as three runs of the other
		best = min(best, float64(spent(n))/float64(n)/float64(samples))
	}
	return best
}

func cpu() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
