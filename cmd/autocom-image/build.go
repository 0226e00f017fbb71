package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"autocom/image/boot"
	"autocom/image/layout"
	"autocom/image/rootfs"
	"autocom/image/slot"
	"autocom/image/tool"

	"github.com/spf13/cobra"
)

// recipe is what a build needs to know.
type recipe struct {
	arch    string // amd64, arm64
	out     string // directory
	cache   string
	version string
	refresh bool // fetch Debian again
	log     io.Writer
}

// result are the files a build made.
type result struct {
	Disk    string // empty when there is no root for this architecture
	Kernel  string
	Initial string
	Missing string // in words, what the architecture still lacks
}

func buildCommand() *cobra.Command {
	r := recipe{cache: cacheDir()}
	c := &cobra.Command{
		Use: "build", Short: "Build the firmware's disk (as root, on Debian 12)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.log = cmd.ErrOrStderr()
			made, err := r.build(cmd.Context())
			if err != nil {
				return err
			}
			if made.Missing != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "kernel %s\ninitial file system %s\nmissing: %s\n", made.Kernel, made.Initial, made.Missing)
				return nil
			}
			return inspect(cmd.OutOrStdout(), made.Disk)
		},
	}
	c.Flags().StringVar(&r.arch, "arch", "amd64", "amd64 or arm64")
	c.Flags().StringVar(&r.out, "out", "build/image", "where the image goes")
	c.Flags().StringVar(&r.version, "firmware-version", version, "the version the firmware calls itself")
	c.Flags().BoolVar(&r.refresh, "refresh", false, "fetch the Debian packages again")
	return c
}

func cacheDir() string {
	if dir := os.Getenv("AUTOCOM_CACHE"); dir != "" {
		return dir
	}
	return "/var/cache/autocom-image"
}

// build makes everything again but what was fetched.
func (r recipe) build(ctx context.Context) (result, error) {
	if r.arch != "amd64" && r.arch != "arm64" {
		return result{}, fmt.Errorf("--arch %s: amd64 or arm64", r.arch)
	}
	if err := tool.Need("mmdebstrap=mmdebstrap", "mksquashfs=squashfs-tools", "mkfs.vfat=dosfstools", "mcopy=mtools", "mkfs.ext4=e2fsprogs",
		"grub-mkimage=grub-common", "depmod=kmod", "tar=tar", "go=golang"); err != nil {
		return result{}, err
	}
	if r.refresh {
		if err := os.RemoveAll(r.cache); err != nil {
			return result{}, err
		}
	}
	work := filepath.Join(r.out, "work-"+r.arch)
	if err := os.RemoveAll(work); err != nil {
		return result{}, err
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return result{}, err
	}
	store := rootfs.Store{Dir: r.cache, Log: r.log}
	if err := r.step("programs", func() error { return r.compile(ctx, work) }); err != nil {
		return result{}, err
	}
	var kernel boot.Kernel
	made := result{Kernel: filepath.Join(r.out, "vmlinuz-"+r.arch), Initial: filepath.Join(r.out, "initramfs-"+r.arch)}
	if err := r.step("kernel", func() error {
		dir, err := store.Kernel(ctx, r.arch)
		if err != nil {
			return err
		}
		if kernel, err = boot.OpenKernel(ctx, dir); err != nil {
			return err
		}
		return r.initial(kernel, work, made)
	}); err != nil {
		return result{}, err
	}
	if r.arch != "amd64" {
		made.Missing = "a root: Debian's packages would have to be configured for " + r.arch + ", and the boot loader for its boards; the kernel and the first program are whole"
		return made, os.RemoveAll(work)
	}
	made.Disk = filepath.Join(r.out, "autocom-"+r.arch+".img")
	if err := r.assemble(ctx, store, kernel, work, made); err != nil {
		return result{}, err
	}
	return made, os.RemoveAll(work)
}

// step says how long a part took.
func (r recipe) step(name string, do func() error) error {
	start := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(r.log, "%-10s %5.1f s\n", name, time.Since(start).Seconds())
	return nil
}

// compile builds the box's programs, static and without a trace of the machine they were built on.
func (r recipe) compile(ctx context.Context, work string) error {
	for _, p := range []string{"cmd/autocom", "image/boot/init", "image/boot/onboard"} {
		c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "timetzdata", "-ldflags", "-s -w -buildid= -X main.version="+r.version,
			"-o", filepath.Join(work, filepath.Base(p)), "autocom/"+p)
		c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+r.arch)
		c.Stdout, c.Stderr = r.log, r.log
		if err := c.Run(); err != nil {
			return fmt.Errorf("go build %s: %w", p, err)
		}
	}
	return nil
}

func (r recipe) initial(kernel boot.Kernel, work string, made result) error {
	first, err := os.ReadFile(filepath.Join(work, "init"))
	if err != nil {
		return err
	}
	archive, err := kernel.Initramfs(first)
	if err != nil {
		return err
	}
	image, err := os.ReadFile(kernel.Image())
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(made.Initial, archive, 0o644), os.WriteFile(made.Kernel, image, 0o644))
}

// assemble makes the file systems and lays them on the disk.
func (r recipe) assemble(ctx context.Context, store rootfs.Store, kernel boot.Kernel, work string, made result) error {
	root := filepath.Join(work, "root")
	file := func(name string) string { return filepath.Join(work, name) }
	sizes := layout.Standard()
	disk, err := sizes.Plan()
	if err != nil {
		return err
	}
	env, err := slot.Encode(slot.Factory())
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(file("grub.cfg"), []byte(boot.LoaderConfig()), 0o644), os.WriteFile(file("grubenv"), env, 0o644)); err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"tree", func() error {
			base, err := store.Base(ctx, r.arch)
			if err != nil {
				return err
			}
			return rootfs.Unpack(ctx, root, base, rootfs.Programs{"usr/bin/autocom": file("autocom"), "usr/lib/autocom/onboard": file("onboard")}, r.version, r.log)
		}},
		{"drivers", func() error { return kernel.InstallDrivers(ctx, root) }},
		{"units", func() error { return rootfs.CheckUnits(ctx, root, r.log) }},
		{"squashfs", func() error {
			if err := rootfs.Finish(root); err != nil {
				return err
			}
			return rootfs.Squash(ctx, root, file("root.squashfs"), r.log)
		}},
		{"partitions", func() error {
			if err := boot.Loader(ctx, file("BOOTX64.EFI"), work); err != nil {
				return err
			}
			esp := map[string]string{"EFI/BOOT/BOOTX64.EFI": file("BOOTX64.EFI"), "grub/grub.cfg": file("grub.cfg"), "grub/grubenv": file("grubenv")}
			kernels := map[string]string{"vmlinuz": made.Kernel, "initramfs": made.Initial}
			return errors.Join(
				layout.Vfat(ctx, file("esp"), sizes.ESP, boot.ESPLabel, 0xa07c0000, esp, r.log),
				layout.Vfat(ctx, file("bootA"), sizes.Boot, boot.BootLabel("A"), 0xa07c000a, kernels, r.log),
				layout.Ext4(ctx, file("data.ext4"), sizes.Data, r.log),
			)
		}},
		{"disk", func() error {
			return layout.WriteDisk(made.Disk, disk, map[string]string{
				layout.ESP: file("esp"), layout.BootA: file("bootA"), layout.RootA: file("root.squashfs"), layout.Data: file("data.ext4"),
			})
		}},
	} {
		if err := r.step(s.name, s.do); err != nil {
			return err
		}
	}
	return nil
}
