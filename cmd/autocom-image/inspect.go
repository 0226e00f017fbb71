package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"autocom/image/layout"

	"github.com/spf13/cobra"
)

func inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use: "inspect FILE", Short: "Print a disk's partitions, and the sums of the whole and of each", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return inspect(cmd.OutOrStdout(), args[0]) },
	}
}

func inspect(out io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	disk, err := layout.ReadTable(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	whole, err := sum(f, 0, info.Size())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\ndisk %s, %d MiB, sha256 %x\n", path, disk.ID, info.Size()>>20, whole)
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "PARTITION\tBEGINS\tMiB\tSHA256\n")
	for _, p := range disk.Partitions {
		one, err := sum(f, p.Start, p.Size)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%x\n", p.Name, p.Start, p.Size>>20, one[:16])
	}
	return w.Flush()
}

// sum is the SHA-256 of a part of a file.
func sum(f *os.File, from, size int64) ([]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, from, size)); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
