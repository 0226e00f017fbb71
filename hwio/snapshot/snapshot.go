// Package snapshot is the box's hardware at a glance: which machine, how warm, how full, how busy, for how long.
package snapshot

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"autocom/hwio/board"
	"autocom/hwio/disk"
	"autocom/hwio/sysfs"
	"autocom/hwio/thermal"
	"autocom/hwio/watchdog"
)

// Snapshot is the hardware at one moment; what cannot be measured is 0 or empty.
type Snapshot struct {
	Board    string         `json:"board"` // its name
	Serial   string         `json:"serial"`
	Uptime   time.Duration  `json:"uptime"`           // since the machine started
	MilliC   int            `json:"milli_c"`          // the hottest sensor, thousandths of a degree Celsius
	Sensor   string         `json:"sensor,omitempty"` // which one
	DiskUsed float64        `json:"disk_used"`        // 0 … 1
	Disk     disk.State     `json:"disk"`
	Wear     []disk.Wear    `json:"wear,omitempty"`
	Load     float64        `json:"load"` // of one minute, per core
	Watchdog watchdog.State `json:"watchdog"`
}

// Machine takes snapshots. Make it with Open.
type Machine struct {
	board board.Board
	data  string
	sys   string
	proc  string
	heat  thermal.Thermometer
	disks disk.Disks
	cores int
}

// Open recognises the machine under root, "/" on a real one. data is the path whose file system is to be watched.
func Open(root, data string) *Machine {
	sys, proc := filepath.Join(root, "sys"), filepath.Join(root, "proc")
	return &Machine{board: board.Detect(root), data: data, sys: sys, proc: proc, heat: thermal.Open(sys), disks: disk.Open(sys, proc), cores: runtime.NumCPU()}
}

// Board is the machine that was recognised.
func (m *Machine) Board() board.Board { return m.board }

// Read looks at everything, on any goroutine; it may block for as long as a sick disk takes. What could be read is given also with an error.
func (m *Machine) Read() (Snapshot, error) {
	s := Snapshot{Board: m.board.Name, Serial: m.board.Serial, Wear: m.disks.Wear()}
	var errs []error
	if hot, ok := m.heat.Read().Hottest(); ok {
		s.MilliC, s.Sensor = hot.MilliC, hot.Name
	}
	var err error
	if s.Disk, err = m.disks.State(m.data); err != nil {
		errs = append(errs, err)
	}
	s.DiskUsed = s.Disk.Used()
	seconds, err := m.first("uptime")
	if err != nil {
		errs = append(errs, err)
	}
	s.Uptime = time.Duration(seconds * float64(time.Second))
	load, err := m.first("loadavg")
	if err != nil {
		errs = append(errs, err)
	}
	s.Load = load / float64(max(m.cores, 1))
	if s.Watchdog, err = watchdog.Read(m.sys); err != nil && !errors.Is(err, watchdog.ErrNone) {
		errs = append(errs, err)
	}
	return s, errors.Join(errs...)
}

// first is the first number of a line of /proc.
func (m *Machine) first(file string) (float64, error) {
	line, err := sysfs.Word(filepath.Join(m.proc, file))
	if err != nil {
		return 0, err
	}
	word, _, _ := strings.Cut(line, " ")
	n, err := strconv.ParseFloat(word, 64)
	if err != nil || !(n >= 0 && n < 1e9) {
		return 0, fmt.Errorf("%s: %q is no plausible number", file, sysfs.Printable(word, 40))
	}
	return n, nil
}
