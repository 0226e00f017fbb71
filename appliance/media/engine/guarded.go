package engine

import (
	"net/netip"
	"time"

	"autocom/appliance/exchange/plan"
)

// What the owner of an engine needs to protect packets on their way (SRTP): the engine itself only ever sees them in the clear.

// Admits reports whether Packet would heed a packet that comes from an address now. It lets the owner spare strangers the cost of a check.
func (e *Engine) Admits(s Slot, from netip.AddrPort, now time.Duration) bool {
	if int(s) < 0 || int(s) >= len(e.legs) || e.legs[s] == nil {
		return false
	}
	l := e.legs[s]
	return l.agreed && l.src.admits(from, now, e.cfg.Relock)
}

// A Rejection is why a packet did not reach Packet.
type Rejection uint8

// The rejections.
const (
	Forged   Rejection = iota // its authentication failed
	Replayed                  // it came before
)

// Reject counts a packet that the owner refused. It is no sign of life: neither the lock nor MediaLost knows of it.
func (e *Engine) Reject(s Slot, why Rejection) {
	if int(s) < 0 || int(s) >= len(e.legs) || e.legs[s] == nil {
		return
	}
	switch c := &e.legs[s].count; why {
	case Forged:
		c.Forged++
	case Replayed:
		c.Replayed++
	}
}

// Stream gives the SSRC and the highest sequence number of what a leg is sent.
func (e *Engine) Stream(id plan.LegID) (ssrc uint32, seq uint16) {
	if l := e.byID[id]; l != nil {
		return l.out.ssrc, l.out.seq
	}
	return 0, 0
}

// RenewStream makes what a leg is sent go on as another source: under a new key, an SSRC that is new too leaves no doubt at which rollover both
// sides count from (RFC 3711 §3.3.1).
func (e *Engine) RenewStream(id plan.LegID) {
	if l := e.byID[id]; l != nil {
		l.out.another(e.rng)
	}
}
