package slot

import (
	"errors"
	"fmt"
	"os"
)

// Read reads the state from an environment file.
func Read(path string) (State, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return State{}, fmt.Errorf("read the boot loader's environment: %w", err)
	}
	return Decode(b)
}

// Write writes the state over an environment file, in its place: GRUB knows the file by the blocks it lies on.
func Write(path string, s State) (err error) {
	b, err := Encode(s)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write the boot loader's environment: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteAt(b, 0); err != nil {
		return fmt.Errorf("write the boot loader's environment: %w", err)
	}
	return f.Sync()
}
