package campaign

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// Desk is every campaign of a branch with its contacts, and what is known of the people they are about.
type Desk struct {
	Books  []Book   `json:"books,omitempty"`  // in the order they were made
	People []Person `json:"people,omitempty"` // sorted by number
	Serial uint64   `json:"serial"`           // of the last contact

	OnChange func(undo func()) `json:"-"` // called before each change, with what takes it back; nil: nobody wants to
	Moved    []string          `json:"-"` // contacts that took another state, for whoever tells of it and empties it

	index *index   // what searches ask of Books; nil: to be made
	stale []string // contacts that changed since the index looked at them
	tally dialled  // of People
}

// Book is one campaign and its contacts, in the order they came.
type Book struct {
	Campaign Campaign  `json:"campaign"`
	Contacts []Contact `json:"contacts,omitempty"`
	Last     int64     `json:"last,omitempty"` // Unix ms: when the box last dialled by itself
	Look     [2]int    `json:"look,omitzero"`  // where the next search begins, among those to be called again and the others
}

// Person is what the law wants remembered of a number, whatever campaign called it.
type Person struct {
	Number  string       `json:"number"` // E.164
	Subject fact.Subject `json:"subject,omitempty"`
	Past    []int64      `json:"past,omitempty"`    // Unix ms: solicited then, tries with them
	Refused int64        `json:"refused,omitempty"` // Unix ms: said no then
	Revoked int64        `json:"revoked,omitempty"` // Unix ms: took every consent back then
	Spoke   int64        `json:"spoke,omitempty"`   // Unix ms: last spoke with somebody of ours
	Auto    int64        `json:"auto_at,omitempty"` // Unix ms: the box last dialled it by itself then
}

// House is what the branch says about a call: the gate's question without the number, and the clock on its wall.
type House struct {
	Ask     policy.Ask // country, emergency numbers, night, toll, lists
	Zone    hours.Zone
	Allowed []string                                            // numbers the line lets us show
	Line    string                                              // E.164 the line shows when the campaign says nothing
	LineTo  func(number string) (line string, allowed []string) // both, of the line that leads to a number; nil: Line and Allowed
	Lists   func(queue string) []policy.Lists                   // what may be called for a queue, beside Ask.Lists; nil: nothing more is said
	Busy    func(number string) bool                            // a number that is in a call of the box already; nil: none is
}

// changed announces a change of one value.
func changed[T any](d *Desk, at *T) {
	if d.OnChange != nil {
		was := *at
		d.OnChange(func() { *at = was })
	}
}

// book finds a campaign, or nil.
func (d *Desk) book(id string) *Book {
	i := slices.IndexFunc(d.Books, func(b Book) bool { return b.Campaign.ID == id })
	if i < 0 {
		return nil
	}
	return &d.Books[i]
}

// find finds a contact and its campaign, or nil.
func (d *Desk) find(id string) (*Book, *Contact) {
	i, j, ok := d.place(id)
	if !ok {
		return nil, nil
	}
	return &d.Books[i], &d.Books[i].Contacts[j]
}

// Contact finds a contact and its campaign.
func (d *Desk) Contact(id string) (Contact, Campaign, bool) {
	b, c := d.find(id)
	if c == nil {
		return Contact{}, Campaign{}, false
	}
	return *c, b.Campaign, true
}

// person finds what is known of a number; its place when nothing is.
func (d *Desk) person(number string) (int, bool) {
	return slices.BinarySearchFunc(d.People, number, func(p Person, n string) int { return strings.Compare(p.Number, n) })
}

// Known is what is known of a number; the zero Person when nothing is.
func (d *Desk) Known(number string) Person {
	if i, ok := d.person(number); ok {
		return d.People[i]
	}
	return Person{}
}

// know changes what is known of a number.
func (d *Desk) know(number string, who fact.Subject, change func(*Person)) {
	i, ok := d.person(number)
	kept := sameList(d.tally.people, d.People)
	if !ok {
		changed(d, &d.People)
		d.People = slices.Insert(slices.Clip(d.People), i, Person{Number: number, Subject: who}) // a new one: the old may be what is gone back to
	}
	p := &d.People[i]
	changed(d, p)
	was := *p
	change(p)
	if kept {
		d.recount(was, *p)
	}
}

// Put adds a campaign, or changes one and keeps its contacts.
func (d *Desk) Put(c Campaign) []Problem {
	if bad := Check(c); len(bad) > 0 {
		return bad
	}
	if b := d.book(c.ID); b != nil {
		changed(d, &b.Campaign)
		b.Campaign = c
		return nil
	}
	changed(d, &d.Books)
	d.Books = append(slices.Clip(slices.Clone(d.Books)), Book{Campaign: c})
	return nil
}

// Pause holds a campaign, or lets it go on. Calls under way go on. It reports whether there is such a campaign.
func (d *Desk) Pause(id string, on bool) bool {
	b := d.book(id)
	if b == nil {
		return false
	}
	changed(d, &b.Campaign)
	b.Campaign.Paused = on
	return true
}

// move lets an event happen to a contact; false when it changes nothing.
func (d *Desk) move(c *Contact, e Event, now int64) (Move, bool) {
	m := Step(c.State, e)
	if m.Ignore != "" {
		return m, false
	}
	d.edit(c)
	d.Moved = append(d.Moved, c.ID)
	c.State, c.Since, c.Until = m.Next, now, 0
	if m.Next != Allocated && m.Next != Dialling {
		c.Agent = ""
	}
	return m, true
}

// Audit names every promise about contacts that does not hold.
func (d *Desk) Audit() []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	d.auditIndex(say)
	d.auditDialled(say)
	holds := map[string]string{}
	for i := range d.Books {
		b := &d.Books[i]
		for j := range b.Contacts {
			c := &b.Contacts[j]
			has := c.State == Allocated || c.State == Dialling
			if has != (c.Agent != "") {
				say("contact %s is %s with agent %q", c.ID, c.State, c.Agent)
			}
			if has && holds[c.Agent] != "" {
				say("agent %s has contacts %s and %s", c.Agent, holds[c.Agent], c.ID)
			}
			if has {
				holds[c.Agent] = c.ID
			}
			if (c.State == Allocated || c.State == Resting) != (c.Until != 0) {
				say("contact %s is %s until %d", c.ID, c.State, c.Until)
			}
			if c.Attempts > c.Most {
				say("contact %s was called %d times, %d were allowed", c.ID, c.Attempts, c.Most)
			}
			if c.Attempts != len(c.Past) {
				say("contact %s was called %d times, of which %d are known", c.ID, c.Attempts, len(c.Past))
			}
		}
	}
	return bad
}
