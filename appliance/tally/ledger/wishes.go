package ledger

import (
	"maps"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// openWish is a callback that was asked for and is not over.
type openWish struct {
	UTC int64      `json:"utc"`
	At  count.Wish `json:"at"`
}

// wished counts a callback that was asked for: in a queue, on the web, by a campaign or by a person.
func (b *Book) wished(f fact.CallbackRequested, now fact.Moment) {
	if _, told := b.wishes[f.Callback]; told {
		return
	}
	w := count.Wish{Place: count.Place{Quarter: count.QuarterOf(now.UTC), Queue: f.Queue}, Source: f.Source}
	if c := b.open[f.Call]; c != nil {
		w.First, w.Section, w.Route = c.First, c.Section, c.Route
	}
	b.wishes[f.Callback] = openWish{UTC: now.UTC, At: w}
	b.wishesOf(w).Asked++
}

// wishOver counts what became of it.
func (b *Book) wishOver(f fact.CallbackEnded) {
	w, told := b.wishes[f.Callback]
	if !told {
		return
	}
	delete(b.wishes, f.Callback)
	n := b.wishesOf(w.At)
	n.Attempts += int64(f.Attempts)
	n.End(f.Outcome)
}

// loseWishes lets go of callbacks that were asked for before a Unix time in ms: their end was lost.
func (b *Book) loseWishes(before int64) {
	maps.DeleteFunc(b.wishes, func(_ string, w openWish) bool {
		if w.UTC < before {
			b.wishesOf(w.At).Other++
		}
		return w.UTC < before
	})
}
