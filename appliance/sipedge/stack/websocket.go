package stack

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/hop"

	"github.com/coder/websocket"
)

// SIP over WebSockets (RFC 7118), for softphones of others: the box only takes such connections, it never makes one. net/http gives each its
// own goroutine from the first byte, TLS and upgrade included, so that one that says nothing holds up nobody.

// subprotocol is what a peer must ask for (RFC 7118 §4.1).
const subprotocol = "sip"

// maxUpgrade is the bytes of the head of the HTTP request.
const maxUpgrade = 8 << 10

func (d *dock) webServer() *http.Server {
	streams := &d.stack.cfg.Streams
	return &http.Server{
		Handler:           http.HandlerFunc(d.upgrade),
		ReadHeaderTimeout: streams.FirstMessage, // of the TLS handshake, too
		ReadTimeout:       streams.FirstMessage,
		WriteTimeout:      streams.FirstMessage,
		IdleTimeout:       streams.FirstMessage,
		MaxHeaderBytes:    maxUpgrade,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // strangers fill it
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				d.upgrades.Add(1)
			case http.StateClosed, http.StateHijacked:
				d.upgrades.Done()
			}
		},
	}
}

// serveWeb takes connections until the dock is stopped, and waits for those that are no WebSocket.
func (d *dock) serveWeb() {
	var ln net.Listener = d
	if d.transport == flow.WSS {
		cfg := secured(d.stack.cfg.Streams.TLS).Clone()
		cfg.NextProtos = []string{"http/1.1"} // HTTP/2 has no Upgrade
		ln = tls.NewListener(d, cfg)
	}
	_ = d.web.Serve(ln) // always an error: that the dock was stopped
	d.upgrades.Wait()
}

// upgrade makes a WebSocket of a request and reads it, on the goroutine that net/http gave the connection.
func (d *dock) upgrade(w http.ResponseWriter, r *http.Request) {
	remote, err := remoteOf(r)
	if err != nil || !slices.Contains(asked(r), subprotocol) {
		w.Header().Set("Sec-WebSocket-Protocol", subprotocol)
		http.Error(w, "SIP over WebSocket only (RFC 7118)", http.StatusUpgradeRequired)
		return
	}
	c, _ := d.stack.newConn(d, remote, false)
	if c == nil {
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	c.run(func() (carrier, error) {
		s := &socket{streams: &d.stack.cfg.Streams, ctx: c.ctx}
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols: []string{subprotocol}, OriginPatterns: s.streams.Origins, CompressionMode: websocket.CompressionDisabled,
			// Both are called by Read, on its goroutine.
			OnPingReceived: func(context.Context, []byte) bool { s.alive(); return true },
			OnPongReceived: func(context.Context, []byte) { s.alive() },
		})
		if err != nil {
			return nil, err // Accept has answered
		}
		ws.SetReadLimit(int64(d.stack.cfg.MaxMessage))
		s.ws = ws
		s.watch = time.AfterFunc(s.streams.FirstMessage, c.kill)
		return s, nil
	})
}

func remoteOf(r *http.Request) (netip.AddrPort, error) {
	tcp, err := net.ResolveTCPAddr("tcp", r.RemoteAddr)
	if err != nil {
		return netip.AddrPort{}, err
	}
	at, ok := hop.Of(tcp)
	if !ok {
		return at, errors.New("no address")
	}
	return at, nil
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
	ws      *websocket.Conn
	streams *Streams
	ctx     context.Context
	watch   *time.Timer // kills a connection that says nothing
	heard   bool        // a message came; belongs to the reading goroutine
}

// alive notes that the peer is there. Before its first message that is not enough.
func (s *socket) alive() {
	if s.heard {
		s.watch.Reset(s.streams.Idle)
	}
}

func (s *socket) read(c *conn) error {
	defer s.watch.Stop()
	for {
		_, data, err := s.ws.Read(s.ctx)
		if err != nil {
			return err
		}
		switch text := string(data[:min(len(data), 5)]); text {
		case lineEnds: // RFC 7118 §6, RFC 5626 §3.5.1
			err = c.pinged()
		case lineEnds[:2]:
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
	ctx, cancel := context.WithTimeout(s.ctx, s.streams.Write)
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
