// Command init is the first program of a box: it loads the drivers of its disk, mounts the firmware's slot and the branch's data, and hands over to systemd.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// version is set by the linker.
var version = "development"

const (
	root        = "/sysroot"
	systemd     = "/usr/lib/systemd/systemd"
	diskTime    = 20 * time.Second // for a disk to show itself
	beforeReset = 10 * time.Second // for somebody to read what went wrong
)

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "init is the first program of a box and does nothing elsewhere")
		os.Exit(2)
	}
	err := start()
	say("autocom init: the firmware cannot start: %v", err)
	say("autocom init: the machine starts again in %s, and takes the other firmware after three tries", beforeReset)
	time.Sleep(beforeReset)
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	select {}
}

// start only returns when it failed.
func start() error {
	for _, m := range []mount{
		{"proc", "/proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, ""},
		{"sysfs", "/sys", "sysfs", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, ""},
		{"devtmpfs", "/dev", "devtmpfs", unix.MS_NOSUID, "mode=0755"},
	} {
		if err := m.do(); err != nil {
			return err
		}
	}
	// systemd may still turn the kernel's messages up; until then only what matters is shown.
	say("autocom init: %s, Linux %s on %s", version, release(), machine())
	slot, err := chosen()
	if err != nil {
		return err
	}
	load()
	if err := mountAll(slot); err != nil {
		return err
	}
	say("autocom init: slot %s, over to systemd", slot)
	return handOver()
}

// handOver makes the firmware the root and becomes systemd.
func handOver() error {
	for _, d := range []string{"/proc", "/sys", "/dev"} {
		if err := unix.Mount(d, root+d, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("move %s: %w", d, err)
		}
	}
	// The memory of the initial file system is given back.
	if err := errors.Join(os.RemoveAll("/modules"), os.Remove("/init")); err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("make the firmware the root: %w", err)
	}
	if err := errors.Join(unix.Chroot("."), os.Chdir("/")); err != nil {
		return err
	}
	err := unix.Exec(systemd, []string{systemd}, []string{"PATH=/usr/sbin:/usr/bin", "HOME=/"})
	return fmt.Errorf("start %s: %w", systemd, err)
}
