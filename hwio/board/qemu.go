package board

import "strings"

func isQEMU86(f Facts) bool { return f.Arch == "amd64" && f.Vendor == "QEMU" }

// qemu86 is qemu-system-x86_64 with -device i6300esb.
func qemu86(f Facts) Board {
	return Board{ID: "qemu-x86", Name: "QEMU (x86-64)", Console: "/dev/ttyS0", Watchdog: "/dev/watchdog", Lamps: lamps(f)}
}

// isQEMUArm knows the machine with UEFI tables and with a device tree alike.
func isQEMUArm(f Facts) bool {
	return f.Arch == "arm64" && (f.Vendor == "QEMU" || strings.HasPrefix(f.Model, "linux,dummy-virt"))
}

// qemuArm is qemu-system-aarch64 -machine virt.
func qemuArm(f Facts) Board {
	return Board{ID: "qemu-arm64", Name: "QEMU virt (arm64)", Console: "/dev/ttyAMA0", Watchdog: "/dev/watchdog", Lamps: lamps(f)}
}
