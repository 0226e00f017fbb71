package campaign_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/policy"
)

// What a campaign does not say: three attempts, two minutes for a card, a priority of 50.
func TestWhatACampaignDoesNotSay(t *testing.T) {
	k := autumn()
	k.Attempts, k.HoldMS, k.Retry = 0, 0, []campaign.Retry{{After: campaign.Busy, DelayMS: minute}}
	d, h, now := bench(t, k, "01 40 50 60 70")
	for n := range 3 {
		must(t, d.Allocate(now, "p1", "ana", rouge, h))
		if at, ok := d.Due(); !ok || at != now+2*minute {
			t.Errorf("a card is due %d ms later", at-now)
		}
		must(t, d.Dial(now, "p1", "ana", h))
		d.Ended(now, "p1", campaign.Busy)
		if got := state(t, d, "p1"); got != map[bool]string{true: "done", false: "resting"}[n == 2] {
			t.Errorf("after %d: %s", n+1, got)
		}
		now += minute
		d.Tick(now)
	}
	first := autumn()
	first.Priority = 50
	d, h, now = bench(t, first, "01 40 50 60 70")
	second := autumn()
	second.ID, second.Priority = "second", 0
	if d.Put(second) != nil {
		t.Fatal("put")
	}
	if _, why := d.Import(now, "second", []campaign.Row{consent(1, "01 40 50 60 71")}, nil, h); why != nil {
		t.Fatal(why)
	}
	if id, _ := next(d, now, "ana", rouge, h); id != "p1" {
		t.Errorf("of two of 50 the first goes first, not %s", id)
	}
	if first.Priority = 49; d.Put(first) != nil {
		t.Fatal("put")
	}
	if id, _ := next(d, now, "ana", rouge, h); id != "p2" {
		t.Errorf("50 goes before 49, not %s", id)
	}
}

// The first instant of a campaign is in it, the one it ends at is not, and attempts that were allowed when it began are counted by what is allowed now.
func TestFirstAndLastInstantOfACampaign(t *testing.T) {
	k := autumn()
	d, h, now := bench(t, k, "01 40 50 60 70")
	for _, c := range []struct {
		start, end int64
		want       string
	}{{now, 0, ""}, {now + 1, 0, "campaign.not_begun"}, {now - 1, now, "campaign.over"}, {now - 1, now + 1, ""}, {0, 1, "campaign.over"}} {
		if k.Start, k.End = c.start, c.end; d.Put(k) != nil {
			t.Fatal("put")
		}
		if got := codes(d.MayCall(now, "p1", h)); got != c.want {
			t.Errorf("from %d until %d: %q, want %q", c.start-now, c.end-now, got, c.want)
		}
	}
	k.Start, k.End, k.RecentMS = 0, 0, 0
	if d.Put(k) != nil {
		t.Fatal("put")
	}
	called(t, d, h, now, "p1", campaign.Busy)
	d.Tick(now + 10*minute)
	for attempts, want := range map[int]string{1: "contact.attempts", 2: ""} {
		if k.Attempts = attempts; d.Put(k) != nil {
			t.Fatal("put")
		}
		if got := codes(d.MayCall(now+10*minute, "p1", h)); got != want {
			t.Errorf("one of %d attempts: %q, want %q", attempts, got, want)
		}
	}
}

// What is due next is due whichever campaign it is of; nothing due is nothing.
func TestDueOverCampaigns(t *testing.T) {
	for _, order := range [][]string{{"p1", "p2"}, {"p2", "p1"}, {"p1"}, {"p2"}, nil} {
		d, h, now := bench(t, autumn(), "01 40 50 60 70")
		other := autumn()
		other.ID = "other"
		if d.Put(other) != nil {
			t.Fatal("put")
		}
		if _, why := d.Import(now, "other", []campaign.Row{consent(1, "01 40 50 60 71")}, nil, h); why != nil {
			t.Fatal(why)
		}
		if at, ok := d.Due(); ok || at != 0 {
			t.Errorf("due at %d", at)
		}
		for i, id := range order {
			must(t, d.Allocate(now+int64(i)*minute, id, fmt.Sprint("agent", i), rouge, h))
		}
		if at, ok := d.Due(); ok != (len(order) > 0) || ok && at != now+2*minute || !ok && at != 0 {
			t.Errorf("%v: due %d %v", order, at-now, ok)
		}
		// The first comes back, the other is not due yet.
		d.Tick(now + 2*minute)
		for i, id := range order {
			if got, want := state(t, d, id), map[bool]string{true: "waiting", false: "allocated agent1"}[i == 0]; got != want {
				t.Errorf("%v: %s is %s, want %s", order, id, got, want)
			}
		}
	}
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71") // of one campaign
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Allocate(now+minute, "p2", "ben", rouge, h))
	d.Tick(now + 2*minute)
	if a, b := state(t, d, "p1"), state(t, d, "p2"); a != "waiting" || b != "allocated ben" {
		t.Errorf("%s, %s", a, b)
	}
}

// The cards a desk shows are as they are now, and whether anybody is to be called.
func TestCardsAndWhoWaits(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	second := autumn()
	second.ID = "second"
	if d.Put(second) != nil {
		t.Fatal("put")
	}
	if d.Waits("second") || !d.Waits("autumn") || d.Waits("winter") || len(d.Cards()) != 0 {
		t.Error("who waits, before")
	}
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	if got := d.Cards(); len(got) != 1 || got[0].Contact != "p1" || got[0].Agent != "ana" || got[0].State != campaign.Allocated || d.Waits("autumn") {
		t.Errorf("%+v, waits %v", got, d.Waits("autumn"))
	}
	must(t, d.Dial(now, "p1", "ana", h))
	if got := d.Cards(); len(got) != 1 || got[0].State != campaign.Dialling || d.Waits("autumn") {
		t.Errorf("%+v", got)
	}
	d.Ended(now, "p1", campaign.Busy)
	if d.Waits("autumn") || len(d.Cards()) != 0 {
		t.Errorf("%+v", d.Cards())
	}
	d.Tick(now + 10*minute)
	if !d.Waits("autumn") || d.Waits("second") {
		t.Error("who waits, again")
	}
	if _, why := d.Import(now, "second", []campaign.Row{consent(1, "01 40 50 60 71")}, nil, h); why != nil || !d.Waits("second") {
		t.Error("who waits, in a list that came", why)
	}
}

// A gap is kept between two calls the box dials by itself, and while it is kept one agent has a card of the campaign: only there, only before the call.
func TestGapOfACampaign(t *testing.T) {
	k := autumn()
	k.Mode, k.GapMS = campaign.Progressive, minute
	d, h, now := bench(t, k, "01 40 50 60 70", "01 40 50 60 71", "01 40 50 60 72")
	other := k
	other.ID, other.Priority = "other", 40
	if d.Put(other) != nil {
		t.Fatal("put")
	}
	if _, why := d.Import(now, "other", []campaign.Row{consent(1, "01 40 50 60 73")}, nil, h); why != nil {
		t.Fatal(why)
	}
	is := func(at int64, who, want string) {
		t.Helper()
		if id, ok := next(d, at, who, rouge, h); id != want || ok != (want != "") {
			t.Errorf("%s gets %q, want %q", who, id, want)
		}
	}
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	is(now, "ben", "p4") // of the other campaign: of this one ana has a card
	must(t, d.Dial(now, "p1", "ana", h))
	is(now+minute-1, "ben", "p4")
	is(now+minute, "ben", "p2") // she calls, and the gap is over
	k.GapMS = 0
	if d.Put(k) != nil {
		t.Fatal("put")
	}
	must(t, d.Allocate(now, "p2", "chloe", rouge, h))
	is(now, "ben", "p3") // without a gap a card keeps nobody waiting
	k.GapMS = 1
	if d.Put(k) != nil {
		t.Fatal("put")
	}
	is(now+1, "ben", "p4")
}

// A search asks about a hundred and goes on where it stopped; one that saw the whole list begins again at the top, and changes nothing when it did.
func TestWhereASearchBegins(t *testing.T) {
	list := func(n, free int) (*campaign.Desk, campaign.House, int64) {
		d, h, now := bench(t, autumn())
		var rows []campaign.Row
		for i := range n {
			r := consent(i+1, fmt.Sprintf("01405%05d", i))
			if i != free {
				r.Consent = policy.Consent{}
			}
			rows = append(rows, r)
		}
		if r, _ := d.Import(now, "autumn", rows, nil, h); r.Taken != n {
			t.Fatal(r.Taken)
		}
		return d, h, now
	}
	d, h, now := list(101, 100)
	if id, ok := next(d, now, "ana", rouge, h); ok || d.Books[0].Look != [2]int{0, 100} {
		t.Errorf("%s, then from %v", id, d.Books[0].Look)
	}
	if id, _ := next(d, now, "ana", rouge, h); id != "p101" {
		t.Errorf("%q", id)
	}
	if d, h, now = list(100, 99); d == nil {
		t.Fatal("no desk")
	}
	if id, _ := next(d, now, "ana", rouge, h); id != "p100" {
		t.Errorf("the hundredth is asked about, not %q", id)
	}
	for _, from := range []int{1, 50, 99} {
		d, h, now = list(60, -1)
		d.Books[0].Look = [2]int{0, from}
		if id, ok := next(d, now, "ana", rouge, h); ok || d.Books[0].Look != [2]int{} {
			t.Errorf("from %d: %q, then from %v", from, id, d.Books[0].Look)
		}
		d.OnChange = func(func()) { t.Errorf("from %d: a search changed something", from) }
		next(d, now, "ana", rouge, h)
	}
}

// A consent taken back counts for every consent that is not younger; one that a list calls taken back earlier stays so.
func TestWhichConsentWasTakenBack(t *testing.T) {
	for _, c := range []struct{ at, revoked, known, want int64 }{
		{100, 0, 0, 0}, {100, 0, 99, 0}, {100, 0, 100, 100}, {100, 0, 101, 101}, {0, 5, 0, 5}, {100, 200, 150, 150}, {100, 150, 200, 150}, {100, 150, 99, 150}, {0, 0, 1, 1},
	} {
		d, h, now := bench(t, autumn(), "01 40 50 60 70")
		if c.known != 0 {
			d.People = []campaign.Person{{Number: "+33140506070", Revoked: c.known}}
		}
		d.Books[0].Contacts[0].Consent = policy.Consent{Source: "x", Text: "y", At: c.at, Revoked: c.revoked}
		if a, _ := d.Asks(now, "p1", h); a.Solicit.Consent.Revoked != c.want {
			t.Errorf("%+v: revoked at %d", c, a.Solicit.Consent.Revoked)
		}
	}
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	d.People = nil // forgotten during the call
	if a, ok := d.Asks(now, "p1", h); !ok || len(a.Solicit.Past) != 0 {
		t.Errorf("%+v", a.Solicit)
	}
}

// How many numbers the box dialled by itself: each once, the one that is called with them.
func TestHowManyNumbersTheBoxReached(t *testing.T) {
	k := autumn()
	k.Mode, k.RecentMS = campaign.Progressive, 0
	d, h, now := bench(t, k, "01 40 50 60 70", "01 40 50 60 71", "01 40 50 60 72")
	reached := func(at int64, id string, want int) {
		t.Helper()
		if a, _ := d.Asks(at, id, h); a.Solicit.Reached != want {
			t.Errorf("%s: %d numbers, want %d", id, a.Solicit.Reached, want)
		}
	}
	reached(now, "p1", 1)
	called(t, d, h, now, "p1", campaign.Busy)
	reached(now, "p1", 1)
	reached(now, "p2", 2)
	called(t, d, h, now+minute, "p2", campaign.Busy)
	reached(now+minute, "p3", 3)
	reached(now+30*day-1, "p3", 3)
	reached(now+30*day, "p3", 2)
	reached(now, "p3", 3) // the clock was put back
	reached(now+30*day+minute, "p3", 1)
	reached(now, "p3", 3)
	d.People[0].Auto = 0 // behind the back of the count
	if bad := d.Audit(); len(bad) != 1 || !strings.Contains(bad[0], "dialled by the box") {
		t.Errorf("%v", bad)
	}
}

// What is kept of the lists is held to them: each part, changed behind its back.
func TestAuditHoldsWhatIsKeptOfTheLists(t *testing.T) {
	for name, spoil := range map[string]func(d *campaign.Desk){
		"cards":        func(d *campaign.Desk) { d.Books[0].Contacts[3].Agent = "eve" },
		"when":         func(d *campaign.Desk) { d.Books[0].Contacts[1].Until += hour },
		"the soonest":  func(d *campaign.Desk) { d.Books[0].Contacts[2].Until++ },
		"in the order": func(d *campaign.Desk) { c := d.Books[0].Contacts; c[4], c[5] = c[5], c[4] },
	} {
		d, _, _ := worked(t)
		if bad := d.Audit(); len(bad) > 0 {
			t.Fatal(bad)
		}
		spoil(d)
		if bad := d.Audit(); len(bad) != 1 {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

// Memories of the first milliseconds there are, several contacts of one person, and lists that hold nobody else.
func TestOnePersonInSeveralLists(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	for i, id := range []string{"b", "c"} {
		k := autumn()
		k.ID, k.RecentMS = id, int64(i) // 0: not taken out; 1 ms: taken out
		if d.Put(k) != nil {
			t.Fatal("put")
		}
		if _, why := d.Import(now, id, []campaign.Row{consent(1, "01 40 50 60 70")}, nil, h); why != nil {
			t.Fatal(why)
		}
	}
	d.CancelRecent(now, "+33140506070", "s1")
	for id, want := range map[string]string{"p1": "cancelled", "p2": "waiting", "p3": "cancelled"} {
		if got := state(t, d, id); got != want {
			t.Errorf("%s is %s", id, got)
		}
	}
	d.SaidNo(now, "+33140506070", "s1") // the first of the three is over already
	if got := state(t, d, "p2"); got != "refused" {
		t.Error(got)
	}
	d.Erase(now, "+33140506070")
	for i := range d.Books {
		if len(d.Books[i].Contacts) > 0 {
			t.Errorf("%+v", d.Books[i])
		}
	}
	for _, no := range []func(int64, string){
		func(at int64, n string) { d.SaidNo(at, n, "s") }, func(at int64, n string) { d.Revoke(at, n, "s") },
	} {
		d, _, _ = bench(t, autumn())
		no(1, "+33140506070")
		if d.Erase(2, "+33140506070"); len(d.People) != 1 {
			t.Errorf("a no of long ago is forgotten: %+v", d.People)
		}
	}
}

// Who talked was somebody else, or a machine: what is known of the person forgets that talk, and no other one.
func TestTalkThatWasNone(t *testing.T) {
	for _, m := range []campaign.Mark{campaign.MarkWrong, campaign.MarkMachine} {
		d, _, now := reached(t, autumn())
		if _, why := d.MarkAs(now, "p1", "ana", m, 0); why != nil || d.Known("+33140506070").Spoke != 0 {
			t.Errorf("%s: %v %+v", m, why, d.Known("+33140506070"))
		}
		d, _, now = reached(t, autumn())
		d.Spoke(now+1, "+33140506070", "s1")
		if _, why := d.MarkAs(now+2, "p1", "ana", m, 0); why != nil || d.Known("+33140506070").Spoke != now+1 {
			t.Errorf("%s: %v %+v", m, why, d.Known("+33140506070"))
		}
		d, _, now = reached(t, autumn())
		d.People = nil
		if _, why := d.MarkAs(now+2, "p1", "ana", m, 0); why != nil || len(d.People) != 0 {
			t.Errorf("%s of somebody forgotten: %v", m, why)
		}
	}
	d, _, now := reached(t, autumn())
	if d.Stop(now, "autumn"); !d.Books[0].Campaign.Paused {
		t.Error("a campaign that is stopped goes on")
	}
}

// Lists at their bounds, and lines that look empty.
func TestListsAtTheirBounds(t *testing.T) {
	h := house(t)
	if campaign.MaxListBytes != 4*1024*1024 || campaign.MaxListLines != 20_000 {
		t.Error("the bounds of a list changed")
	}
	read := func(data string) ([]campaign.Row, []campaign.Rejected, error) {
		return campaign.ReadCSV([]byte(data), h.Zone)
	}
	body := "phone\n0140506070\n"
	if rows, _, err := read(body + strings.Repeat(" ", campaign.MaxListBytes-len(body))); err != nil || len(rows) != 1 {
		t.Errorf("as many bytes as allowed: %d %v", len(rows), err)
	}
	if rows, _, err := read("phone\n" + strings.Repeat("0140506070\n", campaign.MaxListLines)); err != nil || len(rows) != campaign.MaxListLines {
		t.Errorf("as many lines as allowed: %d %v", len(rows), err)
	}
	if rows, bad, err := read("\n  \nname;phone\n Ada ; 0140506070 \n;\n\"\";\"\"\n\n"); err != nil || len(bad) != 0 || len(rows) != 3 || rows[0].Name != "Ada" || rows[0].Typed != "0140506070" || rows[0].Line != 4 || rows[1].Line != 5 || rows[2].Line != 6 {
		t.Errorf("%+v %v %v", rows, bad, err)
	}
	if rows, _, err := read("phone\n\"\"\n0140506070\n"); err != nil || len(rows) != 2 || rows[0].Typed != "" {
		t.Errorf("an empty field in quotes is a line: %+v %v", rows, err)
	}
	if rows, _, err := read(",phone\nx,0140506070\n"); err != nil || len(rows) != 1 || rows[0].Typed != "0140506070" {
		t.Errorf("a heading that is empty: %+v %v", rows, err)
	}
	rows, bad, err := read("phone;consent_date;revoked\n0140506070;;\n0140506071;01/02/2026;2026-03-04\n0140506072;;31/02/2026\n")
	if err != nil || len(rows) != 2 || len(bad) != 1 || bad[0].Code != "list.date" || rows[0].Consent != (policy.Consent{}) {
		t.Fatalf("%+v %v %v", rows, bad, err)
	}
	if c := rows[1].Consent; c.At != unix(t, "2026-02-01T00:00:00+01:00") || c.Revoked != unix(t, "2026-03-04T00:00:00+01:00") {
		t.Errorf("%+v", c)
	}
}

// What an import takes and refuses at its bounds.
func TestImportAtItsBounds(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	many := make([]campaign.Row, campaign.MaxListLines)
	for i := range many {
		many[i] = consent(i+1, "01 40 50 60 71")
	}
	if _, why := d.Import(now, "autumn", many, nil, h); codes(why) != "campaign.full" {
		t.Error(why)
	}
	r, why := d.Import(now, "autumn", many[1:], nil, h)
	if why != nil || r.Taken != 1 || r.Rejected[0].Detail != "line 2" {
		t.Errorf("%v, %d taken, %+v", why, r.Taken, r.Rejected[:1])
	}
	d, h, now = bench(t, autumn())
	if r, _ := d.Import(now, "autumn", []campaign.Row{consent(1, "0140506070"), consent(2, "01 40 50 60 70")}, nil, h); r.Taken != 1 || r.Rejected[0].Detail != "line 1" {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct {
		known, at, revoked int64
		want               string
	}{{0, 0, 0, ""}, {500, 500, 0, "consent.revoked"}, {500, 501, 0, ""}, {1, 1, 0, "consent.revoked"}, {0, 500, 1, "consent.revoked"}} {
		d, h, now := bench(t, autumn())
		if c.known != 0 {
			d.Revoke(c.known, "+33140506070", "s")
		}
		row := consent(1, "01 40 50 60 70")
		row.Consent.At, row.Consent.Revoked = c.at, c.revoked
		r, _ := d.Import(now, "autumn", []campaign.Row{row}, nil, h)
		got := ""
		if len(r.Rejected) > 0 {
			got = r.Rejected[0].Code
		}
		if got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	h.Ask.Forbidden, h.Ask.Abroad = nil, nil
	h.Ask.Lists = []policy.Lists{{Of: "site", Dial: policy.List{Deny: []string{"+4122"}}}}
	var got []string
	d, _, now = bench(t, autumn())
	r, _ = d.Import(now, "autumn", []campaign.Row{consent(1, "0140"), consent(2, "0899123456"), consent(3, "0041223456789"), consent(4, "0041313456789"), consent(5, "112")}, nil, h)
	for _, x := range r.Rejected {
		got = append(got, fmt.Sprint(x.Line, " ", x.Code))
	}
	if !slices.Equal(got, []string{"1 number.unreadable", "2 form.class", "3 outbound.denied", "5 outbound.emergency"}) || r.Taken != 1 {
		t.Errorf("%v, %d taken", got, r.Taken)
	}
}
