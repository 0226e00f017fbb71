package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/traffic"
	"autocom/cmd/autocom-lab/internal/ua"

	"github.com/spf13/cobra"
)

func demoCommand(o *options) *cobra.Command {
	var d demo
	c := &cobra.Command{
		Use:   "demo",
		Short: "Start a demo branch: box, carrier, four desk phones, live calls (`make run`)",
		Long:  "demo writes a site document with random secrets, starts the box, its carrier and four desk phones, lets people call, and shows it live.\nCtrl-C stops everything.",
		Example: "  autocom-lab demo\n" +
			"  autocom-lab demo --every 1s --for 30s --plain\n" +
			"  autocom-lab demo --quiet-line     # nobody calls but you",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.every <= 0 {
				return usageError{fmt.Errorf("--every %s: people call after a time above zero", d.every)}
			}
			d.o, d.out = o, cmd.OutOrStdout()
			ctx := cmd.Context()
			if d.length > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, d.length)
				defer cancel()
			}
			return d.run(ctx)
		},
	}
	c.Flags().StringVar(&d.dir, "dir", "", "keep the branch's files here (default: a temporary directory, removed at the end)")
	c.Flags().DurationVar(&d.length, "for", 0, "end by itself after so long (default: Ctrl-C)")
	c.Flags().DurationVar(&d.every, "every", 5*time.Second, "somebody calls about so often")
	c.Flags().BoolVar(&d.quiet, "quiet-line", false, "no traffic of its own")
	c.Flags().BoolVar(&d.plain, "plain", false, "plain lines even on a terminal")
	c.Flags().StringVar(&d.console, "console", "127.0.0.1:8080", "address of the central console's pages; a free port is taken when that one is not free; off: no console")
	c.Flags().StringVar(&d.sip, "sip", "127.0.0.1:5060", "address of the box; a free port is taken when that one is not free")
	return c
}

type demo struct {
	o             *options
	out           io.Writer
	dir, sip      string
	console       string
	length, every time.Duration
	quiet, plain  bool
}

// run is the life of a demo.
func (d *demo) run(ctx context.Context) (err error) {
	bin, err := box.Program()
	if err != nil {
		return fmt.Errorf("%w: %w", errNoBox, err)
	}
	dir := d.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "autocom-demo-"); err != nil {
			return err
		}
		defer func() {
			if err == nil { // a failed demo leaves its log
				err = os.RemoveAll(dir)
			}
		}()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	want, err := netip.ParseAddrPort(d.sip)
	if err != nil {
		return usageError{fmt.Errorf("--sip %q: write it as 127.0.0.1:5060", d.sip)}
	}
	sip, moved, err := branch.FreePort(want)
	if err != nil {
		return err
	}
	if moved && want.Port() != 0 {
		d.line("attention", fmt.Sprintf("%s is taken by another program; the box takes %s", want, sip))
	}
	carrierAddr, _, err := branch.FreePort(netip.MustParseAddrPort("127.0.0.2:5060"))
	if err != nil {
		return err
	}
	b := branch.Demo(sip, carrierAddr)
	document, err := b.Write(dir)
	if err != nil {
		return err
	}
	started := time.Now()
	bx, err := box.Start(bin, dir, document, "info")
	if err != nil {
		return err
	}
	defer bx.Close()
	ready, cancel := context.WithTimeout(ctx, 30*time.Second)
	_, err = bx.Ready(ready)
	cancel()
	if err != nil {
		return err
	}
	var ce *central
	if d.console != "off" {
		at, err := netip.ParseAddrPort(d.console)
		if err != nil {
			return usageError{fmt.Errorf("--console %q: write it as 127.0.0.1:8080, or off", d.console)}
		}
		joined, cancel := context.WithTimeout(ctx, time.Minute)
		ce, err = openCentral(joined, dir, at, b, bx)
		cancel()
		if err != nil {
			return fmt.Errorf("%w: %w", errNoConsole, err)
		}
		defer ce.Close()
	}
	return d.live(ctx, bx, b, ce, note{
		Box: sip, Service: b.Services[0].Number, Spare: "205", Secret: b.Phones[4].Secret, Outside: "0", Dir: dir, Bin: bin, PID: os.Getpid(),
	}, time.Since(started))
}

// live is the demo once the box answers.
func (d *demo) live(ctx context.Context, bx *box.Box, b branch.Branch, ce *central, n note, took time.Duration) error {
	v := &view{d: d, start: time.Now(), last: map[string]string{}}
	ca, err := carrier.Open(b.Carrier, b.SIP, func(number string, s carrier.Script) {
		v.add("carrier", fmt.Sprintf("the box dials %s outside: %s", number, s.Name))
	})
	if err != nil {
		return err
	}
	defer ca.Close()
	addr := netip.MustParseAddr("127.0.0.11")
	for _, p := range traffic.AgentsOf(b) {
		ph, err := phone.Open(netip.AddrPortFrom(addr, 0), b.SIP, ua.Account{User: p.Number, Secret: p.Secret},
			phone.Manners{After: time.Second, Upto: 6 * time.Second, BusyPercent: 7, IgnorePercent: 7, Talk: 15 * time.Second},
			func(what string) { v.phone(p.Number, what) })
		if err != nil {
			return err
		}
		defer ph.Close()
		wait, cancel := context.WithTimeout(ctx, 10*time.Second)
		err = ph.Registered(wait)
		cancel()
		if err != nil {
			return fmt.Errorf("desk phone %s cannot register: %w\n%s", p.Number, err, bx.LastWords())
		}
		addr = addr.Next()
	}
	if err := n.leave(); err != nil {
		return err
	}
	defer n.remove()
	d.welcome(b, ce, n, took)

	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	if !d.quiet {
		crowd := traffic.Crowd{Every: d.every, Services: []string{b.Services[0].Number, b.Services[0].Number, b.Services[1].Number}, AtOnce: 40}
		wg.Go(func() {
			crowd.Run(ctx, ca, func(err error) { v.add("caller", "a call could not be made: "+err.Error()) })
		})
	}
	wg.Go(func() {
		for told := false; ctx.Err() == nil; {
			if err := bx.Follow(ctx, v.fact); err != nil && ctx.Err() == nil && !told {
				v.add("attention", "the core is gone: its calls are told again when it is back")
				told = true
			}
			select {
			case <-ctx.Done():
			case <-time.After(followAgain):
			}
		}
	})
	err = v.show(ctx, bx)
	stop()
	wg.Wait()
	v.summary()
	return err
}

// followAgain is how often a core that is gone is looked for.
const followAgain = time.Second

func (d *demo) line(what, words string) {
	d.o.say(d.out, map[string]string{"what": what, "told": words}, words)
}

// welcome says what to do next.
func (d *demo) welcome(b branch.Branch, ce *central, n note, took time.Duration) {
	spare, _ := b.Phone(n.Spare)
	self := "autocom-lab"
	if exe, err := os.Executable(); err == nil {
		self = exe
		if wd, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(wd, exe); err == nil && len(rel) < len(exe) {
				self = rel
			}
		}
	}
	ready := map[string]any{"what": "ready", "box": n.Box, "branch": b, "dir": n.Dir, "took_ms": took.Milliseconds()}
	console := ""
	if ce != nil {
		ready["console"], ready["site"], ready["email"], ready["password"] = ce.Console, ce.site, ce.admin.Email, ce.admin.Password
		console = fmt.Sprintf("  the central console:   %s   e-mail %s, password %s\n", ce.Console, ce.admin.Email, ce.admin.Password)
	}
	d.o.say(d.out, ready,
		fmt.Sprintf("The branch is open (%.1f s): box %s, carrier %s, desk phones 201 to 204.\n%s"+
			"  call it yourself:      %s call\n"+
			"  or with a softphone:   extension %s, secret %s, server %s (UDP); %s rings it\n"+
			"  check both directions: %s check\n"+
			"  its files and log:     %s\n"+
			"Ctrl-C stops everything.\n",
			took.Seconds(), n.Box, b.Carrier, console, self, spare.Number, spare.Secret, n.Box, b.Services[2].Number, self, n.Dir))
}

var errBoxEnded = errors.New("the box ended by itself")
