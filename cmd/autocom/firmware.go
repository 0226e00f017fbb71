package main

import (
	"os"
	"strings"

	"autocom/appliance/steward"
	"autocom/image/slot"
)

// firmware is which of the image's firmwares runs: the kernel's command line names the slot, the boot loader's environment whether it is
// confirmed. Only root may read the latter, so this is the steward's to know.
func firmware() steward.Firmware { return firmwareOf("/proc/cmdline", "/efi/grub/grubenv") }

func firmwareOf(cmdline, environment string) steward.Firmware {
	line, err := os.ReadFile(cmdline)
	if err != nil {
		return steward.Firmware{}
	}
	for word := range strings.FieldsSeq(string(line)) {
		name, ok := strings.CutPrefix(word, "autocom.slot=")
		if !ok {
			continue
		}
		at, err := slot.Parse(name)
		if err != nil {
			break
		}
		s, err := slot.Read(environment)
		if err != nil { // whether it is confirmed cannot be told, so nothing is said of slots
			break
		}
		return steward.Firmware{Slot: at.String(), Trial: s.Places[at].Condition != slot.Good}
	}
	return steward.Firmware{}
}
