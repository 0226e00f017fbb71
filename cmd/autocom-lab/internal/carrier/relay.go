package carrier

import (
	"fmt"
	"net"
	"net/netip"
	"sync"

	"autocom/cmd/autocom-lab/internal/sdp"
)

// A relay carries the sound of the two calls of a loop, packet for packet. Close ends its two goroutines.
type relay struct {
	sides [2]*side
	wg    sync.WaitGroup
}

// A side is one socket, towards one call of the box.
type side struct {
	conn *net.UDPConn
	at   netip.AddrPort

	mu    sync.Mutex
	to    netip.AddrPort // where the box hears in that call
	event uint8          // payload type of digits it takes
}

func openRelay(addr netip.Addr, dropDigits bool) (*relay, error) {
	r := &relay{}
	for i := range r.sides {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
		if err != nil {
			if i > 0 {
				_ = r.sides[0].conn.Close()
			}
			return nil, fmt.Errorf("carrier: %w", err)
		}
		r.sides[i] = &side{conn: conn, at: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
	}
	for i := range r.sides {
		r.wg.Go(func() { carry(r.sides[i], r.sides[1-i], dropDigits) })
	}
	return r, nil
}

func (r *relay) close() {
	for _, s := range r.sides {
		_ = s.conn.Close()
	}
	r.wg.Wait()
}

func (s *side) told(d sdp.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to, s.event = d.Addr, d.Event
}

func (s *side) hears() (netip.AddrPort, uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to, s.event
}

// carry sends what comes to one side out of the other.
func carry(from, to *side, dropDigits bool) {
	buf := make([]byte, 2048)
	for {
		n, _, err := from.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		at, event := to.hears()
		if !at.IsValid() || dropDigits && n > 1 && event != 0 && buf[1]&0x7f == event {
			continue
		}
		_, _ = to.conn.WriteToUDPAddrPort(buf[:n], at) // as any network, it may lose
	}
}
