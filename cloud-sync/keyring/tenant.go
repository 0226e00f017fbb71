package keyring

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// tenantKeys are the keys that sign one customer's documents: the first signs, the others stand by, so that a box knows the next key long before
// it is used.
type tenantKeys struct {
	Keys []tenantKey `json:"keys"`
}

type tenantKey struct {
	ID   string `json:"id"`
	Seed []byte `json:"seed"`
}

func newKey() (tenantKey, error) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return tenantKey{}, err
	}
	sum := sha256.Sum256(public)
	return tenantKey{ID: "k" + hex.EncodeToString(sum[:8]), Seed: key.Seed()}, nil
}

// tenantName is what a tenant must be called to have a file of its own.
var tenantName = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

func fileOf(t central.TenantID) (string, error) {
	if !tenantName.MatchString(string(t)) {
		return "", fmt.Errorf("the tenant %.80q can have no keys", t)
	}
	return "tenant-" + string(t) + ".json", nil
}

// of is a tenant's keys; r.mu is held. They are made when first asked for.
func (r *Ring) of(t central.TenantID) (tenantKeys, error) {
	if keys, ok := r.tenants[t]; ok {
		return keys, nil
	}
	name, err := fileOf(t)
	if err != nil {
		return tenantKeys{}, err
	}
	text, err := r.read(name)
	if err != nil {
		return tenantKeys{}, err
	}
	if text == nil {
		if text, err = r.makeTenant(name); err != nil {
			return tenantKeys{}, err
		}
	}
	var keys tenantKeys
	if err := json.Unmarshal(text, &keys); err != nil {
		return tenantKeys{}, fmt.Errorf("the keys in %s/%s are damaged: put them back from your copy: %w", r.dir, name, err)
	}
	if len(keys.Keys) < 2 {
		return tenantKeys{}, fmt.Errorf("the keys in %s/%s are not complete: put them back from your copy", r.dir, name)
	}
	for _, k := range keys.Keys {
		if len(k.Seed) != ed25519.SeedSize || k.ID == "" {
			return tenantKeys{}, fmt.Errorf("the keys in %s/%s are damaged: put them back from your copy", r.dir, name)
		}
	}
	r.tenants[t] = keys
	return keys, nil
}

// makeTenant makes a tenant's first keys and gives the text of their file.
func (r *Ring) makeTenant(name string) ([]byte, error) {
	var keys tenantKeys
	for range 2 {
		k, err := newKey()
		if err != nil {
			return nil, err
		}
		keys.Keys = append(keys.Keys, k)
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	err = r.write(name, text, true)
	if errors.Is(err, fs.ErrExist) { // another program was faster
		return r.read(name)
	}
	return text, err
}

// Keys are the public keys of a tenant, the one that signs first.
func (r *Ring) Keys(t central.TenantID) ([]wire.TrustedKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := r.of(t)
	if err != nil {
		return nil, err
	}
	var trusted []wire.TrustedKey
	for _, k := range keys.Keys {
		trusted = append(trusted, wire.TrustedKey{ID: k.ID, Public: ed25519.NewKeyFromSeed(k.Seed).Public().(ed25519.PublicKey)})
	}
	return trusted, nil
}

// Seal signs a document with the tenant's first key.
func (r *Ring) Seal(t central.TenantID, d wire.Desired) (wire.Envelope, error) {
	if d.Tenant != string(t) {
		return wire.Envelope{}, fmt.Errorf("a document of the tenant %q is not signed for %q", d.Tenant, t)
	}
	r.mu.Lock()
	keys, err := r.of(t)
	r.mu.Unlock()
	if err != nil {
		return wire.Envelope{}, err
	}
	return wire.Seal(d, keys.Keys[0].ID, func(message []byte) ([]byte, error) {
		return ed25519.Sign(ed25519.NewKeyFromSeed(keys.Keys[0].Seed), message), nil
	})
}

// Rotate makes the key that stands by the one that signs, forgets the one before, and makes another to stand by. Boxes learn of that one when they
// renew their certificates: rotate no oftener than they do, or those that were away will not know the key that signs.
func (r *Ring) Rotate(t central.TenantID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := r.of(t)
	if err != nil {
		return err
	}
	name, err := fileOf(t)
	if err != nil {
		return err
	}
	next, err := newKey()
	if err != nil {
		return err
	}
	rotated := tenantKeys{Keys: append(append([]tenantKey(nil), keys.Keys[1:]...), next)}
	text, err := json.Marshal(rotated)
	if err != nil {
		return err
	}
	if err := r.write(name, text, false); err != nil {
		return err
	}
	r.tenants[t] = rotated
	return nil
}
