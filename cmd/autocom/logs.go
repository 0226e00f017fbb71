package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"autocom/appliance/steward"

	"github.com/spf13/cobra"
)

func logsCommand(o *options) *cobra.Command {
	var unit string
	var last int
	var follow bool
	c := &cobra.Command{
		Use:     "logs",
		Short:   "The last lines that the box's programs wrote to the system's log",
		Example: "  autocom logs --unit core --last 20 --follow",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var units []steward.Unit
			if unit != "" {
				units = []steward.Unit{steward.Unit(unit)}
				if !slices.Contains(steward.Units(), units[0]) {
					return usageError{fmt.Errorf("--unit %s: choose core, media, console or steward", unit)}
				}
			}
			if last < 1 || last > steward.MaxLines {
				return usageError{fmt.Errorf("--last %d: choose 1 to %d", last, steward.MaxLines)}
			}
			var broken error
			show := func(l steward.LogLine) bool {
				broken = o.printLog(cmd, l)
				return broken == nil
			}
			if follow {
				err := o.withSteward(cmd.Context(), func(ctx context.Context, c *steward.Client) error { return c.Follow(ctx, units, last, show) })
				return errors.Join(err, broken)
			}
			return o.asking(cmd, func(ctx context.Context, c *steward.Client) error {
				lines, err := c.Logs(ctx, steward.LogQuery{Units: units, Lines: last})
				if err != nil {
					return err
				}
				for _, l := range lines {
					if !show(l) {
						break
					}
				}
				return broken
			})
		},
	}
	c.Flags().StringVar(&unit, "unit", "", "one program alone: core, media, console or steward")
	c.Flags().IntVar(&last, "last", 100, "how many lines")
	c.Flags().BoolVar(&follow, "follow", false, "go on with the lines that come, until Ctrl-C")
	return c
}

// printLog writes one line; as JSON, one object a line, so that a program can read it while it grows.
func (o *options) printLog(cmd *cobra.Command, l steward.LogLine) error {
	if o.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(l)
	}
	mark := ""
	switch {
	case l.Level <= 3:
		mark = "ERROR "
	case l.Level == 4:
		mark = "WARN "
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %-7s  %s%s\n", l.At.Local().Format(time.DateTime), l.Unit, mark, l.Words)
	return err
}
