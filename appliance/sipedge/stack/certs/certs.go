// Package certs keeps the certificate that phones see when they speak to the box over TLS: one the installer provides, or one of the box's own
// authority, renewed in time.
//
//	store, err := certs.Open(certs.Config{Dir: "/var/lib/autocom/tls", Names: []string{"box.example.net", "192.0.2.1"}})
//	streams.TLS = store.TLS()
//	go store.Keep(ctx, log) // renews, and takes a new file of the installer's without a restart
//
// Phones are given the authority's certificate (authority.crt in Dir, or [Store.Authority]) once; it outlives the box.
package certs

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where certificates are, and for whom.
type Config struct {
	Dir   string   // where the box's own keys are kept; made when it is not there, for the box alone (0700)
	Names []string // host names and IP addresses that phones are told; at least one

	// CertFile and KeyFile are PEM files of the installer's own, the chain in CertFile. Both or none.
	CertFile string
	KeyFile  string
}

// The files in Config.Dir.
const (
	authorityFile = "authority.pem" // certificate and key of the authority (0600)
	publicFile    = "authority.crt" // its certificate alone, to give to phones (0644)
	serverFile    = "server.pem"    // certificate and key of the box (0600)
)

// Every is how often [Store.Keep] looks whether there is something to do.
const Every = time.Hour

// Store gives the certificate of the day. It is safe for concurrent use.
type Store struct {
	cfg     Config
	current atomic.Pointer[tls.Certificate]

	mu        sync.Mutex
	authority *pair // nil with a pair of the installer's
	stamp     [2]time.Time
}

// pair is a certificate with its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Open reads the certificates, and makes those that are missing.
func Open(cfg Config) (*Store, error) {
	if (cfg.CertFile == "") != (cfg.KeyFile == "") {
		return nil, errors.New("certs: a certificate needs its key, a key its certificate")
	}
	s := &Store{cfg: cfg}
	if cfg.CertFile == "" {
		if len(cfg.Names) == 0 {
			return nil, errors.New("certs: a certificate needs a name or an address")
		}
		if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("certs: %w", err)
		}
	}
	if _, err := s.Reload(time.Now()); err != nil {
		return nil, err
	}
	return s, nil
}

// Reload does what there is to do at a time: it takes changed files of the installer's, and renews what runs out. It reports whether the
// certificate changed. With an error, the last good certificate stays in use.
func (s *Store) Reload(now time.Time) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.CertFile != "" {
		return s.provided()
	}
	if err := s.own(now); err != nil {
		return false, err
	}
	if s.current.Load() == nil {
		// A file that cannot be read is as good as none: phones trust the authority, not the certificate.
		if p, err := readPair(filepath.Join(s.cfg.Dir, serverFile)); err == nil {
			s.use(p)
		}
	}
	if c := s.current.Load(); c != nil && s.good(c.Leaf, now) {
		return false, nil
	}
	p, err := issue(s.authority, s.cfg.Names, now)
	if err != nil {
		return false, err
	}
	if err := writePair(filepath.Join(s.cfg.Dir, serverFile), p); err != nil {
		return false, err
	}
	s.use(p)
	return true, nil
}

// good tells a certificate that can be used for a while: for our names, of our authority, and not soon to expire.
func (s *Store) good(c *x509.Certificate, now time.Time) bool {
	names, addrs := split(s.cfg.Names)
	return !now.Before(c.NotBefore) && now.Before(c.NotAfter.Add(-renewBefore)) &&
		slices.Equal(c.DNSNames, names) && slices.EqualFunc(c.IPAddresses, addrs, net.IP.Equal) &&
		c.CheckSignatureFrom(s.authority.cert) == nil
}

// own reads the box's authority, or makes it.
func (s *Store) own(now time.Time) error {
	path := filepath.Join(s.cfg.Dir, authorityFile)
	if s.authority == nil {
		p, err := readPair(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // not silently another one: every phone would have to be visited
		}
		s.authority = p
	} else if !now.After(s.authority.cert.NotAfter) {
		return nil
	}
	if s.authority == nil || now.After(s.authority.cert.NotAfter) {
		p, err := newAuthority(now)
		if err != nil {
			return err
		}
		if err := writePair(path, p); err != nil {
			return err
		}
		s.authority = p
	}
	public := filepath.Join(s.cfg.Dir, publicFile)
	if have, err := os.ReadFile(public); err != nil || string(have) != string(certPEM(s.authority.cert)) {
		return write(public, certPEM(s.authority.cert), 0o644)
	}
	return nil
}

func (s *Store) use(p *pair) {
	chain := [][]byte{p.cert.Raw}
	s.current.Store(&tls.Certificate{Certificate: chain, PrivateKey: p.key, Leaf: p.cert})
}

// provided takes the installer's files when they are new.
func (s *Store) provided() (bool, error) {
	var stamp [2]time.Time
	for i, path := range []string{s.cfg.CertFile, s.cfg.KeyFile} {
		info, err := os.Stat(path)
		if err != nil {
			return false, fmt.Errorf("certs: %w", err)
		}
		stamp[i] = info.ModTime()
	}
	if s.current.Load() != nil && stamp == s.stamp {
		return false, nil
	}
	c, err := tls.LoadX509KeyPair(s.cfg.CertFile, s.cfg.KeyFile)
	if err != nil {
		return false, fmt.Errorf("certs: %s: %w", s.cfg.CertFile, err)
	}
	if c.Leaf == nil {
		if c.Leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return false, fmt.Errorf("certs: %s: %w", s.cfg.CertFile, err)
		}
	}
	s.stamp = stamp
	s.current.Store(&c)
	return true, nil
}

// Keep does what Reload does, every hour, until ctx ends.
func (s *Store) Keep(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			switch changed, err := s.Reload(now); {
			case err != nil:
				log.Warn("SIP certificate cannot be renewed", "error", err, "expires", s.Expires())
			case changed:
				log.Info("SIP certificate renewed", "fingerprint", s.Fingerprint(), "expires", s.Expires())
			}
		}
	}
}

// Certificate is what tls.Config.GetCertificate wants.
func (s *Store) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return s.current.Load(), nil
}

// TLS is a configuration to serve with: TLS 1.2 or later (RFC 8996).
func (s *Store) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.Certificate}
}

// Expires is when the certificate in use runs out.
func (s *Store) Expires() time.Time { return s.current.Load().Leaf.NotAfter }

// Fingerprint is SHA-256 of the certificate in use, as phones and browsers show it: "AB:CD:…".
func (s *Store) Fingerprint() string { return fingerprint(s.current.Load().Leaf) }

// Authority is the certificate that phones must trust, in PEM, and its fingerprint. It is empty with a pair of the installer's.
func (s *Store) Authority() (certificate []byte, shown string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.authority == nil {
		return nil, ""
	}
	return certPEM(s.authority.cert), fingerprint(s.authority.cert)
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	text := strings.ToUpper(hex.EncodeToString(sum[:]))
	pairs := make([]string, 0, len(sum))
	for i := 0; i < len(text); i += 2 {
		pairs = append(pairs, text[i:i+2])
	}
	return strings.Join(pairs, ":")
}

func certPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
