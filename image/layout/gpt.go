package layout

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"unicode/utf16"
)

// Shape of a GUID partition table (UEFI 2.9 §5.3).
const (
	maxEntries   = 128
	entrySize    = 128
	headerSize   = 92
	maxName      = 36 // UTF-16 units
	entrySectors = maxEntries * entrySize / Sector
	tableSectors = 2 + entrySectors // protective MBR, header, entries
	signature    = "EFI PART"
	revision     = 0x00010000
)

// WriteTable writes the protective MBR, the table and its copy at the end of the disk.
func (d Disk) WriteTable(w io.WriterAt) error {
	if err := d.Check(); err != nil {
		return err
	}
	last := d.Size/Sector - 1
	entries := d.entries()
	parts := []struct {
		sector int64
		bytes  []byte
	}{
		{0, protective(last)},
		{1, d.header(1, last, 2, entries)},
		{2, entries},
		{last - entrySectors, entries},
		{last, d.header(last, 1, last-entrySectors, entries)},
	}
	for _, p := range parts {
		if _, err := w.WriteAt(p.bytes, p.sector*Sector); err != nil {
			return fmt.Errorf("write the partition table: %w", err)
		}
	}
	return nil
}

// protective is an MBR that shows old tools one partition over the whole disk (UEFI 2.9 §5.2.3).
func protective(last int64) []byte {
	b := make([]byte, Sector)
	e := b[446:]
	e[2], e[4], e[5], e[6], e[7] = 0x02, 0xee, 0xff, 0xff, 0xff
	binary.LittleEndian.PutUint32(e[8:], 1)
	binary.LittleEndian.PutUint32(e[12:], uint32(min(last, 0xffffffff)))
	b[510], b[511] = 0x55, 0xaa
	return b
}

func (d Disk) entries() []byte {
	b := make([]byte, maxEntries*entrySize)
	for i, p := range d.Partitions {
		e := b[i*entrySize:]
		copy(e, p.Kind[:])
		copy(e[16:], p.ID[:])
		binary.LittleEndian.PutUint64(e[32:], uint64(p.Start/Sector))
		binary.LittleEndian.PutUint64(e[40:], uint64((p.Start+p.Size)/Sector-1))
		for j, unit := range utf16.Encode([]rune(p.Name)) {
			binary.LittleEndian.PutUint16(e[56+2*j:], unit)
		}
	}
	return b
}

func (d Disk) header(self, other, entriesAt int64, entries []byte) []byte {
	b := make([]byte, Sector)
	le := binary.LittleEndian
	copy(b, signature)
	le.PutUint32(b[8:], revision)
	le.PutUint32(b[12:], headerSize)
	le.PutUint64(b[24:], uint64(self))
	le.PutUint64(b[32:], uint64(other))
	le.PutUint64(b[40:], tableSectors)
	le.PutUint64(b[48:], uint64(d.Size/Sector-tableSectors))
	copy(b[56:], d.ID[:])
	le.PutUint64(b[72:], uint64(entriesAt))
	le.PutUint32(b[80:], maxEntries)
	le.PutUint32(b[84:], entrySize)
	le.PutUint32(b[88:], crc32.ChecksumIEEE(entries))
	le.PutUint32(b[16:], crc32.ChecksumIEEE(b[:headerSize]))
	return b
}

// ReadTable reads the table at the beginning of a disk of a size in bytes, and refuses one whose sums are wrong.
func ReadTable(r io.ReaderAt, size int64) (Disk, error) {
	b := make([]byte, tableSectors*Sector)
	if _, err := r.ReadAt(b, 0); err != nil {
		return Disk{}, fmt.Errorf("%w: no table at its beginning: %w", ErrLayout, err)
	}
	le := binary.LittleEndian
	h, entries := b[Sector:2*Sector], b[2*Sector:]
	switch {
	case !bytes.Equal(h[:8], []byte(signature)):
		return Disk{}, fmt.Errorf("%w: it has no GUID partition table", ErrLayout)
	case le.Uint32(h[12:]) != headerSize || le.Uint32(h[80:]) != maxEntries || le.Uint32(h[84:]) != entrySize || le.Uint64(h[72:]) != 2:
		return Disk{}, fmt.Errorf("%w: not the shape this program writes", ErrLayout)
	}
	sum := le.Uint32(h[16:])
	clean := bytes.Clone(h[:headerSize])
	le.PutUint32(clean[16:], 0)
	if crc32.ChecksumIEEE(clean) != sum || crc32.ChecksumIEEE(entries) != le.Uint32(h[88:]) {
		return Disk{}, fmt.Errorf("%w: a checksum is wrong", ErrLayout)
	}
	d := Disk{Size: size, ID: GUID(h[56:72])}
	for i := range maxEntries {
		e := entries[i*entrySize : (i+1)*entrySize]
		if GUID(e[:16]) == (GUID{}) {
			continue
		}
		first, last := le.Uint64(e[32:]), le.Uint64(e[40:])
		if first > last || last >= uint64(size)/Sector {
			return Disk{}, fmt.Errorf("%w: partition %d lies outside the disk", ErrLayout, i+1)
		}
		var name []uint16
		for j := 56; j < entrySize && le.Uint16(e[j:]) != 0; j += 2 {
			name = append(name, le.Uint16(e[j:]))
		}
		d.Partitions = append(d.Partitions, Partition{
			Name: string(utf16.Decode(name)), Kind: GUID(e[:16]), ID: GUID(e[16:32]),
			Start: int64(first) * Sector, Size: int64(last-first+1) * Sector,
		})
	}
	return d, d.Check()
}
