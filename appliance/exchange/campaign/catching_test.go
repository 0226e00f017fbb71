package campaign_test

import (
	"encoding/json"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
)

// kept is a list with p1, called once at 5 and busy, p2, whose subject nobody knows, and p3, in a call that nothing else is heard of.
func kept() campaign.Kept {
	k := autumn()
	return campaign.Kept{
		Books: []campaign.Book{{Campaign: k, Contacts: []campaign.Contact{
			{
				ID: "p1", Subject: "s1", Number: "+33140506070", State: campaign.Waiting, Since: 9, Attempts: 1, Most: 3, Past: []int64{5}, Result: campaign.Busy, Mark: campaign.MarkLater, Later: 77, Last: "ben",
				Consent: policy.Consent{Source: "x", Text: "y", At: 1, Revoked: 4},
			},
			{ID: "p2", Number: "+33140506071", State: campaign.Waiting, Since: 9},
			{ID: "p3", Subject: "s3", Number: "+33140506072", State: campaign.Dialling, Since: 9, Agent: "ana", Last: "ana", Attempts: 1, Most: 3, Past: []int64{9}},
		}}},
		People: []campaign.Person{{Number: "+33140506070", Subject: "s1", Past: []int64{5}}, {Number: "+33140506072", Subject: "s3", Past: []int64{9}}, {Number: "+33140506073"}},
		Serial: 3, Cuts: []campaign.Cut{{Contact: "p3", Call: "c3"}},
	}
}

// What the journal says happened since a desk was kept is in it: each fact alone, and what follows on it.
func TestCatch(t *testing.T) {
	dial := fact.ContactChanged{Contact: "p1", Campaign: "autumn", Subject: "s1", State: "dialling", Agent: "ana", Call: "c1", Attempts: 2}
	auto := dial
	auto.Automated = true
	again := dial // the same attempt, told once more
	again.Attempts = 1
	done := func(id, result string) fact.ContactChanged {
		return fact.ContactChanged{Contact: id, Campaign: "autumn", Subject: "s1", State: "done", Result: result}
	}
	dialled := func(k *campaign.Kept) {
		c := &k.Books[0].Contacts[0]
		c.State, c.Since, c.Agent, c.Last, c.Mark, c.Later, c.Attempts, c.Past, c.Result = campaign.Dialling, 100, "ana", "ana", "", 0, 2, []int64{5, 100}, ""
		k.People[0].Past = []int64{5, 100}
		k.Cuts = append(k.Cuts, campaign.Cut{Contact: "p1", Call: "c1"})
	}
	ended := func(k *campaign.Kept, s campaign.State, at int64, r campaign.Result) *campaign.Contact {
		c := &k.Books[0].Contacts[0]
		c.State, c.Since, c.Agent, c.Until, c.Result = s, at, "", 0, r
		return c
	}
	marked := func(id string, m campaign.Mark, until int64) fact.ContactMarked {
		return fact.ContactMarked{Contact: id, Campaign: "autumn", Subject: "s1", Agent: "ana", Mark: string(m), Until: until}
	}
	for _, c := range []struct {
		name  string
		facts []fact.Fact // at 100, 200 and so on
		want  func(k *campaign.Kept)
		lost  int
	}{
		{"nothing", []fact.Fact{fact.LegRinging{Call: "c3"}, fact.BridgeJoined{Call: "c9"}}, func(*campaign.Kept) {}, 0},
		{"an attempt", []fact.Fact{dial}, dialled, 0},
		{"by the box", []fact.Fact{auto}, func(k *campaign.Kept) { dialled(k); k.People[0].Auto, k.Books[0].Last = 100, 100 }, 0},
		{"more attempts than the campaign allows", []fact.Fact{fact.ContactChanged{Contact: "p1", Campaign: "autumn", State: "dialling", Agent: "ana", Call: "c1", Attempts: 9}}, func(k *campaign.Kept) {
			dialled(k)
			k.Books[0].Contacts[0].Attempts, k.Books[0].Contacts[0].Most = 9, 9
		}, 0},
		{"of a campaign that is no more", []fact.Fact{fact.ContactChanged{Contact: "p1", Campaign: "x", State: "dialling", Agent: "ana", Call: "c1", Attempts: 2, Automated: true}}, func(k *campaign.Kept) {
			dialled(k)
			k.Books[0].Contacts[0].Most, k.People[0].Auto = 2, 100
		}, 0},
		{"an attempt that is known", []fact.Fact{again}, func(k *campaign.Kept) {
			ended(k, campaign.Dialling, 100, "").Agent = "ana"
			k.Cuts = append(k.Cuts, campaign.Cut{Contact: "p1", Call: "c1"})
		}, 0},
		{"somebody whose subject was not known", []fact.Fact{fact.ContactChanged{Contact: "p2", Campaign: "autumn", Subject: "s2", State: "dialling", Agent: "ana", Call: "c1", Attempts: 1}}, func(k *campaign.Kept) {
			p := &k.Books[0].Contacts[1]
			p.State, p.Since, p.Agent, p.Last, p.Attempts, p.Most, p.Past = campaign.Dialling, 100, "ana", "ana", 1, 3, []int64{100}
			k.People = append(k.People, campaign.Person{Subject: "s2", Past: []int64{100}})
			k.Cuts = append(k.Cuts, campaign.Cut{Contact: "p2", Call: "c1"})
		}, 0},
		{"somebody who is on no list", []fact.Fact{fact.ContactChanged{Contact: "p9", Campaign: "autumn", Subject: "s9", State: "dialling", Call: "c1", Attempts: 1}}, func(k *campaign.Kept) {
			k.People = append(k.People, campaign.Person{Subject: "s9", Past: []int64{100}})
			k.Cuts = append(k.Cuts, campaign.Cut{Contact: "p9", Call: "c1"})
		}, 0},
		{"nobody", []fact.Fact{fact.ContactChanged{Contact: "p9", State: "dialling", Call: "c1", Attempts: 1}}, func(k *campaign.Kept) {
			k.Cuts = append(k.Cuts, campaign.Cut{Contact: "p9", Call: "c1"})
		}, 0},
		{"a state of a later box", []fact.Fact{fact.ContactChanged{Contact: "p1", State: "dreaming", Attempts: 7}}, func(*campaign.Kept) {}, 0},
		{"they talk", []fact.Fact{dial, fact.BridgeJoined{Call: "c1"}}, func(k *campaign.Kept) { dialled(k); k.Cuts[1].Spoke = true }, 0},
		{"who was called before talks", []fact.Fact{fact.BridgeJoined{Call: "c3"}}, func(k *campaign.Kept) { k.Cuts[0].Spoke = true }, 0},
		{"reached", []fact.Fact{dial, fact.BridgeJoined{Call: "c1"}, done("p1", "answered"), fact.BridgeJoined{Call: "c1"}}, func(k *campaign.Kept) {
			dialled(k)
			ended(k, campaign.Done, 300, campaign.Answered).Spoke = 300
			k.People[0].Spoke = 300
		}, 0},
		{"not reached", []fact.Fact{dial, done("p1", "busy")}, func(k *campaign.Kept) { dialled(k); ended(k, campaign.Done, 200, campaign.Busy) }, 0},
		{"said after the call", []fact.Fact{done("p1", "answered")}, func(k *campaign.Kept) { ended(k, campaign.Done, 100, campaign.Answered) }, 0},
		{"reached, and once more", []fact.Fact{dial, fact.ContactChanged{Contact: "p1", State: "resting", Result: "answered", Until: 900}, fact.ContactChanged{Contact: "p1", State: "done", Result: "answered"}}, func(k *campaign.Kept) {
			dialled(k)
			ended(k, campaign.Done, 300, campaign.Answered).Spoke = 200
			k.People[0].Spoke = 200
		}, 0},
		{"refused while it was called", []fact.Fact{dial, fact.ContactChanged{Contact: "p1", State: "refused", Result: "answered", Reasons: []fact.Reason{{Code: "person.refused"}, {Code: "x"}}}}, func(k *campaign.Kept) {
			dialled(k)
			ended(k, campaign.Refused, 200, campaign.Answered).Why = "person.refused"
		}, 0},
		{"a card", []fact.Fact{fact.ContactChanged{Contact: "p1", State: "allocated", Agent: "ana", Until: 900, Result: "busy"}}, func(k *campaign.Kept) {
			p := ended(k, campaign.Allocated, 100, campaign.Busy)
			p.Agent, p.Until = "ana", 900
		}, 0},
		{"rests", []fact.Fact{fact.ContactChanged{Contact: "p1", State: "resting", Agent: "ana", Until: 900, Result: "busy"}}, func(k *campaign.Kept) { ended(k, campaign.Resting, 100, campaign.Busy).Until = 900 }, 0},
		{"rests until nobody knows", []fact.Fact{fact.ContactChanged{Contact: "p1", State: "resting", Result: "busy"}}, func(k *campaign.Kept) { ended(k, campaign.Resting, 100, campaign.Busy).Until = 1 }, 0},
		{"cancelled", []fact.Fact{fact.ContactChanged{Contact: "p1", State: "cancelled"}}, func(k *campaign.Kept) { ended(k, campaign.Cancelled, 100, "") }, 0},
		{"erased", []fact.Fact{fact.ContactChanged{Contact: "p1", State: "cancelled", Reasons: []fact.Reason{{Code: "person.erased"}}}}, func(k *campaign.Kept) {
			k.Books[0].Contacts = k.Books[0].Contacts[1:]
		}, 0},
		{"paused", []fact.Fact{fact.CampaignChanged{Campaign: "autumn", State: "paused"}, fact.CampaignChanged{Campaign: "x", State: "running"}}, func(k *campaign.Kept) { k.Books[0].Campaign.Paused = true }, 0},
		{"stopped", []fact.Fact{fact.CampaignChanged{Campaign: "autumn", State: "stopped"}}, func(k *campaign.Kept) {
			k.Books[0].Campaign.Paused, k.Books[0].Contacts[2].Most = true, 1
		}, 0},
		{"goes on", []fact.Fact{fact.CampaignChanged{Campaign: "autumn", State: "paused"}, fact.CampaignChanged{Campaign: "autumn", State: "running"}}, func(*campaign.Kept) {}, 0},
		{"a list", []fact.Fact{fact.CampaignImported{Campaign: "autumn", Taken: 40}, fact.CampaignImported{Campaign: "autumn", Rejected: 3}, fact.CampaignImported{Campaign: "autumn", Taken: 2}}, func(k *campaign.Kept) { k.Serial = 45 }, 42},
		{"a wish", []fact.Fact{marked("p1", campaign.MarkLater, 900)}, func(k *campaign.Kept) { k.Books[0].Contacts[0].Later = 900 }, 0},
		{"a success", []fact.Fact{marked("p1", campaign.MarkConverted, 900)}, func(k *campaign.Kept) {
			k.Books[0].Contacts[0].Mark, k.Books[0].Contacts[0].Later = campaign.MarkConverted, 0
		}, 0},
		{"a machine, during the call", []fact.Fact{dial, marked("p1", campaign.MarkMachine, 0)}, func(k *campaign.Kept) { dialled(k); k.Books[0].Contacts[0].Mark = campaign.MarkMachine }, 0},
		{"a wrong number, during the call", []fact.Fact{dial, marked("p1", campaign.MarkWrong, 0)}, func(k *campaign.Kept) { dialled(k); k.Books[0].Contacts[0].Mark = campaign.MarkWrong }, 0},
		{"a machine", []fact.Fact{dial, done("p1", "answered"), marked("p1", campaign.MarkMachine, 0)}, func(k *campaign.Kept) {
			dialled(k)
			p := ended(k, campaign.Done, 200, campaign.NoAnswer)
			p.Spoke, p.Mark = 200, campaign.MarkMachine
		}, 0},
		{"a wrong number", []fact.Fact{dial, done("p1", "answered"), marked("p1", campaign.MarkWrong, 0)}, func(k *campaign.Kept) {
			dialled(k)
			p := ended(k, campaign.Done, 200, campaign.WrongNumber)
			p.Spoke, p.Mark = 200, campaign.MarkWrong
		}, 0},
		{"a success after the call", []fact.Fact{dial, done("p1", "answered"), marked("p1", campaign.MarkConverted, 0)}, func(k *campaign.Kept) {
			dialled(k)
			p := ended(k, campaign.Done, 200, campaign.Answered)
			p.Spoke, p.Mark, k.People[0].Spoke = 200, campaign.MarkConverted, 200
		}, 0},
		{"a no", []fact.Fact{marked("p1", campaign.MarkRefused, 0)}, func(k *campaign.Kept) {
			k.Books[0].Contacts[0].Mark, k.Books[0].Contacts[0].Later, k.People[0].Refused = campaign.MarkRefused, 0, 100
		}, 0},
		{"a no of somebody on no list", []fact.Fact{fact.ContactMarked{Contact: "p9", Subject: "s9", Mark: "refused"}, fact.ContactMarked{Contact: "p8", Mark: "refused"}, fact.ContactMarked{Contact: "p7", Subject: "s7", Mark: "later"}}, func(k *campaign.Kept) {
			k.People = append(k.People, campaign.Person{Subject: "s9", Refused: 100})
		}, 0},
		{"a no of whom the list calls otherwise", []fact.Fact{fact.ContactMarked{Contact: "p1", Subject: "s9", Mark: "refused"}}, func(k *campaign.Kept) {
			k.Books[0].Contacts[0].Mark, k.Books[0].Contacts[0].Later, k.People[0].Refused = campaign.MarkRefused, 0, 100
		}, 0},
		{"a consent", []fact.Fact{fact.ConsentChanged{Subject: "s1", Source: "form", Text: "yes", At: 90}, fact.ConsentChanged{Source: "of nobody", At: 91}}, func(k *campaign.Kept) {
			k.Books[0].Contacts[0].Consent = policy.Consent{Source: "form", Text: "yes", At: 90}
		}, 0},
		{"a consent taken back", []fact.Fact{fact.ConsentChanged{Subject: "s1", Revoked: true}, fact.ConsentChanged{Revoked: true}}, func(k *campaign.Kept) { k.People[0].Revoked = 100 }, 0},
	} {
		got, want := kept(), kept()
		var all []fact.Entry
		for i, f := range c.facts {
			all = append(all, fact.Entry{At: fact.Moment{UTC: int64(i+1) * 100}, Fact: f})
		}
		lost := got.Catch(all)
		c.want(&want)
		a, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if string(a) != string(b) || lost != c.lost {
			t.Errorf("%s: %d lost\n got %s\nwant %s", c.name, lost, a, b)
		}
	}
}
