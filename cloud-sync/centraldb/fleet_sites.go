package centraldb

import (
	"context"
	"database/sql"
	"time"

	"autocom/cloud-sync/central"
)

// siteQuestion reads sites with their box, the claim that waits at a time ($1), and the state of the newest revision.
const siteQuestion = `
SELECT s.id, s.tenant, s.name, s.created, s.newest, s.in_force, COALESCE(c.expires, 0), COALESCE(r.state, ''), COALESCE(l.name, ''),
  COALESCE(d.id, ''), COALESCE(d.serial, ''), COALESCE(d.program, ''), COALESCE(d.enrolled, 0), COALESCE(d.seen, 0), COALESCE(d.expires, 0),
  COALESCE(d.revoked, 0)
FROM sites s
LEFT JOIN devices d ON d.id = s.device
LEFT JOIN claims c ON c.site = s.id AND c.expires > $1
LEFT JOIN revisions r ON r.site = s.id AND r.number = s.newest
LEFT JOIN locals l ON l.site = s.id
WHERE s.tenant = $2 `

func readSite(r row) (central.Site, error) {
	var s central.Site
	var d central.Device
	var created, claim, enrolled, seen, expires, revoked int64
	err := r.Scan(&s.ID, &s.Tenant, &s.Name, &created, &s.Newest, &s.InForce, &claim, &s.State, &s.Local,
		&d.ID, &d.Serial, &d.Program, &enrolled, &seen, &expires, &revoked)
	if err != nil {
		return central.Site{}, missing(err)
	}
	s.Created = instant(created)
	if claim != 0 {
		until := instant(claim)
		s.Claim = &until
	}
	if d.ID != "" {
		d.Tenant, d.Site = s.Tenant, s.ID
		d.Enrolled, d.Seen, d.Expires, d.Revoked = instant(enrolled), instant(seen), instant(expires), revoked != 0
		s.Device = &d
	}
	return s, nil
}

// AddSite keeps a branch.
func (f Fleet) AddSite(ctx context.Context, s central.Site) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sites (id, tenant, name, created) VALUES ($1, $2, $3, $4)`, s.ID, s.Tenant, s.Name, when(s.Created))
		return err
	})
}

// Sites is every site of a tenant, by name.
func (f Fleet) Sites(ctx context.Context, t central.TenantID, now time.Time) ([]central.Site, error) {
	return list(ctx, f.db.read, readSite, siteQuestion+`ORDER BY s.name, s.id`, when(now), t)
}

// Site is one site.
func (f Fleet) Site(ctx context.Context, t central.TenantID, id central.SiteID, now time.Time) (central.Site, error) {
	return readSite(f.db.read.QueryRowContext(ctx, siteQuestion+`AND s.id = $3`, when(now), t, id))
}

// PutClaim keeps a claim in place of the site's last one.
func (f Fleet) PutClaim(ctx context.Context, w central.Waiting) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := owned(ctx, tx, w.Tenant, w.Site); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
INSERT INTO claims (site, tenant, id, secret, expires) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (site) DO UPDATE SET tenant = excluded.tenant, id = excluded.id, secret = excluded.secret, expires = excluded.expires`,
			w.Site, w.Tenant, w.Keys.ID, w.Keys.Key, when(w.Expires))
		return err
	})
}

// DropClaim takes a site's claim away, if there is one.
func (f Fleet) DropClaim(ctx context.Context, t central.TenantID, id central.SiteID) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := owned(ctx, tx, t, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM claims WHERE site = $1`, id)
		return err
	})
}

// Claim is by its ID, whatever its age.
func (f Fleet) Claim(ctx context.Context, id string) (central.Waiting, error) {
	if !storable(id) {
		return central.Waiting{}, central.ErrNotFound
	}
	var w central.Waiting
	var expires int64
	err := f.db.read.QueryRowContext(ctx, `SELECT tenant, site, id, secret, expires FROM claims WHERE id = $1`, id).
		Scan(&w.Tenant, &w.Site, &w.Keys.ID, &w.Keys.Key, &expires)
	w.Expires = instant(expires)
	return w, missing(err)
}
