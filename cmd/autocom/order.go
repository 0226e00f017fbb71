package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

// What agents and supervisors ask for, typed: the same commands as the toolbar and the supervisor's page send.

// order asks the box for a command and says words, or what came of it.
func (o *options) order(cmd *cobra.Command, name string, fields map[string]any, words string) error {
	return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
		done, err := c.Order(ctx, name, fields)
		if err != nil {
			return err
		}
		if o.json {
			return printJSON(cmd.OutOrStdout(), done)
		}
		if done.List != nil {
			return printList(cmd.OutOrStdout(), done.List, told(cmd, os.Getenv))
		}
		if k := done.Card; k != nil {
			words += fmt.Sprintf(" %s, %s %s, campaign %s, until %s.", k.Contact, k.Name, k.Number, k.Campaign, time.UnixMilli(k.Until).Local().Format(time.TimeOnly))
			for _, v := range k.Custom {
				words += "\n" + v.Name + ": " + v.Value
			}
		}
		if done.Slot != "" {
			words += " Slot " + done.Slot + "."
		}
		if done.Call != "" {
			words += " Call " + done.Call + "."
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), words)
		return err
	})
}

// typed is a command that is written with its arguments in their order. fields turns them into those of the command.
func (o *options) typed(use, short, name string, arguments int, words string, fields func(args []string) map[string]any) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(arguments),
		RunE: func(cmd *cobra.Command, args []string) error { return o.order(cmd, name, fields(args), words) },
	}
}

// with adds a field to those of an argument called field.
func with(field, more string, value any) func([]string) map[string]any {
	return func(args []string) map[string]any { return map[string]any{field: args[0], more: value} }
}

// supervisedAgent are the commands of a supervisor about an agent, beside those of the agent's own day.
func supervisedAgent(o *options) []*cobra.Command {
	var reason, note string
	force := &cobra.Command{
		Use: "force AGENT", Short: "Put an agent into available, or into a pause; during a call, after it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "agent.force", map[string]any{"agent": args[0], "pause": reason, "note": note}, args[0]+" is put there, or will be when the call ends.")
		},
	}
	force.Flags().StringVar(&reason, "reason", "", "the pause's name (default: available)")
	force.Flags().StringVar(&note, "note", "", "a word for the agent")
	lock := &cobra.Command{
		Use: "lock AGENT", Short: "Freeze an agent's status", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "agent.lock", map[string]any{"agent": args[0], "on": true, "note": note}, args[0]+" cannot change status any more.")
		},
	}
	lock.Flags().StringVar(&note, "note", "", "a word for the agent")
	return []*cobra.Command{
		force, lock,
		o.typed("unlock AGENT", "Let an agent change status again", "agent.lock", 1, "The status is the agent's again.", with("agent", "on", false)),
		{
			Use: "message AGENT WORDS…", Short: "A word to an agent, shown in the toolbar", Args: cobra.MinimumNArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return o.order(cmd, "agent.message", map[string]any{"agent": args[0], "text": strings.Join(args[1:], " ")}, "Said.")
			},
		},
	}
}

func callCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "call", Short: "What agents and supervisors do with calls: hold, hand over, park, listen, move"}
	parent.AddCommand(
		o.typed("hold AGENT", "Put the others of an agent's call on hold", "call.hold", 1, "They hear the music.", with("agent", "on", true)),
		o.typed("resume AGENT", "Take them back", "call.hold", 1, "They are back.", with("agent", "on", false)),
		transferCommand(o),
		o.typed("complete AGENT", "Hand the party over to whom the agent talks with now", "call.transfer_do", 1, "Handed over.", with("agent", "deed", "complete")),
		o.typed("take-back AGENT", "Take the party back from a transfer under way", "call.transfer_do", 1, "Taken back.", with("agent", "deed", "take_back")),
		o.typed("confer AGENT", "Let all three talk", "call.transfer_do", 1, "All three are connected.", with("agent", "deed", "confer")),
		o.typed("digits AGENT KEYS", "Send keys into an agent's call", "call.digits", 2, "Sent.", func(args []string) map[string]any {
			return map[string]any{"agent": args[0], "digits": args[1]}
		}),
		parkCommand(o), pickUpCommand(o),
		o.typed("record-pause CALL", "Pause the recording of a call", "call.record_pause", 1, "The recording is paused.", with("call", "paused", true)),
		o.typed("record-resume CALL", "Let it go on", "call.record_pause", 1, "The recording goes on.", with("call", "paused", false)),
		o.typed("keys-hide CALL", "Let nobody hear what a caller says and presses, while they type a card's number", "call.mask", 1, "Nobody hears them.", with("call", "on", true)),
		o.typed("keys-show CALL", "Let them be heard again", "call.mask", 1, "They are heard again.", with("call", "on", false)),
		o.typed("record-keep CALL", "Keep the recording of a call", "call.record_keep", 1, "It will be kept.", with("call", "keep", true)),
		o.typed("record-discard CALL", "Do not keep it", "call.record_keep", 1, "It will not be kept.", with("call", "keep", false)),
		superviseCommand(o),
		o.typed("take-over SUPERVISOR EXTENSION AGENT", "Give an agent's caller to a supervisor's phone", "call.take_over", 3, "That phone rings.", func(args []string) map[string]any {
			return map[string]any{"supervisor": args[0], "extension": args[1], "agent": args[2]}
		}),
		pullCommand(o), moveCommand(o),
	)
	return parent
}

func transferCommand(o *options) *cobra.Command {
	kinds := []string{"outside", "outside_attended", "extension", "agent", "agent_attended", "section", "contact", "contact_attended"}
	return &cobra.Command{
		Use: "transfer AGENT KIND TARGET", Short: "Hand the party of an agent's call over: " + strings.Join(kinds, ", "), Args: cobra.ExactArgs(3),
		Example: "  autocom call transfer ana outside 0612345678\n  autocom call transfer ana extension 203",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(kinds, args[1]) {
				return usageError{fmt.Errorf("%q: choose one of %s", args[1], strings.Join(kinds, ", "))}
			}
			return o.order(cmd, "call.transfer", map[string]any{"agent": args[0], "kind": args[1], "target": args[2]}, "Under way.")
		},
	}
}

func parkCommand(o *options) *cobra.Command {
	var slot string
	c := &cobra.Command{
		Use: "park AGENT", Short: "Park the party of an agent's call", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "call.park", map[string]any{"agent": args[0], "slot": slot}, "Parked.")
		},
	}
	c.Flags().StringVar(&slot, "slot", "", "where (default: the first that is free)")
	return c
}

func pickUpCommand(o *options) *cobra.Command {
	var agent, extension, call, ringing, slot string
	c := &cobra.Command{
		Use: "pick-up", Short: "Take a call that rings elsewhere, or is parked", Args: cobra.NoArgs,
		Example: "  autocom call pick-up --agent ben --ringing 201\n  autocom call pick-up --extension 204 --slot 701",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (agent == "") == (extension == "") {
				return usageError{errors.New("say at whose phone: --agent or --extension")}
			}
			return o.order(cmd, "call.pick_up", map[string]any{"agent": agent, "extension": extension, "call": call, "ringing": ringing, "slot": slot}, "Taken.")
		},
	}
	c.Flags().StringVar(&agent, "agent", "", "the agent who takes it")
	c.Flags().StringVar(&extension, "extension", "", "the phone that takes it")
	c.Flags().StringVar(&call, "call", "", "which call")
	c.Flags().StringVar(&ringing, "ringing", "", "what rings at this extension")
	c.Flags().StringVar(&slot, "slot", "", "who is parked there")
	c.MarkFlagsOneRequired("call", "ringing", "slot")
	c.MarkFlagsMutuallyExclusive("call", "ringing", "slot")
	return c
}

func superviseCommand(o *options) *cobra.Command {
	var extension string
	modes := []string{"listen", "whisper", "barge", "stop"}
	c := &cobra.Command{
		Use: "supervise SUPERVISOR AGENT MODE", Short: "Listen to an agent's call, whisper to the agent, talk with both, or stop", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(modes, args[2]) {
				return usageError{fmt.Errorf("%q: choose one of %s", args[2], strings.Join(modes, ", "))}
			}
			return o.order(cmd, "call.supervise", map[string]any{"supervisor": args[0], "agent": args[1], "mode": args[2], "extension": extension}, "Done.")
		},
	}
	c.Flags().StringVar(&extension, "extension", "", "the supervisor's phone, to begin with")
	return c
}

func pullCommand(o *options) *cobra.Command {
	var agent, extension string
	c := &cobra.Command{
		Use: "pull CALL", Short: "Give a waiting caller to an agent or a phone, past the order of the queue", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "call.pull", map[string]any{"call": args[0], "agent": agent, "extension": extension}, "That phone rings.")
		},
	}
	c.Flags().StringVar(&agent, "agent", "", "to this agent")
	c.Flags().StringVar(&extension, "extension", "", "to this phone")
	c.MarkFlagsOneRequired("agent", "extension")
	c.MarkFlagsMutuallyExclusive("agent", "extension")
	return c
}

func moveCommand(o *options) *cobra.Command {
	var queue string
	var first bool
	c := &cobra.Command{
		Use: "move CALL", Short: "Put a waiting caller in another queue, or first; the wait is kept", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "call.move", map[string]any{"call": args[0], "queue": queue, "first": first}, "Moved.")
		},
	}
	c.Flags().StringVar(&queue, "queue", "", "to this queue (default: the one they are in)")
	c.Flags().BoolVar(&first, "first", false, "before all others")
	c.MarkFlagsOneRequired("queue", "first")
	return c
}

func extensionCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "extension", Short: "What an extension does with its calls"}
	var dnd bool
	var forward, when string
	set := &cobra.Command{
		Use: "set EXTENSION", Short: "Do not disturb, and where calls go instead; without flags: neither", Args: cobra.ExactArgs(1),
		Example: "  autocom extension set 204 --forward 203 --when no_answer\n  autocom extension set 204",
		RunE: func(cmd *cobra.Command, args []string) error {
			if when != "" && !slices.Contains([]string{"always", "busy", "no_answer", "unreachable"}, when) {
				return usageError{fmt.Errorf("%q: choose always, busy, no_answer or unreachable", when)}
			}
			return o.order(cmd, "extension.set", map[string]any{"extension": args[0], "dnd": dnd, "forward": forward, "when": when}, "Set.")
		},
	}
	set.Flags().BoolVar(&dnd, "dnd", false, "do not disturb")
	set.Flags().StringVar(&forward, "forward", "", "a number, as dialled there")
	set.Flags().StringVar(&when, "when", "", "always, busy, no_answer or unreachable")
	parent.AddCommand(set)
	return parent
}

func callbackCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "callback", Short: "People to be called back"}
	parent.AddCommand(
		callbackList(o),
		callbackAsk(o),
		o.typed("cancel CALLBACK", "They are not to be called any more", "callback.cancel", 1, "Nobody will call.", func(args []string) map[string]any {
			return map[string]any{"callback": args[0]}
		}),
	)
	return parent
}

func callbackAsk(o *options) *cobra.Command {
	var after, until time.Duration
	c := &cobra.Command{
		Use: "ask QUEUE NUMBER", Short: "Somebody is to be called back from a queue, at once or within a slot", Args: cobra.ExactArgs(2),
		Example: "  autocom callback ask accueil 0612345678\n  autocom callback ask accueil 0612345678 --after 2h --until 4h",
		RunE: func(cmd *cobra.Command, args []string) error {
			fields := map[string]any{"queue": args[0], "number": args[1], "source": "command"}
			if after != 0 {
				fields["after_ms"] = after.Milliseconds()
			}
			if until != 0 {
				fields["until_ms"] = until.Milliseconds()
			}
			return o.order(cmd, "callback.ask", fields, "They will be called.")
		},
	}
	c.Flags().DurationVar(&after, "after", 0, "not before this long from now")
	c.Flags().DurationVar(&until, "until", 0, "and not after this long from now (default: as long as the queue keeps callbacks)")
	return c
}

func callbackList(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List who waits to be called back, oldest wish first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				all, err := c.Callbacks(ctx)
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), all)
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
				fmt.Fprintf(w, "CALLBACK\tQUEUE\tNUMBER\tWAITS\tASKED BY\tTRIES\tCALL\n")
				for _, k := range all {
					waits := clock(k.WaitMS)
					if k.WaitMS < 0 {
						waits = "in " + clock(-k.WaitMS)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", k.ID, k.Queue, k.Number, waits, k.Source, k.Attempts, orDash(k.Call))
				}
				return w.Flush()
			})
		},
	}
}

// orderCommand is for programs: any command, by its name and its fields as JSON.
func orderCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "order NAME FIELDS", Short: "Any command of agents and supervisors, its fields as JSON: for programs", Args: cobra.ExactArgs(2),
		Example: `  autocom order call.hold '{"agent":"ana","on":true}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			fields := map[string]any{}
			if err := json.Unmarshal([]byte(args[1]), &fields); err != nil {
				return usageError{fmt.Errorf("the fields are no JSON object: %w", err)}
			}
			return o.order(cmd, args[0], fields, "Done.")
		},
	}
}
