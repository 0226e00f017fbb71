package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/wording"

	"github.com/spf13/cobra"
)

// enrolTimeout bounds an enrolment: the box may have to find the console's name, and a proxy may be slow.
const enrolTimeout = 90 * time.Second

func cloudCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "cloud", Short: "The central console: join it, see the link, leave it"}
	status := &cobra.Command{
		Use: "status", Short: "How the link is, which document is in force, what waits to be sent", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				s, err := c.Link(ctx)
				if err != nil {
					return err
				}
				return o.printLink(cmd.OutOrStdout(), s)
			})
		},
	}
	var server string
	enrol := &cobra.Command{
		Use: "enrol --server https://HOST:PORT [CLAIM-CODE]", Short: "Join a central console with the claim code it gave for this box",
		Long: "enrol joins the central console. The claim code comes from the console (add a box) and works once, within a day.\n" +
			"Without the code on the command line it is read from the input, so that it stays out of the shell's history.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if server == "" {
				return usageError{errors.New("--server: the console shows its address beside the claim code: https://HOST:PORT")}
			}
			claim := ""
			if len(args) == 1 {
				claim = args[0]
			} else {
				fmt.Fprint(cmd.ErrOrStderr(), "Claim code: ")
				line, err := bufio.NewReader(io.LimitReader(os.Stdin, 256)).ReadString('\n')
				if err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				claim = strings.TrimSpace(line)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), enrolTimeout)
			defer cancel()
			return o.stream(ctx, func(ctx context.Context, c *console.Client) error {
				s, err := c.Enrol(ctx, console.Enrolment{Server: server, Claim: claim})
				if err != nil {
					return err
				}
				return o.printLink(cmd.OutOrStdout(), s)
			})
		},
	}
	enrol.Flags().StringVar(&server, "server", "", "address of the console's device listener, as the console shows it")
	var sure bool
	leave := &cobra.Command{
		Use: "leave --yes", Short: "Forget the central console; the document in force stays", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !sure {
				return usageError{errors.New("the box will get no settings and send no statistics any more: say --yes to go on")}
			}
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				if err := c.Leave(ctx); err != nil {
					return err
				}
				return o.said(cmd.OutOrStdout(), "The box has left the central console. Its document stays in force.")
			})
		},
	}
	leave.Flags().BoolVar(&sure, "yes", false, "yes, leave it")
	parent.AddCommand(status, enrol, leave)
	return parent
}

func (o *options) printLink(out io.Writer, s console.LinkStatus) error {
	if o.json {
		return printJSON(out, s)
	}
	if !s.Enrolled {
		_, err := fmt.Fprintln(out, "This box belongs to no central console. `autocom cloud enrol` joins one.")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "console\t%s\n", s.Server)
	fmt.Fprintf(w, "customer\t%s\n", s.Tenant)
	fmt.Fprintf(w, "site\t%s\n", s.Site)
	since := s.Since.Local().Format(time.DateTime)
	switch {
	case s.Up:
		fmt.Fprintf(w, "link\tup since %s\n", since)
	case s.Code != "" || s.Trouble != "":
		sentence, remedy := obstacle(s)
		fmt.Fprintf(w, "link\tdown since %s: %s\n", since, sentence)
		if remedy != "" {
			fmt.Fprintf(w, "remedy\t%s\n", remedy)
		}
	default:
		fmt.Fprintf(w, "link\tdown since %s\n", since)
	}
	switch {
	case s.Trial > 0:
		fmt.Fprintf(w, "document\trevision %d of the console, on trial (revision %d was in force)\n", s.Trial, s.Revision)
	case s.Revision > 0:
		fmt.Fprintf(w, "document\trevision %d of the console\n", s.Revision)
	default:
		fmt.Fprintf(w, "document\tthe box's own: the console has published none for it\n")
	}
	if s.Why != "" {
		fmt.Fprintf(w, "\t%s\n", s.Why)
	}
	if s.Waiting > 0 {
		fmt.Fprintf(w, "to send\tabout %d facts, the oldest of %s\n", s.Waiting, s.Oldest.Local().Format(time.DateTime))
	} else {
		fmt.Fprintf(w, "to send\tnothing waits\n")
	}
	fmt.Fprintf(w, "certificate\tvalid until %s\n", s.Expires.Local().Format(time.DateOnly))
	return w.Flush()
}

// obstacle is why the link is down, in the words that the box's own page and the installer's menu have for it too.
func obstacle(s console.LinkStatus) (sentence, remedy string) {
	known, ok := wording.Link(s.Code)
	if !ok {
		return s.Trouble, ""
	}
	sentence = known.English.Sentence
	if s.Detail != "" {
		sentence = strings.TrimSuffix(sentence, ".") + " (" + s.Detail + ")."
	}
	return sentence, known.English.Remedy
}

func adminCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "admin", Short: "Let the first person in at the box's own page"}
	parent.AddCommand(&cobra.Command{
		Use: "code", Short: "Make a code with which one person may sign in, once, within 15 minutes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				code, err := c.AdminCode(ctx)
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), code)
				}
				where := "at the box's own page"
				if code.Page != "" {
					where = "at " + code.Page
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s   works once, %s, until %s\n", code.Code, where, code.Until.Local().Format(time.TimeOnly))
				return err
			})
		},
	})
	return parent
}
