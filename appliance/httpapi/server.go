package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"autocom/appliance/httpapi/identity"
)

// The limits of one connection.
const (
	headerTime  = 5 * time.Second
	readTime    = 10 * time.Second
	writeTime   = 20 * time.Second
	idleTime    = 30 * time.Second
	closeTime   = 2 * time.Second
	headerBytes = 16 << 10
	bodyBytes   = 8 << 10
	enrolTime   = 40 * time.Second // that a person is made to wait for the central console
)

// Options say what the page shows and who lets people in. Box and Codes must be there.
type Options struct {
	Box   Box
	Codes Codes
	Link  Link         // nil: this box runs without a central console
	API   http.Handler // answers everything below localapi.Path; nil: nobody does
	TLS   *tls.Config  // nil: plain HTTP, which is for loopback only
	// Deed is told what people did, for the box's records; nil: nobody is. It is called on the goroutine of a request and must not block.
	Deed func(Deed)
}

// Server is the box's page, being served.
type Server struct {
	http *http.Server
	addr net.Addr
	end  func() // tells the requests in hand
	done sync.WaitGroup
}

// Listen serves the page at an address, "host:port".
func Listen(addr string, o Options) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the box's page: %w", err)
	}
	s, err := Serve(l, o)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return s, nil
}

// Serve serves the page at a listener, which is the server's from then on unless it is refused. Without TLS it refuses an address that others can reach: a code
// or a session that crosses the network in the clear is anybody's.
func Serve(l net.Listener, o Options) (*Server, error) {
	if o.Box == nil || o.Codes == nil {
		return nil, errors.New("the box's page needs a box to show and codes to let people in")
	}
	if from := identity.AddressOf(l.Addr().String()); o.TLS == nil && !from.IsLoopback() {
		return nil, fmt.Errorf("the box's page is not shown at %s without a certificate: give it one, or listen on 127.0.0.1 only", l.Addr())
	}
	site, err := newSite(o)
	if err != nil {
		return nil, err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true) // a page for one person: HTTP/2 would only be more to bound
	s := &Server{addr: l.Addr(), end: sync.OnceFunc(func() { close(site.closing) }), http: &http.Server{
		Handler: site.handler(), Protocols: &protocols,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // what strangers do to a handshake is no news
	}}
	bounded := newAdmission(l)
	if o.TLS == nil {
		s.done.Go(func() { _ = s.http.Serve(bounded) }) // ends with Close
		return s, nil
	}
	if len(o.TLS.Certificates) == 0 && o.TLS.GetCertificate == nil && o.TLS.GetConfigForClient == nil {
		return nil, errors.New("the box's page was given TLS settings without a certificate")
	}
	config := o.TLS.Clone()
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	config.NextProtos = []string{"http/1.1"}
	s.http.TLSConfig = config
	s.done.Go(func() { _ = s.http.ServeTLS(bounded, "", "") }) // ends with Close
	return s, nil
}

// Addr is where the page is.
func (s *Server) Addr() net.Addr { return s.addr }

// Close ends the page: requests in hand get two seconds, the link is told to give up.
func (s *Server) Close() error {
	s.end()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.done.Wait()
	return err
}

// Fingerprint is a certificate's SHA-256 (of its DER) as browsers show it, so that a person can compare it before typing a code.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	text := strings.ToUpper(hex.EncodeToString(sum[:]))
	parts := make([]string, 0, len(sum))
	for i := 0; i < len(text); i += 2 {
		parts = append(parts, text[i:i+2])
	}
	return strings.Join(parts, ":")
}
