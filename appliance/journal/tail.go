package journal

import (
	"slices"
	"sort"

	"autocom/appliance/exchange/fact"
)

// tail is the end of the journal in memory, in the order of addresses: some facts that are in the file already, for the live feed, then those
// that are not yet. Whoever holds it guards it.
type tail struct {
	base    fact.Address // everything up to here left memory; it is in the file
	entries []fact.Entry
	done    int // how many of entries, from the front, are committed
	flight  int // how many after those are being written just now
	keep    int // how many committed ones stay for the live feed
	most    int // how many uncommitted ones memory may hold
}

// waiting is how many facts are not committed yet.
func (t *tail) waiting() int { return len(t.entries) - t.done }

// add puts facts at the end. Beyond the bound the oldest uncommitted fact that is not being written gives way, and a FactsLost takes its place
// and its address; lost says how many gave way.
func (t *tail) add(e fact.Entry, cause string) (lost int) {
	t.entries = append(t.entries, e)
	for t.waiting() > t.most && t.waiting()-t.flight >= 2 {
		lost += t.dropOne(cause)
	}
	return lost
}

// dropOne joins the two oldest droppable entries into one FactsLost at the address of the first.
func (t *tail) dropOne(cause string) (lost int) {
	t.shrink(t.done) // keeps the move below short
	first, second := t.entries[t.flight], t.entries[t.flight+1]
	hole := fact.FactsLost{From: first.Address, To: second.Address, Cause: cause}
	for _, e := range []fact.Entry{first, second} {
		was, is := e.Fact.(fact.FactsLost)
		if !is {
			lost++
			continue
		}
		// An earlier hole, or a report of one elsewhere: what it tells must not be lost with it.
		if was.From.Before(hole.From) {
			hole.From = was.From
		}
		if hole.To.Before(was.To) {
			hole.To = was.To
		}
	}
	t.entries[t.flight] = fact.Entry{Address: first.Address, At: first.At, Fact: hole}
	copy(t.entries[1:t.flight+2], t.entries[:t.flight+1])
	t.entries[0] = fact.Entry{}
	t.entries = t.entries[1:]
	return lost
}

// take begins the writing of at most n facts and returns a copy of them. It leaves half of memory out, so that there is always something that
// can give way.
func (t *tail) take(n int) []fact.Entry {
	t.flight = min(n, t.waiting(), max(1, t.most/2))
	return slices.Clone(t.entries[t.done : t.done+t.flight])
}

// landed ends the writing that take began.
func (t *tail) landed(ok bool) {
	if ok {
		t.done += t.flight
		if t.done > t.keep {
			t.shrink(t.done - t.keep)
		}
	}
	t.flight = 0
}

// shrink lets the n oldest committed entries go.
func (t *tail) shrink(n int) {
	if n == 0 {
		return
	}
	t.base = t.entries[n-1].Address
	clear(t.entries[:n])
	t.entries = t.entries[n:]
	t.done -= n
}

// after returns up to n entries after an address, oldest first. covered is false when the address lies before what memory holds: then the file has
// everything up to base.
func (t *tail) after(a fact.Address, n int) (found []fact.Entry, covered bool) {
	if a.Before(t.base) {
		return nil, false
	}
	i := sort.Search(len(t.entries), func(i int) bool { return a.Before(t.entries[i].Address) })
	return slices.Clone(t.entries[i:min(len(t.entries), i+n)]), true
}
