package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

const (
	lifetime    = 397 * 24 * time.Hour // of the box's certificate: the longest that browsers take
	renewBefore = 60 * 24 * time.Hour  // so much of it is left when it is renewed: a box may be switched off for a summer
	clockSlack  = 24 * time.Hour       // how far the clock of a phone may be behind
)

// Years of the authority. The box may begin its life with a clock in 1970: the authority must not depend on it.
const (
	authorityFrom  = 2024
	authorityYears = 40
)

func newAuthority(now time.Time) (*pair, error) {
	from := time.Date(authorityFrom, 1, 1, 0, 0, 0, 0, time.UTC)
	if now.Before(from) {
		from = now.Add(-clockSlack)
	}
	until := time.Date(max(authorityFrom, now.Year())+authorityYears, 1, 1, 0, 0, 0, 0, time.UTC)
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	return sign(nil, &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"Autocom"}, CommonName: "Autocom " + serial.Text(36)[:8]},
		NotBefore:    from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	})
}

// issue makes the box's certificate.
func issue(authority *pair, names []string, now time.Time) (*pair, error) {
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	hosts, addrs := split(names)
	until := now.Add(lifetime)
	if until.After(authority.cert.NotAfter) {
		until = authority.cert.NotAfter
	}
	return sign(authority, &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"Autocom"}, CommonName: names[0]},
		NotBefore:    now.Add(-clockSlack), NotAfter: until,
		DNSNames: hosts, IPAddresses: addrs,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, // RFC 5924 asks for no more
	})
}

// sign makes a key and a certificate for it; without an authority it is its own.
func sign(authority *pair, c *x509.Certificate) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	parent, by := c, key
	if authority != nil {
		parent, by = authority.cert, authority.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return &pair{cert, key}, nil
}

func serialNumber() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return n.SetBit(n, 120, 1), nil
}

// split tells addresses from host names.
func split(names []string) (hosts []string, addrs []net.IP) {
	for _, n := range names {
		if a, err := netip.ParseAddr(n); err == nil {
			addrs = append(addrs, a.Unmap().WithZone("").AsSlice())
		} else {
			hosts = append(hosts, n)
		}
	}
	return hosts, addrs
}

// maxFile bounds a file of ours that is read back, in bytes.
const maxFile = 64 << 10

func readPair(path string) (*pair, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("certs: %s is too large", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	p := &pair{}
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		data = rest
		switch block.Type {
		case "CERTIFICATE":
			p.cert, err = x509.ParseCertificate(block.Bytes)
		case "EC PRIVATE KEY":
			p.key, err = x509.ParseECPrivateKey(block.Bytes)
		}
		if err != nil {
			return nil, fmt.Errorf("certs: %s: %w", path, err)
		}
	}
	if p.cert == nil || p.key == nil || !p.key.PublicKey.Equal(p.cert.PublicKey) {
		return nil, fmt.Errorf("certs: %s holds no certificate with its key", path)
	}
	return p, nil
}

// writePair writes certificate and key into one file, so that there is never one without the other.
func writePair(path string, p *pair) error {
	key, err := x509.MarshalECPrivateKey(p.key)
	if err != nil {
		return fmt.Errorf("certs: %w", err)
	}
	data := append(certPEM(p.cert), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key})...)
	return write(path, data, 0o600)
}

// write replaces a file as a whole: after a power cut it is the old one or the new one.
func write(path string, data []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("certs: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // what is left of it harms nobody
			err = fmt.Errorf("certs: %w", err)
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if bad := f.Close(); err == nil {
		err = bad
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// syncDir makes a rename outlast a power cut.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
