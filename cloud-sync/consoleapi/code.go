package consoleapi

import (
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"autocom/cloud-sync/central"
)

// CodeLife is how long a one-time code for a person is good.
const CodeLife = 24 * time.Hour

const (
	codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's: no I, L, O, U
	codeLength  = 20                                 // 100 bits: enough to be kept as a plain hash
)

// NewCode draws a one-time code for an administrator, written XXXXX-XXXXX-XXXXX-XXXXX. Only central.HashOf(ParseCode) of it is kept.
func NewCode() string {
	raw := make([]byte, codeLength)
	rand.Read(raw)
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeLetters[r&31])
	}
	return b.String()
}

var errCode = errors.New("this is no administrator code: it has 20 letters and digits")

// ParseCode reads a code as a person types it: small letters, spaces and dashes anywhere, O for 0, I or L for 1.
func ParseCode(typed string) (string, error) {
	if len(typed) > 200 {
		return "", errCode
	}
	code := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(typed)))
	if len(code) != codeLength || strings.Trim(code, codeLetters) != "" {
		return "", errCode
	}
	return code, nil
}

// oneTime draws a code, with what is kept of it.
func oneTime() (spelled string, kept central.Hash, err error) {
	spelled = NewCode()
	code, err := ParseCode(spelled)
	return spelled, central.HashOf(code), err
}
