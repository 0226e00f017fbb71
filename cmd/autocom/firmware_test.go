package main

import (
	"os"
	"path/filepath"
	"testing"

	"autocom/appliance/steward"
	"autocom/image/slot"
)

func TestWhichFirmwareRuns(t *testing.T) {
	dir := t.TempDir()
	environment := filepath.Join(dir, "grubenv")
	text, err := slot.Encode(slot.State{Places: [2]slot.Place{{Condition: slot.Good}, {Condition: slot.Trial, Left: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(environment, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]steward.Firmware{
		"root=/dev/sda2 autocom.slot=A quiet\n": {Slot: "A"},
		"autocom.slot=B":                        {Slot: "B", Trial: true},
		"autocom.slot=C":                        {},
		"quiet":                                 {},
		"":                                      {},
	} {
		cmdline := filepath.Join(dir, "cmdline")
		if err := os.WriteFile(cmdline, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := firmwareOf(cmdline, environment); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
		if got := firmwareOf(cmdline, filepath.Join(dir, "none")); got != (steward.Firmware{}) {
			t.Errorf("%q without the boot loader's file: %+v", line, got)
		}
	}
	if got := firmwareOf(filepath.Join(dir, "none"), environment); got != (steward.Firmware{}) {
		t.Errorf("without a command line: %+v", got)
	}
}
