package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// mostFindings bounds what an integrity check reports: a thoroughly broken file would list every page.
const mostFindings = 8

// Check reads the whole file and reports damage as an *Error of kind Broken. Quick leaves out comparing indexes with their tables.
func (f *File) Check(ctx context.Context, quick bool) error {
	pragma := "integrity_check"
	if quick {
		pragma = "quick_check"
	}
	rows, err := f.write.QueryContext(ctx, fmt.Sprintf("PRAGMA %s(%d)", pragma, mostFindings))
	if err != nil {
		return explain(f.path, "check", err)
	}
	defer rows.Close()
	var findings []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return explain(f.path, "check", err)
		}
		if text != "ok" {
			findings = append(findings, text)
		}
	}
	if err := rows.Err(); err != nil {
		return explain(f.path, "check", err)
	}
	if len(findings) > 0 {
		return &Error{Path: f.path, Op: "check", Kind: Broken, Err: errors.New(strings.Join(findings, "; "))}
	}
	return nil
}

// Backup writes a consistent copy to a file that must not exist yet, while the original stays in use. The copy appears whole or not at all.
func (f *File) Backup(ctx context.Context, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return explain(to, "backup", fs.ErrExist)
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain(to, "backup", err)
	}
	if err := f.copyTo(ctx, part); err != nil {
		return explain(to, "backup", errors.Join(err, removeIfThere(part)))
	}
	if err := os.Rename(part, to); err != nil {
		return explain(to, "backup", errors.Join(err, removeIfThere(part)))
	}
	return explain(to, "backup", SyncDir(filepath.Dir(to)))
}

// copyTo makes the copy and forces it to the disk. It reads on a connection of its own, so that the writer goes on meanwhile.
func (f *File) copyTo(ctx context.Context, part string) error {
	if err := touch(part); err != nil { // made by us, for its mode: SQLite would let others read it
		return err
	}
	db, err := sql.Open("sqlite", dsn(f.path, "deferred"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", part)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	file, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
