package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/ua"

	"github.com/spf13/cobra"
)

func phoneCommand(o *options) *cobra.Command {
	var extension, secret string
	var m phone.Manners
	c := &cobra.Command{
		Use:   "phone",
		Short: "Be one desk phone of the box until Ctrl-C",
		Example: "  autocom-lab phone                       # the demo's spare extension, answers after 2 s\n" +
			"  autocom-lab phone --extension 205 --secret … --refuse 486\n" +
			"  autocom-lab phone --vanish              # registers, then answers nothing",
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := o.target()
			if err != nil {
				return err
			}
			if extension == "" {
				extension = n.Spare
			}
			if secret == "" && extension == n.Spare {
				secret = n.Secret
			}
			if extension == "" || secret == "" {
				return usageError{errors.New("--extension and --secret are needed")}
			}
			if m.Refuse != 0 && (m.Refuse < 300 || m.Refuse > 699) {
				return usageError{fmt.Errorf("--refuse %d: a code from 300 to 699 refuses", m.Refuse)}
			}
			addr, err := o.own(0)
			if err != nil {
				return err
			}
			lines := make(chan string, 64)
			p, err := phone.Open(addr, n.Box, ua.Account{User: extension, Secret: secret}, m, func(what string) {
				select {
				case lines <- what:
				default: // nobody reads that fast
				}
			})
			if err != nil {
				return err
			}
			defer p.Close()
			wait, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
			defer cancel()
			if err := p.Registered(wait); err != nil {
				return fmt.Errorf("extension %s cannot register at %s: %w", extension, n.Box, err)
			}
			out := cmd.OutOrStdout()
			t := teller{o: o, out: out, start: time.Now()}
			t.say("registered", fmt.Sprintf("extension %s is registered at %s", extension, n.Box))
			for {
				select {
				case <-cmd.Context().Done():
					return nil
				case what := <-lines:
					t.say("phone", extension+" "+what)
				}
			}
		},
	}
	c.Flags().StringVar(&extension, "extension", "", "number of the phone (default: the demo's spare one)")
	c.Flags().StringVar(&secret, "secret", "", "its secret")
	c.Flags().DurationVar(&m.After, "answer-after", 2*time.Second, "answer after so long")
	c.Flags().IntVar(&m.Refuse, "refuse", 0, "refuse every call with this code, such as 486")
	c.Flags().BoolVar(&m.Vanish, "vanish", false, "answer nothing any more once registered")
	c.Flags().DurationVar(&m.Talk, "talk", 0, "hang up after about so long (default: leave it to the caller)")
	c.MarkFlagsMutuallyExclusive("refuse", "vanish")
	o.boxFlags(c, "127.0.0.30")
	return c
}

func carrierCommand(o *options) *cobra.Command {
	var port uint16
	c := &cobra.Command{
		Use:   "carrier",
		Short: "Be the carrier of the box until Ctrl-C: answer what it dials",
		Long: "The last three digits of the number dialled choose what happens: 486 busy, 404 unknown, 480 away, 503 no line, 999 never answers.\n" +
			"Everything else answers after a second and speaks at 520 Hz. Emergency numbers are simulated; nothing leaves this machine.",
		Example: "  autocom-lab carrier --box 127.0.0.1:5060 --port 5060",
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := o.target()
			if err != nil {
				return err
			}
			addr, err := o.own(port)
			if err != nil {
				return err
			}
			lines := make(chan string, 64)
			ca, err := carrier.Open(addr, n.Box, func(number string, s carrier.Script) {
				select {
				case lines <- fmt.Sprintf("the box dials %s: %s", number, s.Name):
				default: // nobody reads that fast
				}
			})
			if err != nil {
				return err
			}
			defer ca.Close()
			t := teller{o: o, out: cmd.OutOrStdout(), start: time.Now()}
			t.say("listening", fmt.Sprintf("the carrier listens at %s", ca.Addr()))
			for {
				select {
				case <-cmd.Context().Done():
					return nil
				case what := <-lines:
					t.say("outbound", what)
				}
			}
		},
	}
	c.Flags().Uint16Var(&port, "port", 5060, "own UDP port")
	o.boxFlags(c, "127.0.0.2")
	return c
}
