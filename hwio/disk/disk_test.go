package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mounts = `overlay / overlay rw,relatime 0 0
tmpfs /run tmpfs rw,nosuid 0 0
/dev/vda5 /data ext4 rw,relatime,errors=remount-ro 0 0
/dev/vda6 /data/with\040blank ext4 ro,relatime,errors=remount-ro 0 0
/dev/vda7 /data2 squashfs ro 0 0
tmpfs /data2 tmpfs rw 0 0
short line
`

func TestMountOf(t *testing.T) {
	for path, want := range map[string]string{
		"/":                   "overlay",
		"/data":               "/dev/vda5",
		"/data/journal.db":    "/dev/vda5",
		"/data/with blank/x":  "/dev/vda6",
		"/data2/x":            "tmpfs", // the later mount covers the earlier
		"/database":           "overlay",
		"/run/autocom/x.sock": "tmpfs",
	} {
		if m, err := mountOf(strings.NewReader(mounts), path); err != nil || m.device != want {
			t.Errorf("%s lies on %q, %v, want %q", path, m.device, err, want)
		}
	}
	if _, err := mountOf(strings.NewReader("tmpfs /run tmpfs rw 0 0\n"), "/home"); !errors.Is(err, errNoMount) {
		t.Errorf("err = %v, want errNoMount", err)
	}
}

func TestStateOfAFailingDisk(t *testing.T) {
	dir, proc := t.TempDir(), t.TempDir()
	for _, c := range []struct {
		options             string
		readOnly, errorStop bool
	}{
		{"rw,errors=remount-ro", false, false},
		{"ro,errors=remount-ro", true, true},
		{"ro", true, false},
		{"rw,emergency_ro", false, true},
	} {
		if err := os.WriteFile(filepath.Join(proc, "mounts"), []byte("/dev/x / ext4 "+c.options+" 0 0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.TempDir(), proc).State(dir)
		if err != nil {
			t.Fatal(err)
		}
		if s.ReadOnly != c.readOnly || s.ErrorStop != c.errorStop {
			t.Errorf("%s: read-only %v, error %v", c.options, s.ReadOnly, s.ErrorStop)
		}
		if s.Total == 0 || s.Free > s.Total || s.Kind != "ext4" || s.Device != "/dev/x" {
			t.Errorf("%s: %+v", c.options, s)
		}
	}
	if _, err := Open("/sys", proc).State(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v, want ErrNotExist", err)
	}
}

func TestUsedIsTheNearerEnd(t *testing.T) {
	for _, c := range []struct {
		s    State
		want float64
	}{
		{State{}, 0},
		{State{Total: 100, Free: 25}, 0.75},
		{State{Total: 100, Free: 75, Files: 10, Spare: 1}, 0.9},
		{State{Total: 100, Free: 200}, 0},
	} {
		if got := c.s.Used(); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("%+v: used %v, want %v", c.s, got, c.want)
		}
	}
}

func TestWearOfEMMC(t *testing.T) {
	sys := t.TempDir()
	for name, text := range map[string]string{
		"mmcblk0/device/life_time": "0x02 0x01\n", "mmcblk0/device/pre_eol_info": "0x01\n",
		"mmcblk1/device/name": "SD16G\n", // a card: no estimate
		"sda/device/model":    "QEMU HARDDISK\n",
	} {
		path := filepath.Join(sys, "block", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := Open(sys, "/proc").Wear()
	if len(got) != 1 || got[0] != (Wear{"mmcblk0", 20, "normal"}) {
		t.Errorf("wear = %+v", got)
	}
	for _, c := range []struct {
		life, eol string
		want      Wear
		ok        bool
	}{
		{"0x0b 0x00", "0x03", Wear{"d", 110, "urgent"}, true},
		{"0x00 0x00", "0x00", Wear{"d", 0, "unknown"}, false}, // "not defined"
		{"rubbish", "", Wear{"d", 0, "unknown"}, false},
	} {
		if w, ok := wear("d", c.life, c.eol); w != c.want || ok != c.ok {
			t.Errorf("wear(%q, %q) = %+v, %v", c.life, c.eol, w, ok)
		}
	}
}

func FuzzMountOf(f *testing.F) {
	f.Add(mounts, "/data/x")
	f.Add(`a \ b c`+"\n"+`d /\04 e ro`, "/")
	f.Fuzz(func(t *testing.T, text, path string) {
		m, err := mountOf(strings.NewReader(text), path)
		if err == nil && m.dir != "/" && path != m.dir && !strings.HasPrefix(path, m.dir+"/") {
			t.Errorf("%q does not lie in %q", path, m.dir)
		}
	})
}
