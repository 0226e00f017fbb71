package steward

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"autocom/hwio/sysfs"
)

// Clock is the machine's clock.
type Clock interface {
	// Set moves it, at once.
	Set(t time.Time) error
	// Synced says whether a time server vouches for it now.
	Synced() bool
}

const (
	clockFile = "clock"
	// reach is how far past the floor a time may lie: a longer-lived box has newer firmware, and certificates would all have expired.
	reach = 20 * 365 * 24 * time.Hour
)

// floor is the earliest time that may be right: the firmware's own date, or the latest time this box is known to have lived through.
func floor(dir string, built time.Time) time.Time {
	word, err := sysfs.Word(filepath.Join(dir, clockFile))
	if err != nil {
		return built
	}
	saved, err := time.Parse(time.RFC3339, word)
	if err != nil || saved.Before(built) || saved.After(built.Add(reach)) {
		return built
	}
	return saved
}

// checkTime refuses a time that cannot be.
func checkTime(t, floor, built time.Time) error {
	switch {
	case t.Before(floor):
		return fmt.Errorf("%w: %s is before %s, and this box has already lived through that: check the year", ErrClock, t.UTC().Format(time.DateTime), floor.UTC().Format(time.DateTime))
	case t.After(built.Add(reach)):
		return fmt.Errorf("%w: %s is too far in the future: check the year", ErrClock, t.UTC().Format(time.DateTime))
	}
	return nil
}

// saveFloor remembers a time that the box has lived through, by a clock that a time server vouches for: a year mistyped by hand
// must not become the floor. Earlier times are not remembered.
func saveFloor(dir string, t, built time.Time) error {
	if checkTime(t, floor(dir, built), built) != nil {
		return nil // a clock without a battery starts in 1970, and that is nothing to remember
	}
	return replace(filepath.Join(dir, clockFile), []byte(t.UTC().Format(time.RFC3339)+"\n"), 0o600)
}

var errNoFolder = errors.New("no such folder")

// folder makes a folder of the steward's own and says in words what is wrong with it.
func folder(path string, mode os.FileMode) error {
	if path == "" {
		return fmt.Errorf("steward: %w: name the folder for its state", errNoFolder)
	}
	if err := os.MkdirAll(path, mode); err != nil {
		return fmt.Errorf("steward: %w", err)
	}
	return nil
}
