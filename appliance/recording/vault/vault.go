// Package vault is a directory of sealed sounds, each under a key of its own that only this box can open: what recorded calls and messages of the
// voicemail are kept in.
//
// It knows files and keys. Which sound is what, and the wrapped key without which its file is noise, stand in the index of whoever owns the directory:
// to erase is to drop the wrapped key there; the file goes too, but nothing depends on that.
package vault

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"autocom/appliance/recording/sealed"
	"autocom/appliance/store"
)

// The parts of the directory. Files without an owner go to lostDir: they cannot be played, since their key is in an index; they are kept for whoever
// restores one.
const (
	soundDir = "sound"
	lostDir  = "lost"
	soundEnd = ".sealed"
)

var (
	// ErrErased says a sound was erased: its key is gone, and nobody can bring it back.
	ErrErased = errors.New("it was erased")
	// ErrKeyLost says the box's key is not the one this sound's key was wrapped under.
	ErrKeyLost = errors.New("the box's key was lost or changed")
)

// Vault is an open directory. Its methods may be called from any goroutine and may wait for the disk.
type Vault struct {
	dir string
	box *ring
}

// New opens or makes a vault in a directory, which it makes, with the box's key for it in a file there. Where there are sounds and no key file the vault
// opens all the same: new sounds have a new key, and the old ones wait for theirs (Locked counts them).
func New(dir, keyName string) (*Vault, error) {
	sounds := filepath.Join(dir, soundDir)
	if err := os.MkdirAll(sounds, 0o700); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(sounds)
	if err != nil {
		return nil, err
	}
	box, err := openRing(filepath.Join(dir, keyName), len(files) > 0)
	if err != nil {
		return nil, err
	}
	return &Vault{dir: dir, box: box}, nil
}

// KeyFile is where the box's key for the vault belongs.
func (v *Vault) KeyFile() string { return v.box.path }

// Locked counts the sounds that no key of this box opens; the query gives the id and the wrapped key of each in an index. While there are any, the key of new sounds is kept where the file that
// is put back cannot overwrite it.
func (v *Vault) Locked(ctx context.Context, index *store.File, query string) (n int, err error) {
	wrapped := map[string][]byte{}
	err = index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var key []byte
			if err := rows.Scan(&id, &key); err != nil {
				return err
			}
			wrapped[id] = key
		}
		return rows.Err()
	})
	if err != nil {
		return 0, err
	}
	if err := v.box.lasts(); err != nil {
		return 0, err
	}
	if n = v.box.locked(wrapped); n > 0 {
		err = v.box.secure()
	}
	return n, err
}

// Opens says whether this box has the key a sound's key was wrapped under.
func (v *Vault) Opens(id string, wrapped []byte) bool {
	_, err := v.box.unwrap(id, wrapped)
	return err == nil
}

// Key makes the key of a new sound, and the same as only this box can read it.
func (v *Vault) Key(id string) (key sealed.Key, wrapped []byte) {
	key = newKey()
	return key, v.box.wrap(id, key)
}

// Create makes the file of a new sound (mode 0600, empty). The caller passes it with the key to the writer and closes its own copy.
func (v *Vault) Create(id string) (*os.File, error) {
	path, err := v.path(id)
	if err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// Reopen opens the file of a sound whose writer is gone, for another one: it stands where the next part is to begin (sealed.NewPart).
func (v *Vault) Reopen(id string, wrapped []byte) (file *os.File, key sealed.Key, part uint32, err error) {
	if wrapped == nil {
		return nil, key, 0, ErrErased
	}
	if key, err = v.box.unwrap(id, wrapped); err != nil {
		return nil, key, 0, err
	}
	path, err := v.path(id)
	if err != nil {
		return nil, key, 0, err
	}
	if file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return nil, key, 0, err
	}
	if part, err = sealed.Resume(file, id, key); err != nil {
		return nil, key, 0, errors.Join(err, file.Close())
	}
	return file, key, part, nil
}

// Remove removes the file of a sound whose key was dropped; one that is gone already is no error.
func (v *Vault) Remove(id string) error {
	path, err := v.path(id)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the key is dropped, the file is still there: %w", err)
	}
	return nil
}

func (v *Vault) path(id string) (string, error) {
	name, err := FileOf(id)
	return filepath.Join(v.dir, soundDir, name), err
}

// FileOf is the name of a sound's file. Ids are ours, but a name must never lead out of the directory.
func FileOf(id string) (string, error) {
	if id == "" || len(id) > 100 {
		return "", fmt.Errorf("recording id %q: want 1 to 100 characters", id)
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' || id[0] == '.' {
			return "", fmt.Errorf("recording id %q: want letters, digits, - _ and . within", id)
		}
	}
	return id + soundEnd, nil
}

// Measured is what a file holds.
type Measured struct {
	SoundMS  int64
	Segments []sealed.Segment
	Why      string // why it is not whole; empty when it is
	Locked   bool   // nobody can say what it holds until its key is back
}

// Measure reads a sound from end to end: how much there is, in which stretches, and why it is not whole.
func (v *Vault) Measure(id string, wrapped []byte) (m Measured) {
	sound, err := v.Open(id, wrapped)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Measured{Why: "the box stopped before its file was made"}
	case errors.Is(err, sealed.ErrTruncated):
		return Measured{Why: "the box stopped before its first second"}
	case errors.Is(err, ErrKeyLost):
		return Measured{Why: err.Error(), Locked: true}
	case err != nil:
		return Measured{Why: err.Error()}
	}
	_, err = io.Copy(io.Discard, sound)
	m.SoundMS = sound.SoundMS()
	m.Segments = sealed.Segments(sound.Marks(), m.SoundMS)
	if closeErr := sound.Close(); err == nil {
		err = closeErr
	}
	switch {
	case errors.Is(err, sealed.ErrTruncated):
		m.Why = "the box stopped while it was made"
	case err != nil:
		m.Why = err.Error()
	}
	return m // whole when Why is empty: only the report was lost
}

// Segments are the stretches of a sound that is whole, from its marks alone.
func (v *Vault) Segments(id string, wrapped []byte) ([]sealed.Segment, error) {
	if wrapped == nil {
		return nil, ErrErased
	}
	key, err := v.box.unwrap(id, wrapped)
	if err != nil {
		return nil, err
	}
	path, err := v.path(id)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	marks, ms, err := sealed.Skim(file, id, key)
	return sealed.Segments(marks, ms), errors.Join(err, file.Close())
}

// Size is how many bytes the file of a sound has.
func (v *Vault) Size(id string) (int64, error) {
	path, err := v.path(id)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Swept says what a sweep found.
type Swept struct {
	Lost    []string // ids of files nobody knew, moved aside
	Removed []string // ids of files whose key is dropped
}

// Sweep tidies the files: known says of an id whether its owner knows it, and whether its key is still there. A file nobody knows is moved to the directory
// "lost"; one without a key is removed.
func (v *Vault) Sweep(known func(id string) (is, hasKey bool)) (s Swept, err error) {
	files, err := os.ReadDir(filepath.Join(v.dir, soundDir))
	if err != nil {
		return s, err
	}
	for _, f := range files {
		id := strings.TrimSuffix(f.Name(), soundEnd)
		path := filepath.Join(v.dir, soundDir, f.Name())
		switch is, hasKey := known(id); {
		case is && !hasKey: // the crash came between dropping the key and removing the file
			if err = os.Remove(path); err == nil {
				s.Removed = append(s.Removed, id)
			}
		case !is:
			if err = os.MkdirAll(filepath.Join(v.dir, lostDir), 0o700); err == nil {
				err = os.Rename(path, filepath.Join(v.dir, lostDir, f.Name()))
				s.Lost = append(s.Lost, id)
			}
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// Missing gives the ids that have no file.
func (v *Vault) Missing(ids []string) (gone []string, err error) {
	for _, id := range ids {
		path, err := v.path(id)
		if err != nil {
			return gone, err
		}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, id)
		} else if err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// DropLost removes files that were moved aside, oldest first, and gives how many bytes that freed.
func (v *Vault) DropLost() (freed int64, err error) {
	dir := filepath.Join(v.dir, lostDir)
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	slices.SortFunc(files, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			return freed, err
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return freed, err
		}
		freed += info.Size()
	}
	return freed, nil
}
