package rootfs

import (
	"context"
	"crypto/sha256"
	_ "embed" // the list of packages
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"autocom/image/tool"
)

//go:embed packages.txt
var packageList string

// Suite is the Debian release the firmware is made of.
const Suite = "bookworm"

// Packages are the Debian packages of the firmware besides the essential ones.
func Packages() []string {
	var all []string
	for line := range strings.Lines(packageList) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			all = append(all, name)
		}
	}
	return all
}

// A Store keeps what was fetched, so that an image is built without the network the second time.
type Store struct {
	Dir string
	Log io.Writer
}

// excluded are the parts of packages that nobody reads on a box.
func excluded() []string {
	return []string{"man", "doc", "locale", "info", "lintian", "bash-completion", "zsh", "groff", "linda", "gnupg", "perl5", "perl", "common-licenses"}
}

// Base is the archive of the Debian part of the firmware, fetched when it is not in the store.
func (s Store) Base(ctx context.Context, arch string) (string, error) {
	args := []string{"--variant=essential", "--architectures=" + arch, "--include=" + strings.Join(Packages(), ","), `--aptopt=APT::Install-Recommends "false"`}
	for _, dir := range excluded()[:9] {
		args = append(args, "--dpkgopt=path-exclude=/usr/share/"+dir+"/*")
	}
	sum := sha256.Sum256([]byte(Suite + "\n" + strings.Join(args, "\n")))
	path := filepath.Join(s.Dir, fmt.Sprintf("base-%s-%x.tar", arch, sum[:8]))
	return path, s.once(path, func(part string) error {
		return s.run(ctx, "mmdebstrap", append(args, Suite, part)...)
	})
}

// Kernel is a directory with the newest kernel package of an architecture, unpacked. Nothing of it is run.
func (s Store) Kernel(ctx context.Context, arch string) (string, error) {
	dir := filepath.Join(s.Dir, "kernel-"+arch)
	return dir, s.once(dir, func(part string) error {
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		if arch == "amd64" {
			return s.download(ctx, part, "linux-image-amd64")
		}
		// apt on this machine knows its own architecture only; mmdebstrap brings lists of its own and only unpacks.
		archive := filepath.Join(s.Dir, "extracted-"+arch+".tar")
		if err := s.run(ctx, "mmdebstrap", "--variant=extract", "--architectures="+arch, "--include=linux-image-"+arch, Suite, archive); err != nil {
			return err
		}
		if err := os.MkdirAll(part, 0o755); err != nil {
			return err
		}
		err := s.run(ctx, "tar", "-C", part, "-xf", archive, "./boot", "--wildcards", "*/lib/modules")
		return errors.Join(err, os.Remove(archive))
	})
}

// download unpacks the package that a name of packages stands for.
func (s Store) download(ctx context.Context, to, name string) error {
	out, err := exec.CommandContext(ctx, "apt-cache", "depends", "--important", name).Output()
	if err != nil {
		return fmt.Errorf("apt-cache: %w", err)
	}
	var image string
	for word := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(word, "linux-image-") && word != name {
			image = word
		}
	}
	if image == "" {
		return fmt.Errorf("apt does not know %s: run apt-get update", name)
	}
	debs, err := os.MkdirTemp(s.Dir, "deb")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(debs) }() // what stays lies in the store and is taken for nothing
	get := exec.CommandContext(ctx, "apt-get", "-q", "download", image)
	get.Dir, get.Stdout, get.Stderr = debs, s.Log, s.Log
	if err := get.Run(); err != nil {
		return fmt.Errorf("apt-get download %s: %w", image, err)
	}
	found, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("apt-get download %s gave %d files", image, len(found))
	}
	return s.run(ctx, "dpkg-deb", "-x", found[0], to)
}

// once makes something under another name and gives it its own when it is whole.
func (s Store) once(path string, do func(part string) error) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "fetching %s\n", filepath.Base(path))
	part := filepath.Join(s.Dir, "part-"+filepath.Base(path))
	if err := do(part); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return os.Rename(part, path)
}

// run runs a program of the machine; its words go to the log.
func (s Store) run(ctx context.Context, name string, args ...string) error {
	return tool.Run(ctx, s.Log, name, args...)
}
