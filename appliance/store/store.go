// Package store keeps the box's SQLite files: it opens them, brings them to the present form, checks them, copies them, and sets a broken one
// aside instead of deleting it.
//
// It knows no word of telephony. A file has one writing connection and a few reading ones; with the write-ahead log readers never wait for the
// writer. Deleted content is overwritten (secure_delete), because some of what is deleted here was deleted for somebody's privacy.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver registers itself under the name "sqlite"
)

// Sync says what a commit waits for.
type Sync int

const (
	// SyncFull waits until the commit is on the disk: a committed row survives a power cut.
	SyncFull Sync = iota
	// SyncNormal waits only at checkpoints: a power cut may take back the last commits, never part of one. For what can be rebuilt.
	SyncNormal
)

// pragma is the value of SQLite's synchronous pragma.
func (s Sync) pragma() string {
	if s == SyncNormal {
		return "NORMAL"
	}
	return "FULL"
}

// busyTimeout is how long a statement waits for another process (a backup, an installer's sqlite3), in ms.
const busyTimeout = 5000

// readers is how many reading connections a file has at most.
const readers = 4

// File is one open SQLite file. Its methods may be called from any goroutine.
type File struct {
	path  string
	write *sql.DB // one connection: writers queue here rather than in SQLite's busy loop
	read  *sql.DB
}

// Open opens or creates the file at path (mode 0600) and applies the migrations it has not seen yet: the files NNNN_name.sql of the root of
// migrations, numbered from 0001 without a gap. The directory must exist. Errors are *Error and name the file and the remedy.
func Open(ctx context.Context, path string, migrations fs.FS, sync Sync) (*File, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, explain(path, "open", err)
	}
	if err := touch(abs); err != nil {
		return nil, explain(path, "open", err)
	}
	f := &File{path: abs}
	if f.write, err = sql.Open("sqlite", dsn(abs, "immediate", "journal_mode(WAL)", "synchronous("+sync.pragma()+")", "foreign_keys(1)", "secure_delete(1)")); err != nil {
		return nil, explain(path, "open", err)
	}
	f.write.SetMaxOpenConns(1)
	f.write.SetMaxIdleConns(1)
	if f.read, err = sql.Open("sqlite", dsn(abs, "deferred", "query_only(1)")); err != nil {
		return nil, explain(path, "open", errors.Join(err, f.write.Close()))
	}
	f.read.SetMaxOpenConns(readers)
	f.read.SetMaxIdleConns(readers)
	if err := f.migrate(ctx, migrations); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// touch makes sure the file is there, ours to read and write, and nobody else's; the operating system's own error says best why not.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dsn is the driver's address of a file.
func dsn(path, lock string, pragmas ...string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout)}}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// Path is where the file is.
func (f *File) Path() string { return f.path }

// Write runs fn in one transaction of the writing connection and commits it when fn returns nil. It waits for its turn.
func (f *File) Write(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := f.write.BeginTx(ctx, nil)
	if err != nil {
		return explain(f.path, "write", err)
	}
	if err := fn(tx); err != nil {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
		return explainInner(f.path, "write", err)
	}
	return explain(f.path, "write", tx.Commit())
}

// Read runs fn in one transaction that sees a single state of the file and cannot change it. It does not wait for a writer.
func (f *File) Read(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := f.read.BeginTx(ctx, nil)
	if err != nil {
		return explain(f.path, "read", err)
	}
	err = fn(tx)
	if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
		err = errors.Join(err, rollback)
	}
	return explainInner(f.path, "read", err)
}

// Flush moves the write-ahead log into the file and empties it, so that nothing that was deleted stays readable in the log.
func (f *File) Flush(ctx context.Context) error {
	var busy, log, moved int
	if err := f.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil {
		return explain(f.path, "flush", err)
	}
	if busy != 0 {
		return &Error{Path: f.path, Op: "flush", Kind: Busy, Err: errors.New("a reader kept the write-ahead log busy")}
	}
	return nil
}

// Used is how many bytes of the file hold something; free pages inside it are not counted, since they are used again first.
func (f *File) Used(ctx context.Context) (int64, error) {
	var pages, free, size int64
	err := f.Read(ctx, func(tx *sql.Tx) error {
		for pragma, to := range map[string]*int64{"page_count": &pages, "freelist_count": &free, "page_size": &size} {
			if err := tx.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(to); err != nil {
				return err
			}
		}
		return nil
	})
	return (pages - free) * size, err
}

// Limit caps the file at so many bytes (rounded to pages, never below what it holds now); beyond, writes fail with Full. 0 takes the cap away.
func (f *File) Limit(ctx context.Context, bytes int64) error {
	const mostPages = 1<<32 - 2 // SQLite's own limit
	var size, set int64
	if err := f.write.QueryRowContext(ctx, "PRAGMA page_size").Scan(&size); err != nil {
		return explain(f.path, "limit", err)
	}
	pages := int64(mostPages)
	if bytes > 0 {
		pages = max(1, bytes/size)
	}
	return explain(f.path, "limit", f.write.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count(%d)", pages)).Scan(&set))
}

// Close closes the connections; the last one empties the write-ahead log into the file.
func (f *File) Close() error {
	return explain(f.path, "close", errors.Join(f.read.Close(), f.write.Close()))
}

// SetAside renames a broken file and its companions out of the way, to <path>.broken-<time>, and returns the new name. Nothing is deleted: what
// is in it may still be wanted. It must not be open.
func SetAside(path string, now time.Time) (string, error) {
	to := path + ".broken-" + now.UTC().Format("20060102T150405.000Z")
	for n := 1; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = fmt.Sprintf("%s.broken-%s-%d", path, now.UTC().Format("20060102T150405.000Z"), n)
	}
	if err := os.Rename(path, to); err != nil {
		return "", explain(path, "set aside", err)
	}
	for _, companion := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+companion, to+companion); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", explain(path+companion, "set aside", err)
		}
	}
	return to, explain(path, "set aside", SyncDir(filepath.Dir(path)))
}
