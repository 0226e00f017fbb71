package site

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"autocom/appliance/exchange"
)

// bans puts the lists of the document, and the rights beside them, into a branch that has its queues and agents.
func (d Document) bans(b *exchange.Branch) {
	b.Outbound = exchange.Outbound{Dial: d.Outbound.Dial.list(), Transfer: d.Outbound.Transfer.list(), Requests: d.Outbound.Requests}
	for i, q := range d.Queues {
		b.Queues[i].Dial, b.Queues[i].Transfer = q.Dial.list(), q.Transfer.list()
	}
	for i, a := range d.Agents {
		b.Agents[i].Dial, b.Agents[i].Transfer = a.Dial.list(), a.Transfer.list()
		b.Agents[i].NoOutside, b.Agents[i].NoTransfer = !a.CallsOut, !a.TransfersOut
	}
}

func (p Prefixes) list() exchange.Prefixes {
	return exchange.Prefixes{Allow: slices.Clone(p.Allow), Deny: slices.Clone(p.Deny)}
}

// begins is how a list names numbers: E.164, or the first digits of a short number, which never begins with 0.
var begins = regexp.MustCompile(`^(\+[0-9]{1,14}|[1-9][0-9]{1,5})$`)

// outbound checks every list of prefixes.
func (c *checker) outbound() {
	c.prefixes("outbound.dial", c.doc.Outbound.Dial)
	c.prefixes("outbound.transfer", c.doc.Outbound.Transfer)
	if n := c.doc.Outbound.Requests; n < 1 || n > 500 {
		c.add("outbound.requests", "choose 1 to 500", "%d requests", n)
	}
	for i, q := range c.doc.Queues {
		c.prefixes(fmt.Sprintf("queues[%d].dial", i), q.Dial)
		c.prefixes(fmt.Sprintf("queues[%d].transfer", i), q.Transfer)
	}
	for i, a := range c.doc.Agents {
		c.prefixes(fmt.Sprintf("agents[%d].dial", i), a.Dial)
		c.prefixes(fmt.Sprintf("agents[%d].transfer", i), a.Transfer)
	}
}

func (c *checker) prefixes(at string, p Prefixes) {
	for _, l := range []struct {
		path string
		list []string
	}{{at + ".allow", p.Allow}, {at + ".deny", p.Deny}} {
		for i, s := range l.list {
			path := fmt.Sprintf("%s[%d]", l.path, i)
			if !begins.MatchString(s) {
				c.add(path, "write +33899 for 0899, or the first digits of a short number: 118", "%q is not how a number begins", s)
				continue
			}
			if help := slices.IndexFunc(c.doc.Emergency.Numbers, func(n string) bool { return strings.HasPrefix(n, s) }); help >= 0 {
				c.add(path, "name the numbers that are meant, such as 118", "no list holds for %s: emergency numbers are always called, and nobody is ever handed to them", c.doc.Emergency.Numbers[help])
			}
		}
	}
	for i, s := range p.Allow {
		if by := slices.IndexFunc(p.Deny, func(d string) bool { return d != "" && strings.HasPrefix(s, d) }); by >= 0 {
			c.add(fmt.Sprintf("%s.allow[%d]", at, i), "take it out, or deny less: what is denied goes first", "%s is allowed and denied by %s", s, p.Deny[by])
		}
	}
}
