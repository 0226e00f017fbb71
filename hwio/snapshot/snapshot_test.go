package snapshot

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestReadAMachine(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("proc/uptime", "3600.50 7100.00\n")
	write("proc/loadavg", "1.50 0.75 0.30 2/345 6789\n")
	write("proc/mounts", "/dev/vda5 / ext4 rw 0 0\n")
	write("sys/class/thermal/thermal_zone0/type", "soc\n")
	write("sys/class/thermal/thermal_zone0/temp", "61500\n")
	write("sys/class/watchdog/watchdog0/identity", "i6300ESB timer\n")
	write("sys/class/watchdog/watchdog0/state", "active\n")
	write("sys/class/dmi/id/product_serial", "AC2-000042\n")
	m := Open(root, root)
	m.cores = 2
	s, err := m.Read()
	if err != nil {
		t.Fatal(err)
	}
	if s.Serial != "AC2-000042" || s.Board == "" || s.Uptime != 3600500*time.Millisecond || s.MilliC != 61500 || s.Sensor != "soc" || s.Load != 0.75 {
		t.Errorf("%+v", s)
	}
	if !s.Watchdog.Active || s.DiskUsed < 0 || s.DiskUsed > 1 || s.Disk.Device != "/dev/vda5" {
		t.Errorf("%+v", s)
	}

	// A reading that lies is named, and the others stay.
	for _, bad := range []string{"NaN 1", "-3", "1e300", ""} {
		write("proc/loadavg", bad)
		if s, err = m.Read(); err == nil || s.Load != 0 || s.Uptime == 0 {
			t.Errorf("load %q: %v, %v", bad, s.Load, err)
		}
	}
}

func TestReadABareMachine(t *testing.T) {
	s, err := Open(t.TempDir(), "/nowhere").Read()
	if err == nil || s.MilliC != 0 || s.Uptime != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
