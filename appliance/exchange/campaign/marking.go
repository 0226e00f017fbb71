package campaign

import (
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
)

// Mark is what an agent says of the call with a contact, during it or afterwards.
type Mark string

// The marks.
const (
	MarkConverted Mark = "converted"    // the call had the success the campaign is for
	MarkRefused   Mark = "refused"      // the person does not want to be called
	MarkWrong     Mark = "wrong_number" // the person is not there
	MarkMachine   Mark = "machine"      // an answering machine spoke
	MarkLater     Mark = "later"        // the person wants to be called at another time
)

// Marks lists the marks.
func Marks() []Mark { return []Mark{MarkConverted, MarkRefused, MarkWrong, MarkMachine, MarkLater} }

// skipRest is how long a contact is left whom an agent skips.
const skipRest = 10 * minute

// mostLater is how far ahead somebody may be called again at their wish.
const mostLater = 60 * 24 * hour

// Skip puts a contact that an agent has aside for a while.
func (d *Desk) Skip(now int64, id, agent string) []fact.Reason {
	_, c := d.find(id)
	switch {
	case c == nil:
		return []fact.Reason{{Code: "contact.unknown", Detail: id}}
	case c.State != Allocated:
		return []fact.Reason{{Code: "contact." + c.State.String(), Detail: id}}
	case c.Agent != agent:
		return []fact.Reason{{Code: "contact.not_theirs", Detail: id}}
	}
	d.move(c, Skipped, now)
	c.Until = now + skipRest
	return nil
}

// MarkAs notes what the agent of the last attempt says of it; at is when to call again (MarkLater, Unix ms). hangUp are calls of other campaigns with
// the person, which must end: they said no.
func (d *Desk) MarkAs(now int64, id, agent string, m Mark, at int64) (hangUp []string, why []fact.Reason) {
	refuse := func(code, detail string) ([]string, []fact.Reason) {
		return nil, []fact.Reason{{Code: code, Detail: detail}}
	}
	b, c := d.find(id)
	switch {
	case c == nil:
		return refuse("contact.unknown", id)
	case !slices.Contains(Marks(), m):
		return refuse("contact.no_mark", string(m))
	case c.Last != agent || agent == "":
		return refuse("contact.not_theirs", id)
	case m == MarkRefused: // a no is taken whenever it is heard
	case c.State != Dialling && c.State != Done:
		return refuse("contact."+c.State.String(), id)
	case c.State == Done && c.Result != Answered:
		return refuse("contact.not_reached", id)
	}
	last := c.last(&b.Campaign)
	if m == MarkLater {
		switch {
		case at <= now || at > now+mostLater:
			return refuse("contact.later", "")
		case last:
			return refuse("contact.attempts", id)
		}
	}
	d.edit(c)
	c.Mark, c.Later = m, 0
	if m == MarkLater {
		c.Later = at
	}
	if m == MarkRefused {
		if c.State == Dialling {
			c.Result = Answered
		}
		hangUp = d.SaidNo(now, c.Number, c.Subject)
		return slices.DeleteFunc(hangUp, func(other string) bool { return other == id }), nil // they hang up themselves
	}
	if c.State != Done {
		return nil, nil // the end of the call decides
	}
	switch m {
	case MarkLater:
		d.move(c, Again, now)
		c.Until = at
	case MarkMachine:
		d.nobodySpoke(c)
		c.Result = NoAnswer
		if !last {
			d.move(c, Again, now)
			c.Until = now + b.Campaign.rest(NoAnswer)
		}
	case MarkWrong:
		d.nobodySpoke(c)
		c.Result = WrongNumber
	case MarkConverted, MarkRefused: // what the call came to stands
	}
	return nil, nil
}

// nobodySpoke takes back that a person spoke in the last call of a contact: it was a machine, or somebody else.
func (d *Desk) nobodySpoke(c *Contact) {
	if i, ok := d.person(c.Number); ok && d.People[i].Spoke == c.Spoke {
		changed(d, &d.People[i])
		d.People[i].Spoke = 0
	}
}

// Consent notes the consent of a person on every contact of theirs; a revoked one is Revoke's affair. It says how many there are.
func (d *Desk) Consent(number string, given policy.Consent) (n int) {
	for _, id := range d.of(number) {
		_, c := d.find(id)
		d.edit(c)
		c.Consent = given
		n++
	}
	return n
}

// Has is the contact an agent has; the zero Contact when none.
func (d *Desk) Has(agent string) (Contact, Campaign, bool) { return d.Contact(d.holding(agent)) }

// Keep lets an agent's time to call last until an instant (Unix ms): their telephone rings for it.
func (d *Desk) Keep(id string, until int64) {
	if _, c := d.find(id); c != nil && c.State == Allocated && c.Until < until {
		d.edit(c)
		c.Until = until
	}
}

// MayCall says why a contact cannot be called now; nil when it can.
func (d *Desk) MayCall(now int64, id string, h House) []fact.Reason {
	b, c := d.find(id)
	if c == nil {
		return []fact.Reason{{Code: "contact.unknown", Detail: id}}
	}
	return d.Held(now, b, c, h)
}

// Asks is the gate's question about a contact who is being called.
func (d *Desk) Asks(now int64, id string, h House) (policy.Ask, bool) {
	b, c := d.find(id)
	if c == nil {
		return policy.Ask{}, false
	}
	return d.asks(now, &b.Campaign, c, h), true
}

// Stop ends a campaign's list: nobody of it is called any more. Calls under way go on.
func (d *Desk) Stop(now int64, id string) bool {
	if !d.Pause(id, true) {
		return false
	}
	b := d.book(id)
	for j := range b.Contacts {
		c := &b.Contacts[j]
		if c.State == Dialling { // and that was the last attempt
			d.edit(c)
			c.Most = c.Attempts
			continue
		}
		if _, ok := d.move(c, Dropped, now); ok {
			c.Why = "campaign.stopped"
		}
	}
	return true
}
