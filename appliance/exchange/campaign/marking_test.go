package campaign_test

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// reached is a desk where ana has just talked with p1.
func reached(t *testing.T, k campaign.Campaign) (*campaign.Desk, campaign.House, int64) {
	t.Helper()
	d, h, now := bench(t, k, "01 40 50 60 70", "01 40 50 60 71")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	d.Ended(now, "p1", campaign.Answered)
	d.Moved = nil
	return d, h, now
}

// Every refusal of a mark, by whom and when it is said.
func TestMarksThatAreRefused(t *testing.T) {
	type mark struct {
		id, agent string
		m         campaign.Mark
		after     int64 // of now: when to call again
		want      string
	}
	d, h, now := reached(t, autumn())
	for _, c := range []mark{
		{"p9", "ana", campaign.MarkConverted, 0, "contact.unknown"},
		{"p1", "ana", "lovely", 0, "contact.no_mark"},
		{"p1", "ben", campaign.MarkConverted, 0, "contact.not_theirs"},
		{"p2", "", campaign.MarkConverted, 0, "contact.not_theirs"}, // nobody called it
		{"p1", "ana", campaign.MarkLater, 0, "contact.later"},
		{"p1", "ana", campaign.MarkLater, -1, "contact.later"},
		{"p1", "ana", campaign.MarkLater, 60*day + 1, "contact.later"},
		{"p1", "ana", campaign.MarkLater, 60 * day, ""},
	} {
		if _, why := d.MarkAs(now, c.id, c.agent, c.m, now+c.after); codes(why) != c.want {
			t.Errorf("%+v: %v", c, why)
		}
	}
	// It rests now, and whoever called it may say no more of it.
	if _, why := d.MarkAs(now, "p1", "ana", campaign.MarkConverted, 0); codes(why) != "contact.resting" {
		t.Error(why)
	}
	must(t, d.Allocate(now, "p2", "ana", rouge, h))
	must(t, d.Dial(now, "p2", "ana", h))
	d.Ended(now, "p2", campaign.WrongNumber)
	if _, why := d.MarkAs(now, "p2", "ana", campaign.MarkConverted, 0); codes(why) != "contact.not_reached" {
		t.Error(why)
	}
	once := autumn()
	once.Attempts = 1
	d, _, now = reached(t, once)
	if _, why := d.MarkAs(now, "p1", "ana", campaign.MarkLater, now+1); codes(why) != "contact.attempts" {
		t.Error(why)
	}
}

// What a mark does to a contact: said during the call, the end of the call carries it out; said afterwards, it is done at once.
func TestWhatAMarkDoes(t *testing.T) {
	machine := autumn()
	machine.Retry = append(slices.Clone(machine.Retry), campaign.Retry{After: campaign.NoAnswer, DelayMS: 20 * minute})
	once := machine
	once.Attempts = 1
	for _, c := range []struct {
		name   string
		of     campaign.Campaign
		m      campaign.Mark
		after  int64 // of now: when to call again
		state  string
		result campaign.Result
		until  int64 // of now
	}{
		{"nothing", machine, "", 0, "done", campaign.Answered, 0},
		{"converted", machine, campaign.MarkConverted, 0, "done", campaign.Answered, 0},
		{"refused", machine, campaign.MarkRefused, 0, "refused", campaign.Answered, 0},
		{"wrong", machine, campaign.MarkWrong, 0, "done", campaign.WrongNumber, 0},
		{"machine", machine, campaign.MarkMachine, 0, "resting", campaign.NoAnswer, 20 * minute},
		{"machine, the last time", once, campaign.MarkMachine, 0, "done", campaign.NoAnswer, 0},
		{"later", machine, campaign.MarkLater, 3 * day, "resting", campaign.Answered, 3 * day},
	} {
		for _, during := range []bool{true, false} {
			d, h, now := bench(t, c.of, "01 40 50 60 70", "01 40 50 60 71")
			must(t, d.Allocate(now, "p1", "ana", rouge, h))
			must(t, d.Dial(now, "p1", "ana", h))
			say := func() {
				if c.m == "" {
					return
				}
				if hang, why := d.MarkAs(now, "p1", "ana", c.m, now+c.after); why != nil || len(hang) > 0 {
					t.Errorf("%s: %v %v", c.name, hang, why)
				}
				if p, _, _ := d.Contact("p1"); p.Mark != c.m {
					t.Errorf("%s: marked %q", c.name, p.Mark)
				}
			}
			if during {
				say()
				if got := state(t, d, "p1"); c.m != campaign.MarkRefused && got != "dialling ana" {
					t.Errorf("%s: %s during the call", c.name, got)
				}
			}
			d.Ended(now, "p1", campaign.Answered)
			if !during {
				say()
			}
			p, _, _ := d.Contact("p1")
			until := p.Until
			if until > 0 {
				until -= now
			}
			if p.State.String() != c.state || p.Result != c.result || until != c.until || p.Agent != "" || p.Since != now {
				t.Errorf("%s, during %v: %s %q until %d, with %q", c.name, during, p.State, p.Result, until, p.Agent)
			}
			if bad := d.Audit(); len(bad) > 0 {
				t.Errorf("%s: %v", c.name, bad)
			}
			if known := d.Known("+33140506070"); (known.Refused > 0) != (c.m == campaign.MarkRefused) {
				t.Errorf("%s: %+v", c.name, known)
			}
		}
	}
}

// A person who wants to be called later may be called then although they spoke with us a moment ago; a new call forgets the wish.
func TestLaterIsAPromise(t *testing.T) {
	d, h, now := reached(t, autumn())
	if _, why := d.MarkAs(now, "p1", "ana", campaign.MarkLater, now+hour); why != nil {
		t.Fatal(why)
	}
	d.Tick(now + hour - 1)
	if got := state(t, d, "p1"); got != "resting" {
		t.Error(got)
	}
	d.Tick(now + hour)
	must(t, d.Allocate(now+hour, "p1", "ana", rouge, h))
	must(t, d.Dial(now+hour, "p1", "ana", h))
	if c, _, _ := d.Contact("p1"); c.Mark != "" || c.Later != 0 {
		t.Errorf("%+v", c)
	}
	// Said during the call for a moment that is past when it ends: called as soon as it is over.
	if _, why := d.MarkAs(now+hour, "p1", "ana", campaign.MarkLater, now+hour+minute); why != nil {
		t.Fatal(why)
	}
	d.Ended(now+2*hour, "p1", campaign.Answered)
	if c, _, _ := d.Contact("p1"); c.State != campaign.Resting || c.Until != now+2*hour {
		t.Errorf("%+v", c)
	}
	// A wish that is taken back for another mark leaves no instant behind.
	d, _, now = reached(t, autumn())
	for _, m := range []campaign.Mark{campaign.MarkConverted, campaign.MarkWrong} {
		if _, why := d.MarkAs(now, "p1", "ana", m, now+hour); why != nil {
			t.Fatal(why)
		}
	}
	if c, _, _ := d.Contact("p1"); c.Later != 0 || c.State != campaign.Done {
		t.Errorf("%+v", c)
	}
}

// Who says no in one campaign is hung up on in another, and not in the call in which they said it.
func TestNoIsOneForAllCampaigns(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	other := autumn()
	other.ID, other.RecentMS = "other", 0
	if d.Put(other) != nil {
		t.Fatal("put")
	}
	if _, why := d.Import(now, "other", []campaign.Row{consent(1, "01 40 50 60 70")}, nil, h); why != nil {
		t.Fatal(why)
	}
	for id, who := range map[string]string{"p1": "ana", "p2": "ben"} {
		must(t, d.Allocate(now, id, who, rouge, h))
		must(t, d.Dial(now, id, who, h))
	}
	hang, why := d.MarkAs(now, "p1", "ana", campaign.MarkRefused, 0)
	if why != nil || !slices.Equal(hang, []string{"p2"}) {
		t.Errorf("%v %v", hang, why)
	}
	for _, id := range []string{"p1", "p2"} {
		if c, _, _ := d.Contact(id); c.State != campaign.Refused || c.Why != "person.refused" {
			t.Errorf("%+v", c)
		}
	}
	if p := d.Known("+33140506070"); p.Refused != now {
		t.Errorf("%+v", p)
	}
}

// « Passer »: a card is put aside for ten minutes, by who has it alone.
func TestSkip(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	for _, c := range []struct{ id, agent, want string }{{"p9", "ana", "contact.unknown"}, {"p1", "ben", "contact.not_theirs"}, {"p1", "ana", ""}, {"p1", "ana", "contact.resting"}} {
		if why := d.Skip(now, c.id, c.agent); codes(why) != c.want {
			t.Errorf("%+v: %v", c, why)
		}
	}
	if at, ok := d.Due(); !ok || at != now+10*minute {
		t.Errorf("due %d", at-now)
	}
	if got := state(t, d, "p1"); got != "resting" || !slices.Equal(d.Moved, []string{"p1", "p1"}) {
		t.Error(got, d.Moved)
	}
	d.Tick(now + 10*minute)
	if got := state(t, d, "p1"); got != "waiting" {
		t.Error(got)
	}
}

func TestConsentOfAPerson(t *testing.T) {
	d, _, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	given := policy.Consent{Source: "phone", Text: "yes", At: now}
	if n := d.Consent("+33140506070", given); n != 1 {
		t.Error(n)
	}
	if n := d.Consent("+33140506079", given); n != 0 {
		t.Error(n)
	}
	for id, want := range map[string]policy.Consent{"p1": given, "p2": {Source: "web form", Text: "I agree to be called", At: 1}} {
		if c, _, _ := d.Contact(id); c.Consent != want {
			t.Errorf("%s: %+v", id, c.Consent)
		}
	}
}

// What the exchange asks about a card: whose it is, how long, whether it may be called.
func TestCardsOfAgents(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71")
	if _, _, ok := d.Has("ana"); ok {
		t.Error("a card of nobody")
	}
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	if c, k, ok := d.Has("ana"); !ok || c.ID != "p1" || k.ID != "autumn" {
		t.Errorf("%+v %+v %v", c, k, ok)
	}
	until := func() int64 { c, _, _ := d.Contact("p1"); return c.Until - now }
	if d.Keep("p1", now+minute); until() != 2*minute {
		t.Errorf("kept until %d", until())
	}
	if d.Keep("p1", now+5*minute); until() != 5*minute {
		t.Errorf("kept until %d", until())
	}
	d.Keep("p2", now+5*minute)
	d.Keep("p9", now+5*minute)
	if c, _, _ := d.Contact("p2"); c.Until != 0 {
		t.Errorf("%+v", c)
	}
	if bad := d.Audit(); len(bad) > 0 {
		t.Error(bad)
	}
	if why := d.MayCall(now, "p1", h); why != nil {
		t.Error(why)
	}
	if why := d.MayCall(now, "p9", h); codes(why) != "contact.unknown" {
		t.Error(why)
	}
	if _, ok := d.Asks(now, "p9", h); ok {
		t.Error("the gate is asked about nobody")
	}
	h.Line, h.Allowed = "+33140506000", []string{"+33140506000"}
	ask, ok := d.Asks(now, "p1", h)
	if !ok || ask.Path != policy.PathCampaign || ask.Number != "+33140506070" || ask.At != now || ask.Solicit.Legal != policy.Prospecting || ask.Solicit.Presented != "+33140506000" || ask.Solicit.Automated {
		t.Errorf("%+v", ask)
	}
	h.LineTo = func(number string) (string, []string) { return number + "0", []string{"x"} }
	h.Lists = func(queue string) []policy.Lists { return []policy.Lists{{Of: queue}} }
	h.Ask.Lists = []policy.Lists{{Of: "site"}}
	ask, _ = d.Asks(now, "p1", h)
	if ask.Solicit.Presented != "+331405060700" || !slices.Equal(ask.Solicit.Allowed, []string{"x"}) || len(ask.Lists) != 2 || ask.Lists[1].Of != "rouge" {
		t.Errorf("%+v", ask)
	}
	// The attempt that is being made does not count against itself; the ones before do.
	must(t, d.Dial(now, "p1", "ana", house(t)))
	if ask, _ = d.Asks(now, "p1", h); len(ask.Solicit.Past) != 0 {
		t.Errorf("%v", ask.Solicit.Past)
	}
	d.Ended(now, "p1", campaign.NoAnswer)
	if ask, _ = d.Asks(now, "p1", h); !slices.Equal(ask.Solicit.Past, []int64{now}) {
		t.Errorf("%v", ask.Solicit.Past)
	}
	h = house(t)
	h.Busy = func(number string) bool { return number == "+33140506071" }
	if why := d.MayCall(now, "p2", h); codes(why) != "contact.on_the_line" {
		t.Error(why)
	}
	if _, ok := next(d, now, "ana", rouge, h); ok {
		t.Error("who is on the line is called")
	}
}

// Refusals of a card and of a call, each alone.
func TestCardsThatAreNotGiven(t *testing.T) {
	k := autumn()
	k.Mode, k.GapMS = campaign.Progressive, minute
	d, h, now := bench(t, k, "01 40 50 60 70", "01 40 50 60 71")
	if why := d.Allocate(now, "p9", "ana", rouge, h); codes(why) != "contact.unknown" {
		t.Error(why)
	}
	if why := d.Allocate(now, "p1", "", rouge, h); codes(why) != "campaign.not_theirs" {
		t.Error(why)
	}
	if why := d.Dial(now, "p9", "ana", h); codes(why) != "contact.unknown" {
		t.Error(why)
	}
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	must(t, d.Allocate(now, "p2", "ben", rouge, h))
	if why := d.Dial(now+minute-1, "p2", "ben", h); codes(why) != "campaign.gap" {
		t.Error(why)
	}
	must(t, d.Dial(now+minute, "p2", "ben", h))
	d.GiveBack(now, "")
	if got := state(t, d, "p1"); got != "dialling ana" {
		t.Error(got)
	}
}

// A campaign that is stopped calls nobody any more; the call that is under way ends as it will.
func TestStop(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71", "01 40 50 60 72")
	if d.Stop(now, "winter") || d.Pause("winter", true) {
		t.Error("there is no such campaign")
	}
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	must(t, d.Allocate(now, "p2", "ben", rouge, h))
	if !d.Stop(now, "autumn") {
		t.Fatal("it is not stopped")
	}
	for id, want := range map[string]string{"p1": "dialling ana", "p2": "cancelled", "p3": "cancelled"} {
		if got := state(t, d, id); got != want {
			t.Errorf("%s is %s", id, got)
		}
	}
	if c, _, _ := d.Contact("p3"); c.Why != "campaign.stopped" || c.Since != now {
		t.Errorf("%+v", c)
	}
	if got := d.Explain(now, "autumn", h); len(got) != 3 || codes(got[0].Why) != "contact.dialling" {
		t.Errorf("%+v", got)
	}
	if d.Explain(now, "winter", h) != nil {
		t.Error("a campaign that is not there is explained")
	}
}

// A contact that is over is forgotten after a month; one that may still be called never is.
func TestPrune(t *testing.T) {
	d, _, now := reached(t, autumn())
	d.Prune(now + 30*day)
	if got := state(t, d, "p1"); got != "done" {
		t.Error(got)
	}
	d.Prune(now + 30*day + 1)
	if a, b := state(t, d, "p1"), state(t, d, "p2"); a != "none" || b != "waiting" {
		t.Errorf("%s, %s", a, b)
	}
}

// What is remembered of a person goes after 90 days to the millisecond, whatever kind it is; a consent taken back stays.
func TestMemoriesGo(t *testing.T) {
	const number = "+33140506079"
	for name, c := range map[string]struct {
		note func(d *campaign.Desk, now int64)
		kept bool
	}{
		"spoke":   {func(d *campaign.Desk, now int64) { d.Spoke(now, number, "s") }, false},
		"refused": {func(d *campaign.Desk, now int64) { d.SaidNo(now, number, "s") }, false},
		"revoked": {func(d *campaign.Desk, now int64) { d.Revoke(now, number, "s") }, true},
	} {
		d, _, now := bench(t, autumn())
		c.note(d, now)
		if d.Tick(now + 90*day - 1); len(d.People) != 1 {
			t.Errorf("%s: forgotten too soon", name)
		}
		if d.Tick(now + 90*day); (len(d.People) == 1) != c.kept {
			t.Errorf("%s: %+v", name, d.People)
		}
	}
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Dial(now, "p1", "ana", h))
	d.Ended(now, "p1", campaign.NoAnswer)
	if d.Tick(now + 90*day - 1); len(d.People) != 1 {
		t.Error("an attempt is forgotten too soon")
	}
	if d.Tick(now + 90*day); len(d.People) != 0 {
		t.Errorf("%+v", d.People)
	}
}

// The bounds of every field, one inside and one outside.
func TestBoundsOfACampaign(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*campaign.Campaign)
		want string
	}{
		"attempts 20":    {func(c *campaign.Campaign) { c.Attempts = 20 }, ""},
		"attempts -1":    {func(c *campaign.Campaign) { c.Attempts = -1 }, "attempts"},
		"ring 2 min":     {func(c *campaign.Campaign) { c.RingMS = 2 * minute }, ""},
		"ring longer":    {func(c *campaign.Campaign) { c.RingMS = 2*minute + 1 }, "ring_ms"},
		"ring less":      {func(c *campaign.Campaign) { c.RingMS = -1 }, "ring_ms"},
		"hold an hour":   {func(c *campaign.Campaign) { c.HoldMS = hour }, ""},
		"hold longer":    {func(c *campaign.Campaign) { c.HoldMS = hour + 1 }, "hold_ms"},
		"gap an hour":    {func(c *campaign.Campaign) { c.GapMS = hour }, ""},
		"gap longer":     {func(c *campaign.Campaign) { c.GapMS = hour + 1 }, "gap_ms"},
		"recent 30 days": {func(c *campaign.Campaign) { c.RecentMS = 30 * day }, ""},
		"recent longer":  {func(c *campaign.Campaign) { c.RecentMS = 30*day + 1 }, "recent_ms"},
		"priority 100":   {func(c *campaign.Campaign) { c.Priority = 100 }, ""},
		"priority 0":     {func(c *campaign.Campaign) { c.Priority = 0 }, ""},
		"priority -1":    {func(c *campaign.Campaign) { c.Priority = -1 }, "priority"},
		"name 32": {func(c *campaign.Campaign) {
			c.Name = "éééééééééééééééééééééééééééééééé"
		}, ""},
		"name 0":            {func(c *campaign.Campaign) { c.Name = "" }, "name"},
		"end after start":   {func(c *campaign.Campaign) { c.Start, c.End = 10, 11 }, ""},
		"end at start":      {func(c *campaign.Campaign) { c.Start, c.End = 10, 10 }, "end"},
		"agents alone":      {func(c *campaign.Campaign) { c.Queue, c.Agents = "", []string{"ana"} }, ""},
		"nobody":            {func(c *campaign.Campaign) { c.Queue = "" }, "queue"},
		"the whole day":     {func(c *campaign.Campaign) { c.Daily = rng(0, 24*60) }, ""},
		"before the day":    {func(c *campaign.Campaign) { c.Daily = rng(-1, 60) }, "daily[0]"},
		"after the day":     {func(c *campaign.Campaign) { c.Daily = rng(0, 24*60+1) }, "daily[0]"},
		"backwards":         {func(c *campaign.Campaign) { c.Daily = rng(61, 60) }, "daily[0]"},
		"rest a minute":     {func(c *campaign.Campaign) { c.Retry = rest(campaign.Busy, minute) }, ""},
		"rest less":         {func(c *campaign.Campaign) { c.Retry = rest(campaign.Busy, minute-1) }, "retry[0].delay_ms"},
		"rest of wrong":     {func(c *campaign.Campaign) { c.Retry = rest(campaign.WrongNumber, minute) }, "retry[0].after"},
		"rest of something": {func(c *campaign.Campaign) { c.Retry = rest("asleep", minute) }, "retry[0].after"},
		"energy":            {func(c *campaign.Campaign) { c.Sector = policy.SectorEnergy }, ""},
		"home":              {func(c *campaign.Campaign) { c.Sector = policy.SectorHome }, ""},
		"asked":             {func(c *campaign.Campaign) { c.Legal = policy.CallbackAsked }, ""},
		"contract":          {func(c *campaign.Campaign) { c.Legal = policy.RunningContract }, ""},
		"manual":            {func(c *campaign.Campaign) { c.Mode = campaign.Manual }, ""},
		"progressive":       {func(c *campaign.Campaign) { c.Mode = campaign.Progressive }, ""},
	} {
		k := autumn()
		c.set(&k)
		bad := campaign.Check(k)
		if len(bad) == 0 && c.want == "" {
			continue
		}
		if len(bad) != 1 || bad[0].Path != c.want {
			t.Errorf("%s: %+v", name, bad)
		}
	}
}

func rng(from, to int) []hours.Range { return []hours.Range{{From: from, To: to}} }

func rest(after campaign.Result, ms int64) []campaign.Retry {
	return []campaign.Retry{{After: after, DelayMS: ms}}
}

// Every name a screen shows of a state, an event and a mark is one of its own.
func TestNames(t *testing.T) {
	seen := map[string]bool{"unknown": true}
	for _, s := range campaign.States() {
		if seen[s.String()] {
			t.Errorf("%d is %s", s, s)
		}
		seen[s.String()] = true
		c := campaign.Contact{State: s}
		if open := s == campaign.Waiting || s == campaign.Allocated || s == campaign.Dialling || s == campaign.Resting; c.Open() != open {
			t.Errorf("%s is open: %v", s, c.Open())
		}
	}
	for _, e := range campaign.Events() {
		if seen[e.String()] {
			t.Errorf("%d is %s", e, e)
		}
		seen[e.String()] = true
	}
	if len(campaign.Marks()) != 5 || campaign.State(0).String() != "unknown" || campaign.Event(0).String() != "unknown" {
		t.Error("names of nothing")
	}
}
