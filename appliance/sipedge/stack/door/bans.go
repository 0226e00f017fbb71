package door

import (
	"net/netip"
	"slices"
	"time"
)

// Reason is why an address was banned; the words are kept in files and shown.
type Reason string

// The reasons.
const (
	ReasonGarbage    Reason = "garbage"    // datagrams that are no SIP
	ReasonUnparsable Reason = "unparsable" // SIP that cannot be read
	ReasonScanner    Reason = "scanner"    // a known tool of attackers
	ReasonPassword   Reason = "password"   // wrong passwords
	ReasonOperator   Reason = "operator"   // somebody of the site said so
)

// Ban is one entry of the ban list.
type Ban struct {
	Addr   netip.Addr `json:"addr"` // over IPv6, the first address of the /64 that is banned
	Reason Reason     `json:"reason"`
	Since  time.Time  `json:"since"`
	Until  time.Time  `json:"until"`
	Count  int        `json:"count"` // bans of this address, this one included, without a quiet week between them
}

const (
	maxBans  = 4096
	banQuiet = 7 * 24 * time.Hour // after it an address begins anew
	maxBan   = 366 * 24 * time.Hour
	maxCount = 1000 // above it nothing is counted: it changes nothing
)

// banList is who is banned, and who was within the last week. The guard's lock holds it.
type banList map[netip.Addr]Ban

// holds reports whether an address is banned.
func (l banList) holds(a netip.Addr, now time.Time) bool {
	b, ok := l[a]
	return ok && now.Before(b.Until)
}

// add bans an address: for first, then 6 times that (an hour), then 144 times (a day).
func (l banList) add(a netip.Addr, why Reason, now time.Time, first time.Duration) {
	count := l.past(a, now) + 1
	span := first
	switch {
	case count == 2:
		span = 6 * first
	case count > 2:
		span = 144 * first
	}
	l.put(Ban{a, why, now, now.Add(span), count}, now)
}

// past is how often an address was banned before, 0 after a quiet week.
func (l banList) past(a netip.Addr, now time.Time) int {
	b, ok := l[a]
	if !ok || now.Sub(b.Until) > banQuiet {
		return 0
	}
	return min(b.Count, maxCount)
}

// put takes an entry in. When the list is full, the one that ends first goes: most likely it is over.
func (l banList) put(b Ban, now time.Time) {
	if _, known := l[b.Addr]; !known && len(l) >= maxBans {
		var first Ban
		for a, o := range l {
			if now.Sub(o.Until) > banQuiet {
				delete(l, a)
				continue
			}
			if !first.Addr.IsValid() || o.Until.Before(first.Until) || o.Until.Equal(first.Until) && o.Addr.Less(first.Addr) {
				first = o
			}
		}
		if len(l) >= maxBans {
			delete(l, first.Addr)
		}
	}
	l[b.Addr] = b
}

// sorted is a part of the list, by address.
func (l banList) sorted(want func(Ban) bool) []Ban {
	var bans []Ban
	for _, b := range l {
		if want(b) {
			bans = append(bans, b)
		}
	}
	slices.SortFunc(bans, func(x, y Ban) int { return x.Addr.Compare(y.Addr) })
	return bans
}

// Ban shuts an address out for a while. It reports false, and does nothing, for a trusted one and for a carrier.
func (g *Guard) Ban(a netip.Addr, d time.Duration, now time.Time) bool {
	a = plain(a)
	if g.exempt(a) {
		return false
	}
	at := g.site(a)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bans.put(Ban{at, ReasonOperator, now, now.Add(d), g.bans.past(at, now) + 1}, now)
	return true
}

// Unban lets an address in again and forgets all that was held against it. It reports whether there was a ban.
func (g *Guard) Unban(a netip.Addr, now time.Time) bool {
	a = g.site(plain(a))
	g.mu.Lock()
	defer g.mu.Unlock()
	if e := g.sources[a]; e != nil {
		e.Value.(*source).strikes = 0
	}
	was := g.bans.holds(a, now)
	delete(g.bans, a)
	return was
}

// Bans is the ban list, by address.
func (g *Guard) Bans(now time.Time) []Ban {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.bans.sorted(func(b Ban) bool { return now.Before(b.Until) })
}

// Record is the ban list with those that are over and still count, to be written down.
func (g *Guard) Record(now time.Time) []Ban {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.bans.sorted(func(b Ban) bool { return now.Sub(b.Until) <= banQuiet })
}

// Restore takes back what Record gave, as far as it makes sense and nothing newer is known.
func (g *Guard) Restore(list []Ban, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, b := range list {
		b.Addr = plain(b.Addr)
		_, known := g.bans[b.Addr]
		if b.Since.After(now) { // the clock was set back: it lasts as long as it was to
			b.Since, b.Until = now, now.Add(b.Until.Sub(b.Since))
		}
		if known || !b.Addr.IsValid() || b.Count < 1 || b.Until.Before(b.Since) || now.Sub(b.Until) > banQuiet || b.Until.Sub(now) > maxBan {
			continue
		}
		b.Count = min(b.Count, maxCount)
		g.bans.put(b, now)
	}
}
