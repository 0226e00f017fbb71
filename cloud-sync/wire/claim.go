package wire

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Claim is the code an administrator gets for one box and an installer types there. It works once. It is never sent: both sides prove that they
// know it, over the certificate of the connection, so that it also proves the cloud to a box that knows no certificate yet.
//
// It is 12 letters and digits of Crockford's base 32 (no I, L, O, U), 55 random bits and a check character, written XXXX-XXXX-XXXX.
type Claim string

const (
	alphabet    = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	claimLength = 12
	claimSalt   = "autocom claim v1"
)

// ErrClaim is in the error of ParseClaim.
var ErrClaim = errors.New("this is no claim code")

// NewClaim draws a claim.
func NewClaim(random io.Reader) (Claim, error) {
	var raw [claimLength - 1]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw a claim code: %w", err)
	}
	code := make([]byte, 0, claimLength)
	for _, b := range raw {
		code = append(code, alphabet[b&31])
	}
	return Claim(append(code, check(code))), nil
}

// check is the last character: it notices one wrong character and two neighbours that changed places, every time. A sum modulo 32 could not: its
// weights would have to be odd, and two odd ones differ by an even number. So it is a sum in the field of 32 elements, whose weights all differ.
func check(code []byte) byte {
	sum := 0
	for _, c := range code {
		sum = double(sum ^ strings.IndexByte(alphabet, c))
	}
	return alphabet[sum]
}

// double multiplies by x in the field of 32 elements, modulo x^5 + x^2 + 1: x itself has the order 31.
func double(a int) int {
	if a <<= 1; a&32 != 0 {
		a ^= 0b100101
	}
	return a
}

// ParseClaim reads a claim as a person types it: small letters, spaces and dashes anywhere, O for 0, I or L for 1.
func ParseClaim(typed string) (Claim, error) {
	code := make([]byte, 0, claimLength)
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case '-', ' ':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 'Z' || strings.IndexByte(alphabet, byte(r)) < 0 {
			return "", fmt.Errorf("%w: %q does not occur in one", ErrClaim, r)
		}
		if code = append(code, byte(r)); len(code) > claimLength {
			return "", fmt.Errorf("%w: it is longer than %d characters", ErrClaim, claimLength)
		}
	}
	if len(code) < claimLength {
		return "", fmt.Errorf("%w: it has %d characters, %d are wanted", ErrClaim, len(code), claimLength)
	}
	if check(code[:claimLength-1]) != code[claimLength-1] {
		return "", fmt.Errorf("%w: one of its characters is wrong: read it again", ErrClaim)
	}
	return Claim(code), nil
}

// Spelled writes the claim for a person.
func (c Claim) Spelled() string {
	if len(c) != claimLength {
		return string(c)
	}
	return string(c[:4] + "-" + c[4:8] + "-" + c[8:])
}

// String hides the claim from logs; Spelled shows it.
func (c Claim) String() string { return "claim ••••" }

// ClaimKeys are what both sides derive from a claim: the cloud keeps these and never the claim itself.
type ClaimKeys struct {
	ID  string // names the claim without telling it
	Key []byte // proves it
}

// Keys derives them. It takes some tenths of a second on purpose.
func (c Claim) Keys() (ClaimKeys, error) {
	raw, err := pbkdf2.Key(sha256.New, string(c), []byte(claimSalt), claimRounds, 48)
	if err != nil {
		return ClaimKeys{}, fmt.Errorf("claim code: %w", err)
	}
	return ClaimKeys{ID: hex.EncodeToString(raw[:16]), Key: raw[16:]}, nil
}

// BoxProof proves to the cloud that a box knows the claim. spki is the SubjectPublicKeyInfo of the certificate the box sees: with somebody in
// between, the two sides see different ones.
func (k ClaimKeys) BoxProof(spki, csr []byte) []byte { return k.proof("box", spki, csr) }

// CloudProof proves to the box that the cloud knows the claim and that the answer is its own.
func (k ClaimKeys) CloudProof(spki []byte, a EnrolAnswer) []byte {
	parts := [][]byte{spki, []byte(a.Device), []byte(a.Tenant), []byte(a.Site), fmt.Appendf(nil, "%d", a.Time), a.Certificate}
	parts = append(parts, a.Roots...)
	for _, key := range a.Keys {
		parts = append(parts, []byte(key.ID), key.Public)
	}
	return k.proof("cloud", parts...)
}

func (k ClaimKeys) proof(side string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, k.Key)
	fmt.Fprintf(mac, "autocom enrol %s %d", side, len(parts))
	for _, p := range parts {
		fmt.Fprintf(mac, " %d ", len(p))
		mac.Write(p)
	}
	return mac.Sum(nil)
}
