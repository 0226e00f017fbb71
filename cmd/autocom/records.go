package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

// one is a command that does something with one thing.
func (o *options) one(use, short string, do func(context.Context, *console.Client, string) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				words, err := do(ctx, c, args[0])
				if err != nil {
					return err
				}
				return o.said(cmd.OutOrStdout(), words)
			})
		},
	}
}

// listFlags are those by which recordings and messages are chosen.
func listFlags(c *cobra.Command, q *console.RecordsQuery) {
	c.Flags().StringVar(&q.Caller, "caller", "", "only of the owner of this number")
	c.Flags().IntVar(&q.Most, "most", 100, "how many, newest first")
	c.Flags().BoolVar(&q.Present, "present", false, "without those that were erased")
	last := c.Flags().Duration("last", 0, "only of the last so long, as 24h")
	c.PreRun = func(*cobra.Command, []string) {
		if *last > 0 {
			q.Since = time.Now().Add(-*last)
		}
	}
}

func recordingsCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "recordings", Short: "List recordings, play and export them, keep or erase them, start and stop one"}
	start := &cobra.Command{
		Use: "start CALL", Short: "Record a call that is being talked", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbRecord, Call: args[0]}, "Call "+args[0]+" is being recorded.")
		},
	}
	stop := &cobra.Command{
		Use: "stop CALL", Short: "Stop recording a call", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.command(cmd, console.Command{Verb: console.VerbUnrecd, Call: args[0]}, "Call "+args[0]+" is no longer recorded.")
		},
	}
	erase := o.one("erase RECORDING", "Forget a recording for ever", func(ctx context.Context, c *console.Client, id string) (string, error) {
		return id + " is erased.", c.EraseRecording(ctx, id)
	})
	parent.AddCommand(recordingsList(o), recordingsShow(o), recordingsExport(o), recordingsPlay(o), recordingsKeep(o), erase, start, stop)
	return parent
}

func recordingsList(o *options) *cobra.Command {
	var q console.RecordsQuery
	c := &cobra.Command{Use: "list", Short: "List recordings, newest first", Args: cobra.NoArgs, Example: "  autocom recordings list --queue accueil --last 24h\n  autocom recordings list --caller 0612345678"}
	listFlags(c, &q)
	c.Flags().StringVar(&q.Call, "call", "", "only of this call")
	c.Flags().StringVar(&q.Queue, "queue", "", "only of calls that stood in this queue")
	c.Flags().StringVar(&q.Agent, "agent", "", "only of calls this agent talked in")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
			all, err := c.Recordings(ctx, q)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), all)
			}
			zone := siteZone(ctx, c)
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintf(w, "RECORDING\tCALL\tSTARTED (%s)\tLENGTH\tPARTS\tQUEUE\tAGENT\tBY\tSTATE\n", zone)
			for _, r := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", r.ID, r.Call, r.Started.In(zone).Format(time.DateTime), clock(r.SoundMS), len(r.Segments),
					orDash(strings.Join(r.Queues, " ")), orDash(strings.Join(r.Agents, " ")), orDash(r.StartedBy), strings.Join(strings.Fields(r.State+" "+r.Keep+" "+r.ErasedWhy), " "))
			}
			return w.Flush()
		})
	}
	return c
}

func recordingsShow(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "show RECORDING", Short: "Tell everything about a recording: who made it, by what right, its parts and pauses", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
				r, err := c.Recording(ctx, args[0])
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), r)
				}
				return printRecording(cmd.OutOrStdout(), r, siteZone(ctx, c))
			})
		},
	}
}

func printRecording(out io.Writer, r console.Recording, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, l := range [][2]string{
		{"Recording", r.ID},
		{"Call", r.Call},
		{"Caller", r.Subject},
		{"Started", r.Started.In(zone).Format(time.DateTime) + " " + zone.String()},
		{"Length", clock(r.SoundMS)},
		{"Queues", strings.Join(r.Queues, " ")},
		{"Agents", strings.Join(r.Agents, " ")},
		{"Started by", r.StartedBy},
		{"Stopped by", r.StoppedBy},
		{"Because", r.Reason},
		{"Legal basis", r.Basis},
		{"State", r.State},
		{"Trouble", r.Error},
		{"Keep", strings.TrimSpace(r.Keep + " " + r.KeepBy)},
		{"Erased", strings.TrimSpace(r.ErasedWhy + " " + r.ErasedBy)},
	} {
		if l[1] != "" {
			fmt.Fprintf(w, "%s:\t%s\n", l[0], l[1])
		}
	}
	for i, s := range r.Segments {
		fmt.Fprintf(w, "Part %d:\t%s at %s, %s\t%s\n", i+1, clock(s.SoundMS), clock(s.OffsetMS), s.Start.In(zone).Format(time.TimeOnly), untilWords(s.Until))
	}
	return w.Flush()
}

func untilWords(until string) string {
	if until == "" {
		return ""
	}
	return "then paused: " + until
}

func recordingsExport(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "export RECORDING FILE", Short: "Write a recording as WAV (left: outside, right: our side), and beside it FILE.json with its parts; FILE - is standard output",
		Example: "  autocom recordings export 3-000001 call.wav\n  autocom recordings export 3-000001 - | play -t wav -",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.stream(cmd.Context(), func(ctx context.Context, c *console.Client) error {
				sound := func(w io.Writer) error { return c.ReadRecording(ctx, args[0], "export", w) }
				if args[1] == "-" {
					return sound(cmd.OutOrStdout())
				}
				r, err := c.Recording(ctx, args[0])
				if err == nil {
					err = exportTo(args[1], sound)
				}
				if err == nil {
					err = exportTo(args[1]+".json", func(w io.Writer) error { return printJSON(w, r) })
				}
				if err != nil {
					return err
				}
				return o.said(cmd.OutOrStdout(), args[1]+" is written, and its parts in "+args[1]+".json.")
			})
		},
	}
}

func recordingsPlay(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "play RECORDING", Short: "Play a recording on this machine's loudspeaker (aplay, paplay or play)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.stream(cmd.Context(), func(ctx context.Context, c *console.Client) error {
				return playTo(ctx, func(w io.Writer) error { return c.ReadRecording(ctx, args[0], "play", w) })
			})
		},
	}
}

func recordingsKeep(o *options) *cobra.Command {
	var discard bool
	c := o.one("keep RECORDING", "Keep a recording until its days are over (recording.days), whatever the disk needs; --discard lets it go now",
		func(ctx context.Context, c *console.Client, id string) (string, error) {
			if discard {
				return id + " is not kept: it is erased.", c.KeepRecording(ctx, id, false)
			}
			return id + " is kept until its days are over.", c.KeepRecording(ctx, id, true)
		})
	c.Flags().BoolVar(&discard, "discard", false, "do not keep it: it is erased now, or when its call ends")
	return c
}

func voicemailCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "voicemail", Short: "List the messages callers left, play and export them, mark them heard, erase them"}
	var q console.RecordsQuery
	list := &cobra.Command{Use: "list", Short: "List messages, newest first", Args: cobra.NoArgs, Example: "  autocom voicemail list --box queue:accueil"}
	listFlags(list, &q)
	list.Flags().StringVar(&q.Box, "box", "", "only of this mailbox: queue:ID or extension:NUMBER")
	list.RunE = func(cmd *cobra.Command, _ []string) error {
		return o.ask(cmd, func(ctx context.Context, c *console.Client) error {
			all, err := c.Messages(ctx, q)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), all)
			}
			zone := siteZone(ctx, c)
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintf(w, "MESSAGE\tBOX\tCALLER\tLEFT (%s)\tLENGTH\tSTATE\tHEARD BY\n", zone)
			for _, m := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Box, orDash(m.Caller), m.Left.In(zone).Format(time.DateTime), clock(m.SoundMS), m.State, orDash(m.HeardBy))
			}
			return w.Flush()
		})
	}
	export := &cobra.Command{
		Use: "export MESSAGE FILE", Short: "Write a message as WAV; it stays new. FILE - is standard output", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.stream(cmd.Context(), func(ctx context.Context, c *console.Client) error {
				sound := func(w io.Writer) error { return c.ReadMessage(ctx, args[0], "export", w) }
				if args[1] == "-" {
					return sound(cmd.OutOrStdout())
				}
				if err := exportTo(args[1], sound); err != nil {
					return err
				}
				return o.said(cmd.OutOrStdout(), args[1]+" is written.")
			})
		},
	}
	play := &cobra.Command{
		Use: "play MESSAGE", Short: "Play a message on this machine's loudspeaker; it is heard then", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.stream(cmd.Context(), func(ctx context.Context, c *console.Client) error {
				return playTo(ctx, func(w io.Writer) error { return c.ReadMessage(ctx, args[0], "play", w) })
			})
		},
	}
	heard := o.one("heard MESSAGE", "Mark a message heard", func(ctx context.Context, c *console.Client, id string) (string, error) {
		return id + " is heard.", c.MarkMessage(ctx, id, "heard")
	})
	save := o.one("save MESSAGE", "Keep a message until its days are over (voicemail.days), whatever the disk needs", func(ctx context.Context, c *console.Client, id string) (string, error) {
		return id + " is saved.", c.MarkMessage(ctx, id, "saved")
	})
	erase := o.one("erase MESSAGE", "Forget a message for ever", func(ctx context.Context, c *console.Client, id string) (string, error) {
		return id + " is erased.", c.EraseMessage(ctx, id)
	})
	parent.AddCommand(list, export, play, heard, save, erase)
	return parent
}

func eraseCallerCommand(o *options) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "erase-caller NUMBER", Short: "Forget a caller for ever: their number and name in every call, every recording and message of them, and that they want to be called back",
		Example: "  autocom erase-caller 0612345678 --yes", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return usageError{fmt.Errorf("nobody can bring back what this erases: look with `autocom recordings list --caller %s`, then add --yes", args[0])}
			}
			return o.stream(cmd.Context(), func(ctx context.Context, c *console.Client) error { // each recording waits for the disk: hundreds take minutes
				gone, err := c.EraseCaller(ctx, args[0])
				if err != nil {
					return err
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), gone)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is forgotten: %d recordings and %d messages are erased, %d callbacks are taken back, and calls of before tell no number any more.\n",
					args[0], gone.Recordings, gone.Messages, gone.Callbacks)
				return err
			})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "I know that this cannot be undone")
	return c
}

func exportCallerCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "export-caller NUMBER FILE", Short: "Write everything the box keeps of a caller into a ZIP file: who they are, their calls, recordings and messages",
		Example: "  autocom export-caller 0612345678 demande.zip", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.stream(cmd.Context(), func(ctx context.Context, c *console.Client) error {
				if err := exportTo(args[1], func(w io.Writer) error { return c.ExportCaller(ctx, args[0], w) }); err != nil {
					return err
				}
				return o.said(cmd.OutOrStdout(), args[1]+" is written.")
			})
		},
	}
}

// playTo plays a WAV file with the first player this machine has.
func playTo(ctx context.Context, sound func(io.Writer) error) error {
	for _, player := range [][]string{{"aplay", "-q", "-"}, {"paplay", "--file-format=wav", "/dev/stdin"}, {"play", "-q", "-t", "wav", "-"}} {
		path, err := exec.LookPath(player[0])
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(ctx, path, player[1:]...)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		err = errors.Join(sound(in), in.Close())
		if played := cmd.Wait(); played != nil {
			return fmt.Errorf("%s did not play it (%w): has this machine a loudspeaker? Export it to a file, and play that elsewhere", player[0], played)
		}
		return err
	}
	return errors.New("this machine has none of aplay, paplay and play: install one, or export it to a file")
}

// exportTo writes a whole file or none.
func exportTo(path string, write func(io.Writer) error) error {
	tmp := filepath.Clean(path) + ".part"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return nil
}
