package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// load gives the kernel the drivers named in /modules/order. Each machine has only some of the devices, so a driver that
// finds nothing to do is no trouble: what is missed is said when the disk does not show itself.
func load() {
	order, err := os.ReadFile("/modules/order")
	if err != nil {
		say("autocom init: no drivers: %v", err)
		return
	}
	for name := range strings.FieldsSeq(string(order)) {
		if err := insert("/modules/" + name); err != nil && !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.ENODEV) {
			say("autocom init: driver %s: %v", name, err)
		}
	}
}

func insert(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	return unix.FinitModule(int(f.Fd()), "", 0)
}

// say speaks on the kernel's console and, since an installer may be there, on the first serial line when something is wrong.
func say(format string, args ...any) {
	line := fmt.Sprintf(format, args...) + "\r\n"
	for _, name := range []string{"/dev/console", "/dev/ttyS0"} {
		if name == "/dev/ttyS0" && !strings.Contains(line, "cannot start") {
			continue
		}
		if f, err := os.OpenFile(name, os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0); err == nil {
			_, _ = f.WriteString(line)
			_ = f.Close()
		}
	}
}

func release() string { return field(func(u *unix.Utsname) []byte { return u.Release[:] }) }
func machine() string { return field(func(u *unix.Utsname) []byte { return u.Machine[:] }) }

func field(of func(*unix.Utsname) []byte) string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(of(&u))
}
