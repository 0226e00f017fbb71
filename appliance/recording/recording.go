// Package recording keeps recorded conversations: each in a sealed file of its own whose key only this box has, with an index that says which
// call it belongs to.
//
// The core creates a recording and passes the open file and its key to the media process, which seals the sound second by second. To erase is to
// drop the key; the file goes too, but nothing depends on that.
package recording

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/sealed"
	"autocom/appliance/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

const (
	indexName = "recordings.db"
	keyName   = "recordings.key"
	soundDir  = "sound"
	soundEnd  = ".sealed"
)

var (
	// ErrUnknown says there is no such recording.
	ErrUnknown = errors.New("no such recording")
	// ErrErased says it was erased: its key is gone, and nobody can bring it back.
	ErrErased = errors.New("this recording was erased")
	// ErrKeyLost says the box's key is not the one this recording's key was wrapped under.
	ErrKeyLost = errors.New("the box's key for recordings was lost or changed")
	// ErrExists says the id was used already: a file is never written twice.
	ErrExists = errors.New("this recording exists already")
	// ErrOpen says it is still being written.
	ErrOpen = errors.New("this recording is still being made")
)

// State is where a recording stands.
type State string

// The states of a recording.
const (
	Open   State = "open"   // being written
	Closed State = "closed" // whole
	Cut    State = "cut"    // its writer died or its disk failed; it ends earlier than the conversation
	Erased State = "erased"
)

// Recording is one line of the index.
type Recording struct {
	ID      plan.RecordingID `json:"id"`
	Call    plan.CallID      `json:"call"`
	Leg     plan.LegID       `json:"leg"` // the outside leg it follows
	Started time.Time        `json:"started"`
	Ended   time.Time        `json:"ended,omitzero"`
	SoundMS int64            `json:"sound_ms"`
	State   State            `json:"state"`
	Error   string           `json:"error,omitempty"` // why it was cut
}

// Archive is the box's recordings. Its methods may be called from any goroutine and may wait for the disk.
type Archive struct {
	dir   string
	index *store.File
	box   boxKey
}

// OpenArchive opens or creates the recordings in a directory, which it creates, and tidies up after a crash: a recording without an end is closed with the
// sound it holds, a file the index does not know is moved to the directory "lost" beside the others. Recordings whose id is in
// live go on being written by the media process and are left alone.
func OpenArchive(ctx context.Context, dir string, live ...plan.RecordingID) (*Archive, error) {
	if err := os.MkdirAll(filepath.Join(dir, soundDir), 0o700); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	forms, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	box, err := openBoxKey(filepath.Join(dir, keyName))
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	index, err := store.Open(ctx, filepath.Join(dir, indexName), forms, store.SyncFull)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	a := &Archive{dir: dir, index: index, box: box}
	if err := a.sweep(ctx, live); err != nil {
		return nil, errors.Join(fmt.Errorf("recordings: %w", err), index.Close())
	}
	return a, nil
}

// Close closes the index. Files that were passed on stay open where they are.
func (a *Archive) Close() error { return a.index.Close() }

// Create enters a recording into the index and opens its file (mode 0600, empty). The caller passes file and key to the writer and closes
// its own copy of the file. The entry is on the disk before the file is there, so that no sound is ever without an owner.
func (a *Archive) Create(ctx context.Context, id plan.RecordingID, call plan.CallID, leg plan.LegID) (*os.File, sealed.Key, error) {
	key := newKey()
	name, err := fileOf(id)
	if err != nil {
		return nil, key, err
	}
	err = a.index.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "INSERT INTO recording (id, call, leg, started, state, wrapped, file) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			string(id), string(call), string(leg), time.Now().UnixMilli(), string(Open), a.box.wrap(id, key), name)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrExists
	})
	if err != nil {
		return nil, sealed.Key{}, fmt.Errorf("recording %s: %w", id, err)
	}
	file, err := os.OpenFile(filepath.Join(a.dir, soundDir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		err = fmt.Errorf("recording %s: %w", id, err)
		_, _, finishErr := a.Finish(ctx, id, 0, err.Error())
		return nil, sealed.Key{}, errors.Join(err, finishErr)
	}
	return file, key, nil
}

// fileOf is the name of a recording's file. Ids are ours, but a name must never lead out of the directory.
func fileOf(id plan.RecordingID) (string, error) {
	if id == "" || len(id) > 100 {
		return "", fmt.Errorf("recording id %q: want 1 to 100 characters", id)
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' || id[0] == '.' {
			return "", fmt.Errorf("recording id %q: want letters, digits, - _ and . within", id)
		}
	}
	return string(id) + soundEnd, nil
}

// LengthUnknown tells Finish that the writer is gone and reported nothing: the sound in the file is counted.
const LengthUnknown = -1

// Finish closes the entry of a recording with what its writer reports: how much sound it holds, and what went wrong, if anything did. It
// gives what it wrote down.
func (a *Archive) Finish(ctx context.Context, id plan.RecordingID, soundMS int64, problem string) (heldMS int64, why string, err error) {
	if soundMS == LengthUnknown {
		found, why := a.measure(ctx, id)
		soundMS = found
		if problem == "" {
			problem = why
		}
	}
	state := Closed
	if problem != "" {
		state = Cut
	}
	return soundMS, problem, a.index.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE recording SET ended = ?, sound_ms = ?, state = ?, error = ? WHERE id = ? AND state = ?",
			time.Now().UnixMilli(), soundMS, string(state), problem, string(id), string(Open))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		// Erased while it was made, or reported twice: both stand.
		if _, _, err := find(ctx, tx, id); err != nil {
			return fmt.Errorf("recording %s: %w", id, err)
		}
		return nil
	})
}

const columns = "id, call, leg, started, coalesce(ended, 0), sound_ms, state, error, wrapped"

// scan reads a line of the index and its wrapped key.
func scan(read func(...any) error) (r Recording, wrapped []byte, err error) {
	var started, ended int64
	if err := read(&r.ID, &r.Call, &r.Leg, &started, &ended, &r.SoundMS, &r.State, &r.Error, &wrapped); err != nil {
		return Recording{}, nil, err
	}
	r.Started = time.UnixMilli(started).UTC()
	if ended != 0 {
		r.Ended = time.UnixMilli(ended).UTC()
	}
	return r, wrapped, nil
}

func find(ctx context.Context, tx *sql.Tx, id plan.RecordingID) (Recording, []byte, error) {
	r, wrapped, err := scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM recording WHERE id = ?", string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return r, wrapped, err
}

// Find is one line of the index.
func (a *Archive) Find(ctx context.Context, id plan.RecordingID) (r Recording, err error) {
	err = a.index.Read(ctx, func(tx *sql.Tx) error {
		r, _, err = find(ctx, tx, id)
		return err
	})
	return r, err
}

// Query limits a list; the zero value asks for the newest hundred.
type Query struct {
	Call  plan.CallID // only of this call
	Since time.Time
	Until time.Time
	Most  int // default 100
}

// List is the index, newest first. Erased recordings are in it: that there was one is not secret.
func (a *Archive) List(ctx context.Context, q Query) (found []Recording, err error) {
	if q.Most <= 0 {
		q.Most = 100
	}
	if q.Until.IsZero() {
		q.Until = time.UnixMilli(1 << 52)
	}
	if q.Since.IsZero() {
		q.Since = time.UnixMilli(0)
	}
	err = a.index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM recording WHERE (? = '' OR call = ?) AND started >= ? AND started < ? ORDER BY started DESC, id DESC LIMIT ?",
			string(q.Call), string(q.Call), q.Since.UnixMilli(), q.Until.UnixMilli(), q.Most)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, _, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			found = append(found, r)
		}
		return rows.Err()
	})
	return found, err
}

// Erase drops the key of a recording, for good, and removes its file. When it returns nil the key is off the disk. A recording that is
// still being made can be erased: what its writer goes on writing nobody can read.
func (a *Archive) Erase(ctx context.Context, id plan.RecordingID) error {
	err := a.index.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE recording SET wrapped = NULL, state = ?, ended = coalesce(ended, ?) WHERE id = ?", string(Erased), time.Now().UnixMilli(), string(id))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrUnknown
	})
	if err == nil {
		err = a.index.Flush(ctx)
	}
	if err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	name, err := fileOf(id)
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(a.dir, soundDir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("recording %s: the key is dropped, the file is still there: %w", id, err)
	}
	return nil
}
