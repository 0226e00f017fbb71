// Package count is what statistics count: the lines they keep, by whom, where and when, and the columns of each.
//
// Every column adds up. Lines are kept by the quarter of an hour, and each is a partition: what was received is the sum of what became of it.
package count

import (
	"cmp"
	"slices"
)

// Row is one line of counters: what it counts, and how much.
type Row[K, V any] struct {
	At K `json:"at"`
	N  V `json:"n"`
}

// Rows are all lines of a ledger, in one order on every machine.
type Rows struct {
	Visits []Row[Place, Visits]  `json:"visits,omitempty"`
	Offers []Row[Desk, Offers]   `json:"offers,omitempty"`
	Calls  []Row[Journey, Calls] `json:"calls,omitempty"`
	Spent  []Row[Posture, Spent] `json:"spent,omitempty"`
	Wishes []Row[Wish, Wishes]   `json:"wishes,omitempty"`
	Heard  []Row[Quarter, Heard] `json:"heard,omitempty"`
	Holes  []Hole                `json:"holes,omitempty"`
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
