package ledger

import (
	"maps"

	"autocom/appliance/tally/count"
)

// counters are the rows, each found by what it counts. Rows before the floor were forgotten: what is added to them is lost.
type counters struct {
	floor  count.Quarter
	visits map[count.Place]*count.Visits
	offers map[count.Desk]*count.Offers
	calls  map[count.Journey]*count.Calls
	spent  map[count.Posture]*count.Spent
	backs  map[count.Wish]*count.Wishes
	heard  map[count.Quarter]*count.Heard
}

func newCounters() counters {
	return counters{
		visits: map[count.Place]*count.Visits{}, offers: map[count.Desk]*count.Offers{}, calls: map[count.Journey]*count.Calls{}, spent: map[count.Posture]*count.Spent{}, backs: map[count.Wish]*count.Wishes{}, heard: map[count.Quarter]*count.Heard{},
	}
}

func (c *counters) visitsIn(p count.Place) *count.Visits {
	return row(c.visits, p, p.Quarter >= c.floor)
}

func (c *counters) offersAt(d count.Desk) *count.Offers {
	return row(c.offers, d, d.Quarter >= c.floor)
}

func (c *counters) callsOf(j count.Journey) *count.Calls {
	return row(c.calls, j, j.Quarter >= c.floor)
}

func (c *counters) spentAs(p count.Posture) *count.Spent {
	return row(c.spent, p, p.Quarter >= c.floor)
}

func (c *counters) wishesOf(w count.Wish) *count.Wishes { return row(c.backs, w, w.Quarter >= c.floor) }

func (c *counters) heardIn(quarter count.Quarter) *count.Heard {
	return row(c.heard, quarter, quarter >= c.floor)
}

// row finds a row, or makes it. One that is not kept is thrown away by whoever asked.
func row[K comparable, V any](rows map[K]*V, key K, keep bool) *V {
	v := rows[key]
	if v == nil {
		v = new(V)
		if keep {
			rows[key] = v
		}
	}
	return v
}

// clone copies the rows of the quarters from one up to another, so that what is going on can be counted in the copy.
func (c *counters) clone(from, until count.Quarter) counters {
	in := func(q count.Quarter) bool { return q >= from && q < until }
	return counters{
		floor:  c.floor,
		visits: cloned(c.visits, func(p count.Place) bool { return in(p.Quarter) }), offers: cloned(c.offers, func(d count.Desk) bool { return in(d.Quarter) }),
		calls: cloned(c.calls, func(j count.Journey) bool { return in(j.Quarter) }), spent: cloned(c.spent, func(p count.Posture) bool { return in(p.Quarter) }),
		backs: cloned(c.backs, func(w count.Wish) bool { return in(w.Quarter) }), heard: cloned(c.heard, in),
	}
}

func cloned[K comparable, V any](rows map[K]*V, in func(K) bool) map[K]*V {
	out := map[K]*V{}
	for k, v := range rows {
		if in(k) {
			w := *v
			out[k] = &w
		}
	}
	return out
}

func (c *counters) forget(before count.Quarter) {
	c.floor = max(c.floor, before)
	maps.DeleteFunc(c.visits, func(p count.Place, _ *count.Visits) bool { return p.Quarter < c.floor })
	maps.DeleteFunc(c.offers, func(d count.Desk, _ *count.Offers) bool { return d.Quarter < c.floor })
	maps.DeleteFunc(c.calls, func(j count.Journey, _ *count.Calls) bool { return j.Quarter < c.floor })
	maps.DeleteFunc(c.spent, func(p count.Posture, _ *count.Spent) bool { return p.Quarter < c.floor })
	maps.DeleteFunc(c.backs, func(w count.Wish, _ *count.Wishes) bool { return w.Quarter < c.floor })
	maps.DeleteFunc(c.heard, func(q count.Quarter, _ *count.Heard) bool { return q < c.floor })
}
