package uplink

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/uplink/apply"
	"autocom/cloud-sync/wire"
)

// testCloud is a small cloud that speaks wire, with a high-water mark and a yesterday.
type testCloud struct {
	t        *testing.T
	root     *x509.Certificate
	rootKey  *ecdsa.PrivateKey
	public   ed25519.PublicKey
	sign     ed25519.PrivateKey
	listener atomic.Pointer[pipeListener]
	server   *http.Server
	ahead    time.Duration // its clock before the box's
	life     time.Duration // of the certificates it gives

	mu        sync.Mutex
	claims    map[string]wire.ClaimKeys
	rows      []wire.Row
	yesterday []wire.Row
	envelope  *wire.Envelope
	revision  uint64
	reports   []wire.Report
	locals    []wire.LocalDocument
	noLocal   string // code of a refusal of local documents
	statuses  []wire.Status
	nudge     chan wire.Nudge
	streams   int
	confirms  int
	renewed   int
	batches   int
	kill      func(path string) bool // the server dies while it answers this
	code      string                 // refuse everything with it
	mute      bool                   // never confirm
	noStream  bool
	poison    string // a fact with this text is refused
}

const testStream = "box-1"

func newTestCloud(t *testing.T, ahead time.Duration) *testCloud {
	t.Helper()
	c := &testCloud{t: t, ahead: ahead, life: 90 * 24 * time.Hour, claims: map[string]wire.ClaimKeys{}, nudge: make(chan wire.Nudge, 16)}
	c.listener.Store(newPipeListener())
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c.rootKey = key
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: c.now().Add(-time.Hour), NotAfter: c.now().Add(20 * 365 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	c.root, err = x509.ParseCertificate(der)
	must(t, err)
	c.public, c.sign, err = ed25519.GenerateKey(rand.Reader)
	must(t, err)
	c.start()
	t.Cleanup(c.stop)
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (c *testCloud) dial() (net.Conn, error) { return c.listener.Load().dial() }

func (c *testCloud) now() time.Time { return time.Now().Add(c.ahead) }

// issue makes a certificate for a public key.
func (c *testCloud) issue(public any, names ...string) []byte {
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "device-1"}, DNSNames: names,
		NotBefore: c.now().Add(-time.Hour), NotAfter: c.now().Add(c.life), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, c.root, public, c.rootKey)
	must(c.t, err)
	return der
}

func (c *testCloud) start() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(c.t, err)
	life := c.life
	c.life = 10 * 365 * 24 * time.Hour
	der := c.issue(key.Public(), wire.ServerName)
	c.life = life
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrol, c.enrol)
	mux.HandleFunc("POST "+wire.PathRenew, c.box(true, c.renew))
	mux.HandleFunc("GET "+wire.PathDesired, c.box(false, c.desired))
	mux.HandleFunc("POST "+wire.PathConfirm, c.box(false, c.confirm))
	mux.HandleFunc("POST "+wire.PathReport, c.box(false, c.report))
	mux.HandleFunc("POST "+wire.PathDocument, c.box(false, c.local))
	mux.HandleFunc("POST "+wire.PathFacts, c.box(false, c.facts))
	mux.HandleFunc("POST "+wire.PathStatus, c.box(false, c.status))
	mux.HandleFunc("GET "+wire.PathStream, c.box(false, c.stream))
	c.server = &http.Server{Handler: mux, ErrorLog: nil, ReadHeaderTimeout: time.Minute}
	c.server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, ClientAuth: tls.RequestClientCert, Time: c.now, SessionTicketsDisabled: true}
	server, l := c.server, tls.NewListener(c.listener.Load(), config)
	go func() { _ = server.Serve(l) }() // ends with the server
}

func (c *testCloud) stop() { _ = c.server.Close() }

// restart is a server that was killed and came back.
func (c *testCloud) restart() {
	c.stop()
	c.listener.Store(newPipeListener())
	c.start()
}

func (c *testCloud) fail(w http.ResponseWriter, status int, f wire.Failure) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(f)
}

func (c *testCloud) ok(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (c *testCloud) box(expired bool, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		code, kill := c.code, c.kill
		c.mu.Unlock()
		switch peers := r.TLS.PeerCertificates; {
		case len(peers) == 0 || peers[0].CheckSignatureFrom(c.root) != nil:
			c.fail(w, 403, wire.Failure{Code: wire.CodeNoDevice, Sentence: "who are you?"})
		case !expired && c.now().After(peers[0].NotAfter):
			c.fail(w, 403, wire.Failure{Code: wire.CodeExpired, Sentence: "your certificate is over"})
		case code == wire.CodeBusy:
			w.Header().Set("Retry-After", "1200")
			c.fail(w, 503, wire.Failure{Code: code, Sentence: "busy"})
		case code != "":
			c.fail(w, 403, wire.Failure{Code: code, Sentence: "no"})
		case kill != nil && kill(r.URL.Path):
			panic(http.ErrAbortHandler)
		default:
			next(w, r)
		}
	}
}

func body[T any](r *http.Request) (v T, ok bool) {
	in := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return v, false
		}
		in = z
	}
	return v, json.NewDecoder(in).Decode(&v) == nil
}

func (c *testCloud) enrol(w http.ResponseWriter, r *http.Request) {
	q, _ := body[wire.EnrolRequest](r)
	c.mu.Lock()
	defer c.mu.Unlock()
	keys, is := c.claims[q.Claim]
	if !is {
		c.fail(w, 403, wire.Failure{Code: wire.CodeClaimUnknown, Sentence: "unknown\x1b[2J"})
		return
	}
	key := c.spki()
	if string(keys.BoxProof(key, q.CSR)) != string(q.Proof) {
		c.fail(w, 403, wire.Failure{Code: wire.CodeClaimProof, Sentence: "proof"})
		return
	}
	delete(c.claims, q.Claim)
	csr, err := x509.ParseCertificateRequest(q.CSR)
	must(c.t, err)
	a := wire.EnrolAnswer{
		Device: "device-1", Tenant: "t1", TenantName: "Tenant", Site: "s1", SiteName: "Branch", Certificate: c.issue(csr.PublicKey), Roots: [][]byte{c.root.Raw},
		Keys: []wire.TrustedKey{{ID: "k1", Public: c.public}}, Time: c.now().UnixMilli(),
	}
	a.Proof = keys.CloudProof(key, a)
	c.ok(w, a)
}

// spki is of the certificate the listener shows.
func (c *testCloud) spki() []byte {
	conn, err := c.dial()
	must(c.t, err)
	defer conn.Close()
	tc := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
	must(c.t, tc.Handshake())
	return tc.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo
}

func (c *testCloud) renew(w http.ResponseWriter, r *http.Request) {
	q, _ := body[wire.RenewRequest](r)
	csr, err := x509.ParseCertificateRequest(q.CSR)
	must(c.t, err)
	c.mu.Lock()
	c.renewed++
	c.mu.Unlock()
	c.ok(w, wire.RenewAnswer{Certificate: c.issue(csr.PublicKey), Roots: [][]byte{c.root.Raw}, Keys: []wire.TrustedKey{{ID: "k1", Public: c.public}}, Time: c.now().UnixMilli()})
}

// publish signs a document for the box.
func (c *testCloud) publish(revision uint64, text string) {
	c.publishAs(revision, text, "device-1", "k1", c.sign)
}

func (c *testCloud) publishAs(revision uint64, text, device, key string, sign ed25519.PrivateKey) {
	e, err := wire.Seal(wire.Desired{Tenant: "t1", Site: "s1", Device: device, Revision: revision, Issued: c.now().UnixMilli(), Document: text}, key, func(m []byte) ([]byte, error) {
		return ed25519.Sign(sign, m), nil
	})
	must(c.t, err)
	c.mu.Lock()
	c.envelope, c.revision = &e, revision
	c.mu.Unlock()
	select {
	case c.nudge <- wire.Nudge{Desired: revision}:
	default:
	}
}

func (c *testCloud) desired(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.envelope == nil {
		w.WriteHeader(204)
		return
	}
	tag := fmt.Sprintf("%q", apply.NameOf(string(c.envelope.Payload)+string(c.envelope.Signature)))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(304)
		return
	}
	c.ok(w, c.envelope)
}

func (c *testCloud) confirm(w http.ResponseWriter, r *http.Request) {
	q, _ := body[wire.Confirm](r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.confirms++; c.mute {
		q.Nonce = make([]byte, 16)
	}
	c.ok(w, wire.Confirmed{Revision: q.Revision, Nonce: q.Nonce, Time: c.now().UnixMilli()})
}

func (c *testCloud) report(w http.ResponseWriter, r *http.Request) {
	q, _ := body[wire.Report](r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reports = append(c.reports, q)
	c.ok(w, wire.Received{Time: c.now().UnixMilli()})
}

func (c *testCloud) local(w http.ResponseWriter, r *http.Request) {
	d, ok := body[wire.LocalDocument](r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.noLocal != "" || !ok {
		c.fail(w, http.StatusUnprocessableEntity, wire.Failure{Code: c.noLocal, Sentence: "not this one"})
		c.locals = append(c.locals, wire.LocalDocument{})
		return
	}
	c.locals = append(c.locals, d)
	c.ok(w, wire.Received{Time: c.now().UnixMilli()})
}

// documents is the texts of the local documents that came, "" for each that was refused.
func (c *testCloud) documents() (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.locals {
		all = append(all, d.Text)
	}
	return all
}

func (c *testCloud) mark() fact.Address {
	if len(c.rows) == 0 {
		return fact.Address{}
	}
	return c.rows[len(c.rows)-1].Address
}

func (c *testCloud) facts(w http.ResponseWriter, r *http.Request) {
	q, ok := body[wire.Batch](r)
	rows, err := q.Rows()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.batches++
	if !ok || err != nil || c.poison != "" && strings.Contains(fmt.Sprintf("%s", q.Facts), c.poison) {
		c.fail(w, 400, wire.Failure{Code: wire.CodeBadRequest, Sentence: "bad batch"})
		return
	}
	if !c.mark().Before(q.After) {
		for _, row := range rows {
			if c.mark().Before(row.Address) {
				c.rows = append(c.rows, row)
			}
		}
	}
	c.ok(w, wire.Acknowledged{Acked: c.mark(), Time: c.now().UnixMilli()})
}

func (c *testCloud) status(w http.ResponseWriter, r *http.Request) {
	q, _ := body[wire.Status](r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statuses = append(c.statuses, q)
	c.ok(w, wire.StatusAnswer{Time: c.now().UnixMilli(), Desired: c.revision, Acked: c.mark()})
}

func (c *testCloud) stream(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.streams++
	refused := c.noStream
	c.mu.Unlock()
	if refused {
		<-r.Context().Done() // a proxy that buffers
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	write := func(s string) { _, _ = io.WriteString(w, s); w.(http.Flusher).Flush() }
	write(": hello\n\n")
	alive := time.NewTicker(25 * time.Second)
	defer alive.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-alive.C:
			write(":\n")
		case n := <-c.nudge:
			raw, _ := json.Marshal(n)
			write("event: nudge\ndata: " + string(raw) + "\n\n")
		}
	}
}

func (c *testCloud) states(revision uint64) (all []wire.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.reports {
		if r.Revision == revision {
			all = append(all, r.State)
		}
	}
	return slices.Compact(all)
}

// pipeListener accepts in-memory connections, which live in the fake time of a test.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { l.once.Do(func() { close(l.done) }); return nil }

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (l *pipeListener) dial() (net.Conn, error) {
	near, far := net.Pipe()
	there := newEager(far)
	select {
	case l.conns <- there:
		return newEager(near), nil
	case <-l.done:
		_ = there.Close() // it ends the end that nobody took
		return nil, &net.OpError{Op: "dial", Err: fmt.Errorf("connection refused")}
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "tcp" }
func (pipeAddr) String() string  { return "127.0.0.1:443" }

// eager is one end of a pipe that takes what is written at once, as a socket does.
type eager struct {
	net.Conn
	out  chan []byte
	over chan struct{}
	once *sync.Once
}

func newEager(c net.Conn) eager {
	e := eager{Conn: c, out: make(chan []byte, 256), over: make(chan struct{}), once: new(sync.Once)}
	go func() {
		defer c.Close()
		for {
			select {
			case p := <-e.out:
				if _, err := c.Write(p); err != nil {
					e.once.Do(func() { close(e.over) })
					return
				}
				continue
			default:
			}
			select {
			case p := <-e.out:
				if _, err := c.Write(p); err != nil {
					e.once.Do(func() { close(e.over) })
					return
				}
			case <-e.over:
				if len(e.out) == 0 {
					return
				}
			}
		}
	}()
	return e
}

func (e eager) Write(p []byte) (int, error) {
	select {
	case <-e.over:
		return 0, io.ErrClosedPipe
	default:
	}
	select {
	case e.out <- append([]byte(nil), p...):
		return len(p), nil
	case <-e.over:
		return 0, io.ErrClosedPipe
	}
}

func (e eager) Close() error {
	e.once.Do(func() { close(e.over) })
	return e.Conn.SetDeadline(time.Now().Add(time.Second))
}

func (e eager) SetDeadline(t time.Time) error  { return e.SetReadDeadline(t) }
func (eager) SetWriteDeadline(time.Time) error { return nil }
func (eager) RemoteAddr() net.Addr             { return pipeAddr{} }
