package campaign_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/policy"
)

// What is kept shares nothing with the desk, and does not say where its searches had come to.
func TestKeptStandsAlone(t *testing.T) {
	d, _, _ := worked(t)
	d.Books[0].Look = [2]int{2, 3}
	k := d.Kept()
	if k.Books[0].Look != [2]int{} || d.Books[0].Look != [2]int{2, 3} || k.Serial != 7 || len(k.People) != len(d.People) || len(k.Books[0].Contacts) != 7 {
		t.Errorf("%+v", k)
	}
	d.Books[0].Contacts[0].Name, d.People[0].Spoke, d.Books[0].Campaign.Name = "x", 1, "x"
	if k.Books[0].Contacts[0].Name == "x" || k.People[0].Spoke == 1 || k.Books[0].Campaign.Name == "x" {
		t.Error("what is kept changes with the desk")
	}
	if err := k.Check(); err != nil {
		t.Error(err)
	}
}

// Something that was damaged is not believed: each promise, broken alone; a report names three at most.
func TestCheckOfWhatWasKept(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(k *campaign.Kept)
		want string
	}{
		"whole":          {func(*campaign.Kept) {}, ""},
		"no campaign":    {func(k *campaign.Kept) { k.Books[0].Campaign.ID = "" }, "a campaign has no id"},
		"no number":      {func(k *campaign.Kept) { k.Books[0].Contacts[6].ID = "p7x" }, `contact "p7x" of 7`},
		"no contact":     {func(k *campaign.Kept) { k.Books[0].Contacts[0].ID = "7" }, `contact "7" of 7`},
		"of a later one": {func(k *campaign.Kept) { k.Serial = 6 }, `contact "p7" of 6`},
		"twice":          {func(k *campaign.Kept) { k.Books[0].Contacts[5].ID = "p7" }, `contact "p7" of 7`},
		"no state":       {func(k *campaign.Kept) { k.Books[0].Contacts[5].State = 99 }, "contact p6 has the state 99"},
		"an agent":       {func(k *campaign.Kept) { k.Books[0].Contacts[5].Agent = "eve" }, `contact p6 is waiting with agent "eve"`},
	} {
		d, _, _ := worked(t)
		k := d.Kept()
		c.harm(&k)
		err := k.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	d, _, _ := worked(t)
	k := d.Kept()
	for i := range k.Books[0].Contacts {
		k.Books[0].Contacts[i].State = 99
	}
	if err := k.Check(); err == nil || strings.Count(err.Error(), ";") != 2 {
		t.Errorf("%v", err)
	}
}

// A desk comes back as it was kept: who had a card waits again, an attempt that was cut was an attempt, and one in which somebody talked is over.
func TestRecall(t *testing.T) {
	k := kept()
	list := &k.Books[0].Contacts
	p := func(id string, s campaign.State) campaign.Contact {
		return campaign.Contact{ID: id, Subject: "s", Number: "+331405060" + id[1:], State: s, Since: 9}
	}
	given, talked, done, nameless, over := p("p4", campaign.Allocated), p("p5", campaign.Dialling), p("p6", campaign.Done), p("p7", campaign.Waiting), p("p8", campaign.Done)
	given.Agent, given.Until = "ben", 99
	talked.Agent, talked.Attempts, talked.Most, talked.Past = "eve", 1, 3, []int64{8}
	nameless.Number, nameless.Name, nameless.Custom, nameless.Consent = "", "Ada", []campaign.Var{{Name: "a", Value: "b"}}, policy.Consent{Source: "x", Text: "y", At: 3}
	over.Number = ""
	late := p("p12", campaign.Waiting)
	*list = append(*list, late, given, talked, done, nameless, over)
	k.Books[0].Last, k.Books[0].Campaign.Paused, k.Serial = 40, true, 12
	k.Cuts = append(k.Cuts, campaign.Cut{Contact: "p5", Call: "c5", Spoke: true})
	gone := autumn()
	gone.ID = "gone"
	k.Books = append(k.Books, campaign.Book{Campaign: gone, Contacts: []campaign.Contact{p("p9", campaign.Waiting)}}, campaign.Book{Campaign: gone})
	k.Books[2].Campaign.ID = "empty"
	k.People = append(k.People, campaign.Person{Subject: "of nobody", Refused: 3})

	d := &campaign.Desk{}
	site := autumn() // as the branch has it now
	site.Name, site.Attempts = "Automne 2026", 5
	if d.Put(site) != nil {
		t.Fatal("put")
	}
	d.Serial = 4
	d.Recall(1000, k)
	if bad := d.Audit(); len(bad) > 0 {
		t.Error(bad)
	}
	var ids []string
	for _, b := range d.Books {
		for _, c := range b.Contacts {
			ids = append(ids, b.Campaign.ID+" "+c.ID+" "+c.State.String())
		}
	}
	if want := []string{
		"autumn p1 waiting", "autumn p2 waiting", "autumn p3 resting", "autumn p4 waiting", "autumn p5 done", "autumn p6 done", "autumn p7 cancelled", "autumn p12 waiting", "gone p9 waiting",
	}; !slices.Equal(ids, want) {
		t.Errorf("%q, want %q", ids, want)
	}
	if got := d.Moved; !slices.Equal(got, []string{"p7", "p3", "p4", "p5"}) {
		t.Errorf("%v moved", got)
	}
	b := d.Books[0]
	if b.Campaign.Name != "Automne 2026" || b.Campaign.Attempts != 5 || !b.Campaign.Paused || b.Last != 40 || d.Serial != 12 || len(d.Books) != 3 || !d.Books[1].Campaign.Paused || !d.Books[2].Campaign.Paused {
		t.Errorf("%+v, serial %d, %d campaigns", b, d.Serial, len(d.Books))
	}
	if c := b.Contacts[2]; c.Result != campaign.Failed || c.Attempts != 1 || c.Until != 1000+hour || c.Spoke != 0 {
		t.Errorf("cut: %+v", c)
	}
	if c := b.Contacts[4]; c.Result != campaign.Answered || c.Spoke != 1000 || c.Since != 1000 {
		t.Errorf("talked: %+v", c)
	}
	if c := b.Contacts[6]; c.Why != "person.erased" || c.Since != 1000 || c.Name != "" || c.Custom != nil || c.Consent != (policy.Consent{At: 3}) || c.Agent != "" || c.Until != 0 {
		t.Errorf("nobody can name them: %+v", c)
	}
	for number, want := range map[string]campaign.Person{
		"+33140506070": {Number: "+33140506070", Subject: "s1", Past: []int64{5}}, "+33140506073": {Number: "+33140506073"}, "": {},
	} {
		got, err := json.Marshal(d.Known(number))
		if err != nil {
			t.Fatal(err)
		}
		if w, err := json.Marshal(want); err != nil || string(got) != string(w) {
			t.Errorf("%q: %s, want %s", number, got, w)
		}
	}
	// A second time nothing is there twice, and what goes on goes on.
	d.Pause("autumn", false)
	must(t, d.Allocate(1000, "p1", "ana", rouge, house(t)))
	d.Moved = nil
	old := k
	old.Serial, old.Books[0].Last = 3, 7
	d.Recall(2000, old)
	if c := d.Books[0].Contacts[0]; c.State != campaign.Allocated || len(d.Books[0].Contacts) != 8 || d.Serial != 12 || d.Books[0].Last != 40 || len(d.Moved) != 0 {
		t.Errorf("%+v, %d contacts, serial %d, last %d, moved %v", c, len(d.Books[0].Contacts), d.Serial, d.Books[0].Last, d.Moved)
	}
}

// What is known of people already and what was kept of them are one memory: the longest of both.
func TestRecallOfPeople(t *testing.T) {
	d := &campaign.Desk{People: []campaign.Person{
		{Number: "+331", Subject: "now", Past: []int64{3, 9}, Refused: 1, Revoked: 20, Spoke: 5, Auto: 9},
		{Number: "+333", Spoke: 3},
	}}
	d.Recall(50, campaign.Kept{People: []campaign.Person{
		{Number: "+334", Subject: "new", Past: []int64{1}},
		{Number: "+331", Subject: "then", Past: []int64{7, 3}, Refused: 10, Revoked: 2, Spoke: 6, Auto: 7},
		{Number: "+332"},
		{Subject: "nobody", Revoked: 5},
		{Number: "+333", Subject: "s3", Auto: 4},
	}})
	got, err := json.Marshal(d.People)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal([]campaign.Person{
		{Number: "+331", Subject: "now", Past: []int64{3, 7, 9}, Refused: 10, Revoked: 20, Spoke: 6, Auto: 9},
		{Number: "+332"},
		{Number: "+333", Subject: "s3", Spoke: 3, Auto: 4},
		{Number: "+334", Subject: "new", Past: []int64{1}},
	})
	if err != nil || string(got) != string(want) {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}
