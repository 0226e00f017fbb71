package centraldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// mostInteger is the highest number a column holds.
const mostInteger = 1<<63 - 1

// Draft is a site's draft.
func (f Fleet) Draft(ctx context.Context, t central.TenantID, id central.SiteID) (central.Draft, error) {
	var d central.Draft
	var at int64
	err := f.db.read.QueryRowContext(ctx, `
SELECT d.site, d.base, d.text, d.tag, d.by_user, d.at FROM drafts d JOIN sites s ON s.id = d.site WHERE s.tenant = $1 AND s.id = $2`, t, id).
		Scan(&d.Site, &d.Base, &d.Text, &d.Tag, &d.By, &at)
	d.At = instant(at)
	return d, missing(err)
}

// tagged makes sure that a site is a tenant's and that its draft has a tag; "" is the tag of none.
func tagged(ctx context.Context, tx *sql.Tx, t central.TenantID, id central.SiteID, tag string) error {
	if err := owned(ctx, tx, t, id); err != nil {
		return err
	}
	var has string
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT tag FROM drafts WHERE site = $1), '')`, id).Scan(&has); err != nil {
		return err
	}
	if has != tag {
		return central.ErrStale
	}
	return nil
}

// SaveDraft puts d in place of the draft whose tag is was.
func (f Fleet) SaveDraft(ctx context.Context, t central.TenantID, d central.Draft, was string) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := tagged(ctx, tx, t, d.Site, was); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
INSERT INTO drafts (site, base, text, tag, by_user, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (site) DO UPDATE SET base = excluded.base, text = excluded.text, tag = excluded.tag, by_user = excluded.by_user, at = excluded.at`,
			d.Site, int64(d.Base), d.Text, d.Tag, d.By, when(d.At))
		return err
	})
}

// DropDraft takes a draft away.
func (f Fleet) DropDraft(ctx context.Context, t central.TenantID, id central.SiteID, tag string) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := tagged(ctx, tx, t, id, tag); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE site = $1`, id)
		return err
	})
}

// Publish numbers a revision, keeps it and drops the draft.
func (f Fleet) Publish(ctx context.Context, t central.TenantID, tag string, r central.Revision) (central.Revision, error) {
	err := f.db.change(ctx, func(tx *sql.Tx) error {
		if err := tagged(ctx, tx, t, r.Site, tag); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `
UPDATE sites SET newest = CASE WHEN reported > newest THEN reported ELSE newest END + 1 WHERE id = $1 RETURNING newest`, r.Site).Scan(&r.Number)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO revisions (site, number, text, published, by_user, by_name, reason, state, state_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			r.Site, int64(r.Number), r.Text, when(r.Published), r.By, r.ByName, r.Reason, r.State, when(r.StateAt))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM drafts WHERE site = $1`, r.Site)
		return err
	})
	return r, err
}

func readRevision(r row) (central.Revision, error) {
	var v central.Revision
	var published, at int64
	var problems string
	err := r.Scan(&v.Site, &v.Number, &v.Text, &published, &v.By, &v.ByName, &v.Reason, &v.State, &at, &problems, &v.Why, &v.Returned)
	if err != nil {
		return central.Revision{}, missing(err)
	}
	v.Published, v.StateAt = instant(published), instant(at)
	if problems != "" {
		if err := json.Unmarshal([]byte(problems), &v.Problems); err != nil {
			return central.Revision{}, fmt.Errorf("problems of revision %d: %w", v.Number, err)
		}
	}
	return v, nil
}

// Revisions is newest first, without texts.
func (f Fleet) Revisions(ctx context.Context, t central.TenantID, id central.SiteID, limit int) ([]central.Revision, error) {
	return list(ctx, f.db.read, readRevision, `
SELECT r.site, r.number, '', r.published, r.by_user, r.by_name, r.reason, r.state, r.state_at, r.problems, r.why, r.returned
FROM revisions r JOIN sites s ON s.id = r.site WHERE s.tenant = $1 AND s.id = $2 ORDER BY r.number DESC LIMIT $3`, t, id, limit)
}

// Revision is one revision with its text.
func (f Fleet) Revision(ctx context.Context, t central.TenantID, id central.SiteID, number uint64) (central.Revision, error) {
	if number > mostInteger {
		return central.Revision{}, central.ErrNotFound
	}
	return readRevision(f.db.read.QueryRowContext(ctx, `
SELECT r.site, r.number, r.text, r.published, r.by_user, r.by_name, r.reason, r.state, r.state_at, r.problems, r.why, r.returned
FROM revisions r JOIN sites s ON s.id = r.site WHERE s.tenant = $1 AND s.id = $2 AND r.number = $3`, t, id, int64(number)))
}

// rank orders states: a report of a lower one is late and changes nothing.
func rank(s wire.State) int {
	switch s {
	case wire.Published:
		return 0
	case wire.Fetched:
		return 1
	case wire.Applied:
		return 2
	case wire.Refused, wire.Kept, wire.Reverted:
		return 3
	}
	return -1
}

// speaks makes sure that a box still speaks for its site.
func speaks(ctx context.Context, tx *sql.Tx, d central.Device) error {
	result, err := tx.ExecContext(ctx, `UPDATE sites SET name = name WHERE tenant = $1 AND id = $2 AND device = $3`, d.Tenant, d.Site, d.ID)
	return changed(result, err, central.ErrRevoked)
}

// Reported notes what a box says of a revision.
func (f Fleet) Reported(ctx context.Context, d central.Device, r wire.Report, now time.Time) (bool, error) {
	problems := ""
	if len(r.Problems) > 0 {
		text, err := json.Marshal(r.Problems)
		if err != nil {
			return false, err
		}
		problems = string(text)
	}
	var moved bool
	err := f.db.change(ctx, func(tx *sql.Tx) error {
		moved = false
		if err := speaks(ctx, tx, d); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE sites SET reported = $1 WHERE id = $2 AND reported < $1`, int64(r.Revision), d.Site); err != nil {
			return err
		}
		var was wire.State
		err := tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT state FROM revisions WHERE site = $1 AND number = $2), '')`, d.Site, int64(r.Revision)).Scan(&was)
		if err != nil || was == "" || was == r.State || rank(r.State) < rank(was) {
			return err
		}
		moved = true
		_, err = tx.ExecContext(ctx, `UPDATE revisions SET state = $1, state_at = $2, problems = $3, why = $4, returned = $5 WHERE site = $6 AND number = $7`,
			r.State, when(now), problems, r.Why, int64(r.Returned), d.Site, int64(r.Revision))
		if err != nil {
			return err
		}
		if r.State == wire.Kept || r.State == wire.Reverted {
			force := r.Revision
			if r.State == wire.Reverted {
				force = r.Returned
			}
			if _, err = tx.ExecContext(ctx, `UPDATE sites SET in_force = $1 WHERE id = $2`, int64(force), d.Site); err != nil {
				return err
			}
		}
		if r.State == wire.Kept { // what the box had of its own before, it has no more
			_, err = tx.ExecContext(ctx, `DELETE FROM locals WHERE site = $1`, d.Site)
		}
		return err
	})
	return moved, err
}

// InForce notes what a box has. A box that has a revision confirmed it, though its report was lost, or was made by the device it was before.
func (f Fleet) InForce(ctx context.Context, d central.Device, confirmed uint64) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := speaks(ctx, tx, d); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE sites SET in_force = $1, reported = CASE WHEN reported < $1 THEN $1 ELSE reported END WHERE id = $2`,
			int64(confirmed), d.Site)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE revisions SET state = $1 WHERE site = $2 AND number = $3 AND state IN ($4, $5, $6)`,
			wire.Kept, d.Site, int64(confirmed), wire.Published, wire.Fetched, wire.Applied)
		return err
	})
}
