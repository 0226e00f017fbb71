package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"autocom/image/tool"

	"golang.org/x/sys/unix"
)

// unwanted is what Debian brings and a box does not need: interpreters besides sh, ways to sign in, the package tools, and what
// would ask for a terminal or for the network by itself.
func unwanted() []string {
	return []string{
		"usr/bin/perl*", "usr/bin/*perl", "usr/lib/*-linux-gnu/perl*", "usr/share/perl*", "usr/bin/bash*", "usr/bin/rbash", "usr/bin/mawk", "usr/bin/awk", "usr/bin/nawk", "etc/alternatives/*awk*", "usr/bin/clear_console",
		"usr/bin/dpkg*", "usr/sbin/dpkg*", "usr/lib/dpkg", "usr/share/dpkg", "var/lib/dpkg", "usr/share/debconf", "usr/sbin/dpkg-*", "usr/bin/debconf*", "usr/sbin/debconf*",
		"usr/bin/deb-systemd-*", "usr/bin/update-alternatives", "usr/sbin/update-*", "etc/dpkg", "etc/apt", "var/lib/apt", "var/cache/*", "var/log/*", "var/backups/*",
		"usr/share/man", "usr/share/doc", "usr/share/locale", "usr/share/info", "usr/share/lintian", "usr/share/bash-completion", "usr/share/zsh", "usr/share/common-licenses",
		"usr/sbin/agetty", "usr/sbin/getty", "usr/bin/login", "usr/bin/su", "usr/bin/passwd", "usr/bin/chsh", "usr/bin/chfn", "usr/bin/newgrp", "usr/bin/sg", "usr/bin/gpasswd",
		"usr/bin/chage", "usr/bin/expiry", "usr/sbin/sulogin", "usr/sbin/user*", "usr/sbin/group*", "usr/sbin/vi*", "usr/sbin/adduser", "usr/sbin/*passwd",
		"usr/lib/systemd/system-generators/systemd-getty-generator", "usr/lib/systemd/system-generators/systemd-gpt-auto-generator", "usr/lib/systemd/system/*getty*",
		"usr/lib/systemd/system/getty.target.wants", "usr/lib/systemd/system/*/getty*", "usr/lib/systemd/system/systemd-firstboot.service", "usr/lib/systemd/system/*/systemd-firstboot.service",
		"usr/lib/systemd/system/systemd-networkd-wait-online*", "usr/lib/systemd/system/*.timer", "usr/lib/systemd/system/*/*.timer", "usr/lib/systemd/system/e2scrub*",
		"usr/lib/systemd/system/systemd-pcrphase*", "usr/lib/systemd/system/*/systemd-pcrphase*",
		"etc/systemd/system/*", "etc/cron*", "etc/machine-id", "etc/resolv.conf", "etc/hostname", "etc/motd", "etc/issue*", "etc/init.d", "etc/rc?.d",
		"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock", "etc/ld.so.cache~", "boot/*", "home/*", "root/.*rc", "root/.profile", "tmp/*", "run/*", "dev/*", "var/tmp/*", "var/lib/systemd/*",
	}
}

// strip removes what a box does not need and takes from every program the right to become somebody else.
func strip(root string) error {
	for _, pattern := range unwanted() {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return err
		}
		for _, path := range found {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			return os.Chmod(path, info.Mode().Perm())
		}
		return nil
	})
}

// settle gives every file below a directory the firmware's time, and removes the bytes Python and the linker leave behind that differ from build to build.
func settle(root string) error {
	if err := os.Remove(filepath.Join(root, "var/cache/ldconfig/aux-cache")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	at := unix.NsecToTimespec(time.Unix(tool.Epoch, 0).UnixNano())
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW)
	})
}

// nobodySignsIn gives every account of a passwd file a shell that is none.
func nobodySignsIn(passwd string) string {
	var out strings.Builder
	for line := range strings.Lines(passwd) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) == 7 {
			fields[6] = "/usr/sbin/nologin"
		}
		out.WriteString(strings.Join(fields, ":") + "\n")
	}
	return out.String()
}
