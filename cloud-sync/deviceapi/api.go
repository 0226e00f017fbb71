package deviceapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// Doors lets boxes in. Its methods, and those of Box, are called on the goroutines of requests, any number at once, and may block until the context
// ends.
type Doors interface {
	Enrol(ctx context.Context, r wire.EnrolRequest, from netip.Addr) (wire.EnrolAnswer, error)
	Renew(ctx context.Context, id central.DeviceID, r wire.RenewRequest) (wire.RenewAnswer, error)
	// Device is a box that may speak, or central.ErrRevoked or central.ErrNotFound.
	Device(ctx context.Context, id central.DeviceID) (central.Device, error)
}

// Documents is what boxes fetch and what they say of it.
type Documents interface {
	Desired(ctx context.Context, d central.Device) (wire.Envelope, error)
	Confirm(ctx context.Context, d central.Device, q wire.Confirm) (wire.Confirmed, error)
	Report(ctx context.Context, d central.Device, r wire.Report) (wire.Received, error)
	TakeLocal(ctx context.Context, d central.Device, l wire.LocalDocument) (wire.Received, error)
}

// Ears take in what boxes send.
type Ears interface {
	Ingest(ctx context.Context, d central.Device, b wire.Batch) (wire.Acknowledged, error)
	Heard(ctx context.Context, d central.Device, s wire.Status) (wire.StatusAnswer, error)
	// Nudges is closed when the box is shut out or opens another stream.
	Nudges(ctx context.Context, d central.Device) (<-chan wire.Nudge, error)
}

// Cloud is everything this interface needs of central.
type Cloud interface {
	Doors
	Documents
	Ears
}

// Identity is who the listener is and whose boxes it knows (keyring).
type Identity interface {
	// Certificate is what the listener shows now. Its key never changes: boxes prove claims over it.
	Certificate(now time.Time) (*tls.Certificate, error)
	// Issuers are the certificates of the keys that sign boxes' certificates.
	Issuers() []*x509.Certificate
}

// Bounds of the listener.
const (
	mostHeader  = 16 << 10
	mostAtOnce  = 64 // requests of boxes with a body; more are told to come back
	mostAtDoor  = 16 // the same, of who enrols or renews
	headerWait  = 10 * time.Second
	requestWait = 60 * time.Second // to read a request, and to write an answer
	idleWait    = 3 * time.Minute
	lastWait    = 5 * time.Second // for requests that run when the program ends
)

// API is the device listener's handler.
type API struct {
	cloud    Cloud
	identity Identity
	log      *slog.Logger
	mux      *http.ServeMux
	inside   chan struct{} // a place for each request with a body
	door     chan struct{}

	mu      sync.Mutex
	buckets map[central.DeviceID]*bucket
}

// New makes the handler. It is served with TLSConfig, by Serve or by an http.Server that speaks HTTP/1.1.
func New(cloud Cloud, identity Identity, log *slog.Logger) *API {
	a := &API{cloud: cloud, identity: identity, log: log, mux: http.NewServeMux(), buckets: map[central.DeviceID]*bucket{}}
	a.inside, a.door = make(chan struct{}, mostAtOnce), make(chan struct{}, mostAtDoor)
	a.routes()
	return a
}

// TLSConfig asks every client for a certificate and checks none: who enrols has none yet, and who renews may have one that is over. The handler
// checks it for each request. Tickets are off, so that each connection proves its key.
func (a *API) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		ClientAuth:             tls.RequestClientCert,
		NextProtos:             []string{"http/1.1"},
		SessionTicketsDisabled: true,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return a.identity.Certificate(time.Now())
		},
	}
}

// Serve answers on a listener (plain TCP: the TLS is here) until the context ends; open streams end with it, other requests get some seconds.
func (a *API) Serve(ctx context.Context, l net.Listener) error {
	streams, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	server := &http.Server{
		Handler: a, MaxHeaderBytes: mostHeader, ReadHeaderTimeout: headerWait, ReadTimeout: requestWait, WriteTimeout: requestWait, IdleTimeout: idleWait,
		BaseContext: func(net.Listener) context.Context { return streams },
		ErrorLog:    slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // scanners' handshakes
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(tls.NewListener(l, a.TLSConfig())) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	end()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
	defer cancel()
	err := server.Shutdown(last)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	if broken := <-ended; !errors.Is(broken, http.ErrServerClosed) {
		err = errors.Join(err, broken)
	}
	return err
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// The mux alone would redirect paths it cleans, and answer in text: nothing here does either.
	if _, pattern := a.mux.Handler(r); pattern != r.Method+" "+r.URL.Path {
		a.fail(w, r, noRoute(r.URL.Path))
		return
	}
	a.mux.ServeHTTP(w, r)
}
