package journal

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"
)

const (
	noteFloor   = "floor" // everything up to this id was pruned
	causePruned = "pruned before it was read: the journal's quota was used up"
	pruneStep   = 2000 // rows in one transaction, so that commits come between
)

// noted reads a number from the notes, 0 when it is not there.
func noted(ctx context.Context, tx *sql.Tx, name string) (int64, error) {
	var value string
	err := tx.QueryRowContext(ctx, "SELECT value FROM note WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(value, 10, 64)
}

// Prune removes facts that every cursor passed Options.Keep ago, then, while the file uses more than its quota, the oldest ones regardless of
// cursors: a reader that had not come so far finds a FactsLost. The writer calls it every hour. Subjects of whom no fact is left go with them. While the
// clock is not sure nothing goes for its age, and nothing is noted of the hour.
func (j *Journal) Prune(ctx context.Context, now time.Time) (err error) {
	sure, upTo := j.options.Sure(), int64(0)
	if sure {
		if upTo, err = j.aged(ctx, now); err != nil {
			return err
		}
	}
	for {
		n, err := j.pruneOnce(ctx, upTo)
		if err != nil {
			return err
		}
		if n < pruneStep {
			break
		}
	}
	for {
		used, err := j.file.Used(ctx)
		if err != nil {
			return err
		}
		if used <= j.options.Quota {
			break
		}
		j.mu.Lock()
		committed := j.committed
		j.mu.Unlock()
		// The newest fact always stays: it holds the place in the numbering.
		n, err := j.pruneOnce(ctx, rowID(committed)-1)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	if !sure {
		return nil
	}
	return j.pruneSubjects(ctx, now)
}

// aged notes how far every cursor has come by now and returns how far they all had come Options.Keep ago.
func (j *Journal) aged(ctx context.Context, now time.Time) (upTo int64, err error) {
	j.mu.Lock()
	committed := rowID(j.committed)
	j.mu.Unlock()
	err = j.file.Write(ctx, func(tx *sql.Tx) error {
		var slowest sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT min(id) FROM cursor").Scan(&slowest); err != nil {
			return err
		}
		passed := committed
		if slowest.Valid {
			passed = min(passed, slowest.Int64)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO mark (at, id) VALUES (?, ?) ON CONFLICT (at) DO UPDATE SET id = min(id, excluded.id)", now.UnixMilli(), passed); err != nil {
			return err
		}
		then := now.Add(-j.options.Keep).UnixMilli()
		// A rewound cursor and a cursor that came later still count: the present place bounds what the old mark allows.
		if err := tx.QueryRowContext(ctx, "SELECT min(?, coalesce(max(id), 0)) FROM mark WHERE at <= ?", min(passed, committed-1), then).Scan(&upTo); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM mark WHERE at < (SELECT max(at) FROM mark WHERE at <= ?)", then)
		return err
	})
	return upTo, err
}

// pruneOnce removes some of the oldest facts up to an id and moves the floor with them.
func (j *Journal) pruneOnce(ctx context.Context, upTo int64) (n int64, err error) {
	err = j.file.Write(ctx, func(tx *sql.Tx) error {
		var end sql.NullInt64
		err := tx.QueryRowContext(ctx, "SELECT max(id) FROM (SELECT id FROM fact WHERE id <= ? ORDER BY id LIMIT ?)", upTo, pruneStep).Scan(&end)
		if err != nil || !end.Valid {
			return err
		}
		done, err := tx.ExecContext(ctx, "DELETE FROM fact WHERE id <= ?", end.Int64)
		if err != nil {
			return err
		}
		if n, err = done.RowsAffected(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", noteFloor, strconv.FormatInt(end.Int64, 10))
		return err
	})
	return n, err
}

// pruneSubjects removes people who were last seen before the oldest fact that is left, and less than a day's margin: seen is refreshed once a day.
// Who was seen while the clock was not sure counts as seen now. An oldest fact that is dated in the future was written then too, and says nothing: then
// people stay for as long as facts do.
func (j *Journal) pruneSubjects(ctx context.Context, now time.Time) error {
	var gone []string
	err := j.file.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE subject SET seen = ? WHERE seen = 0", now.UnixMilli()); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `DELETE FROM subject WHERE seen <
			(SELECT CASE WHEN utc > ? THEN ? ELSE utc END FROM fact ORDER BY id LIMIT 1) - ? RETURNING id`,
			now.UnixMilli(), now.Add(-j.options.Keep).UnixMilli(), 2*seenEvery.Milliseconds())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			gone = append(gone, id)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.subjects.forget(gone)
	return nil
}
