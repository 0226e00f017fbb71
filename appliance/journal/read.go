package journal

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"autocom/appliance/exchange/fact"
)

// followStep is how many entries Follow takes at a time.
const followStep = 256

// Read returns up to n committed facts after an address, oldest first; the zero address means from the oldest. When facts after that address were
// pruned before the reader came by, the first entry is a FactsLost that says so. At a fact that cannot be read it returns what stands before it
// and an *UnreadableError; a reader may go on after that address.
func (j *Journal) Read(ctx context.Context, after fact.Address, n int) ([]fact.Entry, error) {
	if err := j.own(after); err != nil {
		return nil, err
	}
	if n <= 0 {
		return nil, nil
	}
	found := make([]fact.Entry, 0, min(n, followStep))
	err := j.file.Read(ctx, func(tx *sql.Tx) error {
		from := rowID(after)
		floor, err := noted(ctx, tx, noteFloor)
		if err != nil {
			return err
		}
		if after != (fact.Address{}) && from < floor {
			at, err := j.momentAfter(ctx, tx, floor)
			if err != nil {
				return err
			}
			lost := fact.FactsLost{From: next(after), To: j.address(floor), Cause: causePruned}
			found = append(found, fact.Entry{Address: j.address(floor), At: at, Fact: lost})
			from = floor
		}
		if len(found) == n {
			return nil
		}
		rows, err := tx.QueryContext(ctx, "SELECT "+rowColumns+" FROM fact WHERE id > ? ORDER BY id LIMIT ?", from, n-len(found))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := r.scan(rows); err != nil {
				return err
			}
			e, err := r.entry(j.stream)
			if err != nil {
				return err
			}
			found = append(found, e)
		}
		return rows.Err()
	})
	return found, err
}

// momentAfter is when the first fact that is left after a pruning happened: the nearest known moment to those that went.
func (j *Journal) momentAfter(ctx context.Context, tx *sql.Tx, id int64) (at fact.Moment, err error) {
	err = tx.QueryRowContext(ctx, "SELECT utc, boot FROM fact WHERE id > ? ORDER BY id LIMIT 1", id).Scan(&at.UTC, &at.Boot)
	if errors.Is(err, sql.ErrNoRows) {
		return fact.Moment{}, nil
	}
	return at, err
}

// Follow yields every fact after an address and goes on with what happens: first from the file, then from memory, each once and in order. What it
// yields may not be committed yet. It ends when the context ends (with its error) or the journal closes (without one), and a reader so slow
// that memory ran over while the disk failed finds a FactsLost. After an *UnreadableError it goes on with the next fact.
func (j *Journal) Follow(ctx context.Context, after fact.Address) iter.Seq2[fact.Entry, error] {
	return func(yield func(fact.Entry, error) bool) {
		if err := j.own(after); err != nil {
			yield(fact.Entry{}, err)
			return
		}
		for {
			found, err := j.step(ctx, after)
			for _, e := range found {
				if !yield(e, nil) {
					return
				}
				after = e.Address
			}
			switch unreadable, is := errors.AsType[*UnreadableError](err); {
			case is:
				if !yield(fact.Entry{Address: unreadable.Address}, err) {
					return
				}
				after = unreadable.Address
			case errors.Is(err, ErrClosed):
				return
			case err != nil:
				yield(fact.Entry{}, err)
				return
			}
		}
	}
}

// step waits for the next facts after an address and returns some of them.
func (j *Journal) step(ctx context.Context, after fact.Address) ([]fact.Entry, error) {
	for {
		j.mu.Lock()
		found, covered := j.tail.after(after, followStep)
		base, closed, changed := j.tail.base, j.closed, j.change()
		j.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case len(found) > 0:
			return found, nil
		case closed:
			return nil, ErrClosed
		case !covered:
			// Memory lets only committed facts go, so the file has all that is older than what memory holds.
			found, err := j.Read(ctx, after, followStep)
			if len(found) > 0 || err != nil {
				return found, err
			}
		}
		if covered {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		after = base // the file had nothing between the address and what memory held at that time
	}
}
