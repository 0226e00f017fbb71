// Package flow names the way SIP messages travel between the box and one peer: by which transport, from where to where.
//
// It imports nothing of ours, so that the stack, the legs, the registrar and the trunks can all name the same thing.
package flow

import (
	"fmt"
	"net/netip"
)

// Transport is how SIP messages are carried (RFC 3261 §18, RFC 7118).
type Transport uint8

// The transports. UDP is the zero value: a flow written down before there were others still reads right.
const (
	UDP Transport = iota
	TCP
	TLS
	WS  // RFC 7118, SIP over WebSocket; the peer always dials
	WSS // the same over TLS
)

// String is the transport as a Via has it.
func (t Transport) String() string {
	switch t {
	case UDP:
		return "UDP"
	case TCP:
		return "TCP"
	case TLS:
		return "TLS"
	case WS:
		return "WS"
	case WSS:
		return "WSS"
	default:
		return "unknown transport"
	}
}

// MarshalText writes the transport's name.
func (t Transport) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads it; an empty text is UDP.
func (t *Transport) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*t = UDP
		return nil
	}
	for u := UDP; u <= WSS; u++ {
		if u.String() == string(b) {
			*t = u
			return nil
		}
	}
	return fmt.Errorf("flow: unknown transport %q", b)
}

// Stream reports whether messages travel on a connection, which can break, and not in datagrams.
func (t Transport) Stream() bool { return t != UDP }

// Secure reports whether nobody on the way can read the signalling: keys of SRTP may be sent along it (RFC 4568 §7).
func (t Transport) Secure() bool { return t == TLS || t == WSS }

// DefaultPort is where the transport listens when nobody says otherwise (RFC 3261 §19.1.2, RFC 7118 §5).
func (t Transport) DefaultPort() uint16 {
	switch t {
	case TLS:
		return 5061
	case WS:
		return 80
	case WSS:
		return 443
	default:
		return 5060
	}
}

// Flow is the pair of addresses a message travels between (RFC 5626 §1.2). It is comparable. On a stream, Remote with its port names one
// connection as long as that connection stands.
type Flow struct {
	Transport Transport      `json:",omitempty"`
	Local     netip.AddrPort // the box's listener: what Via and Contact say of us follows from it
	Remote    netip.AddrPort // the peer
}

func (f Flow) String() string {
	return f.Transport.String() + " " + f.Local.String() + "<->" + f.Remote.String()
}
