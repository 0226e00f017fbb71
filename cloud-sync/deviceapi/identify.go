package deviceapi

import (
	"crypto/x509"
	"net/http"
	"time"

	"autocom/cloud-sync/central"
)

// identify reads who is at the other end from the certificate of the connection. With expired, one that is over is good as well: the handshake proves
// its key all the same. It says nothing about whether the box may still speak.
func (a *API) identify(r *http.Request, now time.Time, expired bool) (central.DeviceID, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return "", errNoCertificate
	}
	c := r.TLS.PeerCertificates[0]
	at := now
	if expired && at.After(c.NotAfter) {
		at = c.NotAfter
	}
	roots, intermediates := a.identity.Authorities()
	// Of the two, a wrong time is told last: it is worth something only with the right signature.
	_, err := c.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: c.NotAfter, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil || c.IsCA || c.Subject.CommonName == "" || len(c.URIs) != 1 || c.URIs[0].String() != "urn:autocom:device:"+c.Subject.CommonName {
		return "", errNoCertificate
	}
	if at.After(c.NotAfter) {
		return "", errExpired
	}
	if at.Before(c.NotBefore) {
		return "", errTooEarly
	}
	return central.DeviceID(c.Subject.CommonName), nil
}

// Requests of one box: so many at once, and one more in each so long a time. A box that catches up sends a batch after each answer.
const (
	mostRequests = 60
	eachRequest  = 50 * time.Millisecond
)

// bucket is requests that are left; it fills with time.
type bucket struct {
	left float64
	at   time.Time
}

// admit takes a request of a box, or says how long it should wait. Only boxes that were let in have a bucket.
func (a *API) admit(id central.DeviceID, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.buckets[id]
	if b == nil {
		b = &bucket{left: mostRequests, at: now}
		a.buckets[id] = b
	}
	if since := now.Sub(b.at); since > 0 {
		b.left = min(mostRequests, b.left+float64(since)/float64(eachRequest))
		b.at = now
	}
	if b.left < 1 {
		return time.Second
	}
	b.left--
	return 0
}
