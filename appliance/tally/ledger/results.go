package ledger

import (
	"cmp"
	"maps"
	"slices"

	"autocom/appliance/exchange/fact"
)

// Row is one line of counters: what it counts, and how much.
type Row[K, V any] struct {
	At K `json:"at"`
	N  V `json:"n"`
}

// Rows are all lines of a book, in one order on every machine.
type Rows struct {
	Visits []Row[Place, Visits]  `json:"visits,omitempty"`
	Offers []Row[Desk, Offers]   `json:"offers,omitempty"`
	Calls  []Row[Journey, Calls] `json:"calls,omitempty"`
	Spent  []Row[Posture, Spent] `json:"spent,omitempty"`
	Wishes []Row[Wish, Wishes]   `json:"wishes,omitempty"`
	Heard  []Row[Quarter, Heard] `json:"heard,omitempty"`
	Holes  []Hole                `json:"holes,omitempty"`
}

func sorted[K comparable, V any](rows map[K]*V, compare func(a, b K) int) []Row[K, V] {
	out := make([]Row[K, V], 0, len(rows))
	for k, v := range rows {
		out = append(out, Row[K, V]{k, *v})
	}
	slices.SortFunc(out, func(a, b Row[K, V]) int { return compare(a.At, b.At) })
	return out
}

func (c *counters) rows() Rows {
	return Rows{
		Visits: sorted(c.visits, Place.compare), Offers: sorted(c.offers, Desk.compare), Calls: sorted(c.calls, Journey.compare),
		Spent: sorted(c.spent, Posture.compare), Wishes: sorted(c.backs, Wish.compare), Heard: sorted(c.heard, cmp.Compare[Quarter]),
	}
}

// Rows counts what is over and, up to now, what is going on: who waits is in progress, who is logged in, in a pause or in a conversation has been
// for so long. The book stays as it is.
func (b *Book) Rows(now fact.Moment) Rows {
	all := b.clone()
	for _, c := range b.open {
		for _, v := range c.Visits {
			n := all.visitsIn(v.Place)
			n.InProgress++
			n.MaxWaitMS = max(n.MaxWaitMS, now.Since(v.Entered))
		}
		for _, o := range c.Offers {
			all.offersAt(o.Desk).InProgress++
		}
		if c.Bridge != nil && c.Talk != nil {
			all.visitsIn(*c.Talk).TalkMS += max(0, now.Since(*c.Bridge))
		}
		if c.Told {
			all.callsOf(c.journey()).Add(Calls{Received: 1, InProgress: 1})
		}
	}
	for _, w := range b.wishes {
		all.wishesOf(w.At).InProgress++
	}
	for _, a := range b.agents {
		all.spend(a, now)
	}
	rows := all.rows()
	rows.Holes = slices.Clone(b.holes)
	return rows
}

// Open is how much the book holds besides its counters: calls, agents and callers it remembers.
func (b *Book) Open() (calls, agents, people int) { return len(b.open), len(b.agents), len(b.people) }

func (b *Book) openAgents() []*openAgent {
	return slices.SortedFunc(maps.Values(b.agents), func(x, y *openAgent) int { return cmp.Compare(x.ID, y.ID) })
}

// Between gives the rows of the quarters from one up to another, which is not in it. The rows are those of Rows: in their order.
func (r Rows) Between(from, until Quarter) Rows {
	out := Rows{
		Visits: between(r.Visits, from, until, func(p Place) Quarter { return p.Quarter }),
		Offers: between(r.Offers, from, until, func(d Desk) Quarter { return d.Quarter }),
		Calls:  between(r.Calls, from, until, func(j Journey) Quarter { return j.Quarter }),
		Spent:  between(r.Spent, from, until, func(p Posture) Quarter { return p.Quarter }),
		Wishes: between(r.Wishes, from, until, func(w Wish) Quarter { return w.Quarter }),
		Heard:  between(r.Heard, from, until, func(q Quarter) Quarter { return q }),
	}
	for _, h := range r.Holes {
		if h.Quarter >= from && h.Quarter < until {
			out.Holes = append(out.Holes, h)
		}
	}
	return out
}

func between[K, V any](rows []Row[K, V], from, until Quarter, in func(K) Quarter) []Row[K, V] {
	at := func(q Quarter) int {
		i, _ := slices.BinarySearchFunc(rows, q, func(r Row[K, V], q Quarter) int { return cmp.Compare(in(r.At), q) })
		return i
	}
	a := at(from)
	return rows[a:max(a, at(until))]
}
