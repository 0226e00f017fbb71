package boot

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"autocom/image/slot"

	"github.com/google/go-cmp/cmp"
)

func TestArchiveIsTheSameWhateverTheOrder(t *testing.T) {
	files := []File{{"init", 0o755, []byte("elf")}, {"modules/order", 0o644, []byte("a.ko\n")}, {"modules/a.ko", 0o644, bytes.Repeat([]byte{7}, 4099)}}
	var one, two bytes.Buffer
	if err := WriteArchive(&one, files); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(files)
	if err := WriteArchive(&two, files); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two orders give two archives")
	}
	if got := names(t, one.Bytes()); !slices.Equal(got, []string{"init", "modules", "modules/a.ko", "modules/order", "TRAILER!!!"}) {
		t.Errorf("the archive holds %q", got)
	}
}

// names walks a newc archive as the kernel does.
func names(t *testing.T, b []byte) (all []string) {
	t.Helper()
	for at := 0; at < len(b); {
		if string(b[at:at+6]) != "070701" {
			t.Fatalf("no entry at %d", at)
		}
		var size, name int
		if _, err := fmt.Sscanf(string(b[at+54:at+62])+" "+string(b[at+94:at+102]), "%x %x", &size, &name); err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b[at+110:at+110+name-1]))
		at += (110 + name + 3) &^ 3
		at += (size + 3) &^ 3
	}
	return all
}

func TestArchiveRefusesNamesThatClimb(t *testing.T) {
	for _, files := range [][]File{{{Name: "/init"}}, {{Name: "../x"}}, {{Name: ""}}, {{Name: "a"}, {Name: "a"}}, {{Name: "a//b"}}} {
		if err := WriteArchive(&bytes.Buffer{}, files); err == nil {
			t.Errorf("%v was taken", files)
		}
	}
}

func TestDriversComeAfterThoseTheyNeed(t *testing.T) {
	d, err := ReadDrivers(strings.NewReader("fs/ext4.ko: fs/jbd2.ko lib/crc16.ko\nfs/jbd2.ko:\nlib/crc16.ko:\nb/xhci-pci.ko: b/usbcore.ko\nb/usbcore.ko:\n"))
	if err != nil {
		t.Fatal(err)
	}
	files, absent := d.Closure([]string{"xhci_pci", "nothere", "ext4"})
	if diff := cmp.Diff([]string{"b/usbcore.ko", "b/xhci-pci.ko", "lib/crc16.ko", "fs/jbd2.ko", "fs/ext4.ko"}, files); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(absent, []string{"nothere"}) {
		t.Errorf("absent: %v", absent)
	}
	if _, err := ReadDrivers(strings.NewReader("no colon here")); err == nil {
		t.Error("a damaged modules.dep was taken")
	}
}

// TestLoaderKnowsTheEnvironment holds grub.cfg to the names the environment file uses: GRUB would take a wrong one for an empty value, in silence.
func TestLoaderKnowsTheEnvironment(t *testing.T) {
	b, err := slot.Encode(slot.Factory())
	if err != nil {
		t.Fatal(err)
	}
	env, err := slot.ParseEnv(b)
	if err != nil {
		t.Fatal(err)
	}
	config := LoaderConfig()
	for _, name := range []string{"first", "last_good", "A_left", "B_left"} {
		if env.Value(name) == "" {
			t.Errorf("the environment has no %s", name)
		}
		if !strings.Contains(config, "$"+name) {
			t.Errorf("grub.cfg does not look at %s", name)
		}
	}
	for left := 1; left <= slot.Tries; left++ {
		if !strings.Contains(config, fmt.Sprintf(`"$left" = "%d" ]; then set next=%d`, left, left-1)) {
			t.Errorf("grub.cfg does not count %d down", left)
		}
	}
}
