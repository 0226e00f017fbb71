package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"autocom/appliance/recording/sealed"
	"autocom/appliance/store"
)

// boxKey wraps the keys of sounds. It never leaves the box.
type boxKey struct {
	raw  []byte
	aead cipher.AEAD
}

func newBoxKey(raw []byte) (boxKey, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return boxKey{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return boxKey{raw, aead}, err
}

func newKey() (key sealed.Key) {
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	return key
}

// wrap seals a sound's key; the id is bound to it, so that keys cannot be exchanged between entries.
func (b boxKey) wrap(id string, key sealed.Key) []byte {
	return b.aead.Seal(nil, nil, key[:], []byte(id))
}

func (b boxKey) unwrap(id string, wrapped []byte) (sealed.Key, bool) {
	raw, err := b.aead.Open(nil, nil, wrapped, []byte(id))
	if err != nil || len(raw) != sealed.KeySize {
		return sealed.Key{}, false
	}
	return sealed.Key(raw), true
}

// ring is every key this box has for one vault. The key file holds one. When that file is gone, torn, or does not open what is there, a key for new
// sounds lies beside it, in a file named after its fingerprint ("recordings.key.4f2a11ab"): the place of the key file stays free for the one that was
// lost, and to put it back takes nothing away from what was made meanwhile. A key that was once read is kept for as long as the box runs.
type ring struct {
	path string // of the key file

	mu   sync.Mutex
	own  boxKey   // wraps new keys; of the key file, if that holds one
	keys []boxKey // open old ones; own is among them
}

// openRing reads the keys. used says that there are sounds: then a key file that is missing was lost, and none is made in its place.
func openRing(path string, used bool) (*ring, error) {
	r := &ring{path: path}
	if err := r.read(); err != nil || r.own.aead != nil {
		return r, err
	}
	if len(r.keys) > 0 {
		r.own = r.keys[0]
		return r, nil
	}
	key := newKey()
	own, err := newBoxKey(key[:])
	if err != nil {
		return nil, err
	}
	r.own, r.keys = own, []boxKey{own}
	if _, err := os.Lstat(path); !used && errors.Is(err, fs.ErrNotExist) { // a new box
		return r, store.Replace(path, own.raw, 0o600)
	}
	return r, r.aside(own)
}

// read takes in what lies in the key files now; r.mu is held, or nobody knows the ring yet.
func (r *ring) read() error {
	raw, err := os.ReadFile(r.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && len(raw) == sealed.KeySize {
		if r.own, err = r.add(raw); err != nil {
			return err
		}
	}
	dir, name := filepath.Split(r.path)
	others, err := os.ReadDir(dir) // sorted
	if err != nil {
		return err
	}
	for _, f := range others {
		if !strings.HasPrefix(f.Name(), name+".") {
			continue
		}
		path := filepath.Join(dir, f.Name())
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if path != r.beside(raw) {
			continue // no key of ours: what a crash left of a file that was being written, say
		}
		if _, err := r.add(raw); err != nil {
			return err
		}
	}
	return nil
}

// add keeps a key, once.
func (r *ring) add(raw []byte) (boxKey, error) {
	for _, k := range r.keys {
		if bytes.Equal(k.raw, raw) {
			return k, nil
		}
	}
	k, err := newBoxKey(raw)
	if err == nil {
		r.keys = append(r.keys, k)
	}
	return k, err
}

// beside is the file a key is kept in when the key file's place is not its.
func (r *ring) beside(raw []byte) string {
	sum := sha256.Sum256(raw)
	return fmt.Sprintf("%s.%s", r.path, hex.EncodeToString(sum[:4]))
}

// aside keeps a key beside the key file.
func (r *ring) aside(k boxKey) error {
	path := r.beside(k.raw)
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	return store.Replace(path, k.raw, 0o600)
}

// unwrap opens a sound's key with whichever key it was wrapped under. When none fits it looks whether the right one was put back meanwhile.
func (r *ring) unwrap(id string, wrapped []byte) (sealed.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if key, fits := r.open(id, wrapped); fits {
		return key, nil
	}
	if err := r.read(); err != nil {
		return sealed.Key{}, errors.Join(ErrKeyLost, err)
	}
	if key, fits := r.open(id, wrapped); fits {
		return key, nil
	}
	return sealed.Key{}, ErrKeyLost
}

// open tries the keys that are known; r.mu is held.
func (r *ring) open(id string, wrapped []byte) (sealed.Key, bool) {
	for _, k := range r.keys {
		if key, fits := k.unwrap(id, wrapped); fits {
			return key, true
		}
	}
	return sealed.Key{}, false
}

// locked counts the sounds that no known key opens.
func (r *ring) locked(wrapped map[string][]byte) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, w := range wrapped {
		if _, fits := r.open(id, w); !fits {
			n++
		}
	}
	return n
}

// wrap seals the key of a new sound under the box's own.
func (r *ring) wrap(id string, key sealed.Key) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.own.wrap(id, key)
}

// secure makes sure that the key of new sounds is on the disk where nothing that is put into the key file's place can overwrite it.
func (r *ring) secure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.read(); err != nil {
		return err
	}
	return r.aside(r.own)
}

// lasts makes sure that the key of new sounds is on the disk at all: somebody may have removed its file while the box runs.
func (r *ring) lasts() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.read(); err != nil {
		return err
	}
	for _, path := range []string{r.path, r.beside(r.own.raw)} {
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Equal(raw, r.own.raw) {
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return r.aside(r.own)
}
