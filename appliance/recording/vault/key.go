package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"autocom/appliance/recording/sealed"
	"autocom/appliance/store"
)

// boxKey wraps the keys of recordings. It never leaves the box.
type boxKey struct{ aead cipher.AEAD }

// openBoxKey reads the key file, or makes one. A file of another size is an error and stays: without it every recording is unreadable, so it is worth a
// look.
func openBoxKey(path string) (boxKey, error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key := newKey()
		raw = key[:]
		if err := store.Replace(path, raw, 0o600); err != nil {
			return boxKey{}, err
		}
	case err != nil:
		return boxKey{}, err
	case len(raw) != sealed.KeySize:
		return boxKey{}, fmt.Errorf("%s holds %d bytes, a key has %d: put the right file back, or move it away to begin with a new key", path, len(raw), sealed.KeySize)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return boxKey{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return boxKey{aead}, err
}

func newKey() (key sealed.Key) {
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	return key
}

// wrap seals a recording's key; the id is bound to it, so that keys cannot be exchanged between entries.
func (b boxKey) wrap(id string, key sealed.Key) []byte {
	return b.aead.Seal(nil, nil, key[:], []byte(id))
}

func (b boxKey) unwrap(id string, wrapped []byte) (sealed.Key, error) {
	raw, err := b.aead.Open(nil, nil, wrapped, []byte(id))
	if err != nil || len(raw) != sealed.KeySize {
		return sealed.Key{}, ErrKeyLost
	}
	return sealed.Key(raw), nil
}
