package nat

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// maxPeers bounds the carriers whose view of the box is remembered.
const maxPeers = 64

// Outside is how carriers see the box: the received and rport they put into the Via of our requests (RFC 3581 §4). The zero value has heard nothing.
type Outside struct {
	views []view // by peer
}

// view is what one peer last said.
type view struct {
	Peer    string
	Sent    netip.AddrPort // what our Via said
	Seen    netip.AddrPort
	Before  netip.AddrPort // what it said before that, when that was another address
	Changed time.Time
}

// find is where the view of a peer is, or belongs.
func (o *Outside) find(peer string) (int, bool) {
	return slices.BinarySearchFunc(o.views, peer, func(v view, p string) int { return strings.Compare(v.Peer, p) })
}

// Seen notes that a peer, by its name, saw a request of ours that said sent come from seen. It reports whether that is another mapping than before.
func (o *Outside) Seen(now time.Time, peer string, sent, seen netip.AddrPort) (moved bool) {
	i, known := o.find(peer)
	if !known {
		if len(o.views) >= maxPeers {
			return false
		}
		o.views = slices.Insert(o.views, i, view{Peer: peer, Sent: sent, Seen: seen})
		return false
	}
	v := &o.views[i]
	moved = v.Seen != seen
	if v.Seen.Addr() != seen.Addr() {
		v.Before, v.Changed = v.Seen, now
	}
	v.Sent, v.Seen = sent, seen
	return moved
}

// Forget drops what peers said that are no more.
func (o *Outside) Forget(is func(peer string) bool) {
	o.views = slices.DeleteFunc(o.views, func(v view) bool { return !is(v.Peer) })
}

// Address is where a peer sees the box, if it said so.
func (o *Outside) Address(peer string) (netip.AddrPort, bool) {
	i, known := o.find(peer)
	if !known {
		return netip.AddrPort{}, false
	}
	return o.views[i].Seen, true
}

// Findings is what follows for the box. A change of address is told for a week.
func (o *Outside) Findings(now time.Time) []Finding {
	var list []Finding
	var ports []uint16 // the box was seen at, behind a router
	for _, v := range o.views {
		if v.Seen.Addr() != v.Sent.Addr() {
			if len(ports) == 0 { // once, for whoever is first
				list = append(list, Of(BoxBehindNAT, fmt.Sprintf("the box says %s, %s sees %s", v.Sent, v.Peer, v.Seen)))
			}
			if !slices.Contains(ports, v.Seen.Port()) {
				ports = append(ports, v.Seen.Port())
			}
		}
		if v.Before.IsValid() && now.Sub(v.Changed) < 7*24*time.Hour {
			list = append(list, Of(AddressChanges, fmt.Sprintf("%s saw %s, then %s, %s ago", v.Peer, v.Before.Addr(), v.Seen.Addr(), now.Sub(v.Changed).Round(time.Minute))))
		}
	}
	if len(ports) > 1 {
		slices.Sort(ports)
		list = append(list, Of(PortPerPeer, fmt.Sprintf("outside ports %v", ports)))
	}
	return list
}
