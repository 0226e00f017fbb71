package ledger

import "autocom/appliance/exchange/fact"

// openWish is a callback that was asked for and is not over.
type openWish struct {
	UTC   int64 `json:"utc"`
	Place Place `json:"place"`
}

// wished counts a callback that was asked for: in a queue, on the web or by a person.
func (b *Book) wished(f fact.CallbackRequested, now fact.Moment) {
	if _, told := b.wishes[f.Callback]; told {
		return
	}
	p := Place{Quarter: QuarterOf(now.UTC), Queue: f.Queue}
	if c := b.open[f.Call]; c != nil {
		p.First, p.Section, p.Route = c.First, c.Section, c.Route
	}
	b.wishes[f.Callback] = openWish{UTC: now.UTC, Place: p}
	b.visitsIn(p).Wished++
}

// wishOver counts what became of it.
func (b *Book) wishOver(f fact.CallbackEnded) {
	w, told := b.wishes[f.Callback]
	if !told {
		return
	}
	delete(b.wishes, f.Callback)
	n := b.visitsIn(w.Place)
	switch f.Outcome {
	case "reached":
		n.Reached++
	case "unreached":
		n.Unfound++
	default:
		n.Withdrawn++
	}
}
