package ledger

import (
	"cmp"
	"maps"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

func sorted[K comparable, V any](rows map[K]*V, compare func(a, b K) int) []count.Row[K, V] {
	out := make([]count.Row[K, V], 0, len(rows))
	for k, v := range rows {
		out = append(out, count.Row[K, V]{At: k, N: *v})
	}
	slices.SortFunc(out, func(a, b count.Row[K, V]) int { return compare(a.At, b.At) })
	return out
}

func (c *counters) rows() count.Rows {
	return count.Rows{
		Visits: sorted(c.visits, count.Place.Compare), Offers: sorted(c.offers, count.Desk.Compare), Calls: sorted(c.calls, count.Journey.Compare),
		Spent: sorted(c.spent, count.Posture.Compare), Wishes: sorted(c.backs, count.Wish.Compare), Heard: sorted(c.heard, cmp.Compare[count.Quarter]),
	}
}

// Rows counts what is over and, up to now, what is going on: who waits is in progress, who is logged in, in a pause or in a conversation has been
// for so long. The book stays as it is.
func (b *Book) Rows(now fact.Moment) count.Rows {
	return b.Between(-1<<62, 1<<62, now)
}

// Between is Rows of the quarters from one up to another, which is not in it: a day of a book that keeps a month costs a day's work.
func (b *Book) Between(from, until count.Quarter, now fact.Moment) count.Rows {
	all := b.clone(from, until)
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
			all.callsOf(c.journey()).Add(count.Calls{Received: 1, InProgress: 1})
		}
	}
	for _, w := range b.wishes {
		if w.Over == "" {
			all.wishesOf(w.At).InProgress++
		}
	}
	for _, a := range b.agents {
		all.spend(a, now)
	}
	rows := all.rows()
	rows.Holes = slices.Clone(b.holes)
	return rows.Between(from, until)
}

// First is the first quarter of which the book has heard anything; false: of none.
func (b *Book) First() (count.Quarter, bool) {
	first, some := count.Quarter(0), false
	for q := range b.heard {
		if !some || q < first {
			first, some = q, true
		}
	}
	return first, some
}

// Open is how much the book holds besides its counters: calls, agents and callers it remembers.
func (b *Book) Open() (calls, agents, people int) { return len(b.open), len(b.agents), len(b.people) }

func (b *Book) openAgents() []*openAgent {
	return slices.SortedFunc(maps.Values(b.agents), func(x, y *openAgent) int { return cmp.Compare(x.ID, y.ID) })
}
