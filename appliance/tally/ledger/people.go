package ledger

import (
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// person is what is remembered of a subject, to know whether they call again (réitération) and whether somebody who was lost was spoken with
// afterwards. A number that is withheld has no subject: such callers are never recognised.
type person struct {
	Past []pastCall  `json:"past,omitempty"` // in the order they called
	Lost []lostVisit `json:"lost,omitempty"`
}

type pastCall struct {
	Call    string `json:"call"`
	UTC     int64  `json:"utc"`
	Section string `json:"section,omitempty"`
	First   string `json:"first,omitempty"`
	Last    string `json:"last,omitempty"`
}

type lostVisit struct {
	UTC   int64       `json:"utc"`
	Place count.Place `json:"place"`
}

func (c *openCall) recognised() bool {
	return c.Told && c.Flow == "inbound" && c.Subject != "" && !c.Withheld
}

func (b *Book) person(s fact.Subject) *person {
	p := b.people[s]
	if p == nil {
		p = &person{}
		b.people[s] = p
	}
	return p
}

// called remembers that somebody called.
func (b *Book) called(c *openCall) {
	if c.recognised() {
		p := b.person(c.Subject)
		p.Past = append(p.Past, pastCall{Call: c.ID, UTC: c.Opened.UTC, Section: c.Service})
	}
}

// wentTo remembers the queues of a call.
func (b *Book) wentTo(c *openCall) {
	if p, i := b.past(c); i >= 0 {
		p.Past[i].Section, p.Past[i].First, p.Past[i].Last = c.Service, c.First, c.Last
	}
}

// past finds what is remembered of a call; -1 when nothing is.
func (b *Book) past(c *openCall) (*person, int) {
	p := b.people[c.Subject]
	if !c.recognised() || p == nil {
		return nil, -1
	}
	return p, slices.IndexFunc(p.Past, func(x pastCall) bool { return x.Call == c.ID })
}

// repeats counts of which kinds a call repeats one before it (FEATURES §3.3): any, to the same service, with the same first queue, with the
// same last queue.
func (b *Book) repeats(c *openCall, n *count.Calls) {
	p, i := b.past(c)
	if i < 0 {
		return
	}
	p.Past[i].Section = c.Service
	n.Known++
	if c.First != "" {
		n.QueuedKnown++
	}
	var again, here, first, last bool
	for _, x := range p.Past[:i] {
		if x.UTC < c.Opened.UTC-b.rules.RepeatMS {
			continue
		}
		again = true
		here = here || c.Service != "" && x.Section == c.Service
		first = first || c.First != "" && x.First == c.First
		last = last || c.Last != "" && x.Last == c.Last
	}
	add := func(n *int64, yes bool) {
		if yes {
			*n++
		}
	}
	add(&n.Again, again)
	add(&n.AgainHere, here)
	add(&n.AgainFirst, first)
	add(&n.AgainLast, last)
}

// missed remembers a visit whose caller left.
func (b *Book) missed(c *openCall, at count.Place, now fact.Moment) {
	p := b.person(c.Subject)
	p.Lost = append(p.Lost, lostVisit{UTC: now.UTC, Place: at})
}

// recovered counts the lost visits of somebody who was spoken with afterwards, whoever called whom.
func (b *Book) recovered(c *openCall) {
	p := b.people[c.Subject]
	if p == nil || c.Subject == "" || c.Withheld {
		return
	}
	p.Lost = slices.DeleteFunc(p.Lost, func(l lostVisit) bool {
		if l.UTC > c.Opened.UTC || l.UTC < c.Opened.UTC-b.rules.RepeatMS {
			return false
		}
		b.visitsIn(l.Place).Recovered++
		return true
	})
}

// forgetPeople lets go of what happened before a Unix time in ms.
func (b *Book) forgetPeople(before int64) {
	for s, p := range b.people {
		p.Past = slices.DeleteFunc(p.Past, func(x pastCall) bool { return x.UTC < before })
		p.Lost = slices.DeleteFunc(p.Lost, func(x lostVisit) bool { return x.UTC < before })
		if len(p.Past)+len(p.Lost) == 0 {
			delete(b.people, s)
		}
	}
}
