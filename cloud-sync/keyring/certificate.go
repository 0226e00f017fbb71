package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// How long certificates are good, and by how much they begin before they are made, for machines whose clock is behind.
const (
	rootLife     = 20 * 365 * 24 * time.Hour
	issuerLife   = 10 * 365 * 24 * time.Hour
	listenerLife = 365 * 24 * time.Hour
	deviceLife   = 90 * 24 * time.Hour
	backdated    = time.Hour
)

// pair is a key of ours with its certificate.
type pair struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func of(name string, now time.Time, life time.Duration) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-backdated), NotAfter: now.Add(life).Truncate(time.Second),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

func rootOf(now time.Time) plan {
	c := of("Autocom root", now, rootLife)
	c.IsCA, c.MaxPathLen, c.KeyUsage = true, 1, x509.KeyUsageCertSign
	return plan{"root", c}
}

func issuerOf(now time.Time) plan {
	c := of("Autocom boxes", now, issuerLife)
	c.IsCA, c.MaxPathLenZero, c.KeyUsage = true, true, x509.KeyUsageCertSign
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} // nothing it issues can pass for a server
	return plan{"issuer", c}
}

func listenerOf(now time.Time) plan {
	c := of("Autocom device listener", now, listenerLife)
	c.DNSNames, c.ExtKeyUsage = []string{wire.ServerName}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return plan{"listener", c}
}

func deviceOf(id central.DeviceID, now time.Time) *x509.Certificate {
	c := of(string(id), now, deviceLife)
	c.URIs = []*url.URL{{Scheme: "urn", Opaque: "autocom:device:" + string(id)}}
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return c
}

// plan is a certificate to be made for a key of ours, and the name of both files.
type plan struct {
	name string
	cert *x509.Certificate
}

// open reads a key and its certificate, and makes what is missing. A certificate in its last third is made anew for the same key; a root (by is nil)
// is not: boxes trust it and no other.
func (r *Ring) open(p plan, by *pair, now time.Time) (pair, error) {
	fail := func(err error) (pair, error) {
		return pair{}, fmt.Errorf("the key %q in %s: %w", p.name, r.dir, err)
	}
	keyText, err := r.read(p.name + ".key")
	if err != nil {
		return fail(err)
	}
	certText, err := r.read(p.name + ".crt")
	if err != nil {
		return fail(err)
	}
	if keyText == nil && certText != nil && by == nil {
		return fail(errors.New("its certificate is there and it is not: put it back from your copy, no box would trust another"))
	}
	var own pair
	if keyText == nil {
		own.key, err = r.makeKey(p.name)
	} else {
		own.key, err = parseKey(keyText)
	}
	if err != nil {
		return fail(err)
	}
	signer := by
	if signer == nil {
		signer = &pair{key: own.key, cert: p.cert}
	}
	if certText != nil {
		if own.cert, err = parseCertificate(certText); err != nil && by == nil {
			return fail(err)
		}
		if err == nil && own.key.PublicKey.Equal(own.cert.PublicKey) && (by == nil || own.cert.CheckSignatureFrom(by.cert) == nil && fresh(own.cert, now)) {
			return own, nil
		}
		if by == nil {
			return fail(errors.New("its certificate is of another key: put both back from your copy"))
		}
	}
	der, err := sign(p.cert, own.key.Public(), signer)
	if err != nil {
		return fail(err)
	}
	if own.cert, err = x509.ParseCertificate(der); err != nil {
		return fail(err)
	}
	err = r.write(p.name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), by == nil)
	if errors.Is(err, fs.ErrExist) { // another program was faster
		return r.open(p, by, now)
	}
	if err != nil {
		return fail(err)
	}
	return own, nil
}

// fresh reports whether a certificate is good and not in its last third.
func fresh(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && now.Before(c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore)/3))
}

func (r *Ring) makeKey(name string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	err = r.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), true)
	if errors.Is(err, fs.ErrExist) { // another program was faster
		text, err := r.read(name + ".key")
		if err != nil {
			return nil, err
		}
		return parseKey(text)
	}
	return key, err
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("its file is damaged: put it back from your copy")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("it is no P-256 key")
	}
	return key, nil
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the file of its certificate is damaged: put it back from your copy")
	}
	return x509.ParseCertificate(block.Bytes)
}

// sign makes a certificate; x509 draws its serial number.
func sign(template *x509.Certificate, public crypto.PublicKey, by *pair) ([]byte, error) {
	return x509.CreateCertificate(rand.Reader, template, by.cert, public, by.key)
}

// Certificate is what the device listener shows. In its last third it is made anew.
func (r *Ring) Certificate(now time.Time) (*tls.Certificate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !fresh(r.listener.cert, now) {
		renewed, err := r.open(listenerOf(now), &r.root, now)
		if err != nil {
			return nil, err
		}
		r.listener = renewed
	}
	return &tls.Certificate{Certificate: [][]byte{r.listener.cert.Raw}, PrivateKey: r.listener.key, Leaf: r.listener.cert}, nil
}
