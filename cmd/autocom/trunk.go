package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"autocom/appliance"
	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

// testTimeout bounds the calls of one proof.
const testTimeout = 3 * time.Minute

func trunkCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "trunk", Short: "Carriers' lines: prove one by calls, list the profiles"}
	var t console.TrunkTest
	test := &cobra.Command{
		Use: "test TRUNK", Short: "Place the calls that prove a line, and print a report to hand over", Args: cobra.ExactArgs(1),
		Long: "Calls the line's own number by the line, so that the call comes back in: out, in, identity, keys, hold, session refresh and the end are seen\n" +
			"from both sides. Nobody's phone rings. --emergency calls 112 as well, and is refused on a line that is not simulated.",
		RunE: func(cmd *cobra.Command, args []string) error {
			t.Trunk = args[0]
			ctx, cancel := context.WithTimeout(cmd.Context(), testTimeout)
			defer cancel()
			return o.stream(ctx, func(ctx context.Context, c *console.Client) error { return o.testTrunk(ctx, cmd.OutOrStdout(), c, t) })
		},
	}
	test.Flags().StringVar(&t.Number, "number", "", "call this number of ours instead of the line's own")
	test.Flags().BoolVar(&t.Emergency, "emergency", false, "call 112 too: simulated lines only")
	profiles := &cobra.Command{
		Use: "profiles", Short: "The profiles of carriers the box knows", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := appliance.TrunkProfiles()
			if o.json {
				return printJSON(cmd.OutOrStdout(), all)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintf(w, "PROFILE\tWHAT IT IS FOR\n")
			for _, p := range all {
				fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Title)
			}
			return w.Flush()
		},
	}
	parent.AddCommand(test, profiles)
	return parent
}

func (o *options) testTrunk(ctx context.Context, out io.Writer, c *console.Client, t console.TrunkTest) error {
	var steps []console.TestStep
	passed, failed := 0, 0
	err := c.TestTrunk(ctx, t, func(s console.TestStep) bool {
		if len(steps) == 0 && !o.json {
			fmt.Fprintf(out, "Proof of trunk %s, %s\n\n", t.Trunk, time.Now().Format(time.DateTime))
		}
		steps = append(steps, s)
		switch {
		case s.OK:
			passed++
		case !s.Skipped:
			failed++
		}
		if o.json {
			return true
		}
		mark := "ok     "
		switch {
		case s.Skipped:
			mark = "skipped"
		case !s.OK:
			mark = "FAILED "
		}
		_, err := fmt.Fprintf(out, "%s  %-10s  %s\n", mark, s.Name, s.Sentence)
		if s.Remedy != "" && err == nil {
			_, err = fmt.Fprintf(out, "                     do: %s\n", s.Remedy)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	if o.json {
		if err := printJSON(out, steps); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "\n%d of %d steps passed\n", passed, len(steps))
	}
	if failed > 0 {
		return errSaid
	}
	return nil
}
