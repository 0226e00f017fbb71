package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"autocom/image/boot/partition"

	"golang.org/x/sys/unix"
)

type mount struct {
	from, at, kind string
	flags          uintptr
	data           string
}

func (m mount) do() error {
	if err := os.MkdirAll(m.at, 0o755); err != nil && !errors.Is(err, unix.EROFS) {
		return err
	}
	if err := unix.Mount(m.from, m.at, m.kind, m.flags, m.data); err != nil {
		return fmt.Errorf("mount %s at %s: %w", m.from, m.at, err)
	}
	return nil
}

// chosen is the slot the boot loader names on the kernel's command line.
func chosen() (string, error) {
	line, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return "", err
	}
	for word := range strings.FieldsSeq(string(line)) {
		if slot, ok := strings.CutPrefix(word, "autocom.slot="); ok {
			if slices.Contains([]string{"A", "B"}, slot) {
				return slot, nil
			}
			return "", fmt.Errorf("the boot loader names a slot %q: there are A and B", slot)
		}
	}
	return "A", nil
}

// device waits for a partition to show itself.
func device(name string) (string, error) {
	for end := time.Now().Add(diskTime); ; time.Sleep(50 * time.Millisecond) {
		found, err := partition.Find(os.DirFS("/sys"), name)
		if err == nil {
			return "/dev/" + found, nil
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("there is no root to start: %w", err)
		}
	}
}

// mountAll puts the firmware together below root: the slot read-only, the data beside it, and what may change laid over.
func mountAll(slot string) error {
	system, err := device("root" + slot)
	if err != nil {
		return err
	}
	data, err := device("data")
	if err != nil {
		return err
	}
	for _, m := range []mount{
		{system, root, "squashfs", unix.MS_RDONLY | unix.MS_NODEV, ""},
		{data, root + "/data", "ext4", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOATIME, "data=ordered"},
	} {
		if err := m.do(); err != nil {
			return err
		}
	}
	for _, d := range []string{"/data/etc", "/data/etc.work"} {
		if err := os.MkdirAll(root+d, 0o755); err != nil {
			return err
		}
	}
	if err := skeleton(root+"/usr/share/autocom/var", root+"/data/var"); err != nil {
		return err
	}
	etc := root + "/etc"
	over := fmt.Sprintf("lowerdir=%s,upperdir=%s/data/etc,workdir=%s/data/etc.work", etc, root, root)
	for _, m := range []mount{
		{"etc", etc, "overlay", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOATIME, over},
		{root + "/data/var", root + "/var", "", unix.MS_BIND, ""},
	} {
		if err := m.do(); err != nil {
			return err
		}
	}
	return nil
}
