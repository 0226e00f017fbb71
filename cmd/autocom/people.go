package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

func peopleCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "people", Short: "Who may sign in at the box's own page: list them, invite, let nobody in as them any more"}
	list := &cobra.Command{
		Use: "list", Short: "Whom the site document names, and how far they are", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				people, err := c.People(ctx)
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), people)
				}
				return printPeople(cmd.OutOrStdout(), people)
			})
		},
	}
	invite := &cobra.Command{
		Use: "invite PERSON", Short: "Make a code with which a person chooses a password, within a week", Args: cobra.ExactArgs(1),
		Long: "Make a code with which a person chooses a password, once, within a week. Hand it to that person and to nobody else.\n" +
			"The invitation before is over; a password the person has stays good until another is chosen.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				i, err := c.Invite(ctx, args[0])
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), i)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s   for %s, works once, at %s, until %s\n", i.Code, i.ID, i.Page, i.Until.Local().Format(time.DateTime))
				return err
			})
		},
	}
	forget := &cobra.Command{
		Use: "forget PERSON", Short: "Take a person's password and invitation away, and sign them out", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				if err := c.Forget(ctx, args[0]); err != nil {
					return err
				}
				return o.said(cmd.OutOrStdout(), "nobody signs in as "+args[0]+" before a new invitation.")
			})
		},
	}
	parent.AddCommand(list, invite, forget)
	return parent
}

func printPeople(out io.Writer, people []console.Person) error {
	if len(people) == 0 {
		_, err := fmt.Fprintln(out, "the site document names no agent, no supervisor and no administrator")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "PERSON\tNAME\tROLES\tSIGNS IN\n")
	for _, p := range people {
		how := "not invited"
		switch {
		case !p.Password.IsZero():
			how = "password since " + p.Password.Local().Format(time.DateOnly)
		case !p.Invited.IsZero():
			how = "invited until " + p.Invited.Local().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.ID, p.Name, strings.Join(p.Roles, ", "), how)
	}
	return w.Flush()
}
