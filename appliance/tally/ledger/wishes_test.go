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

// A success is a contact who was reached and whom the agent marked converted, during the call or after it: once, as long as the agent says so, by
// campaign. A machine is nobody reached, and another attempt opens the contact again (FEATURES §11, conversion of campaigns).
func TestConversions(t *testing.T) {
	b := New(DefaultRules())
	now := fact.Moment{UTC: 1_793_000_000_000}
	n := uint64(0)
	take := func(f fact.Fact) {
		n++
		b.Take(fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: n}, At: now, Fact: f})
	}
	state := func(id, state string, attempts int, result string) {
		take(fact.ContactChanged{Contact: id, Campaign: "relance", Queue: "rouge", State: state, Attempts: attempts, Result: result})
	}
	mark := func(id, mark string) {
		take(fact.ContactMarked{Contact: id, Campaign: "relance", Queue: "rouge", Mark: mark})
	}
	is := func(when string, want count.Wishes) {
		t.Helper()
		var got count.Wishes
		for _, r := range b.Rows(now).Wishes {
			if r.At.Campaign == "relance" {
				got.Add(r.N)
			}
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	state("p1", "dialling", 1, "")
	mark("p1", "converted")
	is("during the call", count.Wishes{Asked: 1, InProgress: 1})
	state("p1", "done", 1, "answered")
	mark("p1", "converted") // said twice
	is("after it", count.Wishes{Asked: 1, Reached: 1, Attempts: 1, Converted: 1})
	state("p2", "dialling", 1, "")
	state("p2", "done", 1, "answered")
	mark("p2", "converted")
	is("marked afterwards", count.Wishes{Asked: 2, Reached: 2, Attempts: 2, Converted: 2})
	mark("p2", "refused")
	state("p2", "refused", 1, "answered")
	is("the agent thinks better of it", count.Wishes{Asked: 2, Reached: 2, Attempts: 2, Converted: 1})
	state("p3", "dialling", 1, "")
	state("p3", "done", 1, "answered")
	mark("p3", "machine") // the last attempt
	is("a machine", count.Wishes{Asked: 3, Reached: 2, Unreached: 1, Attempts: 3, Converted: 1})
	state("p4", "dialling", 1, "")
	state("p4", "done", 1, "answered")
	mark("p4", "later")
	state("p4", "resting", 1, "answered")
	is("to be called again", count.Wishes{Asked: 4, Reached: 2, Unreached: 1, InProgress: 1, Attempts: 3, Converted: 1})
	state("p4", "dialling", 2, "answered")
	state("p4", "done", 2, "busy")
	is("and busy then", count.Wishes{Asked: 4, Reached: 2, Unreached: 2, Attempts: 5, Converted: 1})
	mark("p5", "converted") // never called
	is("nobody", count.Wishes{Asked: 4, Reached: 2, Unreached: 2, Attempts: 5, Converted: 1})

	raw, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b, err = Restore(raw); err != nil {
		t.Fatal(err)
	}
	mark("p1", "wrong_number")
	is("after a restart", count.Wishes{Asked: 4, Reached: 1, Unreached: 3, Attempts: 5})
	now.UTC += longest + 86_400_000 // what was over long ago is let go of, and lost by nobody
	take(fact.BoxStarted{})
	state("p6", "dialling", 1, "")
	is("a month later", count.Wishes{Asked: 5, Reached: 1, Unreached: 3, InProgress: 1, Attempts: 5})
}
