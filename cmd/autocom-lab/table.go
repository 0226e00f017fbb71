package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"autocom/cmd/autocom-lab/internal/load"

	"golang.org/x/sys/unix"
)

// machine names where a table was made, in one line.
func machine() string {
	model := "unknown processor"
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		for sc := bufio.NewScanner(f); sc.Scan(); {
			if k, v, ok := strings.Cut(sc.Text(), ":"); ok && strings.TrimSpace(k) == "model name" {
				model = strings.TrimSpace(v)
				break
			}
		}
		_ = f.Close()
	}
	kernel := "unknown"
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		kernel = unix.ByteSliceToString(u.Release[:])
	}
	return fmt.Sprintf("%s, %d cores, Linux %s, %s", model, runtime.NumCPU(), kernel, runtime.Version())
}

func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

// A row is one line of the table, with the aim it is held against.
type row struct{ what, figure, aim, verdict string }

// against says whether a figure meets its aim.
func against(value, aim float64) string {
	if value <= aim {
		return "met"
	}
	return fmt.Sprintf("**missed** by %.0f %%", 100*(value/aim-1))
}

// whole runs the list of measurements and prints one table. A measurement that
// cannot be made is a row that says so.
func (r *loader) whole(ctx context.Context) error {
	before := loadAverage()
	var rows []row
	add := func(rs ...row) {
		for _, x := range rs {
			fmt.Fprintf(r.log, "%s: %s (%s)\n", x.what, x.figure, x.verdict)
		}
		rows = append(rows, rs...)
	}
	broken := func(what string, err error) {
		if err != nil {
			line, _, _ := strings.Cut(err.Error(), "\n")
			add(row{what, "could not be measured: " + line, "", "**missed**"})
		}
	}
	steps := []struct {
		what     string
		setup    load.Setup
		register int // phones a second, 0: none
		do       func(*load.Bench, load.Registered) error
	}{
		{"memory, REGISTER, signalling", load.Setup{Calls: 100}, 250, func(b *load.Bench, reg load.Registered) error { return r.signalRows(ctx, b, reg, add) }},
		{"REGISTER storm", load.Setup{Calls: 1}, 0, stormRow(add)},
		{"too many calls", load.Setup{Calls: standing, MaxCalls: admitted}, 250, shedRow(add)},
		{"system calls", load.Setup{Calls: 100}, 250, countRow(add)},
		{"100 bridged calls", load.Setup{Calls: 100}, 250, r.heldRows(100, 1.0, add)},
		{"200 bridged calls", load.Setup{Calls: 200}, 250, r.heldRows(200, 1.0, add)},
		{"400 bridged calls", load.Setup{Calls: 400}, 250, r.heldRows(400, 1.0, add)},
		{"50 recorded calls", load.Setup{Calls: 50, Record: true}, 250, r.heldRows(50, 1.5, add)},
	}
	for _, s := range steps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		broken(s.what, r.with(ctx, s.setup, s.register, s.do))
	}
	fmt.Fprintf(r.out, "Machine: %s. Load average before: %s; after: %s. %s.\n", machine(), before, loadAverage(), time.Now().Format("2006-01-02"))
	fmt.Fprintf(r.out, "The generator runs beside the box on the same cores; its lateness is in the table. PCMA, 20 ms, every frame numbered and timed from end to end.\n\n")
	fmt.Fprintf(r.out, "| measured | figure | aim | |\n|---|---|---|---|\n")
	for _, x := range rows {
		fmt.Fprintf(r.out, "| %s | %s | %s | %s |\n", x.what, x.figure, x.aim, x.verdict)
	}
	return nil
}

// forgetting is longer than any transaction is remembered (RFC 3261 timers H and J: 32 s).
const forgetting = 40 * time.Second

func (r *loader) signalRows(ctx context.Context, b *load.Bench, reg load.Registered, add func(...row)) error {
	add(row{
		"REGISTER with digest (401 + 200)",
		fmt.Sprintf("%.2f CPU-ms each, %d of %d at %.0f/s, p99 %.1f ms", reg.CPU, reg.Done, reg.Offered, reg.PerSecond, reg.Time.P99),
		"≤ 0.15 CPU-ms", against(reg.CPU, 0.15),
	})
	for _, rate := range []int{20, 100} {
		s, err := b.Signal(5*rate, rate)
		if err != nil {
			return err
		}
		add(row{
			fmt.Sprintf("signalling only, %d calls/s", rate),
			fmt.Sprintf("%.2f CPU-ms a call (core %.2f), %d of %d failed, INVITE→180 %.1f / %.1f ms, →200 %.1f / %.1f ms (p50 / p99)",
				s.CPU, s.Core, s.Failed, s.Calls, s.Ringing.P50, s.Ringing.P99, s.Answered.P50, s.Answered.P99),
			"≤ 1.0 CPU-ms, none failed", all(against(s.CPU, 1.0), s.Failed == 0, "calls failed"),
		})
	}
	// Flat: SIP makes a box remember each transaction for 32 s, so the same load comes twice with a pause in which all is forgotten.
	// What the first left behind, the second stands on.
	first, err := b.Signal(1500, 100)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(forgetting):
	}
	second, err := b.Signal(1500, 100)
	if err != nil {
		return err
	}
	grown := float64(second.RSS[1]-first.RSS[1]) / 1e6
	add(row{
		"memory over 3,000 short calls", fmt.Sprintf("%.1f MB after 1,500 at 100/s; %s later 1,500 more: %.1f MB; %d failed", mb(first.RSS[1]), forgetting, mb(second.RSS[1]), first.Failed+second.Failed),
		"flat (within 5 MB)", all(against(max(grown, 0), 5), first.Failed+second.Failed == 0, "calls failed"),
	})
	return nil
}

func (r *loader) heldRows(n int, aim float64, add func(...row)) func(*load.Bench, load.Registered) error {
	return func(b *load.Bench, _ load.Registered) error {
		h, err := b.Hold(n, r.rate, r.length)
		if err != nil {
			return err
		}
		kind := "bridged"
		if h.Recorded {
			kind = "recorded"
		}
		word := against(h.Total, aim)
		if clean, counts := h.Clean(); !counts {
			word += "; does not count: the generator was late"
		} else if !clean {
			word += "; **not clean**"
		} else {
			word += "; clean"
		}
		add(row{
			fmt.Sprintf("%d %s calls, %.0f s", n, kind, h.Seconds),
			fmt.Sprintf("%.2f CPU-ms per call-second (core %.2f, media %.2f); lost %d of %d; one way %.2f / %.1f ms; INVITE→180 %.1f / %.1f ms; %d failed, %d dropped; generator late p99 %.2f ms",
				h.Total, h.CPU["core"], h.CPU["media"], h.Sound.Lost, h.Sound.Sent, h.Sound.OneWay.P50, h.Sound.OneWay.P99, h.Ringing.P50, h.Ringing.P99, h.Failed, h.Dropped, h.Sound.Late.P99),
			fmt.Sprintf("≤ %.1f", aim), word,
		}, row{
			fmt.Sprintf("memory, %d %s calls", n, kind),
			fmt.Sprintf("%.1f MB idle with %d accounts, %.1f MB under load, %d kB a call", mb(h.IdleRSS), r.accounts, mb(h.RSS), h.PerCall/1000),
			"≤ 60 MB idle, ≤ 60 kB a call", memory(h),
		})
		return nil
	}
}

func memory(h load.Held) string {
	idle, call := against(mb(h.IdleRSS), 60), against(float64(h.PerCall)/1000, 60)
	if idle == call {
		return idle
	}
	return "idle " + idle + ", per call " + call
}
