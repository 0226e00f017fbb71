package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// skeleton gives a new data partition its first /var, as the firmware keeps it. It is whole or absent: a power cut in the middle begins it again.
func skeleton(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	part := to + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return plant(path, filepath.Join(part, path[len(from):]), entry)
	}); err != nil {
		return fmt.Errorf("the first /var: %w", err)
	}
	unix.Sync()
	return os.Rename(part, to)
}

// plant copies one file, directory or link with its owner and rights.
func plant(from, to string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch {
	case entry.IsDir():
		err = os.Mkdir(to, 0o700)
	case info.Mode()&fs.ModeSymlink != 0:
		var at string
		if at, err = os.Readlink(from); err == nil {
			err = os.Symlink(at, to)
		}
	case info.Mode().IsRegular():
		var body []byte
		if body, err = os.ReadFile(from); err == nil {
			err = os.WriteFile(to, body, 0o600)
		}
	default:
		return fmt.Errorf("%s is no file", from)
	}
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.ErrUnsupported
	}
	if err := os.Lchown(to, int(st.Uid), int(st.Gid)); err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return err
	}
	return unix.Chmod(to, st.Mode&0o7777)
}
