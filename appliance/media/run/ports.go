package run

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// errNoPorts says that the configured range is used up.
var errNoPorts = errors.New("every RTP port of the configured range is in use")

// ports hands out pairs of sockets: RTP on an even port, RTCP on the odd one above (RFC 3550 §11), each in its turn through the whole range. A
// pair that was given back rests before it is used again, so that a late packet of the old call does not reach the new one; when none has rested,
// the one that has rested longest is better than no call.
type ports struct {
	ip    netip.Addr
	rest  time.Duration
	queue []resting // in the order in which they were given back
	early uint64    // pairs handed out before their rest was over: the range is short
}

type resting struct {
	port  uint16
	until time.Time
}

// pair is the two sockets of one leg.
type pair struct {
	port      uint16
	rtp, rtcp int
	guard     *guard // nil: RTP in the clear
}

func newPorts(ip netip.Addr, lowest, highest int, rest time.Duration) (*ports, error) {
	lowest += lowest % 2
	if lowest < 1024 || highest > 65535 || lowest+1 > highest {
		return nil, fmt.Errorf("the RTP range %d–%d holds no pair of ports between 1024 and 65535", lowest, highest)
	}
	p := &ports{ip: ip, rest: rest}
	for port := lowest; port+1 <= highest; port += 2 {
		p.queue = append(p.queue, resting{port: uint16(port)})
	}
	return p, nil
}

// open binds the pair that has rested longest. Ports that another program holds are passed over, and tried again later.
func (p *ports) open(now time.Time) (pair, error) {
	for range len(p.queue) {
		i := slices.IndexFunc(p.queue, func(r resting) bool { return !now.Before(r.until) })
		early := i < 0
		i = max(i, 0)
		next := p.queue[i]
		p.queue = slices.Delete(p.queue, i, i+1)
		got, err := p.bind(next.port)
		if err == nil {
			if early {
				p.early++
			}
			return got, nil
		}
		p.queue = append(p.queue, resting{next.port, now.Add(p.rest)})
		if !errors.Is(err, unix.EADDRINUSE) {
			return pair{}, err
		}
	}
	return pair{}, errNoPorts
}

func (p *ports) bind(port uint16) (pair, error) {
	rtp, err := bindUDP(netip.AddrPortFrom(p.ip, port))
	if err != nil {
		return pair{}, err
	}
	rtcp, err := bindUDP(netip.AddrPortFrom(p.ip, port+1))
	if err != nil {
		return pair{}, errors.Join(err, unix.Close(rtp))
	}
	return pair{port: port, rtp: rtp, rtcp: rtcp}, nil
}

// back takes a port whose sockets are closed.
func (p *ports) back(port uint16, now time.Time) {
	p.queue = append(p.queue, resting{port, now.Add(p.rest)})
}
