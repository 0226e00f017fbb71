package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
)

// rowsAtOnce is how many rows one statement inserts: 9 values each, of the 32,766 that SQLite takes.
const rowsAtOnce = 100

// Ingest keeps what is after the high-water mark and moves the mark, in one transaction.
func (f Fleet) Ingest(ctx context.Context, d central.Device, p central.Parcel) (mark fact.Address, kept int, err error) {
	// Whoever ingests for a site holds its row first, so that nothing stronger is needed; serializable transactions of many boxes would fail one
	// another for the sake of a page they share.
	err = f.db.changeAt(ctx, sql.LevelRepeatableRead, func(tx *sql.Tx) error {
		kept = 0
		if err := speaks(ctx, tx, d); err != nil {
			return err
		}
		var known bool
		var err error
		if mark, known, err = readMark(ctx, tx, d.Site, p.Stream); err != nil {
			return err
		}
		if mark.Before(p.After) {
			return nil // a gap: the box goes back to the mark
		}
		var fresh []central.Sorted
		for _, r := range p.Rows {
			if mark.Before(r.Address) {
				fresh = append(fresh, r)
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		for rest := fresh; len(rest) > 0; {
			n := min(len(rest), rowsAtOnce)
			if err := insertFacts(ctx, tx, d, rest[:n], p.At); err != nil {
				return err
			}
			rest = rest[n:]
		}
		mark, kept = fresh[len(fresh)-1].Address, len(fresh)
		statement := `INSERT INTO streams (epoch, n, device, site, stream) VALUES ($1, $2, $3, $4, $5)`
		if known {
			statement = `UPDATE streams SET epoch = $1, n = $2, device = $3 WHERE site = $4 AND stream = $5`
		}
		_, err = tx.ExecContext(ctx, statement, int64(mark.Epoch), int64(mark.N), d.ID, d.Site, p.Stream)
		return err
	})
	return mark, kept, err
}

// insertFacts writes some facts: those that can be read, and those that are set aside.
func insertFacts(ctx context.Context, tx *sql.Tx, d central.Device, rows []central.Sorted, at time.Time) error {
	var facts, broken values
	for _, r := range rows {
		if r.Broken != "" {
			broken.add(d.Site, r.Address.Stream, int64(r.Address.Epoch), int64(r.Address.N), d.ID, when(at), r.Broken, []byte(r.Raw))
			continue
		}
		facts.add(d.Site, r.Address.Stream, int64(r.Address.Epoch), int64(r.Address.N), d.ID, r.At.UTC, string(r.Kind), r.Call, []byte(r.Raw))
	}
	if err := facts.insert(ctx, tx, `INSERT INTO facts (site, stream, epoch, n, device, utc, kind, call, body) VALUES `); err != nil {
		return err
	}
	return broken.insert(ctx, tx, `INSERT INTO quarantine (site, stream, epoch, n, device, received, why, body) VALUES `)
}

// values are rows of a statement that inserts many.
type values struct {
	text strings.Builder
	args []any
}

func (v *values) add(row ...any) {
	if len(v.args) > 0 {
		v.text.WriteByte(',')
	}
	for i, arg := range row {
		v.text.WriteString(map[bool]string{true: "($", false: ",$"}[i == 0])
		v.args = append(v.args, arg)
		v.text.WriteString(strconv.Itoa(len(v.args)))
	}
	v.text.WriteByte(')')
}

func (v *values) insert(ctx context.Context, tx *sql.Tx, statement string) error {
	if len(v.args) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, statement+v.text.String(), v.args...)
	return err
}

// asker is a database or a transaction.
type asker interface {
	QueryRowContext(ctx context.Context, question string, args ...any) *sql.Row
}

// readMark is a stream's high-water mark, the zero address before its first fact.
func readMark(ctx context.Context, db asker, id central.SiteID, stream string) (mark fact.Address, known bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT epoch, n FROM streams WHERE site = $1 AND stream = $2`, id, stream).Scan(&mark.Epoch, &mark.N)
	if errors.Is(err, sql.ErrNoRows) {
		return fact.Address{}, false, nil
	}
	if mark != (fact.Address{}) { // a stream that was rewound to its beginning has none of it
		mark.Stream = stream
	}
	return mark, true, err
}

// Mark is how far the cloud has a stream of a box.
func (f Fleet) Mark(ctx context.Context, d central.Device, stream string) (fact.Address, error) {
	mark, _, err := readMark(ctx, f.db.read, d.Site, stream)
	return mark, err
}

// Rewind moves a mark back and drops what is after it.
func (f Fleet) Rewind(ctx context.Context, t central.TenantID, id central.SiteID, to fact.Address) error {
	return f.db.change(ctx, func(tx *sql.Tx) error {
		if err := owned(ctx, tx, t, id); err != nil {
			return err
		}
		mark, known, err := readMark(ctx, tx, id, to.Stream)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("%w: no fact of the stream %s was received", central.ErrRefused, to.Stream)
		}
		if mark.Before(to) {
			return fmt.Errorf("%w: the facts received end at %s, before %s", central.ErrRefused, mark, to)
		}
		for _, table := range []string{"facts", "quarantine"} {
			_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE site = $1 AND stream = $2 AND (epoch > $3 OR epoch = $3 AND n > $4)`,
				id, to.Stream, int64(to.Epoch), int64(to.N))
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE streams SET epoch = $1, n = $2 WHERE site = $3 AND stream = $4`, int64(to.Epoch), int64(to.N), id, to.Stream)
		return err
	})
}

// Facts gives each fact as it came.
func (f Fleet) Facts(ctx context.Context, t central.TenantID, id central.SiteID, q central.Question) ([][]byte, error) {
	where := []string{"s.tenant = $1", "s.id = $2"}
	args := []any{t, id}
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, condition+" $"+strconv.Itoa(len(args)))
	}
	if !q.Since.IsZero() {
		add("f.utc >=", q.Since.UnixMilli())
	}
	if !q.Until.IsZero() {
		add("f.utc <", q.Until.UnixMilli())
	}
	if q.Call != "" {
		add("f.call =", q.Call)
	}
	if len(q.Kinds) > 0 {
		var list string
		list, args = oneOf(args, q.Kinds)
		where = append(where, "f.kind IN "+list)
	}
	order := "f.utc, f.stream, f.epoch, f.n"
	if q.Newest {
		order = "f.utc DESC, f.stream DESC, f.epoch DESC, f.n DESC"
	}
	args = append(args, q.Limit)
	question := `SELECT f.body FROM facts f JOIN sites s ON s.id = f.site WHERE ` + strings.Join(where, " AND ") +
		` ORDER BY ` + order + ` LIMIT $` + strconv.Itoa(len(args))
	return list(ctx, f.db.read, func(r row) ([]byte, error) {
		var body []byte
		err := r.Scan(&body)
		return body, err
	}, question, args...)
}

// oneOf writes a list of placeholders.
func oneOf(args []any, kinds []fact.Kind) (string, []any) {
	var text strings.Builder
	for i, k := range kinds {
		args = append(args, string(k))
		text.WriteString(map[bool]string{true: "($", false: ",$"}[i == 0])
		text.WriteString(strconv.Itoa(len(args)))
	}
	text.WriteByte(')')
	return text.String(), args
}

// Unread counts the facts of other kinds than those known, and those that were set aside.
func (f Fleet) Unread(ctx context.Context, t central.TenantID, id central.SiteID, known []fact.Kind) (unknown, broken int64, err error) {
	err = f.db.look(ctx, func(tx *sql.Tx) error {
		kinds, args := oneOf([]any{t, id}, known)
		err := tx.QueryRowContext(ctx, `
SELECT COUNT(*) FROM facts f JOIN sites s ON s.id = f.site WHERE s.tenant = $1 AND s.id = $2 AND f.kind NOT IN `+kinds, args...).Scan(&unknown)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `
SELECT COUNT(*) FROM quarantine q JOIN sites s ON s.id = q.site WHERE s.tenant = $1 AND s.id = $2`, t, id).Scan(&broken)
	})
	return unknown, broken, err
}
