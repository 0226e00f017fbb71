package layout

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// WriteDisk makes a disk file: the table, and in each partition the content of a file of its name. A partition without content stays empty.
// The file has holes where nothing is written.
func WriteDisk(path string, d Disk, contents map[string]string) (err error) {
	for name := range contents {
		if _, ok := d.Find(name); !ok {
			return fmt.Errorf("the disk has no partition %q", name)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make the disk: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(d.Size); err != nil {
		return fmt.Errorf("make the disk: %w", err)
	}
	if err := d.WriteTable(f); err != nil {
		return err
	}
	for _, p := range d.Partitions {
		if from, ok := contents[p.Name]; ok {
			if err := fill(f, p, from); err != nil {
				return fmt.Errorf("fill partition %s: %w", p.Name, err)
			}
		}
	}
	return nil
}

func fill(disk *os.File, p Partition, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > p.Size {
		return fmt.Errorf("%s has %d bytes and the partition only %d", from, info.Size(), p.Size)
	}
	buf := make([]byte, 1<<20)
	at := p.Start
	for {
		n, err := io.ReadFull(f, buf)
		if block := buf[:n]; !zero(block) {
			if _, err := disk.WriteAt(block, at); err != nil {
				return err
			}
		}
		at += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func zero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
