package steward

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// paper is what the steward must still know after a power cut.
type paper struct {
	Kept  *Settings `json:"kept,omitempty"`
	Trial *Settings `json:"trial,omitempty"` // the box went down in the middle of a trial: go back
}

const (
	paperFile = "network.json"
	maxPaper  = 64 << 10
)

var errGarbled = errors.New("it makes no sense")

// readPaper gives an empty paper when there is none yet.
func readPaper(dir string) (paper, error) {
	var p paper
	f, err := os.Open(filepath.Join(dir, paperFile))
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxPaper))
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return paper{}, fmt.Errorf("%s: %w: %w", f.Name(), errGarbled, err)
	}
	return p, nil
}

func writePaper(dir string, p paper) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, paperFile), append(text, '\n'), 0o600)
}

// replace writes a file whole or not at all, also across a power cut.
func replace(path string, text []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".steward-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename or a removal outlast a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
