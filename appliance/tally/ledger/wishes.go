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

// contacted counts a contact of a campaign from its first attempt on, and what became of it. Who was never called is no attempt of ours.
func (b *Book) contacted(f fact.ContactChanged, now fact.Moment) {
	id := "contact:" + f.Campaign + ":" + f.Contact
	over := fact.CallbackEnded{Callback: id, Attempts: f.Attempts}
	switch {
	case f.State == "dialling":
		b.wished(fact.CallbackRequested{Callback: id, Queue: f.Queue, Source: "campaign"}, now)
		return
	case (f.State == "done" || f.State == "refused") && f.Result == "answered":
		over.Outcome = "reached"
	case f.State == "done":
		over.Outcome = "unreached"
	case f.State == "cancelled", f.State == "refused": // said elsewhere
		over.Outcome = "cancelled"
	default:
		return
	}
	b.wishOver(over)
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
