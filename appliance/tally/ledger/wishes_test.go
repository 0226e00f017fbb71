package ledger

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// Contacts of campaigns count from their first attempt, once each, by what became of them: FEATURES §11, contact rate and attempts of campaigns.
func TestContactsOfCampaigns(t *testing.T) {
	b := New(DefaultRules())
	n := uint64(0)
	take := func(f fact.ContactChanged) {
		n++
		f.Campaign, f.Queue = "relance", "rouge"
		b.Take(fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: n}, At: fact.Moment{UTC: 1_793_000_000_000}, Fact: f})
	}
	take(fact.ContactChanged{Contact: "p1", State: "allocated"})
	take(fact.ContactChanged{Contact: "p1", State: "dialling", Attempts: 1})
	take(fact.ContactChanged{Contact: "p1", State: "resting", Attempts: 1, Result: "busy"})
	take(fact.ContactChanged{Contact: "p1", State: "dialling", Attempts: 2})
	take(fact.ContactChanged{Contact: "p1", State: "done", Attempts: 2, Result: "answered"})
	take(fact.ContactChanged{Contact: "p1", State: "refused", Attempts: 2, Result: "answered"})
	take(fact.ContactChanged{Contact: "p2", State: "dialling", Attempts: 1})
	take(fact.ContactChanged{Contact: "p2", State: "done", Attempts: 1, Result: "no_answer"})
	take(fact.ContactChanged{Contact: "p3", State: "dialling", Attempts: 1})
	take(fact.ContactChanged{Contact: "p3", State: "refused", Attempts: 1})
	take(fact.ContactChanged{Contact: "p4", State: "cancelled"}) // never called
	var got count.Wishes
	for _, r := range b.Rows(fact.Moment{UTC: 1_793_000_000_000}).Wishes {
		if r.At.Source == "campaign" && r.At.Queue == "rouge" {
			got.Add(r.N)
		}
	}
	if want := (count.Wishes{Asked: 3, Reached: 1, Unreached: 1, Cancelled: 1, Attempts: 4}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
