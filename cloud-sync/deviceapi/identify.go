package deviceapi

import (
	"crypto/x509"
	"net/http"
	"slices"
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
	// By hand, since x509's Verify holds a whole chain against one time: a certificate that is over may be older than the one that now stands for the
	// key that signed it.
	signed := slices.ContainsFunc(a.identity.Issuers(), func(by *x509.Certificate) bool { return c.CheckSignatureFrom(by) == nil })
	if !signed || c.IsCA || !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) ||
		len(c.URIs) != 1 || c.URIs[0].String() != "urn:autocom:device:"+c.Subject.CommonName {
		return "", errNoCertificate
	}
	if now.After(c.NotAfter) && !expired {
		return "", errExpired
	}
	if now.Before(c.NotBefore) {
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
