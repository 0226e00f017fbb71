package central

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"autocom/cloud-sync/wire"
)

// Signer signs documents with a tenant's key (keyring). It is called on the goroutines of requests and may read files.
type Signer interface {
	// Keys are the public keys of a tenant: one that signs and at least one that stands by. They are made when first asked for.
	Keys(t TenantID) ([]wire.TrustedKey, error)
	// Seal signs: the same document and key give the same envelope.
	Seal(t TenantID, d wire.Desired) (wire.Envelope, error)
}

// Issuer issues the certificates of boxes (keyring). It is called on the goroutines of requests.
type Issuer interface {
	// Issue certifies that whoever has the key is the device, for clients' use alone.
	Issue(id DeviceID, public crypto.PublicKey, now time.Time) (certificate []byte, expires time.Time, err error)
	// Roots are what boxes trust, DER.
	Roots() [][]byte
	// Listener is the public key of the device listener, as SubjectPublicKeyInfo.
	Listener() []byte
}

// People knows who publishes, by name. It may be nil.
type People interface {
	Name(ctx context.Context, t TenantID, id UserID) (string, error)
}

// Parts is what a Cloud is made of.
type Parts struct {
	Store  Store
	Signer Signer
	Issuer Issuer
	People People
}

// Cloud knows the boxes. Its methods may be called from any goroutine and block as long as the store does.
type Cloud struct {
	Parts
	live  *live
	doors *doors
}

// New makes a cloud. It starts nothing that would have to be stopped.
func New(p Parts) *Cloud {
	return &Cloud{Parts: p, live: newLive(), doors: newDoors()}
}

// AddTenant makes a customer.
func (c *Cloud) AddTenant(ctx context.Context, name string) (Tenant, error) {
	name, err := named(name)
	if err != nil {
		return Tenant{}, err
	}
	t := Tenant{ID: TenantID(newID("t")), Name: name, Created: now()}
	return t, c.Store.AddTenant(ctx, t)
}

// Tenant is one customer.
func (c *Cloud) Tenant(ctx context.Context, id TenantID) (Tenant, error) {
	return c.Store.Tenant(ctx, id)
}

// Tenants is every customer, the oldest first.
func (c *Cloud) Tenants(ctx context.Context) ([]Tenant, error) { return c.Store.Tenants(ctx) }

// now is the cloud's clock, in whole ms as it is stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// newID draws a name for a thing: a letter that tells people what it is, and 80 random bits.
func newID(letter string) string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails
	return letter + hex.EncodeToString(raw[:])
}

// mostName bounds the names people give, in characters.
const mostName = 100

// named is a name as a person gave it, or why it is none.
func named(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > mostName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fmt.Errorf("%w: a name has 1 to %d characters", ErrRefused, mostName)
	}
	return name, nil
}

// clean makes a box's words fit to be stored: no control characters, at most so many characters.
func clean(words string, most int) string {
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(words, " "))
	if r := []rune(words); len(r) > most {
		words = string(r[:most])
	}
	return words
}
