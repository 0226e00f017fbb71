package central

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

// claimLife is how long a claim waits to be typed.
const claimLife = 24 * time.Hour

// Sites is every site of a tenant, by name.
func (c *Cloud) Sites(ctx context.Context, t TenantID) ([]Site, error) {
	if _, err := c.Store.Tenant(ctx, t); err != nil {
		return nil, err
	}
	sites, err := c.Store.Sites(ctx, t, now())
	for i := range sites {
		c.live.refresh(sites[i].Device)
	}
	return sites, err
}

// Site is one site.
func (c *Cloud) Site(ctx context.Context, t TenantID, id SiteID) (Site, error) {
	s, err := c.Store.Site(ctx, t, id, now())
	c.live.refresh(s.Device)
	return s, err
}

// AddSite makes a site that waits for its box.
func (c *Cloud) AddSite(ctx context.Context, t TenantID, name string) (Site, error) {
	name, err := named(name)
	if err != nil {
		return Site{}, err
	}
	if _, err := c.Store.Tenant(ctx, t); err != nil {
		return Site{}, err
	}
	s := Site{ID: SiteID(newID("s")), Tenant: t, Name: name, Created: now()}
	if err := c.Store.AddSite(ctx, s); err != nil {
		return Site{}, err
	}
	c.live.tell(t, Change{Site: s.ID, What: "device"})
	return s, nil
}

// Live is the last status of a site's box.
func (c *Cloud) Live(ctx context.Context, t TenantID, id SiteID) (Live, error) {
	s, err := c.Store.Site(ctx, t, id, now())
	if err != nil || s.Device == nil {
		return Live{}, err
	}
	return c.live.of(*s.Device, now()), nil
}

// NewClaim makes a code for one box; the one before, if it waits, is over.
func (c *Cloud) NewClaim(ctx context.Context, t TenantID, id SiteID) (wire.Claim, time.Time, error) {
	if _, err := c.Store.Site(ctx, t, id, now()); err != nil { // before the work of the keys
		return "", time.Time{}, err
	}
	claim, err := wire.NewClaim(rand.Reader)
	if err != nil {
		return "", time.Time{}, err
	}
	keys, err := claim.Keys()
	if err != nil {
		return "", time.Time{}, err
	}
	w := Waiting{Tenant: t, Site: id, Keys: keys, Expires: now().Add(claimLife)}
	if err := c.Store.PutClaim(ctx, w); err != nil {
		return "", time.Time{}, err
	}
	c.live.tell(t, Change{Site: id, What: "device"})
	return claim, w.Expires, nil
}

// WithdrawClaim ends the claim that waits, if one does.
func (c *Cloud) WithdrawClaim(ctx context.Context, t TenantID, id SiteID) error {
	if err := c.Store.DropClaim(ctx, t, id); err != nil {
		return err
	}
	c.live.tell(t, Change{Site: id, What: "device"})
	return nil
}

// Revoke shuts the site's box out until it enrols again.
func (c *Cloud) Revoke(ctx context.Context, t TenantID, id SiteID) error {
	device, err := c.Store.Revoke(ctx, t, id)
	if err != nil {
		return err
	}
	c.live.hangUp(device)
	c.live.tell(t, Change{Site: id, What: "device"})
	return nil
}

// Rewind makes the box send its facts again from after an address; what the cloud has after it is dropped with the same stroke.
func (c *Cloud) Rewind(ctx context.Context, t TenantID, id SiteID, to fact.Address) error {
	s, err := c.Store.Site(ctx, t, id, now())
	if err != nil {
		return err
	}
	if !streamName(to.Stream) || to.N > mostNumber {
		return fmt.Errorf("%w: %s is no address of a fact", ErrRefused, to)
	}
	if err := c.Store.Rewind(ctx, t, id, to); err != nil {
		return err
	}
	if s.Device != nil {
		c.live.nudge(s.Device.ID, wire.Nudge{Facts: true})
	}
	c.live.tell(t, Change{Site: id, What: "facts"})
	return nil
}
