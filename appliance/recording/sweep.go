package recording

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/vault"
)

// Swept says what a sweep mended.
type Swept struct {
	vault.Swept
	Closed  []plan.RecordingID // their writer was gone without a word
	Missing []plan.RecordingID // their file is gone
}

// missing is what the index says of a recording without a file.
const missing = "its file is gone"

// Sweep mends what a crash left: an open recording that is not in live is closed with the sound it holds, a file nobody knows is moved to the directory
// "lost", a file whose key is dropped is removed, and an entry whose file is gone says so. It may run at any time.
//
// live is asked for after the index was read, so that a recording which begins meanwhile is not taken for one that was left.
func (a *Archive) Sweep(ctx context.Context, live func() ([]plan.RecordingID, error)) (s Swept, err error) {
	open, whole, known, err := a.stock(ctx)
	if err != nil {
		return s, err
	}
	alive, err := live()
	if err != nil {
		return s, err
	}
	for _, id := range open {
		if slices.Contains(alive, id) {
			continue
		}
		if _, err := a.Finish(ctx, id, LengthUnknown, ""); errors.Is(err, ErrKeyLost) {
			continue // what it holds is known when its key is back
		} else if err != nil {
			return s, err
		}
		s.Closed = append(s.Closed, id)
	}
	s.Swept, err = a.vault.Sweep(func(id string) (bool, bool) {
		hasKey, is := known[id]
		if !is { // it may have begun since
			_, wrapped, err := a.entry(ctx, plan.RecordingID(id))
			return !errors.Is(err, ErrUnknown), wrapped != nil || err != nil
		}
		return true, hasKey
	})
	if err != nil {
		return s, err
	}
	gone, err := a.vault.Missing(whole)
	for _, id := range gone {
		// The file of one that was erased since is missing by right: its state says so.
		const update = "UPDATE recording SET error = ?, state = 'cut', sound_ms = 0, segments = '[]' WHERE id = ? AND state IN ('closed', 'cut') AND error <> ?"
		err = errors.Join(err, a.index.Write(ctx, func(tx *sql.Tx) error {
			done, err := tx.ExecContext(ctx, update, missing, id, missing)
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				return err
			}
			s.Missing = append(s.Missing, plan.RecordingID(id))
			return nil
		}))
	}
	return s, err
}

// stock lists recordings without an end, those that are closed, and of every one whether it has its key.
func (a *Archive) stock(ctx context.Context) (open []plan.RecordingID, whole []string, known map[string]bool, err error) {
	known = map[string]bool{}
	err = a.index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id, state FROM recording ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var state State
			if err := rows.Scan(&id, &state); err != nil {
				return err
			}
			known[id] = state != Erased
			switch state {
			case Open:
				open = append(open, plan.RecordingID(id))
			case Closed, Cut:
				whole = append(whole, id)
			case Erased:
			}
		}
		return rows.Err()
	})
	return open, whole, known, err
}

// Locked counts the recordings that none of the box's keys opens: their key file was lost or changed. They stay as they are, and open again when the
// file is put back.
func (a *Archive) Locked(ctx context.Context) (int, error) {
	return a.vault.Locked(ctx, a.index, "SELECT id, wrapped FROM recording WHERE wrapped IS NOT NULL")
}

// KeyFile is where the box's key for its recordings belongs.
func (a *Archive) KeyFile() string { return a.vault.KeyFile() }
