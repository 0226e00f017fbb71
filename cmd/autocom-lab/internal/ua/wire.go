package ua

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// A Transport is what carries messages, as Via writes it.
type Transport string

// The transports.
const (
	UDP Transport = "UDP"
	TCP Transport = "TCP"
	TLS Transport = "TLS"
	WS  Transport = "WS"  // RFC 7118
	WSS Transport = "WSS" // RFC 7118
)

// reliable reports whether nothing needs repeating (RFC 3261 §17.1.1.2).
func (t Transport) reliable() bool { return t != UDP }

// param is the transport as a URI says it.
func (t Transport) param() string {
	if t == UDP {
		return ""
	}
	return ";transport=" + strings.ToLower(string(t))
}

// A wire carries whole messages. One goroutine reads; any may write, one at a time.
type wire interface {
	read(buf []byte) (n int, from netip.AddrPort, err error)
	write(b []byte, to netip.AddrPort) error
	local() netip.AddrPort
	close() error
}

// connecting bounds how long a connection takes to be made, and one message to be written.
const connecting = 5 * time.Second

func open(cfg Config) (wire, error) {
	if cfg.Over == UDP {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(cfg.Listen))
		if err != nil {
			return nil, fmt.Errorf("ua: cannot listen on %s: %w", cfg.Listen, err)
		}
		_ = conn.SetReadBuffer(4 << 20) // the kernel gives what it allows
		return datagrams{conn}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connecting)
	defer cancel()
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(cfg.Listen)}
	conn, err := dialer.DialContext(ctx, "tcp", cfg.Box.String())
	if err != nil {
		return nil, fmt.Errorf("ua: cannot reach %s: %w", cfg.Box, err)
	}
	if cfg.Over == TLS || cfg.Over == WSS {
		secure := tls.Client(conn, cfg.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("ua: %s: %w", cfg.Box, err)
		}
		conn = secure
	}
	if cfg.Over == TCP || cfg.Over == TLS {
		return &stream{conn: conn, in: bufio.NewReaderSize(conn, sipmsg.MaxBytes), box: cfg.Box}, nil
	}
	w, err := upgrade(ctx, conn, cfg.Box)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ua: %s: %w", cfg.Box, err)
	}
	return w, nil
}

// datagrams is UDP: one message in each.
type datagrams struct{ conn *net.UDPConn }

func (d datagrams) read(buf []byte) (int, netip.AddrPort, error) {
	return d.conn.ReadFromUDPAddrPort(buf)
}

func (d datagrams) local() netip.AddrPort { return d.conn.LocalAddr().(*net.UDPAddr).AddrPort() }
func (d datagrams) close() error          { return d.conn.Close() }

func (d datagrams) write(b []byte, to netip.AddrPort) error {
	_, err := d.conn.WriteToUDPAddrPort(b, to)
	return err
}

// stream is TCP, or TLS: messages follow one another, each as long as its Content-Length says (RFC 3261 §18.3).
type stream struct {
	conn net.Conn
	in   *bufio.Reader
	box  netip.AddrPort
}

func (s *stream) local() netip.AddrPort { return s.conn.LocalAddr().(*net.TCPAddr).AddrPort() }
func (s *stream) close() error          { return s.conn.Close() }

func (s *stream) write(b []byte, _ netip.AddrPort) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(connecting)) // a box that does not read is written to no more
	_, err := s.conn.Write(b)
	return err
}

func (s *stream) read(buf []byte) (int, netip.AddrPort, error) {
	n, length := 0, 0
	for {
		line, err := s.in.ReadSlice('\n')
		if err != nil {
			return 0, s.box, err
		}
		if n == 0 && len(bytes.TrimSpace(line)) == 0 { // a keep-alive (RFC 5626 §3.5.1)
			continue
		}
		if n+len(line) > len(buf) {
			return 0, s.box, errors.New("ua: a message is too long")
		}
		n += copy(buf[n:], line)
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		if name = strings.TrimSpace(name); strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || length < 0 {
				return 0, s.box, fmt.Errorf("ua: Content-Length %.20q", value)
			}
		}
	}
	if length > len(buf)-n {
		return 0, s.box, errors.New("ua: a message is too long")
	}
	_, err := io.ReadFull(s.in, buf[n:n+length])
	return n + length, s.box, err
}

// socket is a WebSocket: one message in each of its own (RFC 7118 §5).
type socket struct {
	ws   *websocket.Conn
	conn net.Conn
	box  netip.AddrPort
	ctx  context.Context //nolint:containedctx // ends the reading
	stop context.CancelFunc
}

func (s *socket) local() netip.AddrPort { return s.conn.LocalAddr().(*net.TCPAddr).AddrPort() }

func (s *socket) close() error {
	s.stop()
	return s.ws.CloseNow()
}

func (s *socket) write(b []byte, _ netip.AddrPort) error {
	ctx, cancel := context.WithTimeout(s.ctx, connecting)
	defer cancel()
	return s.ws.Write(ctx, websocket.MessageText, b)
}

func (s *socket) read(buf []byte) (int, netip.AddrPort, error) {
	_, b, err := s.ws.Read(s.ctx)
	return copy(buf, b), s.box, err
}
