package main

import (
	"context"
	"errors"
	"fmt"

	"autocom/appliance"
	"autocom/appliance/steward"

	"github.com/spf13/cobra"
)

func stewardCommand(o *options) *cobra.Command {
	var level string
	var users []string
	var with appliance.StewardOptions
	c := &cobra.Command{
		Use:   "steward",
		Short: "Run the steward: the box's network, clock, power and logs (a daemon)",
		Long: "steward answers a closed list of questions on its socket, to root, its own user and the users it is told, and writes each one down.\n" +
			"Without --box, on a developer's machine, it shows the network and changes nothing.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logger(level)
			if err != nil {
				return err
			}
			if with.Allow, err = userIDs(users); err != nil {
				return err
			}
			with.Firmware = firmware
			return appliance.RunSteward(cmd.Context(), o.layout(""), with, log)
		},
	}
	c.Flags().StringVar(&with.Socket, "socket", "", "where it answers (default RUN-DIR/steward.sock)")
	c.Flags().StringVar(&with.State, "state", "", "where it keeps settings and the audit file (default DIR/steward)")
	c.Flags().BoolVar(&with.Box, "box", false, "this machine is an Autocom box: its network, clock, power and logs are the steward's to change")
	allowUserFlag(c, &users)
	logFlag(c, &level)
	return c
}

// asking runs one question against the steward.
func (o *options) asking(cmd *cobra.Command, question func(context.Context, *steward.Client) error) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), 3*askTimeout) // networkd may take a while
	defer cancel()
	return o.withSteward(ctx, question)
}

func (o *options) withSteward(ctx context.Context, question func(context.Context, *steward.Client) error) error {
	c := steward.Dial(o.layout("").StewardSocket())
	defer c.Close()
	return question(ctx, c)
}

// refusedBySteward reports whether the steward would not do what it was asked.
func refusedBySteward(err error) bool {
	if _, bad := errors.AsType[*steward.ProblemsError](err); bad {
		return true
	}
	for _, known := range []error{
		steward.ErrNotOurs, steward.ErrBusy, steward.ErrNothing, steward.ErrToken, steward.ErrBack, steward.ErrUnit, steward.ErrLogUnit,
		steward.ErrClock, steward.ErrNoLamps, steward.ErrOften, steward.ErrWho, steward.ErrAudit,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

func boxCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "box", Short: "Start the box itself again, or switch it off"}
	var sure bool
	verb := func(name, short, words string, do func(*steward.Client, context.Context) error) *cobra.Command {
		c := &cobra.Command{
			Use: name + " --yes", Short: short, Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				if !sure {
					return usageError{fmt.Errorf("%s ends every call: say --yes to go on", name)}
				}
				return o.asking(cmd, func(ctx context.Context, c *steward.Client) error {
					if err := do(c, ctx); err != nil {
						return err
					}
					return o.said(cmd.OutOrStdout(), words)
				})
			},
		}
		c.Flags().BoolVar(&sure, "yes", false, "go on, although calls are cut")
		return c
	}
	parent.AddCommand(
		verb("reboot", "Start the box again; calls are cut", "The box starts again.", (*steward.Client).Reboot),
		verb("poweroff", "Switch the box off; calls are cut until somebody switches it on", "The box switches itself off.", (*steward.Client).PowerOff),
	)
	return parent
}
