package ledger

import (
	"maps"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// openWish is a callback that was asked for and is not over, or a contact of a campaign.
type openWish struct {
	UTC int64      `json:"utc"`
	At  count.Wish `json:"at"`

	Over      string `json:"over,omitempty"`      // of a campaign's contact: what became of it
	Attempts  int64  `json:"attempts,omitempty"`  // of one that is over
	Converted bool   `json:"converted,omitempty"` // its agent says so
}

// wished counts a callback that was asked for: in a queue, on the web or by a person.
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

// contacted counts a contact of a campaign from its first attempt on, and what became of it. Who was never called is no attempt of ours. What became of it
// may be taken back by its agent after the call, so that it is remembered for as long as anything is that may still happen.
func (b *Book) contacted(f fact.ContactChanged, now fact.Moment) {
	id := contactID(f.Campaign, f.Contact)
	outcome := ""
	switch {
	case f.State == "dialling":
		b.attempted(id, f, now)
		b.reopen(id)
		return
	case f.State == "resting", f.State == "waiting":
		b.reopen(id)
		return
	case (f.State == "done" || f.State == "refused") && f.Result == "answered":
		outcome = "reached"
	case f.State == "done":
		outcome = "unreached"
	case f.State == "cancelled", f.State == "refused": // said elsewhere
		outcome = "cancelled"
	default:
		return
	}
	w, told := b.wishes[id]
	if !told || w.Over != "" {
		return
	}
	w.Over, w.Attempts = outcome, int64(f.Attempts)
	n := b.wishesOf(w.At)
	n.Attempts += w.Attempts
	n.End(outcome)
	if w.Converted && outcome == "reached" {
		n.Converted++
	}
	b.wishes[id] = w
}

func contactID(campaign, contact string) string { return "contact:" + campaign + ":" + contact }

// attempted counts a contact at its first attempt.
func (b *Book) attempted(id string, f fact.ContactChanged, now fact.Moment) {
	if _, told := b.wishes[id]; told {
		return
	}
	w := count.Wish{Place: count.Place{Quarter: count.QuarterOf(now.UTC), Queue: f.Queue}, Source: "campaign", Campaign: f.Campaign}
	b.wishes[id] = openWish{UTC: now.UTC, At: w}
	b.wishesOf(w).Asked++
}

// reopen takes back that a contact is over: there is another attempt.
func (b *Book) reopen(id string) {
	w, told := b.wishes[id]
	if !told || w.Over == "" {
		return
	}
	n := b.wishesOf(w.At)
	n.Attempts -= w.Attempts
	n.Reopen(w.Over)
	if w.Converted && w.Over == "reached" {
		n.Converted--
	}
	w.Over, w.Attempts, w.Converted = "", 0, false
	b.wishes[id] = w
}

// marked counts what the agent of a contact says of its last call: a success counts of who was reached, and a machine or a stranger is nobody reached.
func (b *Book) marked(f fact.ContactMarked) {
	id := contactID(f.Campaign, f.Contact)
	w, told := b.wishes[id]
	if !told {
		return
	}
	n := b.wishesOf(w.At)
	converted := f.Mark == "converted"
	if w.Over == "reached" && converted != w.Converted {
		if converted {
			n.Converted++
		} else {
			n.Converted--
		}
	}
	w.Converted = converted
	if w.Over == "reached" && (f.Mark == "machine" || f.Mark == "wrong_number") {
		n.Reopen(w.Over)
		w.Over = "unreached"
		n.End(w.Over)
	}
	b.wishes[id] = w
}

// loseWishes lets go of callbacks that were asked for before a Unix time in ms: their end was lost.
func (b *Book) loseWishes(before int64) {
	maps.DeleteFunc(b.wishes, func(_ string, w openWish) bool {
		if w.UTC < before && w.Over == "" {
			b.wishesOf(w.At).Other++
		}
		return w.UTC < before
	})
}
