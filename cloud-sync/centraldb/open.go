package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver registers itself under the name "pgx"
	_ "modernc.org/sqlite"             // and this one under "sqlite"
)

// engine is which of the two databases it is.
type engine int

const (
	sqlite engine = iota
	postgres
)

// busyTimeout is how long a statement waits for another process that has the file (a backup, somebody's sqlite3), in ms.
const busyTimeout = 5000

// readers is how many reading connections a SQLite file has; connections is how many of all kinds PostgreSQL is asked for.
const (
	readers     = 4
	connections = 16
)

// DB is the open database. Its methods may be called from any goroutine.
type DB struct {
	engine engine
	write  *sql.DB // SQLite: one connection, so that writers queue here rather than in SQLite's busy loop
	read   *sql.DB // PostgreSQL: the same as write
}

// Open opens the database that an address names and brings it to the present form. "postgres://…" is a PostgreSQL server; "sqlite:/path", or a
// path alone, is a file that is made with mode 0600 if it is not there. Its directory must exist.
func Open(ctx context.Context, address string) (*DB, error) {
	db, err := connect(address)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", Spoken(address), err), db.Close())
	}
	return db, nil
}

func connect(address string) (*DB, error) {
	if isPostgres(address) {
		pool, err := sql.Open("pgx", address)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", Spoken(address), err)
		}
		pool.SetMaxOpenConns(connections)
		pool.SetMaxIdleConns(connections)
		return &DB{engine: postgres, write: pool, read: pool}, nil
	}
	path, err := filepath.Abs(strings.TrimPrefix(address, "sqlite:"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	// Made by us, for its mode: SQLite would let others read it. The operating system's own error also says best why it cannot be opened.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db := &DB{engine: sqlite}
	if db.write, err = sql.Open("sqlite", dsn(path, "immediate", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)")); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.write.SetMaxOpenConns(1)
	db.write.SetMaxIdleConns(1)
	if db.read, err = sql.Open("sqlite", dsn(path, "deferred", "query_only(1)")); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.write.Close())
	}
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	return db, nil
}

// dsn is the driver's address of a SQLite file.
func dsn(path, lock string, pragmas ...string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout)}}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// Dir is the directory of the SQLite file that an address names, absolute; "" for PostgreSQL.
func Dir(address string) (string, error) {
	if isPostgres(address) {
		return "", nil
	}
	path, err := filepath.Abs(strings.TrimPrefix(address, "sqlite:"))
	return filepath.Dir(path), err
}

// Spoken is an address without its password, for logs and errors.
func Spoken(address string) string {
	if !isPostgres(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "the PostgreSQL server"
	}
	return u.Redacted()
}

// Close closes the connections; SQLite's last one empties the write-ahead log into the file.
func (db *DB) Close() error {
	if db.engine == postgres {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}
