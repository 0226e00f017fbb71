package qemu

import (
	"fmt"
	"net/netip"
	"strings"
)

// network is the guest's network: its own, behind this process, with ports that lead in. From the guest, 10.0.2.2 is this machine's loopback.
func (o Options) network() (string, error) {
	var b strings.Builder
	b.WriteString("user,id=net,ipv6=off")
	if o.SIP != "" {
		at, err := netip.ParseAddrPort(o.SIP)
		if err != nil {
			return "", fmt.Errorf("SIP: %w", err)
		}
		if !at.Addr().IsLoopback() {
			return "", fmt.Errorf("SIP: %s is open to others than this machine", at)
		}
		for _, proto := range []string{"udp", "tcp"} {
			fmt.Fprintf(&b, ",hostfwd=%s:%s-:5060", proto, at)
		}
		if o.RTP != [2]int{} {
			for port := o.RTP[0]; port <= o.RTP[1]; port++ {
				fmt.Fprintf(&b, ",hostfwd=udp:%s:%d-:%d", at.Addr(), port, port)
			}
		}
	}
	for _, f := range o.Forward {
		at, err := netip.ParseAddrPort(f.Host)
		if err != nil {
			return "", fmt.Errorf("forwarded port: %w", err)
		}
		if !at.Addr().IsLoopback() || f.Guest <= 0 || f.Guest > 65535 {
			return "", fmt.Errorf("forwarded port %s to %d: from the loopback to a port", at, f.Guest)
		}
		fmt.Fprintf(&b, ",hostfwd=tcp:%s-:%d", at, f.Guest)
	}
	return b.String(), nil
}
