package recording

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// Why a recording is erased.
const (
	WhyCommand = "command"  // a person asked
	WhySubject = "subject"  // the caller asked to be forgotten (RGPD)
	WhyDiscard = "not_kept" // its queue keeps only what somebody wants kept
	WhyExpired = "expired"  // it was kept as long as it may be
	WhyDisk    = "disk"     // the disk needed its place
)

// Erase drops the key of a recording, for good, and removes its file. When it returns nil the key is off the disk. A recording that is
// still being made can be erased: what its writer goes on writing nobody can read. Who and why are those of the first time.
func (a *Archive) Erase(ctx context.Context, id plan.RecordingID, by, why string) error {
	err := a.change(ctx, id, `UPDATE recording SET wrapped = NULL, ended = coalesce(ended, ?),
		erased_by = CASE WHEN state = 'erased' THEN erased_by ELSE ? END, erased_why = CASE WHEN state = 'erased' THEN erased_why ELSE ? END,
		state = 'erased' WHERE id = ?`, time.Now().UnixMilli(), by, why, string(id))
	if err != nil {
		return err
	}
	if err := a.index.Flush(ctx); err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	if err := a.vault.Remove(string(id)); err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	return nil
}

// eraseAll erases what it can. What cannot be erased is named in the error, and is tried again at the next call.
func (a *Archive) eraseAll(ctx context.Context, all []Recording, by, why string) (erased []Recording, err error) {
	for _, r := range all {
		if eraseErr := a.Erase(ctx, r.ID, by, why); eraseErr != nil {
			err = errors.Join(err, eraseErr)
			continue
		}
		erased = append(erased, r)
	}
	return erased, err
}

// Date lets the days of recordings that were made while the clock was not sure count from now on. It is called when the clock is.
func (a *Archive) Date(ctx context.Context) error {
	return a.index.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE recording SET counted = ? WHERE counted = 0", time.Now().UnixMilli())
		return err
	})
}

// Expire erases every recording whose days began before a time, kept or not, and gives them.
func (a *Archive) Expire(ctx context.Context, before time.Time) ([]Recording, error) {
	old, err := a.list(ctx, "counted > 0 AND counted < ? AND state <> 'erased' ORDER BY started, id", before.UnixMilli())
	if err != nil {
		return nil, err
	}
	return a.eraseAll(ctx, old, "", WhyExpired)
}

// EraseSubject erases everything that was recorded of a caller, what is being made too, and gives it.
func (a *Archive) EraseSubject(ctx context.Context, s fact.Subject, by string) ([]Recording, error) {
	if s == "" {
		return nil, nil // calls without a number have no subject in common
	}
	theirs, err := a.list(ctx, "subject = ? AND state <> 'erased' ORDER BY started, id", string(s))
	if err != nil {
		return nil, err
	}
	return a.eraseAll(ctx, theirs, by, WhySubject)
}

// MakeRoom erases closed recordings that nobody wants kept and whose days began before a time, oldest first, until enough bytes are free or none is left.
// One whose key is lost stays: nobody could have taken a copy of it yet.
func (a *Archive) MakeRoom(ctx context.Context, bytes int64, before time.Time) (erased []Recording, freed int64, err error) {
	spare, err := a.list(ctx, "counted > 0 AND counted < ? AND state IN ('closed', 'cut') AND keep <> 'keep' ORDER BY started, id LIMIT 1000", before.UnixMilli())
	if err != nil {
		return nil, 0, err
	}
	for _, r := range spare {
		if freed >= bytes {
			break
		}
		if _, wrapped, findErr := a.entry(ctx, r.ID); findErr != nil || !a.vault.Opens(string(r.ID), wrapped) {
			err = errors.Join(err, findErr)
			continue
		}
		size, sizeErr := a.vault.Size(string(r.ID)) // one without a file frees nothing
		if eraseErr := a.Erase(ctx, r.ID, "", WhyDisk); eraseErr != nil {
			err = errors.Join(err, eraseErr)
			continue
		}
		if sizeErr == nil {
			freed += size
		}
		erased = append(erased, r)
	}
	return erased, freed, err
}

// DropLost removes the files that had no owner, and gives how many bytes that freed.
func (a *Archive) DropLost() (int64, error) { return a.vault.DropLost() }
