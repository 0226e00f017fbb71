package menu

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The code of a box, and how patient its check is.
const (
	codeDigits  = 8
	codeRounds  = 600_000 // of PBKDF2-HMAC-SHA256
	codeFree    = 3       // wrong codes before the first pause
	codePause   = 30 * time.Second
	codeLongest = 15 * time.Minute
)

// ErrCode is in the error of CreateCode for a code that is none.
var ErrCode = errors.New("a code has 6 to 12 digits")

// Code is the box's own code, printed on its label: who types it at the serial line is let in. The file holds a salted hash, never the code,
// except for a code the box drew for itself, which stands there until it was used once. Its methods may be called on any goroutine.
type Code struct {
	path string

	first atomic.Pointer[string] // as First tells it: a check that is under way does not hold it up

	mu    sync.Mutex
	kept  keptCode
	until time.Time // of the pause; by the clock that never jumps, so a wrong date neither shortens nor prolongs it
}

// keptCode is the file.
type keptCode struct {
	Salt   []byte `json:"salt"`
	Rounds int    `json:"rounds"`
	Hash   []byte `json:"hash"`
	First  string `json:"first,omitempty"` // drawn by the box, and not used yet
	Wrong  int    `json:"wrong,omitempty"` // wrong codes since the last right one
}

// OpenCode reads the code at path. Where there is none it draws one, which First tells until it is used. A pause that was running when the
// program stopped begins again.
func OpenCode(path string) (*Code, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		drawn, err := drawCode(rand.Reader)
		if err != nil {
			return nil, err
		}
		return createCode(path, drawn, drawn)
	}
	if err != nil {
		return nil, fmt.Errorf("the box's code: %w", err)
	}
	c := &Code{path: path}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&c.kept); err != nil || len(c.kept.Hash) == 0 || c.kept.Rounds < 1 || c.kept.Rounds > 10*codeRounds || c.kept.Wrong < 0 {
		return nil, fmt.Errorf("the box's code in %s is garbled: remove the file and the box draws a new one", path)
	}
	c.until = time.Now().Add(pauseAfter(c.kept.Wrong))
	c.show()
	return c, nil
}

// CreateCode sets the code at path: the factory calls it with what it prints on the label.
func CreateCode(path, code string) (*Code, error) {
	digits, ok := digitsOf(code)
	if !ok {
		return nil, ErrCode
	}
	return createCode(path, digits, "")
}

func createCode(path, digits, first string) (*Code, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("draw a salt: %w", err)
	}
	hash, err := hashCode(digits, salt, codeRounds)
	if err != nil {
		return nil, err
	}
	c := &Code{path: path, kept: keptCode{Salt: salt, Rounds: codeRounds, Hash: hash, First: first}}
	c.show()
	return c, c.save()
}

// First is the code the box drew for itself, in groups of four, as long as nobody used it; empty afterwards.
func (c *Code) First() string {
	if first := c.first.Load(); first != nil {
		return *first
	}
	return ""
}

// show makes First tell what is kept.
func (c *Code) show() {
	first := c.kept.First
	if len(first) == codeDigits {
		first = first[:4] + " " + first[4:]
	}
	c.first.Store(&first)
}

// Check tells whether this is the code. After three wrong ones it takes no more for a while, each time longer: wait says how long, and a code
// that comes during the wait is not looked at. An attempt counts in the file before it is answered, so that pulling the plug wins nothing. It
// takes some tenths of a second on purpose.
func (c *Code) Check(code string) (ok bool, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait = time.Until(c.until); wait > 0 {
		return false, wait
	}
	digits, ok := digitsOf(code)
	if !ok {
		return false, 0
	}
	c.kept.Wrong++
	_ = c.save() // a file that cannot be written must not lock the installer out: the count in memory still holds
	hash, err := hashCode(digits, c.kept.Salt, c.kept.Rounds)
	if err != nil || subtle.ConstantTimeCompare(hash, c.kept.Hash) != 1 {
		wait = pauseAfter(c.kept.Wrong)
		c.until = time.Now().Add(wait)
		return false, wait
	}
	c.kept.Wrong, c.kept.First = 0, ""
	c.show()
	_ = c.save() // the same: at worst the drawn code is shown once more
	return true, 0
}

// pauseAfter is how long no code is taken after so many wrong ones.
func pauseAfter(wrong int) time.Duration {
	if wrong < codeFree {
		return 0
	}
	pause := codePause
	for range wrong - codeFree {
		if pause *= 2; pause >= codeLongest {
			return codeLongest
		}
	}
	return pause
}

// digitsOf reads a code as a person types it: with spaces, points or dashes between the groups.
func digitsOf(typed string) (string, bool) {
	digits := strings.NewReplacer(" ", "", "-", "", ".", "").Replace(typed)
	if len(digits) < 6 || len(digits) > 12 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return digits, true
}

func drawCode(random io.Reader) (string, error) {
	digits := make([]byte, 0, codeDigits)
	var one [1]byte
	for len(digits) < codeDigits {
		if _, err := io.ReadFull(random, one[:]); err != nil {
			return "", fmt.Errorf("draw a code: %w", err)
		}
		if one[0] < 250 { // the rest would favour some digits
			digits = append(digits, '0'+one[0]%10)
		}
	}
	return string(digits), nil
}

func hashCode(digits string, salt []byte, rounds int) ([]byte, error) {
	hash, err := pbkdf2.Key(sha256.New, digits, salt, rounds, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("the box's code: %w", err)
	}
	return hash, nil
}

// save replaces the file: a power cut leaves the old one or the new one. c.mu is held, or c is not shared yet.
func (c *Code) save() error {
	text, err := json.Marshal(c.kept)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(c.path), ".code-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep the box's code: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), c.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep the box's code: %w", err), os.Remove(f.Name()))
	}
	if dir, err := os.Open(filepath.Dir(c.path)); err == nil { // best effort: the rename itself happened
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}
