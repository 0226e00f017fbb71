package stack

import (
	"encoding/binary"
	"net/netip"
)

// The little of STUN (RFC 5389) that keeps a flow over UDP open (RFC 5626 §3.5.2): a Binding request without attributes that matter, and the
// answer that says what address it came from.

const (
	stunHeader  = 20 // bytes
	stunLargest = 128
	stunCookie  = 0x2112A442
	stunRequest = 0x0001
	stunSuccess = 0x0101
	stunMapped  = 0x0020 // XOR-MAPPED-ADDRESS
)

// stunID is the transaction of a STUN message.
type stunID [12]byte

// stunMessage takes a STUN message apart. Its first byte tells it from SIP.
func stunMessage(b []byte) (kind uint16, id stunID, attributes []byte, ok bool) {
	if len(b) < stunHeader || len(b) > stunLargest || b[0]&0xC0 != 0 || binary.BigEndian.Uint32(b[4:]) != stunCookie ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader || len(b)%4 != 0 {
		return 0, stunID{}, nil, false
	}
	return binary.BigEndian.Uint16(b), stunID(b[8:20]), b[stunHeader:], true
}

// stunAsk is a Binding request: nothing but its header.
func stunAsk(id stunID) []byte {
	b := make([]byte, stunHeader)
	binary.BigEndian.PutUint16(b, stunRequest)
	binary.BigEndian.PutUint32(b[4:], stunCookie)
	copy(b[8:], id[:])
	return b
}

// stunAnswer says where a request came from. It is 12 bytes longer than the shortest request over IPv4, 24 over IPv6, and never more.
func stunAnswer(id stunID, from netip.AddrPort) []byte {
	addr := from.Addr().AsSlice()
	b := make([]byte, stunHeader+8+len(addr))
	binary.BigEndian.PutUint16(b, stunSuccess)
	binary.BigEndian.PutUint16(b[2:], uint16(8+len(addr)))
	binary.BigEndian.PutUint32(b[4:], stunCookie)
	copy(b[8:], id[:])
	a := b[stunHeader:]
	binary.BigEndian.PutUint16(a, stunMapped)
	binary.BigEndian.PutUint16(a[2:], uint16(4+len(addr)))
	a[5] = 1
	if from.Addr().Is6() {
		a[5] = 2
	}
	binary.BigEndian.PutUint16(a[6:], from.Port()^(stunCookie>>16))
	for i, c := range addr {
		a[8+i] = c ^ b[4+i] // the cookie, then the transaction
	}
	return b
}

// stunFrom reads the address in an answer.
func stunFrom(id stunID, attributes []byte) (netip.AddrPort, bool) {
	for len(attributes) >= 4 {
		kind, n := binary.BigEndian.Uint16(attributes), int(binary.BigEndian.Uint16(attributes[2:]))
		room := (n + 3) &^ 3
		if room > len(attributes)-4 {
			break
		}
		v := attributes[4 : 4+n]
		attributes = attributes[4+room:]
		if kind != stunMapped || !(n == 8 && v[1] == 1 || n == 20 && v[1] == 2) {
			continue
		}
		var mask [16]byte
		binary.BigEndian.PutUint32(mask[:], stunCookie)
		copy(mask[4:], id[:])
		addr := make([]byte, n-4)
		for i := range addr {
			addr[i] = v[4+i] ^ mask[i]
		}
		a, ok := netip.AddrFromSlice(addr)
		return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(v[2:])^(stunCookie>>16)), ok
	}
	return netip.AddrPort{}, false
}

// stun deals with a STUN message. It reports false when the datagram is none. Who may not speak to the box is not answered, and each costs
// its source as much of its rate as a message does.
func (l *listener) stun(from netip.AddrPort, data []byte) bool {
	kind, id, attributes, ok := stunMessage(data)
	if !ok {
		return false
	}
	s := l.stack
	why := s.admit(from, []byte(lineEnds))
	s.counters.drop(why)
	if why != DropKeepalive {
		return true
	}
	switch kind {
	case stunRequest:
		// A write that fails is the peer's loss: it asks again.
		_ = l.send(stunAnswer(id, from), from)
	case stunSuccess:
		if at, ok := stunFrom(id, attributes); ok {
			s.stunAnswered(id, from, at)
		}
	}
	return true
}
