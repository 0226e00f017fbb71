package store

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace puts a small file in place of an old one so that after a power cut either the old or the new content is there, whole: it writes
// beside it, forces that to the disk, renames, and forces the directory.
func Replace(path string, content []byte, mode os.FileMode) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return explain(path, "write", err)
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return explain(path, "write", err)
	}
	if err := os.Rename(part, path); err != nil {
		return explain(path, "write", err)
	}
	return explain(path, "write", SyncDir(filepath.Dir(path)))
}

// SyncDir forces a directory's list of names to the disk.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
