package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/ua"

	"github.com/spf13/cobra"
)

func callCommand(o *options) *cobra.Command {
	var to, from, digits, wav string
	var length time.Duration
	var hz float64
	c := &cobra.Command{
		Use:   "call",
		Short: "Call the box as somebody outside, and say what is heard",
		Example: "  autocom-lab call\n" +
			"  autocom-lab call --to +33472000205 --for 30s\n" +
			"  autocom-lab call --from '' --digits 12#",
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := o.target()
			if err != nil {
				return err
			}
			if to == "" {
				if to = n.Service; to == "" {
					return usageError{errors.New("--to is needed with --box: the number to call")}
				}
			}
			addr, err := o.own(0)
			if err != nil {
				return err
			}
			ca, err := carrier.Open(addr, n.Box, nil)
			if err != nil {
				return err
			}
			defer ca.Close()
			sound := line.Tone(hz)
			if wav != "" {
				b, err := os.ReadFile(wav)
				if err != nil {
					return usageError{err}
				}
				if sound, err = rtpflow.ReadWAV(b); err != nil {
					return usageError{err}
				}
			}
			l, err := ca.Call(to, from, line.Options{Sound: sound})
			if err != nil {
				return err
			}
			defer l.Close()
			t := teller{o: o, out: cmd.OutOrStdout(), start: time.Now()}
			t.say("calling", fmt.Sprintf("%s calls %s at %s", orWithheld(from), to, n.Box))
			ctx, cancel := context.WithTimeout(cmd.Context(), length)
			defer cancel()
			return t.follow(ctx, l, digits)
		},
	}
	c.Flags().StringVar(&to, "to", "", "number to call (default: the demo's service number)")
	c.Flags().StringVar(&from, "from", "0612345678", "caller's number; empty: withheld")
	c.Flags().DurationVar(&length, "for", 10*time.Second, "hang up after so long")
	c.Flags().Float64Var(&hz, "tone", 440, "frequency in Hz spoken into the call")
	c.Flags().StringVar(&wav, "wav", "", "speak this file instead (mono, 8 kHz, 16 bits), over and over")
	c.MarkFlagsMutuallyExclusive("tone", "wav")
	c.Flags().StringVar(&digits, "digits", "", "keys to press once answered (RFC 4733)")
	o.boxFlags(c, "127.0.0.2")
	return c
}

func orWithheld(number string) string {
	if number == "" {
		return "somebody"
	}
	return number
}

// A teller tells a call in words as it goes.
type teller struct {
	o     *options
	out   io.Writer
	start time.Time
	last  string
}

type told struct {
	MS   int64  `json:"ms"`
	What string `json:"what"`
	Told string `json:"told"`
}

func (t *teller) say(what, words string) {
	d := time.Since(t.start)
	t.o.say(t.out, told{d.Milliseconds(), what, words}, fmt.Sprintf("%6.1f s  %s", d.Seconds(), words))
}

// follow tells what happens and what is heard until the call or ctx ends.
func (t *teller) follow(ctx context.Context, l *line.Line, digits string) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var heard uint64
	for {
		select {
		case e, open := <-l.Events():
			if !open {
				return nil
			}
			t.event(e)
			switch {
			case e.Kind == ua.Answered && digits != "":
				if err := l.Flow.Press(digits); err != nil {
					return err
				}
				t.say("digits", "presses "+digits)
			case e.Kind.Final():
				t.totals(l.Flow.Stats())
				if e.Kind == ua.Refused || e.Kind == ua.Failed {
					return fmt.Errorf("the call did not succeed: %s", e)
				}
				return nil
			}
		case <-tick.C:
			sound, n := l.Flow.Heard(200 * time.Millisecond)
			if n-heard >= 1600 {
				t.hear(rtpflow.Analyse(sound))
				heard = n
			}
		case <-ctx.Done():
			t.say("hang up", "hangs up")
			answered := l.Call.State() == ua.Talking
			l.Call.HangUp()
			t.totals(l.Flow.Stats())
			if !answered {
				return errors.New("nobody answered in time")
			}
			return nil
		}
	}
}

func (t *teller) event(e ua.Event) {
	switch {
	case e.Kind == ua.Progress && e.Code == 100:
	case e.Kind == ua.Progress && e.Code == 180:
		t.say("ringing", "the far end rings")
	case e.Kind == ua.Answered:
		t.say("answered", "the box answered")
	case e.Kind == ua.HungUp:
		t.say("hung up", "the far end hung up")
	default:
		t.say(e.Kind.String(), e.String())
	}
}

// hear tells a change of what is heard.
func (t *teller) hear(s rtpflow.Sound) {
	what, words := describe(s)
	if what == t.last {
		return
	}
	t.last = what
	t.say(what, words)
}

// describe puts a sound into words.
func describe(s rtpflow.Sound) (what, words string) {
	if s.Silent() {
		return "silence", "hears silence"
	}
	if s.Near(440) {
		return "ringing tone", fmt.Sprintf("hears a telephone tone (440 Hz, %.0f dBm0)", s.DBm0)
	}
	if s.Near(branch.CarrierTone) {
		return "outside", fmt.Sprintf("hears somebody outside (%.0f Hz, %.0f dBm0)", s.Hz, s.DBm0)
	}
	for _, ext := range []string{"201", "202", "203", "204", "205"} {
		if s.Near(branch.Tone(ext)) {
			return "agent " + ext, fmt.Sprintf("hears extension %s (%.0f Hz, %.0f dBm0)", ext, s.Hz, s.DBm0)
		}
	}
	return "sound", fmt.Sprintf("hears music or speech (%.0f dBm0)", s.DBm0)
}

func (t *teller) totals(s rtpflow.Stats) {
	words := fmt.Sprintf("sent %d packets, received %d, lost %d, longest gap %d ms", s.Sent, s.Received, s.Lost, s.MaxGap.Milliseconds())
	if s.Sources > 1 {
		words += fmt.Sprintf(", %d changes of source", s.Sources-1)
	}
	if t.o.json {
		t.o.say(t.out, struct {
			told
			Stats rtpflow.Stats `json:"stats"`
		}{told{time.Since(t.start).Milliseconds(), "totals", words}, s}, "")
		return
	}
	t.say("totals", words)
}
