package consoleapi

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Rounds of PBKDF2-HMAC-SHA256 (OWASP's figure for it), and the bounds of a password: characters below, bytes above.
const (
	passwordRounds = 600_000
	passwordLeast  = 12
	passwordMost   = 1024
)

// hashPassword derives what is kept of a password, with a salt of its own: "pbkdf2-sha256$rounds$salt$key".
func hashPassword(password string, rounds int) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	return derive(password, salt, rounds)
}

func derive(password string, salt []byte, rounds int) (string, error) {
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("derive a key from a password: %w", err)
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("pbkdf2-sha256$%d$%s$%s", rounds, b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

var errHash = errors.New("what is kept of a password cannot be read")

// passwordMatches reports whether a password is the one that was kept. It takes the same time for a wrong one.
func passwordMatches(kept, password string) (bool, error) {
	parts := strings.Split(kept, "$")
	if len(parts) != 4 || parts[0] != "pbkdf2-sha256" {
		return false, errHash
	}
	rounds, err := strconv.Atoi(parts[1])
	if err != nil || rounds < 1 || rounds > 100*passwordRounds {
		return false, errHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[2])
	if err != nil {
		return false, errHash
	}
	given, err := derive(password, salt, rounds)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(kept)) == 1, nil
}

// nobody is what an unknown name's password is compared with, so that the answer takes as long as for a known one. It matches nothing: its
// key is not derived from anything.
func nobody(rounds int) string {
	zero := base64.RawStdEncoding.EncodeToString(make([]byte, 16))
	return fmt.Sprintf("pbkdf2-sha256$%d$%s$%s", rounds, zero, "nobody")
}

// passwordProblem says what is wrong with a new password; "" is nothing.
func passwordProblem(password, email string) string {
	switch {
	case utf8.RuneCountInString(password) < passwordLeast:
		return fmt.Sprintf("the password has fewer than %d characters", passwordLeast)
	case len(password) > passwordMost:
		return "the password is too long"
	case strings.EqualFold(password, email):
		return "the password is the e-mail address"
	case oneCharacter(password):
		return "the password is one character again and again"
	}
	return ""
}

func oneCharacter(password string) bool {
	first, _ := utf8.DecodeRuneInString(password)
	return strings.Trim(password, string(first)) == ""
}
