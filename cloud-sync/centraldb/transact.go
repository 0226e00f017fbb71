package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// attempts is how often a transaction that lost against another one is tried again.
const attempts = 12

// change runs fn in one transaction as if no other ran, and commits it when fn returns nil. With PostgreSQL fn may be run again from its
// beginning, when another transaction got in its way: it must have no effect but on tx and on what it sets anew each time.
func (db *DB) change(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return db.changeAt(ctx, sql.LevelSerializable, fn)
}

// changeAt is change with a weaker isolation for PostgreSQL. SQLite has one writer at a time and knows only the strongest.
func (db *DB) changeAt(ctx context.Context, level sql.IsolationLevel, fn func(tx *sql.Tx) error) error {
	if db.engine == sqlite {
		return run(ctx, db.write, nil, fn)
	}
	var err error
	for try := range attempts {
		if err = run(ctx, db.write, &sql.TxOptions{Isolation: level}, fn); !lost(err) {
			return err
		}
		// Both losers come back at different times, later each time.
		wait := time.NewTimer(time.Millisecond * time.Duration(1+rand.IntN(2<<min(try, 7))))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
	}
	return err
}

// look runs fn in one transaction that sees a single state of the database and cannot change it.
func (db *DB) look(ctx context.Context, fn func(tx *sql.Tx) error) error {
	if db.engine == sqlite {
		return run(ctx, db.read, nil, fn)
	}
	return run(ctx, db.read, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
}

func run(ctx context.Context, pool *sql.DB, options *sql.TxOptions, fn func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
		return err
	}
	return tx.Commit()
}

// lost reports whether PostgreSQL gave a transaction up for another one: serialization_failure, deadlock_detected.
func lost(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// double reports whether a row is already there: unique_violation of PostgreSQL, SQLITE_CONSTRAINT_UNIQUE and _PRIMARYKEY.
func double(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	e, ok := errors.AsType[interface {
		error
		Code() int
	}](err)
	return ok && (e.Code() == 2067 || e.Code() == 1555)
}
