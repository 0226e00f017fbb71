package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/ua"

	"github.com/spf13/cobra"
)

func checkCommand(o *options) *cobra.Command {
	var patience time.Duration
	c := &cobra.Command{
		Use:     "check",
		Short:   "Try a running demo: a call in each direction, one verdict a line",
		Example: "  autocom-lab check\n  autocom-lab check --patience 90s --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := o.target()
			if err != nil {
				return err
			}
			if n.Service == "" {
				return usageError{errors.New("check knows the numbers of a demo only: leave --box out")}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), patience)
			defer cancel()
			k := &checker{o: o, say: func(v any, words string) { o.say(cmd.OutOrStdout(), v, words) }, n: n}
			k.all(ctx)
			if k.bad > 0 {
				return fmt.Errorf("%d of %d checks failed", k.bad, k.done)
			}
			return nil
		},
	}
	c.Flags().DurationVar(&patience, "patience", time.Minute, "for all checks together")
	o.boxFlags(c, "127.0.0.2")
	return c
}

type checker struct {
	o         *options
	say       func(any, string)
	n         note
	done, bad int
}

func (k *checker) verdict(what string, err error) bool {
	k.done++
	word, detail := "ok  ", ""
	if err != nil {
		k.bad++
		word, detail = "BAD ", ": "+err.Error()
	}
	k.say(map[string]any{"check": what, "ok": err == nil, "why": detail}, word+what+detail)
	return err == nil
}

func (k *checker) all(ctx context.Context) {
	spare, err := phone.Open(netip.MustParseAddrPort("127.0.0.31:0"), k.n.Box, ua.Account{User: k.n.Spare, Secret: k.n.Secret},
		phone.Manners{After: 500 * time.Millisecond}, nil)
	if err == nil {
		defer spare.Close()
		err = spare.Registered(ctx)
	}
	if !k.verdict("extension "+k.n.Spare+" registers with its secret", err) {
		return
	}
	k.verdict("a wrong secret is refused", k.wrongSecret(ctx))
	addr, err := k.o.own(0)
	var ca *carrier.Carrier
	if err == nil {
		ca, err = carrier.Open(addr, k.n.Box, nil)
	}
	if err != nil {
		k.verdict("the carrier opens its line", err)
		return
	}
	defer ca.Close()
	k.inbound(ctx, ca)
	k.outbound(ctx, spare)
	l, err := spare.Call("299")
	if err == nil {
		defer l.Close()
		var e ua.Event
		if e, err = l.Wait(ctx, ua.Refused, ua.Answered); err == nil && e.Kind == ua.Answered {
			err = errors.New("somebody answered")
		}
	}
	k.verdict("an extension that does not exist is refused", err)
}

func (k *checker) wrongSecret(ctx context.Context) error {
	a, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.32:0"), Box: k.n.Box})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err = a.Register(ctx, ua.Account{User: k.n.Spare, Secret: "not the secret"}, 60)
	if _, ok := errors.AsType[ua.Refusal](err); ok {
		return nil
	}
	return fmt.Errorf("want a refusal, got: %w", err)
}

// inbound calls the service number and waits for an agent's own tone.
func (k *checker) inbound(ctx context.Context, ca *carrier.Carrier) {
	l, err := ca.Call(k.n.Service, "0612345678", line.Options{Sound: line.Tone(440)})
	if err == nil {
		defer l.Close()
		_, err = l.Wait(ctx, ua.Answered)
	}
	if !k.verdict("a call from outside to "+k.n.Service+" is answered", err) {
		return
	}
	s, err := l.Listen(ctx, 400*time.Millisecond)
	if err == nil && s.Silent() {
		err = fmt.Errorf("silence (%.0f dBm0)", s.DBm0)
	}
	k.verdict("sound is heard at once", err)
	k.verdict("an agent answers and is heard", k.agent(ctx, l))
	st := l.Flow.Stats()
	if st.Lost > 0 || st.Sources > 1 || st.Jumps > 0 {
		err = fmt.Errorf("lost %d packets, %d sources, %d jumps of the timestamp", st.Lost, st.Sources, st.Jumps)
	}
	k.verdict("the sound is one unbroken stream", err)
}

// agent waits for the tone of one of the demo's agents. What the box itself plays is a voice, and no such tone.
func (k *checker) agent(ctx context.Context, l *line.Line) error {
	var tones []float64
	for _, number := range []string{"201", "202", "203", "204"} {
		tones = append(tones, branch.Tone(number))
	}
	_, err := l.Expect(ctx, tones...)
	return err
}

// outbound dials outside, and verifies both directions through the box.
func (k *checker) outbound(ctx context.Context, spare *phone.Phone) {
	l, err := spare.Call(k.n.Outside + "0145678901")
	if err == nil {
		defer l.Close()
		_, err = l.Wait(ctx, ua.Answered)
	}
	if !k.verdict("a call to an outside number is answered", err) {
		return
	}
	var s rtpflow.Sound
	s, err = l.Expect(ctx, branch.CarrierTone)
	k.verdict(fmt.Sprintf("the person outside is heard (%.0f Hz, %.0f dBm0)", s.Hz, s.DBm0), err)
}
