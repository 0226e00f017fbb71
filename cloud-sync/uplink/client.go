package uplink

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"autocom/cloud-sync/wire"
)

// requestTime bounds one exchange with the cloud.
const requestTime = 45 * time.Second

// client asks one server, whose root it knows, as one device.
type client struct {
	base  string
	host  string // for sentences
	clock *clock
	keep  http.RoundTripper // connections are kept
	fresh http.RoundTripper // a new connection for each request, which proves that one can be made
	idle  func()
}

// newClient makes the client of an identity.
func newClient(id identity, o Options, c *clock) (*client, error) {
	key, err := x509.ParsePKCS8PrivateKey(id.Key)
	if err != nil {
		return nil, fmt.Errorf("the box's key: %w", err)
	}
	pool := x509.NewCertPool()
	for _, der := range id.Roots {
		root, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("the cloud's root certificate: %w", err)
		}
		pool.AddCert(root)
	}
	own := tls.Certificate{Certificate: [][]byte{id.Certificate}, PrivateKey: key}
	config := &tls.Config{
		MinVersion: tls.VersionTLS13,
		RootCAs:    pool,
		ServerName: wire.ServerName,
		Time:       c.now,
		// The callback and not Certificates, so that an expired certificate is shown too: renewal needs it.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil },
	}
	w := way{dial: o.Dial, proxy: o.Proxy}
	keep := &http.Transport{DialContext: w.open, TLSClientConfig: config, TLSHandshakeTimeout: dialTime, IdleConnTimeout: 2 * time.Minute, MaxIdleConns: 4, MaxResponseHeaderBytes: 32 << 10, ResponseHeaderTimeout: requestTime}
	fresh := keep.Clone()
	fresh.DisableKeepAlives = true
	through := o.Through
	if through == nil {
		through = func(rt http.RoundTripper) http.RoundTripper { return rt }
	}
	host, err := hostOf(id.Server)
	if err != nil {
		return nil, err
	}
	return &client{base: id.Server, host: host, clock: c, keep: through(keep), fresh: through(fresh), idle: func() {
		keep.CloseIdleConnections()
		fresh.CloseIdleConnections()
	}}, nil
}

// ask is one request: out nil is a GET. An answer that is not the cloud's own in every respect is a *Trouble.
type ask struct {
	path  string
	out   any
	zip   bool
	tag   string // If-None-Match
	fresh bool
}

// errNoChange and errNothingYet are the answers without a body.
var (
	errNoChange   = errors.New("not modified")
	errNothingYet = errors.New("nothing published yet")
)

// do asks and reads the answer into in. tag is its ETag.
func (c *client) do(ctx context.Context, a ask, in any) (tag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	r, err := a.request(ctx, c.base)
	if err != nil {
		return "", err
	}
	over := c.keep
	if a.fresh {
		over = c.fresh
	}
	// RoundTrip and not a Client: redirects are never followed.
	w, err := over.RoundTrip(r)
	if err != nil {
		return "", unreached(err, c.host, c.clock.now())
	}
	defer w.Body.Close()
	if a.tag != "" && w.StatusCode == http.StatusNotModified {
		return a.tag, errNoChange
	}
	if a.out == nil && w.StatusCode == http.StatusNoContent {
		return "", errNothingYet
	}
	return w.Header.Get("ETag"), c.answer(w, in)
}

func (a ask) request(ctx context.Context, base string) (*http.Request, error) {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if a.out != nil {
		raw, err := json.Marshal(a.out)
		if err != nil {
			return nil, err
		}
		if a.zip {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			if _, err := z.Write(raw); err != nil {
				return nil, err
			}
			if err := z.Close(); err != nil {
				return nil, err
			}
			raw = b.Bytes()
		}
		method, body = http.MethodPost, bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, base+a.path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if a.out != nil {
		r.Header.Set("Content-Type", "application/json")
		// A POST is not sent a second time by the transport behind our back.
		r.GetBody = nil
	}
	if a.zip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	if a.tag != "" {
		r.Header.Set("If-None-Match", a.tag)
	}
	return r, nil
}

// answer reads the body of an answer, or tells what is wrong with it.
func (c *client) answer(w *http.Response, in any) error {
	if w.StatusCode >= 300 && w.StatusCode < 400 {
		return portal(c.host, fmt.Sprintf("it sends the box elsewhere, %d", w.StatusCode), w.StatusCode)
	}
	if kind, _, err := mime.ParseMediaType(w.Header.Get("Content-Type")); err != nil || kind != "application/json" && kind != "application/problem+json" {
		return portal(c.host, fmt.Sprintf("it answers %d with %q", w.StatusCode, printable(w.Header.Get("Content-Type"), 40)), w.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(w.Body, wire.MaxBody+1))
	if err != nil {
		return unreached(err, c.host, c.clock.now())
	}
	if len(raw) > wire.MaxBody {
		return portal(c.host, "its answer is too large", w.StatusCode)
	}
	if w.StatusCode >= 400 {
		var f wire.Failure
		if err := json.Unmarshal(raw, &f); err != nil || f.Code == "" {
			return portal(c.host, fmt.Sprintf("it answers %d without a reason", w.StatusCode), w.StatusCode)
		}
		return refusedBy(f, w.StatusCode, retryAfter(w.Header, c.clock.now()))
	}
	if w.StatusCode != http.StatusOK && w.StatusCode != http.StatusCreated {
		return portal(c.host, fmt.Sprintf("it answers %d", w.StatusCode), w.StatusCode)
	}
	if err := json.Unmarshal(raw, in); err != nil {
		return portal(c.host, "its answer is not the cloud's", w.StatusCode)
	}
	return nil
}

// retryAfter is how long the server wants to be left alone, RFC 9110 §10.2.3; at most an hour, whatever it says.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil && s > 0 {
		return min(time.Duration(min(s, 3600))*time.Second, time.Hour)
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return min(t.Sub(now), time.Hour)
	}
	return 0
}
