// Package voicemail keeps the messages that callers leave: a box for each queue and extension, and in it messages that are new until somebody hears them.
//
// A message is a sealed sound like a recording, under a key of its own. Whoever tells people of new messages reads notices, each of which comes once.
package voicemail

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/sealed"
	"autocom/appliance/recording/vault"
	"autocom/appliance/store"
	"autocom/dsp/wav"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

const (
	indexName = "voicemail.db"
	keyName   = "voicemail.key"
)

// Boxes are the box's mailboxes. Their methods may be called from any goroutine and may wait for the disk.
type Boxes struct {
	index *store.File
	vault *vault.Vault
}

// OpenBoxes opens or creates the mailboxes in a directory, which it creates, and tidies up after a crash: a message without an end is taken with the
// sound it holds. Messages whose id is in live go on being written by the media process and are left alone.
func OpenBoxes(ctx context.Context, dir string, live ...plan.RecordingID) (*Boxes, error) {
	forms, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	box, err := vault.New(dir, keyName)
	if err != nil {
		return nil, fmt.Errorf("voicemail: %w", err)
	}
	index, err := store.Open(ctx, filepath.Join(dir, indexName), forms, store.SyncFull)
	if err != nil {
		return nil, fmt.Errorf("voicemail: %w", err)
	}
	b := &Boxes{index: index, vault: box}
	if _, err := b.Sweep(ctx, func() ([]plan.RecordingID, error) { return live, nil }); err != nil {
		return nil, errors.Join(fmt.Errorf("voicemail: %w", err), index.Close())
	}
	return b, nil
}

// Close closes the index. Files that were passed on stay open where they are.
func (b *Boxes) Close() error { return b.index.Close() }

// Origin is who leaves a message, and where.
type Origin struct {
	Box     string
	Call    plan.CallID
	Subject fact.Subject
	Undated bool // the clock is not sure: its days count from the moment it is (Date)
}

// Create enters a message and opens its file, for the caller to pass on with the key. A box that is full refuses with a *FullError.
func (b *Boxes) Create(ctx context.Context, id plan.RecordingID, from Origin, limits Limits) (*os.File, sealed.Key, error) {
	if _, err := vault.FileOf(string(id)); err != nil {
		return nil, sealed.Key{}, err
	}
	key, wrapped := b.vault.Key(string(id))
	now := time.Now().UnixMilli()
	counted := now
	if from.Undated {
		counted = 0
	}
	err := b.index.Write(ctx, func(tx *sql.Tx) error {
		full := FullError{Box: from.Box, Limits: limits}
		const count = "SELECT count(*), coalesce(sum(sound_ms), 0) / 1000 FROM message WHERE box = ? AND state <> 'erased'"
		if err := tx.QueryRowContext(ctx, count, from.Box).Scan(&full.Messages, &full.Seconds); err != nil {
			return err
		}
		if full.Messages >= limits.Messages || full.Seconds >= limits.Seconds {
			return &full
		}
		done, err := tx.ExecContext(ctx, "INSERT INTO message (id, box, call, subject, left_at, state, wrapped, counted) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			string(id), from.Box, string(from.Call), string(from.Subject), now, string(Open), wrapped, counted)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, ErrExists)
		}
		return nil
	})
	if err != nil {
		return nil, sealed.Key{}, fmt.Errorf("message %s: %w", id, err)
	}
	file, err := b.vault.Create(string(id))
	if err != nil {
		err = fmt.Errorf("message %s: %w", id, err)
		return nil, sealed.Key{}, errors.Join(err, b.Erase(ctx, id, "", WhyNothing))
	}
	return file, key, nil
}

// Full lists the boxes that take no message under these limits, sorted.
func (b *Boxes) Full(ctx context.Context, limits Limits) (full []string, err error) {
	err = b.index.Read(ctx, func(tx *sql.Tx) error {
		const count = "SELECT box FROM message WHERE state <> 'erased' GROUP BY box HAVING count(*) >= ? OR coalesce(sum(sound_ms), 0) / 1000 >= ? ORDER BY box"
		rows, err := tx.QueryContext(ctx, count, limits.Messages, limits.Seconds)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var box string
			if err := rows.Scan(&box); err != nil {
				return err
			}
			full = append(full, box)
		}
		return rows.Err()
	})
	return full, err
}

// LengthUnknown tells Finish that the writer is gone and reported nothing: the sound in the file is counted.
const LengthUnknown = -1

// Finish takes a message that was left: it is new, and a notice of it waits. One in which nothing was said is erased instead. It gives the message as
// it stands then; one that was erased meanwhile stays so.
func (b *Boxes) Finish(ctx context.Context, id plan.RecordingID, soundMS int64, problem string) (Message, error) {
	_, wrapped, err := b.entry(ctx, id)
	if err != nil {
		return Message{}, fmt.Errorf("message %s: %w", id, err)
	}
	if soundMS == LengthUnknown || problem != "" {
		held := b.vault.Measure(string(id), wrapped)
		if held.Locked && soundMS == LengthUnknown { // it is taken, or found empty, when its key is back
			return Message{}, fmt.Errorf("message %s: %w", id, vault.ErrKeyLost)
		}
		soundMS = max(soundMS, held.SoundMS)
		if problem == "" {
			problem = held.Why
		}
	}
	var m Message
	err = b.index.Write(ctx, func(tx *sql.Tx) error {
		now := time.Now().UnixMilli()
		done, err := tx.ExecContext(ctx, "UPDATE message SET sound_ms = ?, state = ?, error = ? WHERE id = ? AND state = ?",
			soundMS, string(New), problem, string(id), string(Open))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 1 && soundMS >= Shortest {
			if _, err := tx.ExecContext(ctx, "INSERT INTO notice (message, at) VALUES (?, ?)", string(id), now); err != nil {
				return err
			}
		}
		m, _, err = find(ctx, tx, id)
		return err
	})
	if err == nil && m.State == New && m.SoundMS < Shortest {
		if err = b.Erase(ctx, id, "", WhyShort); err == nil {
			m, err = b.Find(ctx, id)
		}
	}
	if err != nil {
		return m, fmt.Errorf("message %s: %w", id, err)
	}
	return m, nil
}

// Hear notes that somebody heard a new message; one that was heard or saved stays as it is. It reports whether it was new.
func (b *Boxes) Hear(ctx context.Context, id plan.RecordingID, by string) (was bool, err error) {
	err = b.move(ctx, id, func(tx *sql.Tx, m Message) error {
		if was = m.State == New; !was {
			return nil
		}
		_, err := tx.ExecContext(ctx, "UPDATE message SET state = ?, heard_by = ?, heard_at = ? WHERE id = ?", string(Heard), by, time.Now().UnixMilli(), string(id))
		return err
	})
	return was, err
}

// Save keeps a message as long as it may be: the disk's need does not take it.
func (b *Boxes) Save(ctx context.Context, id plan.RecordingID, by string) error {
	return b.move(ctx, id, func(tx *sql.Tx, m Message) error {
		if m.State == New {
			m.HeardBy, m.HeardAt = by, time.Now()
		}
		_, err := tx.ExecContext(ctx, "UPDATE message SET state = ?, heard_by = ?, heard_at = ? WHERE id = ?", string(Saved), m.HeardBy, m.HeardAt.UnixMilli(), string(id))
		return err
	})
}

// move changes a message that is there.
func (b *Boxes) move(ctx context.Context, id plan.RecordingID, change func(*sql.Tx, Message) error) error {
	err := b.index.Write(ctx, func(tx *sql.Tx) error {
		m, _, err := find(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case m.State == Erased:
			return ErrErased
		case m.State == Open:
			return ErrOpen
		}
		return change(tx, m)
	})
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	return nil
}

// Export writes a message as a WAV file of two channels like a recording's: left the caller, right what they heard. It does not make it heard.
func (b *Boxes) Export(ctx context.Context, id plan.RecordingID, encoding wav.Encoding, w io.Writer) (vault.Exported, error) {
	_, wrapped, err := b.entry(ctx, id)
	if err != nil {
		return vault.Exported{}, fmt.Errorf("message %s: %w", id, err)
	}
	done, err := b.vault.Export(ctx, string(id), wrapped, encoding, w)
	if err != nil {
		return done, fmt.Errorf("message %s: %w", id, err)
	}
	return done, nil
}
