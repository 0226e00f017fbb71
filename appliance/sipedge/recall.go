package sipedge

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The small files in which the box remembers, over a restart, who was there.

// recall reads a small file back, of at most so many bytes.
func recall(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("sipedge: %s is too large", path)
	}
	return data, nil
}

// replace writes a small file at once: there is the old one or the new one, never half of it.
func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
