package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

// askTimeout bounds a question that is not a stream.
const askTimeout = 10 * time.Second

// ask runs one question against the box.
func (o *options) ask(cmd *cobra.Command, question func(context.Context, *console.Client) error) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), askTimeout)
	defer cancel()
	return o.stream(ctx, question)
}

func (o *options) stream(ctx context.Context, question func(context.Context, *console.Client) error) error {
	c := console.Dial(filepath.Join(o.runDir(), "console.sock"))
	defer c.Close()
	return question(ctx, c)
}

// siteZone is whose clocks times are shown by: the site's, as in its statistics; this machine's when the box does not say.
func siteZone(ctx context.Context, c *console.Client) *time.Location {
	s, err := c.Status(ctx)
	if err != nil || s.Site.Zone == "" {
		return time.Local
	}
	zone, err := time.LoadLocation(s.Site.Zone)
	if err != nil {
		return time.Local
	}
	return zone
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (o *options) said(w io.Writer, words string) error {
	if o.json {
		return printJSON(w, map[string]bool{"done": true})
	}
	_, err := fmt.Fprintln(w, words)
	return err
}

func statusCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "How the box is: calls, queues, agents, phones, trunks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				s, err := c.Status(ctx)
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), s)
				}
				return printStatus(cmd.OutOrStdout(), s)
			})
		},
	}
}

func printStatus(out io.Writer, s console.Status) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "%s\tautocom %s, up %s, SIP on %s\n", s.Site.Name, s.Version, time.Since(s.Started).Round(time.Second), s.SIP)
	document := "revision " + s.Site.Revision
	if s.Site.LastGood {
		document += " (the last good one: the document itself has problems)"
	}
	fmt.Fprintf(w, "document\t%s\n", document)
	fmt.Fprintf(w, "journal\t%s\n", journalWords(s.Journal))
	fmt.Fprintf(w, "media\t%s\n", mediaWords(s.Media))
	for _, t := range s.Trunks {
		fmt.Fprintf(w, "trunk %s\t%s, %d of %d channels in use\n", t.Name, upWords(t.Up), t.InUse, t.Channels)
	}
	for _, warning := range s.Warnings {
		fmt.Fprintf(w, "attention\t%s\n", warning)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "QUEUE\tWAITING\tLONGEST\tTALKING\n")
	for _, q := range s.Queues {
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\n", q.Name, q.Waiting, clock(q.LongestMS), q.Talking)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "AGENT\tPHONE\tSTATE\tSINCE\tCALL\tWHY NOT OFFERED CALLS\n")
	for _, a := range s.Agents {
		var why []string
		for _, r := range a.WhyNot {
			why = append(why, r.Code)
		}
		state := a.Activity
		if a.Session != "logged_in" {
			state = a.Session
		} else if a.Pause != "" {
			state += " (pause " + a.Pause + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.Name, a.Extension, state, clock(a.SinceMS), a.Call, strings.Join(why, ", "))
	}
	fmt.Fprintln(w)
	if len(s.Campaigns) > 0 {
		fmt.Fprintf(w, "CAMPAIGN\tMODE\tSTATE\tTO CALL\tNOW\tDONE\tREFUSED\n")
		for _, k := range s.Campaigns {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\n", k.ID, k.Mode, campaignWords(k), k.Open, k.Calling, k.Done, k.Refused)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "CALL\tFLOW\tFROM\tTO\tSTATE\tQUEUE\tAGENT\tAGE\n")
	for _, c := range s.Calls {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Flow, orDash(c.Caller), orDash(c.Dialled), c.State, c.Queue, c.Agent, clock(c.AgeMS))
	}
	if len(s.Calls) == 0 {
		fmt.Fprintf(w, "none\n")
	}
	return w.Flush()
}

func campaignWords(k console.CampaignStatus) string {
	switch {
	case !k.Running:
		return "held"
	case !k.Now:
		return "started, closed at this hour"
	default:
		return "calling"
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func upWords(up bool) string {
	if up {
		return "up"
	}
	return "DOWN"
}

func mediaWords(m console.MediaStatus) string {
	if !m.Up {
		return "DOWN: no sound; it is started again by itself"
	}
	return fmt.Sprintf("up, %d legs", m.Legs)
}

func journalWords(j console.JournalStatus) string {
	if j.Healthy {
		return "well, at " + j.Last.String()
	}
	return "TROUBLE: " + j.Trouble
}

func clock(ms int64) string {
	s := ms / 1000
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

func reloadCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Read the site document again; running calls keep the one they started with",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				r, err := c.Reload(ctx)
				switch {
				case err != nil:
					return err
				case o.json:
					return printJSON(cmd.OutOrStdout(), r)
				case r.Changed:
					return o.said(cmd.OutOrStdout(), fmt.Sprintf("The box lives by revision %s from here on (before: %s).", r.Revision, r.Previous))
				default:
					return o.said(cmd.OutOrStdout(), fmt.Sprintf("Nothing changed: revision %s.", r.Revision))
				}
			})
		},
	}
}

func (o *options) command(cmd *cobra.Command, c console.Command, words string) error {
	return o.ask(cmd, func(ctx context.Context, client *console.Client) error {
		if err := client.Command(ctx, c); err != nil {
			return err
		}
		return o.said(cmd.OutOrStdout(), words)
	})
}

func restartCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "restart",
		Short: "Restart the core without dropping a call",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbRestart}, "The core hands its calls over and starts again.")
		},
	}
}

func hangUpCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "hangup CALL",
		Short: "End a call",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbHangUp, Call: args[0]}, "Call "+args[0]+" is ended.")
		},
	}
}

func agentCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "agent", Short: "Log agents in and out, pause them, make them available, lock their status"}
	var extension, reason string
	in := &cobra.Command{
		Use: "login AGENT", Short: "Log an agent in on their phone, available", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbLogIn, Agent: args[0], Extension: extension}, args[0]+" is logged in.")
		},
	}
	in.Flags().StringVar(&extension, "extension", "", "the phone (default: the one in the site document)")
	out := &cobra.Command{
		Use: "logout AGENT", Short: "Log an agent out; a call in progress goes on", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbLogOut, Agent: args[0]}, args[0]+" is logged out.")
		},
	}
	pause := &cobra.Command{
		Use: "pause AGENT", Short: "Pause an agent; during a call, after it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbPause, Agent: args[0], Pause: reason}, args[0]+" is paused, or will be when the call ends.")
		},
	}
	pause.Flags().StringVar(&reason, "reason", "pause", "the reason's name")
	ready := &cobra.Command{
		Use: "ready AGENT", Short: "Make an agent available", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbReady, Agent: args[0]}, args[0]+" is available.")
		},
	}
	parent.AddCommand(in, out, pause, ready)
	parent.AddCommand(supervisedAgent(o)...)
	return parent
}

func versionCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Which version this is", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.json {
				return printJSON(cmd.OutOrStdout(), map[string]string{"version": version})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "autocom "+version)
			return err
		},
	}
}
