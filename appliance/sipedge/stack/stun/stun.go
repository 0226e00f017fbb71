package stun

import (
	"encoding/binary"
	"net/netip"
)

// The kinds of message there are.
const (
	Request uint16 = 0x0001 // a Binding request
	Success uint16 = 0x0101 // its answer
)

const (
	header  = 20 // bytes; all there is of a question
	largest = 128
	cookie  = 0x2112A442
	mapped  = 0x0020 // XOR-MAPPED-ADDRESS
)

// ID is the transaction of a STUN message.
type ID [12]byte

// Message takes a STUN message apart. Its first byte tells it from SIP.
func Message(b []byte) (kind uint16, id ID, attributes []byte, ok bool) {
	if len(b) < header || len(b) > largest || b[0]&0xC0 != 0 || binary.BigEndian.Uint32(b[4:]) != cookie ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-header || len(b)%4 != 0 {
		return 0, ID{}, nil, false
	}
	return binary.BigEndian.Uint16(b), ID(b[8:20]), b[header:], true
}

// Ask is a Binding request: nothing but its header.
func Ask(id ID) []byte {
	b := make([]byte, header)
	binary.BigEndian.PutUint16(b, Request)
	binary.BigEndian.PutUint32(b[4:], cookie)
	copy(b[8:], id[:])
	return b
}

// Answer says where a request came from. It is 12 bytes longer than the shortest request over IPv4, 24 over IPv6, and never more.
func Answer(id ID, from netip.AddrPort) []byte {
	addr := from.Addr().AsSlice()
	b := make([]byte, header+8+len(addr))
	binary.BigEndian.PutUint16(b, Success)
	binary.BigEndian.PutUint16(b[2:], uint16(8+len(addr)))
	binary.BigEndian.PutUint32(b[4:], cookie)
	copy(b[8:], id[:])
	a := b[header:]
	binary.BigEndian.PutUint16(a, mapped)
	binary.BigEndian.PutUint16(a[2:], uint16(4+len(addr)))
	a[5] = 1
	if from.Addr().Is6() {
		a[5] = 2
	}
	binary.BigEndian.PutUint16(a[6:], from.Port()^(cookie>>16))
	for i, c := range addr {
		a[8+i] = c ^ b[4+i] // the cookie, then the transaction
	}
	return b
}

// From reads the address in an answer.
func From(id ID, attributes []byte) (netip.AddrPort, bool) {
	for len(attributes) >= 4 {
		kind, n := binary.BigEndian.Uint16(attributes), int(binary.BigEndian.Uint16(attributes[2:]))
		room := (n + 3) &^ 3
		if room > len(attributes)-4 {
			break
		}
		v := attributes[4 : 4+n]
		attributes = attributes[4+room:]
		if kind != mapped || (n != 8 || v[1] != 1) && (n != 20 || v[1] != 2) {
			continue
		}
		var mask [16]byte
		binary.BigEndian.PutUint32(mask[:], cookie)
		copy(mask[4:], id[:])
		addr := make([]byte, n-4)
		for i := range addr {
			addr[i] = v[4+i] ^ mask[i]
		}
		a, ok := netip.AddrFromSlice(addr)
		return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(v[2:])^(cookie>>16)), ok
	}
	return netip.AddrPort{}, false
}
