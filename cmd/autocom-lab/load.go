package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/load"

	"github.com/spf13/cobra"
)

func loadCommand(o *options) *cobra.Command {
	r := loader{o: o}
	c := &cobra.Command{
		Use:   "load",
		Short: "Drive many calls through a box of its own and print what they cost",
		Long: "load starts a box with 1,000 accounts and one trunk, drives calls from one process, and reads the box's processes in /proc.\n" +
			"A run counts when the generator's own lateness stays below 5 ms at p99; a call is clean when nothing is lost and p99 of one way is at most 20 ms.",
		Example: "  autocom-lab load --calls 200 --for 20s\n" +
			"  autocom-lab load --record --calls 50\n" +
			"  autocom-lab load --signalling 100 --for 10s\n" +
			"  autocom-lab load --register 500\n" +
			"  autocom-lab load --storm 500\n" +
			"  autocom-lab load --shed 100 --for 6s\n" +
			"  autocom-lab load --signalling 20 --syscalls\n" +
			"  autocom-lab load --table > table.md",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.out, r.log = cmd.OutOrStdout(), cmd.ErrOrStderr()
			if r.calls < 1 || r.calls > 1000 || r.accounts < r.calls || r.accounts > 5000 || r.length < time.Second || r.rate < 1 {
				return usageError{errors.New("--calls 1 to 1000, --accounts up to 5000 and no fewer than calls, --for 1s or more, --rate 1 or more")}
			}
			if r.storm > r.accounts || r.storm < 0 || r.shed != 0 && (r.shed < 2*standing || r.shed > 500) || r.syscalls && r.signalling == 0 {
				return usageError{fmt.Errorf("--storm up to --accounts, --shed %d to 500, --syscalls with --signalling", 2*standing)}
			}
			var err error
			if r.direct {
				return r.one(cmd.Context())
			}
			if r.bin, err = box.Program(); err != nil {
				return fmt.Errorf("%w: %w", errNoBox, err)
			}
			if r.table {
				return r.whole(cmd.Context())
			}
			return r.one(cmd.Context())
		},
	}
	c.Flags().IntVar(&r.calls, "calls", 100, "bridged calls at once")
	c.Flags().IntVar(&r.accounts, "accounts", 1000, "telephone accounts in the box")
	c.Flags().DurationVar(&r.length, "for", 10*time.Second, "length of each measurement")
	c.Flags().IntVar(&r.rate, "rate", 50, "calls placed a second while setting up")
	c.Flags().BoolVar(&r.record, "record", false, "record every call")
	c.Flags().IntVar(&r.signalling, "signalling", 0, "no sound: so many calls a second, half a second each")
	c.Flags().IntVar(&r.register, "register", 0, "only REGISTER: so many a second")
	c.Flags().IntVar(&r.storm, "storm", 0, "so many phones register within one second, each from an address of its own")
	c.Flags().IntVar(&r.shed, "shed", 0, "a box that takes so many new calls a second is offered five times as many")
	c.Flags().BoolVar(&r.syscalls, "syscalls", false, "count the system calls of a call with strace (with --signalling)")
	c.Flags().BoolVar(&r.table, "table", false, "run the whole list and print one Markdown table")
	c.Flags().BoolVar(&r.direct, "direct", false, "no box: the generator against itself, the floor of every figure")
	c.MarkFlagsMutuallyExclusive("direct", "record")
	for _, other := range []string{"register", "storm", "shed", "table", "syscalls"} {
		c.MarkFlagsMutuallyExclusive("direct", other)
	}
	c.MarkFlagsMutuallyExclusive("signalling", "register", "storm", "shed", "table", "record")
	return c
}

type loader struct {
	o                                 *options
	out, log                          io.Writer
	bin                               string
	calls, accounts, rate, signalling int
	register, storm, shed             int
	length                            time.Duration
	record, table, direct, syscalls   bool
}

// standing is how many calls are up while a box is offered too many.
const standing = 20

// with opens a bench, registers its phones, unless the rate is 0, and closes it again.
func (r *loader) with(ctx context.Context, s load.Setup, registerRate int, do func(*load.Bench, load.Registered) error) error {
	dir, remove, err := load.Temporary()
	if err != nil {
		return err
	}
	defer remove()
	s.Bin, s.Accounts, s.Dir, s.Direct = r.bin, r.accounts, dir, r.direct
	b, err := load.Open(ctx, s)
	if err != nil {
		return err
	}
	defer b.Close()
	if r.direct || registerRate == 0 {
		return do(b, load.Registered{})
	}
	reg, err := b.Register(max(s.Calls, min(r.accounts, registerRate*4)), registerRate)
	if err != nil {
		return err
	}
	if reg.Done == 0 {
		return fmt.Errorf("no phone could register: %s\n%s", reg.Why, b.LastWords())
	}
	return do(b, reg)
}

func (r *loader) one(ctx context.Context) error {
	switch {
	case r.register > 0:
		return r.with(ctx, load.Setup{Calls: 1}, r.register, func(_ *load.Bench, reg load.Registered) error {
			r.o.say(r.out, reg, fmt.Sprintf("REGISTER with digest: %d of %d done at %.0f/s, %.2f CPU-ms each, %s ms",
				reg.Done, reg.Offered, reg.PerSecond, reg.CPU, spread(reg.Time)))
			return nil
		})
	case r.storm > 0:
		return r.with(ctx, load.Setup{Calls: 1}, 0, func(b *load.Bench, _ load.Registered) error {
			s, err := b.Storm(r.storm, time.Second)
			r.o.say(r.out, s, fmt.Sprintf("%d phones within a second: %s", s.Phones, stormWords(s)))
			return err
		})
	case r.shed > 0:
		return r.with(ctx, load.Setup{Calls: standing, MaxCalls: r.shed}, 200, func(b *load.Bench, _ load.Registered) error {
			s, err := b.Overload(standing, r.length)
			r.o.say(r.out, s, fmt.Sprintf("%d calls/s to a box that takes %d: %s", s.Offered, s.Admitted, shedWords(s)))
			return err
		})
	case r.syscalls:
		return r.with(ctx, load.Setup{Calls: r.calls}, 200, func(b *load.Bench, _ load.Registered) error {
			s, err := b.Count(int(r.length.Seconds()*float64(r.signalling)), r.signalling)
			r.o.say(r.out, s, fmt.Sprintf("%d calls at %d/s: %s", s.Calls, s.Rate, countWords(s)))
			return err
		})
	case r.signalling > 0:
		return r.with(ctx, load.Setup{Calls: r.calls}, 200, func(b *load.Bench, _ load.Registered) error {
			s, err := b.Signal(int(r.length.Seconds()*float64(r.signalling)), r.signalling)
			r.o.say(r.out, s, signalWords(s))
			return err
		})
	}
	return r.with(ctx, load.Setup{Calls: r.calls, Record: r.record}, 200, func(b *load.Bench, _ load.Registered) error {
		h, err := b.Hold(r.calls, r.rate, r.length)
		r.o.say(r.out, h, heldWords(h))
		return err
	})
}

func spread(s load.Spread) string { return fmt.Sprintf("%.1f / %.1f / %.1f", s.P50, s.P99, s.Max) }

func heldWords(h load.Held) string {
	var words strings.Builder
	fmt.Fprintf(&words, "%d bridged calls for %.1f s (%d answered, %d failed, %d dropped):\n", h.Calls, h.Seconds, h.Up, h.Failed, h.Dropped)
	if len(h.CPU) > 0 {
		fmt.Fprintf(&words, "  CPU-ms per call-second  %.2f", h.Total)
		for _, name := range slices.Sorted(maps.Keys(h.CPU)) {
			fmt.Fprintf(&words, "   %s %.2f", name, h.CPU[name])
		}
		fmt.Fprintf(&words, "\n  memory                  %.1f MB idle, %.1f MB under load, %d kB a call\n", mb(h.IdleRSS), mb(h.RSS), h.PerCall/1000)
	}
	fmt.Fprintf(&words, "  INVITE to 180, ms       %s   (p50 / p99 / max)\n  INVITE to 200, ms       %s\n", spread(h.Ringing), spread(h.Answered))
	fmt.Fprintf(&words, "  frames lost             %d of %d   (%d out of order, %d streams never heard)\n", h.Sound.Lost, h.Sound.Sent, h.Sound.Disorder, h.Sound.Deaf)
	fmt.Fprintf(&words, "  one-way latency, ms     %s\n  generator late, ms      %s\n", spread(h.Sound.OneWay), spread(h.Sound.Late))
	return words.String() + "  verdict                 " + verdict(h)
}

func verdict(h load.Held) string {
	clean, counts := h.Clean()
	switch {
	case !counts:
		return "does not count: the generator was late"
	case clean:
		return "clean"
	}
	return "not clean"
}

func signalWords(s load.Signalled) string {
	return fmt.Sprintf("%d calls at %d/s without sound: %d failed, %.2f CPU-ms a call (core %.2f), INVITE to 180 %s ms, to 200 %s ms, memory %.1f -> %.1f MB",
		s.Calls, s.Rate, s.Failed, s.CPU, s.Core, spread(s.Ringing), spread(s.Answered), mb(s.RSS[0]), mb(s.RSS[1]))
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }
