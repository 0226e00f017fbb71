package layout

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func plan(t testing.TB) Disk {
	t.Helper()
	d, err := Standard().Plan()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestStandardPlanFitsAGibibyteAndIsAligned(t *testing.T) {
	d := plan(t)
	if d.Size > 1<<30 {
		t.Errorf("the disk has %d bytes, more than 1 GiB", d.Size)
	}
	for _, p := range d.Partitions {
		if p.Start%Align != 0 {
			t.Errorf("%s begins at %d, not at a multiple of %d", p.Name, p.Start, Align)
		}
	}
	a, _ := d.Find(RootA)
	b, _ := d.Find(RootB)
	if a.Size != b.Size {
		t.Errorf("slot A has %d bytes and slot B %d", a.Size, b.Size)
	}
}

func TestBadSizesAreRefused(t *testing.T) {
	for _, change := range []func(*Sizes){
		func(s *Sizes) { s.ESP = 0 },
		func(s *Sizes) { s.Boot = -Align },
		func(s *Sizes) { s.Root++ },
	} {
		s := Standard()
		change(&s)
		if _, err := s.Plan(); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}

func TestPartitionsOverOneAnotherAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Disk){
		"over":      func(d *Disk) { d.Partitions[1].Start -= Align },
		"outside":   func(d *Disk) { d.Partitions[5].Size = d.Size },
		"same name": func(d *Disk) { d.Partitions[2].Name = BootA },
		"on table":  func(d *Disk) { d.Partitions[0].Start = Sector },
		"no name":   func(d *Disk) { d.Partitions[0].Name = "" },
	} {
		d := plan(t)
		change(&d)
		if err := d.Check(); !errors.Is(err, ErrLayout) {
			t.Errorf("%s: Check says %v", name, err)
		}
	}
}

func TestWrittenTableReadsBack(t *testing.T) {
	d := plan(t)
	path := filepath.Join(t.TempDir(), "disk")
	content := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(content, bytes.Repeat([]byte("son"), 500_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteDisk(path, d, map[string]string{BootB: content}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := ReadTable(f, d.Size)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Error(diff)
	}
	p, _ := got.Find(BootB)
	b := make([]byte, 1_500_000)
	if _, err := f.ReadAt(b, p.Start); err != nil || !bytes.Equal(b, bytes.Repeat([]byte("son"), 500_000)) {
		t.Errorf("the content of bootB is not what was put there (%v)", err)
	}
	// UEFI 2.9 §5.3.2: the last sector holds the copy of the header.
	last := make([]byte, 8)
	if _, err := f.ReadAt(last, d.Size-Sector); err != nil || string(last) != signature {
		t.Errorf("the last sector begins %q, %v", last, err)
	}
}

func TestContentLargerThanItsPartitionIsRefused(t *testing.T) {
	content := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(content, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(content, 33<<20); err != nil {
		t.Fatal(err)
	}
	if err := WriteDisk(filepath.Join(t.TempDir(), "disk"), plan(t), map[string]string{ESP: content}); err == nil {
		t.Error("33 MiB were put into 32")
	}
}

func TestFlippedBitIsNoticed(t *testing.T) {
	d := plan(t)
	for _, at := range []int{Sector + 40, 2*Sector + 60} {
		disk := &memory{b: make([]byte, d.Size)}
		if err := d.WriteTable(disk); err != nil {
			t.Fatal(err)
		}
		disk.b[at] ^= 1
		if _, err := ReadTable(disk, d.Size); !errors.Is(err, ErrLayout) {
			t.Errorf("byte %d flipped: %v", at, err)
		}
	}
}

type memory struct{ b []byte }

func (m *memory) WriteAt(p []byte, at int64) (int, error) { return copy(m.b[at:], p), nil }

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	if at >= int64(len(m.b)) {
		return 0, io.EOF
	}
	return copy(p, m.b[at:]), nil
}

func FuzzReadTable(f *testing.F) {
	d := plan(f)
	disk := &memory{b: make([]byte, d.Size)}
	if err := d.WriteTable(disk); err != nil {
		f.Fatal(err)
	}
	f.Add(disk.b[:tableSectors*Sector])
	f.Add([]byte("EFI PART"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < tableSectors*Sector {
			b = append(b, make([]byte, tableSectors*Sector-len(b))...)
		}
		got, err := ReadTable(&memory{b: b}, 1<<30)
		if err == nil && got.Check() != nil {
			t.Errorf("a table was taken that does not hold together: %+v", got)
		}
	})
}
