package identity

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	codeLife     = 15 * time.Minute
	codeLetters  = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base 32: no I, L, O, U
	codeLength   = 8                                  // 40 random bits
	codeRounds   = 30_000                             // of PBKDF2-HMAC-SHA256: a stolen file costs its thief 2^54 hashes within a quarter of an hour
	codeFile     = "admin-code.json"
	codeFileMax  = 4096
	codeBackward = time.Minute // how far the clock may have gone back since the code was made
)

// What is wrong with a code.
var (
	ErrCodeWrong   = errors.New("this is not the code")
	ErrCodeExpired = errors.New("this code is over")
	ErrCodeUsed    = errors.New("this code was used before")
)

// TooOftenError says how long a person must wait before the next try.
type TooOftenError struct{ Wait time.Duration }

func (e *TooOftenError) Error() string {
	return fmt.Sprintf("too many codes were tried, wait %s", e.Wait.Round(time.Second))
}

// AdminCode keeps the one code with which an administrator may sign in at the box's page, as a hash in a small file: it outlives a restart.
// Its methods may be called on any goroutine; they take some hundredths of a second on purpose and one call works at a time.
type AdminCode struct {
	path  string
	mu    sync.Mutex
	held  heldCode
	until time.Time // as held.Until, with the monotonic clock when the code was made in this life; a step of the wall clock does not move it
	tries tries
}

// heldCode is what the file says.
type heldCode struct {
	By     string `json:"by"`
	Salt   []byte `json:"salt"`
	Hash   []byte `json:"hash"`
	Issued int64  `json:"issued"` // Unix ms
	Until  int64  `json:"until"`  // Unix ms
	Used   bool   `json:"used,omitempty"`
}

// OpenAdminCode reads the code that was kept in a directory of the box's own. A file that cannot be understood is no code: it lets nobody in.
func OpenAdminCode(dir string) (*AdminCode, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("administrator code: %w", err)
	}
	a := &AdminCode{path: filepath.Join(dir, codeFile), tries: newTries()}
	text, err := readBounded(a.path, codeFileMax)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errLarge) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("administrator code: %w", err)
	}
	var held heldCode
	if json.Unmarshal(text, &held) != nil || len(held.Salt) != saltLength || len(held.Hash) != sha256.Size {
		return a, nil
	}
	a.held, a.until = held, time.UnixMilli(held.Until)
	return a, nil
}

const saltLength = 16

// New makes a code, written XXXX-XXXX, that lets one person in until a time. by is who asked for it. The code before is over.
func (a *AdminCode) New(by string) (code string, until time.Time, err error) {
	letters, salt := codeOf(codeLength), make([]byte, saltLength)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	hash, err := codeHash(letters, salt)
	if err != nil {
		return "", time.Time{}, err
	}
	now := time.Now()
	until = now.Add(codeLife)
	held := heldCode{By: by, Salt: salt, Hash: hash, Issued: now.UnixMilli(), Until: until.UnixMilli()}

	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.keep(held); err != nil {
		return "", time.Time{}, err
	}
	a.until = until
	return string(letters[:4]) + "-" + string(letters[4:]), until, nil
}

// Redeem lets a person in who knows the code, once, and says who had asked for it. An error is ErrCodeWrong, ErrCodeExpired, ErrCodeUsed, a
// *TooOftenError, or one of the disk; then the code was not redeemed. Only who knows the code learns that it is over or was used.
func (a *AdminCode) Redeem(typed string, from netip.Addr) (by string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if wait := a.tries.charge(now, from); wait > 0 {
		return "", &TooOftenError{Wait: wait}
	}
	letters, spelled := parseCode(typed, codeLength)
	salt, hash := a.held.Salt, a.held.Hash
	if len(hash) == 0 { // nobody asked for a code: it takes as long to say no
		salt, hash = make([]byte, saltLength), make([]byte, sha256.Size)
	}
	got, err := codeHash(letters, salt)
	if err != nil {
		return "", err
	}
	same := subtle.ConstantTimeCompare(got, hash) == 1
	switch {
	case !same || !spelled || len(a.held.Hash) == 0:
		return "", ErrCodeWrong
	case a.held.Used:
		return "", ErrCodeUsed
	case !now.Before(a.until), now.Before(time.UnixMilli(a.held.Issued).Add(-codeBackward)):
		return "", ErrCodeExpired
	}
	used := a.held
	used.Used = true
	if err := a.keep(used); err != nil { // a code that a power cut could bring back is not redeemed
		return "", err
	}
	a.tries.forgive(from)
	return used.By, nil
}

// keep puts what is held on the disk and then in force.
func (a *AdminCode) keep(held heldCode) error {
	if err := keepJSON("administrator code", a.path, held); err != nil {
		return err
	}
	a.held = held
	return nil
}

// parseCode reads a code as a person types it: small letters, spaces and dashes anywhere, O for 0, I or L for 1. What is no code still gives
// letters to hash, so that it takes as long.
func parseCode(typed string, length int) (letters []byte, ok bool) {
	letters = make([]byte, 0, length)
	ok = true
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case '-', ' ', '\t', '\u00a0', '–', '—', '\u2011': // what a text processor makes of a dash or a space
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 'Z' || strings.IndexByte(codeLetters, byte(r)) < 0 || len(letters) == length {
			ok = false
			continue
		}
		letters = append(letters, byte(r))
	}
	return letters, ok && len(letters) == length
}

func codeHash(letters, salt []byte) ([]byte, error) {
	hash, err := pbkdf2.Key(sha256.New, string(letters), salt, codeRounds, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("administrator code: %w", err)
	}
	return hash, nil
}
