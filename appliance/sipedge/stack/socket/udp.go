package socket

import (
	"net"
	"net/netip"
)

// UDP opens a UDP socket at addr, of that address family only; it is what opens a socket again.
func UDP(addr netip.AddrPort) func() (net.PacketConn, error) {
	network := "udp4"
	if addr.Addr().Unmap().Is6() {
		network = "udp6"
	}
	return func() (net.PacketConn, error) {
		conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(addr))
		if err != nil {
			return nil, err // not conn: a nil *UDPConn in an interface is no nil
		}
		// Room for every phone of the site registering at once after a power cut. The kernel may grant less; SIP repeats what is lost.
		_ = conn.SetReadBuffer(readBuffer)
		return conn, nil
	}
}

// readBuffer is the bytes the kernel keeps for us while we are busy.
const readBuffer = 1 << 20
