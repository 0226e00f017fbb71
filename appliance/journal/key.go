package journal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/store"
)

// lookup is the keyed hash under which a number is found again.
type lookup [16]byte

// keys are what the box's key file gives: one key to find a number again, one to wrap the keys of subjects, one for what others keep of subjects.
type keys struct {
	find []byte
	wrap cipher.AEAD
	card cipher.AEAD
	lost bool
}

const keySize = 32

// openKeys reads the box's key file, or makes one. used says that people are known already: then a new key means the old one was lost.
func openKeys(dir string, used bool) (keys, error) {
	path := filepath.Join(dir, keyName)
	root, err := os.ReadFile(path)
	lost := false
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(root) != keySize:
		lost = used || err == nil
		if err == nil { // torn: kept aside, as everything that is broken
			if err := os.Rename(path, path+".broken"); err != nil {
				return keys{}, err
			}
		}
		root = random()
		if err := store.Replace(path, root, 0o600); err != nil {
			return keys{}, err
		}
	case err != nil:
		return keys{}, err
	}
	find, err := hkdf.Key(sha256.New, root, nil, "autocom journal: find a subject by its number", keySize)
	if err != nil {
		return keys{}, err
	}
	wrap, err := hkdf.Key(sha256.New, root, nil, "autocom journal: wrap the keys of subjects", keySize)
	if err != nil {
		return keys{}, err
	}
	aead, err := newAEAD(wrap)
	if err != nil {
		return keys{}, err
	}
	card, err := hkdf.Key(sha256.New, root, nil, "autocom journal: seal what is kept of subjects elsewhere", keySize)
	if err != nil {
		return keys{}, err
	}
	cards, err := newAEAD(card)
	return keys{find: find, wrap: aead, card: cards, lost: lost}, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func random() []byte {
	b := make([]byte, keySize)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

func (k keys) hash(what byte, text string) []byte {
	mac := hmac.New(sha256.New, k.find)
	mac.Write([]byte{what})
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (k keys) lookup(number string) lookup { return lookup(k.hash('n', number)[:16]) }

func (k keys) nameHash(name string) uint64 { return binary.BigEndian.Uint64(k.hash('p', name)) }

// seal encrypts a person under a fresh key and wraps that key. The id is bound to both, so that rows cannot be exchanged.
func (k keys) seal(id fact.Subject, p Person) (wrapped, sealed []byte) {
	key := random()
	own, err := newAEAD(key)
	plain, jsonErr := json.Marshal(p)
	if err := errors.Join(err, jsonErr); err != nil {
		panic(fmt.Sprintf("journal: sealing two strings under a 32-byte key cannot fail: %v", err))
	}
	return k.wrap.Seal(nil, nil, key, []byte(id)), own.Seal(nil, nil, plain, []byte(id))
}

// open undoes seal.
func (k keys) open(id fact.Subject, wrapped, sealed []byte) ([]byte, error) {
	key, err := k.wrap.Open(nil, nil, wrapped, []byte(id))
	if err != nil {
		return nil, ErrKeyLost
	}
	own, err := newAEAD(key)
	if err != nil {
		return nil, ErrKeyLost
	}
	plain, err := own.Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return nil, ErrKeyLost
	}
	return plain, nil
}
