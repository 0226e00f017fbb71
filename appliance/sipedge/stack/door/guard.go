package door

import (
	"bytes"
	"container/list"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Firewall says who may speak to the box at all. It is asked before a message is parsed, and what it drops gets no answer.
type Firewall struct {
	Trusted  []netip.Prefix // the site's own networks; a mistyped password never locks them out: they are never banned
	Admitted []netip.Prefix // carriers, and whoever else may reach the box from outside

	// Spared tells carriers. They are not banned either, whatever comes under their address: anybody can send a datagram that says it is from
	// there, and a site without lines is what he wants. It is called for each datagram that would count and must not block; nil spares none.
	Spared func(netip.Addr) bool

	PerSource Rate          // datagrams of one address; 1,000 per second, 2,000 at once, when zero
	Strikes   int           // bad messages within BanFor that ban an address, a wrong password counting double; 20 when 0
	BanFor    time.Duration // how long a first ban lasts; 10 minutes when 0. A second lasts 6 times that, every further one 144 times (a day)
}

// maxSources is how many addresses the firewall watches at once; above it the one not heard of for longest is forgotten.
const maxSources = 4096

// Guard is the firewall with its memory of addresses.
type Guard struct {
	cfg  Firewall
	nets atomic.Pointer[networks]

	mu      sync.Mutex
	sources map[netip.Addr]*list.Element
	age     list.List // of *source, the one heard of last in front
	bans    banList
}

type source struct {
	addr    netip.Addr
	rate    bucket
	strikes int
	since   time.Time // of the first strike
}

// NewGuard makes a guard that has banned nobody yet.
func NewGuard(cfg Firewall) *Guard {
	if cfg.PerSource == (Rate{}) {
		cfg.PerSource = Rate{PerSecond: 1000, Burst: 2000}
	}
	if cfg.Strikes <= 0 {
		cfg.Strikes = 20
	}
	if cfg.BanFor <= 0 {
		cfg.BanFor = 10 * time.Minute
	}
	g := &Guard{cfg: cfg, sources: make(map[netip.Addr]*list.Element), bans: make(banList)}
	g.nets.Store(&networks{cfg.Trusted, cfg.Admitted})
	return g
}

// networks is who may reach the box: replaced as a whole, never changed.
type networks struct{ trusted, admitted []netip.Prefix }

// Admit replaces the networks of [Firewall]: a site document changed. Bans and counts stay.
func (g *Guard) Admit(trusted, admitted []netip.Prefix) {
	g.nets.Store(&networks{trusted, admitted})
}

// Trusts reports whether an address is in the site's own networks.
func (g *Guard) Trusts(a netip.Addr) bool { return g.trusted(plain(a)) }

// plain is an address as it is remembered: IPv4 in its own form, and without the zone of a link-local one.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func (g *Guard) trusted(a netip.Addr) bool { return contains(g.nets.Load().trusted, a) }

func (g *Guard) admitted(a netip.Addr) bool {
	n := g.nets.Load()
	return contains(n.trusted, a) || contains(n.admitted, a)
}

// exempt tells the addresses that are never banned.
func (g *Guard) exempt(a netip.Addr) bool {
	return g.trusted(a) || g.cfg.Spared != nil && g.cfg.Spared(a)
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// site is what one source is counted and banned as: over IPv6 a whole /64, since who has one address of it has them all. The site's own
// networks are told apart by address.
func (g *Guard) site(a netip.Addr) netip.Addr {
	if a.Is4() || g.trusted(a) {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

// source finds or makes the memory of an address; g.mu is held.
func (g *Guard) source(a netip.Addr) *source {
	if e := g.sources[a]; e != nil {
		g.age.MoveToFront(e)
		return e.Value.(*source)
	}
	if len(g.sources) >= maxSources {
		delete(g.sources, g.age.Remove(g.age.Back()).(*source).addr)
	}
	src := &source{addr: a}
	g.sources[a] = g.age.PushFront(src)
	return src
}

// Strike counts a bad message, or a wrong password; enough of them within Firewall.BanFor ban their source, unless it is exempt.
func (g *Guard) Strike(a netip.Addr, why Reason, now time.Time) {
	a = plain(a)
	if g.exempt(a) {
		return
	}
	weight := 1
	if why == ReasonPassword {
		weight = 2
	}
	a = g.site(a)
	g.mu.Lock()
	defer g.mu.Unlock()
	src := g.source(a)
	if now.Sub(src.since) > g.cfg.BanFor {
		src.strikes, src.since = 0, now
	}
	if src.strikes += weight; src.strikes >= g.cfg.Strikes {
		src.strikes = 0
		g.bans.add(a, why, now, g.cfg.BanFor)
	}
}

// Look decides on a datagram, or a message from a stream, of at most so many bytes: [Passed], or why not.
func (g *Guard) Look(from netip.Addr, data []byte, most int, now time.Time) Drop {
	a := from.WithZone("")
	if !g.admitted(a) {
		return DropStranger
	}
	at := g.site(a)
	g.mu.Lock()
	banned := g.bans.holds(at, now)
	within := g.source(at).rate.take(now, g.cfg.PerSource)
	g.mu.Unlock()
	switch {
	case banned && !g.exempt(a): // it may have become exempt since
		return DropBanned
	case !within:
		return DropRate
	case len(bytes.Trim(data, "\r\n\x00 ")) == 0:
		return DropKeepalive
	case !looksLikeSIP(data):
		g.Strike(a, ReasonGarbage, now)
		return DropGarbage
	case scanner(data):
		g.scanned(a, now)
		return DropScanner
	case len(data) > most:
		return DropOversize
	}
	return Passed
}

// scanned bans a source that says it is a scanner.
func (g *Guard) scanned(a netip.Addr, now time.Time) {
	if g.exempt(a) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bans.add(g.site(a), ReasonScanner, now, g.cfg.BanFor)
}
