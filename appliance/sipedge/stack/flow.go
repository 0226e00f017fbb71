package stack

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"autocom/appliance/sipedge/flow"

	"github.com/emiago/sipgo/sip"
)

// Flow is the pair of addresses that a message travels between; Local is the listener, as returned by Listen, Serve and the like.
type Flow = flow.Flow

// ErrTooLarge is the error of a message that does not fit a UDP datagram, or that may not be fragmented.
var ErrTooLarge = errors.New("stack: message larger than a datagram")

// maxDatagram is the largest UDP payload over IPv4.
const maxDatagram = 65507

// outlet puts whole messages on the wire: a UDP socket, or one connection.
type outlet interface {
	// write sends to an address. It never blocks. A connection has but one peer; to is then where a new connection is made to when that one
	// is gone, or the zero value for nowhere.
	write(data []byte, to netip.AddrPort) error
	localAddr() net.Addr
	buffers() *sync.Pool // of *bytes.Buffer, where messages are put together
}

// path is one flow as sipgo's transactions see it: they write, the path decides where to. It stands in for sipgo's own connections since
// its UDP one derives the destination of an ACK from its Request-URI, refuses messages above a package variable (UDPMTUSize), and leaves no
// place to watch what a retransmission puts on the wire, and its streams write on the caller's goroutine.
type path struct {
	via    outlet
	remote netip.AddrPort
}

var _ sip.Connection = path{}

// WriteMsg sends msg to the flow's peer.
func (p path) WriteMsg(msg sip.Message) error {
	buffers := p.via.buffers()
	buf, _ := buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	defer buffers.Put(buf)
	buf.Reset()
	msg.StringWrite(buf)
	if err := p.via.write(buf.Bytes(), p.remote); err != nil {
		return fmt.Errorf("stack: write: %w", err)
	}
	return nil
}

// LocalAddr is the listener's address.
func (p path) LocalAddr() net.Addr { return p.via.localAddr() }

// Ref, TryClose and Close count nothing: sockets and connections outlive their transactions.
func (p path) Ref(int) int            { return 1 }
func (p path) TryClose() (int, error) { return 1, nil }
func (p path) Close() error           { return nil }

// addrPort is the address of a net.Addr, with IPv4 in its own form.
func addrPort(a net.Addr) (netip.AddrPort, bool) {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	default:
		var err error
		if ap, err = netip.ParseAddrPort(a.String()); err != nil {
			return netip.AddrPort{}, false
		}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), ap.IsValid()
}

// said is an address as messages have it: without the zone of a link-local one, which means something to this box only (RFC 4007 §11.2).
func said(a netip.Addr) string { return a.WithZone("").String() }

// stampVia notes in the topmost Via where the request really came from: received when sent-by is a name or another address (RFC 3261 §18.2.1),
// received and rport when the client asked for rport (RFC 3581 §4).
func stampVia(via *sip.ViaHeader, from netip.AddrPort) {
	if v, asked := via.Params.Get("rport"); asked && v == "" {
		via.Params.Add("rport", strconv.Itoa(int(from.Port())))
		via.Params.Add("received", said(from.Addr()))
		return
	}
	if at, err := netip.ParseAddr(trimBrackets(via.Host)); err != nil || at.Unmap() != from.Addr().WithZone("") {
		via.Params.Add("received", said(from.Addr()))
		return
	}
	via.Params.Remove("received") // only we may say so
}

// responseTo is where the response to a request goes that came from an address. Over UDP it is its source port with rport (RFC 3581 §4), else
// the port of the Via (RFC 3261 §18.2.2); on a stream it is where a connection is made to when that of the request is gone.
func responseTo(by flow.Transport, via *sip.ViaHeader, from netip.AddrPort) netip.AddrPort {
	if via == nil || via.Params.Has("rport") && !by.Stream() {
		return from
	}
	port := via.Port
	if port <= 0 || port > 65535 {
		port = int(by.DefaultPort())
	}
	return netip.AddrPortFrom(from.Addr(), uint16(port))
}

func trimBrackets(host string) string {
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}
