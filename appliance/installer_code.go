package appliance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"autocom/appliance/console/menu"
)

// codeFile is the box's code in the console's folder.
const codeFile = "code.json"

// SetConsoleCode writes the code that is printed on the box's label, or with an empty one has the box draw a new one, which its installer's line
// shows until it was used. It gives the drawn code.
func SetConsoleCode(folder, code string) (drawn string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("the box's code: %w: use root, or the console's own user", err)
	}
	path := filepath.Join(folder, codeFile)
	if code != "" {
		_, err = menu.CreateCode(path, code)
	} else {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("the box's code: %w", err)
		}
		var c *menu.Code
		if c, err = menu.OpenCode(path); err == nil {
			drawn = c.First()
		}
	}
	if err != nil {
		return "", err
	}
	return drawn, giveToOwner(path, folder)
}

// giveToOwner gives a file that root wrote to the user whose folder it is in: the console runs as that user.
func giveToOwner(path, folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("the box's code: %w", err)
	}
	of, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || of.Uid == 0 {
		return nil
	}
	if err := os.Chown(path, int(of.Uid), int(of.Gid)); err != nil {
		return fmt.Errorf("the box's code: %w", err)
	}
	return nil
}

// codeDoor is the box's code, read again when somebody else wrote the file: a console that runs takes a code that is set meanwhile.
type codeDoor struct {
	path string

	mu   sync.Mutex
	code *menu.Code
	seen os.FileInfo
}

func openDoor(folder string) (*codeDoor, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("the box's code: %w", err)
	}
	d := &codeDoor{path: filepath.Join(folder, codeFile)}
	code, err := menu.OpenCode(d.path)
	if err != nil {
		return nil, err
	}
	d.code = code
	d.look()
	return d, nil
}

func (d *codeDoor) look() { d.seen, _ = os.Stat(d.path) } // one that cannot be seen is not known to be another

// fresh takes a code that was set meanwhile. d.mu is held.
func (d *codeDoor) fresh() *menu.Code {
	now, err := os.Stat(d.path)
	if err != nil || d.seen != nil && os.SameFile(now, d.seen) && now.ModTime().Equal(d.seen.ModTime()) {
		return d.code
	}
	d.seen = now
	if code, err := menu.OpenCode(d.path); err == nil { // one that is garbled does not count: the one before is still on the label
		d.code = code
	}
	return d.code
}

// Check tells whether this is the code.
func (d *codeDoor) Check(code string) (bool, time.Duration) {
	d.mu.Lock()
	now := d.fresh()
	d.mu.Unlock()
	ok, wait := now.Check(code)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.code == now {
		d.look() // it writes its file
	}
	return ok, wait
}

// First is the code to be shown because nobody used it yet.
func (d *codeDoor) First() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fresh().First()
}
