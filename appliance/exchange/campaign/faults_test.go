package campaign_test

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/campaign"
)

// called lets an agent call a contact, who ends it so.
func called(t *testing.T, d *campaign.Desk, h campaign.House, now int64, id string, r campaign.Result) {
	t.Helper()
	must(t, d.Allocate(now, id, "ana", rouge, h))
	must(t, d.Dial(now, id, "ana", h))
	d.Ended(now, id, r)
}

// A machine that spoke is no interaction with the person: they are called again after the rest of who did not answer (FEATURES §9.1), by other
// campaigns too.
func TestAMachineIsNobody(t *testing.T) {
	for _, when := range []string{"during", "after"} {
		d, h, now := bench(t, autumn(), "01 40 50 60 70")
		must(t, d.Allocate(now, "p1", "ana", rouge, h))
		must(t, d.Dial(now, "p1", "ana", h))
		if when == "during" {
			_, why := d.MarkAs(now, "p1", "ana", campaign.MarkMachine, 0)
			must(t, why)
		}
		d.Ended(now, "p1", campaign.Answered)
		if when == "after" {
			_, why := d.MarkAs(now+minute, "p1", "ana", campaign.MarkMachine, 0)
			must(t, why)
		}
		now += 61 * minute
		d.Tick(now)
		if _, ok := next(d, now, "ana", rouge, h); !ok {
			t.Errorf("marked %s the call: %+v %+v", when, d.Books[0].Contacts[0], d.Explain(now, "autumn", h))
		}
		if p := d.Known("+33140506070"); p.Spoke != 0 || len(p.Past) != 1 {
			t.Errorf("%+v", p)
		}
	}
}

// Who wants to be called later is called then, and again when nobody answers at that time: their own conversation is no interaction elsewhere.
func TestLaterAndThenBusy(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	_, why := d.MarkAs(now, "p1", "ana", campaign.MarkLater, now+hour/2)
	must(t, why)
	d.Ended(now, "p1", campaign.Answered)
	now += hour / 2
	d.Tick(now)
	called(t, d, h, now, "p1", campaign.Busy)
	now += 10 * minute
	d.Tick(now)
	if got := d.Explain(now, "autumn", h)[0]; got.Why != nil {
		t.Errorf("%+v", got)
	}
	d.Spoke(now, "+33140506070", "s1") // elsewhere
	if got := d.Explain(now+1, "autumn", h)[0]; codes(got.Why) != "contact.spoke" {
		t.Errorf("%+v", got)
	}
}

// A no is noted whenever the agent of the last call hears it: after they said the person wants to be called later, after a busy tone.
func TestANoIsAlwaysTaken(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	_, why := d.MarkAs(now, "p1", "ana", campaign.MarkLater, now+hour)
	must(t, why)
	d.Ended(now, "p1", campaign.Answered)
	_, why = d.MarkAs(now+1, "p1", "ana", campaign.MarkRefused, 0)
	must(t, why)
	called(t, d, h, now, "p2", campaign.Busy)
	if _, why := d.MarkAs(now, "p2", "ben", campaign.MarkRefused, 0); codes(why) != "contact.not_theirs" {
		t.Error(codes(why))
	}
	_, why = d.MarkAs(now+1, "p2", "ana", campaign.MarkRefused, 0)
	must(t, why)
	for _, id := range []string{"p1", "p2"} {
		c, _, _ := d.Contact(id)
		if c.State != campaign.Refused || d.Known(c.Number).Refused == 0 {
			t.Errorf("%+v", c)
		}
	}
	if c, _, _ := d.Contact("p2"); c.Result != campaign.Busy {
		t.Errorf("nobody answered: %+v", c)
	}
}

// ARCEP 2022-1583 counts the numbers a system dialled by itself: that an agent called one by hand since takes nothing away.
func TestNumbersDialledByTheBoxStayCounted(t *testing.T) {
	k := autumn()
	k.Mode, k.RecentMS = campaign.Progressive, 0
	hand := autumn()
	hand.ID, hand.RecentMS = "hand", 0
	var typed []string
	for i := range 6 {
		typed = append(typed, fmt.Sprintf("01 40 50 60 7%d", i))
	}
	d, h, now := bench(t, k, typed...)
	h.Line, h.Allowed = "+33472000000", []string{"+33472000000"}
	if d.Put(hand) != nil {
		t.Fatal("put")
	}
	for i := range 5 {
		called(t, d, h, now, fmt.Sprintf("p%d", i+1), campaign.Answered)
	}
	if r, _ := d.Import(now, "hand", []campaign.Row{consent(1, typed[0])}, nil, h); r.Taken != 1 {
		t.Fatal(r)
	}
	called(t, d, h, now, "p7", campaign.Answered)
	if got := codes(d.Allocate(now, "p6", "ana", rouge, h)); got != "presented.verified" {
		t.Errorf("the sixth number: %q", got)
	}
	if why := d.Allocate(now+30*day, "p6", "ana", rouge, h); codes(why) != "prospecting.hours" && why != nil {
		t.Errorf("thirty days later: %q", codes(why))
	}
}

// A campaign that is stopped calls nobody of its list any more, the one with it whose call was under way.
func TestStopDuringACall(t *testing.T) {
	for _, r := range []campaign.Result{campaign.Busy, campaign.Answered} {
		d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
		must(t, d.Allocate(now, "p1", "ana", rouge, h))
		must(t, d.Dial(now, "p1", "ana", h))
		if r == campaign.Answered {
			_, why := d.MarkAs(now, "p1", "ana", campaign.MarkLater, now+hour)
			must(t, why)
		}
		if !d.Stop(now, "autumn") {
			t.Fatal("no such campaign")
		}
		d.Ended(now, "p1", r)
		if _, why := d.MarkAs(now, "p1", "ana", campaign.MarkMachine, 0); r == campaign.Answered {
			must(t, why)
		}
		d.Pause("autumn", false) // started again
		now += day
		d.Tick(now)
		if a, b := state(t, d, "p1"), state(t, d, "p2"); a != "done" || b != "cancelled" {
			t.Errorf("%s: %s, %s", r, a, b)
		}
		if bad := d.Audit(); len(bad) > 0 {
			t.Error(bad)
		}
	}
}
