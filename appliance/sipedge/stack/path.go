package stack

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
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
	// is gone; when to is the zero value, none is made.
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
	buf := written(buffers, msg)
	defer buffers.Put(buf)
	if err := p.via.write(buf.Bytes(), p.remote); err != nil {
		return fmt.Errorf("stack: write: %w", err)
	}
	return nil
}

// written puts a message together in a buffer of the pool, which the caller gives back.
func written(buffers *sync.Pool, msg sip.Message) *bytes.Buffer {
	buf, _ := buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	buf.Reset()
	msg.StringWrite(buf)
	return buf
}

// LocalAddr is the listener's address.
func (p path) LocalAddr() net.Addr { return p.via.localAddr() }

// Ref, TryClose and Close count nothing: sockets and connections outlive their transactions.
func (p path) Ref(int) int            { return 1 }
func (p path) TryClose() (int, error) { return 1, nil }
func (p path) Close() error           { return nil }
