package exchange

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// calling is a bench whose branch has one campaign, started, with contacts. It is 23:13 in Paris.
func calling(t *testing.T, change func(*campaign.Campaign), list ...string) *bench {
	t.Helper()
	k := campaign.Campaign{ID: "relance", Name: "Relance", Mode: campaign.Preview, Queue: "sales", Legal: policy.CallbackAsked}
	change(&k)
	b := newBench(t, func(x *Branch) { x.Campaigns = []campaign.Campaign{k} })
	b.step(CampaignImport{Request: 1, By: "console", Campaign: "relance", List: "numéro\n" + strings.Join(list, "\n")})
	b.step(CampaignDo{Request: 2, By: "console", Campaign: "relance", Deed: CampaignStart})
	return b
}

// contact is where a contact stands.
func (b *bench) contact(id string) campaign.Contact {
	b.t.Helper()
	c, _, ok := b.s.desk.Contact(id)
	if !ok {
		b.t.Fatalf("no contact %s", id)
	}
	return c
}

// refusedAs is the first reason of the last answer; empty when it was done.
func (b *bench) refusedAs() string {
	b.t.Helper()
	if r := effect[Reply](b); len(r.Refused) > 0 {
		return r.Refused[0].Code
	}
	return ""
}

// A new campaign calls nobody until somebody starts it; a list says which of its lines were not taken and why (FEATURES §9.1).
func TestCampaignsAreStartedByHand(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Campaigns = []campaign.Campaign{{ID: "relance", Name: "Relance", Mode: campaign.Progressive, Queue: "sales", Legal: policy.CallbackAsked}}
	})
	b.step(CampaignImport{Request: 1, By: "console", Campaign: "relance", List: "numéro\n0612345678\n0899123456\n112\nabc\n06 12 34 56 78"})
	r := effect[Reply](b)
	var got []string
	for _, bad := range r.Report.Rejected {
		got = append(got, bad.Code)
	}
	if r.Report.Taken != 1 || r.Report.Rejected[0].Line != 3 || strings.Join(got, " ") != "form.class outbound.emergency number.unreadable list.duplicate" {
		t.Errorf("%+v", r.Report)
	}
	none[Ring](b)
	b.wait(120_000)
	none[Ring](b)
	for _, in := range []Input{
		CampaignDo{Request: 2, By: "agent:ana", Campaign: "relance", Deed: CampaignStart},
		CampaignDo{Request: 3, By: "console", Campaign: "autre", Deed: CampaignStart},
		CampaignDo{Request: 4, By: "console", Campaign: "relance", Deed: "dance"},
		ContactNext{Request: 5, By: "agent:ana", Agent: "ana"},
		ContactTake{Request: 6, By: "agent:ana", Agent: "ana", Contact: "p1"},
		ContactDial{Request: 7, By: "agent:ana", Agent: "ana"},
	} {
		if b.step(in); b.refusedAs() == "" {
			t.Errorf("%+v was done", in)
		}
	}
	b.step(CampaignDo{Request: 8, By: "console", Campaign: "relance", Deed: CampaignStart})
	if o := lastTold[fact.OfferMade](b); o.Agent != "ana" {
		t.Errorf("%+v", o)
	}
}

// Preview: the agent sees the card and launches the call; their phone rings first (FEATURES §9.2).
func TestPreviewTakesAndDials(t *testing.T) {
	b := calling(t, func(k *campaign.Campaign) { k.Attempts = 2 }, "0612345678")
	b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
	if r := effect[Reply](b); r.Card == nil || r.Card.Number != "+33612345678" || b.contact("p1").Agent != "ana" {
		t.Fatalf("%+v", r)
	}
	if b.step(ContactNext{Request: 4, By: "agent:bob", Agent: "bob"}); b.refusedAs() != "campaign.nobody" {
		t.Error("two agents have one contact")
	}
	b.step(ContactDial{Request: 5, By: "agent:ana", Agent: "ana"})
	phone := effect[Ring](b)
	if phone.To.Extension != "201" || b.contact("p1").Attempts != 0 {
		t.Fatalf("%+v %+v", phone, b.contact("p1"))
	}
	b.step(LegAnswered{Leg: phone.Leg})
	out := effect[Ring](b)
	if out.To.Number != "+33612345678" || out.Caller.Number != "+33140506070" || b.contact("p1").State != campaign.Dialling || b.contact("p1").Attempts != 1 {
		t.Fatalf("%+v %+v", out, b.contact("p1"))
	}
	b.step(LegAnswered{Leg: out.Leg})
	b.step(ContactMark{Request: 6, By: "agent:ana", Agent: "ana", Contact: "p1", Mark: campaign.MarkLater, At: b.moment().UTC + 3_600_000})
	b.step(LegEnded{Leg: out.Leg, Cause: EndedByPeer})
	if p := b.contact("p1"); p.State != campaign.Resting || p.Result != campaign.Answered || p.Until == 0 {
		t.Errorf("%+v", p)
	}
	if f := lastTold[fact.ContactChanged](b); f.State != "resting" || f.Call == "" || f.Attempts != 1 {
		t.Errorf("%+v", f)
	}
}

// A contact that an agent has and does not call is given back: after its time, or when the agent pauses (FEATURES §9.1, de-allocation).
func TestContactsAreGivenBack(t *testing.T) {
	b := calling(t, func(k *campaign.Campaign) { k.HoldMS = 30_000 }, "0612345678", "0612345679")
	b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
	b.wait(29_000)
	if b.contact("p1").State != campaign.Allocated {
		t.Fatalf("%+v", b.contact("p1"))
	}
	b.wait(1_500)
	if b.contact("p1").State != campaign.Waiting {
		t.Fatalf("%+v", b.contact("p1"))
	}
	b.step(ContactNext{Request: 4, By: "agent:bob", Agent: "bob"})
	b.step(AgentDeclare{Request: 5, By: "agent:bob", Agent: "bob", Pause: "lunch"})
	if f := lastTold[fact.ContactChanged](b); f.State != "waiting" || !hasCode(f.Reasons, "agent.paused") {
		t.Errorf("%+v", f)
	}
	b.step(ContactNext{Request: 6, By: "agent:ana", Agent: "ana"})
	b.step(ContactReturn{Request: 7, By: "agent:ana", Agent: "ana", Skip: true})
	b.step(ContactNext{Request: 8, By: "agent:ana", Agent: "ana"})
	if r := effect[Reply](b); r.Card == nil || r.Card.Contact != "p2" {
		t.Errorf("%+v", r)
	}
}

// Progressive: an agent is reserved and lifts before anybody is dialled, and nobody is called outside the hours of the law (decree 2022-1313).
func TestProgressiveWaitsForHoursAndAgent(t *testing.T) {
	b := calling(t, func(k *campaign.Campaign) { k.Mode, k.Legal = campaign.Progressive, policy.Prospecting }, "0612345678")
	none[Ring](b) // 23:13
	b.wait(10*3_600_000 + 46*60_000)
	none[Ring](b) // 09:59:21
	b.wait(45_000)
	phone := effect[Ring](b)
	if phone.To.Extension != "201" || b.contact("p1").State != campaign.Allocated {
		t.Fatalf("%+v %+v", phone, b.contact("p1"))
	}
	b.wait(8_000)
	b.wait(1_500)
	if b.contact("p1").Attempts != 0 {
		t.Fatalf("dialled without an agent: %+v", b.contact("p1"))
	}
	b.step(LegEnded{Leg: phone.Leg, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Cause != "campaign_agent" {
		t.Errorf("%+v", e)
	}
	again := lastTold[fact.OfferMade](b)
	if again.Agent != "bob" {
		t.Errorf("%+v", again)
	}
	b.step(LegAnswered{Leg: b.s.order[len(b.s.order)-1].Out[0].Leg})
	out := effect[Ring](b)
	if out.To.Number != "+33612345678" || b.contact("p1").State != campaign.Dialling {
		t.Fatalf("%+v %+v", out, b.contact("p1"))
	}
	b.step(LegRefused{Leg: out.Leg, Reason: RefusedBusy})
	b.wait(5_000)
	if p := b.contact("p1"); p.State != campaign.Resting || p.Result != campaign.Busy || p.Attempts != 1 {
		t.Errorf("%+v", p)
	}
}

// Attempts never exceed the limit, and the law's frequency stops a campaign that allows more (FEATURES §9.3).
func TestAttemptsAreExhausted(t *testing.T) {
	for _, c := range []struct {
		legal   policy.Legal
		allowed int
		want    int
	}{{policy.CallbackAsked, 2, 2}, {policy.RunningContract, 9, 4}} {
		b := calling(t, func(k *campaign.Campaign) {
			k.Attempts, k.Legal, k.Retry = c.allowed, c.legal, []campaign.Retry{{After: campaign.Busy, DelayMS: 60_000}}
		}, "0612345678")
		b.wait(12 * 3_600_000) // 11:13
		for range 12 {
			b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
			if b.refusedAs() != "" {
				break
			}
			b.step(ContactDial{Request: 4, By: "agent:ana", Agent: "ana"})
			b.step(LegAnswered{Leg: effect[Ring](b).Leg})
			b.step(LegRefused{Leg: effect[Ring](b).Leg, Reason: RefusedBusy})
			b.wait(90_000)
		}
		if p := b.contact("p1"); p.Attempts != c.want {
			t.Errorf("%s: %+v, want %d attempts", c.legal, p, c.want)
		}
	}
}

// A box that dials by itself shows a verified number once it reaches more than five (ARCEP 2022-1583): without one, it stops.
func TestProgressiveShowsAVerifiedNumber(t *testing.T) {
	list := []string{"0612345601", "0612345602", "0612345603", "0612345604", "0612345605", "0612345606", "0612345607"}
	b := calling(t, func(k *campaign.Campaign) { k.Mode = campaign.Progressive }, list...)
	called := map[string]bool{}
	for range 40 {
		for _, c := range b.s.order {
			if c.Contact != "" && c.Offering() {
				b.step(LegAnswered{Leg: c.Out[0].Leg})
				for _, e := range b.effects {
					if r, ok := e.(Ring); ok && r.To.Trunk != "" {
						called[r.To.Number] = true
						b.step(LegRefused{Leg: r.Leg, Reason: RefusedBusy})
					}
				}
				break
			}
		}
		b.wait(10_000)
	}
	if len(called) != 5 {
		t.Errorf("%d numbers were called: %v", len(called), called)
	}
}

// Who reaches somebody of ours is not called any more, and who takes the consent back is let go at once (FEATURES §9.1, art. L. 223-1).
func TestContactsWhoSpokeOrSaidNo(t *testing.T) {
	b := calling(t, func(k *campaign.Campaign) { k.RecentMS = 3_600_000 }, "0612345678", "0612345679")
	b.step(LegOffered{Leg: "i1", Origin: Origin{FromTrunk, "carrier"}, Dialled: "+33140506072", Caller: Caller{Number: "+33612345678", Subject: "s1"}})
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	if p := b.contact("p1"); p.State != campaign.Cancelled || p.Why != "contact.spoke" {
		t.Errorf("%+v", p)
	}
	b.step(ContactNext{Request: 3, By: "agent:bob", Agent: "bob"})
	b.step(ContactDial{Request: 4, By: "agent:bob", Agent: "bob"})
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	out := effect[Ring](b)
	b.step(LegRinging{Leg: out.Leg})
	b.step(ConsentSet{Request: 5, By: "console", Number: "06 12 34 56 79", Revoked: true})
	if !slices.ContainsFunc(b.effects, func(e Effect) bool { return e == Effect(HangUp{Leg: out.Leg}) }) || b.contact("p2").State != campaign.Refused {
		t.Errorf("%s %+v", show(b.effects), b.contact("p2"))
	}
	if f := lastTold[fact.ConsentChanged](b); !f.Revoked {
		t.Errorf("%+v", f)
	}
}

// Without a consent that is proven nobody is prospected (since 11 August 2026), and one is noted with its date and source.
func TestConsentIsNotedWithItsProof(t *testing.T) {
	b := calling(t, func(*campaign.Campaign) {}, "0612345678")
	for in, want := range map[ConsentSet]string{
		{Request: 9, By: "console", Number: "0612345678", Source: "page"}:                           "consent.no_proof",
		{Request: 9, By: "console", Number: "0699999999", Source: "page", Text: "oui"}:              "contact.unknown",
		{Request: 9, By: "console", Number: "abc", Source: "page", Text: "oui"}:                     "number.unreadable",
		{Request: 9, By: "agent:ana", Number: "0612345678", Source: "page", Text: "oui"}:            "rights.no_supervisor",
		{Request: 9, By: "console", Number: "0612345678", Source: "page", Text: "oui", At: 9e15}:    "consent.later",
		{Request: 9, By: "console", Number: "0612345678", Source: "page", Text: "oui", At: 1_600e9}: "",
		{Request: 9, By: "agent:ana", Number: "0612345678", Revoked: true, Source: "par téléphone"}: "",
	} {
		if b.step(in); b.refusedAs() != want {
			t.Errorf("%+v: %q, want %q", in, b.refusedAs(), want)
		}
	}
}

// RGPD art. 17: who is forgotten is in no campaign any more, an attempt that is being made ends, and the state that is written has their number no more.
func TestWhoIsForgottenIsInNoCampaign(t *testing.T) {
	b := calling(t, func(*campaign.Campaign) {}, "0612345678", "0612345679")
	if len(b.s.ContactsOf("+33612345678")) != 1 {
		t.Fatal("they are in no campaign before: this test proves nothing")
	}
	b.step(PersonErase{Request: 5, By: "user:root", Number: "06 12 34 56 78"})
	if b.refusedAs() != "" || len(b.s.ContactsOf("+33612345678")) != 0 || len(b.s.ContactsOf("+33612345679")) != 1 {
		t.Errorf("%q %+v", b.refusedAs(), b.s.ContactsOf("+33612345678"))
	}
	text, err := b.s.Encode()
	if err != nil || strings.Contains(string(text), "612345678") || !strings.Contains(string(text), "612345679") {
		t.Errorf("%v: %s", err, text)
	}
	if b.step(PersonErase{Request: 6, By: "user:root", Number: "abc"}); b.refusedAs() != "number.unreadable" {
		t.Error(b.refusedAs())
	}
}

// A long list of people who may not be called keeps nobody from the one who may, and no step looks at more than a piece of it, however many agents are
// free: the rest is looked at a second later.
func TestALongListIsLookedAtInPieces(t *testing.T) {
	list := "numéro;consentement_source;consentement_texte;consentement_date\n"
	for i := range 250 {
		list += fmt.Sprintf("01405%05d;;;\n", i)
	}
	list += "0612345678;web;J'accepte d'être appelé;01/11/2026\n"
	b := calling(t, func(k *campaign.Campaign) { k.Mode, k.Legal = campaign.Progressive, policy.Prospecting })
	b.now += 1100 * 24 * 3_600_000   // 18 November 2026: nobody is called without consent (art. L. 223-1)
	b.wait(10*3_600_000 + 47*60_000) // 10:00
	b.step(CampaignImport{Request: 3, By: "console", Campaign: "relance", List: list})
	if r := effect[Reply](b); r.Report == nil || r.Report.Taken != 251 {
		t.Fatalf("%+v", r)
	}
	for n := range 2 {
		none[Ring](b)
		if look := b.s.desk.Books[0].Look[1]; look != 100+100*n {
			t.Errorf("after %d s the list was looked at up to %d", n, look)
		}
		b.wait(cutMS)
	}
	if c := b.contact("p251"); c.State != campaign.Allocated {
		t.Errorf("%+v", c)
	}
	if bad := b.s.Audit(); len(bad) > 0 {
		t.Error(bad)
	}
}

// A campaign's hours are those of the branch's clock; of a branch that names no zone, of the law's.
func TestHoursOfACampaignByTheBranchsClock(t *testing.T) {
	for zone, want := range map[string]string{"": "campaign.hours", "Europe/Paris": "campaign.hours", "America/Martinique": "", "Nowhere/Atall": "campaign.hours"} {
		k := campaign.Campaign{
			ID: "relance", Name: "Relance", Mode: campaign.Preview, Queue: "sales", Legal: policy.CallbackAsked, Daily: []hours.Range{{From: 18 * 60, To: 19 * 60}},
		}
		b := newBench(t, func(x *Branch) { x.Campaigns, x.Zone = []campaign.Campaign{k}, zone })
		b.step(CampaignImport{Request: 1, By: "console", Campaign: "relance", List: "numéro\n0612345678"})
		b.step(CampaignDo{Request: 2, By: "console", Campaign: "relance", Deed: CampaignStart})
		got := b.s.Contacts("relance") // 23:13 in Paris, 18:13 in Fort-de-France
		if code := first(got[0].Why); !strings.HasPrefix(code, want) || want == "" && code != "" {
			t.Errorf("%q: %q", zone, code)
		}
	}
}

// TestDeedsOfACampaign: each by who may, with its state, and what becomes of its contacts.
func TestDeedsOfACampaign(t *testing.T) {
	b := calling(t, func(*campaign.Campaign) {}, "0612345678", "0612345679")
	if v := b.s.Campaigns(); len(v) != 1 || v[0].ID != "relance" || v[0].Name != "Relance" || v[0].Mode != "preview" || !v[0].Running || v[0].Open != 2 || v[0].Done != 0 || v[0].Refused != 0 {
		t.Errorf("%+v", v)
	}
	for _, c := range []struct {
		deed    CampaignDeed
		state   string
		running bool
		open    int
	}{{CampaignPause, "paused", false, 2}, {CampaignStart, "running", true, 2}, {CampaignStop, "stopped", false, 0}} {
		b.step(CampaignDo{Request: 3, By: "console", Campaign: "relance", Deed: c.deed})
		if got := b.refusedAs(); got != "" {
			t.Fatal(got)
		}
		if f := lastTold[fact.CampaignChanged](b); f != (fact.CampaignChanged{Campaign: "relance", By: "console", State: c.state}) {
			t.Errorf("%+v", f)
		}
		if v := b.s.Campaigns()[0]; v.Running != c.running || v.Open != c.open {
			t.Errorf("%s: %+v", c.deed, v)
		}
	}
	if f := lastTold[fact.ContactChanged](b); f.State != "cancelled" || !hasCode(f.Reasons, "campaign.stopped") {
		t.Errorf("%+v", f)
	}
	// Gone from the document it is paused, and cannot be started.
	b = calling(t, func(*campaign.Campaign) {}, "0612345678")
	x := branch()
	x.Revision = "rev2"
	b.step(SiteChanged{Branch: x})
	if f := lastTold[fact.CampaignChanged](b); f != (fact.CampaignChanged{Campaign: "relance", By: "site", State: "paused"}) {
		t.Errorf("%+v", f)
	}
	if b.step(CampaignDo{Request: 4, By: "console", Campaign: "relance", Deed: CampaignStart}); b.refusedAs() != "campaign.unknown" {
		t.Error(b.refusedAs())
	}
	// Of agents by name: the right over each of them is needed.
	b = newBench(t, supervised, func(x *Branch) {
		x.Agents[1].Queues = []string{"rescue"}
		x.Campaigns = []campaign.Campaign{{ID: "relance", Name: "Relance", Mode: campaign.Preview, Agents: []string{"ana", "bob"}, Legal: policy.CallbackAsked}}
	})
	if b.step(CampaignDo{Request: 5, By: "supervisor:sam", Campaign: "relance", Deed: CampaignStart}); b.refusedAs() != "rights.other_agent" {
		t.Error(b.refusedAs())
	}
	if b.step(CampaignImport{Request: 5, By: "supervisor:sam", Campaign: "relance", List: "numéro\n0612345678"}); b.refusedAs() != "rights.other_agent" {
		t.Error(b.refusedAs())
	}
	if b.step(CampaignImport{Request: 5, By: "console", Campaign: "relance", List: "nom\nAda"}); b.refusedAs() != "campaign.list" {
		t.Error(b.refusedAs())
	}
	if b.step(CampaignDo{Request: 6, By: "console", Campaign: "relance", Deed: CampaignStart}); b.refusedAs() != "" {
		t.Error(b.refusedAs())
	}
}

// TestCardsThatAgentsCannotHave: each refusal of asking for, taking, calling, returning and marking a contact.
func TestCardsThatAgentsCannotHave(t *testing.T) {
	b := calling(t, func(*campaign.Campaign) {}, "0612345678", "0612345679")
	refused := func(want string, in Input) {
		t.Helper()
		if b.step(in); b.refusedAs() != want {
			t.Errorf("%+v: %q, want %q", in, b.refusedAs(), want)
		}
	}
	refused("agent.unknown", ContactNext{Request: 1, By: "console", Agent: "zoe"})
	refused("agent.no_contact", ContactDial{Request: 1, By: "agent:ana", Agent: "ana"})
	refused("agent.no_contact", ContactReturn{Request: 1, By: "agent:ana", Agent: "ana"})
	refused("campaign.unknown", ContactNext{Request: 1, By: "agent:ana", Agent: "ana", Campaign: "winter"})
	refused("contact.unknown", ContactTake{Request: 1, By: "agent:ana", Agent: "ana", Contact: "p9"})
	refused("contact.unknown", ContactMark{Request: 1, By: "agent:ana", Agent: "ana", Contact: "p9", Mark: campaign.MarkConverted})
	refused("", ContactNext{Request: 1, By: "agent:ana", Agent: "ana", Campaign: "relance"})
	refused("agent.has_contact", ContactNext{Request: 1, By: "agent:ana", Agent: "ana"})
	refused("contact.allocated", ContactTake{Request: 1, By: "agent:bob", Agent: "bob", Contact: "p1"})
	refused("", ContactReturn{Request: 1, By: "agent:ana", Agent: "ana"})
	if f := lastTold[fact.ContactChanged](b); f.State != "waiting" || !hasCode(f.Reasons, "contact.given_back") || f.Reasons[0].Detail != "agent:ana" {
		t.Errorf("%+v", f)
	}
	b.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
	refused("agent.paused", ContactTake{Request: 1, By: "agent:bob", Agent: "bob", Contact: "p1"})
	b.step(AgentLogOut{Agent: "bob"})
	refused("agent.logged_out", ContactTake{Request: 1, By: "agent:bob", Agent: "bob", Contact: "p1"})
	refused("", ContactTake{Request: 1, By: "agent:ana", Agent: "ana", Contact: "p2"})
	if r := effect[Reply](b); r.Card == nil || r.Card.Contact != "p2" || r.Card.Number != "+33612345679" || r.Card.Campaign != "relance" {
		t.Errorf("%+v", r)
	}
	refused("", ContactDial{Request: 1, By: "agent:ana", Agent: "ana"})
	phone := ringOf(b).Leg
	refused("agent.reserved", ContactDial{Request: 1, By: "agent:ana", Agent: "ana"})
	b.step(LegAnswered{Leg: phone})
	refused("contact.dialling", ContactReturn{Request: 1, By: "agent:ana", Agent: "ana"})
	b.sound()
}

// TestHowAnAttemptEnded: what the far end said is what the contact's result is, and how long it rests.
func TestHowAnAttemptEnded(t *testing.T) {
	for _, c := range []struct {
		reason Refusal
		rang   bool
		want   campaign.Result
	}{
		{RefusedBusy, true, campaign.Busy},
		{RefusedDeclined, true, campaign.Declined},
		{RefusedNoAnswer, true, campaign.NoAnswer},
		{RefusedNoNumber, false, campaign.WrongNumber},
		{RefusedUnreachable, true, campaign.Unreachable},
		{RefusedFailed, true, campaign.NoAnswer},
	} {
		b := calling(t, func(*campaign.Campaign) {}, "0612345678")
		b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
		b.step(ContactDial{Request: 5, By: "agent:ana", Agent: "ana"})
		b.step(LegAnswered{Leg: ringOf(b).Leg})
		out := ringOf(b).Leg
		if c.rang {
			b.step(LegRinging{Leg: out})
			b.wait(2_000)
		}
		b.step(LegRefused{Leg: out, Reason: c.reason})
		b.wait(5_000)
		if p := b.contact("p1"); p.Result != c.want || p.Attempts != 1 {
			t.Errorf("%s: %s, %+v", c.reason, p.Result, p)
		}
		b.sound()
	}
	// The agent hangs up before anybody lifts.
	b := calling(t, func(*campaign.Campaign) {}, "0612345678")
	b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
	b.step(ContactDial{Request: 5, By: "agent:ana", Agent: "ana"})
	mine := ringOf(b).Leg
	b.step(LegAnswered{Leg: mine})
	out := ringOf(b).Leg
	b.step(LegRinging{Leg: out})
	b.wait(1_000)
	b.step(LegEnded{Leg: mine, Cause: EndedByPeer})
	if p := b.contact("p1"); p.Result != campaign.NoAnswer || p.State != campaign.Resting {
		t.Errorf("%+v", p)
	}
}
