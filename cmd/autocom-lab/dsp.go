package main

import (
	"fmt"
	"slices"
	"strings"

	"autocom/cmd/autocom-lab/internal/report"

	"github.com/spf13/cobra"
)

func dspCommand(o *options) *cobra.Command {
	var out string
	var only []string
	c := &cobra.Command{
		Use:   "dsp",
		Short: "Measure the signal processing and write what it found, with plots",
		Long: "dsp measures digits, tones, concealment, echo, resampling and loudness against their limits and writes pages with plots.\n" +
			"It fails when a limit does not hold; the pages say which. Talk-off sounds come from Debian packages: see .ci/corpora.",
		Example: "  autocom-lab dsp --out docs/dsp\n  autocom-lab dsp --out /tmp/dsp --only dtmf,plc",
		RunE: func(cmd *cobra.Command, _ []string) error {
			subjects := report.Subjects()
			for _, name := range only {
				if !slices.ContainsFunc(subjects, func(s report.Subject) bool { return s.Name == name }) {
					return usageError{fmt.Errorf("--only %s: the subjects are %s", name, strings.Join(subjectNames(subjects), ", "))}
				}
			}
			if len(only) > 0 {
				subjects = slices.DeleteFunc(subjects, func(s report.Subject) bool { return !slices.Contains(only, s.Name) })
			}
			return report.Write(cmd.Context(), out, subjects, func(name string) { o.say(cmd.OutOrStdout(), map[string]string{"measuring": name}, name) })
		},
	}
	c.Flags().StringVar(&out, "out", "docs/dsp", "directory of the pages")
	c.Flags().StringSliceVar(&only, "only", nil, "subjects, with commas between them; all when empty")
	return c
}

func subjectNames(subjects []report.Subject) []string {
	var out []string
	for _, s := range subjects {
		out = append(out, s.Name)
	}
	return out
}
