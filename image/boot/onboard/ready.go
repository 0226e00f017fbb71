package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"autocom/image/slot"

	"golang.org/x/sys/unix"
)

// Where the boot loader's environment is, and the line of the machine's own words.
const (
	espPath  = "/efi"
	envPath  = espPath + "/grub/grubenv"
	wordLine = "/dev/ttyS1"
	patience = 30 * time.Second // before a core that died too often is started again
)

// running is the slot the boot loader started.
func running() (slot.Slot, error) {
	line, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return slot.A, err
	}
	for word := range strings.FieldsSeq(string(line)) {
		if name, ok := strings.CutPrefix(word, "autocom.slot="); ok {
			return slot.Parse(name)
		}
	}
	return slot.A, errors.New("the kernel's command line names no slot")
}

// ready gives the running slot its tries back and says so on the second serial line. The word comes first: it is true
// whether or not the environment can be written.
func ready() error {
	at, err := running()
	say("autocom: READY " + version + " slot " + at.String())
	if err != nil {
		return err
	}
	before, err := slot.Read(envPath)
	if err != nil {
		return err
	}
	after, err := slot.Step(before, slot.Worked{Running: at})
	if err != nil {
		return err
	}
	if after != before {
		if err := save(after); err != nil {
			return err
		}
	}
	say("autocom: slot confirmed")
	if after.First != before.First {
		say(fmt.Sprintf("autocom: slot %s was given up, slot %s stays", before.First, at))
	}
	return nil
}

// save writes the environment; the boot loader's file system is writable only meanwhile.
func save(after slot.State) error {
	if err := unix.Mount("", espPath, "", unix.MS_REMOUNT|espFlags, ""); err != nil {
		return fmt.Errorf("make the boot loader's file system writable: %w", err)
	}
	err := slot.Write(envPath, after)
	if again := unix.Mount("", espPath, "", unix.MS_REMOUNT|unix.MS_RDONLY|espFlags, ""); again != nil {
		err = errors.Join(err, fmt.Errorf("protect the boot loader's file system again: %w", again))
	}
	return err
}

const espFlags = unix.MS_SYNCHRONOUS | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// unwell follows a core that died too often. A firmware that has not proved itself since it was started gives way: the
// machine starts again, with one try less. One that has is started again after a while: a restart would end the calls.
func unwell() error {
	at, err := running()
	if err == nil {
		var s slot.State
		if s, err = slot.Read(envPath); err == nil && s.Places[at] != (slot.Place{Condition: slot.Good, Left: slot.Tries}) {
			say("autocom: the core does not stay up; the machine starts again")
			return exec.Command("systemctl", "reboot").Run()
		}
	}
	say("autocom: the core does not stay up; it is tried again")
	time.Sleep(patience)
	return errors.Join(err, exec.Command("systemctl", "reset-failed", "autocom-core.service").Run(),
		exec.Command("systemctl", "--no-block", "start", "autocom-core.service", "autocom-ready.service").Run())
}

// say speaks on the second serial line, where the machine has one, and in the journal.
func say(words string) {
	fmt.Println(words)
	if f, err := os.OpenFile(wordLine, os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0); err == nil {
		_, _ = f.WriteString(words + "\r\n") // nobody may be listening
		_ = f.Close()
	}
}
