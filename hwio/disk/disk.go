package disk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"autocom/hwio/sysfs"
)

// State is a file system at one moment.
type State struct {
	Path   string // what was asked for
	Mount  string // where the file system hangs
	Device string // "/dev/mmcblk0p6", "tmpfs"
	Kind   string // "ext4", "squashfs"

	Total uint64 // bytes
	Free  uint64 // bytes that an ordinary program may still write
	Files uint64 // inodes; 0: this kind of file system does not count them
	Spare uint64 // inodes left

	// ReadOnly is a file system that takes no writes: by its nature, or since the kernel met an error.
	ReadOnly bool
	// ErrorStop is a file system that was set up to be read-only only after an error, and is: the disk is failing.
	ErrorStop bool
}

// Used is the part that is taken, 0 … 1: of the bytes or of the inodes, whichever is nearer to the end.
func (s State) Used() float64 {
	used := 0.0
	if s.Total > 0 {
		used = 1 - float64(min(s.Free, s.Total))/float64(s.Total)
	}
	if s.Files > 0 {
		used = max(used, 1-float64(min(s.Spare, s.Files))/float64(s.Files))
	}
	return used
}

// Wear is how worn a flash chip says it is (JEDEC eMMC 5.0, DEVICE_LIFE_TIME_EST and PRE_EOL_INFO).
type Wear struct {
	Device  string // "mmcblk0"
	Percent int    // of its life used, the upper end of the chip's own estimate: 10, 20 … 100; 110: beyond
	PreEOL  string // "normal", "warning", "urgent" or "unknown": spare blocks left
}

// Disks reads disks, on any goroutine; it may block for as long as a sick disk takes.
type Disks interface {
	State(path string) (State, error)
	Wear() []Wear
}

// Kernel is the disks of the machine we run on.
type Kernel struct{ sys, proc string }

// Open looks under sys and proc, which are "/sys" and "/proc" on a real machine.
func Open(sys, proc string) *Kernel { return &Kernel{sys, proc} }

// State reads the file system a path lies in.
func (k *Kernel) State(path string) (State, error) {
	s := State{Path: path}
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return s, fmt.Errorf("disk of %s: %w", path, err)
	}
	block := uint64(st.Bsize)
	if st.Frsize > 0 {
		block = uint64(st.Frsize)
	}
	s.Total, s.Free = st.Blocks*block, st.Bavail*block
	s.Files, s.Spare = st.Files, st.Ffree
	s.ReadOnly = st.Flags&unix.ST_RDONLY != 0

	full, err := filepath.EvalSymlinks(path)
	if err != nil {
		return s, fmt.Errorf("disk of %s: %w", path, err)
	}
	if full, err = filepath.Abs(full); err != nil {
		return s, fmt.Errorf("disk of %s: %w", path, err)
	}
	mounts, err := os.Open(filepath.Join(k.proc, "mounts"))
	if err != nil {
		return s, fmt.Errorf("disk of %s: %w", path, err)
	}
	defer func() { _ = mounts.Close() }() // it was only read
	m, err := mountOf(mounts, full)
	if err != nil {
		return s, fmt.Errorf("disk of %s: %w", path, err)
	}
	s.Mount, s.Device, s.Kind = m.dir, m.device, m.kind
	ro := slices.Contains(m.options, "ro")
	s.ReadOnly = s.ReadOnly || ro
	// ext4 with errors=remount-ro turns read-only by itself; "emergency_ro" is how later kernels say the same.
	s.ErrorStop = slices.Contains(m.options, "emergency_ro") || ro && slices.Contains(m.options, "errors=remount-ro")
	return s, nil
}

type mount struct {
	device, dir, kind string
	options           []string
}

// Limits of /proc/mounts.
const (
	maxMounts = 4096
	maxLine   = 64 << 10
)

var errNoMount = errors.New("no mounted file system holds it")

// mountOf finds the mount that a clean absolute path lies in: the longest prefix, the last of equals (a later mount covers an earlier).
func mountOf(mounts io.Reader, path string) (mount, error) {
	var best mount
	found := false
	lines := bufio.NewScanner(io.LimitReader(mounts, maxMounts*1024))
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 {
			continue
		}
		dir := unescape(fields[1])
		if dir != "/" && path != dir && !strings.HasPrefix(path, dir+"/") {
			continue
		}
		if !found || len(dir) >= len(best.dir) {
			best, found = mount{unescape(fields[0]), dir, fields[2], strings.Split(fields[3], ",")}, true
		}
	}
	if err := lines.Err(); err != nil {
		return best, err
	}
	if !found {
		return best, errNoMount
	}
	return best, nil
}

// unescape undoes the kernel's \040 for blanks.
func unescape(w string) string {
	if !strings.Contains(w, `\`) {
		return w
	}
	var b strings.Builder
	for i := 0; i < len(w); i++ {
		if w[i] == '\\' && i+3 < len(w) {
			if n, err := strconv.ParseUint(w[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(w[i])
	}
	return b.String()
}

// Wear asks the flash chips. Other disks do not say.
func (k *Kernel) Wear() []Wear {
	block := filepath.Join(k.sys, "block")
	entries, err := os.ReadDir(block)
	if err != nil {
		return nil
	}
	var all []Wear
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "mmcblk") || len(all) >= 16 {
			continue
		}
		life, err := sysfs.Word(filepath.Join(block, e.Name(), "device", "life_time"))
		if err != nil {
			continue // an SD card, or a partition such as mmcblk0boot0, does not know its age
		}
		eol, err := sysfs.Word(filepath.Join(block, e.Name(), "device", "pre_eol_info"))
		if err != nil {
			eol = ""
		}
		if w, ok := wear(e.Name(), life, eol); ok {
			all = append(all, w)
		}
	}
	return all
}

// wear reads two estimates such as "0x01 0x02" (type A and type B cells) and keeps the worse one.
func wear(device, life, eol string) (Wear, bool) {
	w := Wear{Device: device, PreEOL: "unknown"}
	for f := range strings.FieldsSeq(life) {
		if n, err := strconv.ParseUint(f, 0, 8); err == nil && n >= 1 && n <= 11 {
			w.Percent = max(w.Percent, int(n)*10)
		}
	}
	if n, err := strconv.ParseUint(eol, 0, 8); err == nil {
		switch n {
		case 1:
			w.PreEOL = "normal"
		case 2:
			w.PreEOL = "warning"
		case 3:
			w.PreEOL = "urgent"
		}
	}
	return w, w.Percent > 0
}

// Fake is disks for tests.
type Fake struct {
	States map[string]State // by path
	Chips  []Wear
}

// State gives what the test put there.
func (f *Fake) State(path string) (State, error) {
	s, ok := f.States[path]
	if !ok {
		return State{Path: path}, fmt.Errorf("disk of %s: %w", path, os.ErrNotExist)
	}
	return s, nil
}

// Wear gives what the test put there.
func (f *Fake) Wear() []Wear { return f.Chips }
