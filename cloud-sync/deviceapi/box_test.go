package deviceapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/centraldb"
	"autocom/cloud-sync/deviceapi"
	"autocom/cloud-sync/keyring"
	"autocom/cloud-sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cloud is a whole cloud without its console, on a port of 127.0.0.1.
type cloud struct {
	*central.Cloud
	store centraldb.Fleet
	ring  *keyring.Ring
	at    string
	log   *bytes.Buffer
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	dir := t.TempDir()
	database := filepath.Join(dir, "db.sqlite")
	db, err := centraldb.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{log: &bytes.Buffer{}, store: db.Fleet()}
	if c.ring, err = keyring.Open(filepath.Join(t.TempDir(), "keys"), dir); err != nil {
		t.Fatal(err)
	}
	c.Cloud = central.New(central.Parts{Store: db.Fleet(), Signer: c.ring, Issuer: c.ring})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.at = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- deviceapi.New(c.Cloud, c.ring, slog.New(slog.NewTextHandler(c.log, nil))).Serve(ctx, l)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if c.log.Len() > 0 && !t.Failed() {
			t.Errorf("the cloud's log: %s", c.log)
		}
	})
	return c
}

// tenant makes a customer with one site.
func (c *cloud) tenant(t *testing.T, name string) (central.TenantID, central.SiteID) {
	t.Helper()
	tenant, err := c.AddTenant(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.AddSite(t.Context(), tenant.ID, "Agence de Lyon")
	if err != nil {
		t.Fatal(err)
	}
	return tenant.ID, s.ID
}

// claim is a claim that waits for its box. Its keys are drawn rather than derived from a code, which takes long on purpose.
func (c *cloud) claim(t *testing.T, tenant central.TenantID, site central.SiteID) wire.ClaimKeys {
	t.Helper()
	keys := wire.ClaimKeys{ID: rand.Text(), Key: []byte(rand.Text())}
	if err := c.store.PutClaim(t.Context(), central.Waiting{Tenant: tenant, Site: site, Keys: keys, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	return keys
}

// typed is a claim from the code that the console shows and an installer types.
func (c *cloud) typed(t *testing.T, tenant central.TenantID, site central.SiteID) wire.ClaimKeys {
	t.Helper()
	claim, _, err := c.NewClaim(t.Context(), tenant, site)
	if err != nil {
		t.Fatal(err)
	}
	typed, err := wire.ParseClaim(claim.Spelled())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := typed.Keys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// box is the least that can speak to a cloud.
type box struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	at     string
	answer wire.EnrolAnswer
	client *http.Client
	spki   []byte // of the server, as the last handshake showed it
}

func newBox(t *testing.T, at string) *box {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, key: key, at: at}
	b.connect(nil)
	return b
}

// connect begins anew, with a certificate or none. Before it is enrolled a box trusts whoever answers: the claim proves the rest.
func (b *box) connect(certificate []byte) {
	config := &tls.Config{MinVersion: tls.VersionTLS13, ServerName: wire.ServerName, InsecureSkipVerify: true} //nolint:gosec // see above
	config.VerifyConnection = func(s tls.ConnectionState) error {
		b.spki = s.PeerCertificates[0].RawSubjectPublicKeyInfo
		if len(b.answer.Roots) == 0 {
			return nil
		}
		roots := x509.NewCertPool()
		for _, der := range b.answer.Roots {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			roots.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: wire.ServerName, Roots: roots})
		return err
	}
	if certificate != nil {
		config.Certificates = []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: b.key}}
	}
	if b.client != nil {
		b.client.CloseIdleConnections()
	}
	b.client = &http.Client{
		Transport:     &http.Transport{TLSClientConfig: config},
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	b.t.Cleanup(b.client.CloseIdleConnections)
}

// ask sends a request and reads its answer; out is filled from an answer of 200.
func (b *box) ask(method, path string, header map[string]string, body []byte, out any) (int, wire.Failure, http.Header) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, "https://"+b.at+path, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	var failure wire.Failure
	if answer.StatusCode >= 400 {
		if err := json.Unmarshal(text, &failure); err != nil || failure.Code == "" || failure.Sentence == "" {
			b.t.Errorf("%s %s: %d with %q is no failure of ours: %v", method, path, answer.StatusCode, text, err)
		}
	} else if out != nil && answer.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, out); err != nil {
			b.t.Errorf("%s %s: %q: %v", method, path, text, err)
		}
	}
	return answer.StatusCode, failure, answer.Header
}

func (b *box) post(path string, in, out any) (int, wire.Failure) {
	b.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.t.Fatal(err)
	}
	status, failure, _ := b.ask(http.MethodPost, path, nil, body, out)
	return status, failure
}

func (b *box) csr() []byte {
	b.t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, b.key)
	if err != nil {
		b.t.Fatal(err)
	}
	return der
}

// enrol does what a box does with a code that was typed in, and checks the answer as a box does.
func (b *box) enrol(keys wire.ClaimKeys) wire.Failure {
	b.t.Helper()
	b.ask(http.MethodGet, "/", nil, nil, nil) // to see the server's key
	csr := b.csr()
	q := wire.EnrolRequest{Claim: keys.ID, CSR: csr, Proof: keys.BoxProof(b.spki, csr), Serial: "A-0001", Program: "1.0.0", Stream: "journal-1"}
	var a wire.EnrolAnswer
	status, failure := b.post(wire.PathEnrol, q, &a)
	if status != http.StatusOK {
		return failure
	}
	if string(a.Proof) != string(keys.CloudProof(b.spki, a)) {
		b.t.Error("the cloud does not prove the claim")
	}
	b.answer = a
	b.connect(a.Certificate)
	return wire.Failure{}
}

func enrolled(t *testing.T, c *cloud, tenant central.TenantID, site central.SiteID) *box {
	t.Helper()
	b := newBox(t, c.at)
	if f := b.enrol(c.claim(t, tenant, site)); f.Code != "" {
		t.Fatalf("enrol: %+v", f)
	}
	return b
}

// desired fetches the document; the envelope is opened with the keys of the enrolment.
func (b *box) desired(etag string) (int, wire.Desired, string) {
	b.t.Helper()
	var e wire.Envelope
	status, _, header := b.ask(http.MethodGet, wire.PathDesired, map[string]string{"If-None-Match": etag}, nil, &e)
	if status != http.StatusOK {
		return status, wire.Desired{}, header.Get("ETag")
	}
	d, err := e.Open(b.answer.Keys, b.answer.Device)
	if err != nil {
		b.t.Error(err)
	}
	return status, d, header.Get("ETag")
}

// batch is facts n…m of a stream; the facts before from are said to be in the cloud.
func batch(stream string, epoch uint32, from, to uint64) wire.Batch {
	b := wire.Batch{Stream: stream}
	if from > 1 {
		b.After = fact.Address{Stream: stream, Epoch: epoch, N: from - 1}
	}
	for n := from; n <= to; n++ {
		raw, err := json.Marshal(fact.Entry{
			Address: fact.Address{Stream: stream, Epoch: epoch, N: n}, At: fact.Moment{UTC: time.Now().UnixMilli(), Boot: int64(n)},
			Fact: fact.CallOpened{Call: fmt.Sprintf("c%d", n)},
		})
		if err != nil {
			panic(err)
		}
		b.Facts = append(b.Facts, raw)
	}
	return b
}

// send sends facts as boxes do, gzip.
func (b *box) send(batch wire.Batch) (int, wire.Acknowledged) {
	b.t.Helper()
	text, err := json.Marshal(batch)
	if err != nil {
		b.t.Fatal(err)
	}
	var a wire.Acknowledged
	status, _, _ := b.ask(http.MethodPost, wire.PathFacts, map[string]string{"Content-Encoding": "gzip"}, zipped(text), &a)
	return status, a
}

func zipped(text []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(text)
	if err := z.Close(); err != nil {
		panic(err)
	}
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}
