package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/cloud"
)

// demoEmail is who administers the demo's console; the password is drawn for each run.
const demoEmail = "admin@demo.example"

// central is the demo's own central console, with the demo's box in it.
type central struct {
	*cloud.Cloud
	admin *cloud.Admin
	site  string
}

// openCentral starts a console, makes its first administrator with the one-time code, enrols the box with a claim code and gives it its own
// document as revision 1: what an administrator and an installer do on their first day.
func openCentral(ctx context.Context, dir string, at netip.AddrPort, b branch.Branch, bx *box.Box) (_ *central, err error) {
	bin, err := cloud.Program()
	if err != nil {
		return nil, err
	}
	c, err := cloud.Start(ctx, bin, filepath.Join(dir, "console"), at, netip.AddrPortFrom(at.Addr(), 8443))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	code, err := c.AddTenant(ctx, "Maison Verdier")
	if err != nil {
		return nil, err
	}
	out := &central{Cloud: c}
	if out.admin, err = c.SetUp(ctx, code, demoEmail, "Camille Verdier", cloud.Password()); err != nil {
		return nil, fmt.Errorf("the console's first administrator: %w", err)
	}
	if out.site, err = out.admin.AddSite(ctx, b.Name); err != nil {
		return nil, fmt.Errorf("add the site: %w", err)
	}
	return out, out.join(ctx, dir, bx)
}

// join enrols the box and publishes its own document, and waits until the box has confirmed it.
func (c *central) join(ctx context.Context, dir string, bx *box.Box) error {
	claim, err := c.admin.Claim(ctx, c.site)
	if err != nil {
		return fmt.Errorf("claim code: %w", err)
	}
	if a := bx.Do(ctx, "cloud", "enrol", "--server", c.Devices, claim.Code); a.Code != 0 {
		return fmt.Errorf("the box could not be enrolled: %s", a.Err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "site.yaml"))
	if err != nil {
		return err
	}
	published, err := c.admin.Publish(ctx, c.site, string(text), "Premier document de l'agence")
	if err != nil {
		return fmt.Errorf("publish the document: %w", err)
	}
	got, err := c.admin.Settled(ctx, c.site, published.Number)
	if err != nil {
		return err
	}
	if got.State != "confirmed" {
		return fmt.Errorf("the box did not keep revision %d: %s %s", got.Number, got.State, got.Why)
	}
	return nil
}

var errNoConsole = errors.New("the central console cannot be started: try --console off")
