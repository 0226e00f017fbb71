package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"

	"github.com/spf13/cobra"
)

// campaignCommand is what supervisors do with outbound campaigns, and agents with their contacts.
func campaignCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "campaign", Short: "Outbound campaigns: start, lists of contacts, consents, and the calls of agents"}
	deed := func(use, short, deed, words string) *cobra.Command {
		return o.typed(use+" CAMPAIGN", short, "campaign.do", 1, words, with("campaign", "deed", deed))
	}
	parent.AddCommand(
		deed("start", "Let it call from now on", "start", "It calls."),
		deed("pause", "Let it call nobody for now; calls under way go on", "pause", "It calls nobody for now."),
		deed("stop", "Let it call nobody of its list any more", "stop", "Nobody of its list is called any more."),
		importCommand(o), addCommand(o), nextCommand(o),
		o.typed("take AGENT CONTACT", "Give an agent the contact they chose", "contact.take", 2, "Given.", func(args []string) map[string]any {
			return map[string]any{"agent": args[0], "contact": args[1]}
		}),
		o.typed("dial AGENT", "Call the contact an agent has; their own phone rings first", "contact.dial", 1, "The phone rings.", func(args []string) map[string]any {
			return map[string]any{"agent": args[0]}
		}),
		o.typed("give-back AGENT", "Give back the contact an agent has", "contact.return", 1, "Anybody may call them.", with("agent", "skip", false)),
		o.typed("skip AGENT", "Put the contact an agent has aside for a while", "contact.return", 1, "Another one is next.", with("agent", "skip", true)),
		markCommand(o), consentCommand(o),
	)
	return parent
}

// mostList is how much of a list is read, in bytes: what the box takes.
const mostList = 4 << 20

func importCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "import CAMPAIGN FILE", Short: "Put the contacts of a CSV file into a campaign; lines that cannot be taken are told", Args: cobra.ExactArgs(2),
		Example: "  autocom campaign import relance clients.csv\n\nThe first line names the columns: numéro (or number), nom, consentement_source, consentement_texte, consentement_date; others are shown to the agent.",
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[1])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			list, err := io.ReadAll(io.LimitReader(f, mostList+1))
			if err != nil {
				return err
			}
			return o.order(cmd, "campaign.import", map[string]any{"campaign": args[0], "list": string(list)}, "Read.")
		},
	}
}

// printList tells which lines of a list were not taken.
func printList(out io.Writer, l *console.List, in console.Language) error {
	_, err := fmt.Fprintf(out, "%d contacts were taken, %d lines were not.\n", l.Taken, len(l.Rejected))
	for _, r := range l.Rejected {
		if err == nil {
			_, err = fmt.Fprintf(out, "line %d: %s\n", r.Line, console.BecauseIn(in, fact.Reason{Code: r.Code, Detail: r.Detail}))
		}
	}
	return err
}

func addCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "add CAMPAIGN NUMBER...", Short: "Put people into a campaign by their numbers; those that cannot be taken are told", Args: cobra.MinimumNArgs(2),
		Example: "  autocom campaign add relance 0612345678 \"06 12 34 56 79\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "campaign.import", map[string]any{"campaign": args[0], "list": "numéro\n" + strings.Join(args[1:], "\n")}, "Added.")
		},
	}
}

func nextCommand(o *options) *cobra.Command {
	var campaign string
	c := &cobra.Command{
		Use: "next AGENT", Short: "Give an agent the next contact to call", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "contact.next", map[string]any{"agent": args[0], "campaign": campaign}, "Given.")
		},
	}
	c.Flags().StringVar(&campaign, "campaign", "", "of this campaign (default: any that shows cards)")
	return c
}

func markCommand(o *options) *cobra.Command {
	var at string
	c := &cobra.Command{
		Use: "mark AGENT CONTACT MARK", Short: "Note how the last call with a contact went: converted, refused, wrong_number, machine, later", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			fields := map[string]any{"agent": args[0], "contact": args[1], "mark": args[2]}
			if at != "" {
				when, err := time.Parse(time.RFC3339, at)
				if err != nil {
					return usageError{fmt.Errorf("--at %q: write 2026-11-24T10:30:00+01:00", at)}
				}
				fields["at"] = when.UnixMilli()
			}
			return o.order(cmd, "contact.mark", fields, "Noted.")
		},
	}
	c.Flags().StringVar(&at, "at", "", "when to call again, for later")
	return c
}

func consentCommand(o *options) *cobra.Command {
	var source, text string
	var revoked bool
	c := &cobra.Command{
		Use: "consent NUMBER", Short: "Note that a person agreed to be called, with its proof, or took that back", Args: cobra.ExactArgs(1),
		Example: "  autocom campaign consent 0612345678 --source \"formulaire du 3 mars\" --text \"J'accepte d'être appelé\"\n  autocom campaign consent 0612345678 --revoked",
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.order(cmd, "consent.set", map[string]any{"number": args[0], "source": source, "text": text, "revoked": revoked}, "Noted.")
		},
	}
	c.Flags().StringVar(&source, "source", "", "where it was given")
	c.Flags().StringVar(&text, "text", "", "what the person agreed to, word for word")
	c.Flags().BoolVar(&revoked, "revoked", false, "it is taken back")
	return c
}
