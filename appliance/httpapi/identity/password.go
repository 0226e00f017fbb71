package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Argon2id (RFC 9106) with OWASP's smallest figures: two of them at once fit beside everything else on the smallest box.
const (
	argonTime    = 2
	argonMemory  = 19 << 10 // KiB
	argonThreads = 1
	argonKey     = 32
	hashesAtOnce = 2
)

// The bounds of a password: characters below, bytes above.
const (
	PasswordLeast = 12
	passwordMost  = 1024
)

// Why a password cannot be one.
var (
	ErrPasswordShort  = errors.New("the password has fewer than 12 characters")
	ErrPasswordLong   = errors.New("the password is too long")
	ErrPasswordSimple = errors.New("the password is one character again and again, or the name of its owner")
)

// hashed is what is kept of a secret that a person typed. The figures stand beside it, so that better ones can come.
type hashed struct {
	Salt    []byte `json:"salt"`
	Key     []byte `json:"key"`
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

// cost is how much work a guess is.
type cost struct{ time, memory uint32 }

func (c cost) hash(secret string) hashed {
	h := hashed{Salt: make([]byte, saltLength), Time: c.time, Memory: c.memory, Threads: argonThreads}
	rand.Read(h.Salt) // never fails: crypto/rand ends the program instead
	h.Key = h.derive(secret)
	return h
}

func (h hashed) derive(secret string) []byte {
	return argon2.IDKey([]byte(secret), h.Salt, h.Time, h.Memory, h.Threads, argonKey)
}

// is reports whether a secret is the one that was kept. Nothing kept is nobody's secret, and takes as long.
func (h hashed) is(secret string, c cost) bool {
	if len(h.Key) != argonKey || h.Time == 0 || h.Threads == 0 || h.Time > 100*argonTime || h.Memory > 100*argonMemory {
		_ = c.hash(secret)
		return false
	}
	return subtle.ConstantTimeCompare(h.derive(secret), h.Key) == 1
}

// passwordProblem says why a person cannot have a password; nil when they can.
func passwordProblem(password string, names ...string) error {
	switch {
	case utf8.RuneCountInString(password) < PasswordLeast:
		return ErrPasswordShort
	case len(password) > passwordMost:
		return ErrPasswordLong
	case oneCharacter(password):
		return ErrPasswordSimple
	}
	for _, n := range names {
		if strings.EqualFold(password, n) {
			return ErrPasswordSimple
		}
	}
	return nil
}

func oneCharacter(password string) bool {
	first, _ := utf8.DecodeRuneInString(password)
	return strings.Trim(password, string(first)) == ""
}

// invitationLife is for how long an invitation lets its person in: a week covers who is on leave.
const invitationLife = 7 * 24 * time.Hour
