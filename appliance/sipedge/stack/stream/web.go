package stream

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// SIP over WebSockets (RFC 7118), for softphones of others: the box only takes such connections, it never makes one. net/http gives each its
// own goroutine from the first byte, TLS and upgrade included, so that one that says nothing holds up nobody.

// subprotocol is what a peer must ask for (RFC 7118 §4.1).
const subprotocol = "sip"

// maxUpgrade is the bytes of the head of the HTTP request.
const maxUpgrade = 8 << 10

// Web takes WebSockets from a listener.
type Web struct {
	cfg      *Config
	secure   bool
	enter    func(remote netip.AddrPort) *Conn
	server   *http.Server
	upgrades sync.WaitGroup // connections that the server has and that are no Conn yet
}

// NewWeb makes the server of a listener. enter is called for each WebSocket that is asked for, on a goroutine of its own, which it may not block;
// it gives nil when there shall be no more.
func NewWeb(cfg *Config, secure bool, enter func(remote netip.AddrPort) *Conn) *Web {
	w := &Web{cfg: cfg, secure: secure, enter: enter}
	w.server = &http.Server{
		Handler:           http.HandlerFunc(w.upgrade),
		ReadHeaderTimeout: cfg.FirstMessage, // of the TLS handshake, too
		ReadTimeout:       cfg.FirstMessage,
		WriteTimeout:      cfg.FirstMessage,
		IdleTimeout:       cfg.FirstMessage,
		MaxHeaderBytes:    maxUpgrade,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // strangers fill it
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				w.upgrades.Add(1)
			case http.StateClosed, http.StateHijacked:
				w.upgrades.Done()
			case http.StateActive, http.StateIdle:
			}
		},
	}
	return w
}

// Serve takes connections, which are plain ones, until Close, and waits for those that are no WebSocket.
func (w *Web) Serve(ln net.Listener) {
	if w.secure {
		cfg := secured(w.cfg.TLS).Clone()
		cfg.NextProtos = []string{"http/1.1"} // HTTP/2 has no Upgrade
		ln = tls.NewListener(ln, cfg)
	}
	_ = w.server.Serve(ln) // always an error: that it was closed
	w.upgrades.Wait()
}

// Close ends Serve, and the connections that are no WebSocket yet.
func (w *Web) Close() error { return w.server.Close() }

// upgrade makes a WebSocket of a request and reads it, on the goroutine that net/http gave the connection.
func (w *Web) upgrade(out http.ResponseWriter, r *http.Request) {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !slices.Contains(asked(r), subprotocol) {
		out.Header().Set("Sec-WebSocket-Protocol", subprotocol)
		http.Error(out, "SIP over WebSocket only (RFC 7118)", http.StatusUpgradeRequired)
		return
	}
	c := w.enter(netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()))
	if c == nil {
		http.Error(out, "closing", http.StatusServiceUnavailable)
		return
	}
	c.run(func() (carrier, error) {
		s := &socket{cfg: w.cfg, ctx: c.ctx}
		ws, err := websocket.Accept(out, r, &websocket.AcceptOptions{
			Subprotocols: []string{subprotocol}, OriginPatterns: w.cfg.Origins, CompressionMode: websocket.CompressionDisabled,
			// Both are called by Read, on its goroutine.
			OnPingReceived: func(context.Context, []byte) bool { s.alive(); return true },
			OnPongReceived: func(context.Context, []byte) { s.alive() },
		})
		if err != nil {
			return nil, err // Accept has answered
		}
		ws.SetReadLimit(int64(c.most))
		s.ws = ws
		s.watch = time.AfterFunc(w.cfg.FirstMessage, c.Kill)
		return s, nil
	})
}

// asked is the subprotocols that a request asks for.
func asked(r *http.Request) []string {
	var list []string
	for _, v := range r.Header.Values("Sec-WebSocket-Protocol") {
		for p := range strings.SplitSeq(v, ",") {
			list = append(list, strings.ToLower(strings.TrimSpace(p)))
		}
	}
	return list
}

// socket is the carrier of WebSockets: one of their messages is one of SIP's (RFC 7118 §5.1).
type socket struct {
	ws    *websocket.Conn
	cfg   *Config
	ctx   context.Context //nolint:containedctx // ends with the connection, whose reads and writes it stops
	watch *time.Timer     // kills a connection that says nothing
	heard bool            // a message came; belongs to the reading goroutine
}

// alive notes that the peer is there. Before its first message that is not enough.
func (s *socket) alive() {
	if s.heard {
		s.watch.Reset(s.cfg.Idle)
	}
}

func (s *socket) read(c *Conn) error {
	defer s.watch.Stop()
	for {
		_, data, err := s.ws.Read(s.ctx)
		if err != nil {
			return err
		}
		switch text := string(data[:min(len(data), 5)]); text {
		case Ping: // RFC 7118 §6, RFC 5626 §3.5.1
			err = c.pinged()
		case Pong:
			c.ponged()
		default:
			err = c.hear(data)
			s.heard = true
		}
		s.alive()
		if err != nil {
			return err
		}
	}
}

func (s *socket) write(data []byte, ends []int) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Write)
	defer cancel()
	begin := 0
	for _, end := range ends {
		if err := s.ws.Write(ctx, websocket.MessageText, data[begin:end]); err != nil {
			return err
		}
		begin = end
	}
	return nil
}

// finish is close: a WebSocket has no end of one direction.
func (s *socket) finish() error { return s.close() }

func (s *socket) close() error {
	s.watch.Stop()
	return s.ws.CloseNow()
}
