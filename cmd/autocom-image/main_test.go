package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"autocom/image/layout"
)

// run gives a command line to the program.
func run(args ...string) (string, error) {
	var out bytes.Buffer
	c := rootCommand()
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&out)
	err := c.Execute()
	return out.String(), err
}

func TestInspectNamesEveryPartition(t *testing.T) {
	sizes := layout.Sizes{ESP: 1 << 20, Boot: 1 << 20, Root: 1 << 20, Data: 1 << 20}
	disk, err := sizes.Plan()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := layout.WriteDisk(path, disk, nil); err != nil {
		t.Fatal(err)
	}
	out, err := run("inspect", path)
	if err != nil {
		t.Fatal(err)
	}
	// The SHA-256 of a MiB of zeros begins so.
	for _, want := range []string{"esp", "bootA", "bootB", "rootA", "rootB", "data", "8 MiB", "30e14955ebf1352266dc2ff8067e6810"} {
		if !strings.Contains(out, want) {
			t.Errorf("inspect does not say %q:\n%s", want, out)
		}
	}
}

func TestWrongCommandLinesAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"build", "--arch", "mips", "--out", t.TempDir()},
		{"inspect", filepath.Join(t.TempDir(), "absent")},
		{"qemu", "--rtp", "20-10"},
		{"qemu", "--rtp", "many"},
		{"qemu", "--sip", "0.0.0.0:5060", "--dir", t.TempDir()},
	} {
		if out, err := run(args...); err == nil {
			t.Errorf("%v was taken: %s", args, out)
		}
	}
}
