package run

import (
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// expedited is DSCP EF (RFC 3246) in the traffic class byte.
const expedited = 46 << 2

// bindUDP opens a non-blocking datagram socket, marked for expedited forwarding.
func bindUDP(at netip.AddrPort) (int, error) {
	family := unix.AF_INET
	if at.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return -1, fmt.Errorf("open a socket: %w", err)
	}
	var sa unix.Sockaddr
	if family == unix.AF_INET {
		sa = &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, expedited)
	} else {
		sa = &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, expedited)
	}
	if err == nil {
		err = unix.Bind(fd, sa)
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("bind %s: %w", at, err), unix.Close(fd))
	}
	return fd, nil
}

// address is room for one raw socket address, so that the packet path makes none.
type address struct {
	raw  unix.RawSockaddrInet6 // the larger of the two
	size uint32
}

// receive reads one datagram; ok is false when there is none. Errors that a peer can cause (port unreachable) read as
// none too: the socket stays usable.
func receive(fd int, b []byte, a *address) (n int, from netip.AddrPort, ok bool) {
	a.size = unix.SizeofSockaddrInet6
	r, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_TRUNC, uintptr(unsafe.Pointer(&a.raw)), uintptr(unsafe.Pointer(&a.size)))
	if errno != 0 {
		return 0, netip.AddrPort{}, false
	}
	port := a.raw.Port<<8 | a.raw.Port>>8
	switch a.raw.Family {
	case unix.AF_INET:
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&a.raw))
		from = netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), port)
	case unix.AF_INET6:
		from = netip.AddrPortFrom(netip.AddrFrom16(a.raw.Addr).Unmap(), port)
	}
	return int(r), from, true
}

// send writes one datagram. What the kernel refuses (a full queue, an unreachable peer) is lost, as on any network.
func send(fd int, to netip.AddrPort, b []byte, a *address) bool {
	port := to.Port()<<8 | to.Port()>>8
	var size uintptr
	if to.Addr().Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&a.raw))
		v4.Family, v4.Port, v4.Addr = unix.AF_INET, port, to.Addr().As4()
		size = unix.SizeofSockaddrInet4
	} else {
		a.raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: to.Addr().As16()}
		size = unix.SizeofSockaddrInet6
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&a.raw)), size)
	return errno == 0
}
