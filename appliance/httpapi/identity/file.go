package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// errLarge is a file that none of ours can be.
var errLarge = errors.New("the file is too large")

// readBounded reads a small file whole; a larger one is errLarge.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s: %w", path, errLarge)
	}
	return text, nil
}

// keepJSON puts a value in place of what a file held. Its errors begin with whose file it is.
func keepJSON(whose, path string, v any) error {
	text, err := json.Marshal(v)
	if err == nil {
		err = replace(path, text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", whose, err)
	}
	return nil
}

// replace puts a file in place of an old one so that after a power cut either is there whole. Only the box may read it.
func replace(path string, content []byte) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
