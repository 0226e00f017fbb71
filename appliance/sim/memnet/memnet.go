// Package memnet is a packet network inside the process: the wires between the box, its phones and its carriers when a test runs in fake time.
//
// Every socket is an ordinary [net.PacketConn] whose addresses are [*net.UDPAddr], so that SIP and RTP code cannot tell it from UDP. A link
// (one direction between two addresses) may lose, delay, reorder and duplicate packets; what it does follows from the network's seed.
// Nothing here reads a real socket, so a testing/synctest bubble that uses it goes idle and its clock moves on.
package memnet

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// QueueLen is how many packets wait at a socket that nobody reads. As in a kernel, what comes after is lost.
const QueueLen = 4096

// Link says what one direction of the wire does to packets. The zero value is a perfect wire without delay.
type Link struct {
	Loss      float64       // probability of 0 to 1 that a packet vanishes
	Duplicate float64       // probability of 0 to 1 that a packet arrives twice
	Reorder   float64       // probability of 0 to 1 that a packet is held back by Hold, so that later ones overtake it
	Hold      time.Duration // how long a reordered packet is held back; 20 ms when zero
	Delay     time.Duration // added to every packet
	Jitter    time.Duration // 0 to Jitter more, evenly spread; packets may overtake one another
}

type direction struct{ from, to netip.AddrPort }

// Network connects the sockets that were opened on it. It is safe for concurrent use.
type Network struct {
	mu    sync.Mutex
	seed  uint64
	dice  map[direction]*rand.Rand // each direction has its own, so that what happens on one does not change the fate of another
	conns map[netip.AddrPort]*conn
	links map[direction]Link
	all   Link
	drop  func(from, to netip.AddrPort, packet []byte) bool
	next  uint64
	lost  uint64
	sent  uint64
}

// New makes a network whose impairments follow from seed: the same packets in the same order between the same two addresses meet the same
// fate, whatever happens elsewhere at that time.
func New(seed uint64) *Network {
	return &Network{
		seed:  seed,
		dice:  make(map[direction]*rand.Rand),
		conns: make(map[netip.AddrPort]*conn),
		links: make(map[direction]Link),
	}
}

// Listen opens a socket at addr ("192.0.2.1:5060" or "[2001:db8::1]:5060"). It panics when addr is no address or is taken: both are
// mistakes of the test that calls it.
func (n *Network) Listen(addr string) net.PacketConn {
	c, err := n.Open(addr)
	if err != nil {
		panic(err)
	}
	return c
}

// Open is [Network.Listen] with an error instead of a panic, for code that rebinds.
func (n *Network) Open(addr string) (net.PacketConn, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("memnet: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[at] != nil {
		return nil, fmt.Errorf("memnet: listen %s: address already in use", at)
	}
	c := newConn(n, at)
	n.conns[at] = c
	return c, nil
}

// Impair sets what the wire from one address to another does. The other direction is not touched.
func (n *Network) Impair(from, to string, link Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[direction{netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)}] = link
}

// ImpairAll sets what every wire does that has no link of its own.
func (n *Network) ImpairAll(link Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = link
}

// DropWhen loses every packet for which f is true, before any link is asked. It is how a test loses exactly the first 200 OK.
// f runs under the network's lock and must not use the network. A nil f drops nothing.
func (n *Network) DropWhen(f func(from, to netip.AddrPort, packet []byte) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drop = f
}

// Sent is how many packets were put on a wire so far, those included that were lost.
func (n *Network) Sent() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent
}

// Lost is how many packets have vanished so far, for whatever reason.
func (n *Network) Lost() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lost
}

func (n *Network) remove(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[c.at] == c {
		delete(n.conns, c.at)
	}
}

func (n *Network) rng(way direction) *rand.Rand {
	r := n.dice[way]
	if r == nil {
		h := fnv.New64a()
		fmt.Fprint(h, way.from, way.to)
		r = rand.New(rand.NewPCG(n.seed, h.Sum64()))
		n.dice[way] = r
	}
	return r
}

// send puts a packet on the wire. Packets for nobody vanish, as UDP's do.
func (n *Network) send(from, to netip.AddrPort, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent++
	dst := n.conns[to]
	if dst == nil || (n.drop != nil && n.drop(from, to, data)) {
		n.lost++
		return
	}
	way := direction{from, to}
	link, own := n.links[way]
	if !own {
		link = n.all
	}
	rng := n.rng(way)
	if link.Loss > 0 && rng.Float64() < link.Loss {
		n.lost++
		return
	}
	copies := 1
	if link.Duplicate > 0 && rng.Float64() < link.Duplicate {
		copies = 2
	}
	for range copies {
		wait := link.Delay
		if link.Jitter > 0 {
			wait += time.Duration(rng.Int64N(int64(link.Jitter)))
		}
		if link.Reorder > 0 && rng.Float64() < link.Reorder {
			hold := link.Hold
			if hold == 0 {
				hold = 20 * time.Millisecond
			}
			wait += hold
		}
		n.next++
		p := packet{from: from, data: append([]byte(nil), data...), order: n.next}
		if !dst.accept(p, wait) {
			n.lost++
		}
	}
}
