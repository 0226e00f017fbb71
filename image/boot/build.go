package boot

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Kernel is an unpacked kernel package.
type Kernel struct {
	Dir     string // of the package's files
	Release string // such as 6.1.0-56-amd64
}

// OpenKernel finds the kernel in an unpacked package and lets depmod describe its drivers.
func OpenKernel(ctx context.Context, dir string) (Kernel, error) {
	found, err := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
	if err != nil || len(found) != 1 {
		return Kernel{}, fmt.Errorf("%s holds %d kernels, want one (%w)", dir, len(found), errors.Join(err))
	}
	k := Kernel{Dir: dir, Release: strings.TrimPrefix(filepath.Base(found[0]), "vmlinuz-")}
	return k, depmod(ctx, dir, k.Release)
}

// Image is the kernel's file.
func (k Kernel) Image() string { return filepath.Join(k.Dir, "boot", "vmlinuz-"+k.Release) }

func (k Kernel) modules() string { return filepath.Join(k.Dir, "lib", "modules", k.Release) }

func depmod(ctx context.Context, dir, release string) error {
	if out, err := exec.CommandContext(ctx, "depmod", "-b", dir, release).CombinedOutput(); err != nil {
		return fmt.Errorf("depmod: %w: %s", err, out)
	}
	return nil
}

func (k Kernel) drivers() (Drivers, error) {
	f, err := os.Open(filepath.Join(k.modules(), "modules.dep"))
	if err != nil {
		return Drivers{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return ReadDrivers(f)
}

// InstallDrivers copies the drivers the box may need, and those they need, into a root file system.
func (k Kernel) InstallDrivers(ctx context.Context, root string) error {
	d, err := k.drivers()
	if err != nil {
		return err
	}
	files, _ := d.Closure(append(EarlyDrivers(), LateDrivers()...))
	to := filepath.Join(root, "usr", "lib", "modules", k.Release)
	for _, file := range append(files, "modules.builtin", "modules.builtin.modinfo", "modules.order") {
		body, err := os.ReadFile(filepath.Join(k.modules(), file))
		if err != nil {
			return fmt.Errorf("driver: %w", err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, file)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, file), body, 0o644); err != nil {
			return err
		}
	}
	return depmod(ctx, root, k.Release)
}

// Initramfs is the kernel's initial file system: the first program and the drivers of disks, in the order they are loaded.
func (k Kernel) Initramfs(init []byte) ([]byte, error) {
	d, err := k.drivers()
	if err != nil {
		return nil, err
	}
	files := []File{{Name: "init", Mode: 0o755, Body: init}}
	early, _ := d.Closure(EarlyDrivers())
	var order strings.Builder
	for _, file := range early {
		body, err := os.ReadFile(filepath.Join(k.modules(), file))
		if err != nil {
			return nil, fmt.Errorf("driver: %w", err)
		}
		files = append(files, File{Name: "modules/" + filepath.Base(file), Mode: 0o644, Body: body})
		fmt.Fprintln(&order, filepath.Base(file))
	}
	files = append(files, File{Name: "modules/order", Mode: 0o644, Body: []byte(order.String())})
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(WriteArchive(z, files), z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Loader makes GRUB's EFI program at a path.
func Loader(ctx context.Context, path, workDir string) error {
	early := filepath.Join(workDir, "early.cfg")
	if err := os.WriteFile(early, []byte(embedded), 0o644); err != nil {
		return err
	}
	args := append([]string{"-O", "x86_64-efi", "-p", "/grub", "-c", early, "-o", path}, loaderModules()...)
	if out, err := exec.CommandContext(ctx, "grub-mkimage", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("grub-mkimage: %w: %s", err, out)
	}
	return nil
}
