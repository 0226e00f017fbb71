package voicemail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/vault"
)

// Erase drops the key of a message, for good, and removes its file. When it returns nil the key is off the disk. Who and why are those of the first time.
func (b *Boxes) Erase(ctx context.Context, id plan.RecordingID, by, why string) error {
	err := b.index.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE message SET wrapped = NULL, ended_by = CASE WHEN state = 'erased' THEN ended_by ELSE ? END,
			ended_why = CASE WHEN state = 'erased' THEN ended_why ELSE ? END, state = 'erased' WHERE id = ?`, by, why, string(id))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrUnknown
	})
	if err == nil {
		err = b.index.Flush(ctx)
	}
	if err == nil {
		err = b.vault.Remove(string(id))
	}
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	return nil
}

func (b *Boxes) eraseAll(ctx context.Context, all []Message, by, why string) (erased []Message, err error) {
	for _, m := range all {
		if eraseErr := b.Erase(ctx, m.ID, by, why); eraseErr != nil {
			err = errors.Join(err, eraseErr)
			continue
		}
		erased = append(erased, m)
	}
	return erased, err
}

// Date lets the days of messages that were left while the clock was not sure count from now on. It is called when the clock is.
func (b *Boxes) Date(ctx context.Context) error {
	return b.index.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE message SET counted = ? WHERE counted = 0", time.Now().UnixMilli())
		return err
	})
}

// Expire erases every message that was left before a time, saved or not, and gives them.
func (b *Boxes) Expire(ctx context.Context, before time.Time) ([]Message, error) {
	old, err := b.list(ctx, "counted > 0 AND counted < ? AND state <> 'erased' ORDER BY left_at, id", before.UnixMilli())
	if err != nil {
		return nil, err
	}
	return b.eraseAll(ctx, old, "", WhyExpired)
}

// EraseSubject erases every message a caller left, what they are saying too, and gives them.
func (b *Boxes) EraseSubject(ctx context.Context, s fact.Subject, by string) ([]Message, error) {
	if s == "" {
		return nil, nil // callers without a number have no subject in common
	}
	theirs, err := b.list(ctx, "subject = ? AND state <> 'erased' ORDER BY left_at, id", string(s))
	if err != nil {
		return nil, err
	}
	return b.eraseAll(ctx, theirs, by, WhySubject)
}

// MakeRoom erases messages that were heard and left before a time, oldest first, until enough bytes are free or none is left. New and saved ones stay,
// and those whose key is lost: nobody could have taken a copy of them yet.
func (b *Boxes) MakeRoom(ctx context.Context, bytes int64, before time.Time) (erased []Message, freed int64, err error) {
	spare, err := b.list(ctx, "counted > 0 AND counted < ? AND state = 'heard' ORDER BY left_at, id LIMIT 1000", before.UnixMilli())
	if err != nil {
		return nil, 0, err
	}
	for _, m := range spare {
		if freed >= bytes {
			break
		}
		if _, wrapped, findErr := b.entry(ctx, m.ID); findErr != nil || !b.vault.Opens(string(m.ID), wrapped) {
			err = errors.Join(err, findErr)
			continue
		}
		size, sizeErr := b.vault.Size(string(m.ID)) // one without a file frees nothing
		if eraseErr := b.Erase(ctx, m.ID, "", WhyDisk); eraseErr != nil {
			err = errors.Join(err, eraseErr)
			continue
		}
		if sizeErr == nil {
			freed += size
		}
		erased = append(erased, m)
	}
	return erased, freed, err
}

// Swept says what a sweep mended.
type Swept struct {
	vault.Swept
	Closed  []plan.RecordingID // their writer was gone without a word
	Missing []plan.RecordingID // their file was gone: they are erased
}

// Sweep mends what a crash left, as an archive of recordings does; a message without a file is erased. It may run at any time: live is asked for after
// the index was read.
func (b *Boxes) Sweep(ctx context.Context, live func() ([]plan.RecordingID, error)) (s Swept, err error) {
	all, err := b.list(ctx, "1 ORDER BY id")
	if err != nil {
		return s, err
	}
	alive, err := live()
	if err != nil {
		return s, err
	}
	var whole []string
	known := map[string]bool{}
	for _, m := range all {
		known[string(m.ID)] = m.State != Erased
		switch {
		case m.State == Open && !slices.Contains(alive, m.ID):
			if _, err := b.Finish(ctx, m.ID, LengthUnknown, ""); errors.Is(err, vault.ErrKeyLost) {
				continue // what it holds is known when its key is back
			} else if err != nil {
				return s, err
			}
			s.Closed = append(s.Closed, m.ID)
		case m.State != Open && m.State != Erased:
			whole = append(whole, string(m.ID))
		}
	}
	s.Swept, err = b.vault.Sweep(func(id string) (bool, bool) {
		_, wrapped, err := b.entry(ctx, plan.RecordingID(id)) // as it is now: it may have been left or erased since
		return !errors.Is(err, ErrUnknown), wrapped != nil || err != nil && known[id]
	})
	if err != nil {
		return s, err
	}
	gone, err := b.vault.Missing(whole)
	for _, id := range gone {
		m, findErr := b.Find(ctx, plan.RecordingID(id))
		if err = errors.Join(err, findErr); findErr != nil || m.State == Erased {
			continue // by right
		}
		err = errors.Join(err, b.Erase(ctx, m.ID, "", WhyNothing))
		s.Missing = append(s.Missing, m.ID)
	}
	return s, err
}

// DropLost removes the files that had no owner, and gives how many bytes that freed.
func (b *Boxes) DropLost() (int64, error) { return b.vault.DropLost() }

// Locked counts the messages that none of the box's keys opens: their key file was lost or changed. They stay as they are, and open again when the file
// is put back.
func (b *Boxes) Locked(ctx context.Context) (int, error) {
	return b.vault.Locked(ctx, b.index, "SELECT id, wrapped FROM message WHERE wrapped IS NOT NULL")
}

// KeyFile is where the box's key for messages belongs.
func (b *Boxes) KeyFile() string { return b.vault.KeyFile() }
