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
