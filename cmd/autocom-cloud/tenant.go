package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/consoleapi"

	"github.com/spf13/cobra"
)

// codeAnswer is a one-time code, shown once.
type codeAnswer struct {
	Tenant  string `json:"tenant"`
	Name    string `json:"name"`
	Code    string `json:"code"`
	Expires int64  `json:"expires"` // Unix ms
	Console string `json:"console"`
}

func tenantCommand(o *options) *cobra.Command {
	c := &cobra.Command{Use: "tenant", Short: "Customers"}
	var console string
	add := &cobra.Command{
		Use: "add NAME", Short: "Make a customer and a one-time code for its first administrator", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(cmd.Context(), o, true, func(c *cloud) error {
				t, err := c.AddTenant(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.code(cmd, o, t, console)
			})
		},
	}
	consoleFlag(add, &console)
	list := &cobra.Command{
		Use: "list", Short: "Every customer, the oldest first",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return with(cmd.Context(), o, false, func(c *cloud) error {
				all, err := c.Tenants(cmd.Context())
				if err != nil {
					return err
				}
				type row struct {
					ID      string `json:"id"`
					Name    string `json:"name"`
					Created int64  `json:"created"`
				}
				rows := []row{}
				for _, t := range all {
					rows = append(rows, row{string(t.ID), t.Name, t.Created.UnixMilli()})
				}
				if o.json {
					return printJSON(cmd.OutOrStdout(), rows)
				}
				if len(rows) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "No customer yet: autocom-cloud tenant add NAME")
				}
				for _, r := range rows {
					fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s\n", r.ID, time.UnixMilli(r.Created).UTC().Format(time.DateOnly), r.Name)
				}
				return nil
			})
		},
	}
	c.AddCommand(add, list)
	return c
}

func consoleFlag(c *cobra.Command, console *string) {
	c.Flags().StringVar(console, "public-console", "http://127.0.0.1:8080", "where people find the console page")
}

func adminCommand(o *options) *cobra.Command {
	c := &cobra.Command{Use: "admin", Short: "Administrators"}
	var console string
	code := &cobra.Command{
		Use: "code TENANT", Short: "Make a one-time code for a further administrator of a customer, named by its id or name", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(cmd.Context(), o, false, func(c *cloud) error {
				t, err := c.tenant(cmd, args[0])
				if err != nil {
					return err
				}
				return c.code(cmd, o, t, console)
			})
		},
	}
	consoleFlag(code, &console)
	c.AddCommand(code)
	return c
}

// tenant finds a customer by id, or by a name that only one has.
func (c *cloud) tenant(cmd *cobra.Command, named string) (central.Tenant, error) {
	all, err := c.Tenants(cmd.Context())
	if err != nil {
		return central.Tenant{}, err
	}
	var found []central.Tenant
	for _, t := range all {
		if string(t.ID) == named {
			return t, nil
		}
		if t.Name == named {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return central.Tenant{}, fmt.Errorf("customer %q: %w: see autocom-cloud tenant list", named, central.ErrNotFound)
	case 1:
		return found[0], nil
	}
	return central.Tenant{}, fmt.Errorf("%w: %d customers are called %q: name one by its id, see autocom-cloud tenant list", central.ErrRefused, len(found), named)
}

// code makes and prints a one-time code. Only its hash is kept.
func (c *cloud) code(cmd *cobra.Command, o *options, t central.Tenant, console string) error {
	spelled := consoleapi.NewCode()
	code, err := consoleapi.ParseCode(spelled)
	if err != nil {
		return err
	}
	now := time.Now()
	expires := now.Add(consoleapi.CodeLife)
	if err := c.people.PutCode(cmd.Context(), t.ID, central.HashOf(code), expires); err != nil {
		return err
	}
	err = c.people.Record(cmd.Context(), central.Deed{Tenant: t.ID, At: now, Who: "command line", What: "admin.code", Address: "local"})
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if o.json {
		return printJSON(out, codeAnswer{string(t.ID), t.Name, spelled, expires.UnixMilli(), console})
	}
	fmt.Fprintf(out, "Customer   %s (%s)\nCode       %s   once, until %s\nConsole    %s\n", t.Name, t.ID, spelled, expires.UTC().Format("2006-01-02 15:04 UTC"), console)
	return nil
}

func checkCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Open the database and the keys, and see that nobody changed what people did",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return with(cmd.Context(), o, false, func(c *cloud) error {
				out := cmd.OutOrStdout()
				all, err := c.Tenants(cmd.Context())
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "database  good, %d customers\n", len(all))
				var broken error
				for _, t := range append([]central.Tenant{{Name: "nobody's"}}, all...) {
					n, _, err := c.people.CheckDeeds(cmd.Context(), t.ID)
					if err != nil {
						broken = errors.Join(broken, err)
						continue
					}
					if t.ID == "" {
						continue
					}
					keys, err := c.ring.Keys(t.ID)
					if err != nil {
						broken = errors.Join(broken, fmt.Errorf("the keys of %s: %w", t.Name, err))
						continue
					}
					fmt.Fprintf(out, "customer  %s: %d deeds, %d keys, good\n", t.Name, n, len(keys))
				}
				cert, err := c.ring.Certificate(time.Now())
				if err != nil {
					return errors.Join(broken, err)
				}
				if cert.Leaf != nil {
					fmt.Fprintf(out, "keys      good, the device listener's certificate until %s\n", cert.Leaf.NotAfter.UTC().Format(time.DateOnly))
				}
				return broken
			})
		},
	}
}

func versionCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Which program this is",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.json {
				return printJSON(cmd.OutOrStdout(), map[string]string{"version": version, "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "autocom-cloud %s (%s)\n", version, runtime.Version())
			return err
		},
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
