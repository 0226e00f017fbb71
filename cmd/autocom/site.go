package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"autocom/appliance"
	"autocom/appliance/site"

	"github.com/spf13/cobra"
)

func checkSiteCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:     "check-site FILE",
		Short:   "Say everything that is wrong with a site document",
		Example: "  autocom check-site site.example.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := site.ReadFile(args[0])
			if err == nil {
				if problems := appliance.CheckTrunks(doc); len(problems) > 0 {
					err = &site.ProblemsError{File: args[0], Problems: problems}
				}
			}
			var found *site.ProblemsError
			if err != nil && !errors.As(err, &found) {
				return err
			}
			if o.json {
				report := struct {
					File     string         `json:"file"`
					Good     bool           `json:"good"`
					Revision string         `json:"revision,omitempty"`
					Problems []site.Problem `json:"problems"`
				}{File: args[0], Good: err == nil, Problems: []site.Problem{}}
				if found != nil {
					report.Problems = found.Problems
				} else {
					report.Revision = doc.Revision()
				}
				if printErr := json.NewEncoder(cmd.OutOrStdout()).Encode(report); printErr != nil {
					return printErr
				}
				if found != nil {
					return errors.Join(errSaid, err)
				}
				return nil
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is good: %s, revision %s, %d extensions, %d queues, %d agents, %d trunks.\n",
				args[0], doc.Site.Name, doc.Revision(), len(doc.Extensions), len(doc.Queues), len(doc.Agents), len(doc.Trunks))
			return nil
		},
	}
}
