package boot

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// A File of the kernel's initial file system.
type File struct {
	Name string // without a leading slash
	Mode uint32 // permission bits
	Body []byte
}

// WriteArchive writes files as the kernel's initial file system (cpio "newc"). The same files give the same bytes, in whatever order they come.
func WriteArchive(w io.Writer, files []File) error {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	made := map[string]bool{}
	a := archive{w: w}
	for i, f := range files {
		if f.Name == "" || f.Name != path.Clean(f.Name) || strings.HasPrefix(f.Name, "/") || strings.HasPrefix(f.Name, "..") {
			return fmt.Errorf("initial file system: %q is no name", f.Name)
		}
		if i > 0 && files[i-1].Name == f.Name {
			return fmt.Errorf("initial file system: %q comes twice", f.Name)
		}
		for at := range len(f.Name) {
			if dir := f.Name[:at]; f.Name[at] == '/' && !made[dir] {
				made[dir] = true
				a.entry(dir, 0o040755, nil)
			}
		}
		a.entry(f.Name, 0o100000|f.Mode, f.Body)
	}
	a.entry("TRAILER!!!", 0, nil)
	return a.err
}

type archive struct {
	w   io.Writer
	ino int
	err error
}

func (a *archive) entry(name string, mode uint32, body []byte) {
	if a.err != nil {
		return
	}
	a.ino++
	links := 1
	if mode&0o040000 != 0 {
		links = 2
	}
	var b bytes.Buffer
	// ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
	fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", a.ino, mode, 0, 0, links, 0, len(body), 0, 0, 0, 0, len(name)+1, 0)
	b.WriteString(name)
	b.WriteByte(0)
	pad(&b)
	b.Write(body)
	pad(&b)
	_, a.err = a.w.Write(b.Bytes())
}

func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
