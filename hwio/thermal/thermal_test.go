package thermal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	sys := t.TempDir()
	for name, text := range files {
		path := filepath.Join(sys, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return sys
}

func TestReadNamesEverySensorAndThoseThatSayNothing(t *testing.T) {
	got := Open(tree(t, map[string]string{
		"class/thermal/thermal_zone0/type":  "x86_pkg_temp\n",
		"class/thermal/thermal_zone0/temp":  "48000\n",
		"class/thermal/thermal_zone1/type":  "acpitz\n",
		"class/thermal/thermal_zone1/temp":  "-273200\n", // what ACPI says of a sensor that is not wired
		"class/thermal/cooling_device0/a":   "0",
		"class/hwmon/hwmon0/name":           "coretemp\n",
		"class/hwmon/hwmon0/temp1_input":    "51000\n",
		"class/hwmon/hwmon0/temp1_label":    "Core 0\n",
		"class/hwmon/hwmon0/temp2_input":    "garbage\n",
		"class/hwmon/hwmon1/temp1_input":    "39500\n", // no name at all
		"class/hwmon/hwmon1/in0_input":      "1200\n",
		"class/thermal/thermal_zone2/trips": "",
	})).Read()
	if want := []Sensor{{"coretemp Core 0", 51000}, {"hwmon1 temp1", 39500}, {"x86_pkg_temp", 48000}}; !slices.Equal(got.Sensors, want) {
		t.Errorf("sensors = %v, want %v", got.Sensors, want)
	}
	if want := []string{"acpitz", "thermal_zone2", "coretemp temp2"}; !slices.Equal(got.Unreadable, want) {
		t.Errorf("unreadable = %v, want %v", got.Unreadable, want)
	}
	if hot, ok := got.Hottest(); !ok || hot.MilliC != 51000 {
		t.Errorf("hottest = %v, %v", hot, ok)
	}
}

func TestNoSensors(t *testing.T) {
	r := Open(t.TempDir()).Read()
	if _, ok := r.Hottest(); ok || len(r.Unreadable) != 0 {
		t.Errorf("a machine without sensors reads %v", r)
	}
}

func TestSensorsAreBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 3 * MaxSensors {
		files[fmt.Sprintf("class/hwmon/hwmon0/temp%d_input", i)] = "1000"
	}
	if n := len(Open(tree(t, files)).Read().Sensors); n != MaxSensors {
		t.Errorf("%d sensors, want %d", n, MaxSensors)
	}
}
