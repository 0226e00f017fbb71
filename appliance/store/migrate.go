package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// migrate applies the migrations the file has not seen, each in a transaction of its own. The file's user_version counts them.
func (f *File) migrate(ctx context.Context, migrations fs.FS) error {
	names, err := numbered(migrations)
	if err != nil {
		return explain(f.path, "migrate", err)
	}
	var have int
	if err := f.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return explain(f.path, "open", err)
	}
	if have > len(names) {
		return &Error{Path: f.path, Op: "open", Kind: Later, Err: fmt.Errorf("it is in form %d, this program knows %d", have, len(names))}
	}
	for i, name := range names[have:] {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return explain(f.path, "migrate", err)
		}
		err = f.Write(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, string(text)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", have+i+1))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// numbered lists the migrations in order and refuses a gap or a double, which would be applied differently by different versions.
func numbered(migrations fs.FS) ([]string, error) {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for i, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, fmt.Errorf("migration %s stands where number %04d belongs", name, i+1)
		}
	}
	return names, nil
}
