package engine

import (
	"net/netip"
	"time"
)

// A locking is where symmetric RTP stands on one leg.
type locking uint8

const (
	seeking locking = iota // no source is known; the peer is sent to where its SDP said
	locked                 // one source is heard and sent to; all others are strangers
)

// lockAfter is how many packets in a row a source must send before it is locked on to.
const lockAfter = 3

// source is the symmetric RTP of one leg: whom we listen to, and where we send.
type source struct {
	state   locking
	peer    netip.AddrPort // the locked one
	heard   time.Duration  // when peer last sent
	try     netip.AddrPort // the source that may become it
	tryRun  int            // packets in a row from it
	remote  netip.AddrPort // what SDP said
	signal  netip.Addr     // where signalling comes from
	anyPeer bool
}

// target is where RTP goes now; not valid while nothing is known.
func (s *source) target() netip.AddrPort {
	if s.state == locked {
		return s.peer
	}
	return s.remote
}

// expect takes over what signalling says. A changed address is a move: the lock is given up. The same address again
// keeps it, so that a hold or a session refresh does not open the door to strangers.
func (s *source) expect(remote netip.AddrPort, signal netip.Addr, anyPeer bool) {
	if remote != s.remote || signal != s.signal || anyPeer != s.anyPeer {
		s.state, s.try, s.tryRun = seeking, netip.AddrPort{}, 0
	}
	s.remote, s.signal, s.anyPeer = remote, signal, anyPeer
}

// trusted reports whether an address may become the source.
func (s *source) trusted(a netip.Addr) bool { return s.anyPeer || s.expected(a) }

// expected reports whether an address is one that signalling named.
func (s *source) expected(a netip.Addr) bool {
	return a.IsValid() && (a == s.signal || a == s.remote.Addr())
}

// admits reports whether admit may heed a packet from an address, without heeding it.
func (s *source) admits(from netip.AddrPort, now, relock time.Duration) bool {
	if s.state == seeking {
		if s.try == s.remote && s.remote.IsValid() && now-s.heard < relock { // just where SDP says: late packets of another call of the same gateway are not its own
			return from == s.remote
		}
		return s.trusted(from.Addr()) && (s.expected(from.Addr()) || !s.expected(s.try.Addr()))
	}
	if from == s.peer {
		return true
	}
	// Whoever was let in by the policy for phones behind NAT gives way to the address that signalling named.
	if s.expected(from.Addr()) && !s.expected(s.peer.Addr()) {
		return true
	}
	// A NAT that forgot its binding, or a gateway that changed ports: after a silence, from the same place.
	quiet := now-s.heard >= relock
	return quiet && (from.Addr() == s.peer.Addr() || (!s.anyPeer && s.trusted(from.Addr())))
}

// admit decides whether a packet from an address is heard. While seeking, the first address that may be the peer is
// heard at once and locked on to at its third packet in a row; another one must send three in a row to displace it. One that signalling named is
// not displaced by one that it did not.
func (s *source) admit(from netip.AddrPort, now, relock time.Duration) bool {
	if !s.admits(from, now, relock) {
		return false
	}
	if s.state == locked && from == s.peer {
		s.heard, s.tryRun = now, 0
		return true
	}
	if from != s.try {
		s.try, s.tryRun = from, 0
	}
	s.tryRun++
	proved := s.tryRun >= lockAfter
	if !proved && s.state == locked {
		return false // proof, not sound
	}
	if proved {
		s.lock(from)
	}
	s.heard = now
	return true
}

func (s *source) lock(from netip.AddrPort) {
	s.state, s.peer, s.tryRun = locked, from, 0
}
