package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"autocom/appliance/steward"

	"github.com/spf13/cobra"
)

func netCommand(o *options) *cobra.Command {
	parent := &cobra.Command{
		Use:   "net",
		Short: "The box's network: show it, try a change, keep it or go back",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.asking(cmd, func(ctx context.Context, c *steward.Client) error {
				n, err := c.Network(ctx)
				if err != nil {
					return err
				}
				return o.printNetwork(cmd.OutOrStdout(), n)
			})
		},
	}
	keep := &cobra.Command{
		Use: "keep TOKEN", Short: "Keep the change on trial, with the token that net set told; from another session, when the first was cut",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.asking(cmd, func(ctx context.Context, c *steward.Client) error {
				n, err := c.KeepNetwork(ctx, args[0])
				if err != nil {
					return err
				}
				return o.settled(cmd.OutOrStdout(), n, kept)
			})
		},
	}
	revert := &cobra.Command{
		Use: "revert", Short: "Put the network back as it was, without waiting for the end of the trial", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.asking(cmd, func(ctx context.Context, c *steward.Client) error {
				n, err := c.RevertNetwork(ctx)
				if err != nil {
					return err
				}
				return o.settled(cmd.OutOrStdout(), n, wentBack)
			})
		},
	}
	parent.AddCommand(netSetCommand(o), keep, revert)
	return parent
}

const (
	kept     = "The change is kept."
	wentBack = "The network is as before."
)

// settled says how a trial ended.
func (o *options) settled(w io.Writer, n steward.Network, words string) error {
	if o.json {
		return printJSON(w, n)
	}
	_, err := fmt.Fprintln(w, words)
	return err
}

// typedNetwork is what was asked for on the command line; what was not named stays as it is.
type typedNetwork struct {
	dhcp    bool
	address string
	gateway string
	dns     []string
	ntp     []string
	vlan    int
}

// none empties a setting that would otherwise stay.
const none = "none"

func netSetCommand(o *options) *cobra.Command {
	var t typedNetwork
	var afterCheck, noWait bool
	c := &cobra.Command{
		Use:   "set",
		Short: "Try a change of the network: it goes back by itself unless it is kept",
		Long: "set puts new settings on trial for a minute. What is not named stays as it is; the word none empties a setting.\n" +
			"Type KEEP (or GARDER) to keep them, R to go back at once. If this session is cut and nobody keeps the change from another one, the box goes back by itself.",
		Example: "  autocom net set --address 10.31.4.2/24 --gateway 10.31.4.1 --dns 10.31.4.1\n  autocom net set --dhcp --vlan 31\n  autocom net set --ntp none --keep-after-check",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.ContainsFunc([]string{"dhcp", "address", "gateway", "dns", "vlan", "ntp"}, cmd.Flags().Changed) {
				return usageError{errors.New("nothing to change: name at least one of --dhcp, --address, --gateway, --dns, --vlan, --ntp")}
			}
			if t.dhcp && (t.address != "" || t.gateway != "") {
				return usageError{errors.New("--dhcp: the network then gives the address and the gateway, so do not name them")}
			}
			if afterCheck && noWait {
				return usageError{errors.New("say --keep-after-check or --no-wait, not both")}
			}
			if !afterCheck && !noWait && (o.json || !isTerminal(cmd.InOrStdin())) {
				return usageError{errors.New("nobody could type KEEP here: say --keep-after-check or --no-wait")}
			}
			return o.withSteward(cmd.Context(), func(ctx context.Context, c *steward.Client) error {
				s, err := settingsFor(ctx, c, func(s *steward.Settings) { t.onto(s, cmd.Flags().Changed) })
				if err != nil {
					return err
				}
				trial := &netTrial{o: o, client: c, in: cmd.InOrStdin(), out: cmd.OutOrStdout(), quiet: o.json, live: isTerminal(cmd.OutOrStdout())}
				return trial.run(ctx, s, afterCheck, noWait)
			})
		},
	}
	f := c.Flags()
	f.BoolVar(&t.dhcp, "dhcp", false, "take the address from the network")
	f.StringVar(&t.address, "address", "", "the box's address with the length of its network: 192.168.1.10/24")
	f.StringVar(&t.gateway, "gateway", "", "the router's address, or none")
	f.StringSliceVar(&t.dns, "dns", nil, "name servers, by commas, or none")
	f.IntVar(&t.vlan, "vlan", 0, "the tag of all of the box's traffic, 1 to 4094; 0: no tag")
	f.StringSliceVar(&t.ntp, "ntp", nil, "time servers, by commas, or none for the box's own")
	f.BoolVar(&afterCheck, "keep-after-check", false, "for scripts: keep the change as soon as cable, gateway and name server answer; otherwise go back")
	f.BoolVar(&noWait, "no-wait", false, "for scripts: begin the trial, print its token and end; autocom net keep TOKEN keeps it")
	return c
}

// settingsFor are the settings that stay, changed.
func settingsFor(ctx context.Context, c *steward.Client, change func(*steward.Settings)) (steward.Settings, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	n, err := c.Network(ctx)
	switch {
	case err != nil:
		return steward.Settings{}, err
	case !n.Ours:
		return steward.Settings{}, fmt.Errorf("%w", steward.ErrNotOurs)
	case n.Trial != nil:
		return steward.Settings{}, fmt.Errorf("%w", steward.ErrBusy)
	}
	s := n.Settings
	change(&s)
	if bad := s.Check(); bad != nil {
		return s, usageError{&steward.ProblemsError{Problems: bad}}
	}
	return s, nil
}

// onto puts what was named over the settings before.
func (t typedNetwork) onto(s *steward.Settings, named func(string) bool) {
	switch {
	case t.dhcp:
		s.Mode, s.Address, s.Gateway = steward.DHCP, "", ""
	case named("address"):
		s.Mode, s.Address = steward.Static, t.address
	}
	if named("gateway") {
		s.Gateway = t.gateway
		if t.gateway == none {
			s.Gateway = ""
		}
	}
	if named("dns") {
		s.DNS = listed(t.dns)
	}
	if named("ntp") {
		s.NTP = listed(t.ntp)
	}
	if named("vlan") {
		s.VLAN = t.vlan
	}
}

func listed(words []string) []string {
	if len(words) == 1 && words[0] == none {
		return nil
	}
	return words
}

func (o *options) printNetwork(out io.Writer, n steward.Network) error {
	if o.json {
		return printJSON(out, n)
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	if !n.Ours {
		fmt.Fprintf(w, "attention\t%s\n", n.Why)
	}
	cable := "NOT PLUGGED"
	if n.Cable {
		cable = "plugged"
		if n.Mbit > 0 {
			cable += fmt.Sprintf(", %d Mbit/s", n.Mbit)
		}
	}
	fmt.Fprintf(w, "interface\t%s, cable %s\n", orDash(n.Interface), cable)
	fmt.Fprintf(w, "in force\t%s, gateway %s, name servers %s\n", orDash(strings.Join(n.Addresses, " ")), orDash(strings.Join(n.Gateways, " ")), orDash(strings.Join(n.DNS, " ")))
	if n.Ours {
		fmt.Fprintf(w, "set\t%s\n", settingWords(n.Settings))
	}
	if t := n.Trial; t != nil {
		fmt.Fprintf(w, "on trial\t%s\n\tgoes back in %s unless it is kept\n", settingWords(t.Settings), leftOf(t))
		for _, c := range t.Checks {
			fmt.Fprintf(w, "\t%s\n", checkWords(c))
		}
	}
	if n.Unread != "" {
		fmt.Fprintf(w, "attention\t%s\n", n.Unread)
	}
	return w.Flush()
}

func leftOf(t *steward.Trial) time.Duration {
	return (time.Duration(t.LeftMS) * time.Millisecond).Round(time.Second)
}

func checkWords(c steward.Check) string {
	name := map[steward.CheckOf]string{steward.CheckCable: "cable", steward.CheckGateway: "gateway", steward.CheckDNS: "name server"}[c.What]
	if name == "" {
		name = string(c.What)
	}
	switch c.Result {
	case steward.Passed:
		if c.MS > 0 {
			return fmt.Sprintf("%s ok (%d ms)", name, c.MS)
		}
		return name + " ok"
	case steward.Failing:
		return name + " DOES NOT ANSWER"
	case steward.Waiting:
	}
	return name + " waiting"
}

func settingWords(s steward.Settings) string {
	words := []string{"address from the network (DHCP)"}
	if s.Mode == steward.Static {
		words = []string{s.Address}
		if s.Gateway != "" {
			words = append(words, "gateway "+s.Gateway)
		} else {
			words = append(words, "no gateway")
		}
	}
	if len(s.DNS) > 0 {
		words = append(words, "name servers "+strings.Join(s.DNS, " "))
	}
	if s.VLAN != 0 {
		words = append(words, "VLAN "+strconv.Itoa(s.VLAN))
	}
	if len(s.NTP) > 0 {
		words = append(words, "time servers "+strings.Join(s.NTP, " "))
	}
	return strings.Join(words, ", ")
}
