package branch

import (
	"net"
	"net/netip"
	"os/exec"
	"sync"
	"testing"
)

// A free port is free the moment it is known, also while programs are started beside.
func TestAFreePortIsFreeAtOnce(t *testing.T) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = exec.CommandContext(t.Context(), "/bin/true").Run() // that it was started is all
				}
			}
		})
	}
	for range 1000 {
		at, _, err := FreePort(netip.MustParseAddrPort("127.0.2.117:0"))
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if err != nil {
			t.Errorf("%s is free, and cannot be listened at: %v", at, err)
			break
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
}
