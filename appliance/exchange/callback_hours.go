package exchange

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// When people are called back (FEATURES §10, web callback: no call outside hours): by the queue's own hours, on the branch's clock. Who asks outside
// them is called at the next opening; a slot that has none of them is refused.

// clock is the branch's clock on the wall.
func (x *site) clock() hours.Zone {
	zone, ok := hours.ZoneOf(x.Zone)
	if !ok {
		zone, _ = hours.ZoneOf(policy.LawOf(x.Country, "").Zone)
	}
	return zone
}

// opensIn is how long after an instant (Unix ms) a queue calls people back, in ms: 0 when it does then. false: it never does.
func (x *site) opensIn(k Callback, at int64) (int64, bool) {
	open, ok := hours.Weekly(x.clock(), k.Days, k.Daily).NextOpen(at)
	return max(0, open-at), ok
}

// slotClosed says why nobody can be called within the slot they chose; nil when they can, or chose none.
func (s *State) slotClosed(x *site, q Queue, in CallbackAsk) []fact.Reason {
	from := s.utc + max(0, in.AfterMS)
	closed, ever := x.opensIn(q.Callback, from)
	switch {
	case !ever:
		return []fact.Reason{{Code: "callback.closed", Detail: q.ID}}
	case in.UntilMS != 0 && from+closed >= s.utc+in.UntilMS:
		return []fact.Reason{{Code: "callback.closed", Detail: x.clock().Civil(from + closed).String()}}
	}
	return nil
}
