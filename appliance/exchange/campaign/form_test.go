package campaign_test

import (
	"fmt"
	"testing"
	"time"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// callbacks takes requests of a web page, on working days from 9 to 18.
func callbacks() campaign.Campaign {
	return campaign.Campaign{
		ID: "web", Name: "Rappels du site", Mode: campaign.Preview, Queue: "rouge", Legal: policy.CallbackAsked, Form: true, PerDay: 2, Slots: 3, RecentMS: day,
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, Daily: []hours.Range{{From: 540, To: 1080}},
	}
}

func form(typed string) campaign.Form {
	return campaign.Form{Campaign: "web", Typed: typed, Subject: "s1", Name: "Ada", Source: "www", Text: "Rappelez-moi"}
}

// Proves FEATURES §10 row Web callback: same number ten times, one call, in whatever spelling; premium and foreign numbers are refused, and those for
// help.
func TestTenRequestsOneCall(t *testing.T) {
	d, h, now := bench(t, callbacks())
	first := ""
	for i, typed := range []string{
		"0612345678", "06 12 34 56 78", "06.12.34.56.78", "+33612345678", "0033612345678", "+33 (0)6 12 34 56 78", "06-12-34-56-78", "0612345678", "0612345678", "0612345678",
	} {
		id, merged, why := d.Request(now+int64(i), form(typed), h)
		if why != nil || merged != (i > 0) || i > 0 && id != first {
			t.Errorf("request %d: %s %v %v", i, id, merged, why)
		}
		first = id
	}
	if n := len(d.Explain(now, "web", h)); n != 1 {
		t.Errorf("%d calls for ten requests", n)
	}
	must(t, d.Allocate(now, first, "ana", rouge, h))
	must(t, d.Dial(now, first, "ana", h)) // no consent asked for, nor counted: they asked
	if c, _, _ := d.Contact(first); c.Consent.Text != "Rappelez-moi" || c.Consent.At != now {
		t.Errorf("what they asked for is kept: %+v", c.Consent)
	}
	for typed, want := range map[string]string{
		"0899123456": "toll.class, form.class", "118218": "toll.class, form.class", "+41223456789": "form.class", "+12025550143": "toll.country, form.class",
		"15": "number.unreadable", "112": "number.unreadable", "116 000": "outbound.emergency", "": "number.unreadable", "call me": "number.unreadable",
	} {
		if _, _, why := d.Request(now, form(typed), h); codes(why) != want {
			t.Errorf("%q: %s, want %s", typed, codes(why), want)
		}
	}
}

func TestThrottleOfOneNumber(t *testing.T) {
	d, h, now := bench(t, callbacks())
	for range 2 {
		id, merged, why := d.Request(now, form("0612345678"), h)
		if why != nil || merged {
			t.Fatal(why, merged)
		}
		d.Drop(now, id, "test")
	}
	if _, _, why := d.Request(now+hour, form("06 12 34 56 78"), h); codes(why) != "form.throttle" {
		t.Errorf("a third time: %s", codes(why))
	}
	if _, _, why := d.Request(now+day, form("0612345678"), h); why != nil {
		t.Errorf("a day later: %s", codes(why))
	}
	for i := range 3 {
		_, _, why := d.Request(now+day, form(fmt.Sprintf("061234560%d", i)), h)
		if want := i == 2; want != (codes(why) == "form.full") {
			t.Errorf("request %d: %v", i, why)
		}
	}
	long := form("0712345678")
	long.Name = string(make([]byte, 201))
	if _, _, why := d.Request(now, long, h); codes(why) != "form.too_long" {
		t.Error(why)
	}
	elsewhere := form("0712345678")
	elsewhere.Campaign = "autumn"
	if _, _, why := d.Request(now, elsewhere, h); codes(why) != "campaign.unknown" {
		t.Error(why)
	}
}

// A slot is kept: not called before it, not after it, and not offered where nobody calls.
func TestSlots(t *testing.T) {
	d, h, now := bench(t, callbacks())
	f := form("0612345678")
	f.From, f.To = unix(t, "2026-11-23T14:00:00+01:00"), unix(t, "2026-11-23T15:00:00+01:00")
	id, _, why := d.Request(now, f, h)
	must(t, why)
	for at, want := range map[string]string{
		"2026-11-23T13:59:59+01:00": "contact.slot", "2026-11-23T14:00:00+01:00": "", "2026-11-23T14:59:59+01:00": "", "2026-11-23T15:00:00+01:00": "contact.slot",
	} {
		if got := d.Explain(unix(t, at), "web", h)[0]; codes(got.Why) != want {
			t.Errorf("%s: %+v", at, got)
		}
	}
	if at, ok := d.Due(); !ok || at != f.To {
		t.Errorf("due %d %v", at, ok)
	}
	d.Tick(f.To)
	if c, _, _ := d.Contact(id); c.State != campaign.Cancelled || c.Result != campaign.SlotMissed {
		t.Errorf("%+v", c)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"over":       {"2026-11-23T09:00:00+01:00", "2026-11-23T10:00:00+01:00", "form.slot"},
		"backwards":  {"2026-11-24T11:00:00+01:00", "2026-11-24T10:00:00+01:00", "form.slot"},
		"next year":  {"2027-11-24T10:00:00+01:00", "2027-11-24T11:00:00+01:00", "form.slot"},
		"Sunday":     {"2026-11-29T10:00:00+01:00", "2026-11-29T12:00:00+01:00", "form.slot_closed"},
		"evening":    {"2026-11-24T18:00:00+01:00", "2026-11-24T20:00:00+01:00", "form.slot_closed"},
		"at the end": {"2026-11-24T17:59:00+01:00", "2026-11-24T20:00:00+01:00", ""},
	} {
		f := form("0712345678")
		f.From, f.To = unix(t, c.from), unix(t, c.to)
		if _, _, why := d.Request(now, f, h); codes(why) != c.want {
			t.Errorf("%s: %s, want %q", name, codes(why), c.want)
		}
	}
}

// A request dies when the person reaches an agent meanwhile, and what is over is forgotten after a month.
func TestRequestDiesWhenThePersonCalls(t *testing.T) {
	d, h, now := bench(t, callbacks())
	id, _, why := d.Request(now, form("0612345678"), h)
	must(t, why)
	d.CancelRecent(now+hour, "+33612345678", "s1")
	if got := state(t, d, id); got != "cancelled" {
		t.Error(got)
	}
	d.Revoke(now, "+33612345678", "s1") // of prospecting: they may still ask to be called
	id2, merged, why := d.Request(now+2*day, form("0612345678"), h)
	if why != nil || merged {
		t.Fatal(why, merged)
	}
	d.Revoke(now+2*day, "+33612345678", "s1")
	if got := state(t, d, id2); got != "waiting" {
		t.Error(got)
	}
	d.Prune(now + 30*day)
	if state(t, d, id) != "cancelled" {
		t.Error("forgotten too early")
	}
	d.Prune(now + 32*day)
	if state(t, d, id) != "none" || state(t, d, id2) != "waiting" {
		t.Errorf("%s, %s", state(t, d, id), state(t, d, id2))
	}
}
