package layout

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"autocom/image/tool"
)

// Vfat makes a FAT file system of a size in bytes with files: where each lies in it, and the file it comes from.
func Vfat(ctx context.Context, to string, size int64, label string, number uint32, files map[string]string, log io.Writer) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.WriteFile(to, nil, 0o644); err != nil {
		return err
	}
	if err := os.Truncate(to, size); err != nil {
		return err
	}
	if err := tool.Run(ctx, log, "mkfs.vfat", "--invariant", "-n", label, "-i", fmt.Sprintf("%08x", number), to); err != nil {
		return err
	}
	made := map[string]bool{}
	for _, at := range slices.Sorted(maps.Keys(files)) {
		for i := range len(at) {
			if dir := at[:i]; at[i] == '/' && dir != "" && !made[dir] {
				made[dir] = true
				if err := tool.Run(ctx, log, "mmd", "-i", to, "::/"+dir); err != nil {
					return err
				}
			}
		}
		if err := os.Chtimes(files[at], time.Unix(tool.Epoch, 0), time.Unix(tool.Epoch, 0)); err != nil {
			return err
		}
		if err := tool.Run(ctx, log, "mcopy", "-m", "-i", to, files[at], "::/"+at); err != nil {
			return fmt.Errorf("%s: %w", path.Base(at), err)
		}
	}
	return nil
}

// Ext4 makes the data partition's file system of a size in bytes, empty: the times at which files are put into one cannot be chosen, and two
// builds would differ.
func Ext4(ctx context.Context, to string, size int64, log io.Writer) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	id := strings.ToLower(id(byte(0x64)).String())
	return tool.Run(ctx, log, "mkfs.ext4", "-q", "-F", "-L", "autocom-data", "-U", id, "-m", "1",
		"-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0,hash_seed="+id, to, fmt.Sprintf("%dk", size/1024))
}
