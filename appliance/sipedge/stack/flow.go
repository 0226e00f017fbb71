package stack

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"autocom/appliance/sipedge/flow"

	"github.com/emiago/sipgo/sip"
)

// Flow is the pair of addresses that a message travels between; Local is the listener, as returned by Listen or Serve.
type Flow = flow.Flow

// ErrTooLarge is the error of a message that does not fit a UDP datagram.
var ErrTooLarge = errors.New("stack: message larger than a datagram")

// maxDatagram is the largest UDP payload over IPv4.
const maxDatagram = 65507

// path is one flow as sipgo's transactions see it: they write, the path decides where to. It stands in for sipgo's own UDP connection since
// that one derives the destination of an ACK from its Request-URI, refuses messages above a package variable (UDPMTUSize), and leaves no
// place to watch what a retransmission puts on the wire.
type path struct {
	via    *listener
	remote netip.AddrPort
}

var _ sip.Connection = path{}

// WriteMsg sends msg to the flow's peer.
func (p path) WriteMsg(msg sip.Message) error {
	buf, _ := p.via.buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	defer p.via.buffers.Put(buf)
	buf.Reset()
	msg.StringWrite(buf)
	if buf.Len() > maxDatagram {
		return ErrTooLarge
	}
	if err := p.via.write(buf.Bytes(), p.remote); err != nil {
		return fmt.Errorf("stack: write to %s: %w", p.remote, err)
	}
	return nil
}

// LocalAddr is the listener's address.
func (p path) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(p.via.local) }

// Ref, TryClose and Close count nothing: the listener outlives its transactions.
func (p path) Ref(int) int            { return 1 }
func (p path) TryClose() (int, error) { return 1, nil }
func (p path) Close() error           { return nil }

// addrPort is the address of a net.Addr, with IPv4 in its own form.
func addrPort(a net.Addr) (netip.AddrPort, bool) {
	if u, ok := a.(*net.UDPAddr); ok {
		ap := u.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), ap.IsValid()
	}
	ap, err := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), err == nil
}

// stampVia notes in the topmost Via where the request really came from: received when sent-by is a name or another address (RFC 3261 §18.2.1),
// received and rport when the client asked for rport (RFC 3581 §4).
func stampVia(via *sip.ViaHeader, from netip.AddrPort) {
	if v, asked := via.Params.Get("rport"); asked && v == "" {
		via.Params.Add("rport", strconv.Itoa(int(from.Port())))
		via.Params.Add("received", from.Addr().String())
		return
	}
	if at, err := netip.ParseAddr(trimBrackets(via.Host)); err != nil || at.Unmap() != from.Addr() {
		via.Params.Add("received", from.Addr().String())
		return
	}
	via.Params.Remove("received") // only we may say so
}

// responseTo is where the response to a request goes that came from an address: its source port with rport (RFC 3581 §4), else the port
// of the Via (RFC 3261 §18.2.2).
func responseTo(via *sip.ViaHeader, from netip.AddrPort) netip.AddrPort {
	if via == nil || via.Params.Has("rport") {
		return from
	}
	port := via.Port
	if port <= 0 || port > 65535 {
		port = sip.DefaultUdpPort
	}
	return netip.AddrPortFrom(from.Addr(), uint16(port))
}

func trimBrackets(host string) string {
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}
