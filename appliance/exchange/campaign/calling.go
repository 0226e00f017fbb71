package campaign

import (
	"slices"

	"autocom/appliance/exchange/fact"
)

// Allocate gives a contact to an agent, who has it alone until they call or the time to do so is over. It says why not; nil when it is done.
func (d *Desk) Allocate(now int64, id, agent string, queues []string, h House) []fact.Reason {
	b, c := d.find(id)
	switch {
	case c == nil:
		return []fact.Reason{{Code: "contact.unknown", Detail: id}}
	case agent == "" || !b.Campaign.Has(agent, queues):
		return []fact.Reason{{Code: "campaign.not_theirs", Detail: b.Campaign.ID}}
	case c.State != Waiting:
		return []fact.Reason{{Code: "contact." + c.State.String(), Detail: id}}
	}
	if has := d.holding(agent); has != "" {
		return []fact.Reason{{Code: "agent.has_contact", Detail: has}}
	}
	if why := d.Held(now, b, c, h); why != nil {
		return why
	}
	d.move(c, Given, now)
	c.Agent, c.Until = agent, now+b.Campaign.hold()
	return nil
}

// Dial counts an attempt on a contact that an agent has, when it may be called this very instant; it says why not, and then the agent keeps it.
func (d *Desk) Dial(now int64, id, agent string, h House) []fact.Reason {
	b, c := d.find(id)
	switch {
	case c == nil:
		return []fact.Reason{{Code: "contact.unknown", Detail: id}}
	case c.State != Allocated:
		return []fact.Reason{{Code: "contact." + c.State.String(), Detail: id}}
	case c.Agent != agent:
		return []fact.Reason{{Code: "contact.not_theirs", Detail: id}}
	}
	if b.Campaign.automated() && now < b.Last+b.Campaign.GapMS {
		return []fact.Reason{{Code: "campaign.gap", Detail: b.Campaign.ID}}
	}
	if why := d.Held(now, b, c, h); why != nil {
		return why
	}
	d.move(c, Launched, now)
	c.Last, c.Mark, c.Later, c.Most = agent, "", 0, b.Campaign.attempts()
	c.Attempts++
	c.Past = append(slices.Clip(c.Past), now)
	d.know(c.Number, c.Subject, func(p *Person) {
		p.Past = append(slices.Clip(p.Past), now)
		if b.Campaign.automated() {
			p.Auto = now
		}
	})
	if b.Campaign.automated() {
		changed(d, &b.Last)
		b.Last = now
	}
	return nil
}

// Ended tells how the call of a contact ended. Nothing happens when none was under way.
func (d *Desk) Ended(now int64, id string, r Result) {
	b, c := d.find(id)
	if c == nil || c.State != Dialling {
		return
	}
	later := int64(0)
	switch {
	case r == Answered && c.Mark == MarkWrong:
		r = WrongNumber
	case r == Answered && c.Mark == MarkMachine:
		r = NoAnswer
	case r == Answered && c.Mark == MarkLater && !c.last(&b.Campaign):
		later = c.Later
	}
	event := Missed
	switch {
	case later != 0:
	case r == Answered:
		event = Reached
	case r == WrongNumber, c.last(&b.Campaign):
		event = GivenUp
	}
	d.move(c, event, now)
	c.Result = r
	if event == Missed {
		c.Until = now + b.Campaign.rest(r)
		if later != 0 {
			c.Until = max(later, now)
		}
	}
	if r == Answered {
		c.Spoke = now
		d.Spoke(now, c.Number, c.Subject)
	}
}

// GiveBack takes back what an agent has and has not called: they log out, pause, or took another call.
func (d *Desk) GiveBack(now int64, agent string) {
	for _, k := range d.Cards() {
		if k.Agent == agent {
			_, c := d.find(k.Contact)
			d.move(c, Back, now)
		}
	}
}

// Spoke notes that a person talked with somebody of ours, in whatever call.
func (d *Desk) Spoke(now int64, number string, who fact.Subject) {
	d.know(number, who, func(p *Person) { p.Spoke = now })
}

// CancelRecent takes out the contacts of a person who reached somebody of ours in another call just now, in every campaign that says so ("cancel if recent
// interaction", FEATURES §9.1). It returns the contacts whose calls must be hung up.
func (d *Desk) CancelRecent(now int64, number string, who fact.Subject) []string {
	d.Spoke(now, number, who)
	return d.over(now, number, Dropped, "contact.spoke", func(b *Book) bool { return b.Campaign.RecentMS > 0 })
}

// SaidNo notes that a person does not want to be called, and takes them out of every campaign. It returns the contacts whose calls must be hung
// up; the agent who heard the no ends that call themselves, so that one may be left.
func (d *Desk) SaidNo(now int64, number string, who fact.Subject) []string {
	d.know(number, who, func(p *Person) { p.Refused = now })
	return d.over(now, number, No, "person.refused", func(*Book) bool { return true })
}

// Revoke notes that a person takes every consent back. Everything stops at once, calls under way with it: it returns the contacts to hang up.
func (d *Desk) Revoke(now int64, number string, who fact.Subject) []string {
	d.know(number, who, func(p *Person) { p.Revoked = now })
	return d.over(now, number, No, "consent.revoked", func(*Book) bool { return true })
}

// over ends every contact of a number in some campaigns.
func (d *Desk) over(now int64, number string, e Event, why string, in func(*Book) bool) (hangUp []string) {
	for _, id := range d.of(number) {
		b, c := d.find(id)
		if !in(b) {
			continue
		}
		m, ok := d.move(c, e, now)
		if !ok {
			continue
		}
		c.Why = why
		if m.HangUp {
			hangUp = append(hangUp, c.ID)
		}
	}
	return hangUp
}

// Erase forgets a person: their contacts that are not being called, and what is known of them but a refusal or a consent taken back, which keeps them
// from being called again. It returns the contacts to hang up.
func (d *Desk) Erase(now int64, number string) (hangUp []string) {
	hangUp = d.over(now, number, Dropped, "person.erased", func(*Book) bool { return true })
	for i := range d.Books {
		b := &d.Books[i]
		if slices.ContainsFunc(b.Contacts, func(c Contact) bool { return c.Number == number }) {
			changed(d, b)
			b.Contacts = slices.DeleteFunc(slices.Clone(b.Contacts), func(c Contact) bool { return c.Number == number })
		}
	}
	if i, ok := d.person(number); ok {
		changed(d, &d.People)
		kept := d.People[i]
		d.People = slices.Delete(slices.Clone(d.People), i, i+1)
		if kept.Refused != 0 || kept.Revoked != 0 {
			d.People = slices.Insert(d.People, i, Person{Number: number, Refused: kept.Refused, Revoked: kept.Revoked})
		}
	}
	return hangUp
}

// memory is how long what was done to a person is remembered: longer than any rule counts (policy.RuleRefusal, 60 days).
const memory = 90 * 24 * hour

// Tick does what is due: allocations that were not used go back, rests end, old memories go.
func (d *Desk) Tick(now int64) {
	x := d.indexed()
	for i := range d.Books {
		if at := x.books[i].soonest(); at == 0 || now < at {
			continue
		}
		for j, at := range x.books[i].due {
			if now < at {
				continue
			}
			switch c := &d.Books[i].Contacts[j]; c.State {
			case Allocated:
				d.move(c, Back, now)
			case Resting:
				d.move(c, RestOver, now)
			case Waiting, Dialling, Done, Refused, Cancelled: // nothing of theirs is due
			}
		}
	}
	d.forget(now)
}

// forget drops what no rule asks for any more. A consent that was taken back is kept: only a younger one undoes it.
func (d *Desk) forget(now int64) {
	old := func(at int64) bool { return at == 0 || now-at >= memory }
	gone := func(p Person) bool {
		return old(p.Refused) && p.Revoked == 0 && old(p.Spoke) && !slices.ContainsFunc(p.Past, func(at int64) bool { return !old(at) })
	}
	if !slices.ContainsFunc(d.People, gone) {
		return
	}
	changed(d, &d.People)
	d.People = slices.DeleteFunc(slices.Clone(d.People), gone)
}

// Due is when Tick has something to do next (Unix ms); false when never. Opening hours are not in it: agents ask Next when they are free, and the
// exchange asks for them every minute.
func (d *Desk) Due() (int64, bool) {
	at := never
	x := d.indexed()
	for i := range x.books {
		if t := x.books[i].soonest(); t != 0 {
			at = min(at, t)
		}
	}
	if at == never {
		return 0, false
	}
	return at, true
}

// Prune forgets contacts that have been over for a month: the tallies have them, and a campaign that goes on for years must not grow.
func (d *Desk) Prune(now int64) {
	for i := range d.Books {
		b := &d.Books[i]
		old := func(c Contact) bool { return !c.Open() && now-c.Since > 30*24*hour }
		if slices.ContainsFunc(b.Contacts, old) {
			changed(d, b)
			b.Contacts = slices.DeleteFunc(slices.Clone(b.Contacts), old)
		}
	}
}
