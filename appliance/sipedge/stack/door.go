package stack

import (
	"net/netip"
	"time"

	"autocom/appliance/sipedge/stack/door"
)

// Firewall says who may speak to the box at all.
type Firewall = door.Firewall

// Rate is a token bucket.
type Rate = door.Rate

// Ban is one entry of the ban list.
type Ban = door.Ban

// Reason is why an address was banned.
type Reason = door.Reason

// Drop is why a message was not handed over.
type Drop = door.Drop

// The reasons of bans.
const (
	ReasonGarbage    = door.ReasonGarbage
	ReasonUnparsable = door.ReasonUnparsable
	ReasonScanner    = door.ReasonScanner
	ReasonPassword   = door.ReasonPassword
	ReasonOperator   = door.ReasonOperator
)

// The reasons why messages go no further.
const (
	DropKeepalive  = door.DropKeepalive
	DropOversize   = door.DropOversize
	DropStranger   = door.DropStranger
	DropBanned     = door.DropBanned
	DropRate       = door.DropRate
	DropGarbage    = door.DropGarbage
	DropScanner    = door.DropScanner
	DropUnparsable = door.DropUnparsable
	DropHeaders    = door.DropHeaders
	DropInvalid    = door.DropInvalid
	DropOverload   = door.DropOverload
	DropStray      = door.DropStray
	DropCrowded    = door.DropCrowded
)

// Admit replaces the networks of [Firewall]: a site document changed. Bans and counts stay.
func (s *Stack) Admit(trusted, admitted []netip.Prefix) { s.guard.Admit(trusted, admitted) }

// Trusts reports whether an address is in the site's own networks.
func (s *Stack) Trusts(a netip.Addr) bool { return s.guard.Trusts(a) }

// Strike notes that a wrong password came from an address; enough of them within Firewall.BanFor ban it.
func (s *Stack) Strike(a netip.Addr) { s.guard.Strike(a, ReasonPassword, time.Now()) }

// Ban shuts an address out for a while. It reports false, and does nothing, for a trusted one and for a carrier.
func (s *Stack) Ban(a netip.Addr, d time.Duration) bool { return s.guard.Ban(a, d, time.Now()) }

// Unban lets an address in again and forgets all that was held against it. It reports whether there was a ban.
func (s *Stack) Unban(a netip.Addr) bool { return s.guard.Unban(a, time.Now()) }

// Bans is the ban list, by address.
func (s *Stack) Bans() []Ban { return s.guard.Bans(time.Now()) }

// BanRecord is the ban list with those that are over and still count, to be written down.
func (s *Stack) BanRecord() []Ban { return s.guard.Record(time.Now()) }

// RestoreBans takes back what BanRecord gave, as far as it makes sense and nothing newer is known.
func (s *Stack) RestoreBans(list []Ban) { s.guard.Restore(list, time.Now()) }

// admit decides on what came from an address, before anything is parsed or remembered of it.
func (s *Stack) admit(from netip.AddrPort, data []byte) Drop {
	return s.guard.Look(from.Addr(), data, s.cfg.MaxMessage, time.Now())
}
