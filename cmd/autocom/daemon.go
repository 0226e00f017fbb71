package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"autocom/appliance"

	"github.com/spf13/cobra"
)

// installedDir is where a box that was installed as a package keeps its state; its sockets are then where systemd puts them.
const installedDir = "/var/lib/autocom"

func (o *options) runDir() string {
	switch {
	case o.run != "":
		return o.run
	case o.dir == installedDir:
		return "/run/autocom"
	default:
		return filepath.Join(o.dir, "run")
	}
}

func (o *options) layout(siteFile string) appliance.Layout {
	if siteFile == "" {
		siteFile = filepath.Join(o.dir, "site.yaml")
	}
	return appliance.Layout{Site: siteFile, State: o.dir, Run: o.runDir(), Version: version}
}

func logger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usageError{fmt.Errorf("--log: %w: use debug, info, warn or error", err)}
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l})), nil
}

// daemonFlags are the flags every daemon has.
func daemonFlags(c *cobra.Command, siteFile, level *string) {
	c.Flags().StringVar(siteFile, "site", "", "the site document (default DIR/site.yaml)")
	logFlag(c, level)
}

func logFlag(c *cobra.Command, level *string) {
	c.Flags().StringVar(level, "log", "info", "debug, info, warn or error")
}

func coreCommand(o *options) *cobra.Command {
	var siteFile, level string
	var users []string
	var trial time.Duration
	c := &cobra.Command{
		Use:   "core",
		Short: "Run the core: SIP, the exchange, the journal (a daemon)",
		Long: "core runs until it is stopped. SIGTERM is a planned restart: calls go on and wait for the next core, for at most a minute.\n" +
			"SIGINT hangs up every call and stops. SIGHUP reads the site document again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logger(level)
			if err != nil {
				return err
			}
			allowed, err := userIDs(users)
			if err != nil {
				return err
			}
			// The signals mean different things to a core, so it does not use the command's own context.
			ctx, cancel := context.WithCancel(context.WithoutCancel(cmd.Context()))
			defer cancel()
			signals := make(chan os.Signal, 4)
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			defer signal.Stop(signals)
			return appliance.RunCore(ctx, o.layout(siteFile), log, orders(ctx, signals), appliance.Extras{Companion: withCloud(log, trial), Allow: allowed})
		},
	}
	daemonFlags(c, &siteFile, &level)
	allowUserFlag(c, &users)
	trialFlag(c, &trial)
	return c
}

func trialFlag(c *cobra.Command, trial *time.Duration) {
	c.Flags().DurationVar(trial, "trial", 0, "how long a document of the central console has to prove itself before it goes back (default 10m)")
}

// allowUserFlag names who may use a daemon's socket besides root and its own user.
func allowUserFlag(c *cobra.Command, users *[]string) {
	c.Flags().StringArrayVar(users, "allow-user", nil, "a user, by name or number, who may command this daemon besides root and its own; may be given again")
}

func userIDs(names []string) ([]uint32, error) {
	var ids []uint32
	for _, name := range names {
		text := name
		if u, err := user.Lookup(name); err == nil {
			text = u.Uid
		}
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, usageError{fmt.Errorf("--allow-user %s: this machine has no such user", name)}
		}
		ids = append(ids, uint32(id))
	}
	return ids, nil
}

// orders turns signals into what they ask of a core. It ends with the context.
func orders(ctx context.Context, signals <-chan os.Signal) <-chan appliance.Order {
	out := make(chan appliance.Order)
	go func() {
		for {
			var order appliance.Order
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				switch s {
				case syscall.SIGHUP:
					order = appliance.Reload
				case syscall.SIGTERM:
					order = appliance.HandOver
				default:
					order = appliance.Stop
				}
			}
			select {
			case out <- order:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func mediaCommand(o *options) *cobra.Command {
	var level string
	var users []string
	c := &cobra.Command{
		Use:   "media",
		Short: "Run the media process: sound, in real time (a daemon)",
		Long:  "media carries the sound until it is stopped. What to listen on it is told by the core, which reads the site document.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logger(level)
			if err != nil {
				return err
			}
			allowed, err := userIDs(users)
			if err != nil {
				return err
			}
			return appliance.RunMedia(cmd.Context(), o.layout(""), log, allowed)
		},
	}
	logFlag(c, &level)
	allowUserFlag(c, &users)
	return c
}

func runCommand(o *options) *cobra.Command {
	var siteFile, level string
	var trial time.Duration
	c := &cobra.Command{
		Use:     "run",
		Short:   "Run the whole box in the foreground: media and core",
		Long:    "run starts the media process and the core, starts each again when it dies, and stops both on Ctrl-C. On an appliance systemd does this instead.",
		Example: "  autocom run --dir /tmp/box --site site.example.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logger(level)
			if err != nil {
				return err
			}
			if err := appliance.Prepare(o.layout(siteFile)); err != nil {
				return err
			}
			args := []string{"--dir", o.dir, "--run-dir", o.runDir(), "--log", level}
			core := append([]string{"core"}, args...)
			if siteFile != "" {
				core = append(core, "--site", siteFile)
			}
			if trial > 0 {
				core = append(core, "--trial", trial.String())
			}
			return supervise(cmd.Context(), log, append([]string{"media"}, args...), core)
		},
	}
	daemonFlags(c, &siteFile, &level)
	trialFlag(c, &trial)
	return c
}

// supervise keeps one process for each daemon until the context ends. The last one named is stopped first.
func supervise(ctx context.Context, log *slog.Logger, daemons ...[]string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	failed := make(chan error, len(daemons))
	stops := make([]context.CancelFunc, len(daemons))
	ended := make([]chan struct{}, len(daemons))
	for i, args := range daemons {
		// Each has its own context, so that they can be stopped in order rather than all at once.
		one, stop := context.WithCancel(context.WithoutCancel(ctx))
		stops[i], ended[i] = stop, make(chan struct{})
		wg.Go(func() {
			defer close(ended[i])
			if err := keepAlive(one, log, self, args[0], args); err != nil {
				failed <- err
			}
		})
	}
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	for i, stop := range slices.Backward(stops) {
		stop()
		<-ended[i]
	}
	wg.Wait()
	return err
}

// keepAlive starts a daemon again whenever it dies, more and more slowly, and gives up when it cannot even start.
func keepAlive(ctx context.Context, log *slog.Logger, self, name string, args []string) error {
	runtime.LockOSThread() // Pdeathsig below follows the thread that starts the daemon, which must therefore live as long as we do
	defer runtime.UnlockOSThread()
	pause := 200 * time.Millisecond
	quick := 0
	for {
		started := time.Now()
		cmd := exec.CommandContext(ctx, self, args...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 15 * time.Second
		// The daemons must not get the terminal's own Ctrl-C: they are stopped in order. They die with us, however we die.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
		err := cmd.Run()
		if ctx.Err() != nil {
			return nil
		}
		lived := time.Since(started)
		if err == nil && lived > time.Second { // it handed its calls over
			log.Info("a daemon starts again as it was asked to", "daemon", name)
			continue
		}
		if lived > 10*time.Second {
			pause, quick = 200*time.Millisecond, 0
		} else if quick++; quick >= 5 {
			return fmt.Errorf("%s died %d times at once: %w: its last words are above", name, quick, cause(err))
		}
		log.Warn("a daemon ended and is started again", "daemon", name, "lived", lived.Round(time.Millisecond), "err", cause(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, 5*time.Second)
	}
}

func cause(err error) error {
	if err == nil {
		return errors.New("it ended by itself")
	}
	return err
}
