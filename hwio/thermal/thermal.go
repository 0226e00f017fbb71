package thermal

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"autocom/hwio/sysfs"
)

// Limits of what is read, and of what is believed.
const (
	MaxSensors = 64
	coldest    = -60_000 // thousandths of a degree: below, a sensor is not connected
	hottest    = 200_000
)

// Sensor is one temperature.
type Sensor struct {
	Name   string // "x86_pkg_temp", "coretemp Core 0"
	MilliC int    // thousandths of a degree Celsius
}

// Reading is all temperatures at one moment.
type Reading struct {
	Sensors    []Sensor // sorted by name
	Unreadable []string // sensors that are there and say nothing that can be believed, by name
}

// Hottest is the highest temperature; false when there is none.
func (r Reading) Hottest() (Sensor, bool) {
	if len(r.Sensors) == 0 {
		return Sensor{}, false
	}
	return slices.MaxFunc(r.Sensors, func(a, b Sensor) int { return a.MilliC - b.MilliC }), true
}

// Thermometer reads the box's temperatures, on any goroutine; it may block for as long as a slow bus takes.
type Thermometer interface {
	Read() Reading
}

// Sysfs is the sensors of the machine we run on.
type Sysfs struct{ sys string }

// Open looks under sys, which is "/sys" on a real machine. A box without sensors is no error.
func Open(sys string) *Sysfs { return &Sysfs{sys} }

// Read asks every sensor once.
func (s *Sysfs) Read() Reading {
	var r Reading
	for _, zone := range folders(filepath.Join(s.sys, "class", "thermal"), "thermal_zone") {
		r.take(called(filepath.Join(zone, "type"), filepath.Base(zone)), filepath.Join(zone, "temp"))
	}
	for _, chip := range folders(filepath.Join(s.sys, "class", "hwmon"), "hwmon") {
		name := called(filepath.Join(chip, "name"), filepath.Base(chip))
		inputs, err := filepath.Glob(filepath.Join(escape(chip), "temp*_input"))
		if err != nil {
			continue // only a malformed pattern, and ours is not
		}
		slices.Sort(inputs)
		for _, in := range inputs {
			label := called(strings.TrimSuffix(in, "_input")+"_label", strings.TrimSuffix(filepath.Base(in), "_input"))
			r.take(name+" "+label, in)
		}
	}
	slices.SortStableFunc(r.Sensors, func(a, b Sensor) int { return strings.Compare(a.Name, b.Name) })
	return r
}

func (r *Reading) take(name, file string) {
	if len(r.Sensors)+len(r.Unreadable) >= MaxSensors {
		return
	}
	n, err := sysfs.Number(file)
	if err != nil || n < coldest || n > hottest {
		r.Unreadable = append(r.Unreadable, name)
		return
	}
	r.Sensors = append(r.Sensors, Sensor{name, int(n)})
}

// called is the name a file gives, or another.
func called(file, otherwise string) string {
	w, err := sysfs.Word(file)
	if w = sysfs.Printable(w, 40); err != nil || w == "" {
		return otherwise
	}
	return w
}

// folders lists the entries of dir whose name starts with prefix. A folder that is not there holds nothing.
func folders(dir, prefix string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && len(found) < MaxSensors {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found
}

// escape keeps a folder's own name from being read as a pattern.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// Fake is a thermometer for tests.
type Fake struct{ Reading Reading }

// Read gives what the test put there.
func (f *Fake) Read() Reading { return f.Reading }
