package campaign

import (
	"slices"

	"autocom/appliance/exchange/fact"
)

// What happened between the last time a desk was kept and a power cut is in the journal: attempts and refusals are never lost, however seldom the
// lists are written.

// catcher is a desk that was kept, by what facts call its parts.
type catcher struct {
	kept     *Kept
	contacts map[string]*Contact
	books    map[string]*Book
	people   map[fact.Subject]int // among kept.People
	cuts     map[string]int       // by contact, among kept.Cuts
	calls    map[string]int       // by call
	gone     map[string]bool      // contacts of people who were erased
}

// Catch takes in what facts say happened after the desk was kept, oldest first. People who are new are known by their subject alone. It says how many
// contacts came that are not there: their list has to be imported again.
func (k *Kept) Catch(all []fact.Entry) (lost int) {
	f := catcher{
		kept: k, contacts: map[string]*Contact{}, books: map[string]*Book{}, people: map[fact.Subject]int{}, cuts: map[string]int{},
		calls: map[string]int{}, gone: map[string]bool{},
	}
	for i := range k.Books {
		b := &k.Books[i]
		f.books[b.Campaign.ID] = b
		for j := range b.Contacts {
			f.contacts[b.Contacts[j].ID] = &b.Contacts[j]
		}
	}
	for i, p := range k.People {
		if p.Subject != "" {
			f.people[p.Subject] = i
		}
	}
	for i, c := range k.Cuts {
		f.cuts[c.Contact], f.calls[c.Call] = i, i
	}
	for _, e := range all {
		at := e.At.UTC
		switch e := e.Fact.(type) {
		case fact.ContactChanged:
			f.changed(at, e)
		case fact.ContactMarked:
			f.marked(at, e)
		case fact.ConsentChanged:
			f.consent(at, e)
		case fact.BridgeJoined:
			if i, ok := f.calls[e.Call]; ok {
				k.Cuts[i].Spoke = true
			}
		case fact.CampaignChanged:
			f.ruled(e)
		case fact.CampaignImported:
			k.Serial += uint64(max(0, e.Taken))
			lost += e.Taken
		default: // says nothing of campaigns
		}
	}
	for i := range k.Books {
		k.Books[i].Contacts = slices.DeleteFunc(k.Books[i].Contacts, func(c Contact) bool { return f.gone[c.ID] })
	}
	return lost
}

// person is what is remembered of a subject.
func (f *catcher) person(who fact.Subject) *Person {
	i, ok := f.people[who]
	if !ok {
		i = len(f.kept.People)
		f.people[who] = i
		f.kept.People = append(f.kept.People, Person{Subject: who})
	}
	return &f.kept.People[i]
}

func (f *catcher) changed(at int64, e fact.ContactChanged) {
	c := f.contacts[e.Contact]
	who := e.Subject
	if c != nil && c.Subject != "" {
		who = c.Subject
	}
	state := State(1 + slices.IndexFunc(States(), func(s State) bool { return s.String() == e.State }))
	made := state == Dialling && (c == nil || e.Attempts > c.Attempts)
	spoke := f.under(e.Contact) && (state == Done || state == Resting) && Result(e.Result) == Answered // else the agent says how it went, later
	switch {
	case who == "":
	case made:
		if p := f.person(who); !slices.Contains(p.Past, at) {
			p.Past = append(slices.Clip(p.Past), at)
			if e.Automated {
				p.Auto = at
			}
		}
	case spoke:
		f.person(who).Spoke = at
	}
	b := f.books[e.Campaign]
	if b != nil && made && e.Automated {
		b.Last = at
	}
	if state == Dialling {
		f.cut(e)
	} else if i, ok := f.cuts[e.Contact]; ok {
		delete(f.calls, f.kept.Cuts[i].Call)
		f.kept.Cuts[i].Spoke = false
	}
	if c == nil || state == 0 {
		return
	}
	if made {
		c.Last, c.Mark, c.Later, c.Attempts, c.Most = e.Agent, "", 0, e.Attempts, e.Attempts
		if b != nil {
			c.Most = max(e.Attempts, b.Campaign.attempts())
		}
		c.Past = append(slices.Clip(c.Past), at)
	}
	if spoke {
		c.Spoke = at
	}
	c.State, c.Since, c.Agent, c.Until, c.Result = state, at, "", 0, Result(e.Result)
	switch state {
	case Allocated:
		c.Agent, c.Until = e.Agent, e.Until
	case Dialling:
		c.Agent = e.Agent
	case Resting:
		c.Until = max(1, e.Until)
	case Refused, Cancelled:
		if len(e.Reasons) > 0 {
			c.Why = e.Reasons[0].Code
		}
		f.gone[c.ID] = c.Why == "person.erased"
	case Waiting, Done:
	}
}

// under reports whether a contact is being called.
func (f *catcher) under(contact string) bool {
	i, ok := f.cuts[contact]
	if ok {
		_, ok = f.calls[f.kept.Cuts[i].Call]
	}
	return ok
}

// ruled is what somebody does with a campaign.
func (f *catcher) ruled(e fact.CampaignChanged) {
	b := f.books[e.Campaign]
	if b == nil {
		return
	}
	b.Campaign.Paused = e.State != "running"
	for i := range b.Contacts {
		if c := &b.Contacts[i]; e.State == "stopped" && c.State == Dialling {
			c.Most = c.Attempts // that was the last one
		}
	}
}

// cut notes an attempt that begins.
func (f *catcher) cut(e fact.ContactChanged) {
	i, ok := f.cuts[e.Contact]
	if !ok {
		i = len(f.kept.Cuts)
		f.cuts[e.Contact] = i
		f.kept.Cuts = append(f.kept.Cuts, Cut{})
	}
	f.kept.Cuts[i] = Cut{Contact: e.Contact, Call: e.Call}
	f.calls[e.Call] = i
}

func (f *catcher) marked(at int64, e fact.ContactMarked) {
	c, who := f.contacts[e.Contact], e.Subject
	if c != nil {
		c.Mark, c.Later = Mark(e.Mark), 0
		if c.Subject != "" {
			who = c.Subject
		}
		switch {
		case c.Mark == MarkLater:
			c.Later = e.Until
		case c.State == Done && c.Mark == MarkMachine:
			c.Result = NoAnswer
			f.nobodySpoke(who, c)
		case c.State == Done && c.Mark == MarkWrong:
			c.Result = WrongNumber
			f.nobodySpoke(who, c)
		}
	}
	if who != "" && Mark(e.Mark) == MarkRefused {
		f.person(who).Refused = at
	}
}

// nobodySpoke is Desk.nobodySpoke.
func (f *catcher) nobodySpoke(who fact.Subject, c *Contact) {
	if i, ok := f.people[who]; ok && f.kept.People[i].Spoke == c.Spoke {
		f.kept.People[i].Spoke = 0
	}
}

func (f *catcher) consent(at int64, e fact.ConsentChanged) {
	if e.Subject == "" {
		return
	}
	if e.Revoked {
		f.person(e.Subject).Revoked = at
		return
	}
	for _, c := range f.contacts {
		if c.Subject == e.Subject {
			c.Consent.Source, c.Consent.Text, c.Consent.At, c.Consent.Revoked = e.Source, e.Text, e.At, 0
		}
	}
}
