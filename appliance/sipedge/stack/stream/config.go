package stream

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"autocom/appliance/sipedge/flow"
)

// Config bounds and equips connections of TCP, TLS and WebSockets. Zero fields stand for the defaults.
type Config struct {
	MaxConns int // connections at once; 2,000
	PerAddr  int // connections of one address; 200

	FirstMessage time.Duration // until a new connection has brought its first message, the handshakes included; 10 s
	WholeMessage time.Duration // from the first to the last byte of a message; 10 s
	Idle         time.Duration // without a byte, once there was a message; 70 min, a little more than a phone may stay registered
	MaxQueue     int           // bytes that wait for a slow reader, above it the connection is dropped; 256 KiB
	Write        time.Duration // for one write, after it the connection is dropped; 10 s
	DialWithin   time.Duration // to connect, the TLS handshake included; 3 s

	TLS       *tls.Config                                               // what TLS and WSS are served with: Certificates or GetCertificate
	ClientTLS func(flow.Flow) *tls.Config                               // what TLS is dialled with; nil, or a nil result: the system's authorities and the peer's address as its name
	Origins   []string                                                  // hosts of web pages that may open a WebSocket, as patterns of path.Match; the box's own always may
	Dial      func(ctx context.Context, to flow.Flow) (net.Conn, error) // instead of TCP, for tests; TLS comes on top of it
}

// OrDefault fills in the defaults.
func (c Config) OrDefault() Config {
	setInt := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	setInt(&c.MaxConns, 2000)
	setInt(&c.PerAddr, 200)
	setInt(&c.MaxQueue, 256<<10)
	set(&c.FirstMessage, 10*time.Second)
	set(&c.WholeMessage, 10*time.Second)
	set(&c.Idle, 70*time.Minute)
	set(&c.Write, 10*time.Second)
	set(&c.DialWithin, 3*time.Second)
	if c.Dial == nil {
		c.Dial = dialTCP
	}
	return c
}

// dialTCP connects from the flow's own address.
func dialTCP(ctx context.Context, to flow.Flow) (net.Conn, error) {
	var d net.Dialer
	if a := to.Local.Addr(); !a.IsUnspecified() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
	}
	return d.DialContext(ctx, "tcp", to.Remote.String())
}

// secured is a TLS configuration that refuses what is older than TLS 1.2 (RFC 8996).
func secured(c *tls.Config) *tls.Config {
	if c.MinVersion >= tls.VersionTLS12 {
		return c
	}
	c = c.Clone()
	c.MinVersion = tls.VersionTLS12
	return c
}
