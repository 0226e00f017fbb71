package layout

import (
	"errors"
	"fmt"
)

// Sector is the unit of a partition table, in bytes; every partition begins at a multiple of Align.
const (
	Sector = 512
	Align  = 1 << 20
)

// Names of the partitions, as the init and the boot loader look for them.
const (
	ESP   = "esp"
	BootA = "bootA"
	BootB = "bootB"
	RootA = "rootA"
	RootB = "rootB"
	Data  = "data"
)

// A GUID is a partition's identity, in the mixed byte order of the table.
type GUID [16]byte

// Kinds of partitions (UEFI 2.9 §5.3.3, and the discoverable partitions list).
var (
	kindESP  = GUID{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}
	kindData = GUID{0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4}
)

// String is the GUID as people write it.
func (g GUID) String() string {
	return fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8:10], g[10:])
}

// A Partition is one line of the table. Start and Size are in bytes.
type Partition struct {
	Name  string
	Kind  GUID
	ID    GUID
	Start int64
	Size  int64
}

// A Disk is a partition table and the size of what it describes, in bytes.
type Disk struct {
	ID         GUID
	Size       int64
	Partitions []Partition
}

// Sizes of the parts of a disk, in bytes. Both firmwares have the same room: an update must fit where its predecessor did.
type Sizes struct {
	ESP, Boot, Root, Data int64
}

// Standard is the disk of the first boards: 1 GiB is enough for it, and a larger disk leaves its end unused.
func Standard() Sizes {
	return Sizes{ESP: 32 << 20, Boot: 48 << 20, Root: 160 << 20, Data: 512 << 20}
}

// Plan lays the parts one after the other and refuses sizes that cannot be.
func (s Sizes) Plan() (Disk, error) {
	d := Disk{ID: id(0)}
	at := int64(Align) // the table itself
	for i, p := range []struct {
		name string
		size int64
	}{{ESP, s.ESP}, {BootA, s.Boot}, {BootB, s.Boot}, {RootA, s.Root}, {RootB, s.Root}, {Data, s.Data}} {
		if p.size <= 0 || p.size%Align != 0 {
			return Disk{}, fmt.Errorf("partition %s: %d bytes is not a positive multiple of %d", p.name, p.size, Align)
		}
		kind := kindData
		if p.name == ESP {
			kind = kindESP
		}
		d.Partitions = append(d.Partitions, Partition{Name: p.name, Kind: kind, ID: id(byte(i + 1)), Start: at, Size: p.size})
		at += p.size
	}
	d.Size = at + Align // the copy of the table at the end
	return d, d.Check()
}

// id is a fixed identity: two builds of one firmware are equal to the byte, and boxes are told apart by their machine id, not by their disk.
func id(n byte) GUID {
	return GUID{0x61, 0x75, 0x74, 0x6f, 0x63, 0x6f, 0x6d, 0x40, 0x80, 0, 0, 0, 0, 0, 0, n}
}

// Find returns the partition of a name.
func (d Disk) Find(name string) (Partition, bool) {
	for _, p := range d.Partitions {
		if p.Name == name {
			return p, true
		}
	}
	return Partition{}, false
}

// ErrLayout is a table that does not hold together.
var ErrLayout = errors.New("the partition table does not hold together")

// Check says what is wrong with a table: parts out of place, over one another, or unnamed.
func (d Disk) Check() error {
	if d.Size%Sector != 0 || d.Size < 2*Align {
		return fmt.Errorf("%w: a disk of %d bytes", ErrLayout, d.Size)
	}
	if len(d.Partitions) > maxEntries {
		return fmt.Errorf("%w: %d partitions, at most %d", ErrLayout, len(d.Partitions), maxEntries)
	}
	names := map[string]bool{}
	for i, p := range d.Partitions {
		switch {
		case p.Name == "" || len(p.Name) > maxName || names[p.Name]:
			return fmt.Errorf("%w: partition %d has the name %q", ErrLayout, i+1, p.Name)
		case p.Size <= 0 || p.Start%Sector != 0 || p.Size%Sector != 0 || p.Start < tableSectors*Sector:
			return fmt.Errorf("%w: %s begins at %d and has %d bytes", ErrLayout, p.Name, p.Start, p.Size)
		case p.Start > d.Size-(tableSectors-1)*Sector-p.Size:
			return fmt.Errorf("%w: %s does not fit the disk", ErrLayout, p.Name)
		}
		names[p.Name] = true
		for _, q := range d.Partitions[:i] {
			if p.Start < q.Start+q.Size && q.Start < p.Start+p.Size {
				return fmt.Errorf("%w: %s lies over %s", ErrLayout, p.Name, q.Name)
			}
		}
	}
	return nil
}
