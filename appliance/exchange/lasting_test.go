package exchange

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/policy"
)

// listing is a bench whose branch has one campaign with contacts whose subjects are known, started.
func listing(t *testing.T, change func(*campaign.Campaign), numbers ...string) *bench {
	t.Helper()
	b := calling(t, change)
	var rows []campaign.Row
	for i, n := range numbers {
		rows = append(rows, campaign.Row{Line: i + 1, Typed: n, Subject: fact.Subject("s-" + n), Consent: policy.Consent{Source: "form", Text: "yes", At: 1}})
	}
	b.step(CampaignImport{Request: 1, By: "console", Campaign: "relance", Rows: rows})
	return b
}

// dials has ana call the next contact up to where it rings outside.
func (b *bench) dials() (phone, out plan.LegID) {
	b.t.Helper()
	b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
	b.step(ContactDial{Request: 4, By: "agent:ana", Agent: "ana"})
	phone = effect[Ring](b).Leg
	b.step(LegAnswered{Leg: phone})
	return phone, effect[Ring](b).Leg
}

// coldStart is another box with the same branch, which was told what this one leaves. It starts a second later by the wall, and anew by its own clock.
func (b *bench) coldStart(kept Lasting) *bench {
	b.t.Helper()
	text, err := json.Marshal(kept)
	if err != nil {
		b.t.Fatal(err)
	}
	var read Lasting
	if err := json.Unmarshal(text, &read); err != nil {
		b.t.Fatal(err)
	}
	n := &bench{t: b.t, s: New(), now: b.now + 1000}
	n.step(Started{Epoch: 4})
	n.step(SiteChanged{Branch: b.s.site.Branch})
	n.step(Remembered{Lasting: read})
	n.sound()
	return n
}

// whole is everything that lasts.
func (b *bench) whole() Lasting {
	l := b.s.Lasting()
	l.Campaigns = b.s.LastingCampaigns()
	return l
}

// An attempt that was cut counts, for the contact and by the law; who said no is not called; a card that was given waits for another agent; and the
// campaign goes on (FEATURES §9.1, §9.3).
func TestCampaignsOverAColdStart(t *testing.T) {
	b := listing(t, func(k *campaign.Campaign) { k.Attempts = 2 }, "0612345678", "0612345679", "0612345670")
	phone, out := b.dials()
	b.step(LegAnswered{Leg: out})
	b.step(ContactMark{Request: 5, By: "agent:ana", Agent: "ana", Contact: "p1", Mark: campaign.MarkRefused})
	b.ends(string(out), phone)
	b.wait(15_000)
	_, out = b.dials()
	dialled := b.moment().UTC
	b.step(ContactNext{Request: 6, By: "agent:bob", Agent: "bob"})
	if b.contact("p2").State != campaign.Dialling || b.contact("p3").State != campaign.Allocated {
		t.Fatalf("%+v", b.s.desk.Books)
	}

	n := b.coldStart(b.whole())
	p1, p2, p3 := n.contact("p1"), n.contact("p2"), n.contact("p3")
	if p1.State != campaign.Refused || n.s.desk.Known("+33612345678").Refused == 0 {
		t.Errorf("%+v", p1)
	}
	if p2.State != campaign.Resting || p2.Result != campaign.Failed || p2.Attempts != 1 || p2.Agent != "" {
		t.Errorf("%+v", p2)
	}
	if past := n.s.desk.Known("+33612345679").Past; !slices.Equal(past, []int64{dialled}) {
		t.Errorf("%v, dialled at %d", past, dialled)
	}
	if p3.State != campaign.Waiting || p3.Agent != "" || p3.Name != "" {
		t.Errorf("%+v", p3)
	}
	if f := lastTold[fact.ContactChanged](n); !hasCode(f.Reasons, "box.restarted") {
		t.Errorf("%+v", f)
	}
	if n.s.desk.Books[0].Campaign.Paused {
		t.Error("the campaign does not go on")
	}
	n.step(CampaignImport{Request: 1, By: "console", Campaign: "relance", List: "numéro\n0612345600"})
	if n.contact("p4").Number != "+33612345600" {
		t.Error("a name was given twice")
	}

	b.step(LegAnswered{Leg: out}) // the same, but they talked
	n = b.coldStart(b.whole())
	if p2 := n.contact("p2"); p2.State != campaign.Done || p2.Result != campaign.Answered {
		t.Errorf("%+v", p2)
	}
}

// The law's memory of people holds after a cold start: four calls within thirty days, sixty days after a refusal, and a consent that was taken back, whatever list
// comes then (decree 2022-1313; art. L. 223-1).
func TestTheLawOverAColdStart(t *testing.T) {
	day := int64(24 * 3_600_000)
	const later = 95_000_000_000 // to November 2026
	now := (&bench{now: 1000 + later}).moment().UTC
	for name, c := range map[string]struct {
		p    campaign.Person
		code string
	}{
		"four times":         {campaign.Person{Past: []int64{now - 20*day, now - 9*day, now - 5*day, now - day}}, "prospecting.frequency"},
		"four, one long ago": {campaign.Person{Past: []int64{now - 40*day, now - 9*day, now - 5*day, now - day}}, ""},
		"refused":            {campaign.Person{Refused: now - 50*day}, "prospecting.refusal"},
		"refused long ago":   {campaign.Person{Refused: now - 70*day}, ""},
		"revoked":            {campaign.Person{Revoked: now - day}, "consent.revoked"},
	} {
		c.p.Number = "+33612345678"
		b := newBench(t, func(x *Branch) {
			x.Campaigns = []campaign.Campaign{{ID: "relance", Name: "Relance", Mode: campaign.Manual, Queue: "sales", Legal: policy.Prospecting}}
		})
		b.now += later
		b.step(Remembered{Lasting: Lasting{Campaigns: campaign.Kept{People: []campaign.Person{c.p}}}})
		given := policy.Consent{Source: "form", Text: "yes", At: now - 100*day}
		b.step(CampaignImport{Request: 1, By: "console", Campaign: "relance", Rows: []campaign.Row{{Line: 1, Typed: "0612345678", Consent: given}}})
		if r := effect[Reply](b).Report; r.Taken == 0 {
			if c.code != r.Rejected[0].Code {
				t.Errorf("%s: %+v", name, r.Rejected)
			}
			continue
		}
		b.step(CampaignDo{Request: 2, By: "console", Campaign: "relance", Deed: CampaignStart})
		why := b.s.Contacts("relance")[0].Why
		why = slices.DeleteFunc(why, func(r fact.Reason) bool { return r.Code == "prospecting.hours" }) // it is 23:13
		if c.code == "" && len(why) != 0 || c.code != "" && !hasCode(why, c.code) {
			t.Errorf("%s: %v", name, why)
		}
	}
}

// Whom nobody can name any more is dropped, and that is told; contacts that were over leave nothing.
func TestErasedContactsOverAColdStart(t *testing.T) {
	b := listing(t, func(*campaign.Campaign) {}, "0612345678", "0612345679", "0612345670")
	phone, out := b.dials()
	b.step(LegEnded{Leg: phone, Cause: EndedByPeer})
	b.step(LegEnded{Leg: out, Cause: EndedByBox})
	kept := b.whole()
	for i := range kept.Campaigns.Books[0].Contacts[:2] {
		kept.Campaigns.Books[0].Contacts[i].Number = ""
	}
	for i := range kept.Campaigns.People {
		kept.Campaigns.People[i].Number = ""
	}
	n := b.coldStart(kept)
	for _, id := range []string{"p1", "p2"} {
		if c := n.contact(id); c.State != campaign.Cancelled || c.Name != "" || c.Consent.Text != "" {
			t.Errorf("%+v", c)
		}
		told := slices.ContainsFunc(n.facts, func(f fact.Fact) bool {
			c, is := f.(fact.ContactChanged)
			return is && c.Contact == id && c.State == "cancelled" && hasCode(c.Reasons, "person.erased")
		})
		if !told {
			t.Errorf("nobody was told of %s", id)
		}
	}
	if len(n.s.desk.People) != 0 {
		t.Errorf("%+v", n.s.desk.People)
	}
	n.step(ContactTake{Request: 3, By: "agent:ana", Agent: "ana", Contact: "p2"})
	if got := n.refusedAs(); got != "contact.cancelled" {
		t.Errorf("taken: %q", got)
	}
	kept = n.whole() // the second time they are nowhere
	if n = n.coldStart(kept); len(n.s.desk.Books[0].Contacts) != 1 || n.contact("p3").State != campaign.Waiting {
		t.Errorf("%+v", n.s.desk.Books[0].Contacts)
	}
}

// A file that was written long ago and the facts since are as good as one of this instant.
func TestTheJournalHasWhatTheListsLack(t *testing.T) {
	b := listing(t, func(k *campaign.Campaign) { k.Attempts, k.HoldMS = 2, 30_000 }, "0612345678", "0612345679", "0612345670", "0612345671")
	type point struct {
		kept campaign.Kept
		at   int
	}
	var moments []fact.Moment
	var points []point
	note := func() {
		for len(moments) < len(b.facts) {
			moments = append(moments, b.moment())
		}
		points = append(points, point{b.s.LastingCampaigns(), len(b.facts)})
	}
	note()
	do := func(in Input) { b.step(in); note() }
	dials := func() (phone, out plan.LegID) {
		do(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
		do(ContactDial{Request: 4, By: "agent:ana", Agent: "ana"})
		phone = effect[Ring](b).Leg
		do(LegAnswered{Leg: phone})
		return phone, effect[Ring](b).Leg
	}
	idle := func(ms int64) {
		for range ms / 1000 {
			b.wait(1000)
			note()
		}
	}
	phone, out := dials() // p1 refuses
	do(LegAnswered{Leg: out})
	do(ContactMark{Request: 5, By: "agent:ana", Agent: "ana", Contact: "p1", Mark: campaign.MarkRefused})
	do(LegEnded{Leg: out, Cause: EndedByPeer})
	do(LegEnded{Leg: phone, Cause: EndedByBox})
	idle(15_000)
	phone, out = dials() // p2 wants to be called later
	do(LegAnswered{Leg: out})
	do(ContactMark{Request: 6, By: "agent:ana", Agent: "ana", Contact: "p2", Mark: campaign.MarkLater, At: b.moment().UTC + 60_000})
	do(LegEnded{Leg: out, Cause: EndedByPeer})
	do(LegEnded{Leg: phone, Cause: EndedByBox})
	idle(15_000)
	phone, out = dials() // p3 is somebody else
	do(LegAnswered{Leg: out})
	do(LegEnded{Leg: out, Cause: EndedByPeer})
	do(LegEnded{Leg: phone, Cause: EndedByBox})
	do(ContactMark{Request: 6, By: "agent:ana", Agent: "ana", Contact: "p3", Mark: campaign.MarkWrong})
	idle(15_000)
	do(ContactNext{Request: 7, By: "agent:ana", Agent: "ana"}) // p4 is given back
	idle(40_000)
	do(ConsentSet{Request: 8, By: "console", Number: "0612345671", Subject: "s-0612345671", Revoked: true})
	do(CampaignDo{Request: 9, By: "console", Campaign: "relance", Deed: CampaignPause})
	do(CampaignDo{Request: 10, By: "console", Campaign: "relance", Deed: CampaignStart})
	idle(60_000)
	_, out = dials() // and is being called
	do(LegAnswered{Leg: out})

	number := map[fact.Subject]string{}
	for _, c := range b.s.desk.Books[0].Contacts {
		number[c.Subject] = c.Number
	}
	end := func(k campaign.Kept) string {
		for i := range k.People {
			k.People[i].Number = number[k.People[i].Subject]
		}
		if err := k.Check(); err != nil {
			t.Errorf("it does not hold: %v", err)
		}
		d := campaign.Desk{}
		d.Recall(b.moment().UTC, k)
		return fmt.Sprintf("%+v\n%+v\n%d", d.Books, d.People, d.Serial)
	}
	want := end(b.s.LastingCampaigns())
	for i, p := range points {
		var since []fact.Entry
		for j, f := range b.facts[p.at:] {
			since = append(since, fact.Entry{At: moments[p.at+j], Fact: f})
		}
		if lost := p.kept.Catch(since); lost != 0 {
			t.Errorf("%d contacts are lost", lost)
		}
		if got := end(p.kept); got != want {
			t.Fatalf("from moment %d of %d:\n%s\nwant:\n%s", i, len(points), got, want)
		}
	}
	if len(points) < 100 {
		t.Errorf("only %d moments", len(points))
	}
}

// Who waits to be called back keeps their place, their tries and their time; who cannot be called any more is told of (FEATURES §8, Callback).
func TestCallbacksOverAColdStart(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Callback = Callback{Tries: 2, RetryMS: 60_000, KeepMS: 3_600_000} })
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	b.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
	ask := func(who, number string, after, until int64) {
		b.step(CallbackAsk{Request: 1, By: "console", Queue: "sales", Number: number, Subject: fact.Subject(who), Source: "command", AfterMS: after, UntilMS: until})
	}
	ask("s1", "0612345671", 0, 0)
	b.wait(5_000)
	ask("s2", "0612345672", 0, 0)
	ask("s3", "0612345673", 600_000, 900_000)
	ask("s4", "0612345674", 0, 30_000) // will be over
	ask("s5", "0612345675", 0, 0)      // will be nobody
	ask("s6", "0612345676", 0, 0)
	b.wait(20_000)
	kept := b.whole()
	if len(kept.Callbacks) != 6 {
		t.Fatalf("%+v", kept.Callbacks)
	}
	kept.Callbacks[4].Number = ""
	kept.Callbacks[5].Rung, kept.Callbacks[5].Attempts = true, 2
	b.now += 60_000
	n := b.coldStart(kept)
	n.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	n.step(AgentDeclare{Agent: "bob", Pause: "lunch"})

	over := map[string]string{}
	for _, f := range n.facts {
		if e, is := f.(fact.CallbackEnded); is {
			over[e.Callback] = e.Outcome
			if len(e.Reasons) == 0 {
				t.Errorf("%+v has no reason", e)
			}
		}
	}
	if want := map[string]string{kept.Callbacks[3].ID: "expired", kept.Callbacks[4].ID: "cancelled", kept.Callbacks[5].ID: "unreached"}; fmt.Sprint(over) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", over, want)
	}
	views := n.s.Callbacks()
	if len(views) != 3 || views[0].Subject != "s1" || views[0].SinceMS != 86_000 || views[1].SinceMS != 81_000 {
		t.Fatalf("%+v", views)
	}
	n.wait(afterRestart)
	if len(n.s.waiting) != 2 || n.s.waiting[0].Caller.Subject != "s1" || n.s.waiting[1].Caller.Subject != "s2" {
		t.Errorf("%d wait", len(n.s.waiting))
	}
	n.queued("i1")
	if last := n.s.waiting[2]; last.Caller.Subject != "s1" || last.Callback != "" {
		t.Errorf("who calls now stands before who asked before")
	}
	n.sound()
	n.wait(500_000)
	if k, _ := n.s.callback(kept.Callbacks[2].ID); k.Call != "" {
		t.Error("called before their time")
	}
	n.wait(30_000)
	if k, _ := n.s.callback(kept.Callbacks[2].ID); k.Call == "" {
		t.Error("not called at their time")
	}
	n.sound()
	if again := n.coldStart(n.whole()); len(again.s.Callbacks()) != 3 {
		t.Errorf("%+v", again.s.Callbacks())
	}
	n.wait(3_600_000)
	if left := n.s.Callbacks(); len(left) != 0 {
		t.Errorf("kept for ever: %+v", left)
	}
}
