package board

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"autocom/hwio/led"
	"autocom/hwio/sysfs"
)

// ID names a board in files and in the cloud; it never changes its meaning.
type ID string

// Board is a machine the box may be.
type Board struct {
	ID       ID
	Name     string    // for people: "QEMU (x86-64)"
	Serial   string    // the box's number; see SerialNumber
	Console  string    // the installer's line: "/dev/ttyS0"
	Watchdog string    // its device; empty: none that is known
	Lamps    []led.Row // what its lamps say; empty: it has none
}

// Facts is what a machine says of itself. Words are printable and bounded; what is not said is empty.
type Facts struct {
	Arch    string // GOARCH: "amd64", "arm64"
	Vendor  string // DMI sys_vendor
	Product string // DMI product_name
	Serial  string // DMI product_serial, or serial-number of the device tree
	Model   string // device tree model
	MACs    []string
	Machine string   // /etc/machine-id
	Lamps   []string // of /sys/class/leds
}

// kind is a line of the table.
type kind struct {
	is   func(Facts) bool
	make func(Facts) Board
}

// boards is the table: the first line that recognises a machine decides.
func boards() []kind {
	return []kind{
		{isQEMU86, qemu86},
		{isQEMUArm, qemuArm},
		{isPC, pc},
		{isArm, arm},
	}
}

// Detect looks at the machine under root, which is "/" on a real one. A machine that nobody knows is a board too: it has neither lamps nor a watchdog.
func Detect(root string) Board { return Recognise(Look(root, runtime.GOARCH)) }

// Recognise finds the board these facts are those of.
func Recognise(f Facts) Board {
	for _, k := range boards() {
		if k.is(f) {
			b := k.make(f)
			b.Serial = SerialNumber(f)
			return b
		}
	}
	return Board{ID: "unknown", Name: "Unknown machine (" + f.Arch + ")", Serial: SerialNumber(f)}
}

// Look reads what a machine says of itself.
func Look(root, arch string) Facts {
	word := func(parts ...string) string {
		w, err := sysfs.Word(filepath.Join(append([]string{root}, parts...)...))
		if err != nil {
			return "" // not said, or not to us: the serial number of DMI is root's alone
		}
		return sysfs.Printable(w, 64)
	}
	f := Facts{
		Arch:    arch,
		Vendor:  word("sys/class/dmi/id/sys_vendor"),
		Product: word("sys/class/dmi/id/product_name"),
		Serial:  word("sys/class/dmi/id/product_serial"),
		Model:   word("proc/device-tree/model"),
		Machine: word("etc/machine-id"),
	}
	if f.Serial == "" {
		f.Serial = word("proc/device-tree/serial-number")
	}
	for _, name := range names(filepath.Join(root, "sys/class/net")) {
		if _, err := os.Stat(filepath.Join(root, "sys/class/net", name, "device")); err != nil {
			continue // a bridge or a tunnel has an address that it made up
		}
		if mac := word("sys/class/net", name, "address"); mac != "" {
			f.MACs = append(f.MACs, mac)
		}
	}
	for _, name := range names(filepath.Join(root, "sys/class/leds")) {
		if !strings.HasPrefix(name, "input") {
			f.Lamps = append(f.Lamps, name)
		}
	}
	return f
}

// names lists a folder, sorted and bounded; one that is not there is empty.
func names(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries[:min(len(entries), 64)] {
		all = append(all, e.Name())
	}
	slices.Sort(all)
	return all
}

// lamps is the table of a board nobody described: the first lamp that is named after a state says it all.
func lamps(f Facts) []led.Row {
	for _, word := range []string{"status", "power", "sys", "act"} {
		for _, l := range f.Lamps {
			if strings.Contains(strings.ToLower(l), word) {
				return led.OneLamp(l)
			}
		}
	}
	return nil
}
