package locate

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/sipedge/flow"
)

// maxTargets bounds what one call may try.
const maxTargets = 32

// maxPenalties bounds the targets that are remembered as failed.
const maxPenalties = 1024

// penalty names a target that failed.
type penalty struct {
	transport flow.Transport
	addr      netip.AddrPort
}

// Failed puts a target behind all others until a time: somebody tried it, and nobody was there (RFC 3263 §4.3).
func (r *Resolver) Failed(t Target, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := penalty{t.Transport, t.Addr}
	if _, ok := r.failed[key]; !ok && len(r.failed) >= maxPenalties {
		soonest, at := penalty{}, time.Time{}
		for k, u := range r.failed {
			if at.IsZero() || u.Before(at) {
				soonest, at = k, u
			}
		}
		delete(r.failed, soonest)
	}
	r.failed[key] = until
}

// Worked takes back what Failed said.
func (r *Resolver) Worked(t Target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.failed, penalty{t.Transport, t.Addr})
}

// order is the targets of a name: by transport and priority, drawn by weight (RFC 2782), those that failed last. It is called with the lock held.
func (r *Resolver) order(q question, n *name, now time.Time) []Target {
	stale := !now.Before(n.expires)
	places := slices.Clone(n.places)
	for i := 0; i < len(places); {
		j := i + 1
		for j < len(places) && places[j].compare(places[i]) == 0 {
			j++
		}
		draw(places[i:j], r.rng)
		i = j
	}
	var list []Target
	for _, p := range places {
		for _, a := range alternate(p.Addrs, r.cfg.Families) {
			if len(list) < maxTargets {
				list = append(list, Target{Transport: p.Transport, Addr: netip.AddrPortFrom(a, p.Port), Name: q.Host, Host: p.Host, Stale: stale})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Target) int { return cmp.Compare(r.until(a, now), r.until(b, now)) })
	return list
}

// until is how long a target is still put last, 0 when it is not.
func (r *Resolver) until(t Target, now time.Time) time.Duration {
	key := penalty{t.Transport, t.Addr}
	until, ok := r.failed[key]
	if !ok {
		return 0
	}
	if !now.Before(until) {
		delete(r.failed, key)
		return 0
	}
	return until.Sub(now)
}

// draw puts places of one priority in an order by chance, the heavier the sooner (RFC 2782, "Weight").
func draw(places []place, rng *rand.Rand) {
	for len(places) > 1 {
		// Those of weight 0 stand first, so that they have a small chance.
		slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(min(a.Weight, 1), min(b.Weight, 1)) })
		sum := 0
		for _, p := range places {
			sum += int(p.Weight)
		}
		at, run := rng.IntN(sum+1), 0
		for i, p := range places {
			run += int(p.Weight)
			if run >= at {
				copy(places[1:i+1], places[:i])
				places[0] = p
				break
			}
		}
		places = places[1:]
	}
}

// alternate orders the addresses of one host: the families in turn, those the box does not have left out.
func alternate(addrs []netip.Addr, f Families) []netip.Addr {
	var first, second, out []netip.Addr
	for _, a := range addrs {
		switch {
		case a.Is4() && !f.has4() || a.Is6() && !f.has6():
		case a.Is6() == (f == IPv6First || f == OnlyIPv6):
			first = append(first, a)
		default:
			second = append(second, a)
		}
	}
	for len(first)+len(second) > 0 {
		if len(first) > 0 {
			out, first = append(out, first[0]), first[1:]
		}
		if len(second) > 0 {
			out, second = append(out, second[0]), second[1:]
		}
	}
	return out
}
