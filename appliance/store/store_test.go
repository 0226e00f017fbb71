package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"autocom/appliance/store"
)

func migrations(texts ...string) fs.FS {
	m := fstest.MapFS{}
	for i, text := range texts {
		m[fmt.Sprintf("%04d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

const things = "CREATE TABLE thing (id INTEGER PRIMARY KEY, text BLOB)"

func open(t *testing.T, path string, m fs.FS) *store.File {
	t.Helper()
	f, err := store.Open(t.Context(), path, m, store.SyncFull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func put(ctx context.Context, f *store.File, text []byte) error {
	return f.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO thing (text) VALUES (?)", text)
		return err
	})
}

func count(t *testing.T, f *store.File) int {
	t.Helper()
	n := 0
	if err := f.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), "SELECT count(*) FROM thing").Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMigrationsRunOnceInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c.db") // a path that needs escaping
	f, err := store.Open(t.Context(), path, migrations(things), store.SyncNormal)
	if err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), f, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, path, migrations(things, "ALTER TABLE thing ADD COLUMN more TEXT; INSERT INTO thing (more) VALUES ('y')"))
	if n := count(t, f); n != 2 {
		t.Errorf("%d rows after the second migration, want 2", n)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestAFailedMigrationLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	_, err := store.Open(t.Context(), path, migrations(things, "CREATE TABLE other (a); CREATE TABLE thing (b)"), store.SyncFull)
	if err == nil || !strings.Contains(err.Error(), "0002_step.sql") || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v, want an error that names the migration and the file", err)
	}
	f := open(t, path, migrations(things, "CREATE TABLE other (a)"))
	if n := count(t, f); n != 0 {
		t.Error("rows in a new file")
	}
}

func TestMigrationsWithAGapAreRefused(t *testing.T) {
	m := fstest.MapFS{"0001_a.sql": {Data: []byte(things)}, "0003_b.sql": {Data: []byte("SELECT 1")}}
	if _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), m, store.SyncFull); err == nil || !strings.Contains(err.Error(), "0002") {
		t.Errorf("got %v, want the missing number named", err)
	}
}

func TestErrorsNameTheFileAndTheRemedy(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(text, bytes.Repeat([]byte("This is a letter, not a database. "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	later := filepath.Join(dir, "later.db")
	f, err := store.Open(t.Context(), later, migrations(things, "SELECT 1"), store.SyncFull)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		kind       store.Kind
		remedy     string
	}{
		{"not a database", text, store.Broken, "set it aside"},
		{"directory missing", filepath.Join(dir, "no", "x.db"), store.Missing, "create the directory"},
		{"a file for a directory", filepath.Join(text, "x.db"), store.Missing, "create the directory"},
		{"later", later, store.Later, "install that version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := store.Open(t.Context(), c.path, migrations(things), store.SyncFull)
			if store.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.path) || !strings.Contains(err.Error(), c.remedy) {
				t.Errorf("got %v (%v), want %v naming the file and %q", err, store.KindOf(err), c.kind, c.remedy)
			}
		})
	}
}

func TestAFullFileSaysSoAndWorksAgain(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "x.db"), migrations(things))
	if err := f.Limit(t.Context(), 64<<10); err != nil {
		t.Fatal(err)
	}
	var err error
	stored := 0
	for range 100 {
		if err = put(t.Context(), f, make([]byte, 4000)); err != nil {
			break
		}
		stored++
	}
	if store.KindOf(err) != store.Full || !strings.Contains(err.Error(), "free some room") {
		t.Fatalf("got %v, want Full", err)
	}
	if err := f.Limit(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), f, make([]byte, 4000)); err != nil {
		t.Fatal(err)
	}
	if n := count(t, f); n != stored+1 {
		t.Errorf("%d rows, want %d", n, stored+1)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	f, err := store.Open(t.Context(), path, migrations(things), store.SyncFull)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if err := put(t.Context(), f, bytes.Repeat([]byte("abcd"), 200)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.Check(t.Context(), false), f.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(raw) / 2; i < len(raw)/2+8192; i++ {
		raw[i] ^= 0x5a
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	f = open(t, path, migrations(things))
	for _, quick := range []bool{true, false} {
		if err := f.Check(t.Context(), quick); store.KindOf(err) != store.Broken {
			t.Errorf("quick %v: got %v, want Broken", quick, err)
		}
	}
}

func TestSetAsideKeepsTheFileAndItsLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	seen := map[string]bool{}
	for i := range 3 {
		for _, name := range []string{path, path + "-wal"} {
			if err := os.WriteFile(name, fmt.Appendf(nil, "%d %s", i, name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		to, err := store.SetAside(path, now)
		if err != nil || seen[to] {
			t.Fatalf("set aside as %s, %v", to, err)
		}
		seen[to] = true
		for _, end := range []string{"", "-wal"} {
			if got, err := os.ReadFile(to + end); err != nil || string(got) != fmt.Sprintf("%d %s%s", i, path, end) {
				t.Errorf("%s%s: %q, %v", to, end, got, err)
			}
		}
		if !strings.Contains(to, "x.db.broken-20260304T050607") {
			t.Errorf("name %s does not tell the time", to)
		}
	}
}

func TestBackupIsWholeWhileWritersGoOn(t *testing.T) {
	dir := t.TempDir()
	f := open(t, filepath.Join(dir, "x.db"), migrations(things))
	var writer sync.WaitGroup
	stop := make(chan struct{})
	first := make(chan struct{})
	writer.Go(func() {
		for i := 0; ; i++ {
			if err := put(t.Context(), f, []byte("row")); err != nil {
				t.Error(err)
			}
			if i == 0 {
				close(first)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	<-first
	copied := filepath.Join(dir, "copy.db")
	err := f.Backup(t.Context(), copied)
	close(stop)
	writer.Wait()
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, copied, migrations(things))
	if err := c.Check(t.Context(), false); err != nil {
		t.Error(err)
	}
	if n := count(t, c); n < 1 || n > count(t, f) {
		t.Errorf("%d rows in the copy", n)
	}
	if err := f.Backup(t.Context(), copied); !errors.Is(err, fs.ErrExist) {
		t.Errorf("overwrote an older copy: %v", err)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestDeletedContentIsGoneFromTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	f := open(t, path, migrations(things))
	secret := []byte("a key that somebody asked us to forget")
	if err := put(t.Context(), f, secret); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "DELETE FROM thing")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		if raw, err := os.ReadFile(name); err == nil && bytes.Contains(raw, secret) {
			t.Errorf("%s still holds what was deleted", name)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "x.db"), migrations(things))
	if err := f.Read(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO thing (text) VALUES ('x')")
		return err
	}); err == nil {
		t.Error("a reader wrote")
	}
}

func TestReplaceIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small")
	for _, content := range []string{"first, long", "second"} {
		if err := store.Replace(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := store.Replace(filepath.Join(path, "x"), nil, 0o600); store.KindOf(err) != store.Missing {
		t.Errorf("got %v, want Missing", err)
	}
}

// What is wrong with the content is its owner's to say, in its own words: it is no trouble with the file.
func TestWhatATransactionSaysPassesUnchanged(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "a.db"), migrations(things))
	is := errors.New("no such thing")
	for name, do := range map[string]func(context.Context, func(*sql.Tx) error) error{"write": f.Write, "read": f.Read} {
		if err := do(t.Context(), func(*sql.Tx) error { return is }); err != is { //nolint:errorlint // the very same
			t.Errorf("%s: %v", name, err)
		}
		err := do(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), "SELECT nothing FROM nowhere")
			return err
		})
		if e, known := errors.AsType[*store.Error](err); !known || e.Op != name {
			t.Errorf("%s: SQLite's own: %v", name, err)
		}
	}
}
