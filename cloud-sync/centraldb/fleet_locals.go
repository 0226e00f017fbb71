package centraldb

import (
	"context"
	"database/sql"

	"autocom/cloud-sync/central"
)

// KeepLocal keeps the document a site's box lives by, in place of the one before.
func (f Fleet) KeepLocal(ctx context.Context, d central.Device, l central.Local) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := speaks(ctx, tx, d); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
INSERT INTO locals (site, device, name, text, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (site) DO UPDATE SET device = excluded.device, name = excluded.name, text = excluded.text, at = excluded.at`,
			d.Site, d.ID, l.Name, l.Text, when(l.At))
		return err
	})
}

// Local is the document a site's box lived by.
func (f Fleet) Local(ctx context.Context, t central.TenantID, id central.SiteID) (central.Local, error) {
	var l central.Local
	var at int64
	err := f.db.read.QueryRowContext(ctx, `
SELECT l.site, l.device, l.name, l.text, l.at FROM locals l JOIN sites s ON s.id = l.site WHERE s.tenant = $1 AND s.id = $2`, t, id).
		Scan(&l.Site, &l.Device, &l.Name, &l.Text, &at)
	l.At = instant(at)
	return l, missing(err)
}

// DropLocal forgets it if it has that name still.
func (f Fleet) DropLocal(ctx context.Context, d central.Device, name string) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := speaks(ctx, tx, d); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM locals WHERE site = $1 AND name = $2`, d.Site, name)
		return err
	})
}
