// Command autocom-lab is the world around a box: a carrier, desk phones and
// callers that speak real SIP and RTP on loopback, to show it, to try it and to
// measure it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "development"

// Exit codes, the same for every command.
const (
	exitFailed = 1 // it was tried, and something is wrong
	exitUsage  = 2 // the command line is wrong
	exitNoBox  = 3 // there is no box to try
)

type usageError struct{ error }

var errNoBox = errors.New("no box")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := rootCommand().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "autocom-lab: "+err.Error())
	var usage usageError
	switch {
	case errors.As(err, &usage):
		os.Exit(exitUsage)
	case errors.Is(err, errNoBox):
		os.Exit(exitNoBox)
	}
	os.Exit(exitFailed)
}

// options are the flags every command has.
type options struct {
	json bool
	box  string
	from string
}

func rootCommand() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "autocom-lab",
		Short: "A virtual carrier, desk phones and callers around an autocom box",
		Long: "autocom-lab shows, tries and measures a box with real SIP and RTP on loopback.\n" +
			"Start with `autocom-lab demo`; then, in another terminal, `autocom-lab call`.\n" +
			"Exit codes: 0 done, 1 something is wrong, 2 wrong command line, 3 no box to try.",
		SilenceUsage: true, SilenceErrors: true, Version: version,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON, one object a line, for programs")
	root.AddCommand(demoCommand(&o), callCommand(&o), phoneCommand(&o), carrierCommand(&o), checkCommand(&o), loadCommand(&o), dspCommand(&o))
	for _, c := range root.Commands() {
		c.Args = func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%q is not expected here; see --help", args[0])}
			}
			return nil
		}
	}
	return root
}

// boxFlags are for the commands that talk to a box that runs already.
func (o *options) boxFlags(c *cobra.Command, from string) {
	c.Flags().StringVar(&o.box, "box", "", "address:port of the box (default: the demo that runs now)")
	c.Flags().StringVar(&o.from, "address", from, "own address; the box knows its carrier by it")
}

// say prints a line for people, or the object for programs.
func (o *options) say(w io.Writer, object any, words string) {
	if o.json {
		_ = json.NewEncoder(w).Encode(object) // stdout is gone: nobody is left to tell
		return
	}
	fmt.Fprintln(w, words)
}

// A note is what a running demo leaves for the other commands.
type note struct {
	Box     netip.AddrPort `json:"box"`
	Service string         `json:"service"`
	Spare   string         `json:"spare"`
	Secret  string         `json:"secret"`
	Outside string         `json:"outside"`
	Dir     string         `json:"dir"`
	Bin     string         `json:"bin"`
	PID     int            `json:"pid"`
}

func notePath() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("autocom-lab-%d.json", os.Getuid()))
}

func (n note) leave() error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%d", notePath(), os.Getpid())
	if err := os.WriteFile(temporary, b, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, notePath())
}

func (n note) remove() {
	if now, err := readNote(); err == nil && now.PID == n.PID {
		_ = os.Remove(notePath())
	}
}

func readNote() (note, error) {
	var n note
	b, err := os.ReadFile(notePath())
	if err != nil {
		return n, err
	}
	return n, json.Unmarshal(b, &n)
}

// target finds the box: the one named, or the demo's.
func (o *options) target() (note, error) {
	n, err := readNote()
	if err == nil && syscall.Kill(n.PID, 0) != nil {
		err = errors.New("the last demo has ended")
	}
	if o.box == "" {
		if err != nil {
			return note{}, fmt.Errorf("%w to call: start one with `autocom-lab demo`, or name its address with --box", errNoBox)
		}
		return n, nil
	}
	ap, perr := netip.ParseAddrPort(o.box)
	if perr != nil {
		return note{}, usageError{fmt.Errorf("--box %q: write it as 127.0.0.1:5060", o.box)}
	}
	if err != nil || n.Box != ap {
		n = note{Box: ap}
	}
	return n, nil
}

func (o *options) own(port uint16) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(o.from)
	if err != nil {
		return netip.AddrPort{}, usageError{fmt.Errorf("--address %q is no IP address", o.from)}
	}
	return netip.AddrPortFrom(a, port), nil
}
