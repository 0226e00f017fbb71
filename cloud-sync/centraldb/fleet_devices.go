package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode/utf8"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// storable reports whether PostgreSQL takes a text that somebody outside named something by. SQLite would take any.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// Enrol uses a claim up and puts a box in its site.
func (f Fleet) Enrol(ctx context.Context, claim string, d central.Device, stream string) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := owned(ctx, tx, d.Tenant, d.Site); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM claims WHERE id = $1 AND site = $2 AND tenant = $3 AND expires > $4`,
			claim, d.Site, d.Tenant, when(d.Enrolled))
		if err := changed(result, err, central.ErrNotFound); err != nil {
			return err
		}
		for _, step := range []struct {
			statement string
			args      []any
		}{
			{`UPDATE devices SET revoked = 1 WHERE site = $1`, []any{d.Site}},
			{`INSERT INTO devices (id, tenant, site, serial, program, enrolled, seen, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, []any{
				d.ID, d.Tenant, d.Site, d.Serial, d.Program, when(d.Enrolled), when(d.Seen), when(d.Expires),
			}},
			{`UPDATE sites SET device = $1, in_force = 0 WHERE id = $2`, []any{d.ID, d.Site}},
			{`UPDATE streams SET device = $1 WHERE site = $2 AND stream = $3`, []any{d.ID, d.Site, stream}},
			// What became of the newest revision on the box before says nothing about this one.
			{`
UPDATE revisions SET state = $1, state_at = $2, problems = '', why = '', returned = 0
WHERE site = $3 AND number = (SELECT newest FROM sites WHERE id = $3)`, []any{wire.Published, when(d.Enrolled), d.Site}},
		} {
			if _, err := tx.ExecContext(ctx, step.statement, step.args...); err != nil {
				return fmt.Errorf("enrol a box: %w", err)
			}
		}
		return nil
	})
}

// Device is one box.
func (f Fleet) Device(ctx context.Context, id central.DeviceID) (central.Device, error) {
	var d central.Device
	if !storable(string(id)) {
		return d, central.ErrNotFound
	}
	var enrolled, seen, expires, revoked int64
	err := f.db.read.QueryRowContext(ctx, `SELECT id, tenant, site, serial, program, enrolled, seen, expires, revoked FROM devices WHERE id = $1`, id).
		Scan(&d.ID, &d.Tenant, &d.Site, &d.Serial, &d.Program, &enrolled, &seen, &expires, &revoked)
	d.Enrolled, d.Seen, d.Expires, d.Revoked = instant(enrolled), instant(seen), instant(expires), revoked != 0
	return d, missing(err)
}

// Heard notes when a box was heard, which program it runs, and until when its certificate is good.
func (f Fleet) Heard(ctx context.Context, d central.Device) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `
UPDATE devices SET program = $1, seen = CASE WHEN seen > $2 THEN seen ELSE $2 END, expires = CASE WHEN expires > $3 THEN expires ELSE $3 END
WHERE id = $4`,
			d.Program, when(d.Seen), when(d.Expires), d.ID)
		return changed(result, err, central.ErrNotFound)
	})
}

// Revoke shuts a site's box out.
func (f Fleet) Revoke(ctx context.Context, t central.TenantID, id central.SiteID) (central.DeviceID, error) {
	var device central.DeviceID
	err := f.db.change(ctx, func(tx *sql.Tx) error {
		if err := owned(ctx, tx, t, id); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT device FROM sites WHERE id = $1`, id).Scan(&device); err != nil {
			return err
		}
		if device == "" {
			return fmt.Errorf("%w: no box is enrolled at this site", central.ErrRefused)
		}
		_, err := tx.ExecContext(ctx, `UPDATE devices SET revoked = 1 WHERE id = $1`, device)
		return err
	})
	return device, err
}
