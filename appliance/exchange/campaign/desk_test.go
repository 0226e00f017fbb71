package campaign_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

// unix is an instant written with its offset.
func unix(t testing.TB, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// monday is a working Monday at eleven in Paris.
const monday = "2026-11-23T11:00:00+01:00"

func codes(why []fact.Reason) string {
	var all []string
	for _, r := range why {
		all = append(all, r.Code)
	}
	return strings.Join(all, ", ")
}

func house(t testing.TB) campaign.House {
	t.Helper()
	z, ok := hours.ZoneOf("Europe/Paris")
	if !ok {
		t.Fatal("no Paris")
	}
	return campaign.House{Ask: policy.Ask{Country: "FR", Abroad: []string{"+3", "+4"}, Forbidden: []string{"premium", "satellite"}}, Zone: z}
}

// autumn is a campaign that may call whoever consented.
func autumn() campaign.Campaign {
	return campaign.Campaign{
		ID: "autumn", Name: "Automne", Mode: campaign.Preview, Queue: "rouge", Legal: policy.Prospecting, Attempts: 3, HoldMS: 2 * minute,
		Retry: []campaign.Retry{{After: campaign.Busy, DelayMS: 10 * minute}}, RecentMS: 7 * day,
	}
}

// consent is a line of a list from someone who agreed.
func consent(line int, typed string) campaign.Row {
	return campaign.Row{
		Line: line, Typed: typed, Subject: fact.Subject(fmt.Sprint("s", line)),
		Consent: policy.Consent{Source: "web form", Text: "I agree to be called", At: 1},
	}
}

// bench is a desk with one campaign and contacts p1, p2 and so on.
func bench(t testing.TB, k campaign.Campaign, typed ...string) (*campaign.Desk, campaign.House, int64) {
	t.Helper()
	d, h, now := &campaign.Desk{}, house(t), unix(t, monday)
	if bad := d.Put(k); len(bad) > 0 {
		t.Fatal(bad)
	}
	var rows []campaign.Row
	for i, n := range typed {
		rows = append(rows, consent(i+1, n))
	}
	r, why := d.Import(now, k.ID, rows, nil, h)
	if why != nil || len(r.Rejected) > 0 {
		t.Fatal(why, r)
	}
	return d, h, now
}

func state(t testing.TB, d *campaign.Desk, id string) string {
	t.Helper()
	c, _, ok := d.Contact(id)
	if !ok {
		return "none"
	}
	return strings.TrimSpace(c.State.String() + " " + c.Agent)
}

func must(t testing.TB, why []fact.Reason) {
	t.Helper()
	if why != nil {
		t.Fatal(why)
	}
}

var rouge = []string{"rouge"}

// next is the contact a free agent should call, of campaigns that propose one.
func next(d *campaign.Desk, now int64, who string, queues []string, h campaign.House) (string, bool) {
	return d.NextOf(now, who, queues, h, func(k *campaign.Campaign) bool { return k.Mode != campaign.Manual })
}

// One contact's way: given to an agent, called, busy, rested as long as the campaign says for busy, called again, reached.
func TestContactIsCalledUntilReached(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	id, ok := next(d, now, "ana", rouge, h)
	if !ok || id != "p1" {
		t.Fatalf("%s %v", id, ok)
	}
	must(t, d.Allocate(now, id, "ana", rouge, h))
	if at, ok := d.Due(); !ok || at != now+2*minute {
		t.Errorf("due %d %v", at-now, ok)
	}
	must(t, d.Dial(now+minute, id, "ana", h))
	if got := state(t, d, id); got != "dialling ana" {
		t.Error(got)
	}
	d.Ended(now+2*minute, id, campaign.Busy)
	if at, ok := d.Due(); !ok || at != now+12*minute {
		t.Errorf("due %d %v", at-now, ok)
	}
	d.Tick(now + 12*minute - 1)
	if got := state(t, d, id); got != "resting" {
		t.Error(got)
	}
	d.Tick(now + 12*minute)
	id, ok = next(d, now+12*minute, "ana", rouge, h)
	if !ok {
		t.Fatal("it is not called again")
	}
	must(t, d.Allocate(now+12*minute, id, "ana", rouge, h))
	must(t, d.Dial(now+12*minute, id, "ana", h))
	d.Ended(now+15*minute, id, campaign.Answered)
	c, _, _ := d.Contact(id)
	if c.State != campaign.Done || c.Result != campaign.Answered || c.Attempts != 2 || c.Agent != "" {
		t.Errorf("%+v", c)
	}
	if p := d.Known("+33140506070"); len(p.Past) != 2 || p.Spoke != now+15*minute {
		t.Errorf("%+v", p)
	}
	if _, ok := d.Due(); ok {
		t.Error("something is due")
	}
	d.Ended(now+16*minute, id, campaign.Busy) // a repeated message
	if got := state(t, d, id); got != "done" {
		t.Error(got)
	}
}

func TestAttemptsAreExhausted(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	for n, r := range []campaign.Result{campaign.NoAnswer, campaign.Failed, campaign.Declined} {
		must(t, d.Allocate(now, "p1", "ana", rouge, h))
		must(t, d.Dial(now, "p1", "ana", h))
		d.Ended(now, "p1", r)
		want := "resting"
		if n == 2 {
			want = "done"
		}
		if got := state(t, d, "p1"); got != want {
			t.Errorf("after %d: %s", n+1, got)
		}
		now += hour // 11, 12 and 14 o'clock, so skip the midday pause
		if n == 1 {
			now += hour
		}
		d.Tick(now)
	}
	if c, _, _ := d.Contact("p1"); c.Result != campaign.Declined {
		t.Errorf("%+v", c)
	}
	d, h, now = bench(t, autumn(), "01 40 50 60 70")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	d.Ended(now, "p1", campaign.WrongNumber)
	if got := state(t, d, "p1"); got != "done" {
		t.Errorf("a wrong number is called again: %s", got)
	}
}

// "de-allocation timeout (contact given to another agent if not called)" (FEATURES §9.1).
func TestContactThatIsNotCalledGoesToAnother(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	if got := codes(d.Allocate(now, "p1", "ben", rouge, h)); got != "contact.allocated" {
		t.Errorf("two agents: %s", got)
	}
	if got := codes(d.Dial(now, "p1", "ben", h)); got != "contact.not_theirs" {
		t.Errorf("another dials: %s", got)
	}
	if _, ok := next(d, now, "ben", rouge, h); ok {
		t.Error("it is offered to another")
	}
	d.Tick(now + 2*minute)
	if got := state(t, d, "p1"); got != "waiting" {
		t.Fatal(got)
	}
	if got := codes(d.Dial(now+2*minute, "p1", "ana", h)); got != "contact.waiting" {
		t.Errorf("who was too late dials: %s", got)
	}
	must(t, d.Allocate(now+2*minute, "p1", "ben", rouge, h))
	d.GiveBack(now+2*minute, "ben")
	if got := state(t, d, "p1"); got != "waiting" {
		t.Error(got)
	}
	must(t, d.Allocate(now+2*minute, "p1", "ana", rouge, h))
	must(t, d.Dial(now+2*minute, "p1", "ana", h))
	d.GiveBack(now+3*minute, "ana") // the call goes on
	if got := state(t, d, "p1"); got != "dialling ana" {
		t.Error(got)
	}
}

func TestOneContactForAnAgent(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	if got := codes(d.Allocate(now, "p2", "ana", rouge, h)); got != "agent.has_contact" {
		t.Error(got)
	}
	if _, ok := next(d, now, "ana", rouge, h); ok {
		t.Error("a second contact is offered")
	}
	if got := codes(d.Allocate(now, "p2", "zoe", []string{"bleu"}, h)); got != "campaign.not_theirs" {
		t.Errorf("an agent of another queue: %s", got)
	}
	if id, ok := next(d, now, "ben", rouge, h); !ok || id != "p2" {
		t.Errorf("ben gets %s %v", id, ok)
	}
}

// The highest priority first, then who was to be called again, then the order of the list; a manual campaign proposes nobody.
func TestOrder(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	urgent := autumn()
	urgent.ID, urgent.Priority, urgent.Queue, urgent.Agents = "urgent", 80, "", []string{"ana"}
	if bad := d.Put(urgent); bad != nil {
		t.Fatal(bad)
	}
	if _, why := d.Import(now, "urgent", []campaign.Row{consent(1, "01 40 50 60 79")}, nil, h); why != nil {
		t.Fatal(why)
	}
	if id, _ := next(d, now, "ana", rouge, h); id != "p3" {
		t.Errorf("ana gets %s", id)
	}
	if id, _ := next(d, now, "ben", rouge, h); id != "p1" {
		t.Errorf("ben gets %s", id)
	}
	must(t, d.Allocate(now, "p2", "ben", rouge, h))
	must(t, d.Dial(now, "p2", "ben", h))
	d.Ended(now, "p2", campaign.Busy)
	d.Tick(now + 10*minute)
	if id, _ := next(d, now+10*minute, "ben", rouge, h); id != "p2" {
		t.Errorf("who is called again comes first, not %s", id)
	}
	d.Pause("urgent", true)
	if id, _ := next(d, now+10*minute, "ana", rouge, h); id != "p2" {
		t.Errorf("a paused campaign calls %s", id)
	}
	by := autumn()
	by.Mode = campaign.Manual
	if d.Put(by) != nil {
		t.Fatal("put")
	}
	if _, ok := next(d, now+10*minute, "ben", rouge, h); ok {
		t.Error("a manual campaign proposes")
	}
	must(t, d.Allocate(now+10*minute, "p1", "ben", rouge, h))
}

func TestWindowsOfACampaign(t *testing.T) {
	k := autumn()
	k.Legal = policy.CallbackAsked // no law in the way
	k.Start, k.End = unix(t, "2026-11-23T00:00:00+01:00"), unix(t, "2026-11-28T00:00:00+01:00")
	k.Days, k.Daily = []time.Weekday{time.Monday, time.Tuesday, time.Saturday}, []hours.Range{{From: 9 * 60, To: 12 * 60}, {From: 13 * 60, To: 22 * 60}}
	d, h, _ := bench(t, k, "01 40 50 60 70")
	for at, want := range map[string]string{
		"2026-11-22T23:59:59+01:00": "campaign.not_begun",
		"2026-11-23T08:59:59+01:00": "campaign.hours",
		"2026-11-23T09:00:00+01:00": "",
		"2026-11-23T12:30:00+01:00": "campaign.hours",
		"2026-11-24T21:59:59+01:00": "",
		"2026-11-24T22:00:00+01:00": "campaign.hours",
		"2026-11-25T10:00:00+01:00": "campaign.hours",
		"2026-11-28T10:00:00+01:00": "campaign.over",
	} {
		got := d.Explain(unix(t, at), "autumn", h)
		if len(got) != 1 || codes(got[0].Why) != want {
			t.Errorf("%s: %+v, want %q", at, got, want)
		}
	}
}

// The law is asked when the call is placed, not only when the card was given.
func TestTheGateIsAskedAgainAtTheCall(t *testing.T) {
	d, h, _ := bench(t, autumn(), "01 40 50 60 70")
	now := unix(t, "2026-11-23T12:59:30+01:00")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	if got := codes(d.Dial(now+minute, "p1", "ana", h)); got != "prospecting.hours" {
		t.Error(got)
	}
	if got := state(t, d, "p1"); got != "allocated ana" {
		t.Error(got)
	}
	h.Ask.Night = true
	if got := codes(d.Dial(now, "p1", "ana", h)); got != "toll.night" {
		t.Errorf("at night: %s", got)
	}
}

// A person is one person in every campaign: four calls of one are four of all, and a no is one for all.
func TestPeopleAreCountedAcrossCampaigns(t *testing.T) {
	k := autumn()
	k.Attempts = 10
	d, h, now := bench(t, k, "01 40 50 60 70")
	other := autumn()
	other.ID, other.RecentMS = "other", 0
	if d.Put(other) != nil {
		t.Fatal("put")
	}
	if _, why := d.Import(now, "other", []campaign.Row{consent(1, "+33 1 40 50 60 70")}, nil, h); why != nil {
		t.Fatal(why)
	}
	for range 4 {
		must(t, d.Allocate(now, "p1", "ana", rouge, h))
		must(t, d.Dial(now, "p1", "ana", h))
		d.Ended(now, "p1", campaign.Busy)
		now += 10 * minute
		d.Tick(now)
	}
	for _, s := range append(d.Explain(now, "autumn", h), d.Explain(now, "other", h)...) {
		if codes(s.Why) != "prospecting.frequency" {
			t.Errorf("%+v", s)
		}
	}
	if got := d.SaidNo(now, "+33140506070", "s1"); len(got) > 0 {
		t.Errorf("nothing to hang up: %v", got)
	}
	if a, b := state(t, d, "p1"), state(t, d, "p2"); a != "refused" || b != "refused" {
		t.Errorf("%s, %s", a, b)
	}
	r, why := d.Import(now+59*day, "other", []campaign.Row{consent(1, "01 40 50 60 70")}, nil, h)
	if why != nil || r.Taken != 1 {
		t.Fatal(r, why)
	}
	if got := d.Explain(now+59*day, "other", h); codes(got[1].Why) != "prospecting.refusal" {
		t.Errorf("%+v", got)
	}
}

// A consent taken back stops everything at once, the call under way with it, and a list with the old consent brings nobody back.
func TestRevokedConsentStopsEverything(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	must(t, d.Allocate(now, "p2", "ben", rouge, h))
	if got := d.Revoke(now, "+33140506070", "s1"); !slices.Equal(got, []string{"p1"}) {
		t.Errorf("hang up %v", got)
	}
	if got := d.Revoke(now, "+33140506071", "s2"); len(got) > 0 {
		t.Errorf("hang up %v", got)
	}
	d.Ended(now, "p1", campaign.Answered) // the end of the call that was hung up
	if a, b := state(t, d, "p1"), state(t, d, "p2"); a != "refused" || b != "refused" {
		t.Errorf("%s, %s", a, b)
	}
	again := consent(1, "01 40 50 60 70")
	fresh := consent(2, "01 40 50 60 71")
	fresh.Consent.At = now + 1
	if r, why := d.Import(now+day, "autumn", []campaign.Row{again, fresh}, nil, h); why != nil || r.Taken != 1 || len(r.Rejected) != 1 || r.Rejected[0].Code != "consent.revoked" {
		t.Fatal(r, why)
	}
	if got := d.Explain(now+day, "autumn", h); codes(got[2].Why) != "" {
		t.Errorf("%+v", got)
	}
	withdrawn := consent(3, "01 40 50 60 72") // the list says so itself
	withdrawn.Consent.Revoked = now - day
	if r, _ := d.Import(now+day, "autumn", []campaign.Row{withdrawn}, nil, h); r.Taken != 0 || r.Rejected[0].Code != "consent.revoked" {
		t.Errorf("%+v", r)
	}
	k := autumn()
	k.ID, k.Legal = "contract", policy.RunningContract // no consent is asked for
	if d.Put(k) != nil {
		t.Fatal("put")
	}
	if r, _ := d.Import(now+day, "contract", []campaign.Row{again}, nil, h); r.Taken != 1 {
		t.Errorf("%+v", r)
	}
	d.Revoke(now+day, "+33140506071", "s2") // between two lists
	if got := d.Explain(now+day, "autumn", h); got[2].State != campaign.Refused {
		t.Errorf("%+v", got)
	}
}

// "cancel if recent interaction (a callback request dies if the person reached an agent meanwhile)" (FEATURES §9.1).
func TestCancelledAfterARecentInteraction(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	if got := d.CancelRecent(now, "+33140506070", "s1"); !slices.Equal(got, []string{"p1"}) {
		t.Errorf("hang up %v", got)
	}
	if got := d.CancelRecent(now, "+33140506071", "s2"); len(got) > 0 || state(t, d, "p2") != "cancelled" {
		t.Errorf("%v, %s", got, state(t, d, "p2"))
	}
	if r, _ := d.Import(now+day, "autumn", []campaign.Row{consent(1, "01 40 50 60 71")}, nil, h); r.Taken != 1 {
		t.Fatal(r)
	}
	for at, want := range map[int64]string{now + day: "contact.spoke", now + 7*day: ""} {
		if got := d.Explain(at, "autumn", h)[2]; codes(got.Why) != want {
			t.Errorf("%d days later: %+v", (at-now)/day, got)
		}
	}
	k := autumn()
	k.RecentMS = 0
	if d.Put(k) != nil {
		t.Fatal("put")
	}
	d.CancelRecent(now+day, "+33140506071", "s2")
	if got := state(t, d, "p3"); got != "waiting" {
		t.Errorf("a campaign without the rule: %s", got)
	}
}

// The box dials by itself: with a gap between calls, and with a verified number when it reaches many (FEATURES §13.8).
func TestProgressive(t *testing.T) {
	k := autumn()
	k.Mode, k.GapMS = campaign.Progressive, 30_000
	var typed []string
	for i := range 8 {
		typed = append(typed, fmt.Sprintf("01 40 50 60 7%d", i))
	}
	d, h, now := bench(t, k, typed...)
	h.Line, h.Allowed = "+33472000000", []string{"+33472000000", "+33162000000"}
	call := func(id string) []fact.Reason {
		if why := d.Allocate(now, id, "ana", rouge, h); why != nil {
			return why
		}
		if why := d.Dial(now, id, "ana", h); why != nil {
			return why
		}
		d.Ended(now, id, campaign.Answered)
		return nil
	}
	for i := range 5 {
		must(t, call(fmt.Sprintf("p%d", i+1)))
		if _, ok := next(d, now, "ana", rouge, h); ok {
			t.Fatal("no gap is kept")
		}
		now += 30_000
	}
	if got := codes(call("p6")); got != "presented.verified" {
		t.Errorf("the sixth number: %q", got)
	}
	k.Presented = "+33162000000"
	if d.Put(k) != nil {
		t.Fatal("put")
	}
	must(t, call("p6"))
	k.Presented = "+33163000000"
	if d.Put(k) != nil {
		t.Fatal("put")
	}
	now += 30_000
	if got := codes(call("p7")); got != "presented.allowed" {
		t.Errorf("a number that is not ours: %q", got)
	}
}

func TestErasedAndForgotten(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	if got := d.Erase(now, "+33140506070"); !slices.Equal(got, []string{"p1"}) {
		t.Errorf("hang up %v", got)
	}
	if state(t, d, "p1") != "none" || len(d.People) != 0 {
		t.Errorf("%s remains, %+v", state(t, d, "p1"), d.People)
	}
	d.Revoke(now, "+33140506071", "s2")
	d.Erase(now, "+33140506071")
	if p := d.Known("+33140506071"); p.Revoked != now || p.Subject != "" {
		t.Errorf("what keeps them from being called is kept, and nothing else: %+v", p)
	}
	d.Spoke(now, "+33140506079", "s3")
	d.Tick(now + 89*day)
	if len(d.People) != 2 {
		t.Errorf("%+v", d.People)
	}
	d.Tick(now + 91*day)
	if len(d.People) != 1 {
		t.Errorf("%+v", d.People)
	}
}

func TestCheckNamesEveryProblem(t *testing.T) {
	if bad := campaign.Check(autumn()); len(bad) > 0 {
		t.Fatal(bad)
	}
	for path, spoil := range map[string]func(*campaign.Campaign){
		"id":             func(c *campaign.Campaign) { c.ID = "" },
		"name":           func(c *campaign.Campaign) { c.Name = strings.Repeat("é", 33) },
		"mode":           func(c *campaign.Campaign) { c.Mode = "predictive" },
		"queue":          func(c *campaign.Campaign) { c.Agents = []string{"ana"} },
		"priority":       func(c *campaign.Campaign) { c.Priority = 101 },
		"end":            func(c *campaign.Campaign) { c.Start, c.End = 10, 9 },
		"daily[0]":       func(c *campaign.Campaign) { c.Daily = []hours.Range{{From: 700, To: 700}} },
		"retry[0].after": func(c *campaign.Campaign) { c.Retry[0].After = campaign.Answered },
		"retry[0].delay_ms": func(c *campaign.Campaign) {
			c.Retry[0].DelayMS = 0
		},
		"attempts":  func(c *campaign.Campaign) { c.Attempts = 21 },
		"ring_ms":   func(c *campaign.Campaign) { c.RingMS = hour },
		"hold_ms":   func(c *campaign.Campaign) { c.HoldMS = -1 },
		"gap_ms":    func(c *campaign.Campaign) { c.GapMS = -1 },
		"recent_ms": func(c *campaign.Campaign) { c.RecentMS = -1 },
		"legal":     func(c *campaign.Campaign) { c.Legal = "" },
		"sector":    func(c *campaign.Campaign) { c.Sector = "windows" },
	} {
		c := autumn()
		c.Retry = slices.Clone(c.Retry)
		spoil(&c)
		bad := campaign.Check(c)
		if len(bad) != 1 || bad[0].Path != path || bad[0].Sentence == "" || bad[0].Remedy == "" {
			t.Errorf("%s: %+v", path, bad)
		}
		if d := (&campaign.Desk{}); len(d.Put(c)) == 0 || len(d.Books) > 0 {
			t.Errorf("%s: it is taken all the same", path)
		}
	}
}

// A desk survives being written and read.
func TestDeskIsAValue(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	d.Revoke(now, "+33140506071", "s2")
	a, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var r campaign.Desk
	if err := json.Unmarshal(a, &r); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(&r)
	if err != nil || string(a) != string(b) {
		t.Errorf("%v\n%s\n%s", err, a, b)
	}
	if bad := r.Audit(); len(bad) > 0 {
		t.Error(bad)
	}
}

// Audit can fail: each promise, broken by hand.
func TestAuditNamesWhatIsBroken(t *testing.T) {
	for name, spoil := range map[string]func(*campaign.Contact){
		"agent of nobody": func(c *campaign.Contact) { c.Agent = "ana" },
		"no agent":        func(c *campaign.Contact) { c.State, c.Until = campaign.Allocated, 1 },
		"until":           func(c *campaign.Contact) { c.Until = 1 },
		"attempts":        func(c *campaign.Contact) { c.Attempts, c.Most = 1, 1 },
		"most":            func(c *campaign.Contact) { c.Attempts, c.Past = 1, []int64{1} },
	} {
		d, _, _ := bench(t, autumn(), "01 40 50 60 70")
		spoil(&d.Books[0].Contacts[0])
		if len(d.Audit()) != 1 {
			t.Errorf("%s: %v", name, d.Audit())
		}
	}
	d, _, _ := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	for i := range d.Books[0].Contacts {
		c := &d.Books[0].Contacts[i]
		c.State, c.Agent = campaign.Dialling, "ana"
	}
	if len(d.Audit()) != 1 {
		t.Errorf("an agent with two: %v", d.Audit())
	}
	for name, spoil := range map[string]func(*campaign.Contact){
		"a kind":   func(c *campaign.Contact) { c.Attempts, c.Most, c.Past = 1, 1, []int64{1} },
		"a number": func(c *campaign.Contact) { c.Number = "+33140506072" },
	} { // behind the back of what is kept of the lists
		d, h, now := bench(t, autumn(), "01 40 50 60 70")
		d.CancelRecent(now-8*day, "+33612345678", "")
		if _, ok := next(d, now, "ana", rouge, h); !ok || len(d.Audit()) != 0 {
			t.Fatalf("%v", d.Audit())
		}
		if spoil(&d.Books[0].Contacts[0]); len(d.Audit()) != 1 {
			t.Errorf("%s: %v", name, d.Audit())
		}
	}
}

// However many may not be called, each search is short, and the one who may is found by one of them.
func TestNobodyIsPassedOverForEver(t *testing.T) {
	d, h := &campaign.Desk{}, house(t)
	if d.Put(autumn()) != nil {
		t.Fatal("put")
	}
	var rows []campaign.Row
	for i := range 1800 {
		r := consent(i+1, fmt.Sprintf("01405%05d", i))
		if i != 1700 {
			r.Consent = policy.Consent{}
		}
		rows = append(rows, r)
	}
	now := unix(t, monday)
	if r, _ := d.Import(now, "autumn", rows, nil, h); r.Taken != 1800 {
		t.Fatal(r.Taken)
	}
	for n := range 18 {
		if id, ok := next(d, now, "ana", rouge, h); ok != (n == 17) || ok && id != "p1701" {
			t.Errorf("search %d: %s %v", n, id, ok)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	d, h := &campaign.Desk{}, house(b)
	k := autumn()
	if d.Put(k) != nil {
		b.Fatal("put")
	}
	var rows []campaign.Row
	for i := range 5000 {
		r := consent(i+1, fmt.Sprintf("01405%05d", i))
		if i < 4999 {
			r.Consent = policy.Consent{} // nobody but the last consented
		}
		rows = append(rows, r)
	}
	now := unix(b, monday)
	if r, _ := d.Import(now, k.ID, rows, nil, h); r.Taken != 5000 {
		b.Fatal(r.Taken)
	}
	found := 0
	for b.Loop() {
		if id, ok := next(d, now, "ana", rouge, h); ok && id == "p5000" {
			found++
		}
	}
	b.ReportMetric(float64(found), "found")
}
