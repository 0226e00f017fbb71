package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"autocom/appliance/exchange/fact"
)

// Cursor is how far a reader has come: it has dealt with everything up to that address. A name that is not known yet is registered at the oldest
// fact there is, and from then on facts wait for it.
func (j *Journal) Cursor(ctx context.Context, name string) (fact.Address, error) {
	if name == "" {
		return fact.Address{}, errors.New("journal: a cursor needs a name")
	}
	var id int64
	read := func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT id FROM cursor WHERE name = ?", name).Scan(&id)
	}
	err := j.file.Read(ctx, read)
	if errors.Is(err, sql.ErrNoRows) {
		err = j.file.Write(ctx, func(tx *sql.Tx) error {
			floor, err := noted(ctx, tx, noteFloor)
			if err != nil {
				return err
			}
			// Epoch 1, number 0: before everything, yet an address, so that a later loss is noticed.
			floor = max(floor, rowID(fact.Address{Epoch: 1}))
			if _, err := tx.ExecContext(ctx, "INSERT INTO cursor (name, id) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, floor); err != nil {
				return err
			}
			return read(tx)
		})
	}
	if err != nil {
		return fact.Address{}, err
	}
	return j.address(id), nil
}

// Advance moves a cursor forward. An address at or before its place changes nothing: acknowledgements may come late and twice.
func (j *Journal) Advance(ctx context.Context, name string, to fact.Address) error {
	return j.move(ctx, name, to, "UPDATE cursor SET id = max(id, ?) WHERE name = ?")
}

// Rewind moves a cursor to an address wherever it stands, for a reader that lost what it had. What was pruned since is then reported lost to it.
func (j *Journal) Rewind(ctx context.Context, name string, to fact.Address) error {
	return j.move(ctx, name, to, "UPDATE cursor SET id = ? WHERE name = ?")
}

func (j *Journal) move(ctx context.Context, name string, to fact.Address, update string) error {
	if err := j.own(to); err != nil {
		return err
	}
	j.mu.Lock()
	committed := j.committed
	j.mu.Unlock()
	if committed.Before(to) {
		return fmt.Errorf("cursor %q cannot go to %s: the last committed fact is %s", name, to, committed)
	}
	if to.Epoch == 0 {
		to = fact.Address{Stream: j.stream, Epoch: 1}
	}
	return j.file.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, update, rowID(to), name)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return fmt.Errorf("there is no cursor %q", name)
	})
}

// Forget removes a cursor: facts no longer wait for that reader.
func (j *Journal) Forget(ctx context.Context, name string) error {
	return j.file.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM cursor WHERE name = ?", name)
		return err
	})
}
