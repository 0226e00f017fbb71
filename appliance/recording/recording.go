// Package recording keeps recorded conversations: each in a sealed file of its own whose key only this box has, with an index that says which
// call, queue, agent and caller it belongs to, who made it and by what right.
//
// The core creates a recording and passes the open file and its key to the media process, which seals the sound second by second. To erase is to
// drop the key; the file goes too, but nothing depends on that.
package recording

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/sealed"
	"autocom/appliance/recording/vault"
	"autocom/appliance/store"
	"autocom/dsp/wav"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

const (
	indexName = "recordings.db"
	keyName   = "recordings.key"
)

var (
	// ErrUnknown says there is no such recording.
	ErrUnknown = errors.New("no such recording")
	// ErrErased says it was erased: its key is gone, and nobody can bring it back.
	ErrErased = vault.ErrErased
	// ErrKeyLost says the box's key is not the one this recording's key was wrapped under.
	ErrKeyLost = vault.ErrKeyLost
	// ErrExists says the id was used already: a file is never written twice.
	ErrExists = errors.New("this recording exists already")
	// ErrOpen says it is still being written.
	ErrOpen = errors.New("this recording is still being made")
	// ErrClosed says it is over.
	ErrClosed = errors.New("this recording is closed")
)

// Archive is the box's recordings. Its methods may be called from any goroutine and may wait for the disk.
type Archive struct {
	index *store.File
	vault *vault.Vault
}

// OpenArchive opens or creates the recordings in a directory, which it creates, and tidies up after a crash: a recording without an end is closed with the
// sound it holds, a file the index does not know is moved to the directory "lost" beside the others. Recordings whose id is in
// live go on being written by the media process and are left alone. Without its key file it opens all the same: Locked tells.
func OpenArchive(ctx context.Context, dir string, live ...plan.RecordingID) (*Archive, error) {
	forms, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	box, err := vault.New(dir, keyName)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	index, err := store.Open(ctx, filepath.Join(dir, indexName), forms, store.SyncFull)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	a := &Archive{index: index, vault: box}
	if _, err := a.Sweep(ctx, func() ([]plan.RecordingID, error) { return live, nil }); err != nil {
		return nil, errors.Join(fmt.Errorf("recordings: %w", err), index.Close())
	}
	return a, nil
}

// Close closes the index. Files that were passed on stay open where they are.
func (a *Archive) Close() error { return a.index.Close() }

// Create enters a recording into the index and opens its file (mode 0600, empty). The caller passes file and key to the writer and closes
// its own copy of the file. The entry is on the disk before the file is there, so that no sound is ever without an owner.
func (a *Archive) Create(ctx context.Context, id plan.RecordingID, from Origin) (*os.File, sealed.Key, error) {
	name, err := vault.FileOf(string(id))
	if err != nil {
		return nil, sealed.Key{}, err
	}
	key, wrapped := a.vault.Key(string(id))
	now := time.Now().UnixMilli()
	counted := now
	if from.Undated {
		counted = 0
	}
	err = a.index.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO recording (id, call, leg, started, state, wrapped, file, subject, started_by, reason, basis, counted)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			string(id), string(from.Call), string(from.Leg), now, string(Open), wrapped, name,
			string(from.Subject), from.StartedBy, from.Reason, from.Basis, counted)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, ErrExists)
		}
		return join(ctx, tx, id, from.Queue, from.Agent)
	})
	if err != nil {
		return nil, sealed.Key{}, fmt.Errorf("recording %s: %w", id, err)
	}
	file, err := a.vault.Create(string(id))
	if err != nil {
		err = fmt.Errorf("recording %s: %w", id, err)
		_, finishErr := a.Finish(ctx, id, 0, err.Error())
		return nil, sealed.Key{}, errors.Join(err, finishErr)
	}
	return file, key, nil
}

// Reopen opens the file of a recording whose writer is gone, for the caller to pass on with its key and the number of the part that begins. It is the same
// recording: its segments and its length are those of all parts.
func (a *Archive) Reopen(ctx context.Context, id plan.RecordingID) (file *os.File, key sealed.Key, part uint32, err error) {
	r, wrapped, err := a.entry(ctx, id)
	if err == nil && r.State != Open && r.State != Erased {
		err = ErrClosed
	}
	if err == nil {
		file, key, part, err = a.vault.Reopen(string(id), wrapped)
	}
	if err != nil {
		err = fmt.Errorf("recording %s: %w", id, err)
	}
	return file, key, part, err
}

// Joined notes that a recorded call came to a queue or an agent; empty is nobody.
func (a *Archive) Joined(ctx context.Context, id plan.RecordingID, queue, agent string) error {
	return a.index.Write(ctx, func(tx *sql.Tx) error { return join(ctx, tx, id, queue, agent) })
}

func join(ctx context.Context, tx *sql.Tx, id plan.RecordingID, queue, agent string) error {
	for _, p := range [][2]string{{"queue", queue}, {"agent", agent}} {
		if p[1] == "" {
			continue
		}
		const insert = "INSERT INTO recording_party (recording, kind, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
		if _, err := tx.ExecContext(ctx, insert, string(id), p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// StoppedBy notes who stopped a recording.
func (a *Archive) StoppedBy(ctx context.Context, id plan.RecordingID, by string) error {
	return a.change(ctx, id, "UPDATE recording SET stopped_by = ? WHERE id = ?", by, string(id))
}

// Keep notes what somebody wants to become of a recording. It reports whether the recording is to be erased now: it is closed, and not to be kept.
func (a *Archive) Keep(ctx context.Context, id plan.RecordingID, keep Keeping, by string) (erase bool, err error) {
	err = a.index.Write(ctx, func(tx *sql.Tx) error {
		r, wrapped, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if wrapped == nil {
			return ErrErased
		}
		erase = keep == Discard && r.State != Open
		_, err = tx.ExecContext(ctx, "UPDATE recording SET keep = ?, keep_by = ? WHERE id = ?", string(keep), by, string(id))
		return err
	})
	if err != nil {
		err = fmt.Errorf("recording %s: %w", id, err)
	}
	return erase, err
}

// change runs one update of an entry that must be there.
func (a *Archive) change(ctx context.Context, id plan.RecordingID, update string, args ...any) error {
	err := a.index.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, update, args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrUnknown
	})
	if err != nil {
		return fmt.Errorf("recording %s: %w", id, err)
	}
	return nil
}

// LengthUnknown tells Finish that the writer is gone and reported nothing: the sound in the file is counted.
const LengthUnknown = -1

// Finish closes the entry of a recording with what its writer reports: how much sound it holds, and what went wrong, if anything did. Its segments are
// read from the marks in its file, which are right whoever died. It gives the entry as it stands then; one that is erased stays so.
func (a *Archive) Finish(ctx context.Context, id plan.RecordingID, soundMS int64, problem string) (Recording, error) {
	held := vault.Measured{SoundMS: soundMS, Why: problem}
	_, wrapped, err := a.entry(ctx, id)
	switch {
	case err != nil:
		return Recording{}, fmt.Errorf("recording %s: %w", id, err)
	case soundMS == LengthUnknown || problem != "":
		held = a.vault.Measure(string(id), wrapped)
		if held.Locked && soundMS == LengthUnknown { // it is closed with what it holds when its key is back
			return Recording{}, fmt.Errorf("recording %s: %w", id, ErrKeyLost)
		}
		if problem != "" {
			held.Why = problem
		}
		if soundMS > held.SoundMS { // of which the writer knows more than we can read
			held.SoundMS = soundMS
		}
	default:
		if held.Segments, err = a.vault.Segments(string(id), wrapped); err != nil && wrapped != nil {
			held.Why = err.Error()
		}
		sum := int64(0)
		for _, s := range held.Segments {
			sum += s.SoundMS
		}
		held.SoundMS = max(soundMS, sum) // the last writer knows of its own part alone
	}
	segments, err := json.Marshal(segmentsOf(held.Segments))
	if err != nil {
		return Recording{}, err
	}
	state := Closed
	if held.Why != "" {
		state = Cut
	}
	var r Recording
	err = a.index.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE recording SET ended = ?, sound_ms = ?, segments = ?, state = ?, error = ? WHERE id = ? AND state = ?",
			time.Now().UnixMilli(), held.SoundMS, string(segments), string(state), held.Why, string(id), string(Open))
		if err != nil {
			return err
		}
		r, _, err = find(ctx, tx, id) // erased while it was made, or reported twice: both stand
		return err
	})
	if err != nil {
		return r, fmt.Errorf("recording %s: %w", id, err)
	}
	return r, nil
}

func segmentsOf(all []sealed.Segment) []Segment {
	out := make([]Segment, 0, len(all))
	for _, s := range all {
		out = append(out, Segment(s))
	}
	return out
}

// entry is a line of the index with its wrapped key.
func (a *Archive) entry(ctx context.Context, id plan.RecordingID) (r Recording, wrapped []byte, err error) {
	err = a.index.Read(ctx, func(tx *sql.Tx) error {
		r, wrapped, err = find(ctx, tx, id)
		return err
	})
	return r, wrapped, err
}

// Find is one line of the index.
func (a *Archive) Find(ctx context.Context, id plan.RecordingID) (Recording, error) {
	r, _, err := a.entry(ctx, id)
	return r, err
}

// Open opens a recording for playing. One that is still being made gives what is on the disk so far.
func (a *Archive) Open(ctx context.Context, id plan.RecordingID) (*vault.Sound, error) {
	_, wrapped, err := a.entry(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", id, err)
	}
	s, err := a.vault.Open(string(id), wrapped)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", id, err)
	}
	return s, nil
}

// Export writes a recording as a stereo WAV file: left the outside party, right our side. What it was paused for is not in it; where, the entry's
// segments say.
func (a *Archive) Export(ctx context.Context, id plan.RecordingID, encoding wav.Encoding, w io.Writer) (vault.Exported, error) {
	_, wrapped, err := a.entry(ctx, id)
	if err != nil {
		return vault.Exported{}, fmt.Errorf("recording %s: %w", id, err)
	}
	done, err := a.vault.Export(ctx, string(id), wrapped, encoding, w)
	if err != nil {
		return done, fmt.Errorf("recording %s: %w", id, err)
	}
	return done, nil
}
