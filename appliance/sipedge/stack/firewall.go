package stack

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

	PerSource Rate          // datagrams of one address; 1,000 per second, 2,000 at once, when zero
	Strikes   int           // bad messages within BanFor that ban an address; 20 when 0
	BanFor    time.Duration // how long a ban lasts; 10 minutes when 0
}

// maxSources is how many addresses the firewall watches at once; above it the one not heard of for longest is forgotten.
const maxSources = 4096

// Ban is one entry of the ban list.
type Ban struct {
	Addr  netip.Addr
	Until time.Time
}

// guard is the firewall's memory of addresses.
type guard struct {
	cfg  Firewall
	nets atomic.Pointer[networks]

	mu      sync.Mutex
	sources map[netip.Addr]*list.Element
	age     list.List // of *source, the one heard of last in front
}

type source struct {
	addr    netip.Addr
	rate    bucket
	strikes int
	since   time.Time // of the first strike
	until   time.Time // banned until
}

func newGuard(cfg Firewall) *guard {
	if cfg.PerSource == (Rate{}) {
		cfg.PerSource = Rate{PerSecond: 1000, Burst: 2000}
	}
	if cfg.Strikes <= 0 {
		cfg.Strikes = 20
	}
	if cfg.BanFor <= 0 {
		cfg.BanFor = 10 * time.Minute
	}
	g := &guard{cfg: cfg, sources: make(map[netip.Addr]*list.Element)}
	g.nets.Store(&networks{cfg.Trusted, cfg.Admitted})
	return g
}

// networks is who may reach the box: replaced as a whole, never changed.
type networks struct{ trusted, admitted []netip.Prefix }

// Admit replaces the networks of [Firewall]: a site document changed. Bans and counts stay.
func (s *Stack) Admit(trusted, admitted []netip.Prefix) {
	s.guard.nets.Store(&networks{trusted, admitted})
}

func (g *guard) trusted(a netip.Addr) bool { return contains(g.nets.Load().trusted, a) }

func (g *guard) admitted(a netip.Addr) bool {
	n := g.nets.Load()
	return contains(n.trusted, a) || contains(n.admitted, a)
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// source finds or makes the memory of an address; g.mu is held.
func (g *guard) source(a netip.Addr) *source {
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

// strike counts a bad message; enough of them ban its source, unless it is trusted.
func (g *guard) strike(a netip.Addr, now time.Time) {
	if g.trusted(a) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	src := g.source(a)
	if now.Sub(src.since) > g.cfg.BanFor {
		src.strikes, src.since = 0, now
	}
	if src.strikes++; src.strikes >= g.cfg.Strikes {
		src.strikes = 0
		src.until = now.Add(g.cfg.BanFor)
	}
}

// admit decides on a datagram. It runs before anything is parsed or remembered of it.
func (s *Stack) admit(from netip.AddrPort, data []byte) Drop {
	g, a, now := s.guard, from.Addr().WithZone(""), time.Now()
	if !g.admitted(a) {
		return DropStranger
	}
	g.mu.Lock()
	src := g.source(a)
	banned := now.Before(src.until)
	within := src.rate.take(now, g.cfg.PerSource)
	g.mu.Unlock()
	switch {
	case banned:
		return DropBanned
	case !within:
		return DropRate
	case len(bytes.Trim(data, "\r\n\x00 ")) == 0:
		return DropKeepalive
	case len(data) > s.cfg.MaxMessage:
		g.strike(a, now)
		return DropOversize
	case !looksLikeSIP(data):
		g.strike(a, now)
		return DropGarbage
	case scanner(data):
		s.Ban(a, g.cfg.BanFor)
		return DropScanner
	}
	return passed
}

// looksLikeSIP looks at the first line only: "… SIP/x" or "SIP/x …".
func looksLikeSIP(data []byte) bool {
	line, _, ok := bytes.Cut(data, []byte("\r\n"))
	if !ok || len(line) < 8 {
		return false
	}
	if bytes.HasPrefix(line, []byte("SIP/")) {
		return true
	}
	i := bytes.LastIndexByte(line, ' ')
	return i > 0 && bytes.HasPrefix(bytes.ToUpper(line[i+1:]), []byte("SIP/"))
}

// scanners are how the names that common tools of attackers give themselves begin, in lower case.
func scanners() []string {
	return []string{
		"friendly-scanner", "friendly-request", "sipvicious", "sipcli", "sip-scan", "sipscan", "sundayddr", "iwar", "sivus", "gulp",
		"vaxsipuseragent", "pplsip", "smap", "sipsak-scan", "eyebeam-scan", "voipscan", "mr.sip", "sipptk", "cosmo-scan",
	}
}

// scanner looks for them in the User-Agent (and, for sipvicious, which signs there too, in From).
func scanner(data []byte) bool {
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\r\n"))
		data = rest
		if len(line) == 0 {
			return false
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		switch string(bytes.ToLower(bytes.TrimSpace(name))) {
		case "user-agent":
			value = bytes.ToLower(bytes.TrimSpace(value))
			for _, s := range scanners() {
				if bytes.HasPrefix(value, []byte(s)) {
					return true
				}
			}
		case "from", "f":
			if bytes.Contains(bytes.ToLower(value), []byte("sipvicious")) {
				return true
			}
		}
	}
	return false
}

// Strike notes that an address misbehaved (a wrong password, say); Firewall.Strikes of them within Firewall.BanFor ban it.
func (s *Stack) Strike(a netip.Addr) { s.guard.strike(a.Unmap().WithZone(""), time.Now()) }

// Ban shuts an address out for a while. It reports false, and does nothing, for a trusted one.
func (s *Stack) Ban(a netip.Addr, d time.Duration) bool {
	a = a.Unmap().WithZone("")
	if s.guard.trusted(a) {
		return false
	}
	s.guard.mu.Lock()
	defer s.guard.mu.Unlock()
	s.guard.source(a).until = time.Now().Add(d)
	return true
}

// Unban lets an address in again and forgets its strikes.
func (s *Stack) Unban(a netip.Addr) {
	s.guard.mu.Lock()
	defer s.guard.mu.Unlock()
	a = a.Unmap().WithZone("")
	if e := s.guard.sources[a]; e != nil {
		src := e.Value.(*source)
		src.until, src.strikes = time.Time{}, 0
	}
}

// Bans is the ban list, by address.
func (s *Stack) Bans() []Ban {
	now := time.Now()
	var bans []Ban
	s.guard.mu.Lock()
	for a, e := range s.guard.sources {
		if until := e.Value.(*source).until; now.Before(until) {
			bans = append(bans, Ban{a, until})
		}
	}
	s.guard.mu.Unlock()
	slices.SortFunc(bans, func(x, y Ban) int { return x.Addr.Compare(y.Addr) })
	return bans
}
