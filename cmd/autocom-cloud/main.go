// Command autocom-cloud is the central API and console: what branch offices' boxes speak to, and the page their administrators work with.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // days of sites begin in their own time zones, whatever this machine knows

	"autocom/cloud-sync/central"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "development"

// Exit codes, the same as those of autocom.
const (
	exitOK       = 0
	exitFailed   = 1 // it was tried and failed
	exitUsage    = 2 // the command line is wrong
	exitRefused  = 5 // that is not done, and it was said why
	exitNotFound = 6 // no such tenant
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// usageError is a wrong command line.
type usageError struct{ error }

func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, central.ErrRefused):
		return exitRefused
	case errors.Is(err, central.ErrNotFound):
		return exitNotFound
	}
	return exitFailed
}

func run(args []string, stdout, stderr *os.File) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(stderr, "autocom-cloud: "+err.Error())
	}
	return exitCode(err)
}

// options are the flags every command has.
type options struct {
	dir      string
	database string
	keys     string
	json     bool
}

func rootCommand() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:           "autocom-cloud",
		Short:         "The central API and console of branch offices' telephone exchanges",
		Long:          "autocom-cloud keeps customers, their sites and their boxes, and serves the console page.\nExit codes: 0 done, 1 failed, 2 wrong command line, 5 refused, 6 not found.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&o.dir, "dir", envOr("AUTOCOM_CLOUD_DIR", "/var/lib/autocom-cloud"), "where the cloud keeps its state")
	root.PersistentFlags().StringVar(&o.database, "database", envOr("AUTOCOM_CLOUD_DATABASE", ""), "postgres://… or the path of an SQLite file (default: DIR/database/cloud.db)")
	root.PersistentFlags().StringVar(&o.keys, "keys", envOr("AUTOCOM_CLOUD_KEYS", ""), "where the private keys are, apart from the database (default: DIR/keys)")
	root.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON for programs")
	root.AddCommand(serveCommand(&o), tenantCommand(&o), adminCommand(&o), checkCommand(&o), versionCommand(&o))
	wrapArgs(root)
	return root
}

// wrapArgs turns every complaint about arguments into a usage error, so that scripts can tell it from a failure.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if c.HasSubCommands() {
		check = subcommand
		c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
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
