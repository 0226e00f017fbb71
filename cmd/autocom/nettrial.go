package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"autocom/appliance/steward"

	"golang.org/x/sys/unix"
)

// Waits of a trial.
const (
	lookEvery  = 2 * time.Second
	lastMoment = 8 * time.Second // before the steward goes back, a script gives up by itself and says why
)

// netTrial is a change of the network while it is watched.
type netTrial struct {
	o      *options
	client *steward.Client
	in     io.Reader
	out    io.Writer
	quiet  bool // JSON: only the end is printed
	live   bool // the output is a terminal: the countdown stays on one line
}

func (t *netTrial) say(format string, args ...any) {
	if !t.quiet {
		fmt.Fprintf(t.out, format+"\n", args...)
	}
}

func (t *netTrial) run(ctx context.Context, s steward.Settings, afterCheck, noWait bool) error {
	// Not broken off by Ctrl-C: it may begin all the same, and then nobody would end it before its time.
	asked, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*askTimeout)
	trial, err := t.client.TryNetwork(asked, s)
	cancel()
	if err != nil {
		return err
	}
	t.say("On trial for %s: %s", leftOf(&trial), settingWords(trial.Settings))
	t.say("From another session, keep it with: autocom net keep %s", trial.Token)
	switch {
	case noWait && t.quiet:
		return printJSON(t.out, trial)
	case noWait:
		return nil
	case afterCheck:
		return t.check(ctx, trial)
	default:
		return t.watch(ctx, trial)
	}
}

// check keeps the change once everything that can be looked at answers.
func (t *netTrial) check(ctx context.Context, trial steward.Trial) error {
	until := time.Now().Add(time.Duration(trial.LeftMS)*time.Millisecond - lastMoment)
	missing := "nobody answered in time"
	for ctx.Err() == nil && time.Now().Before(until) {
		n, err := t.client.Network(ctx)
		switch {
		case err != nil:
			missing = err.Error()
		case n.Trial == nil:
			return errors.New("the trial is over before the check was: the network is as before")
		default:
			if missing = lacking(n); missing == "" {
				return t.keep(ctx, trial.Token)
			}
		}
		pause := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
			pause.Stop()
		case <-pause.C:
		}
	}
	return t.back(ctx, errors.New("the change did not pass its check, and the network goes back: "+missing))
}

// lacking says what does not answer yet; empty when all does.
func lacking(n steward.Network) string {
	if len(n.Trial.Checks) == 0 {
		return "this steward does not look at the network, so somebody must: leave --keep-after-check out"
	}
	var words []string
	for _, c := range n.Trial.Checks {
		s := n.Trial.Settings
		switch {
		case c.Result == steward.Passed,
			c.What == steward.CheckGateway && s.Mode == steward.Static && s.Gateway == "",
			c.What == steward.CheckDNS && c.Result == steward.Waiting && len(n.DNS) == 0 && len(s.DNS) == 0:
		default:
			words = append(words, checkWords(c))
		}
	}
	return strings.Join(words, ", ")
}

// watch shows the trial to a person, who types a word.
func (t *netTrial) watch(ctx context.Context, trial steward.Trial) error {
	t.say("Type KEEP (or GARDER) and Enter to keep it, R and Enter to go back now.")
	typed := lines(t.in)
	until := time.Now().Add(time.Duration(trial.LeftMS) * time.Millisecond)
	over := time.NewTimer(time.Until(until) + time.Second)
	defer over.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	told := ""
	for {
		told = t.show(ctx, until, told)
		select {
		case <-ctx.Done():
			return t.back(ctx, errors.New("it was stopped before the change was kept, and the network goes back"))
		case <-over.C:
			return t.ending(ctx)
		case <-look.C:
		case word, ok := <-typed:
			switch answer := strings.ToUpper(strings.TrimSpace(word)); {
			case !ok:
				return t.back(ctx, errors.New("the input ended before the change was kept, and the network goes back"))
			case answer == "KEEP" || answer == "GARDER":
				return t.keep(ctx, trial.Token)
			case answer == "R" || answer == "REVERT" || answer == "REVENIR":
				return t.back(ctx, nil)
			case answer != "":
				t.say("Type KEEP (or GARDER) to keep the change, R to go back.")
			}
		}
	}
}

// show tells how the checks stand: on a terminal on one line again and again, elsewhere only what changed.
func (t *netTrial) show(ctx context.Context, until time.Time, told string) string {
	asked, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	n, err := t.client.Network(asked)
	words := "the steward does not answer"
	if err == nil && n.Trial != nil {
		var all []string
		for _, c := range n.Trial.Checks {
			all = append(all, checkWords(c))
		}
		words = strings.Join(all, ", ")
	}
	if t.live {
		fmt.Fprintf(t.out, "\r\x1b[K%2d s  %s  > ", max(0, int(time.Until(until)/time.Second)), words)
	} else if words != told {
		t.say("%s", words)
	}
	return words
}

// ending says what became of a trial whose time is over.
func (t *netTrial) ending(ctx context.Context) error {
	n, err := t.client.Network(ctx)
	if t.live {
		fmt.Fprintln(t.out)
	}
	if err == nil && n.Trial != nil {
		return errors.New("the change was not kept in time: the network is being put back as before")
	}
	return errors.New("the change was not kept in time: the network is as before, unless another session kept it")
}

func (t *netTrial) keep(ctx context.Context, token string) error {
	n, err := t.client.KeepNetwork(ctx, token)
	if t.live {
		fmt.Fprintln(t.out)
	}
	if err != nil {
		return err
	}
	return t.o.settled(t.out, n, kept)
}

// back ends the trial at once, also when the program is being stopped.
func (t *netTrial) back(ctx context.Context, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	n, err := t.client.RevertNetwork(ctx)
	if t.live {
		fmt.Fprintln(t.out)
	}
	if err != nil {
		return errors.Join(why, err)
	}
	if why != nil {
		return why
	}
	return t.o.settled(t.out, n, wentBack)
}

// lines gives what is typed until the input ends. Its goroutine ends with the input.
func lines(in io.Reader) <-chan string {
	out := make(chan string, 1)
	go func() {
		defer close(out)
		s := bufio.NewScanner(in)
		for s.Scan() {
			out <- s.Text()
		}
	}()
	return out
}

// isTerminal reports whether a person may be at the other end.
func isTerminal(end any) bool {
	f, ok := end.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
