package rootfs

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"autocom/image/tool"
)

//go:embed all:files
var embedded embed.FS

// Files are the files of ours that are not programs, as they lie in the firmware.
func Files() fs.FS {
	sub, err := fs.Sub(embedded, "files")
	if err != nil {
		panic(err) // the directory is part of this program
	}
	return sub
}

// Programs are the programs to put into the firmware: where they lie in it, and the files they come from.
type Programs map[string]string

// links start what starts, in the firmware's own directory, so that nothing on the data partition can forget it.
func links() map[string]string {
	all := map[string]string{
		"etc/resolv.conf":                       "../run/systemd/resolve/resolv.conf",
		"usr/lib/systemd/system/default.target": "multi-user.target",
		"var/run":                               "/run",
		"var/lock":                              "/run/lock",
	}
	for _, unit := range []string{
		"autocom-core.service", "autocom-media.service", "autocom-console.service", "autocom-steward.service", "autocom-first.service", "autocom-ready.service",
		"systemd-networkd.service", "systemd-resolved.service",
	} {
		all["usr/lib/systemd/system/multi-user.target.wants/"+unit] = "../" + unit
	}
	for _, unit := range []string{"systemd-networkd.socket"} {
		all["usr/lib/systemd/system/sockets.target.wants/"+unit] = "../" + unit
	}
	for _, unit := range []string{"ctrl-alt-del.target", "debug-shell.service", "emergency.service", "rescue.service", "systemd-homed.service"} {
		all["etc/systemd/system/"+unit] = "/dev/null"
	}
	return all
}

// Unpack makes the firmware's tree below root, which must be empty, from the Debian archive, the programs and our files.
func Unpack(ctx context.Context, root, base string, programs Programs, version string, log io.Writer) error {
	if os.Getuid() != 0 {
		return errors.New("only root can make files that belong to others: run this as root")
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := tool.Run(ctx, log, "tar", "-C", root, "--numeric-owner", "-xpf", base); err != nil {
		return err
	}
	if err := packagesFile(root); err != nil {
		return err
	}
	if err := strip(root); err != nil {
		return err
	}
	if err := copyFiles(root); err != nil {
		return err
	}
	if err := accounts(root); err != nil {
		return err
	}
	for to, from := range programs {
		if err := copyFile(filepath.Join(root, to), from, 0o755); err != nil {
			return err
		}
	}
	release := fmt.Sprintf("NAME=Autocom\nID=autocom\nID_LIKE=debian\nPRETTY_NAME=\"Autocom %s\"\nVERSION_ID=\"%s\"\n", version, version)
	if err := os.WriteFile(filepath.Join(root, "usr/lib/os-release"), []byte(release), 0o644); err != nil {
		return err
	}
	for _, dir := range []string{"data", "efi", "var/log/journal", "var/lib/autocom"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	for at, to := range links() {
		at = filepath.Join(root, at)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.RemoveAll(at); err != nil {
			return err
		}
		if err := os.Symlink(to, at); err != nil {
			return err
		}
	}
	return nil
}

// Finish moves what the box may change aside, for the first program to copy to the data partition, and gives every file its time.
func Finish(root string) error {
	if err := os.Rename(filepath.Join(root, "var"), filepath.Join(root, "usr/share/autocom/var")); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(root, "var"), 0o755); err != nil {
		return err
	}
	return settle(root)
}

// Squash packs the firmware's tree into a slot's file system.
func Squash(ctx context.Context, root, to string, log io.Writer) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return tool.Run(ctx, log, "mksquashfs", root, to, "-comp", "zstd", "-Xcompression-level", "9", "-b", "256K", "-noappend", "-no-progress", "-no-xattrs", "-quiet")
}

func copyFiles(root string) error {
	return fs.WalkDir(Files(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := fs.ReadFile(Files(), path)
		if err != nil {
			return err
		}
		to := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
}

func copyFile(to, from string, mode os.FileMode) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, b, mode)
}

// packagesFile keeps the names and versions of the Debian packages, since the package tools themselves are removed.
func packagesFile(root string) error {
	status, err := os.ReadFile(filepath.Join(root, "var/lib/dpkg/status"))
	if err != nil {
		return err
	}
	var out strings.Builder
	var name string
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "Package: "); ok {
			name = strings.TrimSpace(v)
		} else if v, ok := strings.CutPrefix(line, "Version: "); ok {
			fmt.Fprintf(&out, "%s %s\n", name, strings.TrimSpace(v))
		}
	}
	to := filepath.Join(root, "usr/share/autocom")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "packages"), []byte(out.String()), 0o644)
}
