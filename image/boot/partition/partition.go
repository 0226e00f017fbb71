// Package partition finds a partition of the box's disk by the name in the disk's table.
package partition

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// ErrNone is a name no disk has.
var ErrNone = errors.New("no disk has a partition of this name")

// Find returns the device's name, such as vda5, of the partition called name. sys is the kernel's /sys.
func Find(sys fs.FS, name string) (string, error) {
	files, err := fs.Glob(sys, "class/block/*/uevent")
	if err != nil {
		return "", err
	}
	sort.Strings(files)
	for _, file := range files {
		if says(sys, file, "PARTNAME="+name) {
			return path.Base(path.Dir(file)), nil
		}
	}
	return "", fmt.Errorf("%w: %s, among %d block devices", ErrNone, name, len(files))
}

// says reports whether a file has a line. A device that went away meanwhile says nothing.
func says(sys fs.FS, file, line string) bool {
	f, err := sys.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == line {
			return true
		}
	}
	return false
}
