package campaign_test

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/policy"
)

// worked is a desk at noon of a working day: p1 was reached, p2 rests, ben has the card of p3, chloe calls p4, p5 and p6 wait; who p7 was said no.
func worked(t *testing.T) (*campaign.Desk, campaign.House, int64) {
	t.Helper()
	k := autumn()
	k.Mode = campaign.Progressive
	d, h, now := bench(t, k, "01 40 50 60 70", "01 40 50 60 71", "01 40 50 60 72", "01 40 50 60 73", "01 40 50 60 74", "01 40 50 60 75", "01 40 50 60 76")
	called(t, d, h, now, "p1", campaign.Answered)
	called(t, d, h, now, "p2", campaign.Busy)
	must(t, d.Allocate(now, "p3", "ben", rouge, h))
	must(t, d.Allocate(now, "p4", "chloe", rouge, h))
	must(t, d.Dial(now, "p4", "chloe", h))
	d.SaidNo(now, "+33140506076", "s7")
	d.Moved = nil
	return d, h, now
}

// Every change is announced with what takes it back: whatever is done is undone to the letter, and what is kept beside the lists with it.
func TestEveryChangeIsTakenBack(t *testing.T) {
	other := autumn()
	other.ID, other.Name = "winter", "Hiver"
	changed := autumn()
	changed.Name = "Changée"
	for name, do := range map[string]func(d *campaign.Desk, h campaign.House, now int64){
		"a new campaign": func(d *campaign.Desk, _ campaign.House, _ int64) { d.Put(other) },
		"a changed one":  func(d *campaign.Desk, _ campaign.House, _ int64) { d.Put(changed) },
		"a pause":        func(d *campaign.Desk, _ campaign.House, _ int64) { d.Pause("autumn", true) },
		"a stop":         func(d *campaign.Desk, _ campaign.House, now int64) { d.Stop(now, "autumn") },
		"a list": func(d *campaign.Desk, h campaign.House, now int64) {
			_, _ = d.Import(now, "autumn", []campaign.Row{consent(1, "01 40 50 60 79")}, nil, h)
		},
		"a card":            func(d *campaign.Desk, h campaign.House, now int64) { d.Allocate(now, "p5", "ana", rouge, h) },
		"a call":            func(d *campaign.Desk, h campaign.House, now int64) { d.Dial(now, "p3", "ben", h) },
		"the end of one":    func(d *campaign.Desk, _ campaign.House, now int64) { d.Ended(now, "p4", campaign.Answered) },
		"a missed one":      func(d *campaign.Desk, _ campaign.House, now int64) { d.Ended(now, "p4", campaign.Busy) },
		"a card back":       func(d *campaign.Desk, _ campaign.House, now int64) { d.GiveBack(now, "ben") },
		"a word":            func(d *campaign.Desk, _ campaign.House, now int64) { d.Spoke(now, "+33140506079", "s9") },
		"a word elsewhere":  func(d *campaign.Desk, _ campaign.House, now int64) { d.CancelRecent(now, "+33140506074", "s5") },
		"a no":              func(d *campaign.Desk, _ campaign.House, now int64) { d.SaidNo(now, "+33140506073", "s4") },
		"a consent revoked": func(d *campaign.Desk, _ campaign.House, now int64) { d.Revoke(now, "+33140506072", "s3") },
		"a consent": func(d *campaign.Desk, _ campaign.House, now int64) {
			d.Consent("+33140506074", policy.Consent{Source: "x", Text: "y", At: now})
		},
		"forgotten":          func(d *campaign.Desk, _ campaign.House, now int64) { d.Erase(now, "+33140506070") },
		"forgotten but a no": func(d *campaign.Desk, _ campaign.House, now int64) { d.Erase(now, "+33140506076") },
		"what is due":        func(d *campaign.Desk, _ campaign.House, now int64) { d.Tick(now + 10*minute) },
		"what is old":        func(d *campaign.Desk, _ campaign.House, now int64) { d.Tick(now + 100*day) },
		"what is over":       func(d *campaign.Desk, _ campaign.House, now int64) { d.Prune(now + 31*day) },
		"a skip":             func(d *campaign.Desk, _ campaign.House, now int64) { d.Skip(now, "p3", "ben") },
		"more time":          func(d *campaign.Desk, _ campaign.House, now int64) { d.Keep("p3", now+hour) },
		"a search": func(d *campaign.Desk, h campaign.House, now int64) {
			d.Books[0].Look = [2]int{3, 3}
			h.Ask.Night = true
			next(d, now, "ana", rouge, h)
		},
		"a conversion": func(d *campaign.Desk, _ campaign.House, now int64) {
			_, _ = d.MarkAs(now, "p1", "ana", campaign.MarkConverted, 0)
		},
		"a machine": func(d *campaign.Desk, _ campaign.House, now int64) {
			_, _ = d.MarkAs(now, "p1", "ana", campaign.MarkMachine, 0)
		},
		"a wrong number": func(d *campaign.Desk, _ campaign.House, now int64) {
			_, _ = d.MarkAs(now, "p1", "ana", campaign.MarkWrong, 0)
		},
		"a wish": func(d *campaign.Desk, _ campaign.House, now int64) {
			_, _ = d.MarkAs(now, "p4", "chloe", campaign.MarkLater, now+hour)
		},
		"a no after a call": func(d *campaign.Desk, _ campaign.House, now int64) {
			_, _ = d.MarkAs(now, "p1", "ana", campaign.MarkRefused, 0)
		},
		"what was kept": func(d *campaign.Desk, _ campaign.House, now int64) {
			k := campaign.Kept{
				Books: []campaign.Book{{Campaign: other, Contacts: []campaign.Contact{{ID: "p90", Number: "+33140506090", State: campaign.Waiting}}}, {Campaign: changed}}, Serial: 90,
				People: []campaign.Person{{Number: "+33140506090", Spoke: 7}},
			}
			d.Recall(now, k)
		},
	} {
		d, h, now := worked(t)
		if name == "a search" { // where it begins is no change of its own
			d.Books[0].Look = [2]int{3, 3}
		}
		cards := d.Cards()
		must(t, d.MayCall(now, "p5", h)) // counts whom the box dialled
		d.CancelRecent(now, "+33140506099", "s99")
		d.Moved = nil
		if bad := d.Audit(); len(bad) > 0 {
			t.Fatal(bad)
		}
		before := written(t, d)
		var undo []func()
		d.OnChange = func(f func()) { undo = append(undo, f) }
		do(d, h, now)
		if written(t, d) == before {
			t.Errorf("%s: nothing changed", name)
		}
		d.Cards() // what is kept of the lists has seen it
		if bad := d.Audit(); len(bad) > 0 {
			t.Errorf("%s: %v", name, bad)
		}
		for _, f := range slices.Backward(undo) {
			f()
		}
		d.OnChange = nil
		if got := written(t, d); got != before {
			t.Errorf("%s: not taken back\n%s\n%s", name, before, got)
		}
		if bad := d.Audit(); len(bad) > 0 || !slices.Equal(d.Cards(), cards) {
			t.Errorf("%s, taken back: %v, cards %+v", name, bad, d.Cards())
		}
	}
}
