// Command autocom is the box: its daemons, and the commands an installer types.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"autocom/appliance/console"
	"autocom/appliance/site"
	"autocom/appliance/steward"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "development"

// Exit codes, the same for every command.
const (
	exitOK       = 0
	exitFailed   = 1 // it was tried and failed
	exitUsage    = 2 // the command line is wrong
	exitNoBox    = 3 // no core answers, or no steward
	exitProblems = 4 // the site document has problems
	exitRefused  = 5 // the box will not do that, and said why
	exitNotFound = 6 // no such call, recording, trunk or ban
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// usageError is a wrong command line.
type usageError struct{ error }

func exitCode(err error) int {
	var problems *site.ProblemsError
	var refused *console.Refused
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, console.ErrNoBox), errors.Is(err, steward.ErrNoSteward):
		return exitNoBox
	case errors.As(err, &problems), errors.Is(err, console.ErrDocument):
		return exitProblems
	case errors.As(err, &refused), refusedBySteward(err):
		return exitRefused
	case errors.Is(err, console.ErrNotFound):
		return exitNotFound
	default:
		return exitFailed
	}
}

func run(args []string, stdout, stderr *os.File) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !errors.Is(err, errSaid) && !errors.Is(err, context.Canceled) {
		complain(cmd, err)
	}
	return exitCode(err)
}

// errSaid ends a command whose trouble was already printed.
var errSaid = errors.New("already said")

// options are the flags every command has.
type options struct {
	dir  string
	run  string // where the sockets are; empty: see runDir
	json bool

	language languageFlag // of refusals
}

func rootCommand() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:           "autocom",
		Short:         "The branch office's telephone exchange and call centre",
		Long:          "autocom is the box: its daemons (run, core, media, steward, console) and the commands that watch and mend it.\nExit codes: 0 done, 1 failed, 2 wrong command line, 3 no box answers, 4 problems in the site document, 5 refused, 6 not found.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&o.dir, "dir", envOr("AUTOCOM_DIR", installedDir), "where the box keeps its state")
	root.PersistentFlags().StringVar(&o.run, "run-dir", envOr("AUTOCOM_RUN", ""), "where its sockets are (default: /run/autocom, or DIR/run when --dir is given)")
	root.PersistentFlags().Var(&o.language, "language", "of refusals, fr or en (default: that of this session, LANG)")
	root.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON for programs")
	root.AddCommand(
		runCommand(&o), coreCommand(&o), mediaCommand(&o), stewardCommand(&o), consoleCommand(&o),
		netCommand(&o), logsCommand(&o), boxCommand(&o),
		checkSiteCommand(&o), statusCommand(&o), callsCommand(&o), traceCommand(&o), statsCommand(&o), whatIfCommand(&o),
		agentCommand(&o), callCommand(&o), extensionCommand(&o), callbackCommand(&o), campaignCommand(&o), orderCommand(&o), dialCommand(&o), hangUpCommand(&o), recordingsCommand(&o),
		voicemailCommand(&o), eraseCallerCommand(&o), exportCallerCommand(&o),
		trunkCommand(&o), bansCommand(&o), nightCommand(&o), clockCommand(&o), doctorCommand(&o), cloudCommand(&o), adminCommand(&o), peopleCommand(&o), reloadCommand(&o), restartCommand(&o), versionCommand(&o),
	)
	wrapArgs(root)
	return root
}

// wrapArgs turns every complaint about arguments into a usage error, so that scripts can tell it from a failure.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if c.HasSubCommands() {
		check = subcommand
		if c.RunE == nil {
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	} else if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

// subcommand refuses a command that is none, and says which one may be meant.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	words := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
	if cmd.SuggestionsMinimumDistance == 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		words += ": did you mean " + strings.Join(like, ", ") + "?"
	}
	return errors.New(words)
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
