package appliance

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"strconv"
	"strings"

	"autocom/appliance/store"
)

func randomID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// writeWhole makes a file whole on the disk, or leaves what was there. Only the box's own user may read it.
func writeWhole(path string, text []byte) error { return store.Replace(path, text, 0o600) }

// countUp adds one to the number in a file and gives it.
func countUp(path string) (uint32, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	var n uint64
	if err == nil {
		if n, err = strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32); err != nil {
			return 0, errors.New(path + " does not hold a number: remove it only together with the journal beside it")
		}
	}
	n++
	return uint32(n), writeWhole(path, []byte(strconv.FormatUint(n, 10)))
}
