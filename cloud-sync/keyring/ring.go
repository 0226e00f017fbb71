package keyring

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"autocom/cloud-sync/central"
)

// Ring is an open directory of keys. It is central.Signer and central.Issuer; its methods may be called from any goroutine.
type Ring struct {
	dir      string
	root     pair
	issuer   pair
	mu       sync.Mutex
	listener pair
	tenants  map[central.TenantID]tenantKeys
}

var (
	_ central.Signer = (*Ring)(nil)
	_ central.Issuer = (*Ring)(nil)
)

// Open opens the keys in dir, and makes the directory (0700) and what is missing in it. It must be none of the directories away, nor in one of them
// or around one: whoever can read or restore the database must not hold the keys by the same stroke.
func Open(dir string, away ...string) (*Ring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	dir, err := resolved(dir)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	for _, other := range away {
		if other == "" {
			continue
		}
		if other, err = resolved(other); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		if within(dir, other) || within(other, dir) {
			return nil, fmt.Errorf("the keys may not lie with the database: %s and %s are not apart: give the keys a directory of their own", dir, other)
		}
	}
	if err := private(dir, 0o700); err != nil {
		return nil, err
	}
	r := &Ring{dir: dir, tenants: map[central.TenantID]tenantKeys{}}
	now := time.Now()
	if r.root, err = r.open(rootOf(now), nil, now); err != nil {
		return nil, err
	}
	if r.issuer, err = r.open(issuerOf(now), &r.root, now); err != nil {
		return nil, err
	}
	if r.listener, err = r.open(listenerOf(now), &r.root, now); err != nil {
		return nil, err
	}
	return r, nil
}

// resolved is a path without links; what is not there yet stands as it is.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	followed, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	return followed, err
}

// within reports whether a is b or lies in it.
func within(a, b string) bool {
	rel, err := filepath.Rel(b, a)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// private makes sure that nobody else may read a file or directory.
func private(path string, mode fs.FileMode) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s may be read by others (%04o): chmod %o it, and think about who had it", path, info.Mode().Perm(), mode)
	}
	return nil
}

// read reads a file of ours, nil if it is not there.
func (r *Ring) read(name string) ([]byte, error) {
	path := filepath.Join(r.dir, name)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return content, private(path, 0o600)
}

// write puts a file in place, whole or not at all, also when the power goes. With fresh it must not be there yet: of two programs that make the
// same key, one gets fs.ErrExist.
func (r *Ring) write(name string, content []byte, fresh bool) error {
	f, err := os.CreateTemp(r.dir, ".part-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	part, path := f.Name(), filepath.Join(r.dir, name)
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	switch {
	case err != nil:
	case fresh:
		err = os.Link(part, path)
	default:
		err = os.Rename(part, path)
	}
	if fresh || err != nil {
		err = errors.Join(err, os.Remove(part))
	}
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	d, err := os.Open(r.dir)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// Roots are what boxes trust, DER.
func (r *Ring) Roots() [][]byte { return [][]byte{r.root.cert.Raw} }

// Listener is the public key of the device listener. It stays the same when its certificate is renewed.
func (r *Ring) Listener() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.listener.cert.RawSubjectPublicKeyInfo
}

// Issuers are the certificates of the keys that sign boxes' certificates.
func (r *Ring) Issuers() []*x509.Certificate { return []*x509.Certificate{r.issuer.cert} }

// Issue certifies for 90 days that whoever has a key is a device, for clients' use alone.
func (r *Ring) Issue(id central.DeviceID, public crypto.PublicKey, now time.Time) ([]byte, time.Time, error) {
	template := deviceOf(id, now)
	der, err := sign(template, public, &r.issuer)
	return der, template.NotAfter, err
}
