package partition

import (
	"errors"
	"testing"
	"testing/fstest"
)

func TestPartitionIsFoundByItsName(t *testing.T) {
	sys := fstest.MapFS{
		"class/block/vda/uevent":  {Data: []byte("MAJOR=254\nDEVTYPE=disk\n")},
		"class/block/vda1/uevent": {Data: []byte("DEVNAME=vda1\nPARTNAME=rootAB\n")},
		"class/block/vda4/uevent": {Data: []byte("DEVNAME=vda4\nPARTNAME=rootA\n")},
	}
	if got, err := Find(sys, "rootA"); got != "vda4" || err != nil {
		t.Errorf("rootA is %q, %v", got, err)
	}
	if _, err := Find(sys, "root"); !errors.Is(err, ErrNone) {
		t.Errorf("a part of a name was taken: %v", err)
	}
	if _, err := Find(fstest.MapFS{}, "rootA"); !errors.Is(err, ErrNone) {
		t.Errorf("a machine without disks: %v", err)
	}
}
