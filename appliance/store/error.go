package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Kind says what is wrong with a file, as far as somebody can do something about it.
type Kind int

// The kinds of trouble.
const (
	Other      Kind = iota
	Full            // no room on the disk, or the file's own limit is reached
	Permission      // not allowed to read or write it
	Missing         // the directory is not there
	Broken          // not a database, or damaged inside
	Busy            // another program holds it
	Later           // a later version of this program wrote it
	Device          // the disk itself answers with errors
)

func (k Kind) String() string {
	switch k {
	case Full:
		return "no room"
	case Permission:
		return "not permitted"
	case Missing:
		return "no such directory"
	case Broken:
		return "damaged"
	case Busy:
		return "in use"
	case Later:
		return "written by a later version"
	case Device:
		return "disk error"
	case Other:
	}
	return "failed"
}

// remedy is what to do about it.
func (k Kind) remedy() string {
	switch k {
	case Full:
		return "free some room on this disk or raise the file's limit; nothing else is needed"
	case Permission:
		return "give the program's user the right to read and write this file and its directory"
	case Missing:
		return "create the directory and give it to the program's user"
	case Broken:
		return "set it aside and restore a copy, or let the program start a new one"
	case Busy:
		return "end the other program that has this file open"
	case Later:
		return "install that version again, or set the file aside"
	case Device:
		return "look at the system's log for this disk and replace it"
	case Other:
	}
	return ""
}

// Error is trouble with one file.
type Error struct {
	Path string
	Op   string
	Kind Kind
	Err  error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %s: %v", e.Op, e.Path, e.Kind, e.Err)
	if r := e.Kind.remedy(); r != "" {
		text += " (" + r + ")"
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of trouble in an error, Other when it holds no *Error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Other
}

// explain wraps what SQLite or the operating system said about a file. An error that is already explained, that says there is no row, or that is
// only the caller giving up passes unchanged.
func explain(path, op string, err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Path: path, Op: op, Kind: kindOf(err), Err: err}
}

// explainInner is explain for what a transaction says: what is wrong with the content (a row that is not there, a box that is full) is no trouble with the
// file, and passes unchanged.
func explainInner(path, op string, err error) error {
	if _, sqlites := errors.AsType[*sqlite.Error](err); err != nil && !sqlites && kindOf(err) == Other {
		return err
	}
	return explain(path, op, err)
}

func kindOf(err error) Kind {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return Full
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return Permission
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return Missing
	case errors.Is(err, syscall.EIO):
		return Device
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return kindOfCode(e.Code())
	}
	return Other
}

// kindOfCode sorts SQLite's result codes; the low byte is the primary one.
func kindOfCode(code int) Kind {
	switch code & 0xff {
	case lib.SQLITE_FULL:
		return Full
	case lib.SQLITE_PERM, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_AUTH:
		return Permission
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return Broken
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return Busy
	case lib.SQLITE_IOERR:
		if code == lib.SQLITE_IOERR_SHORT_READ {
			return Broken
		}
		return Device
	}
	return Other
}
