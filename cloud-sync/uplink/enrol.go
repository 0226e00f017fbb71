package uplink

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"autocom/cloud-sync/wire"
)

// Identity is how the box presents itself.
type Identity struct {
	Serial  string
	Program string // its version
	Stream  string // of its journal
}

// Enrolled is whose the box is.
type Enrolled struct {
	Server     string
	Device     string
	Tenant     string
	TenantName string
	Site       string
	SiteName   string
	Expires    time.Time // of the certificate
}

func (id identity) enrolled() Enrolled {
	e := Enrolled{Server: id.Server, Device: id.Device, Tenant: id.Tenant, TenantName: id.TenantName, Site: id.Site, SiteName: id.SiteName}
	if cert, err := x509.ParseCertificate(id.Certificate); err == nil {
		e.Expires = cert.NotAfter
	}
	return e
}

// hostOf reads a server's address: https://host[:port] and nothing else.
func hostOf(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", &Trouble{Cause: BadServer, Detail: printable(server, 40), Sentence: fmt.Sprintf("%q is not a server's address", printable(server, 80)), Remedy: "write it as https://host:port"}
	}
	return u.Host, nil
}

// Enrol joins a central console with a claim code that was made there, and keeps what it is given in dir. Nothing is kept unless the cloud proved
// that it knows the claim too. The error is a *Trouble: a sentence with its remedy. It takes some seconds, and ends with the context.
func Enrol(ctx context.Context, dir, server, claim string, who Identity, o Options) (Enrolled, error) {
	host, err := hostOf(server)
	if err != nil {
		return Enrolled{}, err
	}
	code, err := wire.ParseClaim(claim)
	if err != nil {
		return Enrolled{}, &Trouble{Cause: Misread, Sentence: err.Error(), Remedy: "read the claim code again in the console", Err: err}
	}
	keys, err := code.Keys()
	if err != nil {
		return Enrolled{}, err
	}
	d := folder(dir)
	var before identity
	if err := d.readIfThere(fileIdentity, &before); err != nil && before.Tenant == "" {
		before = identity{} // a damaged identity is what a new enrolment mends
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Enrolled{}, fmt.Errorf("make the box's key: %w", err)
	}
	id := identity{Server: "https://" + host, Stream: who.Stream}
	if id.Key, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return Enrolled{}, fmt.Errorf("make the box's key: %w", err)
	}
	if o.Head != nil {
		id.From = o.Head.Last()
	}
	answer, err := claimed(ctx, host, keys, key, who, o)
	if err != nil {
		return Enrolled{}, err
	}
	id.Device, id.Tenant, id.TenantName = answer.Device, answer.Tenant, answer.TenantName
	id.Site, id.SiteName = answer.Site, answer.SiteName
	id.Certificate, id.Roots, id.Keys = answer.Certificate, answer.Roots, answer.Keys
	// A document of the console before must not go on by itself, and what was confirmed there counts nothing here.
	if before.Site != id.Site || before.Tenant != id.Tenant {
		if err := d.remove(fileApply); err != nil {
			return Enrolled{}, err
		}
	}
	if time.UnixMilli(answer.Time).After(time.Now()) {
		if err := d.write(fileClock, stamped{time.UnixMilli(answer.Time)}); err != nil {
			return Enrolled{}, err
		}
	}
	if err := d.write(fileIdentity, id); err != nil {
		return Enrolled{}, err
	}
	return id.enrolled(), nil
}

// claimed asks for a certificate and checks that the answer is from who made the claim.
func claimed(ctx context.Context, host string, keys wire.ClaimKeys, key *ecdsa.PrivateKey, who Identity, o Options) (wire.EnrolAnswer, error) {
	var answer wire.EnrolAnswer
	csr, err := request(key)
	if err != nil {
		return answer, err
	}
	now := newClock(o.Floor)
	conn, peer, err := introduce(ctx, host, o, now)
	if err != nil {
		return answer, err
	}
	spki := peer.RawSubjectPublicKeyInfo
	// Exactly this connection: the proof is about the certificate it showed.
	once := make(chan net.Conn, 1)
	once <- conn
	transport := &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: requestTime, MaxResponseHeaderBytes: 32 << 10, DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
		select {
		case c := <-once:
			return c, nil
		default:
			return nil, errors.New("the connection is used up")
		}
	}}
	defer transport.CloseIdleConnections()
	defer conn.Close()
	through := http.RoundTripper(transport)
	if o.Through != nil {
		through = o.Through(through)
	}
	c := &client{base: "https://" + host, host: host, clock: now, keep: through}
	out := wire.EnrolRequest{Claim: keys.ID, CSR: csr, Proof: keys.BoxProof(spki, csr), Serial: who.Serial, Program: who.Program, Stream: who.Stream}
	if _, err := c.do(ctx, ask{path: wire.PathEnrol, out: out}, &answer); err != nil {
		return answer, disclaimed(err, peer)
	}
	if len(answer.Proof) == 0 || !bytes.Equal(answer.Proof, keys.CloudProof(spki, answer)) {
		return answer, &Trouble{
			Cause: Unproven, Detail: issuerOf(peer),
			Sentence: fmt.Sprintf("who answers at %s does not know the claim code (its certificate was issued by %s)", host, issuerOf(peer)),
			Remedy:   "look at the server's address, and whether a proxy opens the connection; nothing was changed",
		}
	}
	return answer, usable(answer, key)
}

// introduce opens a connection on which nobody is trusted yet, and returns the certificate that was shown.
func introduce(ctx context.Context, host string, o Options, now *clock) (net.Conn, *x509.Certificate, error) {
	address := host
	if _, _, err := net.SplitHostPort(host); err != nil {
		address = net.JoinHostPort(strings.Trim(host, "[]"), "443")
	}
	raw, err := way{dial: o.Dial, proxy: o.Proxy}.open(ctx, "tcp", address)
	if err != nil {
		return nil, nil, unreached(err, host, now.now())
	}
	conn := tls.Client(raw, &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: wire.ServerName, Time: now.now,
		InsecureSkipVerify: true, //nolint:gosec // The claim proves the certificate: see wire.ClaimKeys.
	})
	hand, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	if err := conn.HandshakeContext(hand); err != nil {
		_ = raw.Close() // the handshake's error says more
		return nil, nil, unreached(err, host, now.now())
	}
	peer := conn.ConnectionState().PeerCertificates[0]
	if err := peer.VerifyHostname(wire.ServerName); err != nil {
		_ = conn.Close() // it was nobody's
		return nil, nil, &Trouble{
			Cause: NotOurs, Detail: issuerOf(peer),
			Sentence: fmt.Sprintf("%s is not a central console: its certificate was issued by %s", host, issuerOf(peer)),
			Remedy:   "look at the address and the port; if they are right, let the proxy or firewall pass this address through without opening it", Err: err,
		}
	}
	return conn, peer, nil
}

// disclaimed puts the refusal of a claim in our own words: it comes from somebody who has proven nothing yet.
func disclaimed(err error, peer *x509.Certificate) error {
	t, is := errors.AsType[*Trouble](err)
	if !is {
		return err
	}
	switch t.Code {
	case wire.CodeClaimUnknown:
		t.Sentence, t.Remedy = "the console does not know this claim code: it was used, withdrawn or is older than a day, or it is another console's", "make a new one there"
	case wire.CodeClaimProof:
		t.Sentence = fmt.Sprintf("the claim code and the connection do not fit together: somebody opens the connection on its way (the certificate here was issued by %s)", issuerOf(peer))
		t.Remedy = "let the proxy or firewall pass this address through without opening it, then make a new claim code"
	case wire.CodeTooOften:
		t.Sentence, t.Remedy = "too many claim codes were tried", "wait a quarter of an hour"
		if t.Again > 0 {
			t.Remedy = "wait " + t.Again.Round(time.Second).String()
		}
	}
	return t
}

// request is the box's request for a certificate.
func request(key *ecdsa.PrivateKey) ([]byte, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "autocom box"}}, key)
	if err != nil {
		return nil, fmt.Errorf("ask for a certificate: %w", err)
	}
	return csr, nil
}

// usable checks that an answer is one a box can live by.
func usable(a wire.EnrolAnswer, key *ecdsa.PrivateKey) error {
	if a.Device == "" || a.Tenant == "" || a.Site == "" {
		return unusable("it names no device, tenant or site", nil)
	}
	return trustworthy(a.Certificate, a.Roots, a.Keys, key)
}

// trustworthy checks a certificate and whom to trust, of an enrolment or a renewal.
func trustworthy(certificate []byte, roots [][]byte, keys []wire.TrustedKey, key *ecdsa.PrivateKey) error {
	cert, err := x509.ParseCertificate(certificate)
	if err != nil {
		return unusable("its certificate cannot be read", err)
	}
	if public, is := cert.PublicKey.(*ecdsa.PublicKey); !is || !public.Equal(key.Public()) {
		return unusable("its certificate is for another key", nil)
	}
	if len(roots) == 0 || len(keys) == 0 {
		return unusable("it names nobody to trust", nil)
	}
	for _, der := range roots {
		if _, err := x509.ParseCertificate(der); err != nil {
			return unusable("one of its roots cannot be read", err)
		}
	}
	for _, k := range keys {
		if k.ID == "" || len(k.Public) != ed25519.PublicKeySize {
			return unusable("one of its document keys is none", nil)
		}
	}
	return nil
}

func unusable(why string, err error) *Trouble {
	return &Trouble{Cause: BadAnswer, Sentence: "the cloud's answer cannot be used: " + why, Remedy: "tell whoever runs the console; nothing was changed", Err: err}
}
