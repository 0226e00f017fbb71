package steward

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
)

// Prober tries out a network that is on trial. Its methods are called on goroutines of a question, and may block until their context ends.
type Prober interface {
	// Gateway comes back when the gateway answered; the context's error says that nobody knows yet.
	Gateway(ctx context.Context, gateway netip.Addr) error
	// Server comes back when a name server answered anything.
	Server(ctx context.Context, server netip.Addr) error
}

// CheckOf is what a check looks at.
type CheckOf string

// What is checked while a change is on trial.
const (
	CheckCable   CheckOf = "cable"
	CheckGateway CheckOf = "gateway"
	CheckDNS     CheckOf = "dns"
)

// Result is how a check stands.
type Result string

// The results.
const (
	Waiting Result = "waiting"
	Passed  Result = "passed"
	Failing Result = "failed"
)

// Check is one thing that was looked at.
type Check struct {
	What   CheckOf `json:"what"`
	Result Result  `json:"result"`
	MS     int64   `json:"ms"` // how long it took
}

// probeTime is what a question waits for the checks.
const probeTime = 900 * time.Millisecond

// probe looks at the network as it is now.
func probe(ctx context.Context, p Prober, n Network) []Check {
	checks := []Check{{CheckCable, Failing, 0}, {CheckGateway, Waiting, 0}, {CheckDNS, Waiting, 0}}
	if !n.Cable {
		return checks
	}
	checks[0].Result = Passed
	ctx, over := context.WithTimeout(ctx, probeTime)
	defer over()
	var all sync.WaitGroup
	try := func(c *Check, addresses []string, ask func(context.Context, netip.Addr) error) {
		if len(addresses) == 0 {
			return
		}
		a, err := netip.ParseAddr(addresses[0])
		if err != nil {
			return
		}
		all.Go(func() {
			began := time.Now()
			switch err := ask(ctx, a); {
			case err == nil:
				c.Result = Passed
			case !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled):
				c.Result = Failing
			}
			c.MS = time.Since(began).Milliseconds()
		})
	}
	try(&checks[1], n.Gateways, p.Gateway)
	try(&checks[2], n.DNS, p.Server)
	all.Wait()
	return checks
}

// Wire is the network itself as a Prober.
type Wire struct{ port uint16 } // of name servers; 0: 53

var errSilent = errors.New("nobody answers at that address")

// Gateway makes the kernel look for the gateway's hardware (RFC 826, RFC 4861 §7.2) and waits for it to be found.
func (Wire) Gateway(ctx context.Context, gateway netip.Addr) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", netip.AddrPortFrom(gateway, 9).String()) // discard, RFC 863
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte{0}); err != nil {
		return err
	}
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for silent := false; ; {
		neighbours, err := netlink.NeighList(0, netlink.FAMILY_ALL)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(neighbours, func(n netlink.Neigh) bool {
			a, ok := netip.AddrFromSlice(n.IP)
			return ok && a.Unmap() == gateway
		})
		if i >= 0 {
			switch state := neighbours[i].State; {
			case state&(netlink.NUD_REACHABLE|netlink.NUD_PERMANENT) != 0:
				return nil
			case state&netlink.NUD_FAILED != 0:
				return errSilent
			default:
				silent = state&netlink.NUD_INCOMPLETE != 0
			}
		}
		select {
		case <-ctx.Done():
			if silent { // a neighbour answers within milliseconds
				return errSilent
			}
			return ctx.Err()
		case <-look.C:
		}
	}
}

// Server asks for the root's name servers: any answer will do, also that there is none.
func (w Wire) Server(ctx context.Context, server netip.Addr) error {
	port := w.port
	if port == 0 {
		port = 53
	}
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, net.JoinHostPort(server.String(), strconv.Itoa(int(port))))
	}}
	_, err := r.LookupNS(ctx, ".")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if why, ok := errors.AsType[*net.DNSError](err); ok && why.IsNotFound {
		return nil
	}
	return err
}
