package main

import (
	"errors"
	"fmt"
	"strings"

	"autocom/appliance"
	"autocom/appliance/console/menu"

	"github.com/spf13/cobra"
)

func consoleCommand(o *options) *cobra.Command {
	var siteFile, level, language, folder string
	var with appliance.ConsoleOptions
	c := &cobra.Command{
		Use:   "console",
		Short: "Run the installer's menu on a serial line (a daemon)",
		Long: "console serves installers on a serial line, 8 data bits, no parity, 1 stop bit, until it is stopped.\n" +
			"They need the code on the box's label; a box without one draws it, and shows it on the line until it was used.",
		Example: "  autocom console --port /dev/ttyS0 --speed 115200 --language fr",
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logger(level)
			if err != nil {
				return err
			}
			if with.Language, err = languageOf(language); err != nil {
				return err
			}
			if with.Speed < 300 || with.Speed > 4_000_000 {
				return usageError{fmt.Errorf("--speed %d: choose a speed such as 9600 or 115200", with.Speed)}
			}
			with.State = folder
			return appliance.RunConsole(cmd.Context(), o.layout(siteFile), with, log)
		},
	}
	c.Flags().StringVar(&with.Port, "port", "", "the serial line, such as /dev/ttyS0 (default: the one this machine is known to have)")
	c.Flags().IntVar(&with.Speed, "speed", 115200, "its speed in bit/s")
	c.Flags().StringVar(&language, "language", "fr", "the one a session begins with: fr or en")
	c.Flags().StringVar(&with.Product, "product", "AUTOCOM", "the box's name, on top of the screen")
	c.Flags().StringVar(&with.Steward, "steward", "", "the steward's socket (default RUN-DIR/steward.sock)")
	c.PersistentFlags().StringVar(&folder, "state", "", "where the box's code is kept (default DIR/console)")
	daemonFlags(c, &siteFile, &level)
	c.AddCommand(consoleCodeCommand(o, &folder))
	return c
}

func languageOf(text string) (menu.Language, error) {
	switch strings.ToLower(text) {
	case "fr":
		return menu.French, nil
	case "en":
		return menu.English, nil
	default:
		return 0, usageError{fmt.Errorf("--language %s: choose fr or en", text)}
	}
}

// consoleCodeCommand sets the code an installer types at the serial line.
func consoleCodeCommand(o *options, folder *string) *cobra.Command {
	var code string
	var fresh bool
	c := &cobra.Command{
		Use:   "code (--set CODE | --new)",
		Short: "Set the code on the box's label (for the factory), or have the box draw a new one",
		Long:  "code writes a salted hash of the code, never the code itself. A console that runs takes it at once. A drawn code is shown on the line until it was used.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (code != "") == fresh {
				return usageError{errors.New("say either --set CODE or --new")}
			}
			at := *folder
			if at == "" {
				at = o.layout("").ConsoleFolder()
			}
			drawn, err := appliance.SetConsoleCode(at, code)
			switch {
			case errors.Is(err, menu.ErrCode):
				return usageError{fmt.Errorf("--set: %w", err)}
			case err != nil:
				return err
			case o.json && fresh:
				return printJSON(cmd.OutOrStdout(), map[string]string{"code": drawn})
			case fresh:
				return o.said(cmd.OutOrStdout(), "The new code is "+drawn+". The serial line shows it until it was used.")
			default:
				return o.said(cmd.OutOrStdout(), "The code is set.")
			}
		},
	}
	c.Flags().StringVar(&code, "set", "", "the code that is printed on the label: 6 to 12 digits")
	c.Flags().BoolVar(&fresh, "new", false, "draw a new code")
	return c
}
