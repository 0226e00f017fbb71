package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

func bansCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "bans", Short: "Addresses the box keeps out: list them, let one in again"}
	list := &cobra.Command{
		Use: "list", Short: "Who is kept out, why and until when", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				bans, err := c.Bans(ctx)
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), bans)
				}
				return printBans(cmd.OutOrStdout(), bans)
			})
		},
	}
	remove := &cobra.Command{
		Use: "remove ADDRESS", Short: "Let an address in again, and forget what it did", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := netip.ParseAddr(args[0])
			if err != nil {
				return usageError{fmt.Errorf("%q is no address", args[0])}
			}
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				if err := c.Unban(ctx, a); err != nil {
					return err
				}
				return o.said(cmd.OutOrStdout(), a.String()+" may come in again.")
			})
		},
	}
	parent.AddCommand(list, remove)
	return parent
}

func printBans(out io.Writer, bans []console.Ban) error {
	if len(bans) == 0 {
		_, err := fmt.Fprintln(out, "nobody is kept out")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "ADDRESS\tREASON\tSINCE\tUNTIL\tTIMES\n")
	for _, b := range bans {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\n", b.Address, b.Reason, b.Since.Local().Format(time.DateTime), b.Until.Local().Format(time.DateTime), b.Times)
	}
	return w.Flush()
}

func doctorCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Look for what is known to go wrong: NAT, SIP ALG, certificates, registrations; each with its remedy", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				all, err := c.Doctor(ctx)
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), all)
				}
				return printFindings(cmd.OutOrStdout(), all)
			})
		},
	}
}

func printFindings(out io.Writer, all []console.Finding) error {
	marks := map[console.Gravity]string{console.Good: "ok     ", console.Notice: "notice ", console.Trouble: "TROUBLE"}
	troubles := 0
	for _, f := range all {
		if f.Gravity == console.Trouble {
			troubles++
		}
		about := ""
		if f.About != "" {
			about = f.About + ": "
		}
		fmt.Fprintf(out, "%s  %s%s\n", marks[f.Gravity], about, f.Sentence)
		if f.Evidence != "" {
			fmt.Fprintf(out, "         seen: %s\n", f.Evidence)
		}
		if f.Remedy != "" {
			fmt.Fprintf(out, "         do:   %s\n", f.Remedy)
		}
	}
	_, err := fmt.Fprintf(out, "%d looked at, %d in trouble\n", len(all), troubles)
	return err
}

func nightCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "night on|off|auto", Short: "Lock the lines outside, open them, or leave it to the site document", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			words := map[string]string{
				"on":   "The lines outside are locked; emergency numbers always pass.",
				"off":  "The lines outside are open.",
				"auto": "The site document decides again.",
			}[args[0]]
			if words == "" {
				return usageError{fmt.Errorf("%q: choose on, off or auto", args[0])}
			}
			return o.command(cmd, console.Command{Verb: console.VerbNight, Mode: args[0]}, words)
		},
	}
}

func clockCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "clock", Short: "The box's date: while it is not sure, nothing is erased for its age"}
	parent.AddCommand(&cobra.Command{
		Use: "confirm", Short: "The date and time of the box are right: what is old enough may be erased again", Args: cobra.NoArgs,
		Example: "  date; autocom clock confirm",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbClock, Mode: "confirm"}, "The clock is sure; what is old enough is erased within the hour.")
		},
	})
	return parent
}

func dialCommand(o *options) *cobra.Command {
	var agent string
	c := &cobra.Command{
		Use: "dial EXTENSION NUMBER", Short: "Ring a phone, and once it is lifted dial a number from it", Args: cobra.RangeArgs(1, 2),
		Example: "  autocom dial 201 0123456789\n  autocom dial --agent ana 0123456789",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (agent == "") != (len(args) == 2) {
				return usageError{errors.New("name the phone, or --agent, and then the number")}
			}
			d := console.Command{Verb: console.VerbDial, Agent: agent, Number: args[len(args)-1]}
			if agent == "" {
				d.Extension = args[0]
			}
			return o.command(cmd, d, "The phone rings; lift it.")
		},
	}
	c.Flags().StringVar(&agent, "agent", "", "the agent whose phone rings")
	return c
}
