package recording

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/sealed"
)

// lostDir is where files without an entry go. They cannot be played, since their key is in the index; they are kept for whoever restores the index.
const lostDir = "lost"

// sweep tidies up after a crash.
func (a *Archive) sweep(ctx context.Context, live []plan.RecordingID) error {
	unfinished, known, err := a.outstanding(ctx)
	if err != nil {
		return err
	}
	for _, id := range unfinished {
		if slices.Contains(live, id) {
			continue
		}
		if _, _, err := a.Finish(ctx, id, LengthUnknown, ""); err != nil {
			return err
		}
	}
	files, err := os.ReadDir(filepath.Join(a.dir, soundDir))
	if err != nil {
		return err
	}
	for _, f := range files {
		erased, is := known[f.Name()]
		path := filepath.Join(a.dir, soundDir, f.Name())
		switch {
		case is && erased: // the crash came between dropping the key and removing the file
			err = os.Remove(path)
		case !is:
			if err = os.MkdirAll(filepath.Join(a.dir, lostDir), 0o700); err == nil {
				err = os.Rename(path, filepath.Join(a.dir, lostDir, f.Name()))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// outstanding lists recordings without an end, and the files the index knows with whether their key was dropped.
func (a *Archive) outstanding(ctx context.Context) (unfinished []plan.RecordingID, known map[string]bool, err error) {
	known = map[string]bool{}
	err = a.index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id, file, state FROM recording ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id plan.RecordingID
			var file string
			var state State
			if err := rows.Scan(&id, &file, &state); err != nil {
				return err
			}
			known[file] = state == Erased
			if state == Open {
				unfinished = append(unfinished, id)
			}
		}
		return rows.Err()
	})
	return unfinished, known, err
}

// measure counts the sound of a recording whose writer is gone, and says why it is not whole.
func (a *Archive) measure(ctx context.Context, id plan.RecordingID) (soundMS int64, problem string) {
	sound, err := a.open(ctx, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, "the box stopped before its file was made"
	case errors.Is(err, sealed.ErrTruncated):
		return 0, "the box stopped before its first second"
	case err != nil:
		return 0, err.Error()
	}
	_, err = io.Copy(io.Discard, sound)
	soundMS = sound.SoundMS()
	if closeErr := sound.Close(); err == nil {
		err = closeErr
	}
	switch {
	case errors.Is(err, sealed.ErrTruncated):
		return soundMS, "the box stopped while it was made"
	case err != nil:
		return soundMS, fmt.Sprint(err)
	}
	return soundMS, "" // whole: only the report was lost
}

// Expire erases every recording that began before a time, and says how many. What cannot be erased is named in the error and tried again at the next call.
func (a *Archive) Expire(ctx context.Context, before time.Time) (erased int, err error) {
	var old []plan.RecordingID
	err = a.index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id FROM recording WHERE started < ? AND state <> ? ORDER BY started", before.UnixMilli(), string(Erased))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id plan.RecordingID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			old = append(old, id)
		}
		return rows.Err()
	})
	for _, id := range old {
		if eraseErr := a.Erase(ctx, id); eraseErr != nil {
			err = errors.Join(err, eraseErr)
			continue
		}
		erased++
	}
	return erased, err
}
