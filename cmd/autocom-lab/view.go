package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/box"

	"golang.org/x/sys/unix"
)

// A view shows a demo: a table that refreshes on a terminal, else a line for
// each thing that happens.
type view struct {
	d     *demo
	start time.Time

	mu       sync.Mutex
	recent   []string // the last outcomes, for the table
	last     map[string]string
	outcomes map[string]int
	waits    []int64 // ms, of answered calls
	placed   int
	table    bool
}

// add tells one thing that happened.
func (v *view) add(what, words string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tell(what, words)
}

func (v *view) tell(what, words string) {
	stamp := fmt.Sprintf("%6.1f s  %s", time.Since(v.start).Seconds(), words)
	if v.table {
		v.recent = append(v.recent, stamp)
		if len(v.recent) > 12 {
			v.recent = slices.Delete(v.recent, 0, len(v.recent)-12)
		}
		return
	}
	v.d.o.say(v.d.out, told{time.Since(v.start).Milliseconds(), what, words}, stamp)
}

func (v *view) phone(number, what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last[number] = what
	if !v.table && strings.HasPrefix(what, "not registered") {
		v.tell("phone", number+" "+what)
	}
}

// fact puts one of the box's facts into words.
func (v *view) fact(f box.Fact) {
	v.mu.Lock()
	defer v.mu.Unlock()
	call := f.Field("call")
	switch f.Kind {
	case "call.opened":
		v.placed++
		v.tell(f.Kind, fmt.Sprintf("call %s: %s for %s", call, f.Field("flow"), f.Field("dialled")))
	case "visit.entered":
		v.tell(f.Kind, fmt.Sprintf("call %s: waits in %s, place %s", call, f.Field("queue"), f.Field("position")))
	case "offer.made":
		v.tell(f.Kind, fmt.Sprintf("call %s: rings %s at %s", call, f.Field("agent"), f.Field("extension")))
	case "offer.ended":
		v.tell(f.Kind, fmt.Sprintf("call %s: %s %s", call, f.Field("agent"), strings.ReplaceAll(f.Field("outcome"), "_", " ")))
	case "call.ended":
		outcome := f.Field("outcome")
		if v.outcomes == nil {
			v.outcomes = map[string]int{}
		}
		v.outcomes[outcome]++
		words := fmt.Sprintf("call %s: over, %s", call, strings.ReplaceAll(outcome, "_", " "))
		if s := f.Field("stage"); s != "" {
			words += " in " + s
		}
		var ms int64
		if _, err := fmt.Sscan(f.Field("wait_ms"), &ms); err == nil {
			if outcome == "answered" {
				v.waits = append(v.waits, ms)
			}
			words += fmt.Sprintf(", waited %.1f s", float64(ms)/1000)
		}
		v.tell(f.Kind, words)
	case "media.changed":
		v.tell(f.Kind, "the media process: up "+f.Field("up"))
	}
}

func terminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// show runs until ctx or the box ends.
func (v *view) show(ctx context.Context, bx *box.Box) error {
	v.mu.Lock()
	v.table = terminal(v.d.out) && !v.d.plain && !v.d.o.json
	table := v.table
	v.mu.Unlock()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-bx.Ended():
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("%w:\n%s", errBoxEnded, bx.LastWords())
		case <-tick.C:
		}
		if !table {
			continue
		}
		if s, err := bx.Status(ctx); err == nil {
			v.draw(s)
		}
	}
}

// draw paints the whole screen anew.
func (v *view) draw(s box.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	b.WriteString("\x1b[H\x1b[2J") // home, clear
	fmt.Fprintf(&b, "%s   box %s   %s   Ctrl-C stops   (autocom-lab call, from another terminal)\n\n",
		s.Site.Name, s.SIP, time.Since(v.start).Round(time.Second))
	fmt.Fprintf(&b, "%-20s %8s %9s %8s\n", "QUEUE", "WAITING", "LONGEST", "TALKING")
	for _, q := range s.Queues {
		fmt.Fprintf(&b, "%-20.20s %8d %8ds %8d\n", q.Name, q.Waiting, q.LongestMS/1000, q.Talking)
	}
	fmt.Fprintf(&b, "\n%-12s %-6s %-14s %-10s %s\n", "AGENT", "PHONE", "STATE", "CALL", "THE PHONE")
	for _, a := range s.Agents {
		fmt.Fprintf(&b, "%-12.12s %-6s %-14.14s %-10.10s %.40s\n", a.Name, a.Extension, a.Activity, a.Call, v.last[a.Extension])
	}
	fmt.Fprintf(&b, "\n%-10s %-14s %-14s %-12s %-10s %6s\n", "CALL", "FROM", "TO", "STATE", "AGENT", "AGE")
	for _, c := range s.Calls[:min(len(s.Calls), 12)] {
		fmt.Fprintf(&b, "%-10.10s %-14.14s %-14.14s %-12.12s %-10.10s %5ds\n", c.ID, c.Caller, c.Dialled, c.State, c.Agent, c.AgeMS/1000)
	}
	if n := len(s.Calls) - 12; n > 0 {
		fmt.Fprintf(&b, "and %d more\n", n)
	}
	fmt.Fprintf(&b, "\nLAST\n%s\n", strings.Join(v.recent, "\n"))
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "attention: %s\n", w)
	}
	fmt.Fprint(v.d.out, b.String())
}

// summary is the last thing a demo says.
func (v *view) summary() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.table = false
	names := make([]string, 0, len(v.outcomes))
	total := 0
	for name, n := range v.outcomes {
		names = append(names, name)
		total += n
	}
	slices.Sort(names)
	parts := make([]string, 0, len(names))
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%d %s", v.outcomes[name], strings.ReplaceAll(name, "_", " ")))
	}
	var sum int64
	for _, w := range v.waits {
		sum += w
	}
	words := fmt.Sprintf("%d calls came, %d are over", v.placed, total)
	if len(parts) > 0 {
		words += ": " + strings.Join(parts, ", ")
	}
	if n := len(v.waits); n > 0 {
		words += fmt.Sprintf("; those answered waited %.1f s on average", float64(sum)/float64(n)/1000)
	}
	v.d.o.say(v.d.out, map[string]any{"what": "summary", "came": v.placed, "over": total, "outcomes": v.outcomes, "told": words}, words+".")
}
