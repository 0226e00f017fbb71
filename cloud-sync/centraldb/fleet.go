package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"autocom/cloud-sync/central"
)

// Fleet is the half of the database that knows customers, sites, boxes, documents and facts: it is central.Store.
type Fleet struct{ db *DB }

// Fleet is that half of an open database.
func (db *DB) Fleet() Fleet { return Fleet{db} }

var _ central.Store = Fleet{}

// row is a *sql.Row or *sql.Rows.
type row interface{ Scan(to ...any) error }

// missing makes no row central.ErrNotFound.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return central.ErrNotFound
	}
	return err
}

// when is a time as it is stored: Unix ms, 0 for none.
func when(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// instant is a stored time.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// changed makes an error of a statement that found nothing to change.
func changed(result sql.Result, err, otherwise error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = otherwise
	}
	return err
}

// owned makes sure that a site is a tenant's, and with PostgreSQL that no other transaction changes what belongs to it meanwhile.
func owned(ctx context.Context, tx *sql.Tx, t central.TenantID, id central.SiteID) error {
	result, err := tx.ExecContext(ctx, `UPDATE sites SET name = name WHERE tenant = $1 AND id = $2`, t, id)
	return changed(result, err, central.ErrNotFound)
}

// AddTenant keeps a customer.
func (f Fleet) AddTenant(ctx context.Context, t central.Tenant) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tenants (id, name, created) VALUES ($1, $2, $3)`, t.ID, t.Name, when(t.Created))
		return err
	})
}

// Tenant is one customer.
func (f Fleet) Tenant(ctx context.Context, id central.TenantID) (central.Tenant, error) {
	return readTenant(f.db.read.QueryRowContext(ctx, `SELECT id, name, created FROM tenants WHERE id = $1`, id))
}

func readTenant(r row) (central.Tenant, error) {
	var t central.Tenant
	var created int64
	err := r.Scan(&t.ID, &t.Name, &created)
	t.Created = instant(created)
	return t, missing(err)
}

// Tenants is every customer, the oldest first.
func (f Fleet) Tenants(ctx context.Context) ([]central.Tenant, error) {
	return list(ctx, f.db.read, readTenant, `SELECT id, name, created FROM tenants ORDER BY created, id`)
}

// list reads every row a question finds.
func list[T any](ctx context.Context, db *sql.DB, read func(row) (T, error), question string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, question, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
