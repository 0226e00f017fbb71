package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"

	"github.com/spf13/cobra"
)

func callsCommand(o *options) *cobra.Command {
	var follow, facts bool
	var last int
	c := &cobra.Command{
		Use:   "calls",
		Short: "The calls that were: outcome, waiting, talking; with --follow, everything as it happens",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if last < 1 || last > 10000 {
				return usageError{fmt.Errorf("--last %d: choose 1 to 10000", last)}
			}
			return o.stream(cmd.Context(), func(ctx context.Context, client *console.Client) error {
				if follow || facts {
					return o.facts(ctx, cmd.OutOrStdout(), client, facts, follow)
				}
				return o.pastCalls(ctx, cmd.OutOrStdout(), client, last)
			})
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "print every fact as it happens, until Ctrl-C")
	c.Flags().BoolVar(&facts, "facts", false, "print every fact the journal keeps, one a line; with --follow, then those that come")
	c.Flags().IntVar(&last, "last", 20, "how many calls")
	return c
}

// facts prints facts: those the journal keeps, those from now on, or both.
func (o *options) facts(ctx context.Context, out io.Writer, client *console.Client, past, follow bool) error {
	var after fact.Address
	zone := siteZone(ctx, client)
	if !past {
		s, err := client.Status(ctx)
		if err != nil {
			return err
		}
		after = s.Journal.Last
	}
	return client.Facts(ctx, after, follow, func(e fact.Entry) bool {
		if o.json {
			return json.NewEncoder(out).Encode(e) == nil
		}
		words, why := console.Words(e.Fact)
		_, err := fmt.Fprintf(out, "%s  %-10s  %s\n", e.At.Time().In(zone).Format("15:04:05.000"), orDash(console.CallOf(e.Fact)), words)
		for _, w := range why {
			if err == nil {
				_, err = fmt.Fprintf(out, "%26s  because %s\n", "", w)
			}
		}
		return err == nil
	})
}

// pastCall is one call of the past, folded from its facts.
type pastCall struct {
	ID      string         `json:"id"`
	Started time.Time      `json:"started"`
	Flow    string         `json:"flow"`
	Dialled string         `json:"dialled,omitempty"`
	Queue   string         `json:"queue,omitempty"`
	Agent   string         `json:"agent,omitempty"`
	Offers  int            `json:"offers"`
	Ended   fact.CallEnded `json:"ended"`
}

// factsPerCall is more than the facts of almost every call: so far back the last calls are looked for before the whole journal is read.
const factsPerCall = 200

func (o *options) pastCalls(ctx context.Context, out io.Writer, client *console.Client, last int) error {
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	after := s.Journal.Last
	after.N -= min(after.N, uint64(last)*factsPerCall)
	done, err := callsAfter(ctx, client, after, last)
	if err == nil && len(done) < last {
		done, err = callsAfter(ctx, client, fact.Address{}, last)
	}
	if err != nil {
		return err
	}
	return o.printCalls(out, done, siteZone(ctx, client))
}

// callsAfter folds the last calls that began and ended after an address.
func callsAfter(ctx context.Context, client *console.Client, after fact.Address, last int) ([]pastCall, error) {
	open := map[string]*pastCall{}
	var done []pastCall
	err := client.Facts(ctx, after, false, func(e fact.Entry) bool {
		switch f := e.Fact.(type) {
		case fact.CallOpened:
			open[f.Call] = &pastCall{ID: f.Call, Started: e.At.Time(), Flow: f.Flow, Dialled: f.Dialled}
		case fact.VisitEntered:
			if c := open[f.Call]; c != nil {
				c.Queue = f.Queue
			}
		case fact.OfferEnded:
			if c := open[f.Call]; c != nil {
				c.Offers++
				if f.Outcome == fact.OfferAnswered {
					c.Agent = f.Agent
				}
			}
		case fact.CallEnded:
			if c := open[f.Call]; c != nil {
				c.Ended = f
				done = append(done, *c)
				delete(open, f.Call)
				if len(done) > last {
					done = done[1:]
				}
			}
		default: // not in the table
		}
		return true
	})
	return done, err
}

func (o *options) printCalls(out io.Writer, done []pastCall, zone *time.Location) error {
	if o.json {
		return printJSON(out, append([]pastCall{}, done...))
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "STARTED (%s)\tCALL\tFLOW\tDIALLED\tQUEUE\tAGENT\tOUTCOME\tOFFERS\tWAIT\tTALK\n", zone)
	for _, c := range done {
		outcome := string(c.Ended.Outcome)
		if c.Ended.Stage != fact.StageNone {
			outcome += " (" + string(c.Ended.Stage) + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", c.Started.In(zone).Format(time.DateTime), c.ID, c.Flow, orDash(c.Dialled), orDash(c.Queue), orDash(c.Agent), outcome, c.Offers, clock(c.Ended.WaitMS), clock(c.Ended.TalkMS))
	}
	return w.Flush()
}

func traceCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:     "trace CALL",
		Short:   "Tell one call's story: what happened, why, and its SIP messages",
		Example: "  autocom trace 3-000017",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				t, err := c.Trace(ctx, args[0])
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), t)
				}
				return printTrace(cmd.OutOrStdout(), t, siteZone(ctx, c))
			})
		},
	}
}

func printTrace(out io.Writer, t console.Trace, zone *time.Location) error {
	var err error
	line := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(out, format+"\n", args...)
		}
	}
	if len(t.Story) > 0 {
		line("Call %s, %s %s", t.Call, t.Story[0].At.In(zone).Format(time.DateTime), zone)
	}
	for _, s := range t.Story {
		line("%8d.%03d s  %s", s.MS/1000, s.MS%1000, s.Words)
		for _, why := range s.Why {
			line("%16s because %s", "", why)
		}
	}
	for _, q := range t.Quality {
		line("%16s %s", "", q)
	}
	if len(t.Ladder) > 0 {
		line("")
		line("SIP messages (the last that were kept):")
	}
	for _, l := range t.Ladder {
		arrow := "<--"
		if !l.In {
			arrow = "-->"
		}
		line("  %s  %-22s %s  %s  %s", l.At.In(zone).Format("15:04:05.000"), l.Peer, arrow, l.Leg, l.Line)
	}
	return err
}
